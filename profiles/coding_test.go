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

// verdictOn judges a resource and returns its findings without those about a missing narrative.
func verdictOn(t *testing.T, resource string) string {
	t.Helper()
	findings, err := registry(t).Validate(context.Background(), []byte(resource), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range findings {
		if f.Rule != "dom-6" {
			list = append(list, fmt.Sprintf("%s %s %s", f.Severity, f.Rule, f.Path))
		}
	}
	return strings.Join(list, "; ")
}

func TestACodeIsHeldToItsOwnCodeSystemWhateverTheBinding(t *testing.T) {
	const act, category = "http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://terminology.hl7.org/CodeSystem/observation-category"
	for _, c := range []struct{ name, coding, want string }{
		{"known code", `"system":"` + act + `","code":"AMB","display":"ambulatory"`, ""},
		{"code of HL7's version 3 that there is none of", `"system":"` + act + `","code":"NOWHERE"`, "error fhir-code Observation.code.coding[0].code"},
		{"code of FHIR that there is none of", `"system":"` + category + `","code":"vitals"`, "error fhir-code Observation.code.coding[0].code"},
		{"table of version 2", `"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LABO"`, "error fhir-code Observation.code.coding[0].code"},
		{"an earlier version may have had more", `"system":"` + act + `","version":"1.0.0","code":"NOWHERE"`, "warning fhir-code Observation.code.coding[0].code"},
		{"the loaded version has no more", `"system":"` + act + `","version":"9.0.0","code":"NOWHERE"`, "error fhir-code Observation.code.coding[0].code"},
		{"a later version may have more", `"system":"` + act + `","version":"99.0.0","code":"NOWHERE"`, "warning fhir-code Observation.code.coding[0].code"},
		{"another display", `"system":"` + act + `","code":"AMB","display":"in bed"`, "warning fhir-display Observation.code.coding[0].display"},
		{"no system", `"code":"AMB"`, "warning fhir-code Observation.code.coding[0]"},
		{"supplement as system", `"system":"http://hl7.org/fhir/CodeSystem/example-supplement","code":"x"`, "error fhir-system Observation.code.coding[0].system"},
		{"value set as system", `"system":"http://hl7.org/fhir/ValueSet/observation-codes","code":"x"`, "error fhir-system Observation.code.coding[0].system"},
		{"what looks like a value set", `"system":"https://example.org/fhir/ValueSet/a","code":"x"`, "warning fhir-system Observation.code.coding[0].system"},
		{"name as system", `"system":"loinc","code":"x"`, "error fhir-system Observation.code.coding[0].system"},
		{"object identifier without its prefix", `"system":"2.16.840.1.113883.6.1","code":"x"`, "error fhir-system Observation.code.coding[0].system"},
		{"object identifier with its prefix", `"system":"urn:oid:2.16.840.1.113883.6.999","code":"x"`, ""},
		{"object identifier of SNOMED CT", `"system":"urn:oid:2.16.840.1.113883.6.96","code":"22298006"`, "warning fhir-system Observation.code.coding[0].system"},
		{"object identifier of a code system of HL7's", `"system":"urn:oid:2.16.840.1.113883.5.4","code":"AMB"`, "warning fhir-system Observation.code.coding[0].system"},
		{"beginning of an object identifier of one", `"system":"urn:oid:2.16.840.1.113883.5","code":"AMB"`, ""},
		{"end of an object identifier of one", `"system":"urn:oid:840.1.113883.5.4","code":"AMB"`, "error fhir-format Observation.code.coding[0].system"},
		{"object identifier that R4 lists", `"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"`, ""},
		{"edition of SNOMED CT", `"system":"http://snomed.info/sct/83821000000107","code":"22298006"`, "warning fhir-system Observation.code.coding[0].system"},
		{"LOINC with a version", `"system":"http://loinc.org|2.7","code":"1-8"`, "warning fhir-system Observation.code.coding[0].system"},
		{"a loaded system with its version", `"system":"` + act + `|9.0.0","code":"AMB"`, "warning fhir-system Observation.code.coding[0].system"},
		{"a loaded system with a version and no code of it", `"system":"` + act + `|9.0.0","code":"NOWHERE"`, "warning fhir-system Observation.code.coding[0].system; error fhir-code Observation.code.coding[0].code"},
		{"secure LOINC", `"system":"https://loinc.org","code":"1-8"`, "error fhir-system Observation.code.coding[0].system"},
		{"system of STU3", `"system":"http://hl7.org/fhir/v3/ActCode","code":"AMB"`, "warning fhir-system Observation.code.coding[0].system"},
		{"table of version 2 as STU3 had it", `"system":"http://hl7.org/fhir/v2/0074","code":"LAB"`, "warning fhir-system Observation.code.coding[0].system"},
		{"code system of HL7 that nobody knows", `"system":"http://hl7.org/fhir/nobody","code":"LAB"`, ""},
		{"a URI as a code", `"system":"urn:ietf:rfc:3986","code":"urn:oid:1.2.3"`, ""},
		{"no URI as a code of URIs", `"system":"urn:ietf:rfc:3986","code":"Contract"`, "error fhir-code Observation.code.coding[0].code"},
		{"system that nobody knows", `"system":"https://example.org/codes","code":"x"`, ""},
		{"retired code system", `"system":"http://terminology.hl7.org/CodeSystem/v3-EditStatus","code":"R"`, "information fhir-retired Observation.code.coding[0].system"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdictOn(t, `{"resourceType":"Observation","status":"final","code":{"coding":[{`+c.coding+`}]}}`); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheUnitOfAQuantityIsACodeOfItsSystem(t *testing.T) {
	for quantity, want := range map[string]string{
		`"system":"http://unitsofmeasure.org","code":"mm[Hg]"`:                                 "",
		`"system":"http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm","code":"TAB"`:   "",
		`"system":"http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm","code":"Pills"`: "error fhir-code Observation.value.ofType(Quantity).code",
		`"system":"https://example.org/units","code":"x"`:                                      "",
		`"system":"http://unitsofmeasure.org","code":"10*9/L"`:                                 "",
		`"system":"http://unitsofmeasure.org","code":"{tablet}"`:                               "",
		`"system":"http://unitsofmeasure.org","code":"mmHg"`:                                   "warning fhir-code Observation.value.ofType(Quantity).code",
		`"system":"http://unitsofmeasure.org","code":"tablet"`:                                 "warning fhir-code Observation.value.ofType(Quantity).code",
	} {
		if got := verdictOn(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1,`+quantity+`}}`); got != want {
			t.Errorf("%s: got %q, want %q", quantity, got, want)
		}
	}
}

func TestTheSystemOfAQuantityIsOneThatUnitsAreReadBy(t *testing.T) {
	const here = " fhir-system Observation.value.ofType(Quantity).system"
	for _, c := range []struct{ name, system, want string }{
		{"UCUM", "http://unitsofmeasure.org", ""},
		{"with a slash", "http://unitsofmeasure.org/", "error" + here},
		{"secure", "https://unitsofmeasure.org", "error" + here},
		{"in capital letters", "HTTP://UnitsOfMeasure.org", "error" + here},
		{"with a part of it", "http://unitsofmeasure.org#mg", "error" + here},
		{"a page of it", "http://unitsofmeasure.org/ucum.html", "error" + here},
		{"a slip", "http://unitsofmeasure.orgg", "error" + here},
		{"with a version", "http://unitsofmeasure.org|2.1", "error" + here},
		{"a name", "UCUM", "error" + here},
		{"a value set", "http://hl7.org/fhir/ValueSet/ucum-units", "error" + here},
		{"SNOMED CT with a slash", "http://snomed.info/sct/", "error" + here},
		{"an edition of SNOMED CT", "http://snomed.info/sct/83821000000107", "warning" + here},
		{"what looks like a value set", "https://example.org/ValueSet/units", "warning" + here},
		{"another system", "https://example.org/units", ""},
		{"NHS dictionary of medicines and devices", "https://dmd.nhs.uk", ""},
		{"object identifier", "urn:oid:1.2.3.4", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, value := range []string{`"value":1,"unit":"mg","code":"mg","system":`, `"unit":"mg","code":"mg","value":1,"comparator":"<","system":`} {
				resource := `{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{` + value + `"` + c.system + `"}}`
				if got := verdictOn(t, resource); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
			low := `{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueRange":{"low":{"value":1,"code":"mg","system":"` + c.system + `"}}}`
			if got, want := verdictOn(t, low), strings.Replace(c.want, "ofType(Quantity)", "ofType(Range).low", 1); got != want {
				t.Errorf("in a range: got %q, want %q", got, want)
			}
		})
	}
}

func TestAVersionDoesNotLetACodePastARequiredBinding(t *testing.T) {
	got := verdictOn(t, `{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"code":{"text":"x"},"clinicalStatus":{"coding":[
	 {"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","version":"99.0.0","code":"gone"}]}}`)
	if !strings.Contains(got, "error fhir-binding AllergyIntolerance.clinicalStatus") {
		t.Errorf("got %q, want an error of the binding", got)
	}
}

func TestADisplayInAnotherLanguageIsNotJudged(t *testing.T) {
	const observation = `{"resourceType":"Observation","language":"%s","status":"final","code":{"coding":[
	 {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB","display":"cerdded"}]}}`
	for language, want := range map[string]string{"cy": "", "en-GB": "warning fhir-display Observation.code.coding[0].display"} {
		if got := verdictOn(t, fmt.Sprintf(observation, language)); got != want {
			t.Errorf("%s: got %q, want %q", language, got, want)
		}
	}
}

func TestAnIdentifiersSystemIsAbsoluteAndItsURIsAreURIs(t *testing.T) {
	for _, c := range []struct{ identifier, want string }{
		{`"system":"https://example.org/id","value":"x"`, ""},
		{`"system":"/Id/nhs-number","value":"x"`, "error fhir-system Patient.identifier[0].system"},
		{`"system":"hospital","value":"x"`, "error fhir-system Patient.identifier[0].system"},
		{`"system":"urn:ietf:rfc:3986","value":"x"`, "error fhir-system Patient.identifier[0].value"},
		{`"system":"urn:ietf:rfc:3986","value":"https://example.org/a b"`, "error fhir-system Patient.identifier[0].value"},
		{`"system":"urn:ietf:rfc:3986","value":"https://example.org/a"`, ""},
		{`"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.3"`, ""},
		{`"system":"urn:ietf:rfc:3986","value":"urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"`, "warning fhir-system Patient.identifier[0].value"},
		{`"system":"urn:ietf:rfc:3986","value":"urn:uuid:1234"`, "warning fhir-system Patient.identifier[0].value"},
		{`"system":"urn:ietf:rfc:4122","value":"0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"`, "warning fhir-system Patient.identifier[0].value"},
		{`"system":"urn:ietf:rfc:4122","value":"0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"`, ""},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"`, ""},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"`, ""},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"`, "warning fhir-system Patient.identifier[0].value"},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"9434765919"`, "error fhir-system Patient.identifier[0].value"},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"0c3151bd1cbf4d64b04dcd9187a4c6e0"`, "error fhir-system Patient.identifier[0].value"},
		{`"system":"https://tools.ietf.org/html/rfc4122","value":"urn:oid:1.2.3"`, "error fhir-system Patient.identifier[0].value"},
		{`"system":"https://tools.ietf.org/html/rfc3986","value":"9434765919"`, ""},
	} {
		if got := verdictOn(t, `{"resourceType":"Patient","identifier":[{`+c.identifier+`}]}`); got != c.want {
			t.Errorf("%s: got %q, want %q", c.identifier, got, c.want)
		}
	}
}

