package mocks_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// FuzzRequests sends any path and query: the server must answer, with FHIR JSON, and with an OperationOutcome whenever
// it refuses.
func FuzzRequests(f *testing.F) {
	server, err := mocks.New(mocks.Options{System: mocks.OHC, Ledger: ledger()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(server.Close)
	handler := server.Handler()
	for _, seed := range []struct{ method, path, query string }{
		{"GET", "/fhir/Patient", "identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018"},
		{"GET", "/fhir/Observation", "patient=1&date=ge2020&_sort=-date&_count=3"},
		{"GET", "/fhir/Observation", "cursor=MS54LnBhdGllbnQ9MQ"},
		{"GET", "/fhir/Observation", "page=2&queryId=x"},
		{"GET", "/fhir/Observation", "_has:Observation:has-member:code=1"},
		{"POST", "/fhir/Observation/_search", "code=a,b"},
		{"GET", "/fhir/Patient/a%2Fb", ""},
		{"GET", "/fhir/metadata", "_format=json"},
		{"DELETE", "/fhir/Patient/1", ""},
		{"GET", "/fhir//Patient//", "&&=&%"},
	} {
		f.Add(seed.method, seed.path, seed.query)
	}
	f.Fuzz(func(t *testing.T, method, path, query string) {
		target, err := url.ParseRequestURI("http://ohc.mock.test/" + strings.TrimPrefix(path, "/"))
		if err != nil || !isToken(method) {
			t.Skip("not a request that a server sees")
		}
		target.RawQuery = query
		request := &http.Request{
			Method: method, URL: target, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			Body: http.NoBody, Host: target.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request.WithContext(t.Context()))
		if recorder.Code >= 500 && recorder.Code != http.StatusNotImplemented {
			t.Errorf("%s %s?%s: %d %s", method, path, query, recorder.Code, recorder.Body)
		}
		if method == http.MethodHead || recorder.Code == http.StatusNoContent {
			return
		}
		var resource fhir.Resource
		if err := json.Unmarshal(recorder.Body.Bytes(), &resource); err != nil {
			t.Fatalf("%s %s?%s: not JSON: %v", method, path, query, err)
		}
		if recorder.Code >= 400 && resource.Type() != "OperationOutcome" {
			t.Errorf("%s %s?%s: %d with a %s", method, path, query, recorder.Code, resource.Type())
		}
	})
}

func isToken(method string) bool {
	for _, c := range method {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return method != ""
}
