package profiles

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// discriminator is a property by which slices are told apart, with its path parsed.
type discriminator struct {
	Type, Path string
	steps      []pathStep
}

// pathStep is one step of a discriminator's path: a child by name, an extension by URL, a type, or resolve().
type pathStep struct {
	name      string
	extension string
	ofType    string
	resolve   bool
}

// parsePath reads the restricted FHIRPath of discriminators. A path that is not of that form is nil with ok false in its
// first step's name.
func parsePath(path string) []pathStep {
	var steps []pathStep
	rest := strings.TrimSpace(path)
	for rest != "" {
		var part string
		part, rest = cutStep(rest)
		switch {
		case part == "$this" || part == "":
		case part == "resolve()":
			steps = append(steps, pathStep{resolve: true})
		case strings.HasPrefix(part, "extension("):
			steps = append(steps, pathStep{name: "extension", extension: strings.Trim(part[len("extension("):], "()'\" ")})
		case strings.HasPrefix(part, "ofType("):
			steps = append(steps, pathStep{ofType: strings.Trim(part[len("ofType("):], "()' ")})
		default:
			steps = append(steps, pathStep{name: strings.TrimSuffix(part, "[x]")})
		}
	}
	return steps
}

// cutStep cuts a path at its first dot outside brackets.
func cutStep(path string) (step, rest string) {
	depth := 0
	for i := range len(path) {
		switch path[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '.':
			if depth == 0 {
				return path[:i], path[i+1:]
			}
		}
	}
	return path, ""
}

// condition is one thing that must hold of an occurrence for it to be in a slice.
type condition struct {
	kind  string
	steps []pathStep
	// exact and pattern are what some value at the path must equal or match.
	exact, pattern any
	// types are the types that a value at the path must have; node is the element of the slice at the path.
	types   []string
	present bool
	node    *node
	profile []string
	binding *binding
}

// conditionsOf works out what a discriminator asks of the occurrences of a slice, or why that is unclear. What the slice
// itself does not say, the profiles of its type may.
func conditionsOf(s *node, d discriminator) ([]condition, string) {
	list, unclear := conditionsAt(s, d)
	if unclear == "" || d.Type == "type" {
		return list, unclear
	}
	for _, t := range s.types {
		for i, canonical := range t.Profiles {
			profile, err := s.shape.registry.shapeOf(canonical)
			if err != nil || profile == nil {
				continue
			}
			if list, why := conditionsAt(profile.element(t, i), d); why == "" {
				return list, ""
			}
		}
	}
	return nil, unclear
}

func conditionsAt(s *node, d discriminator) ([]condition, string) {
	target := s
	steps := d.steps
	for i, step := range steps {
		if list := given(target, steps, i); len(list) > 0 && (d.Type == "value" || d.Type == "pattern") {
			return list, ""
		}
		next := descend(target, step)
		if step.resolve && i < len(steps)-1 {
			if next = target.leadsTo(); next == nil {
				return nil, fmt.Sprintf("%s does not lead to one known type or profile, as discriminator %s needs", target.label(), d.Path)
			}
		}
		if next == nil {
			return nil, fmt.Sprintf("%s has no element for discriminator %s", target.label(), d.Path)
		}
		target = next
		if target.Max == 0 && target != s {
			// What the slice forbids tells it apart by not being there; a slice that is forbidden itself is told apart like any other.
			return []condition{{kind: "exists", steps: steps[:i+1]}}, ""
		}
	}
	switch d.Type {
	case "value", "pattern":
		list := valueConditions(target, steps, 0)
		if len(list) == 0 {
			list = slicedConditions(s, steps, 0)
		}
		if len(list) == 0 {
			return nil, fmt.Sprintf("%s gives no value for discriminator %s", s.label(), d.Path)
		}
		return list, ""
	case "exists":
		switch {
		case target.mustBeThere():
			return []condition{{kind: "exists", steps: steps, present: true}}, ""
		default:
			return nil, fmt.Sprintf("%s neither requires nor forbids %s", s.label(), d.Path)
		}
	case "type":
		var types []string
		for _, t := range target.types {
			types = append(types, t.Code)
			if len(steps) > 0 && steps[len(steps)-1].resolve {
				types = append(types, target.typeNamesOf(t)...)
			}
		}
		if len(types) == 0 {
			return nil, fmt.Sprintf("%s gives no type for discriminator %s", s.label(), d.Path)
		}
		return []condition{{kind: "type", steps: steps, types: types, node: target}}, ""
	case "profile":
		var profiles []string
		for _, t := range target.types {
			profiles = append(profiles, t.Profiles...)
			if len(steps) > 0 && steps[len(steps)-1].resolve {
				profiles = append(profiles, t.Targets...)
			}
		}
		if len(profiles) == 0 {
			return nil, fmt.Sprintf("%s gives no profile for discriminator %s", s.label(), d.Path)
		}
		return []condition{{kind: "profile", steps: steps, profile: profiles, node: target}}, ""
	default:
		return nil, fmt.Sprintf("discriminator type %q is not one of R4", d.Type)
	}
}

