package profiles

import (
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath"
)

// enabled says whether the conditions of a question and of those around it hold in the response: False and True, or Unknown
// where an expression that decides it could not be evaluated, or where a condition compares what cannot be compared.
func (r *answers) enabled(q *question) fhirpath.Truth {
	enabled := fhirpath.True
	for at := q; at != nil; at = at.parent {
		for _, holds := range []fhirpath.Truth{r.enabledItself(at), r.expressionHolds(at)} {
			switch holds {
			case fhirpath.False:
				return fhirpath.False
			case fhirpath.Unknown:
				enabled = fhirpath.Unknown
			default:
			}
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

// enabledItself says whether the conditions of a question hold: all of them, or any where it says so.
func (r *answers) enabledItself(q *question) fhirpath.Truth {
	list, _ := q.obj["enableWhen"].([]any)
	if len(list) == 0 {
		return fhirpath.True
	}
	decided := fhirpath.False // one such condition decides, whatever the others say
	if q.obj["enableBehavior"] == "any" {
		decided = fhirpath.True
	}
	enabled := decided.Not()
	for _, item := range list {
		condition, _ := item.(map[string]any)
		switch r.met(condition) {
		case decided:
			return decided
		case fhirpath.Unknown:
			enabled = fhirpath.Unknown
		default:
		}
	}
	return enabled
}

// met says whether one condition holds: for some answer to its question.
func (r *answers) met(condition map[string]any) fhirpath.Truth {
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
		return truth((len(given) > 0) == (want == true))
	}
	met := fhirpath.False
	for _, value := range given {
		switch holdsFor(operator, typ, value, want) {
		case fhirpath.True:
			return fhirpath.True
		case fhirpath.Unknown:
			met = fhirpath.Unknown
		default:
		}
	}
	return met
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

// holdsFor compares an answer with the value of a condition. Dates and times of different precision, and quantities whose units are
// no UCUM, may be equal or not, and come before or after: unknown.
func holdsFor(operator, typ string, value, want any) fhirpath.Truth {
	order, ordered, known := orderOfAnswers(typ, value, want)
	if !known {
		return fhirpath.Unknown
	}
	switch operator {
	case "=":
		return truth(ordered && order == 0 || !ordered && equalAnswers(typ, value, want))
	case "!=":
		return truth(ordered && order != 0 || !ordered && !equalAnswers(typ, value, want))
	case ">":
		return truth(ordered && order > 0)
	case "<":
		return truth(ordered && order < 0)
	case ">=":
		return truth(ordered && order >= 0)
	case "<=":
		return truth(ordered && order <= 0)
	default:
		return fhirpath.False
	}
}

func truth(b bool) fhirpath.Truth {
	if b {
		return fhirpath.True
	}
	return fhirpath.False
}

// orderOfAnswers orders an answer and the value of a condition. ordered is false for what has no order, such as text, or lengths and
// weights; known is false where they have one that cannot be told.
func orderOfAnswers(typ string, value, want any) (order int, ordered, known bool) {
	a, isQuantity := value.(map[string]any)
	b, alsoQuantity := want.(map[string]any)
	if typ == "Quantity" && isQuantity && alsoQuantity {
		order, known, ordered = compareQuantities(a, b)
		return order, known && ordered, known
	}
	p := primitiveOf(typ)
	order, ordered = compareValues(p, value, want)
	switch p {
	case primDate, primDateTime, primInstant, primTime:
		_, ok1 := value.(string)
		_, ok2 := want.(string)
		return order, ordered, ordered || !ok1 || !ok2
	default:
		return order, ordered, true
	}
}

// equalAnswers compares an answer with the value of a condition, where they have no order.
func equalAnswers(typ string, value, want any) bool {
	if wanted, ok := want.(map[string]any); ok && typ == "Coding" && wanted["system"] == nil && wanted["code"] != nil {
		given, _ := value.(map[string]any)
		return given["code"] == wanted["code"] // a condition without a system does not ask for one
	}
	return typ != "Quantity" && sameAnswer(want, value)
}
