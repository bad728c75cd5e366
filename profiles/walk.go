package profiles

import (
	"encoding/json"
	"fmt"
	"strings"

	"concord/internal/result"
	"concord/profiles/definition"
)

// object judges the properties of a JSON object against those that n has.
func (j *judge) object(n *node, obj map[string]any) {
	var room [4]*prop
	chosen := room[:0]
	for key, v := range obj {
		p := n.props[key]
		if p == nil {
			if p = j.sibling(n, key, obj); p == nil {
				continue
			}
			v = nil
		}
		if key == "id" && (!n.shape.resource || n != n.shape.root) {
			j.noteID(v)
		}
		if p.node.choice {
			for _, other := range chosen {
				if other.node == p.node && other != p {
					j.twoChoices(p)
				}
			}
			chosen = append(chosen, p)
		}
		j.member(p, v, obj)
	}
	for _, kid := range n.required() {
		j.present(kid, obj)
	}
}

// sibling handles a property that n does not have. It returns the property that "_name" stands for where "name" itself
// is not in the object, and nil for a property that needs nothing more.
func (j *judge) sibling(n *node, key string, obj map[string]any) *prop {
	if name, ok := strings.CutPrefix(key, "_"); ok {
		if p := n.props[name]; p != nil && p.typ != nil && p.typ.primitive != notPrimitive {
			if _, there := obj[name]; there {
				return nil
			}
			return p
		}
	}
	if key == "resourceType" && j.isResourceNode(n) {
		return nil
	}
	j.unknown(n, key)
	return nil
}

// isResourceNode says whether the objects at a node are resources.
func (j *judge) isResourceNode(n *node) bool {
	if n == n.shape.root {
		return n.shape.resource
	}
	t := n.onlyType()
	return t != nil && isResourceType(j.registry, t)
}

func (j *judge) twoChoices(p *prop) {
	j.push(p.json, p.node.name, "")
	j.report(p.node, note{
		rule: RuleChoice, severity: result.SeverityError, code: codeStructure,
		message: fmt.Sprintf("%s has values of more than one type; only one is allowed", p.node.label()),
	})
	j.pop()
}

// unknown reports a property that the element does not have, or a choice of a type that is not allowed.
func (j *judge) unknown(n *node, key string) {
	if j.failing(result.SeverityError) {
		return
	}
	for _, kid := range n.children {
		suffix, ok := strings.CutPrefix(strings.TrimPrefix(key, "_"), kid.name)
		if !kid.choice || !ok || suffix == "" || suffix[0] < 'A' || suffix[0] > 'Z' {
			continue
		}
		code := strings.ToLower(suffix[:1]) + suffix[1:]
		if primitiveOf(code) == notPrimitive {
			code = suffix
		}
		j.push(key, kid.name, "")
		j.report(kid, note{
			rule: RuleChoice, severity: result.SeverityError, code: codeStructure,
			message:  fmt.Sprintf("%s must not be of type %s here", kid.label(), code),
			expected: typeNames(kid), actual: code,
		})
		j.pop()
		return
	}
	j.push(key, key, "")
	message := fmt.Sprintf("%s has no element %q", n.label(), key)
	if name, ok := strings.CutPrefix(key, "_"); ok && n.props[name] != nil {
		message = fmt.Sprintf("%s is not a primitive, so it cannot have %q beside it", name, key)
	}
	j.report(n, note{rule: RuleUnknownElement, severity: result.SeverityError, code: codeStructure, message: message})
	j.pop()
}

func typeNames(n *node) string {
	names := make([]string, 0, len(n.types))
	for _, t := range n.types {
		names = append(names, t.Code)
	}
	return strings.Join(names, ", ")
}

// required lists the children that an object may not go without.
func (n *node) required() []*node {
	return n.musts
}

// has says whether the object holds the child in any of its forms.
func (n *node) has(obj map[string]any) bool {
	for _, name := range n.names {
		if _, there := obj[name]; there {
			return true
		}
	}
	return false
}

