package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestWhatIsSentAlongRefersToAResultAndContradictsNoLabel holds what an answer brings beside its matches against them.
func TestWhatIsSentAlongRefersToAResultAndContradictsNoLabel(t *testing.T) {
	read := func(text string) fhir.Entry {
		object, err := fhir.DecodeObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return fhir.Entry{Resource: fhir.Resource(object)}
	}
	const labelled = `{"resourceType":"Observation","id":"1","meta":{"tag":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","code":"RRK"}]}}`
	provenance := func(target, who string) fhir.Entry {
		return read(`{"resourceType":"Provenance","id":"p","target":[{"reference":"` + target + `"}],"agent":[{"who":{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"` + who + `"}}}]}`)
	}
	provenanceAs := func(roles ...string) fhir.Entry {
		entry := provenance("Observation/1", "RRK")
		var codings []any
		for _, role := range roles {
			codings = append(codings, map[string]any{"system": record.ParticipantSystem, "code": role})
		}
		entry.Resource.Objects("agent")[0]["type"] = map[string]any{"coding": codings}
		return entry
	}
	written := func(at string) fhir.Entry {
		entry := provenance("Observation/1", "RRK")
		entry.Resource["recorded"], entry.Resource["meta"] = at, map[string]any{"lastUpdated": "2026-02-22T05:05:00Z"}
		return entry
	}
	for name, c := range map[string]struct {
		match, along fhir.Entry
		want         result.Cause
	}{
		"it is about a result":             {read(labelled), provenance("Observation/1", "RRK"), result.NoCause},
		"it refers with a base":            {read(labelled), provenance("https://a.example.test/fhir/Observation/1", "RRK"), result.NoCause},
		"it is about something else":       {read(labelled), provenance("Observation/2", "RRK"), result.ReferenceBroken},
		"it names another organisation":    {read(labelled), provenance("Observation/1", "RL4"), result.LabelLost},
		"the result has no label":          {read(`{"resourceType":"Observation","id":"1"}`), provenance("Observation/1", "RL4"), result.NoCause},
		"it was written later":             {read(labelled), written("2026-02-22T06:05:00Z"), result.CauseAltered},
		"by a clock that is ahead":         {read(labelled), written("2026-02-22T05:06:00Z"), result.NoCause},
		"it was written earlier":           {read(labelled), written("2025-02-22T05:05:00Z"), result.NoCause},
		"one participant is two":           {read(labelled), provenanceAs("author", "assembler"), result.CauseAltered},
		"one kind is said twice":           {read(labelled), provenanceAs("author", "author"), result.NoCause},
		"it names nobody":                  {read(labelled), read(`{"resourceType":"Provenance","id":"p","target":[{"reference":"Observation/1"}]}`), result.NoCause},
		"a resource of another type along": {read(labelled), read(`{"resourceType":"Organization","id":"o"}`), result.NoCause},
	} {
		t.Run(name, func(t *testing.T) {
			findings, err := ground{}.strays(t.Context(), "Provenance", "target", &check.Answer{Matches: []fhir.Entry{c.match}, Includes: []fhir.Entry{c.along}})
			if err != nil {
				t.Fatal(err)
			}
			if (len(findings) == 0) != (c.want == result.NoCause) || len(findings) > 0 && findings[0].Cause != c.want {
				t.Errorf("%+v, want %q", findings, c.want)
			}
		})
	}
}

// TestAnAnswerThatBringsMoreFindsWhatIsFoundWithoutIt holds the matches of an include, and of both orders, against each other.
func TestAnAnswerThatBringsMoreFindsWhatIsFoundWithoutIt(t *testing.T) {
	answer := func(total int, ids ...string) *check.Answer {
		a := &check.Answer{Total: total}
		for _, id := range ids {
			a.Matches = append(a.Matches, fhir.Entry{Resource: fhir.Resource{"resourceType": "Observation", "id": id}})
		}
		return a
	}
	g := ground{resourceType: "Observation", whole: answer(-1, "1", "2")}
	for name, c := range map[string]struct {
		answer *check.Answer
		want   result.Cause
	}{
		"the same":                       {answer(2, "2", "1"), result.NoCause},
		"a page is lacking":              {answer(2, "1"), result.PagingTruncation},
		"one is lacking, and not a page": {answer(-1, "1"), result.CauseMissing},
		"one is too many":                {answer(3, "1", "2", "3"), result.CauseExtra},
	} {
		t.Run(name, func(t *testing.T) {
			larger := func() (*check.Answer, error) { return answer(-1, "1", "2"), nil }
			for _, findings := range [][]result.Finding{g.sameMatches(c.answer), sameBothWays(g.whole, c.answer, larger)} {
				if (len(findings) == 0) != (c.want == result.NoCause) || len(findings) > 0 && findings[0].Cause != c.want {
					t.Errorf("%+v, want %q", findings, c.want)
				}
			}
		})
	}
	cut := sameBothWays(answer(-1, "1", "2"), answer(-1, "2", "3"), func() (*check.Answer, error) { return answer(-1, "1", "2", "3"), nil })
	if len(cut) != 1 || cut[0].Cause != result.PagingTruncation {
		t.Errorf("a larger page has what both orders have, and it is %+v", cut)
	}
	if found := (ground{}).sameMatches(answer(1, "1")); found != nil {
		t.Errorf("nothing was found without it, and %+v", found)
	}
}
