package exchange_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
)

const mark = "run-7f3a"

// scratch is a resource that a run makes for itself; further is put among its members.
func scratch(resourceType, value, further string) string {
	return fmt.Sprintf(`{"resourceType":%q,"identifier":[{"system":%q,"value":%q}]%s}`, resourceType, exchange.ScratchSystem, value, further)
}

func scratchClient(t *testing.T, mark string, handler http.HandlerFunc) *exchange.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir", Scratch: &exchange.Scratch{Mark: mark}}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// ground is a client that may write to what it has made for itself at an endpoint that shows the given resources, by path and query.
func ground(t *testing.T, shows map[string]string) (c *exchange.Client, writes *atomic.Int32) {
	t.Helper()
	writes = &atomic.Int32{}
	c = scratchClient(t, mark, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			writes.Add(1)
			return
		}
		place := strings.TrimPrefix(r.URL.RequestURI(), "/fhir/")
		if shows[place] == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(shows[place]))
	})
	return c, writes
}

func look(t *testing.T, c *exchange.Client, url string) {
	t.Helper()
	if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: url}); err != nil {
		t.Fatal(err)
	}
}

func TestARunWritesOnlyToWhatItHasMadeForItself(t *testing.T) {
	query := (&exchange.Scratch{Mark: mark}).Query()
	own, fine := `"id":"own"`, scratch("Basic", mark, "")
	c, writes := ground(t, map[string]string{
		"Basic/own":       scratch("Basic", mark, ","+own),
		"Basic/another":   scratch("Basic", "run-other", `,"id":"another"`),
		"Basic/misnamed":  scratch("Basic", mark, `,"id":"other-id"`),
		"Patient/someone": `{"resourceType":"Patient","id":"someone"}`,
		"Basic?" + query:  `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + scratch("Basic", mark, ","+own) + `},{"resource":` + scratch("Basic", "run-other", `,"id":"x"`) + `}]}`,
	})
	for _, seen := range []string{"Basic/own", "Basic/another", "Basic/misnamed", "Patient/someone", "Basic/none", "Basic?" + query} {
		look(t, c, seen)
	}
	remove := func(url string) exchange.Request { return exchange.Request{Method: http.MethodDelete, URL: url} }
	put := func(url, body string) exchange.Request {
		return exchange.Request{Method: http.MethodPut, URL: url, Body: body}
	}
	post := func(url, body string) exchange.Request {
		return exchange.Request{Method: http.MethodPost, URL: url, Body: body}
	}
	for name, request := range map[string]exchange.Request{
		"a delete of what another run made":       remove("Basic/another"),
		"a delete of what was never read":         remove("Basic/unread"),
		"a delete of what is not there":           remove("Basic/none"),
		"a delete of what has another id":         remove("Basic/misnamed"),
		"a delete of somebody":                    remove("Patient/someone"),
		"a delete of a type":                      remove("Basic"),
		"a delete of everything":                  remove(""),
		"a delete by a search":                    remove("Basic?" + query),
		"a delete of one's own by a search":       remove("Basic/own?" + query),
		"a delete of a version":                   remove("Basic/own/_history/1"),
		"an update of somebody":                   put("Patient/someone", scratch("Patient", mark, `,"id":"someone"`)),
		"an update of what was never read":        put("Basic/unread", fine),
		"an update without the mark":              put("Basic/own", `{"resourceType":"Basic","id":"own"}`),
		"a conditional update of several":         put("Basic?"+query, fine),
		"a conditional update of others":          put("Basic?identifier=x", fine),
		"a create of another type":                post("Flag", scratch("Flag", mark, "")),
		"a create without the mark":               post("Basic", `{"resourceType":"Basic"}`),
		"a create with another run's mark":        post("Basic", scratch("Basic", "run-other", "")),
		"a create with a further identifier":      post("Basic", strings.Replace(fine, `"identifier":[`, `"identifier":[{"system":"x","value":"y"},`, 1)),
		"a create in somebody's record":           post("Observation", scratch("Observation", mark, `,"subject":{"reference":"Patient/someone"}`)),
		"a create with an NHS number":             post("Patient", scratch("Patient", mark, `,"contact":[{"x":"https://fhir.nhs.uk/Id/nhs-number"}]`)),
		"a create of something else than it says": post("Basic", scratch("Patient", mark, "")),
		"a create that is no JSON":                post("Basic", `<Basic/>`),
		"a create with another condition":         {Method: http.MethodPost, URL: "Basic", Body: fine, Header: http.Header{"If-None-Exist": {"identifier=x"}}},
		"a transaction":                           post("", `{"resourceType":"Bundle","type":"transaction"}`),
		"an operation":                            post("Basic/own/$expunge", fine),
		"a patch":                                 {Method: http.MethodPatch, URL: "Basic/own", Body: fine},
		"another host":                            put("http://other.test/fhir/Basic/own", fine),
	} {
		request.System, request.ContentType = "ccr", "application/fhir+json"
		if _, err := c.Do(t.Context(), request); kindOf(t, err) != exchange.Refused {
			t.Errorf("%s was sent: %v", name, err)
		}
	}
	if writes.Load() != 0 {
		t.Fatalf("%d writes came through", writes.Load())
	}
	for name, request := range map[string]exchange.Request{
		"a create":                  post("Basic", fine),
		"a create on a condition":   {Method: http.MethodPost, URL: "Basic", Body: fine, Header: http.Header{"If-None-Exist": {query}}},
		"an update of one's own":    put("Basic/own", scratch("Basic", mark, ","+own)),
		"an update without an id":   put("Basic", fine),
		"a create where an id is":   post("Basic/own", fine),
		"a delete of one's own":     remove("Basic/own"),
		"a create in plain text":    {Method: http.MethodPost, URL: "Basic", Body: fine, ContentType: "text/plain"},
		"an Observation of nobody":  post("Observation", scratch("Observation", mark, "")),
		"a Patient without numbers": post("Patient", scratch("Patient", mark, "")),
	} {
		request.System = "ccr"
		if _, err := c.Do(t.Context(), request); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if writes.Load() != 9 {
		t.Errorf("%d writes came through, want 9", writes.Load())
	}
}

// TestAConditionalUpdateNeedsASearchThatFindsOneAlone has a server whose search for the mark is not to be trusted.
func TestAConditionalUpdateNeedsASearchThatFindsOneAlone(t *testing.T) {
	query := (&exchange.Scratch{Mark: mark}).Query()
	one, two := scratch("Basic", mark, `,"id":"own"`), scratch("Basic", mark, `,"id":"own-2"`)
	bundle := func(further string, entries ...string) string {
		return `{"resourceType":"Bundle","type":"searchset"` + further + `,"entry":[{"resource":` + strings.Join(entries, `},{"resource":`) + `}]}`
	}
	for name, c := range map[string]struct {
		shown string
		want  bool
	}{
		"one alone":          {bundle("", one), true},
		"two":                {bundle("", one, two), false},
		"one and another":    {bundle("", one, `{"resourceType":"Basic","id":"9"}`), false},
		"one, and more":      {bundle(`,"link":[{"relation":"next","url":"x"}]`, one), false},
		"one, and a warning": {bundle("", one, `{"resourceType":"OperationOutcome"}`), true},
		"none":               {`{"resourceType":"Bundle","type":"searchset","total":0}`, false},
		"no Bundle":          {one, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked, _ := ground(t, map[string]string{"Basic?" + query: c.shown})
			look(t, asked, "Basic?"+query)
			_, err := asked.Do(t.Context(), exchange.Request{System: "ccr", Method: http.MethodPut, URL: "Basic?" + query, Body: scratch("Basic", mark, "")})
			if (err == nil) != c.want {
				t.Errorf("sent: %v, want %v (%v)", err == nil, c.want, err)
			}
		})
	}
}

func TestAMarkIsNeeded(t *testing.T) {
	c := scratchClient(t, "", func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	_, err := c.Do(t.Context(), exchange.Request{System: "ccr", Method: http.MethodPost, URL: "Basic", Body: scratch("Basic", "", "")})
	if kindOf(t, err) != exchange.Refused {
		t.Error(err)
	}
}
