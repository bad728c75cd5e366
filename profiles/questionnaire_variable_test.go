package profiles_test

import (
	"slices"
	"testing"
)

// TestAnExpressionThatEnablesAQuestionMayUseVariables holds what org.hl7.fhir.core 2404 reports, with answers that are not asked for beside it.
func TestAnExpressionThatEnablesAQuestionMayUseVariables(t *testing.T) {
	const (
		expression = `"valueExpression":{"language":"text/fhirpath","expression":"`
		variable   = `{"url":"http://hl7.org/fhir/StructureDefinition/variable","valueExpression":{"language":"text/fhirpath","name":"`
		enables    = `{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression",` + expression
	)
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","extension":[`+
		variable+`age","expression":"%resource.item.item.where(linkId='age').answer.value"}},`+variable+`old","expression":"%age > 64"}}],"item":[`+
		`{"linkId":"g","type":"group","extension":[`+variable+`twice","expression":"%age * 2"}}],"item":[{"linkId":"age","type":"integer"},`+
		`{"linkId":"pension","type":"string","extension":[`+enables+`%old"}}]},`+
		`{"linkId":"century","type":"string","extension":[`+enables+`%twice > 100"}}]},`+
		`{"linkId":"never","type":"string","extension":[`+enables+`%nobody.exists()"}}]}]}]}`)
	answered := func(age, linkID string) string {
		return `{"resourceType":"QuestionnaireResponse","questionnaire":"http://example.org/Questionnaire/form","status":"completed","item":[{"linkId":"g","item":[` +
			`{"linkId":"age","answer":[{"valueInteger":` + age + `}]},{"linkId":"` + linkID + `","answer":[{"valueString":"x"}]}]}]}`
	}
	disabled := []string{"fhir-questionnaire QuestionnaireResponse.item[0].item[1]"}
	for response, want := range map[string][]string{
		answered("70", "pension"): nil, answered("60", "pension"): disabled,
		answered("60", "century"): nil, answered("40", "century"): disabled,
		answered("70", "never"): nil, // it cannot be told, which is reported as a warning
	} {
		if got := judge(t, r, response); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", response, got, want)
		}
	}
}
