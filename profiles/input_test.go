package profiles_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestHostileInputIsAFindingAndEnds(t *testing.T) {
	r := registry(t)
	for name, text := range map[string]string{
		"deep JSON":          strings.Repeat(`{"a":`, 10000),
		"deep array":         `{"resourceType":"Patient","name":` + strings.Repeat("[", 10000),
		"deep extensions":    `{"resourceType":"Patient","extension":[` + strings.Repeat(`{"url":"http://example.org/a","extension":[`, 90) + strings.Repeat(`]}`, 90) + `]}`,
		"huge number":        `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1e999999999999}}`,
		"long number":        `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":` + strings.Repeat("9", 100000) + `}}`,
		"UTF-16":             "\xff\xfe{\x00}\x00",
		"NUL":                "{\"resourceType\":\"Patient\",\"id\":\"\x00\"}",
		"billion laughs":     `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>`,
		"external entity":    `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&e;"/></Patient>`,
		"deep XML":           `<Patient xmlns="http://hl7.org/fhir">` + strings.Repeat("<a>", 10000),
		"many findings":      `{"resourceType":"Patient","name":[` + strings.Repeat(`{"zz":1},`, 20000) + `{"zz":1}]}`,
		"circle of contents": `{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"a","contained":[{"resourceType":"Patient","id":"a"}]}],"link":[{"other":{"reference":"#a"},"type":"refer"}]}`,
	} {
		findings, err := r.Validate(context.Background(), []byte(text), profiles.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		bounded := 10001
		if len(findings) > bounded {
			t.Errorf("%s: %d findings", name, len(findings))
		}
		if name != "deep extensions" && name != "huge number" && name != "long number" && result.WorstSeverity(findings).Rank() < result.SeverityError.Rank() {
			t.Errorf("%s: got %s, want an error", name, fmt.Sprint(findings))
		}
	}
}

func TestANumberBeyondFloatingPointIsFoundAtItsPlace(t *testing.T) {
	for number, want := range map[string]bool{
		"1": false, "-0.00012": false, "1.5e300": false, "1e999999": true, "-1E400": true, strings.Repeat("9", 400): true, strings.Repeat("9", 290): false,
		"0." + strings.Repeat("0", 400) + "1": false,
	} {
		findings, err := registry(t).Validate(context.Background(), []byte(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":`+number+`}}`), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(findings, func(f result.Finding) bool {
			return f.Rule == profiles.RuleRange && f.Path == "Observation.value.ofType(Quantity).value" && f.Line == 1
		})
		if found != want {
			t.Errorf("%.20s: got %v, want %v", number, found, want)
		}
	}
}
