package check_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// endpoint serves each path with its query from a table of bodies; $BASE in a body is the server's base URL.
func endpoint(t *testing.T, answers map[string]string) *check.Endpoint {
	t.Helper()
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/fhir/")
		if r.URL.RawQuery != "" {
			key += "?" + r.URL.RawQuery
		}
		answer, ok := answers[key]
		if !ok {
			answer = answers["*"]
		}
		status := http.StatusOK
		if code, body, ok := strings.Cut(answer, "|"); ok && len(code) == 3 {
			answer = body
			_, _ = fmt.Sscan(code, &status)
		}
		w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
		if strings.HasPrefix(answer, "<") {
			w.Header().Set("Content-Type", "text/html")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(strings.ReplaceAll(answer, "$BASE", base)))
	}))
	t.Cleanup(server.Close)
	base = server.URL + "/fhir"
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: base}}, exchange.Options{Patience: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "Collaborative Care Record")
}

func searchset(entries, next string) string {
	link := ""
	if next != "" {
		link = `,"link":[{"relation":"next","url":"` + next + `"}]`
	}
	return `{"resourceType":"Bundle","type":"searchset","total":3` + link + `,"entry":[` + entries + `]}`
}

const (
	one     = `{"resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}}`
	two     = `{"resource":{"resourceType":"Patient","id":"2"}}`
	include = `{"resource":{"resourceType":"Organization","id":"9"},"search":{"mode":"include"}}`
)

func outcome(severity, code string) string {
	return `{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"` + severity + `","code":"` + code +
		`","diagnostics":"RXW did not answer"}]},"search":{"mode":"outcome"}}`
}

