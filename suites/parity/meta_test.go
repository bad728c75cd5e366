package parity

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

func TestARelationSaysWhatBreaksIt(t *testing.T) {
	for name, c := range map[string]struct {
		got, want []string
		cause     result.Cause
		message   string
	}{
		"holds":    {got: []string{"a", "b"}, want: []string{"a", "b"}},
		"lacks":    {got: []string{"a"}, want: []string{"a", "b"}, cause: result.CauseMissing, message: "lacks b"},
		"too many": {got: []string{"a", "b"}, want: []string{"a"}, cause: result.CauseExtra, message: "has b too many"},
		"both":     {got: []string{"b"}, want: []string{"a"}, cause: result.CauseMissing, message: "lacks a and has b too many"},
		"nothing":  {},
	} {
		findings := relation{rule: "r", says: "one is the other", answer: &check.Answer{}, got: c.got, want: c.want}.findings()
		if c.message == "" {
			if len(findings) > 0 {
				t.Errorf("%s: %+v", name, findings)
			}
			continue
		}
		if len(findings) != 1 || !strings.HasSuffix(findings[0].Message, c.message) || findings[0].Cause != c.cause {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}

// TestWhatANarrowerQuestionShowsOfAPersonIsMissingInTheWhole has an answer about some of a person's records show one that the answer about all of
// them leaves out, and one that is another person's.
func TestWhatANarrowerQuestionShowsOfAPersonIsMissingInTheWhole(t *testing.T) {
	answer := func(records ...string) *check.Answer {
		a := &check.Answer{Query: "Observation?patient=1&date=le2026"}
		for _, record := range records {
			id, subject, _ := strings.Cut(record, " ")
			a.Matches = append(a.Matches, fhir.Entry{Resource: fhir.Resource{
				"resourceType": "Observation", "id": id, "subject": map[string]any{"reference": subject},
			}})
		}
		return a
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","entry":[]}`))
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for name, c := range map[string]struct {
		whole, narrow *check.Answer
		short         bool
	}{
		"nothing besides":            {answer("a Patient/1", "b Patient/1"), answer("a Patient/1"), false},
		"one of theirs":              {answer("a Patient/1"), answer("a Patient/1", "b Patient/1"), true},
		"one where nothing is shown": {answer(), answer("b Patient/1"), true},
		"by another reference":       {answer("a http://here.test/Patient/1"), answer("b http://here.test/Patient/1"), true},
		"another's":                  {answer("a Patient/1"), answer("a Patient/1", "b Patient/2"), false},
		"theirs and another's":       {answer("a Patient/1"), answer("b Patient/1", "c Patient/2"), false},
	} {
		g := ground{
			resourceType: "Observation", whole: c.whole, system: check.NewEndpoint(client, "ccr", ""),
			patient: fhir.Entry{Resource: fhir.Resource{"resourceType": "Patient", "id": "1"}},
		}
		short := g.short(t.Context(), c.narrow)
		if (short != nil) != c.short {
			t.Errorf("%s: %+v", name, short)
		}
		if short != nil && (short.Cause != result.CauseMissing || !strings.Contains(short.Message, "leaves out Observation/b of that person")) {
			t.Errorf("%s: %+v", name, short)
		}
	}
	if asked == 0 {
		t.Error("nobody looked whether a larger page shows it")
	}
}

func TestALinkHasAParameterByItsWholeName(t *testing.T) {
	for link, want := range map[string]bool{
		"http://x/Observation?status=final":           true,
		"http://x/Observation?a=b&status:not=final":   true,
		"http://x/Observation?statu%73=final":         true,
		"http://x/Observation?status-reason=final":    false,
		"http://x/Observation?code=status":            false,
		"http://x/Observation":                        false,
		"http://x/status":                             false,
		"http://x/Observation?%zz=1&patient.status=x": false,
	} {
		if got := linkHas(link, "status"); got != want {
			t.Errorf("%s: %v", link, got)
		}
	}
}

func TestAnAnswerToNonsenseIsIgnoredOnlyWhenItHoldsSomething(t *testing.T) {
	entry := func(id string) fhir.Entry {
		return fhir.Entry{Resource: fhir.Resource{"resourceType": "Flag", "id": id}}
	}
	whole := &check.Answer{Matches: []fhir.Entry{entry("1"), entry("2")}}
	if f := ignored("r", "status", &check.Answer{}, whole); len(f) > 0 {
		t.Errorf("an empty answer: %+v", f)
	}
	if f := ignored("r", "status", whole, whole); len(f) != 1 || f[0].Cause != result.IgnoredParameter {
		t.Errorf("the whole: %+v", f)
	}
	if f := ignored("r", "status", &check.Answer{Matches: []fhir.Entry{entry("1")}}, whole); len(f) != 1 || f[0].Cause != result.CauseExtra {
		t.Errorf("a part: %+v", f)
	}
}

func TestWhatTheContractRequiresAndNobodyDeclaresIsNamed(t *testing.T) {
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	says := check.Declared{"AllergyIntolerance": {Parameters: []string{"_id", "patient"}}}
	findings := undeclared(agreed, says, "x1", "curl")
	if len(findings) != 1 || findings[0].Requirement != "UKCA-ALLERGY-CLINICAL-STATUS" {
		t.Errorf("got %+v", findings)
	}
}

func TestAParityRowBindsOnlyWhoDeclaresIt(t *testing.T) {
	parity := Query{Resource: "Flag", Rows: []contract.Row{{Layer: contract.Parity, Level: result.Must}}, Terms: []Term{{Code: "patient"}, {Code: "date"}}}
	required := parity
	required.Rows = []contract.Row{{Layer: contract.Parity, Level: result.Must}, {Layer: contract.Query, Level: result.Should}}
	for name, c := range map[string]struct {
		declared check.Declared
		query    Query
		rows     int
		level    result.Level
	}{
		"declared":                              {check.Declared{"Flag": {Parameters: []string{"patient", "date"}}}, parity, 1, result.Must},
		"half declared":                         {check.Declared{"Flag": {Parameters: []string{"patient"}}}, parity, 0, result.May},
		"type not declared":                     {check.Declared{}, parity, 0, result.May},
		"required, at the level of what is not": {check.Declared{}, required, 1, result.Should},
		"required and declared":                 {check.Declared{"Flag": {Parameters: []string{"patient", "date"}}}, required, 2, result.Must},
		"nothing to be read":                    {nil, parity, 1, result.Must},
	} {
		got := c.query.binding(c.declared)
		if len(got.Rows) != c.rows || got.Level() != c.level {
			t.Errorf("%s: %d rows at level %s", name, len(got.Rows), got.Level())
		}
	}
	if len(required.Rows) != 2 {
		t.Error("the query itself was changed")
	}
}

func TestEveryKindOfParameterButTwoHasAValueThatNothingHas(t *testing.T) {
	for _, row := range []string{"token", "string", "date", "number", "quantity", "reference", "uri"} {
		if nonsense(search.Kind(row)) == "" {
			t.Errorf("%s has none", row)
		}
	}
	for _, row := range []string{"composite", "special"} {
		if nonsense(search.Kind(row)) != "" {
			t.Errorf("%s has one", row)
		}
	}
}

func TestWhatASortLeavesOpenIsNoOtherOrder(t *testing.T) {
	on := func(id, date string) fhir.Resource {
		return fhir.Resource{"resourceType": "Observation", "id": id, "effectiveDateTime": date}
	}
	rule, err := search.Parse("Observation", "_sort=date", search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := on("a", "2023-08-10"), on("b", "2023-08-10"), on("c", "2023-08-12")
	if !onlyTies(rule, []fhir.Resource{a, b, c}, []fhir.Resource{b, a, c}) {
		t.Error("two results of one date in another order count as another order")
	}
	if onlyTies(rule, []fhir.Resource{a, b, c}, []fhir.Resource{a, c, b}) {
		t.Error("a later date before an earlier one counts as a tie")
	}
}
