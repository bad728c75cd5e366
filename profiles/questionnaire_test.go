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

func TestAConditionFindsItsQuestionInItsOwnOccurrenceOfAGroup(t *testing.T) {
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[
 {"linkId":"child","type":"group","repeats":true,"item":[{"linkId":"smokes","type":"boolean","item":[
   {"linkId":"since","type":"date","enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}]}]},
  {"linkId":"more","type":"group","item":[{"linkId":"amount","type":"integer","required":true,"enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}]}]}]},
 {"linkId":"any","type":"string","enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}]},
 {"linkId":"text","type":"display"}]}`)
	child := func(smokes, amount, below string) string {
		out := `{"linkId":"child","item":[{"linkId":"smokes","answer":[{"valueBoolean":` + smokes + below + `}]}`
		if amount != "" {
			out += `,{"linkId":"more","item":[{"linkId":"amount","answer":[{"valueInteger":` + amount + `}]}]}`
		}
		return out + `]}`
	}
	const rule, since = "fhir-questionnaire QuestionnaireResponse", `,"item":[{"linkId":"since","answer":[{"valueDate":"2020"}]}]`
	for items, want := range map[string][]string{
		child("true", "5", "") + "," + child("false", "", ""):                                                      nil,
		child("true", "5", since) + "," + child("false", "", ""):                                                   nil,
		child("false", "", "") + "," + child("true", "5", ""):                                                      nil,
		child("true", "5", "") + "," + child("false", "5", ""):                                                     {rule + ".item[1].item[1].item[0]"},
		child("true", "5", "") + "," + child("false", "", since):                                                   {rule + ".item[1].item[0].answer[0].item[0]"},
		child("true", "5", "") + `,{"linkId":"child","item":[` + `{"linkId":"more","item":[]}]}`:                   {"fhir-empty QuestionnaireResponse.item[1].item[0].item"},
		child("true", "5", "") + "," + child("false", "", "") + `,{"linkId":"any","answer":[{"valueString":"x"}]}`: nil,
		child("false", "", "") + `,{"linkId":"any","answer":[{"valueString":"x"}]}`:                                {rule + ".item[1]"},
		child("false", "", "") + `,{"linkId":"text","item":[{"linkId":"any","answer":[{"valueString":"x"}]}]}`:     {rule + ".item[1].item[0]"},
	} {
		if got := judge(t, r, answered(items)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", items, got, want)
		}
	}
}

func TestDefinitionsAreJudgedAsDefinitions(t *testing.T) {
	r := registry(t)
	for resource, want := range map[string][]string{
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","count":2,"concept":[{"code":"a"}]}`:                                                                {"fhir-authoring CodeSystem.count"},
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"complete","concept":[{"code":"a"},{"code":"a"}]}`:                                                             {"csd-1 CodeSystem", "fhir-authoring CodeSystem.concept[1]"},
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"relative"}]}}`:                                                                                                          {"fhir-authoring ValueSet.compose.include[0]"},
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211009"}]}]}}`:                           nil,
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"http://snomed.info/sct","filter":[{"property":"concept","op":"is-a","value":"73211008"}]}]}}`:                           {"fhir-authoring ValueSet.compose.include[0].filter[0]"},
		`{"resourceType":"ValueSet","status":"active","compose":{"include":[{"system":"urn:oid:2.16.840.1.113883.6.96"}]}}`:                                                                                    {"fhir-authoring ValueSet.compose.include[0]"},
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","count":1,"concept":[{"code":"male"}]}`: nil,
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","count":4,"concept":[{"code":"male"}]}`: nil,
		`{"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","count":7,"concept":[{"code":"male"}]}`: {"fhir-authoring CodeSystem.count"},
		`{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"1","type":"string","enableWhen":[{"question":"1","operator":"exists","answerBoolean":true}]}]}`:                                  {"fhir-authoring Questionnaire.item[0]"},
	} {
		if got := judge(t, r, resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

func TestAnAnswerIsJudgedByTheExtensionsOfItsQuestion(t *testing.T) {
	const core = "http://hl7.org/fhir/StructureDefinition/"
	const sdc = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[
 {"linkId":"pregnant","type":"boolean"},
 {"linkId":"weeks","type":"integer","required":true,"extension":[{"url":"`+sdc+`sdc-questionnaire-enableWhenExpression","valueExpression":{"language":"text/fhirpath","expression":"item.where(linkId = 'pregnant').answer.value = true"}}]},
 {"linkId":"postcode","type":"string","extension":[{"url":"`+core+`regex","valueString":"[A-Z]+[0-9]+"}]},
 {"linkId":"names","type":"string","repeats":true,"extension":[{"url":"`+core+`questionnaire-minOccurs","valueInteger":2}]},
 {"linkId":"weight","type":"quantity","extension":[{"url":"`+core+`questionnaire-unitValueSet","valueCanonical":"http://example.org/ValueSet/units"}]},
 {"linkId":"who","type":"reference","extension":[{"url":"`+core+`questionnaire-referenceProfile","valueCanonical":"http://hl7.org/fhir/StructureDefinition/Practitioner"}]}]}`,
		`{"resourceType":"ValueSet","url":"http://example.org/ValueSet/units","status":"active","compose":{"include":[{"system":"http://unitsofmeasure.org","concept":[{"code":"kg"}]}]}}`)
	const (
		names = `,{"linkId":"names","answer":[{"valueString":"x"},{"valueString":"y"}]}`
		no    = `{"linkId":"pregnant","answer":[{"valueBoolean":false}]}`
		rule  = "fhir-questionnaire QuestionnaireResponse"
	)
	for _, c := range []struct {
		name, items string
		want        []string
	}{
		{"not enabled by its expression", no + names, nil},
		{"enabled by its expression", `{"linkId":"pregnant","answer":[{"valueBoolean":true}]}` + names, []string{rule}},
		{"answered though its expression does not enable it", no + `,{"linkId":"weeks","answer":[{"valueInteger":5}]}` + names, []string{rule + ".item[1]"}},
		{"matches", no + `,{"linkId":"postcode","answer":[{"valueString":"LS1"}]}` + names, nil},
		{"does not match", no + `,{"linkId":"postcode","answer":[{"valueString":"LS 1"}]}` + names, []string{rule + ".item[1].answer[0].value.ofType(string)"}},
		{"too few", no + `,{"linkId":"names","answer":[{"valueString":"x"}]}`, []string{rule + ".item[1]"}},
		{"none at all", no, []string{rule}},
		{"unit of the value set", no + names + `,{"linkId":"weight","answer":[{"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"kg"}}]}`, nil},
		{"another unit", no + names + `,{"linkId":"weight","answer":[{"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"g"}}]}`, []string{rule + ".item[2].answer[0].value.ofType(Quantity)"}},
		{"right type of reference", no + names + `,{"linkId":"who","answer":[{"valueReference":{"reference":"Practitioner/1"}}]}`, nil},
		{"wrong type of reference", no + names + `,{"linkId":"who","answer":[{"valueReference":{"reference":"Patient/1"}}]}`, []string{rule + ".item[2].answer[0].value.ofType(Reference)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judge(t, r, answered(c.items)); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnAttachmentIsOfAKindThatItsQuestionAllows(t *testing.T) {
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[{"linkId":"scan","type":"attachment",`+
		`"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/mimeType","valueCode":"image/png"},{"url":"http://hl7.org/fhir/StructureDefinition/mimeType","valueCode":"image/jpeg"}]},`+
		`{"linkId":"any","type":"attachment"}]}`)
	const rule = "fhir-questionnaire QuestionnaireResponse.item[0].answer[0].value.ofType(Attachment)"
	for attachment, want := range map[string][]string{
		`{"contentType":"image/jpeg","url":"https://example.org/a"}`:      nil,
		`{"contentType":"application/pdf","url":"https://example.org/a"}`: {rule},
		`{"url":"https://example.org/a"}`:                                 {rule},
		`{"contentType":"image/png; q=1","url":"https://example.org/a"}`:  nil,
	} {
		got := judge(t, r, answered(`{"linkId":"scan","answer":[{"valueAttachment":`+attachment+`}]},{"linkId":"any","answer":[{"valueAttachment":`+attachment+`}]}`))
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", attachment, got, want)
		}
	}
}

// TestAnswersAreHeldToAValueSetThatTheQuestionnaireContains holds that a value set needs no URL to be found by its id, beside the
// questionnaire whether that is loaded or contained in the response, and that an id of something else is found there, too.
func TestAnswersAreHeldToAValueSetThatTheQuestionnaireContains(t *testing.T) {
	const (
		values   = `{"resourceType":"ValueSet","id":"v","status":"active","compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"male"}]}]}}`
		question = `"item":[{"linkId":"sex","type":"choice","answerValueSet":"#v"},{"linkId":"weight","type":"quantity","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unitValueSet","valueCanonical":"#v"}]}]`
		sex      = "fhir-questionnaire QuestionnaireResponse.item[0].answer[0].value.ofType(Coding)"
	)
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","contained":[`+values+`],`+question+`}`)
	inside := func(code string) string {
		return `{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"#q","contained":[{"resourceType":"Questionnaire","id":"q","status":"active",` + question + `},` + values + `],` +
			`"item":[{"linkId":"sex","answer":[{"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"` + code + `"}}]}]}`
	}
	coded := func(code string) string {
		return answered(`{"linkId":"sex","answer":[{"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"` + code + `"}}]}`)
	}
	const weight = `{"linkId":"weight","answer":[{"valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"kg"}}]}`
	for text, want := range map[string][]string{
		coded("male"):    nil,
		coded("female"):  {sex},
		inside("male"):   nil,
		inside("female"): {sex},
		answered(weight): {"fhir-questionnaire QuestionnaireResponse.item[0].answer[0].value.ofType(Quantity)"},
		`{"resourceType":"Questionnaire","status":"active","contained":[{"resourceType":"Patient","id":"v"}],"item":[{"linkId":"sex","type":"choice","answerValueSet":"#v"}]}`: {"fhir-reference-target Questionnaire.item[0].answerValueSet"},
		`{"resourceType":"Measure","status":"active","contained":[{"resourceType":"Library","id":"l","status":"active","type":{"text":"x"}}],"library":["#l"]}`:                nil,
		`{"resourceType":"Measure","status":"active","contained":[{"resourceType":"Patient","id":"l"}],"library":["#l"]}`:                                                      {"fhir-reference-target Measure.library[0]"},
	} {
		if got := judge(t, r, text); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestAGroupThatIsNotEnabledHoldsNoAnswer(t *testing.T) {
	r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[
 {"linkId":"smokes","type":"boolean"},
 {"linkId":"habits","type":"group","enableWhen":[{"question":"smokes","operator":"=","answerBoolean":true}],"item":[
  {"linkId":"amount","type":"integer","required":true},{"linkId":"more","type":"group","item":[{"linkId":"brand","type":"string"}]}]}]}`)
	const (
		rule  = "fhir-questionnaire QuestionnaireResponse.item[1]"
		no    = `{"linkId":"smokes","answer":[{"valueBoolean":false}]},`
		brand = `{"linkId":"more","item":[{"linkId":"brand","answer":[{"valueString":"x"}]}]}`
	)
	for items, want := range map[string][]string{
		no + `{"linkId":"habits"}`:                                                            nil,
		no + `{"linkId":"habits","item":[{"linkId":"amount"}]}`:                               nil,
		no + `{"linkId":"habits","item":[{"linkId":"amount","answer":[{"valueInteger":5}]}]}`: {rule},
		no + `{"linkId":"habits","item":[` + brand + `]}`:                                     {rule},
	} {
		if got := judge(t, r, answered(items)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", items, got, want)
		}
	}
}

func TestAnswersAreComparedByCodeAndSystemAndNotByVersion(t *testing.T) {
	form := func(option, condition string) string {
		return `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[{"linkId":"colour","type":"choice","answerOption":[{"valueCoding":` +
			option + `}]},{"linkId":"why","type":"string","enableWhen":[{"question":"colour","operator":"=","answerCoding":` + condition + `}]}]}`
	}
	const (
		red     = `{"system":"http://example.org","code":"red"}`
		later   = `{"system":"http://example.org","code":"red","version":"2"}`
		bare    = `{"code":"red"}`
		rule    = "fhir-questionnaire QuestionnaireResponse.item"
		option  = rule + "[0].answer[0].value.ofType(Coding)"
		enabled = rule + "[1]"
	)
	for _, c := range []struct {
		option, condition, answer string
		want                      []string
	}{
		{red, red, red, nil},
		{later, red, red, nil},
		{red, later, later, nil},
		{red, bare, later, nil},
		{bare, red, bare, []string{enabled}},
		{bare, bare, red, []string{option}},
		{red, bare, `{"system":"http://example.org","code":"blue"}`, []string{option, enabled}},
		{red, `{"system":"http://example.com","code":"red"}`, red, []string{enabled}},
	} {
		got := judge(t, with(t, form(c.option, c.condition)), answered(`{"linkId":"colour","answer":[{"valueCoding":`+c.answer+`}]},{"linkId":"why","answer":[{"valueString":"x"}]}`))
		if !slices.Equal(got, c.want) {
			t.Errorf("option %s, condition %s, answer %s: got %v, want %v", c.option, c.condition, c.answer, got, c.want)
		}
	}
}

// TestAnAnswerIsOfATypeThatItsQuestionCanHave holds what R4 lets be answered where no options say it, and what restricts nothing.
func TestAnAnswerIsOfATypeThatItsQuestionCanHave(t *testing.T) {
	const gender = `"answerValueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"`
	const kilogram = `"system":"http://unitsofmeasure.org","code":"kg"`
	const least = `"extension":[{"url":"http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-minQuantity","valueQuantity":{"value":1,` + kilogram + `}}]`
	for _, c := range []struct {
		item, answer string
		right        bool
	}{
		{`"type":"choice"`, `"valueCoding":{"system":"http://example.org","code":"x"}`, true},
		{`"type":"choice"`, `"valueBoolean":true`, false},
		{`"type":"choice"`, `"valueReference":{"reference":"Patient/1"}`, false},
		{`"type":"choice",` + gender, `"valueQuantity":{"value":1}`, false},
		{`"type":"choice",` + gender, `"valueCoding":{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}`, true},
		{`"type":"open-choice"`, `"valueString":"x"`, true},
		{`"type":"open-choice"`, `"valueDecimal":1`, false},
		{`"type":"choice","answerOption":[{"valueReference":{"reference":"Patient/1"}}]`, `"valueReference":{"reference":"Patient/1"}`, true},
		{`"type":"text","answerOption":[{"valueString":"a"}]`, `"valueString":"b"`, true},
		{`"type":"string","answerOption":[{"valueString":"a"}]`, `"valueString":"b"`, false},
		{`"type":"date","maxLength":4`, `"valueDate":"2020-05-01"`, true},
		{`"type":"url","maxLength":4`, `"valueUri":"http://example.org"`, false},
		{`"type":"quantity",` + least, `"valueQuantity":{"value":2,` + kilogram + `}`, true},
		{`"type":"quantity",` + least, `"valueQuantity":{"value":2}`, false},
		{`"type":"quantity",` + least, `"valueQuantity":{"value":2,"unit":"kg"}`, false},
		{`"type":"quantity",` + least, `"valueQuantity":{` + kilogram + `}`, true},
	} {
		r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[{"linkId":"q",`+c.item+`}]}`)
		got := judge(t, r, answered(`{"linkId":"q","answer":[{`+c.answer+`}]}`))
		if right := len(got) == 0; right != c.right {
			t.Errorf("%s answered by %s: got %v", c.item, c.answer, got)
		}
	}
}
