package parity

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// keysAlone knows what records are called, and none of them.
type keysAlone struct{ Values }

func (keysAlone) Key(resource fhir.Resource) string {
	return resource.Text("identifier", "system") + "|" + resource.Text("identifier", "value")
}

func (keysAlone) Shown(Thing) []fhir.Entry { return nil }

func (keysAlone) Knows(key string) bool { return !strings.HasPrefix(key, "own|") }

// TestWhatIsFoundWronglyIsNotExcusedByAMedication asks of the same record, which says in a Medication which medicine it is, whether an
// answer without it is excused: alone, and beside one that should not be there.
func TestWhatIsFoundWronglyIsNotExcusedByAMedication(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if r.URL.Path == "/Patient" {
			_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"search":{"mode":"match"},"resource":{"resourceType":"Patient","id":"p",
				"identifier":[{"system":"n","value":"1"}]}}]}`))
			return
		}
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"search":{"mode":"match"},"resource":{"resourceType":"` + path.Base(r.URL.Path) + `","id":"1",
			"identifier":[{"system":"s","value":"1"}],"medicationReference":{"reference":"Medication/7"}}},{"search":{"mode":"match"},"resource":{"resourceType":"MedicationRequest","id":"2",
			"identifier":[{"system":"` + map[bool]string{true: "own", false: "s"}[strings.Contains(r.URL.Path, "Dispense")] + `","value":"9"}],"medicationReference":{"reference":"Medication/7"}}},{"search":{"mode":"match"},"resource":{"resourceType":"MedicationRequest","id":"3",
			"identifier":[{"system":"own","value":"8"}],"medicationCodeableConcept":{"text":"a"}}}]}`))
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	a := asker{check.NewEndpoint(client, "ccr", ""), keysAlone{}}
	byCode := Query{Resource: "MedicationRequest", Subject: &Thing{Type: "Patient", Key: "n|1"}, Terms: []Term{{Name: "code", Code: "code", Value: "x"}}}
	byStatus := byCode
	byStatus.Terms = []Term{{Name: "status", Code: "status", Value: "active"}}
	renumbered := byCode // one of its records has a number of the system's own
	renumbered.Resource = "MedicationDispense"
	for name, c := range map[string]struct {
		query Query
		j     judgement
		want  bool
	}{
		"it is lacking":               {byCode, judgement{missing: []string{"1"}, lacks: []string{"s|1"}}, true},
		"another one is lacking":      {byCode, judgement{missing: []string{"2"}, lacks: []string{"s|2"}}, false},
		"another one is there":        {byCode, judgement{missing: []string{"1"}, lacks: []string{"s|1"}, extra: []string{"2"}}, false},
		"nothing is lacking":          {byCode, judgement{}, false},
		"it may be the unknown one":   {renumbered, judgement{missing: []string{"2"}, lacks: []string{"s|2"}}, true},
		"it and the unknown one":      {renumbered, judgement{missing: []string{"1", "2"}, lacks: []string{"s|1", "s|2"}}, true},
		"one more than are unknown":   {renumbered, judgement{missing: []string{"2", "3"}, lacks: []string{"s|2", "s|3"}}, false},
		"it is lacking by its status": {byStatus, judgement{missing: []string{"1"}, lacks: []string{"s|1"}}, false},
	} {
		if got := a.inMedications(t.Context(), c.query, c.j); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
