package script_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/scenario/script"
)

// stage is both mocks as a check sees them.
func stage(t *testing.T) func() *check.Env {
	t.Helper()
	words := vocabulary(t)
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: words.Ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return env(t, time.Now, exchange.Target{Name: "ccr", BaseURL: pair.CCR.BaseURL, ConnectTo: pair.CCR.Address},
		exchange.Target{Name: "ohc", BaseURL: pair.OHC.BaseURL, ConnectTo: pair.OHC.Address})
}

func env(t *testing.T, clock func() time.Time, system, peer exchange.Target) func() *check.Env {
	t.Helper()
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	client, err := exchange.NewClient([]exchange.Target{system, peer}, exchange.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	judge := suites.NewUKCore(registry, vocabulary(t).Ledger, nil)
	return func() *check.Env {
		return &check.Env{
			System: check.NewEndpoint(client, system.Name, system.Name), Peer: check.NewEndpoint(client, peer.Name, peer.Name),
			Ledger: vocabulary(t).Ledger, Judge: judge,
		}
	}
}

func parsed(t *testing.T, text string) check.Check {
	t.Helper()
	made, err := script.Parse("x.yaml", []byte(text), vocabulary(t))
	if err != nil {
		t.Fatal(err)
	}
	return made.Check()
}

// Each then step passes when it is so and fails when it is not: one of the two alone would prove nothing.
func TestEachThenStepCanPassAndFail(t *testing.T) {
	scene := stage(t)
	opening := func(story, more string) string {
		return "id: MY-TEST\ntitle: t\nstory: " + story + "\nrequirement: [{id: A, source: b}]\nhazard: h\nfix: f\n" + more + "steps:\n"
	}
	results := opening("P02", "") + "  - when: w\n    ask: [Observation, DiagnosticReport]\n"
	letters := opening("P03", "") + "  - when: w\n    ask: DocumentReference\n"
	other := opening("P03", "") + "  - when: w\n    ask: DocumentReference\n    where: {status: superseded}\n"
	people := opening("P34", "scope: pair\n") + "  - when: w\n    ask: Patient\n    from: both\n"
	hidden := opening("P16", "") + "  - when: w\n    ask: Condition\n"
	for name, c := range map[string]struct{ good, bad, rule string }{
		"see":             {results + "  - then: t\n    see: potassium-corrected", results + "  - then: t\n    see: potassium", "parity-altered"},
		"see nothing":     {letters + "  - then: t\n    see: pdf", other + "  - then: t\n    see: pdf", "parity-missing"},
		"only":            {results + "  - then: t\n    only: everything", results + "  - then: t\n    only: potassium-corrected", "parity-extra"},
		"not-see":         {hidden + "  - then: t\n    not-see: fertility-treatment-ccr", results + "  - then: t\n    not-see: ue", "must-not-be-shown"},
		"count":           {letters + "  - then: t\n    count: {of: DocumentReference, is: 1}", letters + "  - then: t\n    count: {of: DocumentReference, is: 2}", "count"},
		"count at least":  {results + "  - then: t\n    count: {of: Observation, at-least: 5}", letters + "  - then: t\n    count: {of: DocumentReference, at-least: 2}", "count"},
		"count at most":   {results + "  - then: t\n    count: {of: Observation, at-most: 99}", results + "  - then: t\n    count: {of: Observation, at-most: 2}", "count"},
		"count where":     {results + "  - then: t\n    count: {of: {type: Observation, where: status = 'corrected'}, is: 1}", results + "  - then: t\n    count: {of: {type: Observation, where: status = 'corrected'}, is: 2}", "count"},
		"value is":        {results + "  - then: t\n    value: {of: potassium-corrected, path: value.value, is: '4.4'}", results + "  - then: t\n    value: {of: potassium-corrected, path: value.value, is: '4.5'}", "value"},
		"value in":        {results + "  - then: t\n    value: {of: Observation, path: status, in: [final, corrected]}", results + "  - then: t\n    value: {of: Observation, path: status, in: [final]}", "value"},
		"value not":       {results + "  - then: t\n    value: {of: Observation, path: status, not: [amended]}", results + "  - then: t\n    value: {of: Observation, path: status, not: [corrected]}", "value"},
		"value has":       {results + "  - then: t\n    value: {of: ue, path: meta.tag.code, has: '${this.source}'}", results + "  - then: t\n    value: {of: ue, path: meta.tag.code, has: '${fact.hba1c-ccr.source}'}", "value"},
		"value exists":    {results + "  - then: t\n    value: {of: ue, path: status, exists: true}", results + "  - then: t\n    value: {of: ue, path: bodySite, exists: true}", "value"},
		"value is absent": {results + "  - then: t\n    value: {of: Observation, path: bodySite, exists: false}", results + "  - then: t\n    value: {of: Observation, path: status, exists: false}", "value"},
		"value of none":   {results + "  - then: t\n    value: {of: Observation, path: status, exists: true}", other + "  - then: t\n    value: {of: DocumentReference, path: status, exists: true}", "not-shown"},
		"value not shown": {letters + "  - then: t\n    value: {of: pdf, path: status, is: current}", other + "  - then: t\n    value: {of: pdf, path: status, is: current}", "parity-missing"},
		"absent":          {letters + "  - then: t\n    absent: Fertility treatment", letters + "  - then: t\n    absent: discharge SUMMARY", "must-be-nowhere"},
		"absent document": {letters + "  - then: t\n    absent: Penicillin", letters + "  - then: t\n    absent: Clarithromycin stopped", "must-be-nowhere"},
		"outcome":         {hidden + "  - then: t\n    outcome: {code: suppressed}", letters + "  - then: t\n    outcome: {code: suppressed}", "outcome"},
		"outcome naming":  {hidden + "  - then: t\n    outcome: {code: suppressed, naming: confidentiality}", hidden + "  - then: t\n    outcome: {code: suppressed, naming: RXW}", "outcome"},
		"no outcome":      {letters + "  - then: t\n    outcome: {code: suppressed, none: true}", hidden + "  - then: t\n    outcome: {code: suppressed, none: true}", "outcome"},
		"attachment":      {letters + "  - then: t\n    attachment: pdf", other + "  - then: t\n    attachment: pdf", "parity-missing"},
		"same":            {people + "  - then: t\n    same: {of: Patient, path: birthDate}", people + "  - then: t\n    same: {of: Patient, path: meta.source}", "same"},
		"within":          {results + "  - then: t\n    within: 1h", results + "  - then: t\n    within: 1ns", "within"},
	} {
		t.Run(name, func(t *testing.T) {
			if findings, err := parsed(t, c.good).Run(t.Context(), scene()); err != nil || len(findings) > 0 {
				t.Errorf("what is so fails: %+v, %v", findings, err)
			}
			findings, err := parsed(t, c.bad).Run(t.Context(), scene())
			if err != nil || !slices.ContainsFunc(findings, func(f result.Finding) bool {
				return f.Rule == c.rule && f.Message != "" && len(f.Exchanges) > 0 && f.Severity == result.SeverityError
			}) {
				t.Errorf("what is not so gives %+v, %v; want %s", findings, err, c.rule)
			}
		})
	}
}

func TestTheSentencesAreToldAndAWeakerStepOnlyWarns(t *testing.T) {
	asked := stage(t)()
	findings, err := parsed(t, head+asked2+"  - and: it is fast\n    level: should\n    within: 1ns\n").Run(t.Context(), asked)
	if err != nil || len(findings) != 1 || findings[0].Severity != result.SeverityWarning {
		t.Errorf("%+v, %v", findings, err)
	}
	var told []string
	for _, step := range asked.Steps() {
		told = append(told, step.Text)
	}
	if got := strings.Join(told, "; "); got != "When asked; Then it is there; And it is fast" {
		t.Error(got)
	}
}

const asked2 = asked + "  - then: it is there\n    see: potassium-corrected\n"

func TestSomebodyWhomTheEndpointDoesNotHoldLeavesTheQuestionOpenAndSaysWhatToLoad(t *testing.T) {
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle","type":"searchset","total":0}`))
	}))
	t.Cleanup(empty.Close)
	scene := env(t, time.Now, exchange.Target{Name: "ohc", BaseURL: empty.URL}, exchange.Target{Name: "ccr", BaseURL: empty.URL})
	_, err := parsed(t, head+asked2).Run(t.Context(), scene())
	var open *check.Inconclusive
	if !errors.As(err, &open) || open.Reason != result.NoData {
		t.Fatalf("got %v, want no data", err)
	}
	for _, want := range []string{"9990000441", "P02", "concord fixtures export --system ohc", "s-P02"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	// Where a part was loaded by Concord, so is the rest.
	partly := scene()
	partly.System.Partly, partly.Peer.Partly = true, true
	if _, err = parsed(t, head+asked2).Run(t.Context(), partly); err == nil || !strings.Contains(err.Error(), "concord fixtures load --system ohc") || strings.Contains(err.Error(), "fixtures export") {
		t.Errorf("a part was loaded: %v", err)
	}
}

func TestARoleThatIsNotConfiguredLeavesTheQuestionOpen(t *testing.T) {
	_, err := parsed(t, head+"  - when: asked\n    ask: Observation\n    as: matron\n  - then: t\n    see: potassium-corrected\n").Run(t.Context(), stage(t)())
	var open *check.Inconclusive
	if !errors.As(err, &open) || open.Reason != result.NotConfigured || !strings.Contains(err.Error(), "matron") {
		t.Errorf("got %v", err)
	}
}

func TestAClockThatStandsStillTimesNothing(t *testing.T) {
	words := vocabulary(t)
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: words.Ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	frozen := func() time.Time { return words.Ledger.Now() }
	scene := env(t, frozen, exchange.Target{Name: "ccr", BaseURL: pair.CCR.BaseURL, ConnectTo: pair.CCR.Address}, exchange.Target{Name: "ohc", BaseURL: "http://ohc.test"})
	_, err = parsed(t, head+asked+"  - then: it is fast\n    within: 1h\n").Run(t.Context(), scene())
	var open *check.Inconclusive
	if !errors.As(err, &open) || open.Reason != result.NoData || !strings.Contains(err.Error(), "stands still") {
		t.Errorf("got %v", err)
	}
}
