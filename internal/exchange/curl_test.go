package exchange_test

import (
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
)

func TestACurlLineCanBePastedAndHoldsNoSecret(t *testing.T) {
	client, err := exchange.NewClient([]exchange.Target{{
		Name: "ccr", BaseURL: "https://ccr.example.test/fhir/", Header: http.Header{"Authorization": {"Bearer s3cr3t-value"}, "X-Org": {"RXK"}},
	}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, c := range []struct {
		name    string
		request exchange.Request
		want    string
	}{
		{
			"a search",
			exchange.Request{System: "ccr", URL: "Patient?name=O'Neill"},
			`curl -sS -H 'Accept: application/fhir+json' -H "Authorization: $AUTHORIZATION" -H "X-Org: $X_ORG" 'https://ccr.example.test/fhir/Patient?name=O'\''Neill'`,
		},
		{
			"a search by POST",
			exchange.Request{System: "ccr", URL: "Patient/_search", ContentType: "application/x-www-form-urlencoded", Body: "name=x"},
			`curl -sS -H 'Accept: application/fhir+json' -H "Authorization: $AUTHORIZATION" -H "X-Org: $X_ORG" ` +
				`-H 'Content-Type: application/x-www-form-urlencoded' -d 'name=x' 'https://ccr.example.test/fhir/Patient/_search'`,
		},
		{
			"a search with headers of its own",
			exchange.Request{System: "ccr", URL: "Patient", Header: http.Header{"Prefer": {"handling=strict"}, "X-Role": {"s3cr3t"}}},
			`curl -sS -H 'Accept: application/fhir+json' -H "Authorization: $AUTHORIZATION" -H 'Prefer: handling=strict' -H "X-Org: $X_ORG" ` +
				`-H "X-Role: $X_ROLE" 'https://ccr.example.test/fhir/Patient'`,
		},
		{"another system", exchange.Request{System: "ohc", URL: "Patient"}, ""},
		{"another host", exchange.Request{System: "ccr", URL: "https://elsewhere.example.test/Patient"}, ""},
	} {
		if got := client.Curl(c.request); got != c.want || strings.Contains(got, "s3cr3t") {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}
