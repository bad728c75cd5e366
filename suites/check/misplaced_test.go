package check_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// TestARecordUnderAnothersURLIsSeenOnEachPage asks for two pages and looks at what their entries are called.
func TestARecordUnderAnothersURLIsSeenOnEachPage(t *testing.T) {
	for name, c := range map[string]struct {
		full, mode string
		wrong      bool
	}{
		"its own":                {"%s/Observation/2", "match", false},
		"its own, elsewhere":     {"https://elsewhere.example.test/r4/Observation/2", "match", false},
		"one of its versions":    {"%s/Observation/2/_history/1", "match", false},
		"a number of the answer": {"urn:uuid:7b2f2f5e-13b5-4b8b-9a3c-0a6c2f6e1a11", "match", false},
		"none":                   {"", "match", false},
		"another's":              {"%s/Observation/1", "match", true},
		"another type's":         {"%s/Condition/2", "match", true},
		"another's, sent along":  {"%s/Observation/1", "include", true},
	} {
		var base string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/fhir+json")
			full, link := base+"/Observation/1", fmt.Sprintf(`{"relation":"next","url":"%s/Observation?page=2"}`, base)
			id := "1"
			if r.URL.Query().Get("page") != "" {
				full, id, link = strings.Replace(c.full, "%s", base, 1), "2", fmt.Sprintf(`{"relation":"self","url":"%s/Observation"}`, base)
			}
			_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","link":[%s],"entry":[{"fullUrl":%q,"resource":{"resourceType":"Observation","id":%q},"search":{"mode":%q}}]}`,
				link, full, id, c.mode)
		}))
		t.Cleanup(server.Close)
		base = server.URL
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: base}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		system := check.NewEndpoint(client, "ccr", "")
		answer, err := system.Search(t.Context(), "Observation", url.Values{"code": {"1"}})
		if err != nil || len(answer.Exchanges) != 2 {
			t.Fatalf("%s: %+v, %v", name, answer, err)
		}
		found := system.Misplaced(answer.Exchanges)
		if c.wrong != (len(found) == 1) || len(found) > 1 {
			t.Errorf("%s: %+v, want wrong: %t", name, found, c.wrong)
		}
		if c.wrong && (found[0].Finding.Exchanges[0] != answer.Exchanges[1] || !strings.Contains(found[0].Finding.Message, "Observation/2 in the answer to Observation?page=2")) {
			t.Errorf("%s: %+v", name, found[0])
		}
	}
}
