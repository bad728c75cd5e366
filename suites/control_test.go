package suites_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/contract"
)

// programmeRows are rows of a programme's own about types that no check names by itself.
const programmeRows = `
name: Programme
version: "1"
source: Programme 1
rows:
  - {id: P-INCLUDE, resource: Condition, parameters: [patient], level: SHALL, includes: ["Condition:encounter", "_revinclude=Provenance:target"]}
  - {id: P-RESULTS, resource: Encounter, level: SHALL, results: [_sort, _total, _count, _summary, _elements]}
  - {id: P-ERRORS, resource: Immunization, level: SHALL, errors: [refuse-malformed, refuse-unknown-when-strict, name-ignored-in-self-link]}
  - {id: P-STRING, resource: Patient, parameters: [family], level: SHALL, modifiers: [exact, contains, missing]}
  - {id: P-REFERENCE, resource: Observation, parameters: [performer], level: SHALL, modifiers: [identifier, missing]}
  - {id: P-DATE, resource: Procedure, parameters: [patient, date], level: SHALL, comparators: [sa, eb, ne]}
`

// only is the programme with one of its rows.
func only(row string) string {
	var lines []string
	for line := range strings.Lines(programmeRows) {
		if !strings.Contains(line, "{id: ") || strings.Contains(line, "{id: "+row+",") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// programme reads a contract of a programme's own.
func programme(t *testing.T, text string) *contract.Contract {
	t.Helper()
	path := filepath.Join(t.TempDir(), "programme.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	agreed, err := contract.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return agreed
}

// TestAProgrammesRowsAreAskedWhateverTheyAreAbout runs rows of a programme's own against systems that do not do what they
// ask for, one after the other. The row must be named; a system that does everything must pass.
func TestAProgrammesRowsAreAskedWhateverTheyAreAbout(t *testing.T) {
	agreed := programme(t, programmeRows)
	s := newStage(t, "ccr")
	s.alone = true
	without := func(names ...string) func(url.Values) {
		return func(parameters url.Values) {
			for _, name := range names {
				delete(parameters, name)
			}
		}
	}
	refuse := func(parameter string) twist {
		return twist{write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
			w.Header().Set("Content-Type", header.Get("Content-Type"))
			if q.parameters.Has(parameter) {
				status, body = http.StatusBadRequest, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}`)
			}
			w.WriteHeader(status)
			_, _ = w.Write(body)
		}}
	}
	answered := func(parameter string) twist {
		return asked("", func(parameters url.Values) {
			for name, values := range parameters {
				if name == parameter && (values[0] == "yesterday" || values[0] == "2024-02-30") {
					delete(parameters, name)
				}
			}
		}, "Immunization")
	}
	for name, c := range map[string]struct {
		act   twist
		row   string
		cause result.Cause
	}{
		"everything is done":               {},
		"_include brings nothing":          {asked("", without("_include"), "Condition"), "P-INCLUDE", result.IgnoredParameter},
		"_revinclude brings nothing":       {asked("", without("_revinclude"), "Condition"), "P-INCLUDE", result.IgnoredParameter},
		"_revinclude is refused":           {refuse("_revinclude"), "P-INCLUDE", result.CauseNotOffered},
		"_sort is not applied":             {asked("", without("_sort"), "Encounter"), "P-RESULTS", result.IgnoredParameter},
		"_sort is refused":                 {refuse("_sort"), "P-RESULTS", result.CauseNotOffered},
		"a malformed date is passed over":  {answered("date"), "P-ERRORS", result.NotRefused},
		":exact is taken for no modifier":  {asked("", renamed("family:exact", "family"), "Patient"), "P-STRING", result.IgnoredParameter},
		":missing is not applied":          {asked("", without("family:missing", "performer:missing"), "Patient", "Observation"), "P-REFERENCE", result.IgnoredParameter},
		":identifier is not applied":       {asked("", without("performer:identifier"), "Observation"), "P-REFERENCE", result.IgnoredParameter},
		"sa and eb are read as ge and le":  {prefixed("", "sa", "ge", "eb", "le"), "P-DATE", result.Boundary},
		"ne is read as eq":                 {prefixed("", "ne", ""), "P-DATE", ""},
		"the total is that of another day": {everyPage("", func(_ question, page map[string]any) { page["total"] = 1 }), "P-RESULTS", result.WrongTotal},
	} {
		t.Run(name, func(t *testing.T) {
			s.contract = agreed
			if c.row != "" {
				s.contract = programme(t, only(c.row))
			}
			var causes []result.Cause
			run := s.play(t, c.act, "PAR-SEARCH-RESULTS", "PAR-SEARCH-PATIENT", "PAR-SEARCH-OBSERVATION", "PAR-SEARCH-PROCEDURE")
			for _, r := range run.Results {
				for _, f := range r.Findings {
					if f.Requirement == c.row {
						causes = append(causes, f.Cause)
					}
				}
				if c.row == "" && r.Status != result.Pass {
					t.Errorf("%s: %s %s %+v", r.Check, r.Status, r.Message, r.Findings)
				}
			}
			if c.row != "" && (len(causes) == 0 || c.cause != "" && !slices.Contains(causes, c.cause)) {
				t.Errorf("%s is broken by %v, want %s: %s", c.row, causes, c.cause, run.Verdict.Sentence)
			}
		})
	}
}

// TestARequirementOfATypeThatNobodyOffersIsNotPassedOver runs rows about a type that the system does not declare, and
// refuses to search.
func TestARequirementOfATypeThatNobodyOffersIsNotPassedOver(t *testing.T) {
	s := newStage(t, "ccr")
	s.alone = true
	for _, c := range []struct {
		level, check string
		want         result.Status
	}{{"SHALL", "PAR-SEARCH-RESULTS", result.Fail}, {"SHOULD", "PAR-SEARCH-RESULTS-SHOULD", result.Warning}} {
		s.contract = programme(t, "name: Programme\nversion: \"1\"\nsource: Programme 1\nrows:\n  - {id: P-TYPE, resource: Coverage, level: "+c.level+", results: [_sort]}\n")
		for _, r := range s.play(t, twist{}, c.check).Results {
			if r.Status != c.want || len(r.Findings) != 1 || r.Findings[0].Requirement != "P-TYPE" || r.Findings[0].Cause != result.CauseNotOffered {
				t.Errorf("%s: %s %s %+v", r.Check, r.Status, r.Message, r.Findings)
			}
		}
	}
}
