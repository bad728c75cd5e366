package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
)

// object judges the properties of a JSON object against those that n has.
func (j *judge) object(n *node, obj map[string]any) { j.properties(n, obj, false) }

// properties is object, and with besides the same for the object beside a primitive, whose value is not in it.
func (j *judge) properties(n *node, obj map[string]any, besides bool) {
	base := len(j.members)
	var given uint64
	siblings := false
	for key, v := range obj {
		p := n.props.get(key)
		if p == nil || besides && key == "value" {
			siblings = true
			if j.ordered {
				continue
			}
			if p = j.sibling(n, key, obj); p == nil {
				continue
			}
			v = nil
		}
		given |= p.node.must
		j.members = append(j.members, member{p, v})
	}
	if j.ordered {
		given |= j.inOrder(n, obj, besides, base)
	}
	end := len(j.members)
	for i := base; i < end; i++ {
		p, v := j.members[i].prop, j.members[i].value
		if p.isID && (!n.shape.resource || n != n.shape.root) {
			j.noteID(v)
		}
		if p.node.choice {
			for _, other := range j.members[base:i] {
				if other.prop.node == p.node && other.prop != p {
					j.twoChoices(other.prop, p)
				}
			}
		}
		if v == nil && !p.node.array {
			if _, there := obj[p.json]; there {
				// JSON has null for a value only in an array, beside what else is said of it.
				j.enter(&p.name)
				j.null(p.node)
				j.pop()
				continue
			}
		}
		var sib any
		if siblings && p.typ != nil && p.typ.primitive != notPrimitive {
			var there bool
			if sib, there = obj[p.sib]; there && sib == nil {
				j.enter(&p.name)
				j.null(p.node)
				j.pop()
				continue
			}
		}
		j.member(p, v, sib)
	}
	j.members = j.members[:base]
	for _, kid := range n.musts {
		if given&kid.must == 0 && (!besides || kid.name != "value") {
			j.present(kid, obj)
		}
	}
}

// some judges the properties of an object that a definition of several types speaks of, as far as the type of the object, whose
// properties owner has, has them too.
func (j *judge) some(n, owner *node, obj map[string]any) {
	for _, kid := range n.children {
		if owner.kid(kid.name) == nil {
			continue
		}
		for _, name := range kid.names {
			p := n.props.get(name)
			if v, there := obj[name]; there && p != nil {
				j.member(p, v, obj[p.sib])
			}
		}
		j.present(kid, obj)
	}
}

// member is a property of the object that is judged, with its value.
type member struct {
	prop  *prop
	value any
}

// inOrder adds the members that n does not have by their own names, in the order of these, puts all members from base on
// into the order of their names, and returns which children are given by what it added.
func (j *judge) inOrder(n *node, obj map[string]any, besides bool, base int) (given uint64) {
	for _, key := range slices.Sorted(maps.Keys(obj)) {
		if n.props.get(key) != nil && (!besides || key != "value") {
			continue
		}
		if p := j.sibling(n, key, obj); p != nil {
			given |= p.node.must
			j.members = append(j.members, member{p, nil})
		}
	}
	slices.SortStableFunc(j.members[base:], func(a, b member) int { return strings.Compare(a.prop.json, b.prop.json) })
	return given
}

// sibling handles a property that n does not have. It returns the property that "_name" stands for where "name" itself
// is not in the object, and nil for a property that needs nothing more.
func (j *judge) sibling(n *node, key string, obj map[string]any) *prop {
	if name, ok := strings.CutPrefix(key, "_"); ok {
		if p := n.props.get(name); p != nil && p.typ != nil && p.typ.primitive != notPrimitive {
			if p.isID {
				j.extendedID(p, key)
				return nil
			}
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

// extendedID reports extensions of an id, which is no element: its type is a string of FHIRPath, in XML it is an attribute.
func (j *judge) extendedID(p *prop, key string) {
	j.push(key, p.path, "")
	j.report(p.node, note{
		rule: RuleExtension, severity: result.SeverityError, code: codeStructure,
		message: "an id cannot have extensions or an id of its own",
	})
	j.pop()
}

// isResourceNode says whether the objects at a node are resources.
func (j *judge) isResourceNode(n *node) bool {
	if n == n.shape.root {
		return n.shape.resource
	}
	t := n.onlyType()
	return t != nil && isResourceType(j.registry, t)
}

func (j *judge) twoChoices(p, other *prop) {
	// A JSON object has no order, so the place is that of the name that sorts last.
	if other.json > p.json {
		p = other
	}
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
	if name, ok := strings.CutPrefix(key, "_"); ok && n.props.get(name) != nil {
		message = fmt.Sprintf("%s is not a primitive, so it cannot have %q beside it", name, key)
	} else {
		message += n.meant(name)
	}
	j.report(n, note{rule: RuleUnknownElement, severity: result.SeverityError, code: codeStructure, message: message})
	j.pop()
}

// meant is the end of a message about a name that no element of a node has: those that it may have been meant to be.
func (n *node) meant(name string) string {
	var names []string
	for _, kid := range n.children {
		var forms []string
		for _, form := range kid.names {
			if form[0] != '_' {
				forms = append(forms, form)
			}
		}
		if kid.choice && kid.name == name {
			if len(forms) > 3 {
				forms = append(forms[:3], "...")
			}
			return "; its name ends in its type: " + strings.Join(forms, ", ")
		}
		names = append(names, forms...)
	}
	return suggest.Meant(name, names)
}

func typeNames(n *node) string {
	names := make([]string, 0, len(n.types))
	for _, t := range n.types {
		names = append(names, t.Code)
	}
	return strings.Join(names, ", ")
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
	j.slicesMissing(kid.slices)
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

// member judges one property of an object with all of its repetitions. sib is the object, or the array, beside a primitive
// that holds its id and extensions.
func (j *judge) member(p *prop, v, sib any) {
	n := p.node
	j.enter(&p.name)
	defer j.pop()
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
	if j.entriesAt(items) {
		j.entries.walk(p)
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
