package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/terminology"
)

// questionnaire is a Questionnaire with its items by linkId.
type questionnaire struct {
	items map[string]*question
	top   []*question
}

// question is one item of a Questionnaire.
type question struct {
	obj    map[string]any
	linkID string
	typ    string
	parent *question
	items  []*question
}

const deepestQuestion = 100

func newQuestionnaire(resource map[string]any) *questionnaire {
	q := &questionnaire{items: map[string]*question{}}
	q.top = q.read(resource, nil, 0)
	return q
}

func (q *questionnaire) read(obj map[string]any, parent *question, depth int) []*question {
	if depth > deepestQuestion {
		return nil
	}
	var list []*question
	items, _ := obj["item"].([]any)
	for _, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			continue
		}
		made := &question{obj: o, parent: parent}
		made.linkID, _ = o["linkId"].(string)
		made.typ, _ = o["type"].(string)
		made.items = q.read(o, made, depth+1)
		q.items[made.linkID] = made
		list = append(list, made)
	}
	return list
}

// findQuestionnaire returns the Questionnaire that a response answers: contained in it, or loaded.
func (j *judge) findQuestionnaire(response map[string]any) map[string]any {
	canonical, _ := response["questionnaire"].(string)
	if canonical == "" {
		return nil
	}
	if id, local := strings.CutPrefix(canonical, "#"); local {
		return containedIn(response, id)
	}
	return j.resource("Questionnaire", canonical)
}

// questionnaireRules checks a QuestionnaireResponse against the Questionnaire that it answers (the QuestionnaireResponse
// page of R4, and the extensions that bound answers).
func (j *judge) questionnaireRules(response map[string]any) {
	canonical, _ := response["questionnaire"].(string)
	resource := j.findQuestionnaire(response)
	if resource == nil {
		if canonical != "" {
			j.report(nil, note{
				rule: RuleNotCheckable, severity: result.Information, code: codeNotFound, actual: canonical,
				message: fmt.Sprintf("questionnaire %s is not loaded, so the answers were not checked against it", canonical),
			})
		}
		return
	}
	r := answers{judge: j, form: newQuestionnaire(resource), resource: resource, response: response}
	if r.holder = resource; strings.HasPrefix(canonical, "#") {
		r.holder = response
	}
	r.complete = response["status"] == "completed" || response["status"] == "amended"
	r.level(response, nil, r.form.top)
}

// answers judges the items of one response.
type answers struct {
	judge *judge
	form  *questionnaire
	// resource is the questionnaire as FHIR JSON.
	resource map[string]any
	response map[string]any
	complete bool
	// holder is the resource whose contained resources the questionnaire refers to: itself, or the response that contains it.
	holder map[string]any
	// sets are the contained value sets that were asked for, by their ids.
	sets map[string]*terminology.Set
	// around are the items that the judge is inside, from the outermost on.
	around []itemHere
}

// itemHere is one item of a response with the item of the questionnaire that it answers.
type itemHere struct {
	question *question
	obj      map[string]any
}

// inside judges what an item of the response holds.
func (r *answers) inside(q *question, obj map[string]any, judge func()) {
	r.around = append(r.around, itemHere{q, obj})
	judge()
	r.around = r.around[:len(r.around)-1]
}

func (r *answers) fault(code, message, actual string) {
	r.judge.report(nil, note{rule: RuleQuestionnaire, severity: result.SeverityError, code: code, message: message, actual: actual})
}

// level judges the items of a response, of one of its items, or of one of its answers, against those that may be there.
func (r *answers) level(holder map[string]any, parent *question, allowed []*question) {
	byLink := map[string]int{}
	last := -1
	items, _ := holder["item"].([]any)
	for i, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			continue
		}
		linkID, _ := o["linkId"].(string)
		q := r.form.items[linkID]
		r.judge.push("item", "item", "")
		r.judge.at(i)
		switch {
		case linkID == "":
		case q == nil:
			r.judge.above(func() {
				r.fault(codeNotFound, fmt.Sprintf("the questionnaire has no item with the linkId %q", linkID), linkID)
			})
		case q.parent != parent:
			r.fault(codeStructure, fmt.Sprintf("item %q does not belong here in the questionnaire", linkID), linkID)
		default:
			at := positionOf(q, allowed)
			if at < last {
				r.fault(codeStructure, fmt.Sprintf("item %q is not in the order of the questionnaire", linkID), linkID)
			}
			last = max(last, at)
			byLink[linkID]++
			r.item(q, o, byLink[linkID])
		}
		r.judge.pop()
	}
	for _, q := range allowed {
		r.occurrences(q, byLink[q.linkID])
	}
}

// occurrences checks how often an item is there. What extensions say of a question counts answers, and is checked with those
// where there are any.
func (r *answers) occurrences(q *question, count int) {
	most, bounded := q.extensionNumber("questionnaire-maxOccurs")
	if bounded && float64(count) > most {
		r.fault(codeStructure, fmt.Sprintf("item %q may be there at most %g times", q.linkID, most), fmt.Sprint(count))
	}
	if !r.complete || r.enabled(q) != fhirpath.True {
		return
	}
	least, bounded := q.extensionNumber("questionnaire-minOccurs")
	switch {
	case count == 0 && q.required():
		r.fault(codeRequired, fmt.Sprintf("item %q is required but has no answer", q.linkID), "")
	case bounded && float64(count) < least && (count == 0 || q.typ == "group"):
		r.fault(codeRequired, fmt.Sprintf("item %q must be there at least %g times", q.linkID, least), fmt.Sprint(count))
	}
}

func positionOf(q *question, list []*question) int {
	for i, other := range list {
		if other == q {
			return i
		}
	}
	return -1
}

func (q *question) required() bool { return q.obj["required"] == true }

