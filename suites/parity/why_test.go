package parity

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// echoed is the total of an answer that has the right one, and a self link with the question as it came.
const echoed = -2

// answering is a system that answers searches for observations with the ids that a function gives, and what it states of
// their number, -1 for the right one.
type answering func(query url.Values) (ids []string, total int)

// all are the observations of these tests: two codes in one code system, one in another, at one instant and later.
func all() []string { return []string{"a", "b", "c", "d"} }

func observation(id string) fhir.Resource {
	system, code := "http://loinc.org", "1"
	if id == "c" {
		code = "2"
	}
	if id == "d" {
		system, code = "http://snomed.info/sct", "2"
	}
	return fhir.Resource{
		"resourceType": "Observation", "id": id, "status": "final", "effectiveDateTime": "2025-07-01T0" + fmt.Sprint(slices.Index(all(), id)) + ":00:00Z",
		"code": map[string]any{"coding": []any{map[string]any{"system": system, "code": code}}},
	}
}

// ground starts the system.
func (a answering) ground(t *testing.T) ground {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids, total := a(r.URL.Query())
		bundle := map[string]any{"resourceType": "Bundle", "type": "searchset", "total": total}
		if total < 0 {
			bundle["total"] = len(ids)
		}
		if total == echoed {
			bundle["link"] = []any{map[string]any{"relation": "self", "url": "http://" + r.Host + r.URL.String()}}
		}
		if r.URL.Query().Get("_summary") != "count" {
			entries := []any{}
			for _, id := range ids {
				entries = append(entries, map[string]any{"resource": observation(id), "search": map[string]any{"mode": "match"}})
			}
			bundle["entry"] = entries
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		if err := json.NewEncoder(w).Encode(bundle); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	g := ground{system: check.NewEndpoint(client, "ccr", ""), resourceType: "Observation", patient: fhir.Entry{Resource: fhir.Resource{"resourceType": "Patient", "id": "p"}}, told: new(bool)}
	if g.whole, err = g.ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g
}

// said is a system that answers some searches in its own way and all others rightly.
func said(answers map[string][]string) answering {
	return func(query url.Values) ([]string, int) {
		query.Del("patient")
		if ids, ok := answers[query.Encode()]; ok {
			return ids, -1
		}
		var found []string
		for _, id := range all() {
			code, system := observation(id).Text("code", "coding", "code"), observation(id).Text("code", "coding", "system")
			if !slices.ContainsFunc(query["code"], func(list string) bool {
				asked := strings.Split(list, ",")
				return !slices.Contains(asked, code) && !slices.Contains(asked, system+"|"+code)
			}) {
				found = append(found, id)
			}
		}
		if query.Get("_sort") == "-date" {
			slices.Reverse(found)
		}
		return found, -1
	}
}

func counting(shown, total int, whole []string) answering {
	return func(query url.Values) ([]string, int) {
		if query.Has("_count") {
			return whole, total
		}
		return whole[:shown], total
	}
}

func TestARelationIsExplainedByOtherAnswersOnly(t *testing.T) {
	const one, two, list = "code=http%3A%2F%2Floinc.org%7C1", "code=http%3A%2F%2Fsnomed.info%2Fsct%7C2", "code=http%3A%2F%2Floinc.org%7C1%2Chttp%3A%2F%2Fsnomed.info%2Fsct%7C2"
	const nowhere, bare = "code=https%3A%2F%2Fconcord.test%2Fnone%7C1", "code=1"
	for _, c := range []struct {
		name   string
		look   func(context.Context, ground) ([]result.Finding, error)
		system answering
		want   result.Cause
	}{
		{"a list finds both", union, said(nil), ""},
		{"a list finds nothing", union, said(map[string][]string{list: {}}), result.ValueList},
		{"a list finds its first value", union, said(map[string][]string{list: {"a", "b"}}), result.ValueList},
		{"a list finds a part of its first value", union, said(map[string][]string{list: {"a"}}), result.CauseMissing},
		{"a list finds what neither does", union, said(map[string][]string{list: {"a", "b", "c", "d"}}), result.CauseExtra},
		{"two filters find what one does", intersection, said(map[string][]string{two + "&status=final": {"a", "d"}, two: {"d"}, "status=final": {"a", "d"}}), result.IgnoredParameter},
		{"two filters find less than both", intersection, said(map[string][]string{two + "&status=final": {}}), result.CauseMissing},
		{"a code is found in any system", tokenNesting, said(map[string][]string{nowhere: {"a", "b"}, bare: {"a", "b"}}), result.CodeSystem},
		{"a code is not looked at", tokenNesting, said(map[string][]string{nowhere: all(), bare: {"a", "b"}}), result.IgnoredParameter},
		{"something is found in a system that nothing is coded in", tokenNesting, said(map[string][]string{nowhere: {"c"}, bare: {"a", "b"}}), result.CauseExtra},
		{"newest first, and oldest first", sortOrder, said(nil), ""},
		{"the other way round", sortOrder, said(map[string][]string{
			"_sort=date": {"d", "c", "b", "a"}, "_sort=-date": all(), "_count=3&_sort=date": {"d", "c", "b", "a"}, "_count=3&_sort=-date": all(),
		}), result.WrongOrder},
		{"always in the order of the record", sortOrder, said(map[string][]string{"_sort=-date": all(), "_count=3&_sort=-date": all()}), result.IgnoredParameter},
		{"in no order", sortOrder, said(map[string][]string{"_sort=-date": {"b", "d", "a", "c"}}), result.WrongOrder},
		{"a full page without a next link", countInvariance, said(map[string][]string{"_count=2": {"a", "b"}}), result.PagingTruncation},
		{"a page that is not full", countInvariance, said(map[string][]string{"_count=2": {"a"}}), result.CauseMissing},
		{"the right number", pageSum, counting(4, 4, all()), ""},
		{"one more than there are", pageSum, counting(4, 5, all()), result.WrongTotal},
		{"one less than there are", pageSum, counting(4, 3, all()), result.WrongTotal},
		{"the number of those that a larger page shows", pageSum, counting(2, 4, all()), result.PagingTruncation},
		{"more than a larger page shows", pageSum, counting(4, 9, all()), result.WrongTotal},
		{"the instant is in neither half", dateHalves, said(map[string][]string{
			"date=ge2025-07-01T02%3A00%3A00Z": {"d"}, "date=lt2025-07-01T02%3A00%3A00Z": {"a", "b"},
		}), result.Boundary},
		{"something far from the instant is in neither half", dateHalves, said(map[string][]string{
			"date=ge2025-07-01T02%3A00%3A00Z": {"c", "d"}, "date=lt2025-07-01T02%3A00%3A00Z": {"b"},
		}), result.CauseMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, err := c.look(t.Context(), c.system.ground(t))
			if err != nil {
				t.Fatal(err)
			}
			if (c.want == result.NoCause) != (len(findings) == 0) {
				t.Fatalf("got %+v", findings)
			}
			for _, f := range findings {
				if f.Cause != c.want {
					t.Errorf("%q, want %q: %s", f.Cause, c.want, f.Message)
				}
				if !strings.HasPrefix(f.Query, "curl ") || f.Expected == "" || f.Actual == "" {
					t.Errorf("nobody can act on %+v", f)
				}
			}
		})
	}
}

