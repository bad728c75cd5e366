package profile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
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

// target is what a reference leads to: what is wrong with it, and the identifiers of what is there.
type target struct {
	problem     string
	identifiers []string
	resource    fhir.Resource
}

// references finds literal references that lead nowhere, or to something else than the identifier beside them. Each distinct
// one is followed once.
func references(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	other, err := otherKinds(ctx, env)
	if err != nil {
		return nil, err
	}
	sample = append(sample, other...)
	var distinct []string
	targets := map[string]target{}
	for _, s := range sample {
		walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, _ string) {
			text, ok := object["reference"].(string)
			if _, known := targets[text]; ok && !known && !strings.HasPrefix(text, "#") {
				targets[text] = target{}
				distinct = append(distinct, text)
			}
		})
	}
	said, err := record.Gather(ctx, distinct, func(ctx context.Context, text string) (target, error) { return resolve(ctx, env.System, text) })
	if err != nil {
		return nil, err
	}
	for i, text := range distinct {
		targets[text] = said[i]
	}
	people, listing := named{}, newListing(env)
	for _, text := range distinct {
		people.learn(targets[text].resource)
	}
	people.sortNames()
	var findings []result.Finding
	for _, s := range sample {
		contained := map[string]fhir.Resource{}
		for _, inner := range s.resource.Objects("contained") {
			contained[fhir.Text(inner["id"])] = inner
		}
		walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, path string) {
			text, _ := object["reference"].(string)
			problem := targets[text].problem
			if identifier, ok := object["identifier"].(map[string]any); ok && problem == "" && len(targets[text].identifiers) > 0 {
				named := fhir.Text(identifier["system"]) + "|" + fhir.Text(identifier["value"])
				if !slices.Contains(targets[text].identifiers, named) {
					problem = "it leads to " + strings.Join(targets[text].identifiers, " and ") + ", and the identifier beside it is " + named
				}
			}
			if id, inside := strings.CutPrefix(text, "#"); inside && id != "" && contained[id] == nil {
				problem = "no contained resource has this id"
			}
			if problem == "" {
				meant := targets[text].resource
				if id, inside := strings.CutPrefix(text, "#"); inside {
					meant = contained[id]
				}
				problem = people.wrongName(fhir.Text(object["display"]), meant)
				if amiss := listing.amiss(meant); problem == "" && amiss != "" {
					problem = "it leads to " + meant.Reference() + ", of which " + amiss
				}
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

// resolve reads what a reference leads to, and says what is wrong.
func resolve(ctx context.Context, system *check.Endpoint, text string) (target, error) {
	reference, ok := fhir.ParseReference(text)
	if !ok {
		return target{problem: "it is not a literal reference"}, nil
	}
	if reference.URN != "" {
		return target{problem: "it can be resolved inside its own Bundle only"}, nil
	}
	resource, _, err := system.Read(ctx, text)
	switch {
	case err != nil:
		return target{}, err
	case resource == nil:
		return target{problem: "there is no such resource"}, nil
	case resource.Type() != reference.Type || resource.ID() != reference.ID:
		return target{problem: "it leads to " + resource.Reference()}, nil
	default:
		return target{identifiers: record.Identifiers(resource), resource: resource}, nil
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