// given returns the conditions at the end of a path that the fixed value or the pattern of an element above it gives, the
// element being before the i-th step. A fixed value that leaves a property out forbids it; a pattern says nothing of it.
func given(n *node, steps []pathStep, i int) []condition {
	value, exact := n.Pattern, false
	if n.Fixed != nil {
		value, exact = n.Fixed, true
	}
	if value == nil {
		return nil
	}
	for _, step := range steps[i:] {
		if step.resolve || step.ofType != "" || step.extension != "" {
			return nil
		}
	}
	var list []condition
	for _, v := range project(value.JSON, steps[i:]) {
		c := condition{kind: "value", steps: steps, pattern: v}
		if exact {
			c.exact, c.pattern = v, nil
		}
		list = append(list, c)
	}
	if len(list) == 0 && exact {
		return []condition{{kind: "exists", steps: steps}}
	}
	return list
}

// project lists the values at the end of a path in a value.
func project(v any, steps []pathStep) []any {
	if list, ok := v.([]any); ok {
		var found []any
		for _, item := range list {
			found = append(found, project(item, steps)...)
		}
		return found
	}
	if len(steps) == 0 {
		return []any{v}
	}
	o, _ := v.(map[string]any)
	below, there := o[steps[0].name]
	if !there {
		return nil
	}
	return project(below, steps[1:])
}

// slicedConditions looks for the values at the end of a path in the slices that must be there of the elements on the way.
func slicedConditions(n *node, steps []pathStep, i int) []condition {
	if i == len(steps) {
		return valueConditions(n, steps, 0)
	}
	next := descend(n, steps[i])
	if next == nil {
		return nil
	}
	var list []condition
	for _, s := range next.slices {
		if s.node.Min == 0 {
			continue
		}
		found := given(s.node, steps, i+1)
		if len(found) == 0 {
			found = slicedConditions(s.node, steps, i+1)
		}
		list = append(list, found...)
	}
	if len(list) == 0 {
		return slicedConditions(next, steps, i+1)
	}
	return list
}

// typeNamesOf is for resolve(): the node stands for the reference, the types for what it leads to.
func (n *node) typeNamesOf(t *typeRef) []string {
	var names []string
	for _, target := range t.Targets {
		if s, _ := n.shape.registry.shapeOf(target); s != nil {
			names = append(names, s.definition.Type)
		}
	}
	return names
}

// leadsTo is the root of what a reference leads to, where there is one type or profile that it may be and that is loaded; else nil.
func (n *node) leadsTo() *node {
	var targets []string
	for _, t := range n.types {
		targets = append(targets, t.Targets...)
	}
	if len(targets) != 1 {
		return nil
	}
	if s, err := n.shape.registry.shapeOf(targets[0]); err == nil && s != nil {
		return s.root
	}
	return nil
}