func TestAnAnswerIsReadToItsLastPage(t *testing.T) {
	e := endpoint(t, map[string]string{
		"Patient?name=x": searchset(one+","+include, "$BASE/Patient?page=2"),
		"Patient?page=2": searchset(two, ""),
	})
	answer, err := e.Search(t.Context(), "Patient", url.Values{"name": {"x"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Matches) != 2 || len(answer.Includes) != 1 || answer.Pages != 2 || answer.Total != 3 || len(answer.Exchanges) != 2 {
		t.Errorf("got %d matches, %d includes, %d pages, total %d", len(answer.Matches), len(answer.Includes), answer.Pages, answer.Total)
	}
}

// TestWhatStandsTwiceOnOnePageIsRemarkedOn has an include come with each page, twice on one, and in two versions.
func TestWhatStandsTwiceOnOnePageIsRemarkedOn(t *testing.T) {
	later := strings.Replace(include, `"id":"9"`, `"id":"9","meta":{"versionId":"2"}`, 1)
	matched := strings.Replace(include, `"include"`, `"match"`, 1)
	for name, c := range map[string]struct {
		pages    [2]string
		repeated bool
	}{
		"with each page":      {[2]string{one + "," + include, two + "," + include}, false},
		"twice on one page":   {[2]string{one + "," + include, two + "," + include + "," + include}, true},
		"in two versions":     {[2]string{one + "," + include + "," + later, two}, false},
		"a match on two":      {[2]string{one, one}, true},
		"found and sent with": {[2]string{matched + "," + include, ""}, false},
	} {
		e := endpoint(t, map[string]string{
			"Patient?name=x": searchset(c.pages[0], "$BASE/Patient?page=2"), "Patient?page=2": searchset(c.pages[1], ""),
		})
		answer, err := e.Search(t.Context(), "Patient", url.Values{"name": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(answer.Remarks, func(f result.Finding) bool { return f.Rule == check.RuleRepeated }); got != c.repeated {
			t.Errorf("%s: %+v", name, answer.Remarks)
		}
	}
}

// TestAnOperationOutcomeIsNoRecordHoweverItIsMarked has one beside a match.
func TestAnOperationOutcomeIsNoRecordHoweverItIsMarked(t *testing.T) {
	for mode, wrong := range map[string]bool{"match": true, "include": true, "outcome": false, "": false} {
		beside := strings.Replace(outcome("information", "informational"), `"mode":"outcome"`, `"mode":"`+mode+`"`, 1)
		e := endpoint(t, map[string]string{"Patient?name=x": searchset(one+","+beside+","+beside, "")})
		answer, err := e.Search(t.Context(), "Patient", url.Values{"name": {"x"}})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(answer.Remarks, func(f result.Finding) bool { return f.Rule == "search-outcome-marked" })
		if len(answer.Matches) != 1 || len(answer.Outcomes) != 2 || len(answer.Includes) != 0 || told != wrong || len(answer.Remarks) > 1 {
			t.Errorf("mode %q: %d matches, %d outcomes, %d included, %+v", mode, len(answer.Matches), len(answer.Outcomes), len(answer.Includes), answer.Remarks)
		}
	}
}

func TestWhatIsNotASearchsetIsBroken(t *testing.T) {
	for name, body := range map[string]string{
		"an OperationOutcome with 200":   `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"too-costly","diagnostics":"too many"}]}`,
		"another kind of Bundle":         `{"resourceType":"Bundle","type":"collection"}`,
		"a bare array":                   `[{"resourceType":"Patient"}]`,
		"HTML":                           `<html>It works!</html>`,
		"half a Bundle":                  `{"resourceType":"Bundle","type":"searchset","entry":[`,
		"a property twice":               `{"resourceType":"Bundle","type":"searchset","type":"searchset"}`,
		"nothing":                        ``,
		"a 500 with an OperationOutcome": `500|{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception"}]}`,
		"pages that loop":                searchset(one, "$BASE/Patient"),
	} {
		e := endpoint(t, map[string]string{"*": body})
		_, err := e.Search(t.Context(), "Patient", nil)
		var broken *check.BrokenAnswer
		if !errors.As(err, &broken) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if f := broken.Finding; f.Severity != result.SeverityError || f.Message == "" || f.Rule == "" || len(f.Exchanges) == 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAnAnswerThatSaysItIsIncompleteProvesNothing(t *testing.T) {
	for _, code := range []string{"incomplete", "timeout", "transient", "exception"} {
		e := endpoint(t, map[string]string{"*": searchset(one+","+outcome("warning", code), "")})
		answer, err := e.Search(t.Context(), "Patient", nil)
		var inconclusive *check.Inconclusive
		if !errors.As(err, &inconclusive) || inconclusive.Reason != result.Unreachable || !strings.Contains(err.Error(), "RXW did not answer") {
			t.Errorf("%s: %v", code, err)
		}
		if answer == nil || len(answer.Matches) != 1 {
			t.Errorf("%s: what came is lost", code)
		}
	}
	for _, harmless := range [][2]string{{"information", "incomplete"}, {"warning", "suppressed"}, {"warning", "not-supported"}} {
		e := endpoint(t, map[string]string{"*": searchset(one+","+outcome(harmless[0], harmless[1]), "")})
		if answer, err := e.Search(t.Context(), "Patient", nil); err != nil || len(answer.Outcomes) != 1 {
			t.Errorf("%v: %v", harmless, err)
		}
	}
}

func TestARefusalIsNotAWrongAnswer(t *testing.T) {
	for status, want := range map[string]result.Reason{
		"401": result.NotAllowed, "403": result.NotAllowed, "429": result.Throttled, "502": result.Unreachable, "503": result.Unreachable, "504": result.Unreachable,
	} {
		e := endpoint(t, map[string]string{"*": status + `|{"resourceType":"OperationOutcome","issue":[]}`})
		_, err := e.Search(t.Context(), "Patient", nil)
		var inconclusive *check.Inconclusive
		if !errors.As(err, &inconclusive) || inconclusive.Reason != want {
			t.Errorf("%s: %v, want %s", status, err, want)
		}
	}
}

func TestABusyEndpointThatNamesATimeIsThrottledAndNotDown(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{Patience: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = check.NewEndpoint(client, "ccr", "CCR").Search(t.Context(), "Patient", nil)
	var inconclusive *check.Inconclusive
	if !errors.As(err, &inconclusive) || inconclusive.Reason != result.Throttled {
		t.Error(err)
	}
}

func TestReadTellsNothingThereFromAFault(t *testing.T) {
	e := endpoint(t, map[string]string{
		"Patient/1": `{"resourceType":"Patient","id":"1"}`,
		"Patient/2": `404|{"resourceType":"OperationOutcome","issue":[]}`,
		"Patient/3": `410|`,
		"Patient/4": `500|{"resourceType":"OperationOutcome","issue":[]}`,
	})
	for reference, want := range map[string]string{"Patient/1": "1", "Patient/2": "", "Patient/3": ""} {
		resource, _, err := e.Read(t.Context(), reference)
		if err != nil || resource.ID() != want {
			t.Errorf("%s: %v, %v", reference, resource, err)
		}
	}
	if _, _, err := e.Read(t.Context(), "Patient/4"); err == nil {
		t.Error("a 500 was taken for an answer")
	}
}

func TestCapabilitiesMustBeACapabilityStatement(t *testing.T) {
	good := endpoint(t, map[string]string{"metadata": `{"resourceType":"CapabilityStatement","status":"active"}`})
	if _, _, err := good.Capabilities(t.Context()); err != nil {
		t.Error(err)
	}
	for _, body := range []string{`{"resourceType":"Patient"}`, `<html/>`} {
		bad := endpoint(t, map[string]string{"metadata": body})
		if _, _, err := bad.Capabilities(t.Context()); err == nil || !strings.Contains(err.Error(), "base URL") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestACatalogueRowMustBeWhole(t *testing.T) {
	whole := check.Check{
		ID: "X-1", Title: "x", Suite: "x", Requirement: []result.Ref{{ID: "r", Source: "s"}}, Level: result.Must, Scope: check.PerSystem,
		Hazard: "h", Fix: "f", Run: func(context.Context, *check.Env) ([]result.Finding, error) { return nil, nil },
	}
	if err := (check.Catalogue{whole}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (check.Catalogue{whole, whole}).Validate(); err == nil {
		t.Error("an id that is used twice was accepted")
	}
	for name, spoil := range map[string]func(*check.Check){
		"id": func(c *check.Check) { c.ID = "" }, "title": func(c *check.Check) { c.Title = "" }, "suite": func(c *check.Check) { c.Suite = "" },
		"requirement": func(c *check.Check) { c.Requirement = nil }, "level": func(c *check.Check) { c.Level = "" },
		"scope": func(c *check.Check) { c.Scope = "" }, "hazard": func(c *check.Check) { c.Hazard = "" }, "fix": func(c *check.Check) { c.Fix = "" },
		"run function": func(c *check.Check) { c.Run = nil },
	} {
		row := whole
		spoil(&row)
		if err := (check.Catalogue{row}).Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a row without %s: %v", name, err)
		}
	}
}
