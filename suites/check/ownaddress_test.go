package check_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// TestReferencesByAnAddressThatASystemDeclaresAreToItself: a server behind a gateway writes the address that it knows itself by. Where it says
// that it is its own, its references lead to itself; an address that it does not declare, that two systems declare, or at which another one
// is asked, is somewhere else.
func TestReferencesByAnAddressThatASystemDeclaresAreToItself(t *testing.T) {
	const store = "https://store.example.test/r4"
	type system struct{ declares, refers string }
	for name, c := range map[string]struct {
		systems []system // $0 and $1 stand for where they are asked
		own     bool
	}{
		"declared":                          {[]system{{store, store + "/Patient/7"}}, true},
		"declared with a slash at its end":  {[]system{{store + "/", store + "/Patient/7"}}, true},
		"with its slashes escaped":          {[]system{{store, `https:\/\/store.example.test\/r4\/Patient\/7`}}, true},
		"not declared":                      {[]system{{"", store + "/Patient/7"}}, false},
		"another one is declared":           {[]system{{"https://other.example.test/r4", store + "/Patient/7"}}, false},
		"beside the declared one":           {[]system{{store, "https://store.example.test/r40/Patient/7"}}, false},
		"declared by two":                   {[]system{{store, store + "/Patient/7"}, {store, store + "/Patient/7"}}, false},
		"each its own":                      {[]system{{store, store + "/Patient/7"}, {"https://other.example.test/r4", "x"}}, true},
		"where another one is asked":        {[]system{{"$1", "$1/Patient/7"}, {"", "x"}}, false},
		"the one at which it is asked":      {[]system{{"$0", store + "/Patient/7"}}, false},
		"declared is no address of the web": {[]system{{"urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", store + "/Patient/7"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bases, targets := make([]string, len(c.systems)), make([]exchange.Target, len(c.systems))
			here := func(text string) string {
				for i, base := range bases {
					text = strings.ReplaceAll(text, "$"+string(rune('0'+i)), base)
				}
				return text
			}
			for i, s := range c.systems {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body := `{"resourceType":"Flag","id":"1","subject":{ "reference" : "` + here(s.refers) + `"}}`
					if strings.HasSuffix(r.URL.Path, "/metadata") {
						body = `{"resourceType":"CapabilityStatement","implementation":{"url":"` + here(s.declares) + `"}}`
					}
					w.Header().Set("Content-Type", "application/fhir+json")
					_, _ = w.Write([]byte(body))
				}))
				t.Cleanup(server.Close)
				bases[i] = server.URL + "/fhir"
				targets[i] = exchange.Target{Name: string(rune('a' + i)), BaseURL: bases[i]}
			}
			client, err := exchange.NewClient(targets, exchange.Options{Patience: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			systems := make([]*check.Endpoint, len(targets))
			for i, target := range targets {
				systems[i] = check.NewEndpoint(client, target.Name, "")
			}
			check.LearnAddresses(context.Background(), systems)
			flag, _, err := systems[0].Read(context.Background(), "Flag/1")
			if err != nil {
				t.Fatal(err)
			}
			text := flag.Text("subject", "reference")
			if own := text == bases[0]+"/Patient/7"; own != c.own || systems[0].Elsewhere(text) == c.own || (systems[0].AskedElsewhere() != "") != c.own {
				t.Errorf("its reference is read as %s, elsewhere %t, remark %q", text, systems[0].Elsewhere(text), systems[0].AskedElsewhere())
			}
		})
	}
}