// present reports a child that must be there and is not.
func (j *judge) present(kid *node, obj map[string]any) {
	if kid.has(obj) {
		return
	}
	if kid.Min > 0 {
		if kid.choice && hasChoice(kid.name, obj) || j.failing(result.SeverityError) {
			return
		}
		j.report(kid, note{
			rule: RuleRequired, severity: result.SeverityError, code: codeRequired,
			message:  fmt.Sprintf("%s is required but is not there", kid.label()),
			expected: atLeast(kid.Min), actual: "0",
		})
		return
	}
	if len(kid.slices) > 0 {
		kid.prepare()
	}
	for _, s := range kid.slices {
		if s.node.Min > 0 {
			j.sliceMissing(s, 0)
		}
	}
}

// hasChoice says whether the object has a choice with a value of any type, even one that is not allowed, which is a fault
// of its own.
func hasChoice(name string, obj map[string]any) bool {
	for key := range obj {
		suffix, ok := strings.CutPrefix(strings.TrimPrefix(key, "_"), name)
		if ok && suffix != "" && suffix[0] >= 'A' && suffix[0] <= 'Z' {
			return true
		}
	}
	return false
}

func atLeast(n int) string { return fmt.Sprintf("at least %d", n) }

// label names an element for people, with its slice. It says nothing of the profile, so that what two profiles find wrong
// is one finding.
func (n *node) label() string {
	name := lastName(n)
	if n.sliceName != "" {
		return name + ":" + n.sliceName
	}
	return name
}

// above calls report at the place of the element around the current one, which is where cardinalities are counted.
func (j *judge) above(report func()) {
	last := j.path[len(j.path)-1]
	j.path = j.path[:len(j.path)-1]
	report()
	j.path = append(j.path, last)
}

// member judges one property of an object with all of its repetitions.
func (j *judge) member(p *prop, v any, obj map[string]any) {
	n := p.node
	j.enter(&p.name)
	defer j.pop()
	var sib any
	if p.typ != nil && p.typ.primitive != notPrimitive {
		sib = obj[p.sib]
		if s, there := obj[p.sib]; there && s == nil {
			j.null(n)
			return
		}
	}
	if v == nil && sib == nil {
		j.null(n)
		return
	}
	if n.Max == 0 {
		j.report(n, note{
			rule: RuleTooMany, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s is not allowed here", n.label()), expected: "0", actual: "1 or more",
		})
		return
	}
	if n.array {
		j.repeated(p, v, sib)
		return
	}
	if _, isArray := v.([]any); isArray {
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s does not repeat, so it must not be an array", n.label()), expected: kindFor(p.typ), actual: "an array",
		})
		return
	}
	if len(n.slices) > 0 {
		if items, fits := j.single(v); fits {
			j.sliced(p, items, nil)
			return
		}
	}
	j.item(n, p.typ, v, sib)
}

// single wraps a value that does not repeat for the slicing of choices.
func (j *judge) single(v any) ([]any, bool) { return []any{v}, v != nil }

func kindFor(t *typeRef) string {
	if t != nil && t.primitive != notPrimitive {
		return t.primitive.jsonKind()
	}
	return "an object"
}

func (j *judge) null(n *node) {
	j.report(n, note{
		rule: RuleEmpty, severity: result.SeverityError, code: codeStructure,
		message: fmt.Sprintf("%s is null; leave out what has no value", n.label()), actual: "null",
	})
}

// repeated judges an element that repeats.
func (j *judge) repeated(p *prop, v, sib any) {
	n := p.node
	items, isArray := v.([]any)
	if v != nil && !isArray {
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s may repeat, so it must be an array", n.label()), expected: "an array", actual: kindOf(v),
		})
		return
	}
	sibs, sibArray := sib.([]any)
	if sib != nil && !sibArray {
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("_%s must be an array, as %s repeats", p.json, n.label()), expected: "an array", actual: kindOf(sib),
		})
		return
	}
	if v != nil && sib != nil && len(items) != len(sibs) {
		j.report(n, note{
			rule: RuleJSONType, severity: result.SeverityError, code: codeStructure,
			message:  fmt.Sprintf("%s and _%s must be equally long", n.label(), p.json),
			expected: fmt.Sprintf("%d items", len(items)), actual: fmt.Sprintf("%d items", len(sibs)),
		})
	}
	count := max(len(items), len(sibs))
	if count == 0 {
		j.report(n, note{
			rule: RuleEmpty, severity: result.SeverityError, code: codeStructure,
			message: fmt.Sprintf("%s is an empty array; leave out what has no value", n.label()),
		})
		return
	}
	j.cardinality(n, count)
	if len(n.slices) > 0 {
		j.sliced(p, items, sibs)
		return
	}
	for i := range count {
		j.at(i)
		j.item(n, p.typ, nth(items, i), nth(sibs, i))
	}
}

