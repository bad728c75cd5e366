package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// findsByNHSNumber asks for every sampled person by NHS number, and for a number that nobody in the ledger has.
func findsByNHSNumber(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if !env.Found && !record.HoldsAnybody(ctx, env) {
		if findings, err := uncarriedAll(ctx, env); err != nil || len(findings) > 0 {
			return findings, err
		}
		return nil, check.NoData("%s shows none of the %d people sampled. %s", env.System.Name, len(record.TruthOf(env).Sample()),
			env.Remedy())
	}
	if wrong := env.System.ValueAlone(ctx); wrong != nil {
		return []result.Finding{*wrong}, nil
	}
	var findings []result.Finding
	for _, person := range record.TruthOf(env).Sample() {
		answer, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}})
		if err != nil {
			return findings, err
		}
		findings = append(findings, answer.Remarks...)
		finding := result.Finding{
			Rule: "identity-found", Severity: result.SeverityError, Path: "Patient.identifier", Exchanges: answer.Exchanges, Cause: result.CauseMissing,
			Query:    env.System.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}}),
			Expected: "one or more Patients with " + record.NHSNumberToken(person.NHSNumber),
		}
		if len(answer.Matches) == 0 {
			finding.Message = fmt.Sprintf("nobody is found by NHS number %s, who is in the ledger", person.NHSNumber)
			if env.Found {
				finding.Message = fmt.Sprintf("nobody is found by NHS number %s, whom the other system shows or who was named", person.NHSNumber)
			}
			finding.Actual = "no Patient"
			findings = append(findings, finding)
			continue
		}
		if overlaid, wrong := overlay(answer.Resources(), person.NHSNumber); env.Found && wrong {
			overlaid.Query, overlaid.Exchanges = finding.Query, answer.Exchanges
			findings = append(findings, overlaid)
		}
		if uncarried, wrong := uncarried(answer.Resources(), person.NHSNumber); !env.Found && wrong {
			uncarried.Query, uncarried.Exchanges = finding.Query, answer.Exchanges
			findings = append(findings, uncarried)
		}
		for _, patient := range answer.Resources() {
			if born := patient.Text("birthDate"); person.BirthDate != "" && born != person.BirthDate {
				finding.Message = fmt.Sprintf("%s is shown for NHS number %s, and was born on another day", patient.Reference(), person.NHSNumber)
				finding.Cause = result.CauseExtra
				if !slices.ContainsFunc(answer.Resources(), func(other fhir.Resource) bool { return other.Text("birthDate") == person.BirthDate }) &&
					slices.Contains(record.Identifiers(patient), fixtures.PersonSystem+"|"+person.ID) {
					finding.Cause = result.CauseAltered // it is the same person, and nobody else is shown
				}
				finding.Expected, finding.Actual = "born "+person.BirthDate, "born "+born
				findings = append(findings, finding)
			}
		}
	}
	changed, err := changingIDs(ctx, env)
	if err != nil {
		return findings, err
	}
	shown, err := nobody(ctx, env)
	return slices.Concat(findings, changed, shown), err
}

