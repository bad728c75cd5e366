package scenario

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
	"concord/suites/record"
)

// opened is a story person's record as the asked system shows it.
type opened struct {
	story  fixtures.Story
	person fixtures.Person
	found  record.Person
}

// open finds the person of a story in the asked system.
func open(ctx context.Context, env *check.Env, id string) (opened, error) {
	story, ok := env.Ledger.Story(id)
	if !ok {
		return opened{}, fmt.Errorf("the ledger has no story %s", id)
	}
	found, err := record.MustFind(ctx, env.System, story.Person().NHSNumber)
	return opened{story: story, person: story.Person(), found: found}, err
}

// whole compares the person's record with the ledger, for the given kinds.
func (o opened) whole(ctx context.Context, env *check.Env, kinds ...fixtures.Kind) ([]result.Finding, error) {
	var findings []result.Finding
	compared := 0
	for _, kind := range kinds {
		facts := record.Facts(env.Ledger, o.person, kind)
		part, err := o.found.Resources(ctx, env.System, string(kind), nil)
		if err != nil {
			return findings, err
		}
		compared += len(facts)
		for _, difference := range record.NewOracle(env.Ledger).Compare(o.person, facts, part.Resources, nil) {
			findings = append(findings, difference.Finding(part.Exchanges))
		}
	}
	if compared == 0 {
		return findings, fmt.Errorf("story %s has no facts of the kinds it is asked about", o.story.ID)
	}
	return findings, nil
}

// twentyContacts counts the facts that the patient would have to repeat: those that earlier contacts recorded and the
// asked system does not show as they were recorded.
func twentyContacts(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	o, err := open(ctx, env, "P01")
	if err != nil {
		return nil, err
	}
	findings, err := o.whole(ctx, env, record.Kinds()...)
	for i := range findings {
		findings[i].Rule = "repeat-history"
		findings[i].Message = "the patient would have to repeat it: " + findings[i].Message
	}
	return findings, err
}

// recentBloodTest asks as a GP would: for potassium in the last week.
func recentBloodTest(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	o, err := open(ctx, env, "P02")
	if err != nil {
		return nil, err
	}
	latest, ok := o.story.Fact("potassium-corrected")
	if !ok {
		return nil, fmt.Errorf("story P02 has no corrected potassium result")
	}
	weekAgo := env.Ledger.Now().AddDate(0, 0, -7).UTC().Format(time.RFC3339)
	part, err := o.found.Resources(ctx, env.System, string(latest.Kind), url.Values{
		"code": {latest.Code.Coding[0].System + "|" + latest.Code.Coding[0].Code}, "date": {"ge" + weekAgo},
	})
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, difference := range record.NewOracle(env.Ledger).Compare(o.person, []fixtures.Fact{latest}, part.Resources, nil) {
		findings = append(findings, difference.Finding(part.Exchanges))
	}
	if len(part.Resources) > 1 {
		findings = append(findings, result.Finding{
			Rule: "found-once", Severity: result.SeverityError, Message: "last week's potassium result is shown more than once",
			Expected: "1 result", Actual: fmt.Sprintf("%d results", len(part.Resources)), Exchanges: part.Exchanges,
		})
	}
	for _, shown := range record.Match([]fixtures.Fact{latest}, part.Resources) {
		ranges := shown.Resource.Objects("referenceRange")
		if len(ranges) == 0 {
			findings = append(findings, result.Finding{
				Rule: "reference-range", Severity: result.SeverityError, Path: "Observation.referenceRange",
				Message: "last week's potassium result is shown without the laboratory's reference range", Expected: latest.Lab.Low + " to " + latest.Lab.High,
				Actual: "none", Exchanges: part.Exchanges,
			})
		}
	}
	return findings, nil
}

// crossBorder compares the whole record of a patient who lives in one area and was treated in the other.
func crossBorder(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	o, err := open(ctx, env, "P06")
	if err != nil {
		return nil, err
	}
	return o.whole(ctx, env, record.Kinds()...)
}

// allergies compares the allergy list, and looks for what may never be shown as a live allergy.
func allergies(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	o, err := open(ctx, env, "P27")
	if err != nil {
		return nil, err
	}
	return o.whole(ctx, env, fixtures.AllergyIntolerance)
}

// medicines makes the list of current medicines from what is shown and holds it against the ledger's.
func medicines(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	o, err := open(ctx, env, "P28")
	if err != nil {
		return nil, err
	}
	part, err := o.found.Resources(ctx, env.System, string(fixtures.MedicationRequest), nil)
	if err != nil {
		return nil, err
	}
	facts := record.Facts(env.Ledger, o.person, fixtures.MedicationRequest)
	if len(facts) == 0 {
		return nil, fmt.Errorf("story P28 has no medicines")
	}
	findings := []result.Finding{}
	for _, shown := range record.Match(facts, part.Resources) {
		is, should := shown.Resource.Text("status") == "active", shown.Fact.Status == "active"
		if is == should {
			continue
		}
		findings = append(findings, result.Finding{
			Rule: "current-medicines", Severity: result.SeverityError, Path: "MedicationRequest.status",
			Message:  fmt.Sprintf("%s recorded by %s is shown as %s", record.Describe(shown.Fact), shown.Fact.Source, shown.Resource.Text("status")),
			Expected: shown.Fact.Status, Actual: shown.Resource.Text("status"), Exchanges: part.Exchanges,
		})
	}
	for _, difference := range record.NewOracle(env.Ledger).Compare(o.person, facts, part.Resources, nil) {
		if difference.Kind == record.Missing && difference.Fact.Status == "active" {
			findings = append(findings, difference.Finding(part.Exchanges))
		}
	}
	slices.SortFunc(findings, result.CompareFindings)
	return findings, nil
}
