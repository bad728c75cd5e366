package exchange_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
)

func TestWritesNeedLeave(t *testing.T) {
	patient := `{"resourceType":"Patient","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
	writes := map[string]exchange.Request{
		"a transaction": {Method: http.MethodPost, URL: "", Body: `{"resourceType":"Bundle","entry":[{"request":{"method":"PUT"},"resource":` + patient + `}]}`},
		"a create":      {Method: http.MethodPost, URL: "Patient", Body: patient},
		"an update":     {Method: http.MethodPut, URL: "Patient/p-1", Body: patient},
	}
	for _, allowed := range []bool{false, true} {
		var asked atomic.Int32
		c, _ := client(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }, exchange.Options{AllowWrites: allowed}, nil)
		for name, request := range writes {
			request.System, request.ContentType = "ccr", "application/fhir+json"
			for range 2 {
				_, err := c.Do(t.Context(), request)
				if allowed && err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if !allowed && kindOf(t, err) != exchange.Refused {
					t.Errorf("%s was sent by a client that may only read: %v", name, err)
				}
			}
		}
		want := int32(0)
		if allowed {
			// A write is never answered from memory.
			want = 2 * int32(len(writes))
		}
		if asked.Load() != want {
			t.Errorf("with AllowWrites %v the endpoint was asked %d times, want %d", allowed, asked.Load(), want)
		}
	}
}

func TestEvenAClientThatMayWriteRefuses(t *testing.T) {
	c, _ := client(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the endpoint was asked: %s %s", r.Method, r.URL)
	}, exchange.Options{AllowWrites: true}, nil)
	patient := func(identifier string) string { return `{"resourceType":"Patient","identifier":[` + identifier + `]}` }
	spaced := liveRange[:3] + " " + liveRange[3:6] + " " + liveRange[6:]
	for name, request := range map[string]exchange.Request{
		"a delete":                  {Method: http.MethodDelete, URL: "Patient/1"},
		"a patch":                   {Method: http.MethodPatch, URL: "Patient/1", Body: `{}`},
		"an operation":              {Method: http.MethodPost, URL: "$expunge", Body: `{}`},
		"a conditional update":      {Method: http.MethodPut, URL: "Patient?identifier=1", Body: `{}`},
		"a delete in a transaction": {Method: http.MethodPost, URL: "", Body: `{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Patient/1"}}]}`},
		"a body that is no JSON":    {Method: http.MethodPost, URL: "Patient", Body: `<Patient/>`},
		"another host":              {Method: http.MethodPut, URL: "http://other.test/fhir/Patient/1", Body: patient("")},
		"another place on the host": {Method: http.MethodPut, URL: "../admin/Patient/1", Body: patient("")},
		"a live-range NHS number":   {Method: http.MethodPut, URL: "Patient/1", Body: patient(`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + liveRange + `"}`)},
		"one with spaces":           {Method: http.MethodPut, URL: "Patient/1", Body: patient(`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + spaced + `"}`)},
		"one without a system":      {Method: http.MethodPut, URL: "Patient/1", Body: patient(`{"value":"` + liveRange + `"}`)},
		"one with escapes":          {Method: http.MethodPut, URL: "Patient/1", Body: patient(`{"system":"https://fhir.nhs.uk/Id/nhs\u002dnumber","v\u0061lue":"` + liveRange + `"}`)},
		"one deep in a transaction": {Method: http.MethodPost, URL: "", Body: `{"resourceType":"Bundle","entry":[{"request":{"method":"PUT"},"resource":{"subject":` +
			`{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + liveRange + `"}}}}]}`},
		"one in a conditional create": {Method: http.MethodPost, URL: "", Body: `{"resourceType":"Bundle","entry":[{"request":{"method":"POST",` +
			`"ifNoneExist":"identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C` + liveRange + `"}}]}`},
	} {
		request.System = "ccr"
		_, err := c.Do(t.Context(), request)
		if got := kindOf(t, err); got != exchange.Refused {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), liveRange) || strings.Contains(err.Error(), spaced) {
			t.Errorf("%s: the error repeats the number", name)
		}
	}
}

func TestOnlyWhatIsKnownToBeOnesOwnIsDeleted(t *testing.T) {
	var asked []string
	c, _ := client(t, func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.Method+" "+r.URL.Path) }, exchange.Options{
		AllowWrites: true, MayDelete: func(reference string) bool { return reference == "Patient/own" },
	}, nil)
	transaction := func(urls ...string) string {
		var entries []string
		for _, url := range urls {
			entries = append(entries, `{"request":{"method":"DELETE","url":"`+url+`"}}`)
		}
		return `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join(entries, ",") + `]}`
	}
	for name, test := range map[string]struct {
		request exchange.Request
		sent    bool
	}{
		"its own":                          {exchange.Request{Method: http.MethodDelete, URL: "Patient/own"}, true},
		"its own, in a transaction":        {exchange.Request{Method: http.MethodPost, URL: "", Body: transaction("Patient/own")}, true},
		"another's":                        {exchange.Request{Method: http.MethodDelete, URL: "Patient/other"}, false},
		"another's, beside its own":        {exchange.Request{Method: http.MethodPost, URL: "", Body: transaction("Patient/own", "Patient/other")}, false},
		"a conditional delete":             {exchange.Request{Method: http.MethodDelete, URL: "Patient?identifier=1"}, false},
		"one with parameters":              {exchange.Request{Method: http.MethodDelete, URL: "Patient/own?_cascade=delete"}, false},
		"a type":                           {exchange.Request{Method: http.MethodDelete, URL: "Patient"}, false},
		"everything":                       {exchange.Request{Method: http.MethodDelete, URL: ""}, false},
		"all that match, in a transaction": {exchange.Request{Method: http.MethodPost, URL: "", Body: transaction("Patient?family=own")}, false},
		"on another host":                  {exchange.Request{Method: http.MethodDelete, URL: "http://other.test/fhir/Patient/own"}, false},
	} {
		before := len(asked)
		test.request.System = "ccr"
		_, err := c.Do(t.Context(), test.request)
		if sent := len(asked) > before; sent != test.sent || !test.sent && kindOf(t, err) != exchange.Refused {
			t.Errorf("%s: sent %v, %v", name, sent, err)
		}
	}
	// A client that may only read deletes nothing, whatever it knows.
	c, _ = client(t, func(http.ResponseWriter, *http.Request) { t.Error("the endpoint was asked") }, exchange.Options{MayDelete: func(string) bool { return true }}, nil)
	if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", Method: http.MethodDelete, URL: "Patient/own"}); kindOf(t, err) != exchange.Refused {
		t.Errorf("got %v", err)
	}
}
