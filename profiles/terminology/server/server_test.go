package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/terminology"
	"concord.example/concord/profiles/terminology/server"
)

// fake is a terminology server that says what each code of a made-up value set is, and counts what it is asked.
func fake(t *testing.T, asked *atomic.Int32) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		switch r.URL.Path {
		case "/metadata":
			_, _ = fmt.Fprint(w, `{"resourceType":"CapabilityStatement","software":{"name":"fake","version":"1"}}`)
			return
		case "/CodeSystem":
			_, _ = fmt.Fprint(w, `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"CodeSystem","version":"20240410"}}]}`)
			return
		}
		asked.Add(1)
		parameters := func(result bool, message string) {
			_, _ = fmt.Fprintf(w, `{"resourceType":"Parameters","parameter":[{"name":"result","valueBoolean":%t},{"name":"message","valueString":%q}]}`, result, message)
		}
		switch r.URL.Query().Get("code") {
		case "in":
			parameters(true, "")
		case "out":
			parameters(false, "Unknown code 'out'")
		case "no-system":
			parameters(false, "CodeSystem is unknown and can't be validated: http://snomed.info/sct")
		case "no-set":
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"resourceType":"OperationOutcome"}`)
		case "broken":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = fmt.Fprint(w, `{"resourceType":"OperationOutcome"}`)
		case "empty":
			_, _ = fmt.Fprint(w, `{"resourceType":"Parameters"}`)
		default:
			_, _ = fmt.Fprint(w, "<html>")
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, base, cache string) *server.Client {
	t.Helper()
	c, err := server.New(base, server.Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestOnlyAPlainAnswerIsAVerdict(t *testing.T) {
	var asked atomic.Int32
	c := client(t, fake(t, &asked).URL, "")
	want := map[string]terminology.Verdict{
		"in": terminology.In, "out": terminology.Out, "no-system": terminology.Unknown, "no-set": terminology.Unknown,
		"broken": terminology.Unknown, "empty": terminology.Unknown, "page": terminology.Unknown,
	}
	for code := range want {
		if got := c.Verdict("https://example.org/vs", "http://snomed.info/sct", code); got != terminology.Unknown {
			t.Errorf("%s: %v before anything was asked", code, got)
		}
	}
	if asked.Load() > 0 {
		t.Error("the server was asked before Resolve")
	}
	for i, something := range []bool{true, false} {
		if got, err := c.Resolve(context.Background(), i); err != nil || got != something {
			t.Fatalf("round %d: %v, %v", i, got, err)
		}
	}
	for code, verdict := range want {
		if got := c.Verdict("https://example.org/vs", "http://snomed.info/sct", code); got != verdict {
			t.Errorf("%s: got %v, want %v", code, got, verdict)
		}
	}
	if n, reason := c.Unanswered(); n != 5 || reason == "" {
		t.Errorf("%d unanswered (%s), want 5", n, reason)
	}
}

func TestWhoWaitsForAnAnswerThatAnotherAskedForJudgesAgain(t *testing.T) {
	var asked atomic.Int32
	c := client(t, fake(t, &asked).URL, "")
	mark := c.Mark()
	c.Verdict("https://example.org/vs", "", "in")
	for range 2 {
		if more, err := c.Resolve(context.Background(), mark); err != nil || !more {
			t.Errorf("got %v, %v, want answers since the mark", more, err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the server was asked %d times, want once", asked.Load())
	}
}

func TestAnswersAreKeptOnDisk(t *testing.T) {
	var asked atomic.Int32
	s, cache := fake(t, &asked), t.TempDir()
	for range 2 {
		c, err := server.New(s.URL, server.Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"in", "out", "no-set"} {
			c.Verdict("https://example.org/vs", "", code)
		}
		if _, err := c.Resolve(context.Background(), c.Mark()); err != nil {
			t.Fatal(err)
		}
		if c.Verdict("https://example.org/vs", "", "in") != terminology.In || c.Verdict("https://example.org/vs", "", "out") != terminology.Out {
			t.Error("an answer changed")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := asked.Load(); got != 4 {
		t.Errorf("the server was asked %d times, want 3 and once more for what it did not know", got)
	}
}

func TestAServerThatIsNotThereLeavesCodesUnchecked(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c, err := server.New(s.URL, server.Options{Exchange: exchange.Options{GiveUpAfter: 1}})
	if err != nil {
		t.Fatal(err)
	}
	base, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	registry := base.WithRemote(c)
	const allergy = `{"resourceType":"AllergyIntolerance","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance"]},
	 "patient":{"display":"x"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"22298006"}]}}`
	for range 2 {
		findings, err := registry.Validate(context.Background(), []byte(allergy), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if strings.HasPrefix(f.Path, "AllergyIntolerance.code") && f.Rule != profiles.RuleNotCheckable {
				t.Errorf("a code that was not checked is judged: %+v", f)
			}
		}
		if _, err := c.Resolve(context.Background(), c.Mark()); err != nil {
			t.Fatal(err)
		}
	}
	if n, reason := c.Unanswered(); n == 0 || reason == "" {
		t.Errorf("%d unanswered (%q)", n, reason)
	}
}

func TestAServersAnswerDecidesABinding(t *testing.T) {
	var asked atomic.Int32
	c := client(t, fake(t, &asked).URL, "")
	base, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	registry := base.WithRemote(c)
	for code, want := range map[string]bool{"in": false, "out": true} {
		allergy := `{"resourceType":"AllergyIntolerance","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance"]},
		 "patient":{"display":"x"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `"}]}}`
		outside := false
		for range 2 {
			findings, err := registry.Validate(context.Background(), []byte(allergy), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			outside = false
			for _, f := range findings {
				outside = outside || f.Rule == profiles.RuleBinding && strings.HasPrefix(f.Path, "AllergyIntolerance.code")
			}
			if _, err := c.Resolve(context.Background(), c.Mark()); err != nil {
				t.Fatal(err)
			}
		}
		if outside != want {
			t.Errorf("%s: outside its value set: %v", code, outside)
		}
	}
}
