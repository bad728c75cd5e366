package check_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// whoseServer has the Patients asked (9990000018), merged (9990000026, linked to the first), copy (the first's number), nameless (no number)
// and stranger (9990000387), and answers searches of one type with one record.
func whoseServer(t *testing.T, record func(base string) map[string]any, mode string) (*check.Endpoint, *atomic.Int32) {
	t.Helper()
	type object = map[string]any
	patients := map[string]object{}
	for id, number := range map[string]string{"asked": "9990000018", "merged": "9990000026", "copy": "9990000018", "spaced": "999 000 0018", "nameless": "", "stranger": "9990000387"} {
		patients[id] = object{"resourceType": "Patient", "id": id}
		if number != "" {
			patients[id]["identifier"] = []any{object{"system": fhir.NHSNumberSystem, "value": number}}
		}
	}
	patients["merged"]["link"] = []any{object{"type": "replaced-by", "other": object{"reference": "Patient/asked"}}}
	reads := &atomic.Int32{}
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		var answer object
		switch id, read := strings.CutPrefix(r.URL.Path, "/Patient/"); {
		case r.URL.Path == "/metadata":
			offered := func(kind string, codes ...string) object {
				var parameters []any
				for _, code := range codes {
					parameters = append(parameters, object{"name": code, "type": "reference"})
				}
				return object{"type": kind, "searchParam": parameters}
			}
			answer = object{"resourceType": "CapabilityStatement", "rest": []any{object{"resource": []any{
				offered("Observation", "patient"), offered("Appointment", "patient"), offered("Task", "status"),
			}}}}
		case read && patients[id] != nil:
			reads.Add(1)
			answer = patients[id]
		case read && !strings.Contains(id, "/"):
			reads.Add(1)
			w.WriteHeader(http.StatusNotFound)
			answer = object{"resourceType": "OperationOutcome", "issue": []any{object{"severity": "error", "code": "not-found"}}}
		case r.URL.Query().Get("first") == "" && r.URL.Query().Get("page") == "" && r.URL.Query().Get("_count") == "1":
			answer = object{"resourceType": "Bundle", "type": "searchset", "link": []any{object{"relation": "next", "url": base + "/Observation?page=2"}}}
		default:
			one := record(base)
			entry := object{"resource": one}
			if mode != "" {
				entry["search"] = object{"mode": mode}
			}
			answer = object{"resourceType": "Bundle", "type": "searchset", "entry": []any{entry}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	base = server.URL
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return check.NewEndpoint(client, "ccr", ""), reads
}

// What a search about one patient may show and what not, whoever asks and however.
func TestARecordOfAnotherPersonIsSeenInAnyAnswerAboutOne(t *testing.T) {
	type object = map[string]any
	about := func(reference string) func(string) map[string]any {
		return func(base string) map[string]any {
			return object{"resourceType": "Observation", "id": "o", "subject": object{"reference": strings.ReplaceAll(reference, "BASE", base)}}
		}
	}
	with := func(kind, element string, value any) func(string) map[string]any {
		return func(string) map[string]any { return object{"resourceType": kind, "id": "o", element: value} }
	}
	ref := func(to string) object { return object{"reference": to} }
	number := func(value string) object {
		return object{"identifier": object{"system": fhir.NHSNumberSystem, "value": value}}
	}
	for name, c := range map[string]struct {
		query, mode string
		record      func(string) map[string]any
		told        bool
	}{
		"another person":                       {"Observation?patient=asked", "match", about("Patient/stranger"), true},
		"another person, unmarked":             {"Observation?patient=asked", "", about("Patient/stranger"), true},
		"another person by type and id":        {"Observation?patient=Patient/asked", "match", about("Patient/stranger"), true},
		"another person by subject":            {"Observation?subject:Patient=asked", "match", about("Patient/stranger"), true},
		"another person by NHS number":         {"Observation?patient.identifier=" + url.QueryEscape(fhir.NHSNumberSystem+"|9990000018"), "match", about("Patient/stranger"), true},
		"another person in a compartment":      {"Patient/asked/Observation?code=1", "match", about("Patient/stranger"), true},
		"another person at an absolute URL":    {"Observation?patient=asked", "match", about("BASE/Patient/stranger"), true},
		"another person in a version":          {"Observation?patient=asked", "match", about("Patient/stranger/_history/1"), true},
		"another person named by a number":     {"Observation?patient=asked", "match", with("Observation", "subject", number("9990000387")), true},
		"another person's appointment":         {"Appointment?patient=asked", "match", with("Appointment", "participant", []any{object{"actor": ref("Location/1")}, object{"actor": ref("Patient/stranger")}}), true},
		"another person behind a link":         {"Observation?patient=asked&_count=1", "match", about("Patient/stranger"), true},
		"the person":                           {"Observation?patient=asked", "match", about("Patient/asked"), false},
		"one of two who are asked about":       {"Observation?patient=asked,stranger", "match", about("Patient/stranger"), false},
		"a copy of the person":                 {"Observation?patient=asked", "match", about("Patient/copy"), false},
		"a copy whose number has spaces":       {"Observation?patient=asked", "match", about("Patient/spaced"), false},
		"the person by a number with spaces":   {"Observation?patient=asked", "match", with("Observation", "subject", number("999 000 0018")), false},
		"who was merged into the person":       {"Observation?patient=asked", "match", about("Patient/merged"), false},
		"into whom the person was merged":      {"Observation?patient=merged", "match", about("Patient/asked"), false},
		"who has no number":                    {"Observation?patient=asked", "match", about("Patient/nameless"), false},
		"who cannot be read":                   {"Observation?patient=asked", "match", about("Patient/gone"), false},
		"asked about is who has no number":     {"Observation?patient=nameless", "match", about("Patient/stranger"), false},
		"a Patient of another server":          {"Observation?patient=asked", "match", about("https://elsewhere.example/fhir/Patient/stranger"), false},
		"a contained Patient":                  {"Observation?patient=asked", "match", about("#p"), false},
		"a group":                              {"Observation?patient=asked", "match", about("Group/1"), false},
		"nobody":                               {"Observation?patient=asked", "match", with("Observation", "status", "final"), false},
		"a subject that is only shown":         {"Observation?patient=asked", "match", with("Observation", "subject", object{"display": "Mr X"}), false},
		"the person named by the number":       {"Observation?patient=asked", "match", with("Observation", "subject", number("9990000018")), false},
		"the person's appointment with others": {"Appointment?patient=asked", "match", with("Appointment", "participant", []any{object{"actor": ref("Patient/stranger")}, object{"actor": ref("Patient/asked")}}), false},
		"what was sent along":                  {"Observation?patient=asked&_include=Observation:has-member", "include", about("Patient/stranger"), false},
		"what was sent along, unmarked":        {"Observation?patient=asked&_include=Observation:has-member", "", about("Patient/stranger"), false},
		"what is of another type":              {"Observation?patient=asked", "match", with("List", "subject", ref("Patient/stranger")), false},
		"what need not be narrowed":            {"Task?patient=asked", "match", with("Task", "for", ref("Patient/stranger")), false},
		"a search about everybody":             {"Observation?code=1", "match", about("Patient/stranger"), false},
		"all but the person":                   {"Observation?patient:not=asked", "match", about("Patient/stranger"), false},
	} {
		for _, by := range []string{"Ask", "SearchAs"} {
			endpoint, reads := whoseServer(t, c.record, c.mode)
			var ids []string
			ctx := exchange.Watch(t.Context(), func(id string) { ids = append(ids, id) })
			if by == "Ask" {
				got, err := endpoint.Ask(ctx, exchange.Request{URL: c.query})
				if err != nil {
					t.Fatal(err)
				}
				if next := strings.Contains(got.Body, "page=2"); next {
					if _, err := endpoint.Ask(ctx, exchange.Request{URL: endpoint.Base() + "/Observation?page=2"}); err != nil {
						t.Fatal(err)
					}
				}
			} else if _, err := endpoint.SearchAs(ctx, c.query); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(ids) // a page may be looked at before the one that links to it
			var findings []result.Finding
			for _, s := range endpoint.Strangers(t.Context(), ids) {
				findings = append(findings, s.Finding)
			}
			if told := len(findings) == 1 && findings[0].Rule == check.RuleOtherPerson; told != c.told || len(findings) > 1 {
				t.Errorf("%s, by %s: %+v", name, by, findings)
			}
			if f := slices.Concat(findings, make([]result.Finding, 1))[0]; c.told && (!strings.Contains(f.Message, "Observation/o") && !strings.Contains(f.Message, "Appointment/o") ||
				len(f.Exchanges) == 0 || f.Query == "" || f.Cause != result.OtherPerson || f.Path == "" || !strings.HasPrefix(f.Hazard, "S1")) {
				t.Errorf("%s, by %s: the finding does not name the record, the request and the harm: %+v", name, by, f)
			}
			if name == "the person" && reads.Load() > 0 {
				t.Errorf("%s, by %s: %d Patients were read, and nothing was to be found out", name, by, reads.Load())
			}
		}
	}
}
