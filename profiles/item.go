package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
)

// item judges one occurrence of an element.
func (j *judge) item(n *node, t *typeRef, v, sib any) {
	if t == nil {
		t = n.onlyType()
	}
	if t != nil && t.primitive != notPrimitive {
		j.primitiveItem(n, t, v, sib)
		return
	}
	obj, isObject := v.(map[string]any)
	if !isObject {
		if v == nil {
			j.null(n)
			return
		}
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s must be an object", n.label()), expected: "an object", actual: kindOf(v),
		})
		return
	}
	if len(obj) == 0 {
		j.report(n, note{
			rule: RuleEmpty, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s is an empty object; leave out what has no value", n.label()),
		})
		return
	}
	if t != nil && isResourceType(j.registry, t) {
		j.nested(n, t, obj)
		return
	}
	if _, hasID := obj["id"]; hasID && len(obj) == 1 {
		j.report(n, note{
			rule: "ele-1", severity: result.SeverityError, code: codeInvariant,
			message: fmt.Sprintf("constraint ele-1 does not hold: %s has nothing but an id", n.label()),
		})
	}
	j.complexItem(n, t, obj)
}

func (n *node) onlyType() *typeRef {
	if len(n.types) == 1 {
		return n.types[0]
	}
	return nil
}

func isResourceType(r *Registry, t *typeRef) bool {
	if t.special == anyResource {
		return true
	}
	s := t.shapeIn(r)
	return s != nil && s.resource
}

// complexItem judges an object that is not a resource.
func (j *judge) complexItem(n *node, t *typeRef, obj map[string]any) {
	j.frames = append(j.frames, frame{node: n, typ: t, obj: obj})
	owner := n.childrenOf(t)
	var own *shape
	if t != nil && t.special == extensionType {
		if own = j.extension(n, obj); own != nil && n.props == nil {
			owner = own.root
		}
	}
	if owner == nil {
		j.frames = j.frames[:len(j.frames)-1]
		return
	}
	j.object(owner, obj)
	if len(n.invariants) > 0 {
		j.invariants(n, obj)
	}
	if n.valued {
		j.values(n, obj)
	}
	if owner != n {
		j.whole(owner, obj)
	} else if root := n.typeRoot(t); root != nil && root != owner {
		j.invariants(root, obj)
	}
	if owner != n && n.props != nil && n.partial() {
		j.some(n, owner, obj)
	}
	if n.binding != nil {
		j.bound(n, t, obj)
	}
	if n.limited {
		j.quantityLimits(n, obj)
	}
	if t != nil {
		switch t.special {
		case referenceType:
			j.reference(n, t, obj)
		case codingType:
			j.coding(n, obj)
		case identifierType:
			j.identifier(n, obj)
		case periodType:
			j.period(n, obj)
		case quantityType:
			j.quantity(n, obj)
		case sampledType:
			j.sampled(n, obj)
		case attachmentType:
			j.attachment(n, obj)
		default:
		}
		j.typeProfiles(n, t, obj, own)
	}
	if own != nil && n.props != nil {
		j.against(own.root, obj)
	}
	j.frames = j.frames[:len(j.frames)-1]
}

// whole checks what is said of an object as a whole.
func (j *judge) whole(n *node, obj map[string]any) {
	if len(n.invariants) > 0 {
		j.invariants(n, obj)
	}
	if n.valued {
		j.values(n, obj)
	}
}

// typeProfiles judges a value against the profiles of its type, one of which it must meet. done is one that it has been
// judged against already.
func (j *judge) typeProfiles(n *node, t *typeRef, obj map[string]any, done *shape) {
	switch len(t.Profiles) {
	case 0:
		return
	case 1:
		s, err := j.lookup(t.Profiles[0])
		if s == nil {
			j.unusable(n, t.Profiles[0], err)
			return
		}
		if s != done {
			j.against(s.element(t, 0), obj)
		}
		return
	}
	for i, canonical := range t.Profiles {
		s, _ := j.lookup(canonical)
		if s == nil || s == done || j.try(func() { j.against(s.element(t, i), obj) }) {
			return
		}
	}
	j.report(n, note{
		rule: RuleProfile, severity: result.SeverityError, code: codeStructure,
		message:  fmt.Sprintf("%s meets none of the profiles that are allowed for it", n.label()),
		expected: strings.Join(t.Profiles, " or "),
	})
}

// element returns the element that the i-th profile of a type stands for: the root, or one that is named.
func (s *shape) element(t *typeRef, i int) *node {
	if i < len(t.Elements) && t.Elements[i] != "" {
		if n := s.byID[t.Elements[i]]; n != nil {
			return n
		}
	}
	return s.root
}

// against judges an object at the current place against another definition. Circles of profiles end where they close.
func (j *judge) against(root *node, obj map[string]any) {
	pair := activePair{root, len(j.path)}
	for _, p := range j.active {
		if p == pair {
			return
		}
	}
	j.active = append(j.active, pair)
	if owner := root.childrenOf(root.onlyType()); owner != nil {
		j.object(owner, obj)
	}
	j.invariants(root, obj)
	j.values(root, obj)
	if root.binding != nil && root == root.shape.root {
		j.bound(root, root.onlyType(), obj)
	}
	j.active = j.active[:len(j.active)-1]
}

// unusable reports a profile that the definitions ask for and that cannot be used.
func (j *judge) unusable(n *node, canonical string, err error) {
	t := note{
		rule: RuleNotCheckable, severity: result.Information, code: codeNotSupported,
		message: fmt.Sprintf("profile %s is not loaded, so it was not checked", canonical),
	}
	if err != nil {
		t = note{
			rule: RuleDefinition, severity: result.SeverityWarning, code: codeNotSupported,
			message: fmt.Sprintf("profile %s cannot be used: %v", canonical, err),
		}
	}
	j.report(n, t)
}
