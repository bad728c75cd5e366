package scenario

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// directoryCheck and visibleCheck are P08.
func directoryCheck() check.Check {
	return check.Check{
		ID: "SCN-P08-DIRECTORY", Suite: "scenario", Level: result.Must, Scope: check.PerProvider,
		Title:       "848 sweep: the provider is found by its ODS code, under its own name",
		Requirement: []result.Ref{pilot("data from 848 providers can be shared")},
		Needs:       []check.Feature{{Resource: "Organization"}},
		Hazard:      "A clinician cannot tell which provider a record comes from, or ring it.",
		Fix:         "List the provider in the directory under its ODS organisation code.",
		Run:         directory,
	}
}

func visibleCheck() check.Check {
	return check.Check{
		ID: "SCN-P08-VISIBLE", Suite: "scenario", Level: result.Must, Scope: check.PerProvider,
		Title:       "848 sweep: what the provider recorded about its seeded patient is visible",
		Requirement: []result.Ref{pilot("data from 848 providers can be shared")},
		Needs:       search(),
		Hazard:      "Nothing that this provider records is seen anywhere else.",
		Fix:         "Check the provider's feed, and that the neighbour's data about the patient is asked for.",
		Run:         visible,
	}
}

// directory asks for the provider's Organization by ODS code, and holds what it says against the ledger's.
func directory(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	found, exchanges, err := record.Organizations(ctx, env.System, env.Provider.ODS)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return append(amissIn(env, found, exchanges), oddTotalOf(ctx, env, "Organization", record.ODSSystem+"|"+env.Provider.ODS)...), nil
	}
	if err := noLedger(ctx, env); err != nil {
		return nil, err
	}
	return []result.Finding{{
		Rule: "sweep-directory", Severity: result.SeverityError, Path: "Organization.identifier",
		Message:  fmt.Sprintf("%s does not list %s (%s)", env.System.Name, env.Provider.Name, env.Provider.ODS),
		Expected: "one Organization with " + record.ODSSystem + "|" + env.Provider.ODS, Actual: "none", Exchanges: exchanges,
	}}, nil
}

// amissIn says where the provider's entry of the directory says something else than what the provider was given; what it leaves out is a
// warning.
func amissIn(env *check.Env, found []fhir.Resource, exchanges []string) []result.Finding {
	var findings []result.Finding
	for _, organization := range found {
		for _, amiss := range record.DirectoryOf(env).Compare(organization) {
			f := result.Finding{
				Rule: "sweep-directory", Severity: result.SeverityError, Path: amiss.Path, Cause: result.CauseAltered, Expected: amiss.Expected, Actual: amiss.Actual, Exchanges: exchanges,
				Message: fmt.Sprintf("%s lists %s (%s) otherwise than it is: %s", env.System.Name, env.Provider.Name, env.Provider.ODS, amiss),
			}
			if amiss.Lost {
				f.Severity, f.Cause = result.SeverityWarning, result.CauseMissing
			}
			findings = append(findings, f)
		}
	}
	return findings
}

// visible asks for the one fact that was seeded for the provider, about a person whom the asked system finds by NHS
// number, and holds it against the ledger. A person who is not found is a provider whose data is not visible, so it counts as such, unless whoever should keep
// the data was given none of the ledger's.
func visible(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	person, fact, ok := env.Ledger.SweepFact(env.Provider.ODS)
	if !ok {
		return nil, check.NoData("the ledger has no seeded fact from %s", env.Provider.ODS)
	}
	finding := result.Finding{
		Rule: "sweep-visible", Severity: result.SeverityError,
		Expected: record.Describe(fact) + " (" + fact.Identifier.Value + ")",
	}
	found, err := record.Find(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil, err
	}
	finding.Exchanges = found.Exchanges
	if len(found.Patients) == 0 {
		if err := noPeople(ctx, env); err != nil {
			return nil, err
		}
		finding.Message = fmt.Sprintf("%s does not find the patient seeded for %s (%s) by NHS number", env.System.Name, env.Provider.Name, env.Provider.ODS)
		finding.Actual = "no Patient"
		return []result.Finding{finding}, nil
	}
	part, err := found.Resources(ctx, env.System, string(fact.Kind), nil)
	if err != nil {
		return nil, err
	}
	finding.Exchanges = slices.Concat(found.Exchanges, part.Exchanges)
	shown := record.TruthOf(env).Match([]fixtures.Fact{fact}, part.Resources)
	if len(shown) > 0 {
		otherwise, err := altered(ctx, env, swept{person, found, part, shown[0]})
		return append(strangers(env, person, found), otherwise...), err
	}
	finding.Message = fmt.Sprintf("%s does not show what %s (%s) recorded about its seeded patient", env.System.Name, env.Provider.Name, env.Provider.ODS)
	finding.Actual = fmt.Sprintf("%d other %s resources", len(part.Resources), fact.Kind)
	return []result.Finding{finding}, nil
}

// strangers says of the answer to a search by NHS number that it shows somebody with another NHS number.
func strangers(env *check.Env, person fixtures.Person, found record.Person) []result.Finding {
	for _, patient := range found.Shown {
		identifiers := record.Identifiers(patient)
		if patient.Type() != "Patient" || record.HasNumber(patient, person.NHSNumber) {
			continue // whoever has the number is who was asked for, with whatever number from before beside it
		}
		for _, token := range identifiers {
			number, is := strings.CutPrefix(token, fhir.NHSNumberSystem+"|")
			if !is || slices.Contains(person.FormerNumbers, number) {
				continue
			}
			return []result.Finding{{
				Rule: "sweep-stranger", Severity: result.SeverityError, Path: "Patient.identifier", Cause: result.CauseExtra, Exchanges: found.Exchanges,
				Message: fmt.Sprintf("%s shows %s too, who has another NHS number, when it is asked for the patient seeded for %s (%s) by NHS number",
					env.System.Name, patient.Reference(), env.Provider.Name, env.Provider.ODS),
				Expected: "Patients with " + record.NHSNumberToken(person.NHSNumber), Actual: "NHS number " + number,
				Query: env.System.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}}),
			}}
		}
	}
	return nil
}
