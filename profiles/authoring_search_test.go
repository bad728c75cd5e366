package profiles_test

import (
	"slices"
	"testing"
)

func TestASearchParameterCanBeCarriedOut(t *testing.T) {
	const expression = "fhir-authoring SearchParameter.expression"
	for _, c := range []struct {
		name, rest string
		want       []string
	}{
		{"path", `"base":["Patient"],"type":"token","expression":"Patient.gender"`, nil},
		{"no FHIRPath", `"base":["Patient"],"type":"token","expression":"Patient.("`, []string{expression}},
		{"element that is not there", `"base":["Patient"],"type":"token","expression":"Patient.colour"`, []string{expression}},
		{"path of another type", `"base":["Patient"],"type":"token","expression":"Observation.status"`, []string{expression}},
		{"paths of several types", `"base":["Patient","Person"],"type":"token","expression":"Patient.gender | Person.gender"`, nil},
		{"path of a type that is not there", `"base":["Patient"],"type":"token","expression":"PATIENT.gender"`, []string{expression}},
		{"one of several types that is not there", `"base":["Patient","Person"],"type":"token","expression":"Patient.gender | Persn.gender"`, []string{expression}},
		{"one of several paths that leads nowhere", `"base":["Patient","Person"],"type":"token","expression":"Patient.gender | Person.sex"`, []string{expression}},
		{"paths of several types in one path", `"base":["Patient","Person"],"type":"token","expression":"(Patient.name | Person.name).family"`, nil},
		{"a type in parentheses that is not there", `"base":["Patient","Person"],"type":"token","expression":"(Patiant.name | Person.name).family"`, []string{expression}},
		{"path of a type that it is not for", `"base":["Patient","Person"],"type":"token","expression":"Patient.gender | Practitioner.gender"`, []string{expression}},
		{"a bar in a literal", `"base":["Patient"],"type":"token","expression":"Patient.extension('http://a.test/x|1').value | Patient.identifier.where(value = 'it\\'s|').value"`, nil},
		{"a path for all of several types", `"base":["Patient","Person"],"type":"token","expression":"gender"`, nil},
		{"cast", `"base":["Patient","Condition"],"type":"date","expression":"(Patient.deceased as dateTime) | (Condition.onset as dateTime)"`, nil},
		{"choice by the name that it has in JSON", `"base":["Patient"],"type":"token","expression":"Patient.deceasedBoolean"`, []string{expression}},
		{"such a name below an extension", `"base":["Patient"],"type":"token","expression":"Patient.extension('http://a.test/x').valueString"`, []string{expression}},
		{"such a name that is one of an element", `"base":["Questionnaire"],"type":"date","expression":"Questionnaire.effectivePeriod"`, nil},
		{"cast to a type that is not there", `"base":["Patient"],"type":"token","expression":"Patient.deceased as Nothing"`, []string{expression}},
		{"path of any type", `"base":["Patient"],"type":"token","expression":"DomainResource.extension.url"`, nil},
		{"composite of two", `"base":["Observation"],"type":"composite","expression":"Observation","component":[{"definition":"http://a.example/1","expression":"code"},{"definition":"http://a.example/2","expression":"status"}]`, nil},
		{"composite of nothing", `"base":["Observation"],"type":"composite","expression":"Observation"`, []string{"fhir-authoring SearchParameter"}},
	} {
		parameter := `{"resourceType":"SearchParameter","url":"http://a.example/p","name":"P","status":"draft","description":"x","code":"p",` + c.rest + `}`
		if got := judge(t, registry(t), parameter); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAnOperationTakesParameters(t *testing.T) {
	const operation = `{"resourceType":"OperationDefinition","name":"O","status":"draft","kind":"operation","code":"o","system":true,"type":false,"instance":false,"inputProfile":"http://hl7.org/fhir/StructureDefinition/`
	for profile, want := range map[string][]string{
		"Parameters": nil, "nobody-has-this": nil, "Patient": {"fhir-authoring OperationDefinition.inputProfile"},
	} {
		if got := judge(t, registry(t), operation+profile+`"}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", profile, got, want)
		}
	}
}

func TestTheRulesOfAMapWorkOnWhatIsAtHand(t *testing.T) {
	const group = "fhir-authoring StructureMap.group[0]"
	for _, c := range []struct {
		name, imports, typ, rule string
		want                     []string
	}{
		{"input", "", "Patient", `"source":[{"context":"s"}]`, nil},
		{"alias", "", "P", `"source":[{"context":"s"}]`, nil},
		{"type that is not there", "", "Zed", `"source":[{"context":"s"}]`, []string{group + ".input[0]"}},
		{"type of an imported map", `"import":["http://a.example/m"],`, "Zed", `"source":[{"context":"s"}]`, nil},
		{"variable set before", "", "P", `"source":[{"context":"s","variable":"v"}],"rule":[{"name":"i","source":[{"context":"v"}]}]`, nil},
		{"variable that is not", "", "P", `"source":[{"context":"v"}]`, []string{group + ".rule[0].source[0]"}},
		{"variable of a rule beside", "", "P", `"source":[{"context":"s"}],"rule":[{"name":"i","source":[{"context":"s","variable":"v"}]},{"name":"k","source":[{"context":"v"}]}]`, []string{group + ".rule[0].rule[1].source[0]"}},
		{"target", "", "P", `"source":[{"context":"s"}],"target":[{"context":"zz","contextType":"variable"}]`, []string{group + ".rule[0].target[0]"}},
		{"group", "", "P", `"source":[{"context":"s"}],"dependent":[{"name":"g","variable":["s"]}]`, nil},
		{"group that is not there", "", "P", `"source":[{"context":"s"}],"dependent":[{"name":"h","variable":["s"]}]`, []string{group + ".rule[0].dependent[0]"}},
	} {
		m := `{"resourceType":"StructureMap","url":"http://a.example/x","name":"X","status":"draft",` + c.imports +
			`"structure":[{"url":"http://hl7.org/fhir/StructureDefinition/Patient","mode":"source","alias":"P"}],` +
			`"group":[{"name":"g","typeMode":"none","input":[{"name":"s","type":"` + c.typ + `","mode":"source"}],"rule":[{"name":"r",` + c.rule + `}]}]}`
		if got := judge(t, registry(t), m); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAGroupOfAMapExtendsOneThatIsThere(t *testing.T) {
	for extended, want := range map[string][]string{
		"base": nil,
		"zz":   {"fhir-authoring StructureMap.group[1].extends"},
	} {
		const inner = `"typeMode":"none","input":[{"name":"s","type":"Patient","mode":"source"}],"rule":[{"name":"r","source":[{"context":"s"}]}]}`
		m := `{"resourceType":"StructureMap","url":"http://a.example/x","name":"X","status":"draft","group":[{"name":"base",` + inner + `,{"name":"g","extends":"` + extended + `",` + inner + `]}`
		if got := judge(t, registry(t), m); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", extended, got, want)
		}
	}
}
