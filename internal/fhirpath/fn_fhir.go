package fhirpath

import "strings"

// fhirFunction finds the functions FHIR adds (FHIR R4, section 2.9.1.5), and the utility functions trace() and defineVariable().
func fhirFunction(name string) (function, bool) {
	switch name {
	case "hasValue":
		return function{0, 0, func(_ *compiler, _ *syntax, in expr, _ static) (expr, static, error) {
			return &hasValue{input: lean(in)}, ofKind(KindBoolean), nil
		}}, true
	case "getValue":
		return scalarFunction(0, 0, KindElement, func(_ *Evaluator, _ *scalar, in Item) (Item, bool, error) {
			if _, isObject := in.object(); isObject {
				return Item{}, false, nil
			}
			v, ok := in.system()
			return v, ok, nil
		})
	case "extension":
		return function{1, 1, buildExtension}, true
	case "resolve":
		return collectionFunction(0, 0, unknownType, resolve)
	case "memberOf", "subsumes", "subsumedBy", "conformsTo", "htmlChecks":
		return checkFunction(name)
	case "checkModifiers":
		return collectionFunction(0, unlimited, keepsType, checkModifiers)
	case "trace":
		return function{1, 2, buildTrace}, true
	case "defineVariable":
		return function{1, 2, buildDefineVariable}, true
	}
	return function{}, false
}

// hasValue is hasValue(): a single primitive that has more than extensions.
type hasValue struct{ input expr }

func (n *hasValue) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *hasValue) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *hasValue) test(e *Evaluator) (Truth, error) {
	it, count, err := n.input.one(e)
	if err != nil || count != 1 {
		return False, err
	}
	if it.kind != KindElement {
		return True, nil
	}
	switch it.data.(type) {
	case nil, map[string]any, []any:
		return False, nil
	}
	return True, nil
}

// buildExtension makes extension(url): the extensions of each item that have the URL.
func buildExtension(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	args, _, err := c.arguments(n)
	if err != nil {
		return nil, static{}, err
	}
	extensions, result, err := c.step(&syntax{kind: nodeMember, pos: n.pos, name: "extension"}, in, st)
	if err != nil {
		return nil, static{}, err
	}
	if t := c.types.Lookup("Extension"); t != nil {
		result = ofTypes(t)
	}
	return &collector{pos: n.pos, name: n.name, label: n.name + "()", input: extensions, args: args, run: func(e *Evaluator, n *collector, base int) error {
		url, ok, err := e.stringArgument(n.args[0], n.pos, "extension()")
		if err != nil || !ok {
			return e.empty(base, err)
		}
		kept := base
		for i := base; i < len(e.stack); i++ {
			if m, isObject := e.stack[i].object(); isObject && m["url"] == url {
				e.stack[kept] = e.stack[i]
				kept++
			}
		}
		e.stack = e.stack[:kept]
		return nil
	}}, result, nil
}

// resolve is resolve(): the resources that References, URIs and canonicals point to. What cannot be resolved is left out.
func resolve(e *Evaluator, n *collector, base int) error {
	end := len(e.stack)
	for i := base; i < end; i++ {
		it := e.stack[i]
		reference := referenceOf(&it)
		if reference == "" {
			continue
		}
		target, ok := e.contained(reference)
		if !ok && e.env.Resolver != nil {
			var err error
			if target, ok, err = e.env.Resolver.Resolve(e.ctx, reference, it); err != nil {
				return e.hookFailed(n.pos, "resolve", err)
			}
		}
		if ok && target.valid {
			if err := e.push(target); err != nil {
				return err
			}
		}
	}
	e.settle(base, end)
	return nil
}

// referenceOf is the text of a reference: that of a Reference, or a URI or canonical itself.
func referenceOf(it *Item) string {
	if m, ok := it.object(); ok {
		s, _ := m["reference"].(string)
		return s
	}
	s, _ := it.str()
	return s
}