// descend finds the element of a slice at a step of a path: in the slice itself, in the profile of its type, or in its
// type.
func descend(n *node, step pathStep) *node {
	switch {
	case step.resolve || step.ofType != "":
		return n
	case step.extension != "":
		list := descend(n, pathStep{name: "extension"})
		if list == nil {
			return nil
		}
		for _, s := range list.slices {
			if urlOf(s.node) == step.extension {
				return s.node
			}
		}
		return nil
	}
	if kid := n.kid(step.name); kid != nil {
		return kid
	}
	if n.content != nil {
		return descend(n.content, step)
	}
	for _, t := range n.types {
		for _, canonical := range append(t.Profiles[:len(t.Profiles):len(t.Profiles)], definition.TypeURL(t.Code)) {
			s, err := n.shape.registry.shapeOf(canonical)
			if err != nil || s == nil {
				continue
			}
			if kid := s.root.kid(step.name); kid != nil {
				return kid
			}
		}
	}
	return nil
}

func (n *node) kid(name string) *node {
	for _, kid := range n.children {
		if kid.name == name {
			return kid
		}
		if kid.choice && strings.HasPrefix(name, kid.name) && n.props.of(name, kid) {
			return kid
		}
	}
	return nil
}

// urlOf returns the URL of the extensions that a slice holds.
func urlOf(n *node) string {
	url := descend(n, pathStep{name: "url"})
	if url != nil && url.Fixed != nil {
		s, _ := url.Fixed.JSON.(string)
		return s
	}
	if t := n.onlyType(); t != nil && len(t.Profiles) == 1 {
		s, _ := definition.SplitCanonical(t.Profiles[0])
		return s
	}
	return ""
}

const deepestCondition = 6

// valueConditions collects the fixed values, patterns and required bindings of an element and of what is below it.
func valueConditions(n *node, steps []pathStep, depth int) []condition {
	steps = steps[:len(steps):len(steps)]
	switch {
	case n.Fixed != nil:
		return []condition{{kind: "value", steps: steps, exact: n.Fixed.JSON}}
	case n.Pattern != nil:
		return []condition{{kind: "value", steps: steps, pattern: n.Pattern.JSON}}
	case depth > deepestCondition:
		return nil
	}
	var list []condition
	for _, kid := range n.children {
		if kid.name == "extension" || kid.name == "id" {
			continue
		}
		list = append(list, valueConditions(kid, append(steps, pathStep{name: kid.name}), depth+1)...)
		for _, s := range kid.slices {
			if s.node.Min > 0 {
				list = append(list, valueConditions(s.node, append(steps, pathStep{name: kid.name}), depth+1)...)
			}
		}
	}
	if len(list) == 0 {
		if t := n.onlyType(); t != nil && len(t.Profiles) == 1 && n.props == nil {
			if s, err := n.shape.registry.shapeOf(t.Profiles[0]); err == nil && s != nil {
				list = slices.DeleteFunc(valueConditions(s.root, steps, depth+1), func(c condition) bool { return s.inherits(c, len(steps)) })
			}
		}
	}
	if len(list) == 0 && n.binding != nil && n.binding.strength == "required" {
		return []condition{{kind: "binding", steps: steps, binding: n.binding, node: n}}
	}
	return list
}

// inherits says whether a condition is a binding that every value of the type has, such as Identifier.use: it tells nothing apart.
func (s *shape) inherits(c condition, above int) bool {
	if c.kind != "binding" || len(c.steps) != above+1 {
		return false
	}
	base, err := s.registry.shapeOf(definition.TypeURL(s.definition.Type))
	if err != nil || base == nil {
		return false
	}
	kid := base.root.kid(c.steps[above].name)
	return kid != nil && kid.binding != nil && kid.binding.strength == c.binding.strength && kid.binding.valueSet == c.binding.valueSet
}

// located is a value at the end of a path, with its type where the property name says it, and the object beside a primitive
// that holds its id and extensions.
type located struct {
	value  any
	typ    string
	beside any
}

