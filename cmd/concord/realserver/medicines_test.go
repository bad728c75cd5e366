package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWhatIsLoadedRefersToItsMedicines loads two records of one medicine and one of none through what stands before a server.
func TestWhatIsLoadedRefersToItsMedicines(t *testing.T) {
	var seen struct {
		Entry []struct {
			Resource struct {
				ResourceType, ID    string
				MedicationReference struct{ Reference string }
				Code                map[string]any
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(text, &seen) != nil {
			t.Errorf("%v: %s", err, text)
		}
		_, _ = io.WriteString(w, `{"resourceType":"Bundle","type":"transaction-response","entry":[`+strings.TrimSuffix(strings.Repeat(`{"response":{"status":"201"}},`, len(seen.Entry)), ",")+`]}`)
	}))
	t.Cleanup(server.Close)
	through, stop, err := referring(t.Context(), server.URL+"/fhir")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	const medicine = `"medicationCodeableConcept":{"text":"Paracetamol"}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, through, strings.NewReader(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"MedicationRequest",`+
		medicine+`}},{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"MedicationStatement",`+medicine+`}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil || strings.Count(string(text), `"201"`) != 3 {
		t.Errorf("of three entries it is told %v %s", err, text)
	}
	if len(seen.Entry) != 4 {
		t.Fatalf("the server is sent %+v", seen.Entry)
	}
	made := seen.Entry[3].Resource
	for _, i := range []int{0, 2} {
		if at := seen.Entry[i].Resource.MedicationReference.Reference; at != "Medication/"+made.ID || made.ResourceType != "Medication" || made.Code["text"] != "Paracetamol" {
			t.Errorf("entry %d refers to %q, and what is made is %+v", i, at, made)
		}
	}
}
