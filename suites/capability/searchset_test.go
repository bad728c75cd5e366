package capability

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

type object = map[string]any

// TestTheWholeRecordOfAPatientIsWhatSearchesShow has $everything show a record otherwise, twice, not at all, and one of another person.
func TestTheWholeRecordOfAPatientIsWhatSearchesShow(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	sample := record.Sample(ledger)
	patient := func(id, number string) object {
		return object{"resourceType": "Patient", "id": id, "identifier": []any{object{"system": fhir.NHSNumberSystem, "value": number}}}
	}
	condition := func(id, subject, text string) object {
		return object{"resourceType": "Condition", "id": id, "subject": object{"reference": "Patient/" + subject}, "code": object{"text": text}}
	}
	mine, linked, theirs := patient("mine", sample[0].NHSNumber), patient("linked", sample[0].NHSNumber), patient("theirs", sample[1].NHSNumber)
	asthma := condition("c", "mine", "Asthma")
	organisation, nextPage := object{"resourceType": "Organization", "id": "o"}, object{}
	refers := condition("d", "mine", "Jaundice")
	refers["evidence"] = []any{object{"detail": []any{object{"reference": "Condition/t"}}}}
	provenance := func(recorded string) object {
		return object{
			"resourceType": "Provenance", "id": "p", "recorded": recorded, "meta": object{"lastUpdated": "2026-03-01T00:00:00Z"},
			"target": []any{object{"reference": "Condition/c"}}, "agent": []any{object{"who": object{"display": "RRK"}}},
		}
	}
	for name, c := range map[string]struct {
		whole []object
		total int
		cause result.Cause
	}{
		"what is found":                         {[]object{mine, asthma}, 2, result.NoCause},
		"without a record":                      {[]object{mine}, -1, result.CauseMissing},
		"a record twice":                        {[]object{mine, asthma, asthma}, -1, result.Duplicate},
		"another diagnosis":                     {[]object{mine, condition("c", "mine", "Anaemia")}, -1, result.CauseAltered},
		"a record of another person":            {[]object{mine, asthma, condition("t", "theirs", "Jaundice")}, -1, result.CauseExtra},
		"one of the mother, who is referred to": {[]object{mine, asthma, refers, condition("t", "theirs", "Jaundice")}, -1, result.NoCause},
		"one of a linked Patient":               {[]object{mine, asthma, condition("l", "linked", "Eczema")}, -1, result.NoCause},
		"one of nobody who can be read":         {[]object{mine, asthma, condition("n", "nobody", "Eczema")}, -1, result.NoCause},
		"an organisation on each page":          {[]object{mine, asthma, organisation, nextPage, organisation}, -1, result.NoCause},
		"an organisation twice on one page":     {[]object{mine, asthma, organisation, organisation}, -1, result.Duplicate},
		"two versions of an organisation":       {[]object{mine, asthma, organisation, {"resourceType": "Organization", "id": "o", "meta": object{"versionId": "2"}}}, -1, result.NoCause},
		"a statement of origin":                 {[]object{mine, asthma, provenance("2026-02-01T00:00:00Z")}, -1, result.NoCause},
		"one written after it was kept":         {[]object{mine, asthma, provenance("2027-02-01T00:00:00Z")}, -1, result.CauseAltered},
		"a total of fewer":                      {[]object{mine, asthma, refers}, 1, result.WrongTotal},
	} {
		t.Run(name, func(t *testing.T) {
			whole, rest := bundled(c.total, c.whole...), bundled(c.total)
			if i := slices.IndexFunc(c.whole, func(r object) bool { return len(r) == 0 }); i >= 0 {
				whole, rest = bundled(c.total, c.whole[:i]...), bundled(c.total, c.whole[i+1:]...)
				whole["link"] = []any{object{"relation": "next", "url": "Patient/mine/rest"}}
			}
			env := &check.Env{Ledger: ledger, Shared: &check.Shared{}, System: serving(t, map[string]any{
				"/metadata": object{"resourceType": "CapabilityStatement", "rest": []any{object{"mode": "server", "resource": []any{
					object{"type": "Patient", "operation": []any{object{"name": "everything"}}},
					object{"type": "Condition", "interaction": []any{object{"code": "search-type"}}, "searchParam": []any{object{"name": "patient"}}},
				}}}},
				"/Patient":                  bundled(-1, mine),
				"/Patient/theirs":           theirs,
				"/Patient/linked":           linked,
				"/Patient/mine/$everything": whole,
				"/Patient/mine/rest":        rest,
				"/Condition":                bundled(-1, asthma),
			})}
			findings, err := everything(t.Context(), env)
			if err != nil {
				t.Fatal(err)
			}
			if (len(findings) > 0) != (c.cause != result.NoCause) || len(findings) > 0 && findings[0].Cause != c.cause {
				t.Errorf("%+v, want %q", findings, c.cause)
			}
		})
	}
}

// bundled is a searchset of resources; a total of -1 is none.
func bundled(total int, resources ...object) object {
	entries := make([]any, 0, len(resources))
	for _, r := range resources {
		entries = append(entries, object{"resource": r})
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "entry": entries}
	if total >= 0 {
		bundle["total"] = total
	}
	return bundle
}

// serving is a system that answers by path alone.
func serving(t *testing.T, answers map[string]any) *check.Endpoint {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		answer, ok := answers[strings.TrimSuffix(r.URL.Path, "/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = object{"resourceType": "OperationOutcome"}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "")
}
