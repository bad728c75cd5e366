package causes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// world is a run about two systems and a few providers, whose results are added.
func world(results ...result.Result) result.Run {
	run := result.Run{
		Systems:   []result.System{{Name: "ccr", Title: "Care Record"}, {Name: "ohc", Title: "One Health"}},
		Providers: []result.Provider{{ODS: "RRK", Name: "University Hospital"}, {ODS: "RKB", Name: "Other Hospital"}, {ODS: "RXW", Name: "Third Hospital"}, {ODS: "RJC", Name: "Fourth Hospital"}},
		Checks: []result.Check{
			{ID: "FACTS", Harm: "S2", Title: "facts are shown", Area: result.AreaFacts}, {ID: "DATE", Harm: "S2", Title: "dates"}, {ID: "TOTAL", Harm: "S3", Title: "totals"}, {ID: "SWEEP", Harm: "S2", Area: result.AreaFederation},
		},
		Results: results,
	}
	return run
}

func failed(check, system string, findings ...result.Finding) result.Result {
	return result.Result{Check: check, Status: result.Fail, Scope: result.Scope{System: system, Peer: "ccr"}, Findings: findings}
}

func lost(resource, provider string, cause result.Cause) result.Finding {
	return result.Finding{
		Rule: "parity-missing", Severity: result.SeverityError, Path: resource, Cause: cause, Actual: "not shown",
		Message: resource + " of 2025 recorded by " + provider + " is not shown",
		Query:   "curl 'http://x.test/fhir/" + resource + "?patient=" + provider + "'", // each has seen somebody else
	}
}

func zone(resource string) result.Finding {
	return result.Finding{
		Rule: "date", Severity: result.SeverityError, Cause: result.TimeZone, Message: "the answer should not hold Observation/1",
		Query: "curl 'http://x.test/fhir/" + resource + "?date=ge2025&patient=1'",
	}
}

func first(t *testing.T, run result.Run) (causes.Explained, string) {
	t.Helper()
	e := causes.Explain(run)
	if len(e.Causes) == 0 {
		t.Fatal("no cause was found")
	}
	return e, causes.NewNames(run).Sentence(e.Causes[0])
}

func TestAProviderWhoseRecordsAreAllGoneIsNamedAndNotWhatItsRecordsLookLike(t *testing.T) {
	run := world(
		failed("FACTS", "ohc", lost("Observation", "RRK", result.CauseMissing), lost("Encounter", "RRK", result.Duplicate), lost("AllergyIntolerance", "RRK", result.EnteredInError)),
		failed("DATE", "ohc", zone("Observation")),
	)
	e, sentence := first(t, run)
	if sentence != "University Hospital (RRK) is missing at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
	if len(e.Causes) != 2 || e.Causes[1].Reason != result.TimeZone || e.Percent() != 100 {
		t.Errorf("the causes are %+v, %d %%", e.Causes, e.Percent())
	}
	if of, ok := e.Of("FACTS"); !ok || of.Provider != "RRK" {
		t.Errorf("the cause of most findings of the check is %+v", of)
	}
}

func TestATypeThatIsGoneEverywhereIsNotBlamedOnItsProviders(t *testing.T) {
	var findings []result.Finding
	for _, ods := range []string{"RRK", "RKB", "RXW", "RJC"} {
		findings = append(findings, lost("Immunization", ods, result.CauseMissing), lost("Immunization", ods, result.CauseMissing))
	}
	if _, sentence := first(t, world(failed("FACTS", "ohc", findings...))); sentence != "Immunization records are missing at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
}

func TestWhatASearchDoesNotFindIsNotSaidToBeMissing(t *testing.T) {
	lacks := result.Finding{
		Rule: "search-contract", Severity: result.SeverityError, Cause: result.CauseMissing, Message: "the answer to AllergyIntolerance?date=ge2025&patient=1 lacks AllergyIntolerance/1",
		Query: "curl 'http://x.test/fhir/AllergyIntolerance?date=ge2025&patient=1'", Actual: "no results",
	}
	if _, sentence := first(t, world(failed("DATE", "ohc", lacks))); sentence != "A search for AllergyIntolerance by date does not find all that it asks for at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
}

func TestAPartnerWhoseProvidersAreAllGoneIsNamedBeforeAnyOfThem(t *testing.T) {
	var results []result.Result
	for _, ods := range []string{"RRK", "RKB", "RXW", "RJC"} {
		results = append(results, result.Result{
			Check: "SWEEP", Status: result.Fail, Scope: result.Scope{System: "ohc", Peer: "ccr", Provider: ods},
			Findings: []result.Finding{lost("Encounter", ods, result.CauseMissing), lost("Observation", ods, result.CauseMissing)},
		})
	}
	if _, sentence := first(t, world(results...)); sentence != "What Care Record holds is missing at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
}

