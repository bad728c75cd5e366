package profile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// walk calls visit for every JSON object below value, with its place as a FHIRPath expression, in a stable order.
func walk(value any, path string, visit func(object map[string]any, path string)) {
	switch value := value.(type) {
	case map[string]any:
		visit(value, path)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			walk(value[name], path+"."+name, visit)
		}
	case []any:
		for i, item := range value {
			walk(item, fmt.Sprintf("%s[%d]", path, i), visit)
		}
	}
}

// happened lists the elements that say when something took place; plans and validity periods lie in the future lawfully.
func happened() []string {
	return []string{
		"effectiveDateTime", "effectiveInstant", "issued", "recordedDate", "onsetDateTime", "authoredOn", "occurrenceDateTime", "performedDateTime",
	}
}

// futureDates finds events that are dated after the run.
func futureDates(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	// A clock that is a few minutes ahead is no hazard.
	latest := env.Now.Add(10 * time.Minute)
	var findings []result.Finding
	for _, s := range sample {
		for _, element := range happened() {
			text := s.resource.Text(element)
			if text == "" || !after(text, latest) {
				continue
			}
			findings = append(findings, result.Finding{
				Rule: "future-date", Severity: result.SeverityError, Path: s.resource.Type() + "." + element,
				Message:  fmt.Sprintf("%s: %s is in the future", s.resource.Reference(), element),
				Expected: "not after " + latest.UTC().Format(time.RFC3339), Actual: text, Exchanges: s.exchanges,
			})
		}
	}
	return findings, nil
}

// after reports whether the whole of a FHIR date lies after the instant. Text that is no date is the validator's concern.
func after(text string, instant time.Time) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02", "2006-01", "2006"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.After(instant)
		}
	}
	return false
}
