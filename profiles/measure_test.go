package profiles_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
)

const measureOfTwo = `{"resourceType":"Measure","url":"https://example.org/Measure/m","status":"active",
 "scoring":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-scoring","code":"cohort"}]},
 "group":[
  {"code":{"coding":[{"system":"https://example.org/cs","code":"a"}]},
   "population":[{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"initial-population"}]},
     "criteria":{"language":"text/cql","expression":"x"}}],
   "stratifier":[{"code":{"text":"age"},"criteria":{"language":"text/cql","expression":"x"}}]},
  {"code":{"text":"second"}}]}`

func TestAMeasureReportIsHeldAgainstItsMeasure(t *testing.T) {
	r := with(t, measureOfTwo)
	report := func(group string) string {
		return `{"resourceType":"MeasureReport","status":"complete","type":"summary","measure":"https://example.org/Measure/m",` +
			`"period":{"start":"2020"},"group":[` + group + `]}`
	}
	const (
		population = `"population":[{"code":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/measure-population","code":"CODE"}]},"count":1}]`
		coded      = `"code":{"coding":[{"system":"https://example.org/cs","code":"a"}]}`
		stratifier = `"stratifier":[{"code":[{"text":"AGE"}]}]`
	)
	good := coded + "," + strings.Replace(population, "CODE", "initial-population", 1) + "," + strings.Replace(stratifier, "AGE", "age", 1)
	for name, c := range map[string]struct {
		group string
		want  []string
	}{
		"as defined":           {"{" + good + "}", nil},
		"by text":              {`{"code":{"text":"second"}}`, nil},
		"no such group":        {`{"code":{"text":"third"}}`, []string{"fhir-measure MeasureReport.group[0].code"}},
		"no such population":   {"{" + strings.Replace(good, "initial-population", "numerator", 1) + "}", []string{"fhir-measure MeasureReport.group[0].population[0].code"}},
		"a score for a cohort": {"{" + good + `,"measureScore":{"value":1}}`, []string{"fhir-measure MeasureReport.group[0].measureScore"}},
		"another stratifier": {
			"{" + strings.Replace(good, `"age"`, `"sex"`, 1) + "}",
			[]string{"fhir-measure MeasureReport.group[0]", "fhir-measure MeasureReport.group[0].stratifier[0].code"},
		},
		"no stratifier": {"{" + coded + "}", []string{"fhir-measure MeasureReport.group[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			findings, err := r.Validate(context.Background(), []byte(report(c.group)), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := errorsOf(findings); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
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