// TestAPartnerWhosePeopleAreThereAndNoneOfItsRecordsIsNamed has the people and the directory of the partner at the system, and none of its records.
func TestAPartnerWhosePeopleAreThereAndNoneOfItsRecordsIsNamed(t *testing.T) {
	sweep := func(check, ods string, findings ...result.Finding) result.Result {
		r := failed(check, "ohc", findings...)
		r.Scope.Provider = ods
		if len(findings) == 0 {
			r.Status = result.Pass
		}
		return r
	}
	for name, c := range map[string]struct {
		rule string
		want bool
	}{"none is visible": {"sweep-visible", true}, "none has its label": {"sweep-label", false}} {
		results := []result.Result{failed("FACTS", "ohc", lost("Condition", "RRK", result.CauseMissing), lost("Observation", "RKB", result.CauseMissing), lost("Encounter", "RXW", result.CauseMissing))}
		for _, ods := range []string{"RRK", "RKB", "RXW", "RJC"} {
			results = append(results, sweep("SWEEP", ods, result.Finding{Rule: c.rule, Severity: result.SeverityError, Message: "ohc does not show it"}), sweep("DATE", ods), sweep("TOTAL", ods))
		}
		e, sentence := first(t, world(results...))
		if got := e.Causes[0].Kind == causes.Partner; got != c.want {
			t.Errorf("%s: the first cause is %q", name, sentence)
		}
	}
}

func TestTheSameFaultAtBothSystemsIsOneCause(t *testing.T) {
	e, sentence := first(t, world(failed("DATE", "ccr", zone("Observation")), failed("DATE", "ohc", zone("Observation"))))
	if len(e.Causes) != 1 || !strings.HasPrefix(sentence, "At Care Record and One Health, for Observation searched by date: ") {
		t.Errorf("%d causes, first %q", len(e.Causes), sentence)
	}
}

func TestHarmComesBeforeNumbers(t *testing.T) {
	var totals []result.Finding
	for range 20 {
		totals = append(totals, result.Finding{Rule: "total", Severity: result.SeverityError, Cause: result.WrongTotal, Message: "total"})
	}
	e, _ := first(t, world(failed("TOTAL", "ohc", totals...), failed("DATE", "ohc", zone("Observation"))))
	if e.Causes[0].Reason != result.TimeZone {
		t.Errorf("a wrong total comes first: %+v", e.Causes)
	}
}

func TestRecordsThatAreGoneAreToldBeforeTheLinksToThem(t *testing.T) {
	var gone, links []result.Finding
	for _, ods := range []string{"RRK", "RKB", "RXW", "RJC"} {
		gone = append(gone, lost("Encounter", ods, result.CauseMissing))
		link := result.Finding{Rule: "parity-altered", Severity: result.SeverityError, Path: "Condition.encounter", Cause: result.ReferenceBroken, Message: "Condition is shown with encounter ?", Actual: "?"}
		for n := range 5 {
			link.Query = "curl 'http://x.test/fhir/Condition?patient=" + ods + string(rune('a'+n)) + "'"
			links = append(links, link)
		}
	}
	if _, sentence := first(t, world(failed("FACTS", "ohc", append(links, gone...)...))); sentence != "Encounter records are missing at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
	if e, _ := first(t, world(failed("FACTS", "ohc", links...))); e.Causes[0].Reason != result.ReferenceBroken {
		t.Errorf("links that are lost though what they lead to is there: %+v", e.Causes)
	}
}

func TestAnotherPersonsRecordsAreToldBeforeWhatElseIsOddAboutTheAnswer(t *testing.T) {
	var odd []result.Finding
	for n := range 12 {
		twice := lost("Observation", string(rune('A'+n)), result.Duplicate)
		twice.Rule, twice.Actual = "shown-twice", "twice"
		odd = append(odd, twice)
	}
	other := lost("Observation", "RRK", result.OtherPerson)
	other.Rule, other.Actual = "other-person", "Patient/2"
	if e, sentence := first(t, world(failed("FACTS", "ohc", append(odd, other, other)...))); e.Causes[0].Reason != result.OtherPerson {
		t.Errorf("the first cause is %q", sentence)
	}
}

func TestWhatNoCauseAccountsForIsCountedAsSuch(t *testing.T) {
	lonely := result.Finding{Rule: "odd", Severity: result.SeverityError, Message: "something odd"}
	waived := zone("Observation")
	waived.Waiver = "W-1"
	e := causes.Explain(world(failed("FACTS", "ohc", lonely, waived)))
	if e.Findings != 1 || e.Covered != 0 || e.Percent() != 0 {
		t.Errorf("%+v", e)
	}
	if got := causes.Explain(world()); got.Findings != 0 || len(got.Causes) != 0 {
		t.Errorf("a run without findings has %+v", got)
	}
}