// holds says whether an occurrence meets the condition.
func (c *condition) holds(j *judge, t *typeRef, v any) bool {
	typ := ""
	if t != nil {
		typ = t.Code
	}
	found := false
	met := false
	c.walk(j, c.steps, located{value: v, typ: typ}, func(at located) bool {
		found = true
		met = c.test(j, at)
		return met
	})
	if c.kind == "exists" {
		return found == c.present
	}
	return met
}

func (c *condition) test(j *judge, at located) bool {
	switch c.kind {
	case "value":
		if c.exact != nil {
			return equalJSON(c.exact, at.value)
		}
		return matchesPattern(c.pattern, at.value)
	case "type":
		return c.hasType(at)
	case "profile":
		obj, ok := at.value.(map[string]any)
		if !ok {
			return false
		}
		for _, canonical := range c.profile {
			s, err := j.lookup(canonical)
			if err != nil || s == nil || !s.fits(obj) {
				continue
			}
			if j.try(func() { j.against(s.root, obj) }) {
				return true
			}
		}
		return false
	case "binding":
		return c.binding.holds(j, at.value)
	default:
		return true
	}
}

// fits says whether an object may be of the type that the shape defines.
func (s *shape) fits(obj map[string]any) bool {
	typ, isResource := obj["resourceType"].(string)
	return !isResource || !s.resource || typ == s.definition.Type || s.definition.Abstract
}

func (c *condition) hasType(at located) bool {
	typ := at.typ
	if obj, ok := at.value.(map[string]any); ok {
		if r, isResource := obj["resourceType"].(string); isResource {
			typ = r
		}
	}
	for _, t := range c.types {
		if t == typ || t == "Resource" || t == "DomainResource" || t == "Element" {
			return true
		}
	}
	return false
}

// walk calls visit for every value at the end of the path until visit returns true, and reports whether it did.
func (c *condition) walk(j *judge, steps []pathStep, at located, visit func(located) bool) bool {
	items, repeats := at.value.([]any)
	besides, alone := at.beside.([]any)
	if repeats || alone {
		for i := range max(len(items), len(besides)) {
			if c.walk(j, steps, located{nth(items, i), at.typ, nth(besides, i)}, visit) {
				return true
			}
		}
		return false
	}
	if len(steps) == 0 {
		return (at.value != nil || c.kind == "exists" && at.beside != nil) && visit(at)
	}
	obj, ok := at.value.(map[string]any)
	if !ok {
		obj, ok = at.beside.(map[string]any)
	}
	step := steps[0]
	switch {
	case step.resolve:
		to, typ := j.resolveAny(at.value)
		if !to.there() || len(steps) == 1 && c.kind == "type" {
			return len(steps) == 1 && typ != "" && visit(located{value: map[string]any{"resourceType": typ}, typ: typ})
		}
		return c.walk(j, steps[1:], located{value: to.resource(), typ: typ}, visit)
	case step.ofType != "":
		return at.typ == step.ofType && c.walk(j, steps[1:], at, visit)
	case !ok:
		return false
	case step.extension != "":
		list, _ := obj["extension"].([]any)
		for _, item := range list {
			if e, ok := item.(map[string]any); ok && e["url"] == step.extension && c.walk(j, steps[1:], located{value: e, typ: "Extension"}, visit) {
				return true
			}
		}
		return false
	}
	v, there := obj[step.name]
	beside, extended := obj["_"+step.name]
	if there || extended {
		return c.walk(j, steps[1:], located{v, "", beside}, visit)
	}
	// A choice: the property name goes on with the type.
	for name, v := range obj {
		property := strings.TrimPrefix(name, "_")
		suffix, ok := strings.CutPrefix(property, step.name)
		if !ok || suffix == "" || suffix[0] < 'A' || suffix[0] > 'Z' {
			continue
		}
		code := strings.ToLower(suffix[:1]) + suffix[1:]
		if primitiveOf(code) == notPrimitive {
			code = suffix
		}
		if property != name {
			v = obj[property]
		}
		if c.walk(j, steps[1:], located{v, code, obj["_"+property]}, visit) {
			return true
		}
	}
	return false
}