// TestAFragmentMayFollowTheUUIDOfAURI holds what HL7's own validator does: behind urn:uuid: it looks at what stands before a #, and behind
// urn:oid: at everything.
func TestAFragmentMayFollowTheUUIDOfAURI(t *testing.T) {
	const uuid, wrong = "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "error fhir-format Patient.meta.source"
	for source, want := range map[string]string{
		uuid:                "",
		uuid + "#ayFv2Zq":   "",
		uuid + "#":          "",
		uuid + "?x":         wrong,
		uuid + "/x":         wrong,
		"urn:uuid:#ayFv2Zq": wrong,
		"urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7#x": wrong,
		"urn:oid:2.16.840.1.113883.2.1":                   "",
		"urn:oid:2.16.840.1.113883.2.1#ayFv2Zq":           wrong,
	} {
		if got := verdictOn(t, `{"resourceType":"Patient","meta":{"source":"`+source+`"}}`); got != want {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
}

func TestWhatIsAllowedAndHardlyMeantIsAWarning(t *testing.T) {
	for _, c := range []struct{ patient, want string }{
		{`"birthDate":"1791-02-03"`, "warning fhir-unlikely Patient.birthDate"},
		{`"birthDate":"2131"`, "warning fhir-unlikely Patient.birthDate"},
		{`"birthDate":"1899-12-31"`, ""},
		{`"name":[{"family":"Smith "}]`, "warning fhir-unlikely Patient.name[0].family"},
		{`"name":[{"family":"Van Smith"}]`, ""},
		{`"name":[{"family":"a","period":{"start":"2020-01-01","end":"2020-01-02T10:00:00Z"}}]`, "warning fhir-unlikely Patient.name[0].period"},
		{`"name":[{"family":"a","period":{"start":"2020-01-01","end":"2020-01-02"}}]`, ""},
	} {
		if got := verdictOn(t, `{"resourceType":"Patient",`+c.patient+`}`); got != c.want {
			t.Errorf("%s: got %q, want %q", c.patient, got, c.want)
		}
	}
}

func TestLinksOfTheDefinitionsAreAbsolute(t *testing.T) {
	for _, c := range []struct{ canonical, want string }{
		{"Questionnaire/a", "error fhir-reference QuestionnaireResponse.questionnaire"},
		{"https://example.org/Questionnaire/a|1", ""},
		{"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", ""},
	} {
		got := verdictOn(t, `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"`+c.canonical+`"}`)
		if c.want == "" && strings.Contains(got, "fhir-reference") || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.canonical, got, c.want)
		}
	}
}

