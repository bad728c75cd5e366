package reports

import (
	"slices"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// TestWhatWasNotAnsweredIsToldBeforeWhatOnlyWarns has a system refuse what two results rest on, beside a warning and beside a failure.
func TestWhatWasNotAnsweredIsToldBeforeWhatOnlyWarns(t *testing.T) {
	open := func(check string, level result.Level, reason result.Reason) result.Result {
		return result.Result{Check: check, Suite: "parity", Level: level, Scope: result.Scope{System: "ccr"}, Status: result.NotRun, Reason: reason, Message: check + " was refused"}
	}
	found := func(status result.Status, severity result.Severity) result.Result {
		return result.Result{
			Check: "PAR-MIRROR-001", Suite: "parity", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: status, Reason: result.Broken,
			Findings: []result.Finding{{Rule: "id-not-mirrored", Severity: severity, Path: "X-Correlation-ID", Cause: result.CauseMissing, Message: "no such header", Actual: "no such header"}},
		}
	}
	warned, failed := found(result.Warning, result.SeverityWarning), found(result.Fail, result.SeverityError)
	refused := []result.Result{open("PAR-FACTS-ALLERGY", result.Must, result.NotAllowed), open("PAR-FACTS-CONDITION", result.Must, result.NotAllowed)}
	const told = "2 results rest on what was not answered. The first: PAR-FACTS-ALLERGY was refused"
	for name, c := range map[string]struct {
		results []result.Result
		told    bool
	}{
		"beside a warning":     {append([]result.Result{warned}, refused...), true},
		"alone":                {refused, true},
		"beside a failure":     {append([]result.Result{failed}, refused...), false},
		"what need not be":     {[]result.Result{warned, open("PAR-FACTS-ALLERGY", result.Should, result.NotAllowed), open("PAR-FACTS-CONDITION", result.Should, result.NotAllowed)}, false},
		"what was not there":   {[]result.Result{warned, open("PAR-FACTS-ALLERGY", result.Must, result.NoData), open("PAR-FACTS-CONDITION", result.Must, result.NoData)}, false},
		"nothing but warnings": {[]result.Result{warned}, false},
	} {
		run := result.Run{Systems: []result.System{{Name: "ccr", Title: "Care Record"}}, Results: c.results}
		o := overview{run: run, causes: causes.Explain(run), names: causes.NewNames(run)}
		if got := o.foremost(); (got == told) != c.told {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestWhatLeftAVerdictOpenIsToldBeforeWhatOnlyWarns has one result want a person, beside a warning, beside a failure and alone: a warning is not why
// a verdict is partial.
func TestWhatLeftAVerdictOpenIsToldBeforeWhatOnlyWarns(t *testing.T) {
	open := func(level result.Level) result.Result {
		return result.Result{
			Check: "PAR-DRIFT-001", Suite: "parity", Level: level, Scope: result.Scope{System: "ccr"}, Status: result.NotRun, Reason: result.NeedsWitness,
			Message: "somebody must delete Observation/1 in ccr",
		}
	}
	found := func(status result.Status, severity result.Severity) result.Result {
		return result.Result{
			Check: "CAP-STATEMENT-003", Suite: "capability", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: status, Reason: result.Broken,
			Findings: []result.Finding{{Rule: "statement-url", Severity: severity, Path: "CapabilityStatement.implementation.url", Message: "another address"}},
		}
	}
	warned, failed := found(result.Warning, result.SeverityWarning), found(result.Fail, result.SeverityError)
	const told = "Not demonstrated: PAR-DRIFT-001, somebody must delete Observation/1 in ccr"
	for name, c := range map[string]struct {
		results []result.Result
		told    bool
	}{
		"beside a warning": {[]result.Result{warned, open(result.Must)}, true},
		"beside a failure": {[]result.Result{failed, open(result.Must)}, false},
		"what need not be": {[]result.Result{warned, open(result.Should)}, false},
	} {
		run := result.Run{Systems: []result.System{{Name: "ccr", Title: "Care Record"}}, Results: c.results}
		o := overview{run: run, causes: causes.Explain(run), names: causes.NewNames(run)}
		if got := o.foremost(); (got == told) != c.told {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestWhatWasNotAnsweredIsSaidToBeOfOneTypeOrPerson has requests that failed: where nearly all of them are about one type, or one person, that is said.
func TestWhatWasNotAnsweredIsSaidToBeOfOneTypeOrPerson(t *testing.T) {
	const base = "http://127.0.0.1:1/fhir/"
	for name, c := range map[string]struct {
		asked []string
		want  string
	}{
		"one type":                       {[]string{"Condition?patient=1", "Condition?patient=2", "Condition/_search"}, "All of them asked for Condition records. "},
		"one person":                     {[]string{"Condition?patient=1", "Flag?subject=Patient/1", "Patient/1/_history"}, "All of them asked about one person, Patient/1. "},
		"one person's records of a type": {[]string{"Flag?patient=1", "Flag?patient=1", "Flag?patient=1"}, "All of them asked about one person, Patient/1. "},
		"nearly all":                     {append(slices.Repeat([]string{"Flag"}, 18), "Task", "Flag"), "19 of them asked for Flag records. "},
		"several":                        {[]string{"Condition?patient=1", "Flag?patient=2", "Condition?patient=3", "Condition?patient=4"}, ""},
		"two":                            {[]string{"Condition?patient=1", "Condition?patient=2"}, ""},
		"no request":                     {[]string{"", "", ""}, ""},
	} {
		var open []result.Result
		for _, asked := range c.asked {
			message := "nobody answers"
			if asked != "" {
				message = "ccr answered " + base + asked + " with status 503, which says that it cannot answer now"
			}
			open = append(open, result.Result{Message: message})
		}
		if got := inCommon(open); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
