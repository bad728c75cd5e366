package profile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord/internal/check"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/suites/record"
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

// references finds literal references that lead nowhere. Each distinct one is followed once.
func references(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	var distinct []string
	problems := map[string]string{}
	for _, s := range sample {
		walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, _ string) {
			text, ok := object["reference"].(string)
			if _, known := problems[text]; ok && !known && !strings.HasPrefix(text, "#") {
				problems[text] = ""
				distinct = append(distinct, text)
			}
		})
	}
	said, err := record.Gather(ctx, distinct, func(ctx context.Context, text string) (string, error) { return resolve(ctx, env.System, text) })
	if err != nil {
		return nil, err
	}
	for i, text := range distinct {
		problems[text] = said[i]
	}
	var findings []result.Finding
	for _, s := range sample {
		contained := map[string]bool{}
		for _, inner := range s.resource.Objects("contained") {
			contained[fhir.Text(inner["id"])] = true
		}
		walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, path string) {
			text, _ := object["reference"].(string)
			problem := problems[text]
			if id, inside := strings.CutPrefix(text, "#"); inside && id != "" && !contained[id] {
				problem = "no contained resource has this id"
			}
			if problem != "" {
				findings = append(findings, result.Finding{
					Rule: "reference-resolves", Severity: result.SeverityError, Path: path + ".reference",
					Message:  fmt.Sprintf("%s: reference %s: %s", s.resource.Reference(), text, problem),
					Expected: "a resource that can be read", Actual: text, Exchanges: s.exchanges,
				})
			}
		})
	}
	return findings, nil
}

// resolve reads what a reference leads to and says what is wrong, or "".
func resolve(ctx context.Context, system *check.Endpoint, text string) (string, error) {
	reference, ok := fhir.ParseReference(text)
	if !ok {
		return "it is not a literal reference", nil
	}
	if reference.URN != "" {
		return "it can be resolved inside its own Bundle only", nil
	}
	resource, _, err := system.Read(ctx, text)
	switch {
	case err != nil:
		return "", err
	case resource == nil:
		return "there is no such resource", nil
	case resource.Type() != reference.Type || resource.ID() != reference.ID:
		return "it leads to " + resource.Reference(), nil
	default:
		return "", nil
	}
}

// happened lists the elements that say when something took place; plans and validity periods lie in the future lawfully.
func happened() []string {
	return []string{
		"effectiveDateTime", "issued", "recordedDate", "onsetDateTime", "authoredOn", "occurrenceDateTime", "performedDateTime",
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
