package profiles

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
)

// primitiveItem judges one occurrence of a primitive with its id and extensions.
func (j *judge) primitiveItem(n *node, t *typeRef, v, sib any) {
	if v == nil && sib == nil {
		j.null(n)
		return
	}
	if v != nil {
		if !kindFits(t.primitive, v) {
			j.report(n, note{
				rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
				message:  fmt.Sprintf("%s must be %s", n.label(), t.primitive.jsonKind()),
				expected: t.primitive.jsonKind(), actual: kindOf(v),
			})
			return
		}
		j.primitiveValue(n, t, v)
		if n.valued {
			j.besides(n, sib)
		}
	}
	if v == nil && !extended(sib) {
		j.report(n, note{
			rule: "ele-1", severity: result.SeverityError, code: codeInvariant,
			message: fmt.Sprintf("constraint ele-1 does not hold: %s has an id but neither a value nor extensions", n.label()),
		})
	}
	if v == nil && n.MustHaveValue {
		j.report(n, note{
			rule: RuleRequired, severity: result.SeverityError, code: codeRequired,
			message: fmt.Sprintf("%s must have a value; its definition lets no extension stand in its place", n.label()),
		})
	}
	if v == nil && len(n.Alternatives) > 0 {
		j.alternative(n, sib)
	}
	if len(n.invariants) > 0 {
		j.primitiveInvariants(n, t, v, sib)
	}
	j.primitiveSibling(n, t, v, sib)
}

// extended says whether the object beside a primitive has extensions; what is no such object is a fault of its own.
func extended(sib any) bool {
	obj, ok := sib.(map[string]any)
	if !ok || len(obj) == 0 {
		return true
	}
	_, onlyID := obj["id"]
	return !onlyID || len(obj) > 1
}

// besides checks the extensions of a primitive that has a value against those that its definition gives a fixed value or a pattern
// (ElementDefinition.fixed[x] of R4: what that does not have must be missing, too; pattern[x]: what that has must be there). An id
// says nothing.
func (j *judge) besides(n *node, sib any) {
	obj, _ := sib.(map[string]any)
	list, _ := obj["extension"].([]any)
	t := note{rule: RuleFixed, severity: result.SeverityError, code: codeValue, actual: fmt.Sprintf("%d extensions", len(list))}
	switch {
	case n.Fixed != nil && len(n.Fixed.Extensions) == 0 && len(list) > 0:
		t.message = n.label() + " must be exactly the fixed value, which has no extensions"
	case n.Fixed != nil && len(n.Fixed.Extensions) > 0 && !equalJSON(n.Fixed.Extensions, list):
		t.message = n.label() + " must be exactly the fixed value, which has other extensions"
	case n.Pattern != nil && len(n.Pattern.Extensions) > 0 && !matchesPattern(n.Pattern.Extensions, list):
		t.rule, t.message = RulePattern, n.label()+" does not have the extensions of the pattern"
	default:
		return
	}
	if !j.failing(result.SeverityError) {
		j.report(n, t)
	}
}

// alternative checks that a primitive without a value has one of the extensions that may stand in its place.
func (j *judge) alternative(n *node, sib any) {
	obj, _ := sib.(map[string]any)
	list, _ := obj["extension"].([]any)
	for _, item := range list {
		e, _ := item.(map[string]any)
		if url, _ := e["url"].(string); slices.Contains(n.Alternatives, url) {
			return
		}
	}
	j.report(n, note{
		rule: RuleRequired, severity: result.SeverityError, code: codeRequired,
		message:  fmt.Sprintf("%s has no value, and none of the extensions that may stand in its place", n.label()),
		expected: strings.Join(n.Alternatives, " or "),
	})
}

func kindFits(p primitive, v any) bool {
	switch v.(type) {
	case bool:
		return p == primBoolean
	case json.Number:
		return p == primDecimal || p == primInteger || p == primPositiveInt || p == primUnsignedInt
	case string:
		return p != primBoolean && p != primDecimal && p != primInteger && p != primPositiveInt && p != primUnsignedInt
	default:
		return false
	}
}

// primitiveSibling judges the id and extensions of a primitive with the value v, which is nil where there is none.
func (j *judge) primitiveSibling(n *node, t *typeRef, v, sib any) {
	if sib == nil {
		if n.props != nil {
			for _, kid := range n.musts {
				if kid.name != "value" {
					j.present(kid, nil)
				}
			}
		}
		return
	}
	at := len(j.path) - 1
	j.path[at].sibling = true
	defer func() { j.path[at].sibling = false }()
	obj, isObject := sib.(map[string]any)
	owner := n.childrenOf(t)
	switch {
	case !isObject:
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("the id and extensions of %s must be an object", n.label()), expected: "an object", actual: kindOf(sib),
		})
		return
	case len(obj) == 0:
		j.report(n, note{
			rule: RuleEmpty, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("the id and extensions of %s are an empty object; leave out what has no value", n.label()),
		})
		return
	case owner == nil:
		return
	}
	j.frames = append(j.frames, frame{node: n, typ: t, obj: obj, value: v})
	j.properties(owner, obj, true)
	if owner != n && n.props != nil {
		j.some(n, owner, obj)
	}
	j.frames = j.frames[:len(j.frames)-1]
}

// primitiveValue judges the value of a primitive.
func (j *judge) primitiveValue(n *node, t *typeRef, v any) {
	if t.primitive == primXHTML {
		j.narrative(n, v)
		return
	}
	if problem := checkFormat(t.primitive, v); problem != "" {
		if !j.failing(result.SeverityError) {
			j.report(n, note{
				rule: RuleFormat, severity: result.SeverityError, code: codeValue,
				message: fmt.Sprintf("%s %s", n.label(), problem), expected: t.Code, actual: show(v),
			})
		}
		return
	}
	if n.limited {
		j.limits(n, t, v)
	}
	if n.valued {
		j.values(n, v)
	}
	if n.binding != nil {
		j.bound(n, t, v)
	}
	switch t.primitive {
	case primCanonical:
		j.link(n, t, v)
	case primDecimal:
		j.magnitude(n, v)
	case primString, primDate, primDateTime, primInstant:
		j.unlikely(n, t.primitive, v)
	default:
	}
}

// show writes a value for a finding.
func show(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return kindOf(v)
	}
	return string(text)
}

// values checks the fixed value and the pattern of an element.
func (j *judge) values(n *node, v any) {
	if n.Fixed != nil && !equalJSON(n.Fixed.JSON, v) && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RuleFixed, severity: result.SeverityError, code: codeValue,
			message: fmt.Sprintf("%s must be exactly the fixed value", n.label()), expected: show(n.Fixed.JSON), actual: show(v),
		})
	}
	if n.Pattern != nil && !matchesPattern(n.Pattern.JSON, v) && !j.failing(result.SeverityError) {
		j.report(n, note{
			rule: RulePattern, severity: result.SeverityError, code: codeValue,
			message: fmt.Sprintf("%s does not match the pattern", n.label()), expected: show(n.Pattern.JSON), actual: show(v),
		})
	}
}

// unboundedIfUnset reads a cardinality that a snapshot left out.
func unboundedIfUnset(most int) int {
	if most == definition.Unset {
		return definition.Unbounded
	}
	return most
}