func TestOnlyAnOutcomeThatSaysSoIsARefusal(t *testing.T) {
	for name, c := range map[string]struct {
		severity, code string
		want           bool
	}{
		"an error":         {"error", "processing", true},
		"too many matches": {"information", "too-costly", true},
		"a remark":         {"information", "informational", false},
		"a warning":        {"warning", "business-rule", false},
	} {
		outcome := fhir.Resource{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": c.severity, "code": c.code}}}
		if got := refuses(outcome); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAParameterReadsTheElementsOfItsDefinition(t *testing.T) {
	for _, c := range []struct {
		kind fixtures.Kind
		code string
		path string
		want bool
	}{
		{fixtures.Condition, "onset-date", "Condition.onset", true},
		{fixtures.Condition, "recorded-date", "Condition.recordedDate", true},
		{fixtures.Condition, "code", "Condition.code.coding.display", true},
		{fixtures.Condition, "code", "Condition.category", false},
		{fixtures.Condition, "clinical-status", "Condition.verificationStatus", false},
		{fixtures.AllergyIntolerance, "criticality", "AllergyIntolerance.reaction.severity", false},
		{fixtures.Observation, "no-such-parameter", "Observation.code", false},
	} {
		if got := readBy(c.kind, []string{c.code}, c.path); got != c.want {
			t.Errorf("%s of %s: %v", c.code, c.path, got)
		}
	}
}

func TestResultsAreNamedWhenTheyAreFewOrMakeTheDifference(t *testing.T) {
	many := []string{"a", "b", "c", "d", "e"}
	for want, got := range map[string]string{
		"no results": results(nil, nil), "1 result: a": results(many[:1], nil), "3 results: a, b, c": results(many[:3], many[:1]),
		"5 results, among them e": results(many, many[4:]), "5 results, among them a, b, c and 2 more": results(many, many), "5 results": results(many, nil),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
