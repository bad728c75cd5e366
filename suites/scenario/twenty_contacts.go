package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
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
	if _, err := check.Loaded(env, story); err != nil {
		return opened{}, err
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
		shown, err := record.WithMedicines(ctx, env.System, part.Resources)
		if err != nil {
			return findings, err
		}
		for _, difference := range explain.Alone(record.OracleOf(env).Compare(o.person, facts, shown, nil), env.Now) {
			findings = append(findings, difference.Finding(part.Exchanges))
		}
	}
	if compared == 0 {
		return findings, fmt.Errorf("story %s has no facts of the kinds it is asked about", o.story.ID)
	}
	return findings, nil
}

// twentyContactsCheck is P01.
func twentyContactsCheck() check.Check {
	return check.Check{
		ID: "SCN-P01", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
		Title:       "twenty contacts: the patient does not have to tell their history again",
		Requirement: []result.Ref{pilot("a patient told their history more than 20 times across three ICS areas")},
		Needs:       search("Encounter"),
		Hazard:      "A clinician at the 22nd contact does not see what the 21 before have found.",
		Fix:         "Trace each fact that the finding names from the provider that recorded it to the system that was asked.",
		Run:         twentyContacts,
	}
}

// twentyContacts counts the facts that the patient would have to repeat: those that earlier contacts recorded and the
// asked system does not show as they were recorded.
func twentyContacts(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	env.By("Given a patient with 22 emergency contacts in 14 days in three ICS areas, each adding one fact")
	o, err := open(ctx, env, "P01")
	if err != nil {
		return nil, err
	}
	env.By("When the clinician at the last contact opens the record")
	findings, err := o.whole(ctx, env, record.Kinds()...)
	if err != nil {
		return findings, err
	}
	env.By("Then there is nothing that the patient would have to repeat (%d)", len(findings))
	for i := range findings {
		findings[i].Rule = "repeat-history"
		findings[i].Message = "the patient would have to repeat it: " + findings[i].Message
	}
	env.By("And the contacts can be had in the order in which they happened")
	unordered, err := o.inOrder(ctx, env)
	return append(findings, unordered...), err
}

// inOrder asks for the records of a Patient in an order; nil where the system refuses to sort, which it need not offer (R4 3.1.1.5.1).
func inOrder(ctx context.Context, system *check.Endpoint, resourceType string, patient fhir.Resource, order string) (*check.Answer, error) {
	answer, err := system.Search(ctx, resourceType, url.Values{"patient": {patient.ID()}, "_sort": {order}})
	var refused *check.BrokenAnswer
	if errors.As(err, &refused) && refused.Unsupported() {
		return nil, nil //nolint:nilnil // there is no answer in that order
	}
	return answer, err
}

// inOrder asks for the contacts by date and says which of them comes before one that was earlier, or that others are shown than without an
// order. Each Patient of a person has an answer, and an order, of its own.
func (o opened) inOrder(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	contacts := record.Facts(env.Ledger, o.person, fixtures.Encounter)
	for _, patient := range o.found.Patients {
		answer, err := inOrder(ctx, env.System, string(fixtures.Encounter), patient, "date")
		if err != nil {
			return nil, err
		}
		if answer == nil {
			env.By("(%s refuses to sort, which it need not offer: whoever shows them orders them)", env.System.Title)
			return nil, nil
		}
		plain, err := env.System.Search(ctx, string(fixtures.Encounter), url.Values{"patient": {patient.ID()}})
		if err != nil {
			return nil, err
		}
		if want, got := referencesOf(plain.Resources()), referencesOf(answer.Resources()); !slices.Equal(want, got) {
			return []result.Finding{{
				Rule: "contacts-in-order", Severity: result.SeverityError, Path: "Bundle.entry", Exchanges: slices.Concat(answer.Exchanges, plain.Exchanges), Query: answer.Curl(),
				Cause:    othersCause(want, got),
				Message:  fmt.Sprintf("%s, asked for the contacts by date, shows other contacts than when it is asked for them in no order", env.System.Name),
				Expected: fmt.Sprintf("%d contacts, as without _sort", len(want)), Actual: fmt.Sprintf("%d contacts", len(got)),
			}}, nil
		}
		if odd := oddTotal(ctx, env, answer); len(odd) > 0 {
			return odd, nil
		}
		var before fixtures.Fact
		for _, resource := range answer.Resources() {
			for _, shown := range record.TruthOf(env).Match(contacts, []fhir.Resource{resource}) {
				if startOf(before.Effective).After(startOf(shown.Fact.Effective)) {
					return []result.Finding{{
						Rule: "contacts-in-order", Severity: result.SeverityError, Path: "Bundle.entry", Exchanges: answer.Exchanges,
						Message:  fmt.Sprintf("%s, asked for the contacts by date, shows %s of %s before %s of %s", env.System.Name, before.Effective, before.Source, shown.Fact.Effective, shown.Fact.Source),
						Expected: shown.Fact.Effective + " first", Actual: before.Effective + " first",
					}}, nil
				}
				before = shown.Fact
			}
		}
	}
	return nil, nil
}

// othersCause is why an answer finds other records than it must: some are lacking, or there are others among them.
func othersCause(want, got []string) result.Cause {
	if slices.ContainsFunc(got, func(reference string) bool { return !slices.Contains(want, reference) }) {
		return result.CauseExtra
	}
	return result.PagingTruncation
}
