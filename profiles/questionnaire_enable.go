package profiles

import (
	"encoding/json"
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath"
)

// enabled says whether the conditions of a question and of those around it hold in the response: False and True, or Unknown
// where an expression that decides it could not be evaluated.
func (r *answers) enabled(q *question) fhirpath.Truth {
	enabled := fhirpath.True
	for at := q; at != nil; at = at.parent {
		if !r.enabledItself(at) {
			return fhirpath.False
		}
		switch r.expressionHolds(at) {
		case fhirpath.False:
			return fhirpath.False
		case fhirpath.Unknown:
			enabled = fhirpath.Unknown
		default:
		}
	}
	return enabled
}

// expressionHolds evaluates the expression that enables a question (extension enableWhenExpression of the guide for
// structured data capture); one that comes out empty does not enable it.
func (r *answers) expressionHolds(q *question) fhirpath.Truth {
	holds := fhirpath.True
	expressions := q.extensions("sdc-questionnaire-enableWhenExpression")
	if len(expressions) > 0 {
		defer r.judge.withVariables(r.variables(q))()
	}
	for _, v := range expressions {
		o, _ := v.(map[string]any)
		source, _ := o["expression"].(string)
		if o["language"] != "text/fhirpath" || source == "" {
			holds = fhirpath.Unknown
			continue
		}
		items, ok := r.judge.selectFrom(nil, source, r.response)
		switch {
		case !ok:
			holds = fhirpath.Unknown
		case len(items) != 1 || items[0].JSON() != true:
			return fhirpath.False
		}
	}
	return holds
}

// variables evaluates what the questionnaire and the groups around a question name for expressions (extension variable of the guide
// for structured data capture). One that is an item's own and starts from the item is left out, and so is one that cannot be evaluated:
// an expression that needs it is reported.
func (r *answers) variables(q *question) map[string]fhirpath.Collection {
	holders := []*question{}
	for at := q; at != nil; at = at.parent {
		holders = append(holders, at)
	}
	holders = append(holders, &question{obj: r.resource})
	slices.Reverse(holders)
	named := map[string]fhirpath.Collection{}
	for i, holder := range holders {
		for _, v := range holder.extensions("variable") {
			o, _ := v.(map[string]any)
			name, _ := o["name"].(string)
			source, _ := o["expression"].(string)
			if name == "" || o["language"] != "text/fhirpath" || i > 0 && !strings.HasPrefix(strings.TrimSpace(source), "%") {
				continue
			}
			undo := r.judge.withVariables(named) // a variable may build on those before it
			if items, ok := r.judge.selectFrom(nil, source, r.response); ok {
				named[name] = items
			}
			undo()
		}
	}
	return named
}

// withVariables lets expressions use variables, and returns what takes them away again.
func (j *judge) withVariables(named map[string]fhirpath.Collection) func() {
	j.setResource()
	for name, items := range named {
		j.variables[name] = items
	}
	return func() {
		for name := range named {
			delete(j.variables, name)
		}
	}
}

func (r *answers) enabledItself(q *question) bool {
	list, _ := q.obj["enableWhen"].([]any)
	if len(list) == 0 {
		return true
	}
	met := 0
	for _, item := range list {
		if condition, ok := item.(map[string]any); ok && r.met(condition) {
			met++
		}
	}
	if q.obj["enableBehavior"] == "any" {
		return met > 0
	}
	return met == len(list)
}

// met says whether one condition holds: for some answer to its question.
func (r *answers) met(condition map[string]any) bool {
	linkID, _ := condition["question"].(string)
	operator, _ := condition["operator"].(string)
	var given []any
	collectAnswers(r.reach(linkID), linkID, &given, 0)
	var want any
	typ := ""
	for name, v := range condition {
		if len(name) > len("answer") && name[:len("answer")] == "answer" {
			want, typ = v, typeOfChoice(name[len("answer"):])
		}
	}
	if operator == "exists" {
		return (len(given) > 0) == (want == true)
	}
	for _, value := range given {
		if holdsFor(operator, typ, value, want) {
			return true
		}
	}
	return false
}

// reach returns the part of the response in which a condition at the current place finds its question: in a group that repeats, the
// occurrence of the group that the place is in, where the question is in that group too (Questionnaire.item.enableWhen.question
// of R4: the nearest occurrence, by the ancestors first).
func (r *answers) reach(linkID string) map[string]any {
	asked := r.form.items[linkID]
	for i := len(r.around) - 1; i >= 0 && asked != nil; i-- {
		for at := asked; at != nil; at = at.parent {
			if at == r.around[i].question {
				return map[string]any{"item": []any{r.around[i].obj}}
			}
		}
	}
	return r.response
}

// collectAnswers gathers the values that answer the question with a linkId anywhere in a response.
func collectAnswers(holder map[string]any, linkID string, values *[]any, depth int) {
	if depth > deepestQuestion {
		return
	}
	items, _ := holder["item"].([]any)
	for _, item := range items {
		o, ok := item.(map[string]any)
		if !ok {
			continue
		}
		list, _ := o["answer"].([]any)
		for _, a := range list {
			if answer, ok := a.(map[string]any); ok {
				if value, _, _ := answerOf(answer); value != nil && o["linkId"] == linkID {
					*values = append(*values, value)
				}
				collectAnswers(answer, linkID, values, depth+1)
			}
		}
		collectAnswers(o, linkID, values, depth+1)
	}
}

// holdsAnswers says whether an item of a response, or one inside it, has an answer.
func holdsAnswers(item map[string]any, depth int) bool {
	if list, _ := item["answer"].([]any); len(list) > 0 {
		return true
	}
	items, _ := item["item"].([]any)
	for _, inner := range items {
		if o, ok := inner.(map[string]any); ok && depth < deepestQuestion && holdsAnswers(o, depth+1) {
			return true
		}
	}
	return false
}

func holdsFor(operator, typ string, value, want any) bool {
	switch operator {
	case "=":
		return equalAnswers(typ, value, want)
	case "!=":
		return !equalAnswers(typ, value, want)
	}
	order, ok := 0, false
	a, isQuantity := value.(map[string]any)
	b, alsoQuantity := want.(map[string]any)
	if isQuantity && alsoQuantity {
		var known, ordered bool
		order, known, ordered = compareQuantities(a, b)
		ok = known && ordered
	} else {
		order, ok = compareValues(primitiveOf(typ), value, want)
	}
	if !ok {
		return false
	}
	switch operator {
	case ">":
		return order > 0
	case "<":
		return order < 0
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	default:
		return false
	}
}

func equalAnswers(typ string, value, want any) bool {
	if _, ok := value.(json.Number); ok {
		order, ordered := compareValues(primitiveOf(typ), value, want)
		return ordered && order == 0
	}
	if typ == "Quantity" {
		a, ok1 := value.(map[string]any)
		b, ok2 := want.(map[string]any)
		if !ok1 || !ok2 {
			return false
		}
		order, known, ordered := compareQuantities(a, b)
		return known && ordered && order == 0
	}
	if wanted, ok := want.(map[string]any); ok && typ == "Coding" && wanted["system"] == nil && wanted["code"] != nil {
		given, _ := value.(map[string]any)
		return given["code"] == wanted["code"] // a condition without a system does not ask for one
	}
	return sameAnswer(want, value)
}
