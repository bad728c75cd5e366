package hostile_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/mocks/hostile"
)

// TestASystemWithNumbersOfItsOwnKnowsRecordsByThoseAlone shows a record to somebody who then searches by its number and by its source's.
func TestASystemWithNumbersOfItsOwnKnowsRecordsByThoseAlone(t *testing.T) {
	const source, own = fixtures.RecordSystem + "|RRK-1", "https://supplier.example.test/Id/record|"
	const number = "fbcd70fe441f" // of RRK-1, the system's own
	var asked string
	handler, err := hostile.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query().Get("identifier") + r.URL.Query().Get("identifier:not")
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"http://a.example.test/fhir/Observation/7","resource":{
			"resourceType":"Observation","id":"7","identifier":[{"system":"` + fixtures.RecordSystem + `","value":"RRK-1"}],
			"basedOn":[{"identifier":{"system":"` + fixtures.RecordSystem + `","value":"RRK-2"}}]}}]}`))
	}), hostile.Options{Base: "/fhir"}, hostile.Setting{Name: "style-own-numbers"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query string) string {
		answered := httptest.NewRecorder()
		handler.ServeHTTP(answered, httptest.NewRequest(http.MethodGet, "http://a.example.test/fhir/Observation?"+query, nil))
		return answered.Body.String()
	}
	shown := ask("patient=1")
	if strings.Contains(shown, fixtures.RecordSystem) || !strings.Contains(shown, strings.TrimSuffix(own, "|")) {
		t.Errorf("what is shown has the number of its source: %s", shown)
	}
	for query, c := range map[string]struct{ text, want string }{
		"its number":           {"identifier=" + url.QueryEscape(own+number), source},
		"its number alone":     {"identifier=" + number, source},
		"all but its number":   {"identifier:not=" + url.QueryEscape(own+number), source},
		"any number":           {"identifier=" + url.QueryEscape(own), fixtures.RecordSystem + "|"},
		"a number of nobody's": {"identifier=" + url.QueryEscape(own+"8"), fixtures.RecordSystem + "|unknown"},
		"either of two":        {"identifier=" + url.QueryEscape(own+number+","+own+"8"), source + "," + fixtures.RecordSystem + "|unknown"},
		"its source's number":  {"identifier=" + url.QueryEscape(source), source + " of another system"},
		"a page after":         {"page=2&identifier=" + url.QueryEscape(source), source},
	} {
		if ask(c.text); asked != c.want {
			t.Errorf("%s: what is kept is asked for %q, want %q", query, asked, c.want)
		}
	}
}

// TestABodyIsWrittenOtherwiseWhicheverStatusSaysThatItIsWhole has a proxy say 203 before and after a style that changes what is shown.
func TestABodyIsWrittenOtherwiseWhicheverStatusSaysThatItIsWhole(t *testing.T) {
	show := func(names ...string) string {
		var settings []hostile.Setting
		for _, name := range names {
			settings = append(settings, hostile.Setting{Name: name})
		}
		handler, err := hostile.Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/fhir+json")
			_, _ = w.Write([]byte(`{"resourceType":"Observation","id":"7","identifier":[{"system":"` + fixtures.RecordSystem + `","value":"RRK-1"}]}`))
		}), hostile.Options{Base: "/fhir"}, settings...)
		if err != nil {
			t.Fatal(err)
		}
		answered := httptest.NewRecorder()
		handler.ServeHTTP(answered, httptest.NewRequest(http.MethodGet, "http://a.example.test/fhir/Observation/7", nil))
		return answered.Body.String()
	}
	alone := show("style-own-numbers")
	for _, order := range [][]string{{"answers-203", "style-own-numbers"}, {"style-own-numbers", "answers-203"}} {
		if got := show(order...); got != alone {
			t.Errorf("%v: %s, want %s", order, got, alone)
		}
	}
}