// uncarriedAll holds the answer about each sampled person to uncarried.
func uncarriedAll(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var findings []result.Finding
	for _, person := range record.TruthOf(env).Sample() {
		query := url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}}
		answer, err := env.System.Search(ctx, "Patient", query)
		if err != nil {
			return findings, err
		}
		if f, wrong := uncarried(answer.Resources(), person.NHSNumber); wrong {
			f.Query, f.Exchanges = env.System.Curl("Patient", query), answer.Exchanges
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// uncarried finds an answer to the search for an NHS number in which no Patient carries it as it was asked for: nothing that is shown of
// them is taken for that person's. Who is linked to others may have been merged, and is left to the scenarios. The number that is shown
// instead may be a real person's, and is not told.
func uncarried(found []fhir.Resource, number string) (result.Finding, bool) {
	var first string
	var numbers []string
	for _, patient := range found {
		switch {
		case patient.Type() != "Patient":
			continue
		case slices.Contains(record.Identifiers(patient), record.NHSNumberToken(number)), len(patient.Objects("link")) > 0:
			return result.Finding{}, false
		}
		first = cmp.Or(first, patient.Reference())
		numbers = append(numbers, check.NHSNumbers(patient)...)
	}
	if first == "" {
		return result.Finding{}, false
	}
	f := result.Finding{
		Rule: "identity-not-carried", Severity: result.SeverityError, Path: "Patient.identifier.value", Cause: result.OtherPerson,
		Message:  fmt.Sprintf("%s is shown for NHS number %s, and the number that it carries is another", first, number),
		Expected: record.NHSNumberToken(number), Actual: "another NHS number",
	}
	switch {
	case slices.Contains(numbers, number):
		f.Cause, f.Actual = result.CauseAltered, "the digits, with spaces"
		f.Message = fmt.Sprintf("%s is shown for NHS number %s and writes it with spaces, so that whoever compares identifiers does not know whose record it is", first, number)
	case len(numbers) == 0:
		f.Cause, f.Actual = result.CauseMissing, "no identifier of that system"
		f.Message = fmt.Sprintf("%s is shown for NHS number %s and does not carry it, so that nobody can tell whose record it is", first, number)
	}
	return f, true
}

// overlay finds two people under one number: Patients that carry it and were born on different days.
func overlay(patients []fhir.Resource, number string) (result.Finding, bool) {
	first := map[string]string{}
	for _, patient := range patients {
		if born := patient.Text("birthDate"); born != "" && first[born] == "" {
			first[born] = patient.Reference()
		}
	}
	if len(first) < 2 {
		return result.Finding{}, false
	}
	days := slices.Sorted(maps.Keys(first))
	return result.Finding{
		Rule: "identity-found", Severity: result.SeverityError, Path: "Patient.birthDate", Cause: result.CauseExtra,
		Message:  fmt.Sprintf("%s and %s are both shown for NHS number %s, and were born on different days", first[days[0]], first[days[1]], number),
		Expected: "one day of birth", Actual: "born " + strings.Join(days, " and "),
	}, true
}

// changingIDs asks for one person twice. An id that is another the second time leads nowhere: whoever searches by it is
// told that there is no record.
func changingIDs(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample := record.TruthOf(env).Sample()
	if len(sample) == 0 {
		return nil, nil
	}
	query := url.Values{"identifier": {record.NHSNumberToken(sample[0].NHSNumber)}}
	once, err := env.System.Search(ctx, "Patient", query)
	if err != nil {
		return nil, err
	}
	twice, err := env.System.Control(secondAsking).Search(ctx, "Patient", query)
	if err != nil {
		return nil, err
	}
	before, after := references(once.Resources()), references(twice.Resources())
	switch {
	case len(before) == 0, slices.Equal(before, after):
		return nil, nil // whoever is not found at first is looked for again by the question before this one
	case len(after) == 0:
		return []result.Finding{{
			Rule: record.RuleUnsteady, Severity: result.SeverityError, Path: "Patient", Cause: result.Unsteady,
			Message:  fmt.Sprintf("%s finds somebody by NHS number %s, and nobody when it is asked the same again at once", env.System.Name, sample[0].NHSNumber),
			Expected: "the same answer twice", Actual: "somebody, and then nobody", Query: env.System.Curl("Patient", query), Exchanges: slices.Concat(once.Exchanges, twice.Exchanges),
		}}, nil
	}
	return []result.Finding{{
		Rule: "identity-id-changes", Severity: result.SeverityError, Path: "Patient.id", Cause: result.ReferenceBroken,
		Message:  fmt.Sprintf("%s gives one person other ids when it is asked again at once, so nothing that is searched by id can be believed", env.System.Name),
		Expected: first(before), Actual: first(after), Query: env.System.Curl("Patient", query), Exchanges: slices.Concat(once.Exchanges, twice.Exchanges),
	}}, nil
}

// nobody asks for an NHS number that the ledger gives to nobody. A person in the answer is a wrong person. A refusal is as
// good as an empty answer, because nobody was shown; no answer at all is not, because it shows nothing.
func nobody(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	for n := 999_999; n >= 0; n-- {
		number, ok := fhir.TestNHSNumber(n)
		if !ok {
			continue
		}
		if _, taken := env.Ledger.Person(number); taken {
			continue
		}
		answer, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {record.NHSNumberToken(number)}})
		var refused *check.BrokenAnswer
		if errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 {
			return nil, nil
		}
		if err != nil || len(answer.Matches) == 0 {
			return nil, err
		}
		shown := answer.Resources()[0]
		if env.Found && slices.Contains(record.Identifiers(shown), record.NHSNumberToken(number)) {
			return nil, nil // somebody has the number whom nobody here has heard of
		}
		return []result.Finding{{
			Rule: "identity-nobody-else", Severity: result.SeverityError, Path: "Patient.identifier", Cause: result.CauseExtra,
			Query:    env.System.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(number)}}),
			Message:  fmt.Sprintf("%s is shown for NHS number %s, which nobody in the ledger has", shown.Reference(), number),
			Expected: "no Patient", Actual: shown.Reference(), Exchanges: answer.Exchanges,
		}}, nil
	}
	return nil, errors.New("every NHS number of the test range is taken in the ledger")
}