func nth(items []any, i int) any {
	if i < len(items) {
		return items[i]
	}
	return nil
}

// cardinality checks how often an element that is there repeats. The place of the finding is the element around it.
func (j *judge) cardinality(n *node, count int) {
	if count >= n.Min && count <= n.Max || j.failing(result.SeverityError) {
		return
	}
	t := note{rule: RuleTooMany, severity: result.SeverityError, code: codeStructure, actual: fmt.Sprint(count)}
	if count < n.Min {
		t.rule, t.code, t.expected = RuleRequired, codeRequired, atLeast(n.Min)
		t.message = fmt.Sprintf("%s must be there at least %d times but is there %d times", n.label(), n.Min, count)
	} else {
		t.expected = fmt.Sprintf("at most %d", n.Max)
		t.message = fmt.Sprintf("%s may be there at most %d times but is there %d times", n.label(), n.Max, count)
	}
	j.above(func() { j.report(n, t) })
}

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
	j.complexItem(n, t, obj)
}

func (n *node) onlyType() *typeRef {
	if len(n.types) == 1 {
		return n.types[0]
	}
	return nil
}

func isResourceType(r *Registry, t *typeRef) bool {
	if t.Code == "Resource" || t.Code == "DomainResource" {
		return true
	}
	s := t.shapeIn(r)
	return s != nil && s.resource
}

// complexItem judges an object that is not a resource.
func (j *judge) complexItem(n *node, t *typeRef, obj map[string]any) {
	j.frames = append(j.frames, frame{n, t, obj})
	owner := n.childrenOf(t)
	var own *shape
	if t != nil && t.Code == "Extension" {
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
	if n.Fixed != nil || n.Pattern != nil {
		j.values(n, obj)
	}
	if owner != n {
		j.whole(owner, obj)
	} else if root := n.typeRoot(t); root != nil && root != owner {
		j.invariants(root, obj)
	}
	if n.binding != nil {
		j.bound(n, t, obj)
	}
	if n.MinValue != nil || n.MaxValue != nil {
		j.quantityLimits(n, obj)
	}
	if t != nil {
		switch t.Code {
		case "Reference":
			j.reference(n, t, obj)
		case "Coding":
			j.coding(n, obj)
		case "Attachment":
			j.attachment(n, obj)
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
	if n.Fixed != nil || n.Pattern != nil {
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
	}
	if len(n.invariants) > 0 {
		j.primitiveInvariants(n, t, v, sib)
	}
	j.primitiveSibling(n, t, sib)
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

// primitiveSibling judges the id and extensions of a primitive.
func (j *judge) primitiveSibling(n *node, t *typeRef, sib any) {
	owner := n.childrenOf(t)
	if sib == nil {
		if n.props != nil {
			for _, kid := range n.required() {
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
	j.frames = append(j.frames, frame{n, t, obj})
	for key, v := range obj {
		p := owner.props[key]
		if p == nil || key == "value" {
			if p = j.sibling(owner, key, obj); p == nil {
				continue
			}
			v = nil
		}
		j.member(p, v, obj)
	}
	for _, kid := range owner.required() {
		if kid.name != "value" {
			j.present(kid, obj)
		}
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
	if n.MaxLength > 0 || n.Regex != "" || n.MinValue != nil || n.MaxValue != nil {
		j.limits(n, t, v)
	}
	if n.Fixed != nil || n.Pattern != nil {
		j.values(n, v)
	}
	if n.binding != nil {
		j.bound(n, t, v)
	}
	if t.primitive == primCanonical {
		j.link(n, v)
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
