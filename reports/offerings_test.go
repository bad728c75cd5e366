package reports_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// offeringRun is a run with one row of each kind that there can be.
func offeringRun() result.Run {
	run := smallRun()
	yes, no := true, false
	run.Capabilities = []result.Capability{
		{System: "ccr", Kind: "format", Name: "=json", Declared: true, Observed: result.CapabilityWorks},
		{System: "ccr", Resource: "Observation", Kind: "parameter", Name: "code", Declared: true, Observed: result.CapabilityIgnored},
		{System: "ccr", Resource: "Patient", Kind: "interaction", Name: "vread", Declared: false, Observed: result.CapabilityWorks},
		{System: "ccr", Resource: "Patient", Kind: "interaction", Name: "read", Declared: true, Observed: result.CapabilityRefused},
		{System: "ohc", Resource: "Patient", Kind: "interaction", Name: "read", Declared: true, Observed: result.CapabilityWorks},
	}
	must := func(system, parameter string, declared *bool, asked, wrong int, unasked string) result.Parameter {
		return result.Parameter{
			System: system, Resource: "Observation", Parameter: parameter, Level: result.Must, Requirements: []string{"CC-" + parameter},
			Asked: asked, Wrong: wrong, Unasked: unasked, Declared: declared,
		}
	}
	run.Parameters = result.AddParameters([]result.Parameter{
		must("ccr", "code", &yes, 4, 1, ""), must("ccr", "date", &no, 3, 0, ""), must("ccr", "category+date", &yes, 5, 0, ""),
		must("ccr", "status", nil, 0, 0, "no record holds it"), must("ccr", "encounter", &no, 0, 0, "the system does not declare it"),
	})
	return run
}

func TestOneTableHoldsWhatIsAskedForDeclaredAndObserved(t *testing.T) {
	var b strings.Builder
	if err := reports.Offerings(&b, offeringRun()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, strings.Join(row, ";"))
	}
	want := []string{
		"system;resource;kind;name;contract;requirements;declared;observed;searches;wrong",
		"ccr;;format;'=json;not asked for;;yes;works;;",
		"ccr;Observation;parameter;category+date;SHALL;CC-category+date;yes;works in 5 searches;5;0",
		"ccr;Observation;parameter;code;SHALL;CC-code;yes;ignored, 1 of 4 searches wrong;4;1",
		"ccr;Observation;parameter;date;SHALL;CC-date;no;works in 3 searches;3;0",
		"ccr;Observation;parameter;encounter;SHALL;CC-encounter;no;not asked: the system does not declare it;0;0",
		"ccr;Observation;parameter;status;SHALL;CC-status;not known;not asked: no record holds it;0;0",
		"ccr;Patient;interaction;read;not asked for;;yes;refused;;",
		"ohc;Patient;interaction;read;not asked for;;yes;works;;",
		"ccr;Patient;interaction;vread;not asked for;;no;works;;",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the table is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTheTableIsSummedUpInEveryReport(t *testing.T) {
	run := offeringRun()
	want := "declares 4 things that can be asked for, of which 2 do not work; of 5 search parameters of the contract it does not declare 2; 2 things work undeclared."
	files := written(t, run, reports.Options{})
	for name, text := range map[string]string{"terminal": screen(t, run, false), "summary": string(files[reports.SummaryFile]), "page": string(files[reports.HTMLFile])} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	html := string(files[reports.HTMLFile])
	differ, agree, found := strings.Cut(html, `<table class="parameters">
<caption id="offered-agree">`)
	if !found || !strings.Contains(differ, "interaction read") || !strings.Contains(differ, "parameter code") || strings.Contains(differ, "category+date</td><td>SHALL</td><td>CC-category") ||
		!strings.Contains(agree, "category&#43;date") {
		t.Errorf("what differs is not told from what agrees")
	}
	older := smallRun()
	if text := screen(t, older, false); strings.Contains(text, "that can be asked for") {
		t.Error("a run that does not know what is declared says something about it")
	}
}
