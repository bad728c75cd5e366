package suites_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Somebody else in the answer to a search by NHS number is seen whoever is asked for: also the patients of the sweep, of whom each is
// asked for once.
func TestSomebodyElseBesideAPatientOfTheSweepIsSeen(t *testing.T) {
	s := newStage(t, "ohc")
	another := func(change func(patient map[string]any)) twist {
		return twist{answer: func(q question, answer map[string]any) {
			entries := fhir.Objects(answer["entry"])
			if q.resourceType != "Patient" || !strings.HasPrefix(q.parameters.Get("identifier"), fhir.NHSNumberSystem) || len(entries) == 0 {
				return
			}
			patient := map[string]any(fhir.Resource(entries[0]["resource"].(map[string]any)).Clone())
			patient["id"] = "another"
			change(patient)
			answer["entry"] = append(fhir.List(answer["entry"]), map[string]any{
				"fullUrl": "http://ohc.mock.test/fhir/Patient/another", "resource": patient, "search": map[string]any{"mode": "match"},
			})
		}}
	}
	numbered := func(number string) func(map[string]any) {
		return func(patient map[string]any) {
			for _, identifier := range fhir.Objects(patient["identifier"]) {
				if identifier["system"] == fhir.NHSNumberSystem {
					identifier["value"] = number
				}
			}
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		fails  bool
	}{
		"another number": {numbered("9990000018"), true},
		"both numbers": {func(patient map[string]any) {
			patient["identifier"] = append(fhir.List(patient["identifier"]), map[string]any{"use": "old", "system": fhir.NHSNumberSystem, "value": "9990000018"})
		}, false},
		"the same number":            {func(map[string]any) {}, false},
		"no number, as a linked one": {func(patient map[string]any) { delete(patient, "identifier") }, false},
	} {
		for _, r := range s.play(t, another(c.change), "SCN-P08-VISIBLE").Results {
			if fails := r.Status == result.Fail; fails != (c.fails && r.Scope.System == "ohc") {
				t.Errorf("%s: %s is %s: %s %+v", name, r.Scope, r.Status, r.Message, r.Findings)
				break
			}
		}
	}
}

// One answer about another person is seen, whichever it is: also that by which a check only looks for somebody to ask about, and a page
// that is opened by its link alone.
func TestAnAnswerAboutAnotherPersonIsSeenWhateverItWasAskedFor(t *testing.T) {
	s := newStage(t, "ohc")
	// theirs are the records of a type about somebody else, by type, as the mock shows them.
	another := func(resourceType, mine string) []map[string]any {
		response, err := http.Get("http://" + s.standIns["ohc"].behind + "/fhir/" + resourceType + "?_count=50")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it is read to its end
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		object, err := fhir.DecodeObject(body)
		if err != nil {
			t.Fatal(err)
		}
		var theirs []map[string]any
		for _, entry := range fhir.Entries(object) {
			if reference, ok := fhir.ParseReference(entry.Resource.Text("subject", "reference")); ok && reference.Type == "Patient" && reference.ID != mine {
				theirs = append(theirs, entry.Resource)
			}
		}
		return theirs
	}
	swap := func(answer map[string]any) {
		for i, entry := range fhir.Objects(answer["entry"]) {
			resource, _ := entry["resource"].(map[string]any)
			reference, _ := fhir.ParseReference(fhir.Resource(resource).Text("subject", "reference"))
			theirs := another(fhir.Text(resource["resourceType"]), reference.ID)
			if len(theirs) == 0 {
				t.Error("nobody else has any")
				return
			}
			other := theirs[i%len(theirs)]
			full := fhir.Text(entry["fullUrl"])
			entry["fullUrl"], entry["resource"] = full[:strings.LastIndexByte(full, '/')+1]+fhir.Text(other["id"]), other
		}
	}
	for name, c := range map[string]struct {
		check string
		of    func(question) bool
	}{
		"somebody who has a record": {"CAP-DECLARED-002", func(q question) bool {
			return q.resourceType == "Procedure" && len(q.parameters) == 2 && q.parameters.Has("patient") && q.parameters.Get("_count") == "1"
		}},
		"a page behind a link": {"CAP-PAGE-001", func(q question) bool {
			return q.resourceType == "" && strings.Contains(q.request.URL.String(), "cursor") || q.parameters.Has("cursor") || q.parameters.Has("_page")
		}},
	} {
		swapped := false
		run := s.play(t, twist{answer: func(q question, answer map[string]any) {
			if isSearchset(answer) && len(fhir.Objects(answer["entry"])) > 0 && c.of(q) {
				swapped = true
				swap(answer)
			}
		}}, c.check)
		told := false
		for _, r := range run.Results {
			for _, f := range r.Findings {
				told = told || r.Scope.System == "ohc" && r.Status == result.Fail && f.Rule == check.RuleOtherPerson
			}
			if r.Scope.System == "ccr" && r.Status != result.Pass {
				t.Errorf("%s: %s is %s: %s", name, r.Scope, r.Status, r.Message)
			}
		}
		if !swapped || !told {
			t.Errorf("%s: asked: %v; %+v", name, swapped, run.Results)
		}
	}
}
