package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// heldGround is where a system shows most records of one type about one Patient, among the people whom the grid is about.
func heldGround(ctx context.Context, env *check.Env) (ground, error) {
	values, err := held(ctx, env)
	if err != nil {
		return ground{}, err
	}
	declared := env.System.Declares(ctx)
	best := ground{system: env.System, declared: declared}
	most, undeclared := 0, ""
	for _, subject := range values.subjects {
		for _, resourceType := range []string{"Observation", "Condition", "AllergyIntolerance", "MedicationRequest", "Encounter", "Procedure"} {
			n := len(values.about[subject.Key][resourceType])
			if n <= most || !declared.Type(resourceType) || len(statusOf(values, subject, resourceType)) == 0 {
				continue
			}
			if status := statusParameter(resourceType); !declared.Parameter(resourceType, status) {
				undeclared = resourceType + "." + status // without it there is no filter to try anything on
			} else {
				most, best.resourceType, best.patient = n, resourceType, values.entries[subject.Key]
			}
		}
	}
	if most == 0 && undeclared != "" {
		return ground{}, &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf(
			"%s declares no search by the status of what it shows (%s among them), so there is no filter to try this on", env.System.Name, undeclared)}
	}
	if most == 0 {
		return ground{}, check.NoData("%s shows no observation, condition, allergy, medicine, visit or procedure of the people whom its answers are held against. %s", env.System.Name, env.Remedy())
	}
	best.whole, err = env.System.Search(ctx, best.resourceType, url.Values{"patient": {best.patient.Resource.ID()}})
	if err == nil && len(best.values(statusParameter(best.resourceType))) == 0 {
		err = check.NoData("%s no longer shows what it showed of %s a moment ago", env.System.Name, best.patient.Resource.Reference())
	}
	return best, err
}

// statusOf are the statuses of a person's records of a type.
func statusOf(values *shownValues, subject Thing, resourceType string) []string {
	g := ground{resourceType: resourceType, whole: &check.Answer{}}
	for _, resource := range values.about[subject.Key][resourceType] {
		g.whole.Matches = append(g.whole.Matches, values.entries[resource.Reference()])
	}
	return g.values(statusParameter(resourceType))
}

// onHeld returns a check that looks at a relation on what a system shows itself.
func onHeld(look func(context.Context, ground) ([]result.Finding, error)) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		g, err := heldGround(ctx, env)
		if err != nil {
			return nil, err
		}
		findings, err := look(ctx, g)
		if errors.Is(err, errNotOffered) {
			return findings, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses the search, and need not offer it"}
		}
		return findings, err
	}
}

// filter is a status that a record of the ground has, as name and value.
func (g ground) filter() (name, value string) {
	name = statusParameter(g.resourceType)
	return name, g.values(name)[0]
}

// refusedBy says that a request was refused as one that the client got wrong; broken, that the system broke over it.
func refusedBy(err error) (refused, broken *check.BrokenAnswer) {
	var answer *check.BrokenAnswer
	if !errors.As(err, &answer) {
		return nil, nil
	}
	if refusal(answer) || answer.Status == http.StatusUnsupportedMediaType {
		return answer, nil
	}
	return nil, answer
}

// wrongly is one search that is to be refused.
type wrongly struct {
	// resourceType and parameters are what is asked, header what goes with it.
	resourceType string
	parameters   url.Values
	header       http.Header
	// says is what is wrong with it, as a sentence fragment: "no system knows the modifier :concord".
	says string
	// without is the answer to the search without what is wrong with it; nil is that to the search by patient alone.
	without *check.Answer
}

// mustRefuse asks what is to be refused, and says what is answered. A search about one person alone is asked, so that an
// answer which ignores what is wrong stays small.
func (g ground) mustRefuse(ctx context.Context, rule string, level result.Level, asked []wrongly) ([]result.Finding, error) {
	var findings []result.Finding
	for _, w := range asked {
		answer, err := g.system.UpTo(enoughToSee).With(w.header).Search(ctx, w.resourceType, w.parameters)
		refused, broken := refusedBy(err)
		switch {
		case refused != nil:
			continue
		case broken != nil:
			f := broken.Finding
			f.Cause, f.Level = result.CauseError, level
			f.Message += "; " + w.says + ", so the search is to be refused with a status of 4xx"
			findings = append(findings, f)
		case err != nil:
			return findings, err
		default:
			without := cmp.Or(w.without, g.whole)
			cause := passedOver(answer, without)
			if w.resourceType == "Patient" && len(answer.Matches) > 0 {
				cause = result.NotRefused
			}
			findings = append(findings, result.Finding{
				Rule: rule, Severity: result.SeverityError, Level: level, Cause: cause, Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  answer.Query + " is answered with status 200, and " + w.says,
				Expected: "status 400 with an OperationOutcome", Actual: "status 200, " + results(names(answer.Resources()), nil),
			})
		}
	}
	return findings, nil
}

// passedOver is why a search is answered in which something is wrong, beside the answer without that: that was passed over where nothing but
// what is found without it came, as far as the answer was read and by what its total says. Where nothing came, or a part, nothing is
// missing, for it was no question; what is found besides is too much.
func passedOver(answer, without *check.Answer) result.Cause {
	got, all := found(answer), found(without)
	switch {
	case len(answer.Matches) == 0:
		return result.NoCause
	case slices.ContainsFunc(got, func(reference string) bool { return !slices.Contains(all, reference) }):
		return result.CauseExtra
	case len(got) == len(all), len(got) >= enoughToSee && (answer.Total < 0 || answer.Total == len(all)):
		return result.NotRefused
	default:
		return result.NoCause
	}
}

// enoughToSee is how many matches of an answer that should not be there are read.
const enoughToSee = 3

// about are the parameters of a search about the ground's Patient, with further ones written name, value, name, value.
func (g ground) about(pairs ...string) url.Values {
	parameters := url.Values{"patient": {g.patient.Resource.ID()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		parameters.Add(pairs[i], pairs[i+1])
	}
	return parameters
}
