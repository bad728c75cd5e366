package hostile_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"concord.example/concord/mocks/hostile"
)

// TestHEADHasTheETagOfGETHoweverElseARecordIsShown has a server hash what it keeps, and show it under another id and with tags of its own.
func TestHEADHasTheETagOfGETHoweverElseARecordIsShown(t *testing.T) {
	const id = "f15622f8-94ad-88e8-b77b-b346f05d15ef"
	handler, err := hostile.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if r.URL.Path != "/fhir/Patient/"+id {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("ETag", `W/"1"`)
		if r.Method != http.MethodHead {
			_, _ = w.Write([]byte(`{"resourceType":"Patient","id":"` + id + `","meta":{"versionId":"1"}}`))
		}
	}), hostile.Options{Base: "/fhir"}, hostile.Setting{Name: "copy-gains-tags"}, hostile.Setting{Name: "style-other-ids"}, hostile.Setting{Name: "etag-of-the-body"})
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		answered := httptest.NewRecorder()
		handler.ServeHTTP(answered, httptest.NewRequest(method, "http://a.example.test/fhir/Patient/x."+id, nil))
		if tags[method] = answered.Header().Get("ETag"); answered.Code != http.StatusOK || tags[method] == "" || tags[method] == `W/"1"` {
			t.Errorf("%s: status %d, ETag %q", method, answered.Code, tags[method])
		}
	}
	if tags[http.MethodGet] != tags[http.MethodHead] {
		t.Errorf("%v", tags)
	}
}