// contained finds "#id" among the contained resources of %resource or %rootResource; "#" is the container itself.
func (e *Evaluator) contained(reference string) (Item, bool) {
	id, local := strings.CutPrefix(reference, "#")
	if !local {
		return Item{}, false
	}
	resource := orElse(e.resource, e.input)
	for _, container := range [...]Item{resource, orElse(e.root, resource)} {
		m, ok := container.object()
		if !ok {
			continue
		}
		if id == "" {
			return orElse(e.root, resource), true
		}
		list, _ := m["contained"].([]any)
		for _, c := range list {
			if r, ok := c.(map[string]any); ok && r["id"] == id {
				return e.types.Resource(r), true
			}
		}
	}
	return Item{}, false
}

// checkFunction describes the functions that ask a hook for a Boolean.
func checkFunction(name string) (function, bool) {
	args := 1
	if name == "htmlChecks" {
		args = 0
	}
	return scalarFunction(args, args, KindBoolean, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
		t, err := e.check(n, in)
		return Boolean(t == True), t != Unknown, err
	})
}

func (e *Evaluator) check(n *scalar, in Item) (Truth, error) {
	if n.name == "htmlChecks" {
		s, ok := in.str()
		if m, isObject := in.object(); isObject { // the constraint stands on the div, some write it on the Narrative
			s, ok = m["div"].(string)
		}
		return truthOf(ok && CheckNarrative(s) == nil), e.work(len(s) / 64)
	}
	arg, ok, err := e.single(n.args[0], n.pos, n.label)
	if err != nil || !ok {
		return Unknown, err
	}
	var t Truth
	switch n.name {
	case "conformsTo":
		if e.env.Conformance == nil {
			return Unknown, e.unavailable(n.pos, n.name, "a source of profiles")
		}
		profile, _ := arg.str()
		t, err = e.env.Conformance.ConformsTo(e.ctx, in, profile)
	case "memberOf":
		if e.env.Terminology == nil {
			return Unknown, e.unavailable(n.pos, n.name, "a terminology")
		}
		valueSet, _ := arg.str()
		t, err = e.env.Terminology.MemberOf(e.ctx, in, valueSet)
	default:
		if e.env.Terminology == nil {
			return Unknown, e.unavailable(n.pos, n.name, "a terminology")
		}
		if n.name == "subsumedBy" {
			in, arg = arg, in
		}
		t, err = e.env.Terminology.Subsumes(e.ctx, in, arg)
	}
	if err != nil {
		return Unknown, e.hookFailed(n.pos, n.name, err)
	}
	return t, nil
}

// checkModifiers is checkModifiers(urls): an error if an item has a modifier extension that is not among those understood.
func checkModifiers(e *Evaluator, n *collector, base int) error {
	var understood []string
	for _, a := range n.args {
		url, ok, err := e.stringArgument(a, n.pos, "checkModifiers()")
		if err != nil {
			return err
		}
		if ok {
			understood = append(understood, url)
		}
	}
	for i := base; i < len(e.stack); i++ {
		m, _ := e.stack[i].object()
		list, _ := m["modifierExtension"].([]any)
	next:
		for _, x := range list {
			extension, _ := x.(map[string]any)
			url, _ := extension["url"].(string)
			for _, u := range understood {
				if u == url {
					continue next
				}
			}
			return e.fail(n.pos, "checkModifiers() found the modifier extension %q, which is not among those understood", url)
		}
	}
	return nil
}

// tracing is trace(name, projection).
type tracing struct {
	pos                     int
	input, name, projection expr
}

func buildTrace(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	name, _, err := c.argument(n.args[0])
	if err != nil {
		return nil, static{}, err
	}
	x := &tracing{pos: n.pos, input: in, name: name}
	if len(n.args) == 2 {
		if x.projection, _, err = c.lambda(n.args[1], st); err != nil {
			return nil, static{}, err
		}
	}
	return x, st, nil
}

