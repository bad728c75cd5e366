package profiles_test

import (
	"slices"
	"testing"
)

// TestAQuestionnaireIsHeldToWhatItIsDerivedFrom holds that one that complies with another takes no answer that the other would not
// take, and that one that extends it takes all of them.
func TestAQuestionnaireIsHeldToWhatItIsDerivedFrom(t *testing.T) {
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/base","status":"active","item":[
		{"linkId":"a","type":"string","required":true,"maxLength":10},
		{"linkId":"c","type":"choice","answerOption":[{"valueCoding":{"system":"http://example.org","code":"1"}},{"valueCoding":{"system":"http://example.org","code":"2"}}]},
		{"linkId":"g","type":"group","item":[{"linkId":"g1","type":"integer"}]}]}`)
	const (
		a      = `{"linkId":"a","type":"string","required":true,"maxLength":10}`
		c      = `{"linkId":"c","type":"choice","answerOption":[{"valueCoding":{"system":"http://example.org","code":"2"}}]}`
		whole  = `{"linkId":"c","type":"choice","answerOption":[{"valueCoding":{"system":"http://example.org","code":"1"}},{"valueCoding":{"system":"http://example.org","code":"2"}},{"valueString":"more"}]}`
		g      = `{"linkId":"g","type":"group","item":[{"linkId":"g1","type":"integer"}]}`
		own    = `{"linkId":"own","type":"string"}`
		place  = "fhir-authoring Questionnaire"
		first  = place + ".item[0]"
		second = place + ".item[1]"
	)
	for _, test := range []struct {
		name, how, items string
		want             []string
	}{
		{"fewer items and options", "compliesWith", a + "," + c, nil},
		{"a text to read besides", "compliesWith", a + `,{"linkId":"t","type":"display"}`, nil},
		{"item of its own", "compliesWith", a + "," + own, []string{second}},
		{"without a required item", "compliesWith", c, []string{place}},
		{"another type", "compliesWith", `{"linkId":"a","type":"integer","required":true}`, []string{first}},
		{"no longer required", "compliesWith", `{"linkId":"a","type":"string","maxLength":10}`, []string{first}},
		{"longer", "compliesWith", `{"linkId":"a","type":"string","required":true,"maxLength":11}`, []string{first}},
		{"shorter", "compliesWith", `{"linkId":"a","type":"string","required":true,"maxLength":9}`, nil},
		{"of any length", "compliesWith", `{"linkId":"a","type":"string","required":true}`, []string{first}},
		{"repeats", "compliesWith", `{"linkId":"a","type":"string","required":true,"maxLength":10,"repeats":true}`, []string{first}},
		{"another option", "compliesWith", a + "," + whole, []string{second}},
		{"any option", "compliesWith", a + `,{"linkId":"c","type":"choice"}`, []string{second}},
		{"another order", "compliesWith", c + "," + a, []string{second}},
		{"out of its group", "compliesWith", a + `,{"linkId":"g1","type":"integer"}`, []string{second}},
		{"more items and options", "extends", a + "," + whole + "," + g + "," + own, nil},
		{"extends without an item", "extends", a + "," + whole, []string{place}},
		{"extends without an option", "extends", a + "," + c + "," + g, []string{second}},
		{"extends with another type", "extends", `{"linkId":"a","type":"integer"},` + whole + "," + g, []string{first}},
		{"is inspired by it", "inspiredBy", own, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			derived := `{"resourceType":"Questionnaire","status":"draft","derivedFrom":["http://example.org/Questionnaire/base"],` +
				`"_derivedFrom":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType",` +
				`"valueCoding":{"system":"http://hl7.org/fhir/questionnaire-derivationType","code":"` + test.how + `"}}]}],"item":[` + test.items + `]}`
			if got := judge(t, r, derived); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
