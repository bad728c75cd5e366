package profiles_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
)

const measureOfTwo = `{"resourceType":"Measure","url":"https://example.org/Measure/m","status":"active",
 "scoring":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-scoring","code":"SCORING"}]},
 "group":[
  {"code":{"coding":[{"system":"https://example.org/cs","code":"a"}]},
   "population":[{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"initial-population"}]},
     "criteria":{"language":"text/cql","expression":"x"}}],
   "stratifier":[{"code":{"text":"age"},"criteria":{"language":"text/cql","expression":"x"}}]},
  {"code":{"text":"second"}}]}`

// measureReport is a report on measureOfTwo with these groups; with replaces parts of it, each by the one after it.
func measureReport(with []string, groups ...string) string {
	return strings.NewReplacer(with...).Replace(`{"resourceType":"MeasureReport","status":"complete","type":"summary",` +
		`"measure":"https://example.org/Measure/m","period":{"start":"2020"},"group":[` + strings.Join(groups, ",") + `]}`)
}

// The parts of a report that is as measureOfTwo wants it.
const (
	reportedCode       = `"code":{"coding":[{"system":"https://example.org/cs","code":"a"}]}`
	reportedPopulation = `{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"initial-population"}]},"count":1}`
	reportedStratifier = `{"code":[{"text":"age"}]}`
	reportedFirst      = "{" + reportedCode + `,"population":[` + reportedPopulation + `],"stratifier":[` + reportedStratifier + `]}`
	reportedSecond     = `{"code":{"text":"second"}}`
)