func TestABareIDIsNoReferenceInABundle(t *testing.T) {
	const observation = `{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"abc"}}`
	if got := verdictOn(t, observation); got != "warning fhir-reference Observation.subject.reference" {
		t.Errorf("by itself: got %q", got)
	}
	got := verdictOn(t, `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"https://example.org/Observation/1","resource":`+observation+`}]}`)
	if got != "error fhir-reference Bundle.entry[0].resource.subject.reference" {
		t.Errorf("in a Bundle: got %q", got)
	}
}

func TestARequiredConceptHasACodeOrSaysWhyNot(t *testing.T) {
	const absent = `{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}`
	const original = `{"url":"https://example.org/original","valueString":"unknown"}`
	for concept, want := range map[string][]string{
		`{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/supply-item-type","code":"medication"}]}`: nil,
		`{"coding":[{"userSelected":true}]}`:                      {"fhir-binding SupplyDelivery.type"},
		`{"coding":[{"display":"x"}]}`:                            {"fhir-binding SupplyDelivery.type"},
		`{"coding":[{"_code":{"extension":[` + absent + `]}}]}`:   nil,
		`{"coding":[{"extension":[` + absent + `]}]}`:             nil,
		`{"extension":[` + absent + `]}`:                          nil,
		`{"extension":[` + original + `,` + absent + `]}`:         nil,
		`{"extension":[` + absent + `],"text":"x"}`:               {"fhir-binding SupplyDelivery.type"},
		`{"extension":[` + original + `]}`:                        {"fhir-binding SupplyDelivery.type"},
		`{"coding":[{"extension":[` + original + `]}]}`:           {"fhir-binding SupplyDelivery.type"},
		`{"coding":[{"_code":{"extension":[` + original + `]}}]}`: {"fhir-binding SupplyDelivery.type"},
		`{"_text":{"extension":[` + absent + `]}}`:                {"fhir-binding SupplyDelivery.type"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"SupplyDelivery","type":`+concept+`}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", concept, got, want)
		}
	}
}