func (n *tracing) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	return n.report(e, base)
}

func (n *tracing) report(e *Evaluator, base int) error {
	if e.env.Trace == nil {
		return nil
	}
	name, _, err := e.stringArgument(n.name, n.pos, "trace()")
	if err != nil {
		return err
	}
	end := len(e.stack)
	if n.projection == nil {
		e.env.Trace(name, Collection(e.stack[base:end:end]))
		return nil
	}
	outer := e.saveScope()
	for i := base; i < end; i++ {
		e.this, e.index = e.stack[i], int64(i-base)
		if err := n.projection.eval(e); err != nil {
			return err
		}
	}
	e.restoreScope(outer)
	e.env.Trace(name, Collection(e.stack[end:len(e.stack):len(e.stack)]))
	e.stack = e.stack[:end]
	return nil
}

func (n *tracing) one(e *Evaluator) (Item, int, error) {
	if e.env.Trace == nil {
		return n.input.one(e)
	}
	return oneOf(e, n)
}

func (n *tracing) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// buildDefineVariable makes defineVariable(name, value): the variable is visible to what follows in the same chain.
func buildDefineVariable(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	if len(n.args) == 2 && n.input != nil {
		of := *n
		of.args = []*syntax{n.args[0], ofVariable(n.args[1], definedInput)}
		n = &of
	}
	args, _, err := c.arguments(n)
	if err != nil {
		return nil, static{}, err
	}
	return &collector{pos: n.pos, name: n.name, label: n.name + "()", input: in, args: args, run: func(e *Evaluator, n *collector, base int) error {
		name, ok, err := e.stringArgument(n.args[0], n.pos, "defineVariable()")
		if err != nil {
			return err
		}
		if !ok || e.defined(name) {
			return e.fail(n.pos, "defineVariable() needs a name that is not yet in use, found %q", name)
		}
		items := append(Collection(nil), e.stack[base:]...)
		if len(n.args) == 2 {
			outer := e.vars
			e.vars = &binding{name: definedInput, items: items, outer: outer}
			items, err = e.collect(n.args[1])
			e.vars = outer
			if err != nil {
				return err
			}
		}
		e.vars = &binding{name: name, items: items, outer: e.vars}
		return nil
	}}, st, nil
}

// definedInput is the name that no expression can give a variable: the input of defineVariable(), on all of which its expression is
// evaluated.
const definedInput = "defineVariable()"

// ofVariable returns an expression whose paths start at a variable where they start at $this. The arguments of functions are left
// alone, as is a path that starts at a type.
func ofVariable(n *syntax, name string) *syntax {
	of := *n
	switch {
	case n.kind == nodeThis && n.input == nil:
		return &syntax{kind: nodeVariable, pos: n.pos, name: name}
	case n.kind == nodeMember && n.input == nil:
		if n.delimited || n.name == "" || n.name[0] < 'A' || n.name[0] > 'Z' {
			of.input = &syntax{kind: nodeVariable, pos: n.pos, name: name}
		}
	case n.kind == nodeCall && n.input == nil:
		of.input = &syntax{kind: nodeVariable, pos: n.pos, name: name}
	case n.input != nil:
		of.input = ofVariable(n.input, name)
	case n.kind == nodeUnary || n.kind == nodeBinary:
		of.args = make([]*syntax, len(n.args))
		for i, arg := range n.args {
			of.args[i] = ofVariable(arg, name)
		}
	}
	return &of
}

// defined reports a variable that exists where the evaluation is.
func (e *Evaluator) defined(name string) bool {
	for b := e.vars; b != nil; b = b.outer {
		if b.name == name {
			return true
		}
	}
	if _, ok := e.env.Variables[name]; ok {
		return true
	}
	if _, ok := constant(name); ok {
		return true
	}
	return name == "resource" || name == "rootResource" || name == "context"
}
