package profiles_test

import (
	"context"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestAnObservationWithTheCodeOfAVitalSignIsHeldToItsProfile(t *testing.T) {
	observed := func(coding, rest string) string {
		return `{"resourceType":"Observation","status":"final","code":{"coding":[` + coding + `]}` + rest + `}`
	}
	const loinc, snomed = `{"system":"http://loinc.org","code":"8867-4"}`, `{"system":"http://snomed.info/sct","code":"364075005"}`
	const whole = `,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
	 "subject":{"reference":"Patient/a"},"effectiveDateTime":"2020-01-01","valueQuantity":{"value":60,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}`
	plain := registry(t)
	strict, err := plain.AsUKCore()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, resource string
		registry       *profiles.Registry
		how            profiles.VitalSigns
		want           result.Severity
	}{
		{"nothing but the code", observed(loinc, ""), plain, "", result.SeverityWarning},
		{"on request", observed(loinc, ""), plain, profiles.VitalSignsEnforce, result.SeverityError},
		{"left out", observed(loinc, ""), plain, profiles.VitalSignsIgnore, result.Information},
		{"as UK Core", observed(loinc, ""), strict, "", result.SeverityError},
		{"as UK Core, but only warned of", observed(loinc, ""), strict, profiles.VitalSignsWarn, result.SeverityWarning},
		{"in SNOMED CT", observed(snomed, ""), plain, "", result.SeverityWarning},
		{"in SNOMED CT without LOINC", observed(snomed, whole), plain, "", result.SeverityWarning},
		{"as the profile asks", observed(loinc+","+snomed, whole), plain, profiles.VitalSignsEnforce, result.Information},
		{"a code that says more, alone", observed(`{"system":"http://loinc.org","code":"68999-2"}`, whole), plain, profiles.VitalSignsEnforce, result.SeverityError},
		{"a code that says more, and R4's", observed(`{"system":"http://loinc.org","code":"68999-2"},`+loinc, whole), plain, profiles.VitalSignsEnforce, result.Information},
		{"a respiratory rate that says more, alone", observed(`{"system":"http://loinc.org","code":"19840-8"}`, whole), plain, profiles.VitalSignsEnforce, result.SeverityError},
		{"the temperature of the ear in SNOMED CT", observed(`{"system":"http://snomed.info/sct","code":"415974002"}`, ""), plain, "", result.SeverityWarning},
		{"one pressure, of which the list has none in SNOMED CT, and which needs no other", observed(`{"system":"http://snomed.info/sct","code":"271649006"}`, whole), plain, profiles.VitalSignsEnforce, result.SeverityWarning},
		{"the panel that was replaced", observed(`{"system":"http://loinc.org","code":"55284-4"}`, ""), plain, "", result.SeverityWarning},
		{"the same code of another system", observed(`{"system":"http://a.test","code":"55284-4"}`, ""), plain, profiles.VitalSignsEnforce, result.Information},
		{"no vital sign", observed(`{"system":"http://loinc.org","code":"718-7"}`, ""), plain, profiles.VitalSignsEnforce, result.Information},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, err := c.registry.Validate(context.Background(), []byte(c.resource), profiles.Options{VitalSigns: c.how})
			if err != nil {
				t.Fatal(err)
			}
			worst := result.Information
			for _, f := range findings {
				// What UK Core asks besides is not what is looked at.
				if f.Rule != "dom-6" && f.Profile != "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation" && f.Severity.Rank() > worst.Rank() {
					worst = f.Severity
				}
			}
			if worst != c.want {
				t.Errorf("got %s, want %s: %+v", worst, c.want, findings)
			}
		})
	}
}
