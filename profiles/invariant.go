package profiles

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// invariant is a constraint made ready for judging.
type invariant struct {
	definition.Constraint
	// native is the check written in Go, for those that nearly every resource meets; nil for the rest.
	native func(j *judge, obj map[string]any) bool
	// emptyMeets says that the expression may come out empty on what meets the invariant.
	emptyMeets bool
	// compiled is the expression for the type that it was evaluated on last, which is nearly always the same.
	compiled atomic.Pointer[typedExpression]
}

func invariantsOf(constraints []definition.Constraint) []*invariant {
	var list []*invariant
	for _, c := range constraints {
		if c.Expression == "" || c.Key == "ele-1" || c.Key == "ext-1" || c.Key == "txt-1" || c.Key == "txt-2" {
			continue
		}
		inv := &invariant{Constraint: c}
		inv.native = nativeFor(c)
		inv.emptyMeets = emptyMeets(c)
		list = append(list, inv)
	}
	return list
}

// invariants checks the invariants of an element on one of its occurrences.
func (j *judge) invariants(n *node, obj map[string]any) {
	if j.entries != nil && len(j.path) == 0 {
		j.entries.invariants(n)
		return
	}
	for _, inv := range n.invariants {
		if inv.native != nil {
			if !inv.native(j, obj) {
				j.broke(n, inv)
			}
			continue
		}
		if !j.meetsInvariant(n, inv, n.typeNameOf(j.typeHere(n)), obj, nil) {
			j.broke(n, inv)
		}
	}
}

// typeHere returns the type of the occurrence of n that is judged.
func (j *judge) typeHere(n *node) *typeRef {
	if t := n.onlyType(); t != nil {
		return t
	}
	if len(j.frames) > 0 {
		if top := j.frames[len(j.frames)-1]; top.node == n || n.choice {
			return top.typ
		}
	}
	return nil
}

// primitiveInvariants checks the invariants of an element on a primitive.
func (j *judge) primitiveInvariants(n *node, t *typeRef, v, sib any) {
	sibling, _ := sib.(map[string]any)
	for _, inv := range n.invariants {
		if !j.meetsInvariant(n, inv, t.Code, v, sibling) {
			j.broke(n, inv)
		}
	}
}

// emptyMeets says whether an invariant that R4 published relies on an empty result: its expression speaks of an element that
// need not be there, or compares what cannot be compared, and R5 and the reference validator read it as met then. Every
// other invariant is met only when its expression is true (ElementDefinition.constraint of R4: "must evaluate to true").
func emptyMeets(c definition.Constraint) bool {
	expression := strings.TrimSpace(c.Expression)
	switch c.Key {
	case "bdl-8": // R5: fullUrl.exists() implies fullUrl.contains('/_history/').not()
		return expression == "fullUrl.contains('/_history/').not()"
	case "ras-2": // R5: (probability is decimal) implies ((probability as decimal) <= 100)
		return expression == "probability is decimal implies (probability as decimal) <= 100"
	case "rng-2": // quantities in different units are in no order
		return expression == "low.empty() or high.empty() or (low <= high)"
	case "per-1": // times of different precision are in no order
		return strings.HasSuffix(expression, "(start <= end)")
	default: // vsd-0, csd-0 and the like, on a name that need not be there; R5: name.exists() implies name.matches(...)
		return strings.HasPrefix(expression, "name.matches(")
	}
}

// broke reports an invariant that does not hold.
func (j *judge) broke(n *node, inv *invariant) {
	severity := result.SeverityError
	if inv.Severity == "warning" || inv.BestPractice {
		severity = result.SeverityWarning
	}
	if j.failing(severity) {
		return
	}
	message := fmt.Sprintf("constraint %s does not hold: %s", inv.Key, inv.Expression)
	if words := wordsOf(inv.Constraint); words != "" {
		message = fmt.Sprintf("constraint %s does not hold: %s", inv.Key, words)
	}
	j.report(n, note{rule: inv.Key, severity: severity, code: codeInvariant, message: message, expected: inv.Expression})
}