func (q *question) repeats() bool { return q.obj["repeats"] == true }

// item judges one item of a response.
func (r *answers) item(q *question, obj map[string]any, occurrence int) {
	list, _ := obj["answer"].([]any)
	if r.enabled(q) == fhirpath.False {
		if holdsAnswers(obj, 0) {
			r.fault(codeStructure, fmt.Sprintf("item %q has an answer, but its conditions do not enable it", q.linkID), "")
		}
		return
	}
	switch q.typ {
	case "group":
		if len(list) > 0 {
			r.fault(codeStructure, fmt.Sprintf("item %q is a group, so it must not have answers", q.linkID), "")
		}
		if items, _ := obj["item"].([]any); len(items) == 0 && q.required() && r.complete {
			r.fault(codeRequired, fmt.Sprintf("group %q is required but holds nothing", q.linkID), "")
			return
		}
		if occurrence > 1 && !q.repeats() {
			r.fault(codeStructure, fmt.Sprintf("group %q does not repeat", q.linkID), "")
		}
		r.inside(q, obj, func() { r.level(obj, q, q.items) })
	case "display":
		if len(list) > 0 {
			r.fault(codeStructure, fmt.Sprintf("item %q only shows a text, so it must not have answers", q.linkID), "")
		}
		r.inside(q, obj, func() { r.level(obj, q, q.items) })
	default:
		r.question(q, obj, list, occurrence)
	}
}

// question judges the answers of an item that asks something.
func (r *answers) question(q *question, obj map[string]any, list []any, occurrence int) {
	if len(list) == 0 && q.required() && r.complete {
		r.fault(codeRequired, fmt.Sprintf("item %q is required but has no answer", q.linkID), "")
	}
	if (len(list) > 1 || occurrence > 1) && !q.repeats() {
		r.fault(codeStructure, fmt.Sprintf("item %q takes one answer only", q.linkID), fmt.Sprint(max(len(list), occurrence)))
	}
	if most, ok := q.extensionNumber("questionnaire-maxOccurs"); ok && float64(len(list)) > most {
		r.fault(codeStructure, fmt.Sprintf("item %q takes at most %g answers", q.linkID, most), fmt.Sprint(len(list)))
	}
	if least, ok := q.extensionNumber("questionnaire-minOccurs"); ok && float64(len(list)) < least && len(list) > 0 && r.complete {
		r.fault(codeRequired, fmt.Sprintf("item %q needs at least %g answers", q.linkID, least), fmt.Sprint(len(list)))
	}
	if _, nested := obj["item"]; nested {
		r.fault(codeStructure, fmt.Sprintf("item %q is a question, so the items under it belong to its answers", q.linkID), "")
	}
	for i, item := range list {
		a, ok := item.(map[string]any)
		if !ok {
			continue
		}
		r.judge.push("answer", "answer", "")
		r.judge.at(i)
		r.answer(q, a, len(list))
		r.inside(q, obj, func() { r.level(a, q, q.items) })
		r.judge.pop()
	}
}

// answerOf returns the value of an answer with the name of its type and its property.
func answerOf(a map[string]any) (value any, typ, property string) {
	for name, v := range a {
		suffix, ok := strings.CutPrefix(name, "value")
		if ok && suffix != "" {
			return v, typeOfChoice(suffix), name
		}
	}
	return nil, "", ""
}

func typeOfChoice(suffix string) string {
	lower := strings.ToLower(suffix[:1]) + suffix[1:]
	if primitiveOf(lower) != notPrimitive {
		return lower
	}
	return suffix
}

// answer judges one answer.
func (r *answers) answer(q *question, a map[string]any, count int) {
	value, typ, property := answerOf(a)
	if value == nil {
		return
	}
	r.judge.push(property, "value", typ)
	defer r.judge.pop()
	options, _ := q.obj["answerOption"].([]any)
	if allowed := q.answerTypes(options); len(allowed) > 0 && !contains(allowed, typ) {
		r.fault(codeStructure, fmt.Sprintf("the answer to %q must be of type %s, not %s", q.linkID, strings.Join(allowed, " or "), typ), typ)
		return
	}
	if len(options) > 0 && q.takesOptions() && (q.typ != "open-choice" || typ != "string") {
		r.option(q, options, value, count)
	}
	if canonical, ok := q.obj["answerValueSet"].(string); ok && (q.typ != "open-choice" || typ != "string") {
		r.inValueSet(q, canonical, value, typ)
	}
	r.bounds(q, value, typ)
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

// answerTypes lists the types that the answers to a question may have; none for any.
// takesOptions says whether options mean anything for the question: they are of no use where text is free, and a url cannot be one
// (Questionnaire.item.answerOption.value[x] of R4).
func (q *question) takesOptions() bool { return q.typ != "text" && q.typ != "url" }

func (q *question) answerTypes(options []any) []string {
	switch q.typ {
	case "boolean", "decimal", "integer", "date", "dateTime", "time", "string":
		return []string{q.typ}
	case "text":
		return []string{"string"}
	case "url":
		return []string{"uri"}
	case "attachment":
		return []string{"Attachment"}
	case "reference":
		return []string{"Reference"}
	case "quantity":
		return []string{"Quantity"}
	case "choice", "open-choice":
		var types []string
		for _, o := range options {
			option, _ := o.(map[string]any)
			if _, typ, _ := answerOf(option); typ != "" && !contains(types, typ) {
				types = append(types, typ)
			}
		}
		switch {
		case len(types) == 0:
			// Without options nothing says which it is of those that an option can be, but for a reference (Questionnaire.item.answerOption).
			return []string{"Coding", "string", "integer", "date", "time"}
		case q.typ == "open-choice":
			types = append(types, "string", "Coding")
		}
		return types
	default:
		return nil
	}
}
