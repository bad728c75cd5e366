package mocks_test

import (
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

func TestEveryErrorIsAnOperationOutcome(t *testing.T) {
	pair := start(t, "")
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for _, test := range []struct {
		name, method, path string
		header             map[string]string
		body               string
		status             int
		code, says         string
	}{
		{name: "unknown type", path: "/Banana", status: 404, code: "not-supported", says: "Banana"},
		{name: "type that is not held", path: "/Claim?patient=1", status: 404, code: "not-supported", says: "Claim"},
		{name: "unknown id", path: "/Patient/nobody", status: 404, code: "not-found", says: "nobody"},
		{name: "id with a slash", path: "/Patient/a%2Fb", status: 400, code: "value", says: "a/b"},
		{name: "id too long", path: "/Patient/" + strings.Repeat("a", 65), status: 400, code: "value", says: "1 to 64"},
		{name: "path too deep", path: "/Patient/1/Observation/2/3", status: 404, code: "not-found", says: "nothing"},
		{name: "malformed date", path: "/Observation?date=yesterday", status: 400, code: "value", says: "yesterday"},
		{name: "malformed prefix", path: "/Observation?date=xx2020", status: 400, code: "value", says: "xx2020"},
		{name: "unsupported modifier", path: "/Patient?birthdate:exact=2020-01-01", status: 400, says: "birthdate:exact"},
		{name: "negative count", path: "/Patient?_count=-1", status: 400, code: "value", says: "-1"},
		{name: "count that is a word", path: "/Patient?_count=many", status: 400, code: "value", says: "many"},
		{name: "invalid escape", path: "/Patient?name=%zz", status: 400, code: "invalid", says: "name"},
		{name: "invalid UTF-8 in a value", path: "/Patient?name=%ff%fe", status: 400, code: "invalid", says: "UTF-8"},
		{name: "invalid UTF-8 in the path", path: "/Patient/%ff", status: 400, code: "invalid", says: "segment"},
		{name: "unknown parameter when strict", path: "/Patient?banana=1", header: map[string]string{"Prefer": "handling=strict"}, status: 400, code: "not-supported", says: "banana"},
		{name: "deep chain", path: "/Observation?" + "encounter." + strings.Repeat("part-of.", 9) + "status=finished", status: 400, says: "encounter"},
		{name: "include cycle", path: "/Observation?_count=500&_include:iterate=*&_revinclude:iterate=*:*", status: 400, code: "too-costly", says: "included"},
		{name: "page of another search", path: "/Patient?name=a&queryId=00000000-0000-8000-8000-000000000000&page=2", status: 410, code: "expired", says: "again"},
		{name: "page without a query", path: "/Patient?page=2", status: 400, code: "value", says: "page"},
		{name: "search of everything", path: "?_lastUpdated=gt2020", status: 501, code: "not-supported", says: "one type"},
		{name: "method on a type", method: "PATCH", path: "/Patient", status: 405, code: "not-supported", says: "PATCH"},
		{name: "method on metadata", method: "POST", path: "/metadata", status: 405, code: "not-supported", says: "POST"},
		{name: "GET of _search", path: "/Patient/_search?name=a", status: 405, code: "not-supported", says: "GET"},
		{name: "XML", path: "/Patient?name=a", header: map[string]string{"Accept": "application/fhir+xml"}, status: 406, code: "not-supported", says: "xml"},
		{name: "XML by _format", path: "/Patient?_format=xml", status: 406, code: "not-supported", says: "xml"},
		{name: "another FHIR version", path: "/Patient?name=a", header: map[string]string{"Accept": "application/fhir+json; fhirVersion=3.0"}, status: 406, code: "not-supported", says: "3.0"},
		{name: "form as JSON", method: "POST", path: "/Patient/_search", header: map[string]string{"Content-Type": "application/json"}, body: "{}", status: 415, code: "not-supported", says: "form"},
		{name: "form without a type", method: "POST", path: "/Patient/_search", body: "name=a", status: 415, code: "not-supported", says: "form"},
		{name: "form in Latin-1", method: "POST", path: "/Patient/_search", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=latin1"}, status: 415, says: "latin1"},
		{name: "large form", method: "POST", path: "/Patient/_search", header: form, body: "name=" + strings.Repeat("a", 70<<10), status: 413, code: "too-long", says: "65536"},
		{name: "malformed form", method: "POST", path: "/Patient/_search", header: form, body: "name=%", status: 400, code: "invalid", says: "name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.method == "" {
				test.method = http.MethodGet
			}
			a := do(t, test.method, pair.CCR.URL+test.path, test.header, test.body)
			if a.status != test.status {
				t.Fatalf("status %d, want %d: %.300s", a.status, test.status, a.body)
			}
			if got := a.header.Get("Content-Type"); got != "application/fhir+json; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if a.resource.Type() != "OperationOutcome" || a.resource.Text("issue", "severity") != "error" {
				t.Fatalf("not an OperationOutcome with an error: %s", a.body)
			}
			if got := a.resource.Text("issue", "code"); test.code != "" && got != test.code {
				t.Errorf("issue code %q, want %q", got, test.code)
			}
			if got := a.resource.Text("issue", "details", "text"); !strings.Contains(got, test.says) {
				t.Errorf("text %q does not say %q", got, test.says)
			}
			if test.status == http.StatusMethodNotAllowed && a.header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	pair := start(t, "")
	for _, path := range []string{"/metadata", "/Patient?_count=1", "/Patient/nobody"} {
		a := do(t, http.MethodGet, pair.OHC.URL+path, map[string]string{"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"}, "")
		for name, want := range map[string]string{
			"X-Request-Id": "r-1", "X-Correlation-Id": "c-1", "Cache-Control": "no-store", "Date": "Mon, 02 Mar 2026 09:00:00 GMT",
			"X-Content-Type-Options": "nosniff",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestJSONIsServedForEveryWayOfAskingForIt(t *testing.T) {
	pair := start(t, "")
	for _, accept := range []string{"", "*/*", "application/*", "application/json", "application/fhir+json", "application/fhir+json; fhirVersion=4.0", "text/html, application/fhir+json;q=0.9"} {
		a := do(t, http.MethodGet, pair.CCR.URL+"/Patient?_count=1", map[string]string{"Accept": accept}, "")
		if a.status != http.StatusOK {
			t.Errorf("Accept %q: %d", accept, a.status)
		}
	}
	for _, format := range []string{"json", "application/json", "application/fhir%2Bjson", "application/fhir+json"} {
		a := do(t, http.MethodGet, pair.CCR.URL+"/Patient?_count=1&_format="+format, map[string]string{"Accept": "application/xml"}, "")
		if a.status != http.StatusOK {
			t.Errorf("_format %q: %d", format, a.status)
		}
	}
}

func TestReadHasAVersionAndHonoursIfNoneMatch(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		p := matches(t, e, "Patient?identifier="+story(t, "P02").Person().NHSNumber)[0]
		a := get(t, e.URL+"/Patient/"+p.ID())
		if a.status != 200 || a.resource.ID() != p.ID() {
			t.Fatalf("%s: read gives %d %.300s", e.System, a.status, a.body)
		}
		if a.header.Get("ETag") != `W/"1"` || a.header.Get("Last-Modified") == "" {
			t.Errorf("%s: ETag %q, Last-Modified %q", e.System, a.header.Get("ETag"), a.header.Get("Last-Modified"))
		}
		for condition, want := range map[string]int{`W/"1"`: 304, `"1"`: 304, `W/"0", W/"1"`: 304, "*": 304, `W/"2"`: 200} {
			again := do(t, http.MethodGet, e.URL+"/Patient/"+p.ID(), map[string]string{"If-None-Match": condition}, "")
			if again.status != want || want == 304 && len(again.body) > 0 {
				t.Errorf("%s: If-None-Match %s gives %d with %d bytes, want %d", e.System, condition, again.status, len(again.body), want)
			}
		}
		head := do(t, http.MethodHead, e.URL+"/Patient/"+p.ID(), nil, "")
		if head.status != 200 || head.header.Get("ETag") == "" || head.header.Get("Content-Length") == "0" {
			t.Errorf("%s: HEAD gives %d %v", e.System, head.status, head.header)
		}
	}
}

func TestUnknownParametersAreIgnoredAndTheSelfLinkTells(t *testing.T) {
	pair := start(t, "")
	a := get(t, pair.CCR.URL+"/Patient?banana=1&identifier="+story(t, "P02").Person().NHSNumber)
	if a.status != 200 || len(fhir.Entries(a.resource)) != 1 {
		t.Fatalf("lenient search: %d %.300s", a.status, a.body)
	}
	if self := fhir.Link(a.resource, "self"); strings.Contains(self, "banana") || !strings.Contains(self, "identifier=") {
		t.Errorf("self link %q should repeat what was applied and nothing else", self)
	}
}

func TestSearchByPostIsSearchByGet(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		query := patient(t, e, story(t, "P01").Person().NHSNumber) + "&date=ge2026-02-20&_sort=-date&_count=3"
		byGet := get(t, e.URL+"/Observation?"+query)
		byPost := do(t, http.MethodPost, e.URL+"/Observation/_search", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, query)
		if string(byGet.body) != string(byPost.body) || byPost.status != 200 {
			t.Errorf("%s: POST gives %d\n%.300s\nGET gives\n%.300s", e.System, byPost.status, byPost.body, byGet.body)
		}
	}
}

func TestNothingOutsideTheBase(t *testing.T) {
	pair := start(t, "")
	for _, path := range []string{"/", "/fhirs/Patient", "/admin"} {
		a := get(t, "http://"+pair.CCR.Address+path)
		if a.status != http.StatusNotFound || a.resource.Type() != "OperationOutcome" {
			t.Errorf("%s: %d %.300s", path, a.status, a.body)
		}
	}
}

func TestNewRefusesWhatItCannotServe(t *testing.T) {
	for _, test := range []struct {
		options mocks.Options
		says    string
	}{
		{mocks.Options{System: "nhs", Ledger: ledger()}, "ccr or ohc"},
		{mocks.Options{System: "ccr"}, "no ledger"},
		{mocks.Options{System: "ccr", Ledger: ledger(), BaseURL: "ccr.mock.test"}, "absolute"},
		{mocks.Options{System: "ccr", Ledger: ledger(), Peer: "ftp://ohc"}, "peer"},
		{mocks.Options{System: "ccr", Ledger: ledger(), Defects: []mocks.Setting{{ID: "D999"}}}, "D999"},
		{mocks.Options{System: "ccr", Ledger: ledger(), Defects: []mocks.Setting{{ID: "D12"}, {ID: "D12"}}}, "twice"},
	} {
		if _, err := mocks.New(test.options); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("New gives %v, want an error that says %q", err, test.says)
		}
	}
}
