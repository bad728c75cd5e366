package parity

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// ownRecord finds a record of a type about a story's people that the asked system holds itself, so that something can
// happen to it there, with the Patient that it is about.
func ownRecord(ctx context.Context, env *check.Env, story string, kind fixtures.Kind) (fhir.Resource, ground, error) {
	s, ok := env.Ledger.Story(story)
	if !ok {
		return nil, ground{}, fmt.Errorf("the ledger has no story %s", story)
	}
	if env.System.Part == "" {
		return nil, ground{}, check.UnknownPart(env.System.Name)
	}
	truth := record.TruthOf(env)
	for _, person := range s.People {
		for _, fact := range record.Facts(env.Ledger, person, kind) {
			if person.NHSNumber == "" || !env.Ledger.Holds(env.System.Part, fact) {
				continue
			}
			found, err := record.MustFind(ctx, env.System, person.NHSNumber)
			if err != nil {
				return nil, ground{}, err
			}
			identifier := fact.Identifier.Token()
			for _, patient := range found.Patients {
				answer, err := env.System.Search(ctx, string(kind), url.Values{"patient": {patient.ID()}})
				if err != nil {
					return nil, ground{}, err
				}
				g := ground{system: env.System, resourceType: string(kind), patient: fhir.Entry{Resource: patient}, whole: answer}
				for _, resource := range answer.Resources() {
					if slices.Contains(truth.Identities(resource), identifier) {
						return resource, g, nil
					}
				}
			}
		}
	}
	return nil, ground{}, check.NoData("%s shows no %s of its own about the people of story %s. %s", env.System.Name, kind, story, env.Remedy())
}

// pageDrift deletes a record of the first page while the answer is read, and looks for what slips through between the
// pages.
func pageDrift(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, g, err := ownRecord(ctx, env, "paging", fixtures.Observation)
	if err != nil {
		return nil, err
	}
	query := "Observation?" + url.Values{"patient": {g.patient.Resource.ID()}, "_count": {fmt.Sprint(len(g.whole.Matches)/3 + 1)}}.Encode()
	env.By("Given a record of %d observations that is read page by page", len(g.whole.Matches))
	page, got, err := env.System.Read(ctx, query)
	if err != nil {
		return nil, err
	}
	entries := fhir.Entries(page)
	// An OperationOutcome, or what is included, may stand before it.
	at := slices.IndexFunc(entries, func(entry fhir.Entry) bool { return entry.Resource != nil && entry.Resource.Type() == "Observation" })
	if fhir.Link(page, "next") == "" || at < 0 {
		return nil, check.NoData("%s answers %s on one page, so nothing can happen between pages", env.System.Name, query)
	}
	deleted := entries[at].Resource.Reference()
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Delete, Reference: deleted}); err != nil {
		return nil, err
	}
	env.By("Then every other observation is on one of the pages")
	shown, exchanges := entries, []string{got.ID}
	for range len(g.whole.Matches) {
		next, id, err := nextPage(ctx, env.System, page)
		if err != nil {
			return nil, err
		}
		if next == nil {
			break
		}
		page, exchanges = next, append(exchanges, id)
		shown = append(shown, fhir.Entries(next)...)
	}
	var onPages []string
	for _, entry := range shown {
		if entry.Resource != nil && entry.Resource.Type() == "Observation" {
			onPages = append(onPages, entry.Resource.Reference())
		}
	}
	want := less(found(g.whole), []string{deleted})
	unique := sortedOnce(slices.Clone(onPages))
	skipped := less(want, unique)
	repeated := len(onPages) - len(unique)
	if len(skipped) == 0 && repeated == 0 {
		return nil, nil
	}
	return []result.Finding{{
		Rule: "page-drift", Severity: result.SeverityError, Cause: result.PageDrift, Query: env.System.CurlRead(query),
		Message:  fmt.Sprintf("when %s is deleted between two pages of %s, the pages skip %d results and repeat %d", deleted, query, len(skipped), repeated),
		Expected: "every other result on one page", Actual: fmt.Sprintf("%d repeated, skipped: %s", repeated, orNone(first(skipped))), Exchanges: exchanges,
	}}, nil
}

// lastUpdated corrects a record and asks for what has changed since.
func lastUpdated(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	const resourceType = "AllergyIntolerance"
	if !env.System.Declares(ctx).Parameter(resourceType, "_lastUpdated") {
		return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " does not declare _lastUpdated for " + resourceType}
	}
	before, g, err := ownRecord(ctx, env, "P27", fixtures.AllergyIntolerance)
	if err != nil {
		return nil, err
	}
	stamp := before.Text("meta", "lastUpdated")
	if _, err := fhir.ParseDate(stamp, nil); err != nil {
		return []result.Finding{{
			Rule: "last-updated", Severity: result.SeverityError, Path: resourceType + ".meta.lastUpdated", Cause: result.StaleFeed,
			Message:  before.Reference() + " does not say when it was last updated, so nobody can ask for what has changed",
			Expected: "an instant", Actual: orNone(stamp), Query: g.whole.Curl(), Exchanges: g.whole.Exchanges,
		}}, nil
	}
	env.By("Given an allergy that was last updated at %s", stamp)
	change := map[string]any{"note": []any{map[string]any{"text": "Asked again: no change."}}}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Correct, Reference: before.Reference(), Change: change}); err != nil {
		return nil, err
	}
	env.By("Then a search for what was updated since then finds it")
	g.system = env.System
	answer, err := g.ask(ctx, "_lastUpdated", "gt"+stamp)
	if err != nil {
		return nil, err
	}
	if slices.Contains(found(answer), before.Reference()) {
		return nil, nil
	}
	return []result.Finding{{
		Rule: "last-updated", Severity: result.SeverityError, Path: resourceType + ".meta.lastUpdated", Cause: result.StaleFeed,
		Message:  fmt.Sprintf("%s was corrected, and %s does not find it", before.Reference(), answer.Query),
		Expected: before.Reference() + " among what was updated after " + stamp, Actual: results(names(answer.Resources()), nil), Query: answer.Curl(),
		Exchanges: append(slices.Clone(g.whole.Exchanges), answer.Exchanges...),
	}}, nil
}
