package hostile_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks/hostile"
)

func TestAPatientThatASearchShowsCanBeReadByItsID(t *testing.T) {
	const patient = `{"resourceType":"Patient","id":"1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
	handler, err := hostile.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		found := r.URL.Query().Get("identifier") != "" || r.URL.Query().Get("_id") == "1"
		switch {
		case r.URL.Path == "/fhir/Patient/1":
			_, _ = w.Write([]byte(patient))
		case r.URL.Path == "/fhir/Patient" && found:
			_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":` + patient + `}]}`))
		case r.URL.Path == "/fhir/Patient":
			_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","total":0}`))
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"resourceType":"OperationOutcome"}`))
		}
	}), hostile.Options{Base: "/fhir"}, hostile.Setting{Name: "style-linked-patient"})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, fhir.Resource) {
		answered := httptest.NewRecorder()
		handler.ServeHTTP(answered, httptest.NewRequest(http.MethodGet, "http://a.example.test/fhir/"+path, nil))
		object, err := fhir.DecodeObject(answered.Body.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return answered.Code, object
	}
	_, both := get("Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018")
	entries := fhir.Entries(both)
	if len(entries) != 2 || both.Text("total") != "2" {
		t.Fatalf("%d Patients of %s are found", len(entries), both.Text("total"))
	}
	second := entries[1].Resource
	status, read := get(second.Reference())
	if status != http.StatusOK || read.ID() != second.ID() || read.Text("link", "other", "reference") != "Patient/1" {
		t.Errorf("reading %s: %d %v", second.Reference(), status, read)
	}
	if _, found := get("Patient?_id=" + second.ID()); found.Text("total") != "1" || len(fhir.Entries(found)) != 1 || fhir.Entries(found)[0].Resource.ID() != second.ID() {
		t.Errorf("searching for its id: %v", found)
	}
	if _, first := get("Patient?_id=1"); len(fhir.Entries(first)) != 1 || fhir.Entries(first)[0].Resource.ID() != "1" {
		t.Errorf("the first by its id: %v", first)
	}
	if status, _ := get("Patient/also-2"); status != http.StatusNotFound {
		t.Errorf("one of whom there is no first: %d", status)
	}
	if _, none := get("Patient?_id=also-2"); len(fhir.Entries(none)) != 0 {
		t.Errorf("one of whom there is no first is found: %v", none)
	}
}