func TestAMeasureReportIsHeldAgainstItsMeasure(t *testing.T) {
	r := with(t, strings.Replace(measureOfTwo, "SCORING", "cohort", 1))
	const (
		report, first, second = "fhir-measure MeasureReport", "fhir-measure MeasureReport.group[0]", "fhir-measure MeasureReport.group[1]"
	)
	twice := func(one string) string { return one + "," + one }
	for name, c := range map[string]struct {
		with []string
		want []string
	}{
		"as defined":           {nil, nil},
		"no such group":        {[]string{`"second"`, `"third"`}, []string{second + ".code"}},
		"the group twice":      {[]string{`{"code":{"text":"second"}}`, `{"code":{"text":"second"}},{"code":{"text":"second"}}`}, []string{"fhir-measure MeasureReport.group[2]"}},
		"no second group":      {[]string{"," + reportedSecond, ""}, []string{report}},
		"a group without code": {[]string{`"code":{"text":"second"}`, `"population":[` + reportedPopulation + `]`}, []string{second}},
		"a code without its system": {
			[]string{`"system":"https://example.org/cs",`, ""}, []string{first + ".code"},
		},
		"no such population":       {[]string{"initial-population", "numerator"}, []string{first + ".population[0].code"}},
		"no population":            {[]string{`"population":[` + reportedPopulation + `],`, ""}, []string{first}},
		"the population twice":     {[]string{reportedPopulation, twice(reportedPopulation)}, []string{first + ".population[1]"}},
		"a population of no code":  {[]string{reportedPopulation, `{"count":1}`}, []string{first + ".population[0]"}},
		"another stratifier":       {[]string{`"age"`, `"sex"`}, []string{first + ".stratifier[0].code"}},
		"a stratifier of no code":  {[]string{reportedStratifier, twice(reportedStratifier[:1] + `"stratum":[{"value":{"text":"x"}}]}`)}, []string{first}},
		"no stratifier":            {[]string{`,"stratifier":[` + reportedStratifier + `]`, ""}, []string{first}},
		"the stratifier twice":     {[]string{reportedStratifier, twice(reportedStratifier)}, []string{first + ".stratifier[1]"}},
		"of one subject":           {[]string{`"summary"`, `"individual"`, `,"stratifier":[` + reportedStratifier + `]`, ""}, []string{first}},
		"a score for a cohort":     {[]string{`"stratifier"`, `"measureScore":{"value":1},"stratifier"`}, []string{first + ".measureScore"}},
		"not yet complete":         {[]string{`"complete"`, `"pending"`, "," + reportedSecond, "", `"population":[` + reportedPopulation + `],`, ""}, nil},
		"a summary with subjects":  {[]string{`"count":1`, `"count":1,"subjectResults":{"reference":"List/1"}`}, []string{first + ".population[0].subjectResults"}},
		"a list of subjects":       {[]string{`"summary"`, `"subject-list"`, `"count":1`, `"count":1,"subjectResults":{"reference":"List/1"}`}, nil},
		"a list as it is counted":  {subjects("1", `{"item":{"reference":"Patient/1"}},{"deleted":true,"item":{"reference":"Patient/2"}}`), nil},
		"a list of more than that": {subjects("1", `{"item":{"reference":"Patient/1"}},{"item":{"reference":"Patient/2"}}`), []string{first + ".population[0].subjectResults"}},
	} {
		t.Run(name, func(t *testing.T) {
			findings, err := r.Validate(context.Background(), []byte(measureReport(c.with, reportedFirst, reportedSecond)), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := errorsOf(findings); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// subjects makes a report one that lists its subjects in a list that it contains.
func subjects(count, entries string) []string {
	return []string{
		`"summary"`, `"subject-list","contained":[{"resourceType":"List","id":"l","status":"current","mode":"changes","entry":[` + entries + `]}]`,
		`"count":1`, `"count":` + count + `,"subjectResults":{"reference":"#l"}`,
	}
}

func TestTheScoreOfAProportionIsAPartOfAWhole(t *testing.T) {
	r := with(t, strings.Replace(measureOfTwo, "SCORING", "proportion", 1))
	for score, want := range map[string]string{
		`{"value":0}`: "", `{"value":1.00}`: "", `{"value":0.25}`: "", `{"value":25,"unit":"%"}`: "",
		`{"value":100,"system":"http://unitsofmeasure.org","code":"%"}`: "", `{"value":1,"code":"1","system":"http://unitsofmeasure.org"}`: "",
		`{"value":1.01}`: ".measureScore", `{"value":-0.1}`: ".measureScore", `{"value":25}`: ".measureScore", `{"value":101,"unit":"%"}`: ".measureScore",
		`{"value":0.5,"unit":"days"}`: ".measureScore", `{"unit":"%"}`: ".measureScore",
	} {
		with := []string{`"stratifier"`, `"measureScore":` + score + `,"stratifier"`}
		findings, err := r.Validate(context.Background(), []byte(measureReport(with, reportedFirst, reportedSecond)), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var expected []string
		if want != "" {
			expected = []string{"fhir-measure MeasureReport.group[0]" + want}
		}
		if got := errorsOf(findings); !slices.Equal(got, expected) {
			t.Errorf("%s: got %q, want %q", score, got, expected)
		}
	}
}

func TestAMeasureOfOneGroupNeedNotNameIt(t *testing.T) {
	r := with(t, `{"resourceType":"Measure","url":"https://example.org/Measure/m","status":"active","group":[`+
		`{"population":[{"code":{"text":"all"},"criteria":{"language":"text/cql","expression":"x"}}]}]}`)
	const one = `{"population":[{"code":{"text":"all"},"count":1}]}`
	for name, c := range map[string]struct {
		groups []string
		want   []string
	}{
		"one": {[]string{one}, nil}, "two": {[]string{one, one}, []string{"fhir-measure MeasureReport.group[1]"}},
		"one with a code of its own": {[]string{`{"code":{"text":"g"},` + one[1:]}, nil},
	} {
		findings, err := r.Validate(context.Background(), []byte(measureReport(nil, c.groups...)), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := errorsOf(findings); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAMeasureThatIsNotLoadedIsSaidToBe(t *testing.T) {
	findings, err := registry(t).Validate(context.Background(), []byte(`{"resourceType":"MeasureReport","status":"complete","type":"summary",`+
		`"measure":"https://example.org/Measure/none","period":{"start":"2020"}}`), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Rule == profiles.RuleNotCheckable && f.Actual == "https://example.org/Measure/none" {
			return
		}
	}
	t.Errorf("got %+v, want a word on the measure", findings)
}

func TestTheCodesOfAConceptMapAreInItsSystems(t *testing.T) {
	const m = `{"resourceType":"ConceptMap","status":"active","group":[{"source":"http://hl7.org/fhir/administrative-gender",
 "target":"http://hl7.org/fhir/observation-status","element":[
  {"code":"female","target":[{"code":"final","equivalence":"equivalent"}]},
  {"code":"woman","target":[{"code":"labs","equivalence":"equivalent"}]},
  {"target":[{"equivalence":"unmatched","comment":"x"}]}]},
 {"source":"https://example.org/not-loaded","target":"http://hl7.org/fhir/administrative-gender","targetVersion":"5.0.0",
  "element":[{"code":"anything","target":[{"code":"woman","equivalence":"equivalent"}]}]}]}`
	findings, err := registry(t).Validate(context.Background(), []byte(m), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		if f.Rule == profiles.RuleConceptMap {
			got = append(got, string(f.Severity)+" "+f.Path)
		}
	}
	want := []string{
		"error ConceptMap.group[0].element[1].code", "error ConceptMap.group[0].element[1].target[0].code",
		"warning ConceptMap.group[1].element[0].target[0].code",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheCodesOfAConceptMapAreInItsValueSets(t *testing.T) {
	const m = `{"resourceType":"ConceptMap","status":"active","sourceUri":"http://hl7.org/fhir/ValueSet/administrative-gender",
 "targetCanonical":"http://hl7.org/fhir/ValueSet/observation-status","group":[
 {"source":"http://hl7.org/fhir/administrative-gender","target":"http://hl7.org/fhir/observation-status",
  "element":[{"code":"male","target":[{"code":"final","equivalence":"equivalent"}]}]},
 {"source":"http://hl7.org/fhir/observation-status","target":"http://hl7.org/fhir/administrative-gender",
  "element":[{"code":"final","target":[{"code":"male","equivalence":"equivalent"}]}]}]}`
	findings, err := registry(t).Validate(context.Background(), []byte(m), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		if f.Rule == profiles.RuleConceptMap {
			got = append(got, string(f.Severity)+" "+f.Path)
		}
	}
	want := []string{"error ConceptMap.group[1].element[0].code", "warning ConceptMap.group[1].element[0].target[0].code"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
