package profiles_test

import (
	"slices"
	"testing"
)

func TestARuleOfAMapLeadsToElementsThatThereAre(t *testing.T) {
	const (
		r4   = "http://hl7.org/fhir/StructureDefinition/"
		rule = "fhir-authoring StructureMap.group[0].rule[0]."
	)
	source := func(fields string) string { return `"source":[{"context":"in",` + fields + `}]` }
	nested := func(fields, inner string) string {
		return source(fields+`,"variable":"v"`) + `,"rule":[{"name":"b","source":[{"context":"v",` + inner + `}]}]`
	}
	target := func(fields string) string {
		return `"source":[{"context":"in"}],"target":[{"context":"out","contextType":"variable",` + fields + `}]`
	}
	made := func(fields, inner string) string {
		return target(fields+`,"variable":"v"`) + `,"rule":[{"name":"b","source":[{"context":"in"}],"target":[{"context":"v","contextType":"variable",` + inner + `}]}]`
	}
	for name, c := range map[string]struct {
		from, rule string
		want       []string
	}{
		"an element":                           {rule: source(`"element":"birthDate"`)},
		"no element":                           {rule: source(`"element":"birthday"`), want: []string{rule + "source[0].element"}},
		"a choice":                             {rule: source(`"element":"deceased"`)},
		"a choice by one of its types":         {rule: source(`"element":"deceased","type":"dateTime"`)},
		"a choice with the type in its name":   {rule: source(`"element":"deceasedBoolean"`), want: []string{rule + "source[0].element"}},
		"a choice as definitions write it":     {rule: source(`"element":"deceased[x]"`), want: []string{rule + "source[0].element"}},
		"another type":                         {rule: source(`"element":"deceased","type":"Quantity"`), want: []string{rule + "source[0].type"}},
		"a type that the other builds on":      {from: "Observation", rule: source(`"element":"value","type":"Quantity"`)},
		"two steps at once":                    {rule: source(`"element":"name.family"`), want: []string{rule + "source[0].element"}},
		"a step inside":                        {rule: nested(`"element":"name"`, `"element":"family"`)},
		"a wrong step inside":                  {rule: nested(`"element":"name"`, `"element":"surname"`), want: []string{rule + "rule[0].source[0].element"}},
		"an extension of a primitive":          {rule: nested(`"element":"birthDate"`, `"element":"extension"`)},
		"a child of a primitive":               {rule: nested(`"element":"birthDate"`, `"element":"year"`), want: []string{rule + "rule[0].source[0].element"}},
		"an element with elements":             {rule: nested(`"element":"contact"`, `"element":"relationship"`)},
		"an element with others":               {rule: nested(`"element":"contact"`, `"element":"relation"`), want: []string{rule + "rule[0].source[0].element"}},
		"content of another element":           {from: "Questionnaire", rule: nested(`"element":"item"`, `"element":"item"`)},
		"content that the other does not have": {from: "Questionnaire", rule: nested(`"element":"item"`, `"element":"question"`), want: []string{rule + "rule[0].source[0].element"}},
		"in what any resource has":             {from: "Bundle", rule: nested(`"element":"entry"`, `"element":"resource"`)},
		"below any resource":                   {rule: nested(`"element":"contained"`, `"element":"birthDate"`)},
		"below a resource of a type":           {rule: nested(`"element":"contained","type":"Patient"`, `"element":"birthDay"`), want: []string{rule + "rule[0].source[0].element"}},
		"below a choice":                       {from: "Observation", rule: nested(`"element":"value"`, `"element":"coding"`)},
		"below a choice that has none such":    {from: "Observation", rule: nested(`"element":"value"`, `"element":"codings"`), want: []string{rule + "rule[0].source[0].element"}},
		"the input under another name":         {rule: `"source":[{"context":"in","variable":"v"}],"rule":[{"name":"b","source":[{"context":"v","element":"birthday"}]}]`, want: []string{rule + "rule[0].source[0].element"}},
		"of a profile":                         {from: "bodyweight", rule: source(`"element":"code"`)},
		"of a profile that has none such":      {from: "bodyweight", rule: source(`"element":"codes"`), want: []string{rule + "source[0].element"}},
		"of a model that is not loaded":        {from: "http://a.test/Model", rule: source(`"element":"anything"`)},
		"of another version":                   {from: "http://hl7.org/fhir/3.0/StructureDefinition/Patient", rule: source(`"element":"animal"`)},
		"into an element":                      {rule: target(`"element":"code","transform":"create"`)},
		"into none":                            {rule: target(`"element":"codes","transform":"create"`), want: []string{rule + "target[0].element"}},
		"into what is created":                 {rule: made(`"element":"code","transform":"create","parameter":[{"valueString":"CodeableConcept"}]`, `"element":"text"`)},
		"into what is created, with a slip":    {rule: made(`"element":"code","transform":"create","parameter":[{"valueString":"CodeableConcept"}]`, `"element":"txt"`), want: []string{rule + "rule[0].target[0].element"}},
		"into what is created as its element":  {rule: made(`"element":"code"`, `"element":"txt"`), want: []string{rule + "rule[0].target[0].element"}},
		"into a resource of its own":           {rule: made(`"transform":"create","parameter":[{"valueString":"Organization"}]`, `"element":"alias"`)},
		"into a resource that is not known":    {rule: made(`"transform":"create","parameter":[{"valueString":"Model"}]`, `"element":"anything"`)},
		"into a type":                          {rule: `"source":[{"context":"in"}],"target":[{"context":"Model","contextType":"type","element":"anything"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			from := c.from
			if from == "" {
				from = "Patient"
			}
			if !slices.Contains([]byte(from), ':') {
				from = r4 + from
			}
			got := judge(t, registry(t), `{"resourceType":"StructureMap","url":"http://a.test/m","name":"M","status":"draft",
"structure":[{"url":"`+from+`","mode":"source","alias":"From"},{"url":"`+r4+`Basic","mode":"target","alias":"To"}],"group":[{"name":"g","typeMode":"none",
"input":[{"name":"in","type":"From","mode":"source"},{"name":"out","type":"To","mode":"target"}],"rule":[{"name":"a",`+c.rule+`}]}]}`)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