// nativeFor returns the Go form of a constraint whose key and expression are the ones of R4.
func nativeFor(c definition.Constraint) func(*judge, map[string]any) bool {
	expression := strings.TrimSpace(c.Expression)
	switch c.Key {
	case "dom-2":
		if expression == "contained.contained.empty()" {
			return func(_ *judge, obj map[string]any) bool {
				return !anyContained(obj, func(c map[string]any) bool { _, has := c["contained"]; return has })
			}
		}
	case "dom-3":
		if strings.HasPrefix(expression, "contained.where((('#'+id in ") {
			return containedAreUsed
		}
	case "dom-4":
		if expression == "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()" {
			return func(_ *judge, obj map[string]any) bool {
				return !anyContained(obj, func(c map[string]any) bool { return metaHas(c, "versionId") || metaHas(c, "lastUpdated") })
			}
		}
	case "dom-5":
		if expression == "contained.meta.security.empty()" {
			return func(_ *judge, obj map[string]any) bool {
				return !anyContained(obj, func(c map[string]any) bool { return metaHas(c, "security") })
			}
		}
	case "dom-6":
		if expression == "text.`div`.exists()" {
			return func(j *judge, obj map[string]any) bool {
				text, _ := obj["text"].(map[string]any)
				_, has := text["div"]
				// What is contained is told in the narrative of its container.
				return has || j.inContained()
			}
		}
	case "ref-1":
		if strings.HasPrefix(expression, "reference.startsWith('#').not()") {
			// The walk resolves every reference into the contained resources, which is what this asks.
			return func(*judge, map[string]any) bool { return true }
		}
	case "qty-3":
		if expression == "code.empty() or system.exists()" {
			return func(_ *judge, obj map[string]any) bool { return !there(obj, "code") || there(obj, "system") }
		}
	case "sqty-1":
		if expression == "comparator.empty()" {
			return func(_ *judge, obj map[string]any) bool { return !there(obj, "comparator") }
		}
	case "per-1":
		if expression == "start.hasValue().not() or end.hasValue().not() or (start <= end)" {
			return periodInOrder
		}
	case "tim-9":
		if expression == "offset.empty() or (when.exists() and ((when in ('C' | 'CM' | 'CD' | 'CV')).not()))" {
			return offsetFromMeal
		}
	case "cpt-2":
		if expression == "value.empty() or system.exists()" {
			return func(_ *judge, obj map[string]any) bool { return !there(obj, "value") || there(obj, "system") }
		}
	case "att-1":
		if expression == "data.empty() or contentType.exists()" {
			return func(_ *judge, obj map[string]any) bool { return !there(obj, "data") || there(obj, "contentType") }
		}
	}
	return nil
}

// there says whether a primitive is there, with a value or with extensions only.
func there(obj map[string]any, name string) bool {
	if _, ok := obj[name]; ok {
		return true
	}
	_, ok := obj["_"+name]
	return ok
}

func anyContained(obj map[string]any, test func(map[string]any) bool) bool {
	list, _ := obj["contained"].([]any)
	for _, item := range list {
		if c, ok := item.(map[string]any); ok && test(c) {
			return true
		}
	}
	return false
}

func metaHas(resource map[string]any, name string) bool {
	meta, _ := resource["meta"].(map[string]any)
	_, has := meta[name]
	return has
}

// offsetFromMeal is tim-9 for any number of values of when, of which its expression can take only one: R5 asks it of each.
func offsetFromMeal(_ *judge, obj map[string]any) bool {
	if !there(obj, "offset") {
		return true
	}
	list, _ := obj["when"].([]any)
	for _, meal := range []any{"C", "CM", "CD", "CV"} {
		if slices.Contains(list, meal) {
			return false
		}
	}
	return there(obj, "when")
}

// periodInOrder is per-1. Where the precision of the two does not decide, it holds.
func periodInOrder(_ *judge, obj map[string]any) bool {
	start, ok1 := obj["start"].(string)
	end, ok2 := obj["end"].(string)
	if !ok1 || !ok2 || checkDateTime(start) != "" || checkDateTime(end) != "" {
		return true
	}
	order, ordered := compareDates(start, end)
	return !ordered || order <= 0
}

// containedAreUsed is dom-3: every contained resource is referred to from the resource, or refers to it.
func containedAreUsed(_ *judge, obj map[string]any) bool {
	list, _ := obj["contained"].([]any)
	if len(list) == 0 {
		return true
	}
	links := map[string]struct{}{}
	collectLinks(obj, links, 0)
	for _, item := range list {
		c, ok := item.(map[string]any)
		if !ok {
			continue
		}
		id, _ := c["id"].(string)
		if _, used := links["#"+id]; used || id == "" {
			continue
		}
		own := map[string]struct{}{}
		collectLinks(c, own, 0)
		if _, back := own["#"]; !back {
			return false
		}
	}
	return true
}

const deepestLink = 200

// collectLinks gathers the texts in a resource that start with '#'.
func collectLinks(v any, links map[string]struct{}, depth int) {
	if depth > deepestLink {
		return
	}
	switch value := v.(type) {
	case map[string]any:
		for _, child := range value {
			collectLinks(child, links, depth+1)
		}
	case []any:
		for _, child := range value {
			collectLinks(child, links, depth+1)
		}
	case string:
		switch {
		case strings.HasPrefix(value, "#"):
			links[value] = struct{}{}
		case strings.HasPrefix(value, "<div"):
			// A narrative shows contained images and links by their ids.
			for _, part := range strings.Split(value, `="#`)[1:] {
				id, _, _ := strings.Cut(part, `"`)
				links["#"+id] = struct{}{}
			}
		}
	}
}

func (j *judge) inContained() bool {
	return len(j.resources) > 0 && j.resources[len(j.resources)-1].contained
}