// postEqualsGet puts the same search both ways and compares what is found, not how much.
func postEqualsGet(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if !env.System.Offers(ctx).Parameter("Observation", "code") {
		return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " does not declare a search for observations by code"}
	}
	patients, code, err := narrowed(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	compared := 0
	for _, patient := range patients {
		query := url.Values{"patient": {patient.ID()}, "code": {code}}
		get, err := env.System.ByGet().Search(ctx, "Observation", query)
		if err != nil {
			return findings, err
		}
		post, err := env.System.PostSearch(ctx, "Observation", query)
		if err != nil {
			return findings, err
		}
		compared += len(get.Matches) + len(post.Matches)
		byGet, byPost := references(get.Resources()), references(post.Resources())
		if !slices.Equal(byGet, byPost) {
			findings = append(findings, result.Finding{
				Rule: "post-equals-get", Severity: result.SeverityError, Cause: postCause(ctx, env, patient.ID(), byGet, byPost),
				Query: env.System.CurlPost("Observation", query), PeerQuery: env.System.Curl("Observation", query),
				Message:  fmt.Sprintf("POST Observation/_search with %s finds something else than GET", query.Encode()),
				Expected: results(byGet, less(byGet, byPost)), Actual: results(byPost, less(byPost, byGet)),
				Exchanges: slices.Concat(get.Exchanges, post.Exchanges),
			})
		}
	}
	if compared == 0 {
		return nil, check.NoData("%s shows no observations with the code %s, so GET and POST cannot be compared", env.System.Name, code)
	}
	return findings, nil
}

// narrowed returns Patients and a code by which some of their observations are found and others are not: a story's, or
// those of the Patient with the most observations.
func narrowed(ctx context.Context, env *check.Env) ([]fhir.Resource, string, error) {
	if env.Found {
		return narrowedByShown(ctx, env)
	}
	person, err := storyPerson(env, "P02")
	if err != nil {
		return nil, "", err
	}
	code, err := testCode(env, "potassium-corrected")
	if err != nil {
		return nil, "", err
	}
	if truth := record.TruthOf(env); !toldApart(truth.About(person).Of(fixtures.Observation), code) {
		// The system is to show its own records alone, and those that the code tells apart are its neighbour's.
		if person, code, err = someNarrowed(env, truth.Sample()); err != nil {
			return nil, "", err
		}
	}
	found, err := record.MustFind(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil, "", err
	}
	return found.Patients, code.System + "|" + code.Code, nil
}

// toldApart reports whether some of the facts have the code and others have not.
func toldApart(facts []fixtures.Fact, code fixtures.Coding) bool {
	with := 0
	for i := range facts {
		if facts[i].Code.Is(code.System, code.Code) {
			with++
		}
	}
	return with > 0 && with < len(facts)
}

// someNarrowed returns one of the people, and a code that some of their observations have and others have not.
func someNarrowed(env *check.Env, people []fixtures.Person) (fixtures.Person, fixtures.Coding, error) {
	for _, person := range people {
		facts := record.TruthOf(env).About(person).Of(fixtures.Observation)
		for i := range facts {
			for _, code := range facts[i].Code.Coding {
				if person.NHSNumber != "" && toldApart(facts, code) {
					return person, code, nil
				}
			}
		}
	}
	return fixtures.Person{}, fixtures.Coding{}, check.NoData("nobody of the sample has observations with different codes in %s. %s", env.System.Name, env.Remedy())
}

// narrowedByShown is narrowed by what the system shows of whoever was found.
func narrowedByShown(ctx context.Context, env *check.Env) ([]fhir.Resource, string, error) {
	g, err := stand(ctx, env, fixtures.FoundStory, "Observation")
	if err != nil {
		return nil, "", err
	}
	parameter, _ := search.Lookup("Observation", "code")
	for _, code := range g.values("code") {
		// One record may have several codes: only what others lack tells them apart.
		if slices.ContainsFunc(g.whole.Resources(), func(r fhir.Resource) bool { return !slices.Contains(texts(parameter, r), code) }) {
			return []fhir.Resource{g.patient.Resource}, code, nil
		}
	}
	return nil, "", check.NoData("all observations of %s that could be compared have the same codes. %s", env.System.Name, env.Remedy())
}

// postCause explains why a search by POST finds something else: its parameters are not applied when it finds what the
// search without them finds.
func postCause(ctx context.Context, env *check.Env, patient string, byGet, byPost []string) result.Cause {
	all, err := env.System.Search(ctx, "Observation", url.Values{"patient": {patient}})
	switch {
	case err == nil && slices.Equal(references(all.Resources()), byPost):
		return result.IgnoredParameter
	case len(byPost) < len(byGet):
		return result.CauseMissing
	default:
		return result.CauseExtra
	}
}

// references lists the resources of an answer, sorted, each once.
func references(resources []fhir.Resource) []string {
	all := make([]string, 0, len(resources))
	for _, resource := range resources {
		all = append(all, resource.Reference())
	}
	slices.Sort(all)
	return slices.Compact(all)
}