func TestTheSameRunHasTheSameCausesInTheSameOrder(t *testing.T) {
	run := world(
		failed("FACTS", "ohc", lost("Observation", "RRK", result.CauseMissing), lost("Encounter", "RRK", result.CauseMissing), lost("Encounter", "RKB", result.CauseMissing)),
		failed("DATE", "ccr", zone("Encounter"), zone("Observation")), failed("TOTAL", "ohc", lost("Flag", "RKB", result.CauseMissing)),
	)
	want := fmt.Sprint(causes.Explain(run))
	for range 20 {
		if got := fmt.Sprint(causes.Explain(run)); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestTheRequestThatShowsACauseIsOneOfWhatItIsAbout(t *testing.T) {
	refused := func(query string) result.Finding {
		return result.Finding{Rule: "search", Severity: result.SeverityError, Cause: result.CauseError, Message: "it is refused", Query: "curl '" + query + "'"}
	}
	const base = "http://x.test/fhir/"
	e, sentence := first(t, world(
		failed("TOTAL", "ohc", refused(base+"metadata")),
		failed("DATE", "ohc", refused(base+"Observation?date=ge2025-01-01&patient=1"), refused(base+"Encounter?date=ge2025&patient=12")),
		failed("FACTS", "ohc", refused(base+"Condition?date=ge2025-12-31&patient=12")),
	))
	if query := e.Causes[0].Query; !strings.Contains(sentence, "searched by date") || !strings.Contains(query, "date=") || query != e.Causes[0].Example.Query {
		t.Errorf("%q is shown by %s", sentence, query)
	}
}

func TestAFaultOfContentIsNotToldByTheSearchThatShowsIt(t *testing.T) {
	fault := func(cause result.Cause) result.Finding {
		return result.Finding{
			Rule: "x", Severity: result.SeverityError, Cause: cause, Message: "x", Path: "DiagnosticReport.status",
			Query: "curl 'http://x.test/fhir/DiagnosticReport?identifier=a&patient=1'",
		}
	}
	for cause, want := range map[result.Cause]string{
		result.StatusMapping:    "At One Health, for DiagnosticReport: ",
		result.IgnoredParameter: "At One Health, for DiagnosticReport searched by identifier: ",
	} {
		if _, sentence := first(t, world(failed("X", "ohc", fault(cause)))); !strings.HasPrefix(sentence, want) {
			t.Errorf("%s is told as %q", cause, sentence)
		}
	}
}

func TestAnElementThatIsLostInRecordsOfSeveralTypesIsOneCause(t *testing.T) {
	at := func(check, path, actual string, cause result.Cause) result.Result {
		return failed(check, "ohc", result.Finding{
			Rule: "rule of " + path, Severity: result.SeverityError, Path: path, Cause: cause, Actual: actual, Message: path + " is " + actual,
		})
	}
	for name, c := range map[string]struct {
		results []result.Result
		want    string
	}{
		"the same one": {
			[]result.Result{
				at("FACTS", "Encounter.meta.security", "nothing", result.CauseMissing), at("DATE", "Flag.meta.security", "nothing", result.CauseMissing),
				at("SWEEP", "Observation.meta.security.code", "nothing", result.NoCause),
			}, "The element meta.security of Encounter, Flag and Observation is missing at One Health.",
		},
		"the one above them": {
			[]result.Result{
				at("FACTS", "Patient.extension.where(url.endsWith('(Number)')).value.coding.code", "nothing", result.NoCause),
				at("DATE", "Encounter.extension.where(url = 'x').value", "nothing", result.NoCause),
				at("SWEEP", "Immunization.extension", "nothing", result.CauseMissing),
			}, "The element extension of Encounter, Immunization and Patient is missing at One Health.",
		},
		"one type": {
			[]result.Result{at("FACTS", "Encounter.meta.security", "nothing", result.CauseMissing), at("DATE", "Encounter.meta.security", "nothing", result.CauseMissing)},
			"Encounter.meta.security is missing at One Health.",
		},
		"something else there": {
			[]result.Result{at("FACTS", "Encounter.note", "", result.NoCause), at("DATE", "Observation.note", "a text", result.NoCause)},
			"The element note of Encounter and Observation does not meet its rule at One Health.",
		},
	} {
		if _, sentence := first(t, world(c.results...)); sentence != c.want {
			t.Errorf("%s: %q", name, sentence)
		}
	}
}

func TestWhatMakesAllElseDoubtfulIsToldFirst(t *testing.T) {
	unsteady := result.Finding{Rule: "total", Severity: result.SeverityError, Cause: result.Unsteady, Message: "two answers"}
	serious := []result.Result{failed("DATE", "ohc", zone("Observation")), failed("FACTS", "ohc", lost("Observation", "RRK", result.CauseMissing))}
	e, _ := first(t, world(append(serious, failed("TOTAL", "ohc", unsteady, unsteady, unsteady))...))
	if e.Causes[0].Reason != result.Unsteady {
		t.Errorf("first comes %+v", e.Causes[0])
	}
	if e, _ = first(t, world(append(serious, failed("TOTAL", "ohc", unsteady))...)); e.Causes[0].Reason == result.Unsteady {
		t.Error("what was seen once comes before all else")
	}
}

func TestWhatAnswersWereThatAreNoneIsTold(t *testing.T) {
	status := func(code int) result.Finding {
		return result.Finding{Rule: "answer-status", Severity: result.SeverityError, Cause: result.CauseError, Message: "answered", Actual: fmt.Sprintf("status %d", code)}
	}
	if _, sentence := first(t, world(failed("DATE", "ohc", status(500)), failed("FACTS", "ohc", status(500)), failed("SWEEP", "ohc", status(400)))); !strings.HasSuffix(sentence, "not an answer in FHIR (status 500).") {
		t.Errorf("%q", sentence)
	}
	if _, sentence := first(t, world(failed("DATE", "ohc", status(500)), failed("FACTS", "ohc", status(400)))); !strings.HasSuffix(sentence, "not an answer in FHIR.") {
		t.Errorf("%q", sentence)
	}
}

// TestWhatDecidesTheVerdictIsToldBeforeWhatWarns has a warning of more harm beside a failure: the first line says why the run failed, and
// shows a request that did.
func TestWhatDecidesTheVerdictIsToldBeforeWhatWarns(t *testing.T) {
	ignored := func(query string) result.Finding {
		return result.Finding{Rule: "empty-value", Severity: result.SeverityError, Cause: result.IgnoredParameter, Message: "answered with everybody", Query: query}
	}
	warning := failed("FACTS", "ohc", ignored("curl 'http://x.test/fhir/Patient?family='"))
	warning.Status = result.Warning
	e, sentence := first(t, world(warning, failed("TOTAL", "ohc", zone("Observation"))))
	if e.Causes[0].Reason != result.TimeZone || !e.Causes[0].Fails || e.Causes[1].Fails {
		t.Errorf("the first cause is %q", sentence)
	}
	const failing = "curl 'http://x.test/fhir/Observation?status:nosuch=final&patient=1'"
	e, _ = first(t, world(warning, failed("TOTAL", "ohc", ignored(failing))))
	if e.Causes[0].Query != failing {
		t.Errorf("it is shown by %s, of which only a warning comes", e.Causes[0].Query)
	}
}

// TestWhatIsWrongInRecordsIsToldBeforeWhatSearchesDoNotDo has a server with peculiarities of its own, of which one check warns of the worst
// harm, and records that end with the first page: those are what a clinician sees, whatever else the server cannot do.
func TestWhatIsWrongInRecordsIsToldBeforeWhatSearchesDoNotDo(t *testing.T) {
	search := func(reason result.Cause, query string) result.Finding {
		return result.Finding{Rule: "search-contract", Severity: result.SeverityError, Cause: reason, Message: "the answer lacks Observation/1", Query: "curl 'http://x.test/fhir/" + query + "&patient=1'"}
	}
	run := world(failed("DATE", "ohc", search(result.PartialDate, "Observation?date=ge2025")), failed("GRID", "ohc", search(result.NotRefused, "Observation?status:nosuch=final")))
	for i := range 30 {
		check := fmt.Sprint("SEARCH", i)
		run.Checks = append(run.Checks, result.Check{ID: check, Harm: "S2", Area: result.AreaSearch})
		run.Results = append(run.Results, failed(check, "ohc", search(result.OwnAddress, "Observation?subject=http://x.test/fhir/Patient/1")))
	}
	run.Checks = append(run.Checks, result.Check{ID: "GRID", Harm: "S2", Area: result.AreaSearch}, result.Check{ID: "EMPTY", Harm: "S1", Area: result.AreaSearch}, result.Check{ID: "SHOWN", Harm: "S2", Area: result.AreaFacts})
	empty := failed("EMPTY", "ohc", search(result.NotRefused, "Observation?status="))
	empty.Status = result.Warning
	run.Results = append(run.Results, empty, failed("SHOWN", "ohc", search(result.PagingTruncation, "Observation?identifier=1")))
	e, _ := first(t, run)
	var order []result.Cause
	for _, c := range e.Causes {
		order = append(order, c.Reason)
	}
	if want := []result.Cause{result.PagingTruncation, result.NotRefused, result.PartialDate, result.OwnAddress}; !slices.Equal(order, want) {
		t.Errorf("the causes are %v, want %v", order, want)
	}
	if e.Causes[0].Parameter != "" {
		t.Errorf("what records show is told by the search for %s that shows it", e.Causes[0].Parameter)
	}
}

// TestWhatIsSaidOfOnePlaceHasTheReasonThatAnotherCheckFoundThere has a story that says of a status, and of a record, no more than that it
// is wrong, where the comparison of records says why.
func TestWhatIsSaidOfOnePlaceHasTheReasonThatAnotherCheckFoundThere(t *testing.T) {
	finding := func(path, message string, cause result.Cause) result.Finding {
		return result.Finding{Rule: "value", Severity: result.SeverityError, Path: path, Message: message, Cause: cause}
	}
	const withdrawn = "AllergyIntolerance Allergy to amoxicillin recorded by RNA is not shown"
	run := world(
		failed("SHOWN", "ohc", finding("MedicationRequest.status", "it is shown with status active", result.StatusMapping), finding("AllergyIntolerance", withdrawn, result.EnteredInError)),
		failed("STORY", "ohc", finding("MedicationRequest.status", "status is active, want stopped", result.NoCause), finding("AllergyIntolerance", withdrawn, result.CauseMissing)),
		failed("STORY", "ccr", finding("MedicationRequest.status", "status is active, want stopped", result.NoCause)),
	)
	for _, id := range []string{"SHOWN", "STORY"} {
		run.Checks = append(run.Checks, result.Check{ID: id, Harm: "S1", Area: result.AreaFacts})
	}
	e, _ := first(t, run)
	counts := map[result.Cause]int{}
	for _, c := range e.Causes {
		counts[c.Reason] += c.Findings
	}
	if counts[result.StatusMapping] != 2 || counts[result.EnteredInError] != 2 || counts[result.NoCause] != 1 {
		t.Errorf("the causes are %v: %+v", counts, e.Causes)
	}
}

// TestAnElementThatIsLostIsNotTheWholeRecord has a search that lacks a record, whatever it is, beside records without a part.
func TestAnElementThatIsLostIsNotTheWholeRecord(t *testing.T) {
	var findings []result.Finding
	for i := range 5 {
		findings = append(findings, result.Finding{
			Rule: "parity-altered", Severity: result.SeverityError, Path: "Observation.component", Cause: result.CauseMissing, Message: fmt.Sprintf("Observation blood pressure %d is shown without one", i),
		})
	}
	lacks := result.Finding{Rule: "search-contract", Severity: result.SeverityError, Cause: result.CauseMissing, Message: "the answer to Observation?value-quantity=5&patient=1 lacks Observation/1"}
	if _, sentence := first(t, world(failed("FACTS", "ohc", findings...), failed("DATE", "ohc", lacks))); sentence != "Of Observation, component is missing at One Health." {
		t.Errorf("the first cause is %q", sentence)
	}
}

// TestAProviderWhoseRecordsSearchesAloneLackIsNotGone has searches of several types that do not find its records, and people who are shown
// them.
func TestAProviderWhoseRecordsSearchesAloneLackIsNotGone(t *testing.T) {
	var results []result.Result
	for i, resource := range []string{"Encounter", "Observation", "Condition"} {
		lacks := result.Finding{
			Rule: "search-contract", Severity: result.SeverityError, Cause: result.CauseMissing, Actual: "no results", Message: "the answer to " + resource + "?date=ge2025&patient=1 lacks RRK-s-P04-f06",
		}
		results = append(results, failed(fmt.Sprint("SEARCH", i), "ohc", lacks, lacks))
	}
	if e, sentence := first(t, world(results...)); e.Causes[0].Kind == causes.Provider {
		t.Errorf("the first cause is %q", sentence)
	}
}

// TestWhatShowsOfOnePersonAloneIsSaidToBeOfOne has records of a type that are gone for one person, and for two.
func TestWhatShowsOfOnePersonAloneIsSaidToBeOfOne(t *testing.T) {
	told := func(cause result.Cause, patients ...string) string {
		var findings []result.Finding
		for i := range 6 {
			f := lost("AllergyIntolerance", "RRK", cause)
			f.Message = fmt.Sprintf("AllergyIntolerance %d is not shown", i)
			f.Query = "curl 'http://x.test/fhir/AllergyIntolerance?patient=" + patients[i%len(patients)] + "'"
			findings = append(findings, f)
		}
		_, sentence := first(t, world(failed("FACTS", "ohc", findings...)))
		return sentence
	}
	gone := func(patients ...string) string { return told(result.CauseMissing, patients...) }
	if sentence := told(result.LinkElsewhere, "7"); strings.Contains(sentence, "one person") {
		t.Errorf("of next links: %q", sentence)
	}
	if sentence := gone("7"); sentence != "AllergyIntolerance is missing at One Health. It shows in the records of one person alone, Patient/7." {
		t.Errorf("of one person: %q", sentence)
	}
	if sentence := gone("7", "8"); sentence != "AllergyIntolerance is missing at One Health." {
		t.Errorf("of two: %q", sentence)
	}
}

// TestAFailureThatNoCauseAccountsForIsToldBeforeWhatOnlyWarns has one finding that fails and says nothing but its rule, beside a warning with a
// cause and a failure with one.
func TestAFailureThatNoCauseAccountsForIsToldBeforeWhatOnlyWarns(t *testing.T) {
	link := result.Finding{Rule: "superseded-number-leads-on", Severity: result.SeverityError, Path: "Patient", Message: "no link of type replaced-by", Requirement: "PDS"}
	warns := failed("TOTAL", "ohc", zone("Observation"))
	warns.Status, warns.Findings[0].Severity = result.Warning, result.SeverityWarning
	if e, sentence := first(t, world(warns, failed("FACTS", "ohc", link))); e.Causes[0].Rule != link.Rule || e.Covered != 1 || len(e.Causes) != 2 {
		t.Errorf("the first of %d causes is %q", len(e.Causes), sentence)
	}
	if e, sentence := first(t, world(failed("DATE", "ohc", zone("Observation")), failed("FACTS", "ohc", link))); e.Causes[0].Rule == link.Rule || e.Covered != 1 || len(e.Causes) != 2 {
		t.Errorf("the first of %d causes is %q", len(e.Causes), sentence)
	}
}

// TestARuleThatOneFindingBreaksIsToldByIt says what is wrong where the name of an element says nothing.
func TestARuleThatOneFindingBreaksIsToldByIt(t *testing.T) {
	f := result.Finding{Rule: "outcome", Severity: result.SeverityError, Path: "OperationOutcome.issue", Message: "no entry of the answer says that something is withheld"}
	if _, sentence := first(t, world(failed("FACTS", "ohc", f))); sentence != "OperationOutcome.issue does not meet its rule at One Health: no entry of the answer says that something is withheld." {
		t.Errorf("the first cause is %q", sentence)
	}
}

// TestWhatOthersAccountForIsNoEvidenceThatAProviderIsGone has a list of values that is read as one, which hides records of one provider, and
// one search more that lacks one of them.
func TestWhatOthersAccountForIsNoEvidenceThatAProviderIsGone(t *testing.T) {
	list := func(resource, provider string) result.Finding {
		return result.Finding{
			Rule: "list", Severity: result.SeverityError, Cause: result.ValueList, Message: "the answer to " + resource + "?status=a,b lacks " + provider + "-s-1",
			Query: "curl 'http://x.test/fhir/" + resource + "?status=a,b&patient=1'", Actual: "no results",
		}
	}
	more := list("DiagnosticReport", "RRK")
	more.Cause = result.CauseMissing
	e := causes.Explain(world(
		failed("DATE", "ohc", list("Observation", "RRK")), failed("SWEEP", "ohc", list("Encounter", "RRK")), failed("FACTS", "ohc", more),
		failed("TOTAL", "ohc", list("Flag", "RKB")), failed("OTHER", "ohc", list("Consent", "RXW")), failed("MORE", "ohc", list("Specimen", "RJC")),
	))
	for _, c := range e.Causes {
		if c.Kind == causes.Provider {
			t.Errorf("%s is said to be missing by %d findings", c.Provider, c.Findings)
		}
	}
	if e.Causes[0].Reason != result.ValueList || e.Percent() != 100 {
		t.Errorf("%+v", e.Causes)
	}
}

func TestWhatIsLeftOutByTimeOrStatusIsTheReasonOfWhatElseIsMissingOfTheType(t *testing.T) {
	for _, reason := range []result.Cause{result.HistoryCut, result.StatusFilter} {
		cut := func(ods string) result.Finding { return lost("Condition", ods, reason) }
		run := world(
			failed("FACTS", "ohc", cut("RRK"), cut("RKB"), cut("RXW")),
			failed("SWEEP", "ohc", lost("Condition", "RJC", result.CauseMissing), lost("Condition", "RRK", result.NoCause)),
			failed("DATE", "ohc", lost("Observation", "RKB", result.CauseMissing)),
		)
		e, sentence := first(t, run)
		if e.Causes[0].Reason != reason || e.Causes[0].Findings != 5 || !strings.HasPrefix(sentence, "At One Health, for Condition: ") {
			t.Errorf("%s: the first cause accounts for %d: %s", reason, e.Causes[0].Findings, sentence)
		}
	}
}

func TestPrefixesThatAreNotReadExplainEveryQuestionWithOne(t *testing.T) {
	asked := func(query string, cause result.Cause) result.Finding {
		return result.Finding{
			Rule: "search-contract", Severity: result.SeverityError, Cause: cause, Message: "the answer lacks Observation/1",
			Query: "curl 'http://x.test/fhir/Observation?" + query + "&patient=1'", Actual: "no results",
		}
	}
	run := world(
		failed("DATE", "ohc", asked("date=ge2025", result.PrefixIgnored)),
		failed("FACTS", "ohc", asked("date=ge2024&date=lt2025", result.NoCause), asked("value-quantity=gt5", result.CauseMissing), asked("date=2025", result.CauseMissing)),
		failed("DATE", "ccr", asked("date=ge2025", result.CauseMissing)),
	)
	e, _ := first(t, run)
	for _, c := range e.Causes {
		if c.Reason == result.PrefixIgnored && (c.Findings != 3 || len(c.Systems) != 1) {
			t.Errorf("it accounts for %d findings at %v, want 3 at ohc", c.Findings, c.Systems)
		}
	}
	if e.Causes[0].Reason != result.PrefixIgnored {
		t.Errorf("the first cause is %+v", e.Causes[0])
	}
}

func TestAParameterThatIsNotAppliedNarrowsNothingWhereItIsGivenTwice(t *testing.T) {
	asked := func(query string, cause result.Cause) result.Finding {
		return result.Finding{
			Rule: "search-contract", Severity: result.SeverityError, Cause: cause, Message: "the answer should not hold Encounter/1",
			Query: "curl 'http://x.test/fhir/" + query + "&patient=1'",
		}
	}
	e, _ := first(t, world(
		failed("DATE", "ohc", asked("Encounter?date=2025", result.IgnoredParameter), asked("Encounter?date=2024", result.IgnoredParameter)),
		failed("FACTS", "ohc", asked("Encounter?date=ge2025&date=lt2026", result.RepeatedParameter), asked("Encounter?date=gt2025", result.CauseExtra)),
		failed("TOTAL", "ohc", asked("Observation?date=ge2025&date=lt2026", result.RepeatedParameter)),
	))
	if e.Causes[0].Reason != result.IgnoredParameter || e.Causes[0].Findings != 4 || len(e.Causes) != 2 {
		t.Errorf("the first of %d causes accounts for %d: %+v", len(e.Causes), e.Causes[0].Findings, e.Causes[0])
	}
}

func TestATimeOfDayThatIsNotReadExplainsEveryQuestionWithOne(t *testing.T) {
	asked := func(query string, cause result.Cause) result.Finding {
		return result.Finding{
			Rule: "search-contract", Severity: result.SeverityError, Cause: cause, Message: "the answer should not hold Observation/1",
			Query: "curl 'http://x.test/fhir/Observation?" + query + "&patient=1'",
		}
	}
	e, _ := first(t, world(
		failed("DATE", "ohc", asked("date=ge2025-01-01T09:00:01Z", result.TimeIgnored)),
		failed("FACTS", "ohc", asked("date=gt2025-01-01T09:00:00%2B01:00", result.CauseExtra), asked("date=ge2025-01-01", result.CauseExtra)),
		failed("DATE", "ccr", asked("date=ge2025-01-01T09:00:01Z", result.CauseExtra)),
	))
	for _, c := range e.Causes {
		if c.Reason == result.TimeIgnored && (c.Findings != 2 || len(c.Systems) != 1) {
			t.Errorf("it accounts for %d findings at %v, want 2 at ohc", c.Findings, c.Systems)
		}
	}
	if e.Causes[0].Reason != result.TimeIgnored {
		t.Errorf("the first cause is %+v", e.Causes[0])
	}
}

func TestJSONThatIsNotFHIRsIsToldFirstAndByWhatStandsThere(t *testing.T) {
	shape := func(path string) result.Finding {
		return result.Finding{Rule: "fhir-json-type", Severity: result.SeverityError, Path: path, Cause: result.JSONShape, Message: "it must be an array", Expected: "an array", Actual: "an object"}
	}
	run := world(
		failed("FACTS", "ohc", lost("Condition", "RRK", result.CauseMissing), lost("Observation", "RRK", result.CauseMissing), lost("Encounter", "RRK", result.CauseMissing)),
		failed("TOTAL", "ohc", shape("Patient.name"), shape("Encounter.type"), shape("Observation.category")),
	)
	e, sentence := first(t, run)
	if e.Causes[0].Reason != result.JSONShape || !strings.HasSuffix(sentence, "(an object instead of an array).") {
		t.Errorf("the first cause is %q", sentence)
	}
}

// TestAStatementThatIsNotFHIRsJSONMakesNoRecordDoubtful has a system that describes itself wrongly, and filters nothing.
func TestAStatementThatIsNotFHIRsJSONMakesNoRecordDoubtful(t *testing.T) {
	shape := result.Finding{
		Rule: "fhir-json-type", Severity: result.SeverityError, Path: "CapabilityStatement.rest.resource.profile", Cause: result.JSONShape, Message: "it must be a string",
		Expected: "a string", Actual: "an object",
	}
	ignored := result.Finding{Rule: "search-contract", Severity: result.SeverityError, Cause: result.IgnoredParameter, Message: "not applied", Query: "curl 'http://x.test/fhir/Condition?code=1&patient=1'"}
	e, sentence := first(t, world(failed("TOTAL", "ohc", shape, shape, shape, shape), failed("DATE", "ohc", ignored, ignored)))
	if e.Causes[0].Reason != result.IgnoredParameter || len(e.Causes) != 2 {
		t.Errorf("the first cause is %q", sentence)
	}
}

func TestARuleIsToldWithThePlaceWhereItIsBrokenMost(t *testing.T) {
	broken := func(paths ...string) []result.Finding {
		var all []result.Finding
		for _, path := range paths {
			all = append(all, result.Finding{Rule: "fhir-required", Severity: result.SeverityError, Path: path, Message: "it must be there"})
		}
		return all
	}
	for want, paths := range map[string][]string{
		"The rule fhir-required is broken at One Health, most often in Observation.code.": {
			"Observation.code", "Observation[1].code", "Observation.category", "Observation.subject", "Observation.value", "Observation.note",
		},
		"The rule fhir-required is broken at One Health, for Observation.": {
			"Observation.code", "Observation.status", "Observation.category", "Observation.subject", "Observation.value", "Observation.note",
		},
		"The rule fhir-required is broken at One Health.": {
			"Observation.code", "Encounter.status", "Patient.name", "Condition.code", "Flag.code", "Immunization.status",
		},
	} {
		run := world(failed("FACTS", "ohc", broken(paths...)...))
		e := causes.Explain(run)
		var said []string
		for _, c := range e.Causes {
			said = append(said, causes.NewNames(run).Sentence(c))
		}
		if !slices.Contains(said, want) {
			t.Errorf("%v are told as %q, want %q among them", paths, said, want)
		}
	}
}

// TestAMechanismIsToldThoughOthersBreakTheSameRule has searches that break one rule, most of them for one reason.
func TestAMechanismIsToldThoughOthersBreakTheSameRule(t *testing.T) {
	search := func(cause result.Cause, n int) []result.Finding {
		var all []result.Finding
		for i := range n {
			all = append(all, result.Finding{
				Rule: "search-contract", Severity: result.SeverityError, Cause: cause, Message: fmt.Sprintf("the answer to Observation?date=ge2025&_count=%d is wrong", i),
				Query: "curl 'http://x.test/fhir/Observation?date=ge2025&patient=1'",
			})
		}
		return all
	}
	run := world(failed("DATE", "ohc", append(search(result.PartialDate, 6), search(result.CauseExtra, 1)...)...),
		failed("TOTAL", "ohc", append(search(result.IgnoredParameter, 1), search(result.CauseExtra, 1)...)...), failed("FACTS", "ohc", search(result.CauseMissing, 1)...))
	e := causes.Explain(run)
	if !slices.ContainsFunc(e.Causes, func(c causes.Cause) bool { return c.Reason == result.PartialDate && c.Findings == 6 }) || e.Percent() != 100 {
		t.Errorf("%d %%: %+v, want the six that read a year wrongly as one cause", e.Percent(), e.Causes)
	}
}

// TestWhatIsWrongWithMostRecordsOfAProfileIsTold has records that break a profile, most of them in the same way or each in its own.
func TestWhatIsWrongWithMostRecordsOfAProfileIsTold(t *testing.T) {
	broken := func(said ...string) result.Result {
		var findings []result.Finding
		for i, text := range said {
			findings = append(findings, result.Finding{
				Rule: "fhir-format", Severity: result.SeverityError, Path: "Observation.code.coding.display", Cause: result.ProfileDifference, Message: fmt.Sprintf("Observation/%d: %s", i, text),
			})
		}
		return failed("PROFILE", "ohc", findings...)
	}
	const meaning = "At One Health, for Observation: The resource does not conform to the profile that it claims, or claims another"
	for want, run := range map[string]result.Result{
		meaning + " (display is empty).": broken("display is empty", "display is empty", "display is empty", "status must be there"),
		meaning + ".":                    broken("display is empty", "status must be there", "code must be there"),
	} {
		if _, sentence := first(t, world(run)); sentence != want {
			t.Errorf("%q, want %q", sentence, want)
		}
	}
}

// TestAReasonIsToldWithTheElementThatItIsAbout has links and labels that are lost: where nearly all of them are of one element, that is told.
func TestAReasonIsToldWithTheElementThatItIsAbout(t *testing.T) {
	lost := func(cause result.Cause, paths ...string) result.Result {
		var findings []result.Finding
		for i, path := range paths {
			findings = append(findings, result.Finding{
				Rule: "parity-altered", Severity: result.SeverityError, Path: path, Cause: cause, Actual: "nothing", Message: fmt.Sprintf("%s of record %d is shown with nothing", path, i),
			})
		}
		return failed("FACTS", "ohc", findings...)
	}
	for name, c := range map[string]struct {
		run  result.Result
		want string
	}{
		"one element of one type":  {lost(result.LabelLost, "Observation.interpretation", "Observation.interpretation"), "At One Health, for Observation.interpretation: "},
		"one element of two types": {lost(result.ReferenceBroken, "Condition.recorder", "AllergyIntolerance.recorder"), "At One Health, for the element recorder: "},
		"two elements of one type": {lost(result.LabelLost, "Observation.interpretation", "Observation.category"), "At One Health, for Observation: "},
		"hardly anything but one":  {lost(result.LabelLost, "Observation.category", "Observation.category", "Observation.category", "Observation.category", "Observation.meta.source"), "At One Health, for Observation.category: "},
		"a reason that says which": {lost(result.StatusMapping, "Observation.status", "Observation.status"), "At One Health, for Observation: "},
	} {
		if _, sentence := first(t, world(c.run)); !strings.HasPrefix(sentence, c.want+"T") && !strings.HasPrefix(sentence, c.want+"A") {
			t.Errorf("%s: %q", name, sentence)
		}
	}
}

func TestARecordThatIsShownWithLessIsNotMissing(t *testing.T) {
	less := func(path string) result.Finding {
		return result.Finding{
			Rule: "parity-altered", Severity: result.SeverityError, Path: path, Cause: result.CauseMissing, Actual: "nothing",
			Message: path + " recorded by RRK is shown with nothing, want something",
		}
	}
	for name, c := range map[string]struct {
		results []result.Result
		want    string
	}{
		"several elements of a type": {
			[]result.Result{failed("FACTS", "ohc", less("Patient.contact.name"), less("Patient.communication.language"), less("Patient.maritalStatus"))},
			"Of Patient, communication, contact and maritalStatus are missing at One Health.",
		},
		"elements of two types from one provider": {
			[]result.Result{failed("FACTS", "ohc", less("Immunization.site")), failed("DATE", "ohc", less("MedicationStatement.dosage.site"))},
			"Immunization.site is missing at One Health.",
		},
	} {
		if _, sentence := first(t, world(c.results...)); sentence != c.want {
			t.Errorf("%s: %q", name, sentence)
		}
	}
}
