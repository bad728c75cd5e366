package profiles_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestAnElementHasMoreThanAnID(t *testing.T) {
	const absent = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]`
	for rest, want := range map[string][]string{
		`"_gender":{"id":"a"}`:                                           {"ele-1 Patient.gender"},
		`"_gender":{"id":"a",` + absent + `}`:                            nil,
		`"gender":"male","_gender":{"id":"a"}`:                           nil,
		`"name":[{"id":"a"}]`:                                            {"ele-1 Patient.name[0]"},
		`"name":[{"_given":[{"id":"a"}]}]`:                               {"ele-1 Patient.name[0].given[0]"},
		`"name":[{"given":["x",null],"_given":[null,{` + absent + `}]}]`: nil,
		`"gender":null,"_gender":{` + absent + `}`:                       {"fhir-empty Patient.gender"},
		`"id":"a","_id":{` + absent + `}`:                                {"fhir-extension Patient.id"},
		`"name":[{"id":"a","_id":{` + absent + `},"text":"x"}]`:          {"fhir-extension Patient.name[0].id"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"Patient",`+rest+`}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestAValueThatMustBeThereIsNotReplacedByAnExtension(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.status","path":"Observation.status","extension":[{
 "url":"http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.mustHaveValue","valueBoolean":true}]}`))
	const absent = `"_status":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}`
	for status, want := range map[string][]string{
		`"status":"final"`: nil,
		absent:             {"fhir-required Observation.status"},
	} {
		if got := judge(t, r, `{"resourceType":"Observation","code":{"text":"x"},`+status+`}`, slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", status, got, want)
		}
	}
}

func TestTextOfWhiteSpaceAloneIsWarnedOf(t *testing.T) {
	findings, err := registry(t).Validate(t.Context(), []byte(`{"resourceType":"Patient","name":[{"text":"  "}]}`), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(errorsOf(findings)) > 0 {
		t.Errorf("got errors %v; R4 advises against such text and does not forbid it", errorsOf(findings))
	}
	if !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Rule == profiles.RuleUnlikely }) {
		t.Error("got no warning")
	}
}

func TestAURNHoldsWhatItsNamespaceSaysWhateverTheTypeOfURI(t *testing.T) {
	for uri, wrong := range map[string]bool{
		"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c601": false,
		"urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C601": true,
		"urn:uuid:1":          true,
		"urn:oid:1.2.840":     false,
		"urn:oid:x":           true,
		"urn:example:1":       false,
		"https://example.org": false,
	} {
		for _, kind := range []string{"Url", "Uri", "Canonical"} {
			got := verdictOn(t, `{"resourceType":"Basic","code":{"text":"a"},"extension":[{"url":"https://example.org/e","value`+kind+`":"`+uri+`"}]}`)
			if strings.Contains(got, "error fhir-format") != wrong {
				t.Errorf("%s as %s: got %q", uri, kind, got)
			}
		}
	}
	const attached = `{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"url":"urn:uuid:1"}}]}`
	if got, want := verdictOn(t, attached), "error fhir-format DocumentReference.content[0].attachment.url"; got != want {
		t.Errorf("an attachment: got %q, want %q", got, want)
	}
}

// TestACodeHoldsNoWhiteSpaceButSingleSpaces holds that white space of any script counts, which looks like a space and is another code.
func TestACodeHoldsNoWhiteSpaceButSingleSpaces(t *testing.T) {
	for code, right := range map[string]bool{
		`a`: true, `a b`: true, `é`: true, `a\u200bb`: true,
		`a  b`: false, ` a`: false, `a\t`: false, `a\u000bb`: false, `a\u0085`: false, `a\u00a0b`: false, `a\u3000b`: false, `\u2003a`: false, `a\u0001`: false,
	} {
		got := judge(t, registry(t), `{"resourceType":"Basic","code":{"coding":[{"system":"http://example.org","code":"`+code+`"}]}}`)
		if (len(got) == 0) != right {
			t.Errorf("%q: got %v", code, got)
		}
	}
}

func TestAFixedPrimitiveHasTheExtensionsThatItsDefinitionGivesIt(t *testing.T) {
	const one = `"extension":[{"url":"http://a.test/one","valueString":"x"}]`
	const two = `"extension":[{"url":"http://a.test/two","valueString":"x"},{"url":"http://a.test/one","valueString":"x"}]`
	const fixed, pattern = "fhir-fixed Observation.status", "fhir-pattern Observation.status"
	for _, c := range []struct{ constraint, status, want string }{
		{`"fixedCode":"final"`, `"status":"final"`, ""},
		{`"fixedCode":"final"`, `"status":"final","_status":{"id":"a"}`, ""},
		{`"fixedCode":"final"`, `"status":"final","_status":{` + one + `}`, fixed},
		{`"fixedCode":"final"`, `"status":"final","_status":{"id":"a",` + one + `}`, fixed},
		{`"fixedCode":"final"`, `"status":"amended","_status":{` + one + `}`, fixed},
		{`"fixedCode":"final"`, `"_status":{` + one + `}`, ""},
		{`"fixedCode":"final","_fixedCode":{` + one + `}`, `"status":"final","_status":{` + one + `}`, ""},
		{`"fixedCode":"final","_fixedCode":{` + one + `}`, `"status":"final"`, fixed},
		{`"fixedCode":"final","_fixedCode":{` + one + `}`, `"status":"final","_status":{` + two + `}`, fixed},
		{`"patternCode":"final"`, `"status":"final","_status":{` + one + `}`, ""},
		{`"patternCode":"final","_patternCode":{` + one + `}`, `"status":"final","_status":{` + two + `}`, ""},
		{`"patternCode":"final","_patternCode":{` + one + `}`, `"status":"final"`, pattern},
	} {
		r := with(t, observation(`{"id":"Observation.status","path":"Observation.status",`+c.constraint+`}`))
		got := slices.Compact(judge(t, r, `{"resourceType":"Observation","code":{"text":"x"},`+c.status+`}`, slicedProfile))
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s of %s: got %v, want %q", c.status, c.constraint, got, c.want)
		}
	}
}