// What a code or a system of the wrong form was meant to be is not to be told, so that its binding has nothing to add.
func TestACodeThatCannotBeReadIsOneFault(t *testing.T) {
	const system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	for coding, want := range map[string]string{
		`"system":"` + system + `","code":"active"`:     "",
		`"system":"` + system + `","code":7`:            "error fhir-json-type Condition.clinicalStatus.coding[0].code",
		`"system":"` + system + `","code":["active"]`:   "error fhir-json-type Condition.clinicalStatus.coding[0].code",
		`"system":"` + system + `","code":"active "`:    "error fhir-format Condition.clinicalStatus.coding[0].code",
		`"system":"` + system + ` x","code":"active"`:   "error fhir-format Condition.clinicalStatus.coding[0].system",
		`"system":"http://a.test","code":"active"`:      "error fhir-binding Condition.clinicalStatus",
		`"system":"` + system + `","display":"Active"`:  "error fhir-binding Condition.clinicalStatus",
		`"system":["` + system + `"],"code":"active"`:   "error fhir-json-type Condition.clinicalStatus.coding[0].system",
		`"system":"` + system + `","code":"not-active"`: "error fhir-code Condition.clinicalStatus.coding[0].code",
	} {
		resource := `{"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":{"coding":[{` + coding + `}]}}`
		if got := verdictOn(t, resource); got != want {
			t.Errorf("%s: got %q, want %q", coding, got, want)
		}
	}
}

