package profiles

import (
	"encoding/json"
	"fmt"
	"strings"
)

// derivationExtension says, on a canonical of Questionnaire.derivedFrom, how a questionnaire relates to the one that it is derived from.
const derivationExtension = "http://hl7.org/fhir/StructureDefinition/questionnaire-derivationType"

// derivedRules checks a Questionnaire against those that it is derived from, as far as it says how: one that complies with another takes
// no answer that the other would not take, and one that extends another takes every answer that the other takes (code system
// questionnaire-derivationType).
func (j *judge) derivedRules(obj map[string]any, form *questionnaire) {
	canonicals, _ := obj["derivedFrom"].([]any)
	beside, _ := obj["_derivedFrom"].([]any)
	for i, item := range canonicals {
		canonical, _ := item.(string)
		if canonical == "" || i >= len(beside) {
			continue
		}
		resource := j.resource("Questionnaire", canonical)
		if resource == nil {
			continue
		}
		d := derivation{judge: j, base: newQuestionnaire(resource), canonical: canonical}
		switch derivationType(beside[i]) {
		case "compliesWith", "validAgainst":
			d.complies(obj, form, nil, 0)
			d.included(form, d.base.top, true)
		case "extends":
			d.extends(obj, 0)
			d.included(form, d.base.top, false)
		}
	}
}

// resource returns a definition as it was loaded, or nil.
func (j *judge) resource(typ, canonical string) map[string]any {
	for at := j.registry; at != nil; at = at.parent {
		if found, err := at.set.Resource(typ, canonical); err == nil && found != nil {
			return found
		}
	}
	return nil
}

func derivationType(beside any) string {
	holder, _ := beside.(map[string]any)
	for _, x := range objectsOf(holder, "extension") {
		if x["url"] == derivationExtension {
			coding, _ := x["valueCoding"].(map[string]any)
			code, _ := coding["code"].(string)
			return code
		}
	}
	return ""
}

// derivation holds the items of a questionnaire against those of one that it is derived from.
type derivation struct {
	judge     *judge
	base      *questionnaire
	canonical string
}

func (d *derivation) fault(message, linkID string) {
	d.judge.authoring(fmt.Sprintf("%s in questionnaire %s, which this one is derived from", message, d.canonical), linkID)
}

// included checks that the items of the base are there: all of them in what extends it, the required ones in what complies with it.
// An item whose group is not there, or that conditions enable, is not asked for by itself.
func (d *derivation) included(form *questionnaire, of []*question, requiredOnly bool) {
	for _, q := range of {
		_, conditional := q.obj["enableWhen"]
		switch here := form.items[q.linkID] != nil; {
		case here:
			d.included(form, q.items, requiredOnly)
		case q.typ != "display" && (!requiredOnly || q.required() && !conditional):
			d.fault(fmt.Sprintf("item %q is missing, which is", q.linkID), q.linkID)
		}
	}
}

// complies checks the items of one level of a questionnaire that complies with its base.
func (d *derivation) complies(holder map[string]any, form *questionnaire, parent *question, depth int) {
	if depth > deepestQuestion {
		return
	}
	last := -1
	d.judge.each(holder, "item", func(item map[string]any) {
		linkID, _ := item["linkId"].(string)
		typ, _ := item["type"].(string)
		was := d.base.items[linkID]
		switch {
		case was == nil && typ != "display" && linkID != "":
			d.fault(fmt.Sprintf("there is no item %q", linkID), linkID)
		case was == nil:
		case was.parent != parent:
			d.fault(fmt.Sprintf("item %q is elsewhere", linkID), linkID)
		default:
			siblings := d.base.top
			if parent != nil {
				siblings = parent.items
			}
			at := positionOf(was, siblings)
			if at < last {
				d.fault(fmt.Sprintf("item %q comes before the one ahead of it", linkID), linkID)
			}
			last = max(last, at)
			if problem := tightens(form.items[linkID], was); problem != "" {
				d.fault(problem, linkID)
			}
		}
		d.complies(item, form, was, depth+1)
	})
}

// tightens says what a question takes that the one that it complies with does not take, or "".
func tightens(q, was *question) string {
	if q == nil {
		return ""
	}
	most, limited := number(was.obj["maxLength"])
	own, bounded := number(q.obj["maxLength"])
	switch {
	case q.typ != was.typ && (q.typ != "choice" || was.typ != "open-choice"):
		return fmt.Sprintf("item %q is of type %s", q.linkID, was.typ)
	case q.repeats() && !was.repeats():
		return fmt.Sprintf("item %q does not repeat", q.linkID)
	case was.required() && !q.required():
		return fmt.Sprintf("item %q is required", q.linkID)
	case limited && (!bounded || own > most):
		return fmt.Sprintf("item %q takes %g characters at most", q.linkID, most)
	}
	if _, other := q.obj["answerValueSet"]; other || was.typ != "choice" {
		return ""
	}
	options, allowed := objectsOf(q.obj, "answerOption"), objectsOf(was.obj, "answerOption")
	if len(allowed) > 0 && len(options) == 0 {
		return fmt.Sprintf("item %q takes some answers only", q.linkID)
	}
	if extra := beyondOptions(options, allowed); len(allowed) > 0 && extra != "" {
		return fmt.Sprintf("item %q does not take the answer %s", q.linkID, extra)
	}
	return ""
}

// extends checks the items of a questionnaire that extends its base.
func (d *derivation) extends(holder map[string]any, depth int) {
	if depth > deepestQuestion {
		return
	}
	d.judge.each(holder, "item", func(item map[string]any) {
		linkID, _ := item["linkId"].(string)
		if was := d.base.items[linkID]; was != nil {
			options, allowed := objectsOf(item, "answerOption"), objectsOf(was.obj, "answerOption")
			missing := ""
			if len(options) > 0 {
				missing = beyondOptions(allowed, options)
			}
			switch typ, _ := item["type"].(string); {
			case typ != was.typ && (typ != "open-choice" || was.typ != "choice"):
				d.fault(fmt.Sprintf("item %q is of type %s", linkID, was.typ), linkID)
			case missing != "":
				d.fault(fmt.Sprintf("item %q takes the answer %s, too,", linkID, missing), linkID)
			}
		}
		d.extends(item, depth+1)
	})
}

// beyondOptions returns the first option that is none of those allowed, or "".
func beyondOptions(options, allowed []map[string]any) string {
	known := map[string]bool{}
	for _, option := range allowed {
		known[optionKey(option)] = true
	}
	for _, option := range options {
		if key := optionKey(option); key != "" && !known[key] {
			return key
		}
	}
	return ""
}

// optionKey is what an option is known by: system and code of a Coding, the value of another type.
func optionKey(option map[string]any) string {
	value, _, _ := answerOf(option)
	switch v := value.(type) {
	case map[string]any:
		if reference, is := v["reference"].(string); is {
			return reference
		}
		system, _ := v["system"].(string)
		code, _ := v["code"].(string)
		return strings.TrimPrefix(system+"#"+code, "#")
	case nil:
		return ""
	default:
		return show(v)
	}
}

func number(v any) (float64, bool) {
	n, is := v.(json.Number)
	if !is {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}
