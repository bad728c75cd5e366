package snomed_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
	"concord.example/concord/profiles/terminology/snomed"
)

func TestFiltersOfValueSetsAreWorkedOut(t *testing.T) {
	source := snomed.Source{Index: imported(t)}
	for _, c := range []struct {
		filter  definition.Filter
		in, out int
	}{
		{definition.Filter{Property: "constraint", Op: "=", Value: "descendantOf 900010 MINUS 900040"}, dog, cat},
		{definition.Filter{Property: "concept", Op: "is-a", Value: "900010"}, animal, legs},
		{definition.Filter{Property: "concept", Op: "descendent-of", Value: "900010"}, dog, animal},
		{definition.Filter{Property: "concept", Op: "in", Value: "^900080"}, cat, dog},
		{definition.Filter{Property: "concept", Op: "in", Value: "900080"}, cat, dog},
	} {
		check, err := source.Filter([]definition.Filter{c.filter})
		if err != nil {
			t.Errorf("%v: %v", c.filter, err)
			continue
		}
		if check(fmt.Sprint(c.in)) != terminology.In || check(fmt.Sprint(c.out)) != terminology.Out {
			t.Errorf("%v is worked out wrongly", c.filter)
		}
	}
	if _, err := source.Filter([]definition.Filter{{Property: "moduleId", Op: "=", Value: "1"}}); err == nil {
		t.Error("a filter that is not known was worked out")
	}
	for canonical, in := range map[string]int{
		"http://snomed.info/sct?fhir_vs=isa/900010": dog, "http://snomed.info/sct?fhir_vs=refset/900080": cat,
		"http://snomed.info/sct?fhir_vs=ecl/%3C900010": hound, "http://snomed.info/sct?fhir_vs": legs,
	} {
		check, err := source.Implicit(canonical)
		if err != nil || check == nil || check(fmt.Sprint(in)) != terminology.In {
			t.Errorf("%s: %v", canonical, err)
		}
	}
}

func TestAResourceIsJudgedWithAnImportedRelease(t *testing.T) {
	base, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	registry := base.WithTerminology(snomed.Source{Index: imported(t)})
	for _, c := range []struct{ name, coding, want string }{
		{"a term", fmt.Sprintf(`"code":"%d","display":"cur"`, dog), ""},
		{"no term", fmt.Sprintf(`"code":"%d","display":"Cat"`, dog), "warning fhir-display"},
		{"inactive", fmt.Sprintf(`"code":"%d","display":"Dodo (animal)"`, gone), "warning fhir-retired"},
		{"none", `"code":"73211009"`, "error fhir-code"},
		{"of an extension that need not be there", `"code":"999000011000000103"`, "error fhir-code"},
		{"of another country's extension", `"code":"21000210109"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, err := registry.Validate(context.Background(), []byte(
				`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://snomed.info/sct",`+c.coding+`}]}}`), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, f := range findings {
				if strings.HasPrefix(f.Path, "Observation.code.coding") {
					got = string(f.Severity) + " " + f.Rule
				}
				if f.Rule == profiles.RuleRetired && !strings.Contains(f.Message, fmt.Sprintf("replaced by %d", cat)) {
					t.Errorf("the message does not say what replaces the code: %s", f.Message)
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q: %+v", got, c.want, findings)
			}
		})
	}
}

func TestAValueSetSaysWhatItWasCheckedBy(t *testing.T) {
	base, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	registry := base.WithTerminology(snomed.Source{Index: imported(t)})
	const allergy = `{"resourceType":"AllergyIntolerance","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance"]},
	 "patient":{"display":"x"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"900020"}]}}`
	if _, err := registry.Validate(context.Background(), []byte(allergy), profiles.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, set := range registry.CheckedSets() {
		if strings.HasSuffix(set.URL, "UKCore-AllergyCode") {
			if len(set.By) != 1 || !strings.HasPrefix(set.By[0], "import of http://snomed.info/sct/") {
				t.Errorf("got %+v, want the import", set)
			}
			return
		}
	}
	t.Errorf("the value set is not among %+v", registry.CheckedSets())
}
