package profiles_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
)

// The examples of UK Core that do break the rules for England, and where. All of it is real.
func ukRulesBrokenByExamples() map[string][]string {
	return map[string][]string{
		// A Read code and the SNOMED CT code that it was mapped to, without a word on which was chosen.
		"Extension-UKCore-CodingSCT-MoleOfSkin-Example.json": {"UK-USERSELECTED Condition.code.coding"},
		// Numbers that were made up without regard to their form.
		"Extension-UKCore-SampleCategory-PheobeSmitham-Example.json": {"UK-SDS-USER Specimen.collection.collector.identifier.value"},
		"UKCore-Immunization-Sn-Performer-Example.json":              {"UK-NMC-NUMBER Immunization.performer[0].actor.identifier.value"},
		"UKCore-Practitioner-ConsultantSandraGose-Example.json":      {"UK-GMC-NUMBER Practitioner.identifier[0].value"},
		"UKCore-Practitioner-DoctorPaulRastall-Example.json":         {"UK-GMP-NUMBER Practitioner.identifier[0].value"},
		"UKCore-Practitioner-PharmacistJimmyChuck-Example.json":      {"UK-SDS-USER Practitioner.identifier[1].value"},
		// A slash after the system of dm+d.
		"UKCore-Medication-Sn-Amoxicillin-Example.json": {"UK-DMD-SYSTEM Medication.code.coding[0].system"},
		// Units in words only.
		"UKCore-Observation-Lab-RedCellCount-Example.json":   {"UK-UNIT-CODED Observation.value.ofType(Quantity)"},
		"UKCore-Observation-Lab-WhiteCellCount-Example.json": {"UK-UNIT-CODED Observation.value.ofType(Quantity)"},
		// 9912003890 has check digit 6.
		"UKCore-Patient-BabyPatient-Example.json": {"UK-NHSNUMBER-CHECKDIGIT Patient.identifier[0].value"},
		// Times at +07:00, which no place in England has.
		"UKCore-Schedule-Immunization-Example.json":             {"UK-TIME-OFFSET Schedule.planningHorizon.start", "UK-TIME-OFFSET Schedule.planningHorizon.end"},
		"UKCore-ServiceRequest-ColonoscopyRequest-Example.json": {"UK-TIME-OFFSET ServiceRequest.occurrence.ofType(Period).start", "UK-TIME-OFFSET ServiceRequest.authoredOn"},
		"UKCore-ServiceRequest-ECG-Example.json":                {"UK-TIME-OFFSET ServiceRequest.occurrence.ofType(Period).start", "UK-TIME-OFFSET ServiceRequest.authoredOn"},
		"UKCore-ServiceRequest-HipReplacement-Example.json":     {"UK-TIME-OFFSET ServiceRequest.authoredOn"},
		"UKCore-Slot-AvailableWalkInVisit-Example.json":         {"UK-TIME-OFFSET Slot.start", "UK-TIME-OFFSET Slot.end"},
		"UKCore-Task-Colonoscopy-Example.json":                  {"UK-TIME-OFFSET Task.executionPeriod.start", "UK-TIME-OFFSET Task.executionPeriod.end", "UK-TIME-OFFSET Task.authoredOn", "UK-TIME-OFFSET Task.lastModified", "UK-TIME-OFFSET Task.restriction.period.end"},
	}
}

func TestUKRulesFindNothingFalseInUKCoreExamples(t *testing.T) {
	dir := sharedData(t, "ukcore", "examples")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, broken, rules := registry(t), ukRulesBrokenByExamples(), ukrules.New(ukrules.Options{})
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		findings, err := r.Validate(context.Background(), data, profiles.Options{Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, finding := range findings {
			if strings.HasPrefix(finding.Rule, "UK-") {
				got = append(got, finding.Rule+" "+finding.Path)
			}
		}
		if !slices.Equal(got, broken[f.Name()]) {
			t.Errorf("%s: got %q, want %q", f.Name(), got, broken[f.Name()])
		}
	}
}
