package scenario

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// personCheck is one more aspect of P08: of the sample alone every Patient is compared, and whoever is looked for by date of birth, rung
// up or written to is one of the others far more often.
func personCheck() check.Check {
	return check.Check{
		ID: "SCN-P08-PERSON", Suite: "scenario", Level: result.Must, Scope: check.PerProvider,
		Title:       "848 sweep: the provider's seeded patient is shown as who they are",
		Requirement: []result.Ref{pilot("data from 848 providers can be shared")},
		Needs:       search(),
		Hazard:      "A clinician rings another number, writes to another practice, or takes the patient for somebody else.",
		Fix:         "Take demographics from the national record, and correct them in the copy that came from this provider.",
		Run:         shownAsThemselves,
	}
}

// shownAsThemselves compares the Patients of whoever was seeded for the provider with what the ledger says of the person. It asks for
// nobody beside them: of whom they name without an identifier nothing is said.
func shownAsThemselves(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	person, _, ok := env.Ledger.SweepFact(env.Provider.ODS)
	if !ok {
		return nil, check.NoData("the ledger has no seeded fact from %s", env.Provider.ODS)
	}
	found, err := record.Find(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil, err
	}
	if len(found.Patients) == 0 {
		if err := noPeople(ctx, env); err != nil {
			return nil, err
		}
		return nil, check.NoData("%s does not find the patient seeded for %s, so nothing can be said of them (SCN-P08-VISIBLE says more)", env.System.Name, env.Provider.ODS)
	}
	var findings []result.Finding
	add := func(f result.Finding) {
		f.Exchanges, f.Query = found.Exchanges, env.System.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}})
		findings = append(findings, f)
	}
	for _, d := range record.TruthOf(env).CompareCopies(person, found.Patients, record.NamesWithin(found.Shown)) {
		d.Cause = explain.Content(d, explain.Evidence{})
		add(d.Finding(nil))
	}
	for _, patient := range found.Patients {
		for _, f := range record.WrongDisplays(ctx, env.Judge, patient) {
			f.Cause = result.CodeSystem
			add(f)
		}
	}
	return append(findings, oddTotalOf(ctx, env, "Patient", record.NHSNumberToken(person.NHSNumber))...), nil
}

// oddTotalOf is oddTotal of the answer to a search by identifier.
func oddTotalOf(ctx context.Context, env *check.Env, resourceType, token string) []result.Finding {
	answer, err := record.Identified(ctx, env.System, resourceType, token)
	if err != nil {
		return nil // whoever asked first says what is wrong
	}
	return oddTotal(ctx, env, answer)
}

// oddTotal warns of a total that an answer states and that is not the number of its matches. Where a system counts wrong whatever it is
// asked, the checks of totals say so, and others need not.
func oddTotal(ctx context.Context, env *check.Env, answer *check.Answer) []result.Finding {
	total, wrong := answer.Miscounted()
	if !wrong || holds(ctx, env, env.System, "wrong totals", func(ctx context.Context) (bool, error) { return countsWrong(ctx, env) }) {
		return nil
	}
	return []result.Finding{{
		Rule: "sweep-total", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("the answer of %s to %s states a total that is not the number of its matches", env.System.Name, answer.Query),
		Expected: fmt.Sprintf("total %d, or none", len(answer.Matches)), Actual: fmt.Sprintf("total %d", total),
	}}
}

// countsWrong reports whether the search that finds the first of the sampled people whom a system shows states a wrong total too.
func countsWrong(ctx context.Context, env *check.Env) (bool, error) {
	for _, person := range record.TruthOf(env).Sample() {
		answer, err := record.Identified(ctx, env.System, "Patient", record.NHSNumberToken(person.NHSNumber))
		if err != nil {
			return false, err
		}
		if len(answer.Matches) > 0 {
			_, wrong := answer.Miscounted()
			return wrong, nil
		}
	}
	return false, nil
}
