package profiles_test

import (
	"slices"
	"testing"
)

const form = `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[
 {"linkId":"smokes","type":"boolean","required":true},
 {"linkId":"amount","type":"integer","enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}],
  "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/maxValue","valueInteger":80}]},
 {"linkId":"colour","type":"choice","repeats":true,"answerOption":[{"valueCoding":{"system":"http://example.org","code":"red"}},{"valueCoding":{"system":"http://example.org","code":"blue"}}]},
 {"linkId":"group","type":"group","item":[{"linkId":"note","type":"string","maxLength":5}]}]}`

func answered(items string) string {
	return `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://example.org/Questionnaire/form","item":[` + items + `]}`
}

func TestAnswersAreJudgedAgainstTheirQuestionnaire(t *testing.T) {
	r := with(t, form)
	const (
		yes  = `{"linkId":"smokes","answer":[{"valueBoolean":true}]}`
		no   = `{"linkId":"smokes","answer":[{"valueBoolean":false}]}`
		rule = "fhir-questionnaire QuestionnaireResponse"
	)
	for _, c := range []struct {
		name, items string
		want        []string
	}{
		{"all is well", yes + `,{"linkId":"amount","answer":[{"valueInteger":20}]},{"linkId":"colour","answer":[{"valueCoding":{"system":"http://example.org","code":"red"}}]},{"linkId":"group","item":[{"linkId":"note","answer":[{"valueString":"ok"}]}]}`, nil},
		{"required answer is missing", `{"linkId":"colour","answer":[{"valueCoding":{"system":"http://example.org","code":"red"}}]}`, []string{rule}},
		{"unknown linkId", yes + `,{"linkId":"zz","answer":[{"valueString":"x"}]}`, []string{rule}},
		{"wrong type", `{"linkId":"smokes","answer":[{"valueString":"yes"}]}`, []string{rule + ".item[0].answer[0].value.ofType(string)"}},
		{"not enabled", no + `,{"linkId":"amount","answer":[{"valueInteger":20}]}`, []string{rule + ".item[1]"}},
		{"beyond the maximum", yes + `,{"linkId":"amount","answer":[{"valueInteger":81}]}`, []string{rule + ".item[1].answer[0].value.ofType(integer)"}},
		{"not an option", yes + `,{"linkId":"colour","answer":[{"valueCoding":{"system":"http://example.org","code":"pink"}}]}`, []string{rule + ".item[1].answer[0].value.ofType(Coding)"}},
		{"two answers to a question that takes one", `{"linkId":"smokes","answer":[{"valueBoolean":true},{"valueBoolean":false}]}`, []string{rule + ".item[0]"}},
		{"item in the wrong place", yes + `,{"linkId":"note","answer":[{"valueString":"ok"}]}`, []string{rule + ".item[1]"}},
		{"text that is too long", yes + `,{"linkId":"group","item":[{"linkId":"note","answer":[{"valueString":"too long"}]}]}`, []string{rule + ".item[1].item[0].answer[0].value.ofType(string)"}},
		{"group with an answer", yes + `,{"linkId":"group","answer":[{"valueString":"x"}]}`, []string{rule + ".item[1]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judge(t, r, answered(c.items)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestDefinitionsAreJudgedAsDefinitions(t *testing.T) {
	r := registry(t)
	for resource, want := range map[string][]string{
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","count":2,"concept":[{"code":"a"}]}`:                                      {"fhir-authoring CodeSystem.count"},
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","concept":[{"code":"a"},{"code":"a"}]}`:                                   {"csd-1 CodeSystem", "fhir-authoring CodeSystem.concept[1]"},
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"relative"}]}}`:                                                                                {"fhir-authoring ValueSet.compose.include[0]"},
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211009"}]}]}}`: nil,
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211008"}]}]}}`: {"fhir-authoring ValueSet.compose.include[0].filter[0]"},
		`{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","type":"string","enableWhen":[{"question":"1","operator":"exists","answerBoolean":true}]}]}`:        {"fhir-authoring Questionnaire.item[0]"},
	} {
		if got := judge(t, r, resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}
