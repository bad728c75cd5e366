package profiles_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestAProfileIsJudgedForItsAuthor(t *testing.T) {
	const element = "fhir-authoring StructureDefinition.differential.element"
	for _, c := range []struct {
		name, elements string
		want           []string
	}{
		{"narrows", `{"id":"Observation.status","path":"Observation.status","fixedCode":"final"}`, nil},
		{"element that is not there", `{"id":"Observation.colour","path":"Observation.colour","min":1}`, []string{"fhir-authoring StructureDefinition"}},
		{"allows more", `{"id":"Observation.status","path":"Observation.status","max":"2"}`, []string{element + "[0]"}},
		{"asks for less", `{"id":"Observation.status","path":"Observation.status","min":0}`, []string{element + "[0]"}},
		{"type that the base does not have", `{"id":"Observation.subject","path":"Observation.subject","type":[{"code":"string"}]}`, []string{element + "[0]"}},
		{"profile of another type", `{"id":"Observation.code","path":"Observation.code","type":[{"code":"CodeableConcept","profile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]}`, []string{element + "[0]"}},
		{"discriminator that leads nowhere", slicedBy("open", "value colour"), []string{element + "[0]"}},
		{"discriminator below a choice", slicedBy("open", "value value.code"), nil},
		{"discriminator beyond a reference", `{"id":"Observation.hasMember","path":"Observation.hasMember","slicing":{"discriminator":[{"type":"type","path":"resolve()"}],"rules":"open"}}`, nil},
		{"a value of the type above its own", `{"id":"Observation.status","path":"Observation.status","fixedString":"final"}`, []string{element + "[0]"}},
		{"constraint", constrained(`status = 'final' or component.code.exists()`), nil},
		{"constraint that is not FHIRPath", constrained(`status.where(`), []string{element + "[0].constraint[0]"}},
		{"constraint with an unknown function", constrained(`status.colour()`), []string{element + "[0].constraint[0]"}},
		{"constraints that share a key", `{"id":"Observation.status","path":"Observation.status","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"true"}]},` + `{"id":"Observation.code","path":"Observation.code","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"coding.exists()"}]}`, []string{element + "[1].constraint[0]"}},
		{"one constraint in two places", `{"id":"Observation.category","path":"Observation.category","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"coding.exists()"}]},` + `{"id":"Observation.code","path":"Observation.code","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"coding.exists()"}]}`, nil},
		{"a shortcut with another type", `{"id":"Observation.valueQuantity","path":"Observation.valueQuantity","type":[{"code":"string"}]}`, []string{element + "[0]"}},
		{"a shortcut with its type", `{"id":"Observation.valueQuantity","path":"Observation.valueQuantity","type":[{"code":"Quantity"}]}`, nil},
		{"two shortcuts", `{"id":"Observation.valueQuantity","path":"Observation.valueQuantity","max":"1"},{"id":"Observation.valueString","path":"Observation.valueString","max":"1"}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			profile := observation(c.elements)
			profile = `{"id":"x",` + profile[1:]
			if got := judge(t, registry(t), profile); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// constrained is an element of a differential with one constraint.
func constrained(expression string) string {
	return `{"id":"Observation","path":"Observation","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"` + expression + `"}]}`
}

// TestWhatAProfileAsksInVainIsAWarning holds that what a constraint names must be there (it may be of a type that is not loaded, so it is
// no error), and that a value set is bound to what has codes (UK Core binds some to whole extensions).
func TestWhatAProfileAsksInVainIsAWarning(t *testing.T) {
	bound := func(element string) string {
		return `{"id":"` + element + `","path":"` + element + `","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/observation-status"}}`
	}
	for element, want := range map[string]bool{
		constrained("colour.exists()"): true, constrained("component.colour.exists()"): true,
		constrained("component.code.exists()"): false, constrained("%resource.status.exists()"): false,
		bound("Observation.issued"): true, bound("Observation.component"): true, bound("Observation.method.text"): false, bound("Observation.interpretation"): false,
	} {
		findings, err := registry(t).Validate(t.Context(), []byte(`{"id":"x",`+observation(element)[1:]), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := slices.ContainsFunc(findings, func(f result.Finding) bool {
			return f.Rule == profiles.RuleAuthoring && f.Severity == result.SeverityWarning && strings.HasPrefix(f.Path, "StructureDefinition.differential.element[0]")
		})
		if got != want {
			t.Errorf("%s: a warning %v, want %v: %v", element, got, want, findings)
		}
	}
}

func TestAMapIsAboutValueSets(t *testing.T) {
	for source, want := range map[string][]string{
		"http://hl7.org/fhir/ValueSet/administrative-gender": nil,
		"https://example.org/ValueSet/not-loaded":            nil,
		"http://hl7.org/fhir/administrative-gender":          {"fhir-concept-map ConceptMap.source.ofType(uri)"},
		"http://hl7.org/fhir/StructureDefinition/Patient":    {"fhir-concept-map ConceptMap.source.ofType(uri)"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"ConceptMap","status":"draft","sourceUri":"`+source+`"}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", source, got, want)
		}
	}
}

func TestACodeSystemHoldsWhatItSays(t *testing.T) {
	const concept = `,"concept":[{"code":"male"}]`
	for rest, want := range map[string][]string{
		`"content":"complete"` + concept:    nil,
		`"content":"supplement"` + concept:  {"fhir-authoring CodeSystem"},
		`"content":"not-present"` + concept: {"fhir-authoring CodeSystem.content"},
		`"content":"not-present"`:           nil,
		`"content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender"` + concept:                     nil,
		`"content":"complete","supplements":"http://hl7.org/fhir/administrative-gender"` + concept:                       {"fhir-authoring CodeSystem.content"},
		`"content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"purple"}]`: {"fhir-authoring CodeSystem.concept[0]"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"CodeSystem","status":"draft",`+rest+`}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestAValueSetNamesCodesThatThereAre(t *testing.T) {
	for code, want := range map[string][]string{
		`"concept":[{"code":"male"}]`:                     nil,
		`"concept":[{"code":"purple"}]`:                   {"fhir-authoring ValueSet.compose.include[0].concept[0]"},
		`"version":"4.0.1","concept":[{"code":"purple"}]`: {"fhir-authoring ValueSet.compose.include[0].concept[0]"},
		// What another version has is not known.
		`"version":"9.0.0","concept":[{"code":"purple"}]`:                                  nil,
		`"version":"9.0.0","filter":[{"property":"concept","op":"is-a","value":"purple"}]`: nil,
	} {
		set := `{"resourceType":"ValueSet","status":"draft","compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender",` + code + `}]}}`
		if got := judge(t, registry(t), set); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
}

func TestAProfileKeepsToWhatItsBaseAllows(t *testing.T) {
	const element = "fhir-authoring StructureDefinition.differential.element"
	for _, c := range []struct {
		name, elements string
		want           []string
	}{
		{"more often than a datatype of the base allows", `{"id":"Observation.note.text","path":"Observation.note.text","max":"2"}`, []string{element + "[0]"}},
		{"less often than a datatype of the base asks", `{"id":"Observation.note.text","path":"Observation.note.text","min":0}`, []string{element + "[0]"}},
		{"as often as a datatype of the base allows", `{"id":"Observation.note.time","path":"Observation.note.time","min":1}`, nil},
		{"more often in a slice than its element allows", slicedBy("open", "value code") + `,{"id":"Observation.component:b","path":"Observation.component","sliceName":"b"},{"id":"Observation.component:b.code","path":"Observation.component.code","max":"*"}`, []string{element + "[2]"}},
		{"more often in a datatype of a slice", slicedBy("open", "value code") + `,{"id":"Observation.component:b","path":"Observation.component","sliceName":"b"},{"id":"Observation.component:b.code.text","path":"Observation.component.code.text","max":"*"}`, []string{element + "[2]"}},
		{"contained resource of a type", `{"id":"Observation.contained","path":"Observation.contained","type":[{"code":"Patient"}]}`, nil},
		{"contained resource that is none", `{"id":"Observation.contained","path":"Observation.contained","type":[{"code":"string"}]}`, []string{element + "[0]"}},
		{"slice of a choice that nothing tells", `{"id":"Observation.value[x]:other","path":"Observation.value[x]","sliceName":"other"}`, []string{element + "[0]"}},
		{"shortcut with another type beside its own", `{"id":"Observation.valueQuantity","path":"Observation.valueQuantity","type":[{"code":"Quantity"},{"code":"string"}]}`, []string{element + "[0]"}},
		{"target that the base allows", `{"id":"Observation.device","path":"Observation.device","type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Device"]}]}`, nil},
		{"target that it does not", `{"id":"Observation.device","path":"Observation.device","type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]}`, []string{element + "[0]"}},
		{"value of another type", `{"id":"Observation.issued","path":"Observation.issued","fixedString":"x"}`, []string{element + "[0]"}},
		{"value of one of several types", `{"id":"Observation.value[x]","path":"Observation.value[x]","patternInteger":1}`, nil},
		{"looser binding", `{"id":"Observation.status","path":"Observation.status","binding":{"strength":"extensible","valueSet":"http://hl7.org/fhir/ValueSet/observation-status"}}`, []string{element + "[0].binding"}},
		{"binding with other codes", `{"id":"Observation.status","path":"Observation.status","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}}`, []string{element + "[0].binding"}},
		{"other binding where the base only prefers", `{"id":"Observation.category","path":"Observation.category","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}}`, nil},
		{"binding to a code system", `{"id":"Observation.category","path":"Observation.category","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/administrative-gender"}}`, []string{"fhir-reference-target StructureDefinition.differential.element[0].binding.valueSet"}},
		{"slicing of what does not repeat", `{"id":"Observation.issued","path":"Observation.issued","slicing":{"discriminator":[{"type":"value","path":"$this"}],"rules":"open"}}`, []string{element + "[0]"}},
		{"slicing of a choice", `{"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}}`, nil},
		{"slice of what is not sliced", `{"id":"Observation.category:a","path":"Observation.category","sliceName":"a"}`, []string{element + "[0]"}},
		{"slice without its name", slicedBy("open", "value code") + `,{"id":"Observation.component:b","path":"Observation.component"}`, []string{element + "[1]"}},
		{"element out of order", `{"id":"Observation.code","path":"Observation.code"},{"id":"Observation.status","path":"Observation.status"}`, []string{element + "[1]"}},
		{"element out of order inside a type", `{"id":"Observation.code.text","path":"Observation.code.text"},{"id":"Observation.code.coding","path":"Observation.code.coding"}`, []string{element + "[1]"}},
		{"slice of what is not sliced, whose id does not say so", `{"id":"Observation.category","path":"Observation.category","sliceName":"a"}`, []string{element + "[0]"}},
		{"slice of a choice", `{"id":"Observation.value[x]","path":"Observation.value[x]","sliceName":"valueQuantity","type":[{"code":"Quantity"}]}`, nil},
		{"type of FHIRPath", `{"id":"Observation.issued","path":"Observation.issued","type":[{"code":"http://hl7.org/fhirpath/System.String"}]}`, []string{element + "[0]"}},
		{"type of FHIRPath where the base has it", `{"id":"Observation.id","path":"Observation.id","type":[{"code":"http://hl7.org/fhirpath/System.String"}]}`, nil},
		{"constraint of its own", `{"id":"Observation.code","path":"Observation.code","constraint":[{"key":"own-1","severity":"error","human":"x","expression":"text.exists()"}]}`, nil},
		{"constraint of the base again", `{"id":"Observation","path":"Observation","constraint":[{"key":"obs-6","severity":"error","human":"x","expression":"dataAbsentReason.empty()  or value.empty()"}]}`, nil},
		{"constraint of the base with another meaning", `{"id":"Observation.code","path":"Observation.code","constraint":[{"key":"obs-6","severity":"error","human":"x","expression":"true"}]}`, []string{element + "[0].constraint[0]"}},
		{"meaning of what is missing", `{"id":"Observation.category","path":"Observation.category","meaningWhenMissing":"x"}`, []string{element + "[0]"}},
		{"extension where modifiers stand", `{"id":"Observation.modifierExtension:a","path":"Observation.modifierExtension","sliceName":"a","type":[{"code":"Extension","profile":["http://hl7.org/fhir/StructureDefinition/bodySite"]}]}`, []string{element + "[0]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			profile := observation(c.elements)
			if got := judge(t, registry(t), `{"id":"x",`+profile[1:]); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestADefinitionSaysHowItBuildsOnItsBase(t *testing.T) {
	const whole = `"derivation":"constraint","kind":"complex-type","type":"Extension","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension",` +
		`"differential":{"element":[{"id":"Extension.url","path":"Extension.url","fixedUri":"http://example.org/x"}]}`
	at := func(place string) string {
		return `"context":[{"type":"element","expression":"` + place + `"}],` + whole
	}
	for rest, want := range map[string][]string{
		at("Patient"):                 nil,
		at("Patient.name.given"):      nil,
		at("Observation.value[x]"):    nil,
		at("CanonicalResource"):       nil,
		at("http://example.org/p#a"):  nil,
		at("Patientt"):                {"fhir-authoring StructureDefinition.context[0]"},
		at("Patient.nam"):             {"fhir-authoring StructureDefinition.context[0]"},
		at("Observation.valueString"): {"fhir-authoring StructureDefinition.context[0]"},
		at("http://hl7.org/fhir/StructureDefinition/Patient"):                             {"fhir-authoring StructureDefinition.context[0]"},
		`"contextInvariant":["exists("],` + at("Patient"):                                 {"fhir-authoring StructureDefinition.contextInvariant[0]"},
		strings.Replace(at("Patient"), "org/x", "org/y", 1):                               {"fhir-authoring StructureDefinition"},
		strings.Replace(at("Patient"), `"fixedUri":"http://example.org/x"`, `"min":1`, 1): {"fhir-authoring StructureDefinition"},
		strings.Replace(at("Patient"), `complex-type`, `resource`, 1):                     {"fhir-authoring StructureDefinition.kind"},
		strings.Replace(at("Patient"), `StructureDefinition/Extension"`, `StructureDefinition/Quantity"`, 1): {
			"fhir-authoring StructureDefinition", "fhir-authoring StructureDefinition.type",
		},
		strings.Replace(at("Patient"), `http://hl7.org/fhir/StructureDefinition/Extension"`, `http://example.org/x"`, 1): {"fhir-authoring StructureDefinition"},
	} {
		definition := `{"resourceType":"StructureDefinition","id":"x","url":"http://example.org/x","name":"X","status":"draft","abstract":false,` + rest + `}`
		if got := judge(t, registry(t), definition); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestATypeIsDefinedOnce(t *testing.T) {
	const own = `{"resourceType":"StructureDefinition","id":"x","url":"http://example.org/x","name":"X","status":"draft","abstract":false,"kind":"KIND","type":"TYPE",` +
		`"derivation":"specialization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/BASE","differential":{"element":[{"id":"PATH","path":"PATH","definition":"x","min":0,"max":"*"}]}}`
	for of, want := range map[[4]string][]string{
		{"resource", "Patient", "Patient", "Patient"}:                {"fhir-authoring StructureDefinition.type"},
		{"resource", "Patient", "DomainResource", "Patient"}:         {"fhir-authoring StructureDefinition.type"},
		{"complex-type", "HumanName", "Element", "HumanName"}:        {"fhir-authoring StructureDefinition.type"},
		{"logical", "http://example.org/x", "Element", "x"}:          nil,
		{"logical", "http://example.org/Patient", "Base", "Patient"}: nil,
	} {
		text := strings.NewReplacer("KIND", of[0], "TYPE", of[1], "BASE", of[2], "PATH", of[3]).Replace(own)
		if got := judge(t, registry(t), text); !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", of, got, want)
		}
	}
}

func TestTheURLOfADefinitionIsAbsolute(t *testing.T) {
	for resource, want := range map[string][]string{
		`{"resourceType":"ValueSet","status":"draft","url":"http://example.org/v"}`:                                                                              nil,
		`{"resourceType":"ValueSet","status":"draft","url":"urn:oid:2.16.840.1.113883.2.1"}`:                                                                     nil,
		`{"resourceType":"ValueSet","status":"draft","url":"ValueSet/v"}`:                                                                                        {"fhir-authoring ValueSet.url"},
		`{"resourceType":"Questionnaire","status":"draft","url":"#q"}`:                                                                                           {"fhir-authoring Questionnaire.url"},
		`{"resourceType":"DeviceDefinition","url":"device"}`:                                                                                                     nil,
		`{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"choice","answerValueSet":"http://hl7.org/fhir/administrative-gender"}]}`: {"fhir-reference-target Questionnaire.item[0].answerValueSet"},
	} {
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

func TestThePropertiesOfACodeSystemMeanWhatTheirURIsSay(t *testing.T) {
	const parent = `"property":[{"code":"up","uri":"http://hl7.org/fhir/concept-properties#parent","type":"code"}],`
	for rest, want := range map[string][]string{
		parent + `"concept":[{"code":"a"},{"code":"b","property":[{"code":"up","valueCode":"a"}]}]`:       nil,
		parent + `"concept":[{"code":"b","property":[{"code":"up","valueCode":"c"}]}]`:                    {"fhir-authoring CodeSystem.concept[0].property[0]"},
		`"property":[{"code":"p","uri":"http://hl7.org/fhir/concept-properties#p","type":"code"}]`:        {"fhir-authoring CodeSystem.property[0]"},
		`"property":[{"code":"p","uri":"http://example.org/p","type":"code"}]`:                            nil,
		`"property":[{"code":"p","uri":"p","type":"code"}]`:                                               {"fhir-authoring CodeSystem.property[0]"},
		`"property":[{"code":"p","uri":"http://hl7.org/fhir/concept-properties#status","type":"string"}]`: {"fhir-authoring CodeSystem.property[0]"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"CodeSystem","status":"draft","content":"complete",`+rest+`}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestAFilterHasAValueOfItsForm(t *testing.T) {
	const place = "fhir-authoring ValueSet.compose.include[0].filter[0]"
	for _, c := range []struct {
		system, filter string
		want           []string
	}{
		{"http://example.org", `{"property":"display","op":"regex","value":"a(b|c)[d-f]"}`, nil},
		{"http://example.org", `{"property":"display","op":"regex","value":"(?!x)a"}`, nil},
		{"http://example.org", `{"property":"display","op":"regex","value":"[a"}`, []string{place}},
		{"http://snomed.info/sct", `{"property":"expressions","op":"=","value":"true"}`, nil},
		{"http://snomed.info/sct", `{"property":"expressions","op":"=","value":"maybe"}`, []string{place}},
		{"http://hl7.org/fhir/ValueSet/administrative-gender", `{"property":"code","op":"=","value":"male"}`, []string{"fhir-authoring ValueSet.compose.include[0]"}},
	} {
		set := `{"resourceType":"ValueSet","status":"draft","compose":{"include":[{"system":"` + c.system + `","filter":[` + c.filter + `]}]}}`
		if got := judge(t, registry(t), set); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.filter, got, c.want)
		}
	}
}

func TestAFilterHasAValueOfTheTypeOfItsProperty(t *testing.T) {
	const place, system = "fhir-authoring ValueSet.compose.include[0].filter[0]", "http://example.org/cs"
	r := with(t, `{"resourceType":"CodeSystem","url":"`+system+`","status":"draft","content":"complete","property":[{"code":"n","type":"integer"},{"code":"x","type":"decimal"},`+
		`{"code":"d","type":"dateTime"},{"code":"f","type":"boolean"},{"code":"s","type":"string"},{"code":"c","type":"Coding"}],"concept":[{"code":"a"},{"code":"b"}]}`)
	for _, c := range []struct {
		property, op string
		right, wrong []string
	}{
		{"n", "=", []string{"1", "-2", "lt2"}, []string{"x", "1.5", "ltx"}},
		{"n", "in", []string{"1,2", "1, 2"}, []string{"1,x"}},
		{"x", "=", []string{"1.5"}, []string{"x"}},
		{"d", "=", []string{"2020", "2020-05-01T10:00:00Z"}, []string{"yesterday", "2020-13"}},
		{"f", "=", []string{"true"}, []string{"1", "True"}},
		{"inactive", "=", []string{"false"}, []string{"no"}},
		{"s", "=", []string{"a,b"}, nil},
		{"s", "exists", []string{"true"}, []string{"x"}},
		{"c", "=", []string{system + "#a", "http://example.org/unknown#x", "http://hl7.org/fhir/administrative-gender|4.0.1#male"}, []string{"a", system + "#z"}},
		{"concept", "is-a", []string{"a"}, []string{"z"}},
		{"parent", "descendent-of", []string{"a"}, []string{"z"}},
		{"f", "is-not-a", []string{"true"}, []string{"a"}},
		{"n", "generalizes", []string{"1"}, []string{"a"}},
		{"s", "is-a", []string{"z"}, nil},
		{"concept", "in", []string{"a,b"}, []string{"a,z"}},
		{"parent", "=", []string{"a"}, []string{"z"}},
		{"child", "exists", []string{"false"}, []string{"z"}},
		{"unknown", "=", []string{"x"}, nil},
		{"unknown", "is-a", []string{"z"}, nil},
	} {
		for i, value := range append(slices.Clone(c.right), c.wrong...) {
			var want []string
			if i >= len(c.right) {
				want = []string{place}
			}
			set := `{"resourceType":"ValueSet","status":"draft","compose":{"include":[{"system":"` + system + `","filter":[{"property":"` + c.property + `","op":"` + c.op + `","value":"` + value + `"}]}]}}`
			if got := judge(t, r, set); !slices.Equal(got, want) {
				t.Errorf("%s %s %s: got %v, want %v", c.property, c.op, value, got, want)
			}
		}
	}
}

func TestAValueSetSelectsFromACodeSystemItself(t *testing.T) {
	const whole = "fhir-authoring ValueSet.compose.include[0]"
	r := with(t, `{"resourceType":"CodeSystem","url":"http://example.org/extra","status":"draft","content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"male"}]}`)
	for include, want := range map[string][]string{
		`"system":"http://hl7.org/fhir/administrative-gender"`:                                                    nil,
		`"system":"http://example.org/extra"`:                                                                     {whole},
		`"system":"http://hl7.org/fhir/administrative-gender|4.0.1"`:                                              {whole},
		`"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"in","value":"723264001"}]`:       nil,
		`"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"=","value":"73211009"}]`:         {whole + ".filter[0]"},
		`"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"not-in","value":"723264001"}]`:   {whole + ".filter[0]"},
		`"system":"http://snomed.info/sct","filter":[{"property":"constraint","op":"is-a","value":"<<73211009"}]`: {whole + ".filter[0]"},
		`"system":"urn:oid:2.16.840.1.113883.6.1"`:                                                                {whole},
		`"system":"urn:oid:2.16.840.1.113883.18.2"`:                                                               {whole},
		`"system":"urn:oid:2.16.840.1.113883.4.642.4.2","concept":[{"code":"male"}]`:                              {whole},
		`"system":"urn:oid:2.16.840.1.113883.6.238"`:                                                              nil,
		`"system":"urn:oid:1.2.3.4.5"`:                                                                            nil,
		`"system":"http://loinc.org","filter":[{"property":"CLASS","op":"is-a","value":"CHEM"}]`:                  {whole + ".filter[0]"},
		`"system":"http://loinc.org","filter":[{"property":"CLASS","op":"regex","value":"CHEM.*"}]`:               nil,
		`"system":"http://loinc.org","filter":[{"property":"concept","op":"is-a","value":"LP1-1"}]`:               nil,
	} {
		if got := judge(t, r, `{"resourceType":"ValueSet","status":"draft","compose":{"include":[{`+include+`}]}}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", include, got, want)
		}
	}
}

func TestTheValueSetOfACodeSystemHasAllOfItsCodes(t *testing.T) {
	const place, system = "fhir-authoring CodeSystem.valueSet", "http://example.org/cs"
	for compose, want := range map[string][]string{
		`"include":[{"system":"` + system + `"}]`:                                                                  nil,
		`"include":[{"system":"` + system + `","concept":[{"code":"a"}]}]`:                                         {place},
		`"include":[{"system":"` + system + `","filter":[{"property":"concept","op":"is-a","value":"a"}]}]`:        {place},
		`"include":[{"system":"http://loinc.org"}]`:                                                                {place},
		`"include":[{"system":"` + system + `"},{"system":"http://loinc.org"}]`:                                    {place},
		`"include":[{"system":"` + system + `"}],"exclude":[{"system":"` + system + `","concept":[{"code":"a"}]}]`: {place},
	} {
		r := with(t, `{"resourceType":"ValueSet","url":"http://example.org/vs","status":"draft","compose":{`+compose+`}}`)
		got := judge(t, r, `{"resourceType":"CodeSystem","url":"`+system+`","status":"draft","content":"complete","valueSet":"http://example.org/vs","concept":[{"code":"a"}]}`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", compose, got, want)
		}
	}
}

func TestARuleOfAMapReadsFromSourcesAndWritesToTargets(t *testing.T) {
	const (
		place      = "fhir-authoring StructureMap.group[0].rule[0]."
		target     = `{"context":"out","contextType":"variable","element":"x","transform":`
		evaluated  = target + `"evaluate","parameter":[{"valueString":`
		translated = target + `"translate","parameter":[{"valueId":"v"`
	)
	for rule, want := range map[string][]string{
		`"source":[{"context":"in","variable":"v"}],"target":[{"context":"out","contextType":"variable"}]`: nil,
		`"source":[{"context":"out"}]`: {place + "source[0]"},
		`"source":[{"context":"in"}],"target":[{"context":"in","contextType":"variable"}]`:                                        {place + "target[0]"},
		`"source":[{"context":"in"}],"target":[{"context":"Patient","contextType":"type"}]`:                                       nil,
		`"source":[{"context":"any"}],"target":[{"context":"any","contextType":"variable"}]`:                                      nil,
		`"source":[{"context":"in","variable":"v"}],"rule":[{"name":"b","source":[{"context":"v"}]}]`:                             nil,
		`"source":[{"context":"in","variable":"v"}],"dependent":[{"name":"g","variable":["v","out","any"]}]`:                      nil,
		`"source":[{"context":"in"}],"dependent":[{"name":"g","variable":["out","w","any"]}]`:                                     {place + "dependent[0].variable[1]"},
		`"source":[{"context":"in"}],"dependent":[{"name":"g","variable":["in"]}]`:                                                {place + "dependent[0]"},
		`"source":[{"context":"in"}],"dependent":[{"name":"h","variable":["in"]}]`:                                                {place + "dependent[0]"},
		`"source":[{"context":"in"}],"target":[` + evaluated + `"in.name.exists()"}]}]`:                                           nil,
		`"source":[{"context":"in"}],"target":[` + evaluated + `"in.name."}]}]`:                                                   {place + "target[0].parameter[0]"},
		`"source":[{"context":"in","variable":"v"}],"target":[` + translated + `}]}]`:                                             {place + "target[0]"},
		`"source":[{"context":"in","variable":"v"}],"target":[` + translated + `},{"valueString":"#m"},{"valueString":"code"}]}]`: nil,
	} {
		got := judge(t, registry(t), `{"resourceType":"StructureMap","url":"http://a.test/m","name":"M","status":"draft","group":[{"name":"g","typeMode":"none","input":[{"name":"in","mode":"source"},{"name":"out","mode":"target"},{"name":"any"}],"rule":[{"name":"a",`+rule+`}]}]}`)
		got = slices.DeleteFunc(got, func(s string) bool { return s == "fhir-required StructureMap.group[0].input[2]" })
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rule, got, want)
		}
	}
}