func TestACodeWithAnotherSystemIsToldTheSystemThatIsMeant(t *testing.T) {
	const meant = "http://terminology.hl7.org/CodeSystem/condition-clinical"
	for system, told := range map[string]bool{
		"http://terminology.hl7.org/codesystem/condition-clinical": true,
		"https://example.org/status":                               true,
		meant:                                                      false,
	} {
		for code, known := range map[string]bool{"active": true, "nobody": false} {
			findings, err := registry(t).Validate(t.Context(), []byte(`{"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":`+
				`{"coding":[{"system":"`+system+`","code":"`+code+`"}]}}`), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := slices.ContainsFunc(findings, func(f result.Finding) bool {
				return f.Rule == profiles.RuleBinding && strings.HasSuffix(f.Message, `has "active" with the system `+meant)
			})
			if want := told && known; got != want || slices.ContainsFunc(findings, profiles.OtherSystem) != want {
				t.Errorf("%s|%s: told the system %v, want %v: %v", system, code, got, want, findings)
			}
		}
	}
}

func TestAPageAboutACodeSystemIsNotItsURL(t *testing.T) {
	const wrong = "error fhir-system Observation.code.coding[0].system"
	for system, want := range map[string]string{
		"http://hl7.org/fhir/administrative-gender":                    "",
		"http://hl7.org/fhir/CodeSystem/administrative-gender":         wrong,
		"http://hl7.org/fhir/CodeSystem/observation-category":          wrong,
		"http://hl7.org/fhir/codesystem-administrative-gender.html":    wrong,
		"http://hl7.org/fhir/R4/codesystem-administrative-gender.html": wrong,
		"http://hl7.org/fhir/CodeSystem/nobody-knows-this":             "",
		"http://example.org/CodeSystem/administrative-gender":          "",
		"http://example.org/codesystem-administrative-gender.html":     "",
	} {
		got := verdictOn(t, `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"`+system+`","code":"male"}]}}`)
		if got != want {
			t.Errorf("%s: got %q, want %q", system, got, want)
		}
	}
}

// TestACodeIsOfTheVersionThatAValueSetOrACodingNames holds that of two versions of a code system that are loaded the one that is named
// counts: by the value set that is bound, or by the coding.
func TestACodeIsOfTheVersionThatAValueSetOrACodingNames(t *testing.T) {
	system := func(version, codes string) string {
		return `{"resourceType":"CodeSystem","url":"http://example.org/cs","version":"` + version + `","name":"C","status":"active","content":"complete","concept":[` + codes + `]}`
	}
	set := func(version string) string {
		return `{"resourceType":"ValueSet","url":"http://example.org/vs","version":"` + version + `","name":"V","status":"active","compose":{"include":[{"system":"http://example.org/cs","version":"` + version + `"}]}}`
	}
	bound := func(version string) string {
		return observation(`{"id":"Observation.method","path":"Observation.method","binding":{"strength":"required","valueSet":"http://example.org/vs|` + version + `"}}`)
	}
	const binding, code = "fhir-binding Observation.method", "fhir-code Observation.method.coding[0].code"
	for _, c := range []struct {
		set, coding string
		want        []string
	}{
		{"1.0.0", `"code":"b"`, nil},
		{"1.0.0", `"code":"c"`, []string{binding}},
		{"2.0.0", `"code":"c"`, nil},
		{"1.0.0", `"code":"a","version":"1.0.0"`, nil},
		{"1.0.0", `"code":"c","version":"1.0.0"`, []string{code}},
		{"2.0.0", `"code":"a","version":"1.0.0"`, []string{binding}},
	} {
		r := with(t, system("1.0.0", `{"code":"a"},{"code":"b"}`), system("2.0.0", `{"code":"b"},{"code":"c"}`), set("1.0.0"), set("2.0.0"), bound(c.set))
		got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"method":{"coding":[{"system":"http://example.org/cs",`+c.coding+`}]}}`, slicedProfile)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: got %v, want %v", c.set, c.coding, got, c.want)
		}
	}
}

// TestAnotherVersionOfACodeSystemExcusesNoCodeThatAValueSetMustHave holds that a code cannot get round a required binding by naming a
// version that nobody has loaded, and that a Coding alone, which has no other code beside it, is held to the version that is there.
func TestAnotherVersionOfACodeSystemExcusesNoCodeThatAValueSetMustHave(t *testing.T) {
	const status = `"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","version":"0.0.1","code":"NOWHERE"`
	for name, c := range map[string]struct{ resource, want string }{
		"concept that must have a code of the value set": {
			`{"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{` + status + `}]}}`,
			"error fhir-code Condition.verificationStatus.coding[0].code",
		},
		"concept that should have one": {
			`{"resourceType":"Condition","subject":{"display":"x"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"severity":{"coding":[{` + status + `}]}}`,
			"warning fhir-code Condition.severity.coding[0].code",
		},
		"coding alone": {
			`{"resourceType":"Encounter","status":"planned","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","version":"1.0.0","code":"NOWHERE"}}`,
			"error fhir-code Encounter.class.code",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := verdictOn(t, c.resource); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
