package fhirpath

// treeFunction finds children(), descendants() and the type functions.
func treeFunction(name string) (function, bool) {
	switch name {
	case "children":
		return collectionFunction(0, 0, unorderedType, func(e *Evaluator, _ *collector, base int) error {
			end := len(e.stack)
			for i := base; i < end; i++ {
				if err := e.children(e.stack[i]); err != nil {
					return err
				}
			}
			e.settle(base, end)
			return nil
		})
	case "descendants":
		return collectionFunction(0, 0, unorderedType, func(e *Evaluator, _ *collector, base int) error {
			end := len(e.stack)
			for i := base; i < end; i++ {
				if err := e.descendants(e.stack[i]); err != nil {
					return err
				}
			}
			e.settle(base, end)
			return nil
		})
	case "is", "as", "ofType":
		return function{1, 1, buildTypeCall}, true
	case "type":
		return collectionFunction(0, 0, hasKind(KindType), func(e *Evaluator, _ *collector, base int) error {
			for i := base; i < len(e.stack); i++ {
				e.stack[i] = e.stack[i].reflect()
			}
			return nil
		})
	}
	return function{}, false
}

func unorderedType(static, []static) static { return static{unordered: true} }

// descendants pushes all that is below an item, each item before its own children.
func (e *Evaluator) descendants(it Item) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	base := len(e.stack)
	if err := e.children(it); err != nil {
		return err
	}
	end := len(e.stack)
	for i := base; i < end; i++ {
		if err := e.descendants(e.stack[i]); err != nil {
			return err
		}
	}
	return nil
}

// reflect is the item type() gives.
func (it *Item) reflect() Item {
	n := &typeName{namespace: it.Namespace(), name: it.TypeName()}
	if it.kind != KindElement {
		n.base = "System.Any"
	} else if it.typ != nil && it.typ.known() && it.typ.base != nil {
		n.base = "FHIR." + it.typ.base.public()
	}
	return Item{kind: KindType, valid: true, data: n}
}

// typeOp is one of the type operations.
type typeOp uint8

const (
	opIs typeOp = iota
	opAs
	opOfType
)

// typeTest is is, as and ofType, as operators and as functions.
type typeTest struct {
	pos    int
	op     typeOp
	input  expr
	many   bool // several items are allowed
	target typeTarget
}

// typeTarget decides whether an item is of a type.
type typeTarget struct {
	spec   typeSpecifier
	fhir   *Type // nil: no such FHIR type is known
	byName bool  // there are no types: compare names
	system Kind  // KindElement: no such System type
	any    bool  // System.Any
	loose  bool  // a System type also stands for the FHIR primitives that convert to it
}

func buildTypeCall(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	spec, ok := n.args[0].asType()
	if !ok {
		return nil, static{}, c.fail(n.args[0].pos, n.name+"() takes the name of a type")
	}
	return c.typeOperation(n.name, n.pos, spec, in, st)
}

// typeOperation compiles is, as and ofType.
func (c *compiler) typeOperation(name string, pos int, spec typeSpecifier, in expr, st static) (expr, static, error) {
	target, result, err := c.resolveType(spec)
	if err != nil {
		return nil, static{}, err
	}
	x := &typeTest{pos: pos, input: in, target: target}
	switch name {
	case "is":
		x.op = opIs
		x.input = lean(in)
		return x, ofKind(KindBoolean), nil
	case "as":
		x.op, x.many = opAs, c.lenient
	default:
		x.op, x.many = opOfType, true
	}
	result.unordered = st.unordered
	return x, result, nil
}

// resolveType finds a type specifier among the System types and the model's.
func (c *compiler) resolveType(spec typeSpecifier) (typeTarget, static, error) {
	t := typeTarget{spec: spec, loose: c.lenient}
	switch spec.namespace {
	case "System":
		t.system = systemKind(spec.name)
		t.any = spec.name == "Any"
		if t.system == KindElement {
			return t, static{known: !t.any}, nil // a System type that does not exist: nothing is of it
		}
		return t, ofKind(t.system), nil
	case "FHIR", "":
		t.fhir = c.types.Lookup(spec.name)
		t.byName = c.types == nil
	default:
		if !c.lenient {
			return t, static{}, c.fail(spec.pos, "there is no namespace "+spec.namespace+"; it is FHIR or System")
		}
		return t, static{}, nil
	}
	if spec.namespace == "" {
		t.system = systemKind(spec.name)
		t.any = spec.name == "Any"
	}
	switch {
	case t.fhir != nil && t.system != KindElement:
		return t, ofTypes(t.fhir).merge(ofKind(t.system)), nil
	case t.fhir != nil:
		return t, ofTypes(t.fhir), nil
	case t.system != KindElement && !t.loose:
		return t, ofKind(t.system), nil
	case t.system != KindElement, t.any, t.byName, c.lenient:
		return t, static{}, nil
	}
	return t, static{}, c.fail(spec.pos, "there is no type "+spec.String())
}

// matches reports whether an item is of the type or of one derived from it.
func (t *typeTarget) matches(it *Item) bool {
	if t.any {
		return true
	}
	if it.kind != KindElement {
		return t.system != KindElement && it.kind == t.system
	}
	switch {
	case t.fhir != nil && it.typ.isA(t.fhir):
		return true
	case t.byName && t.spec.name != "" && it.named(t.spec.name):
		return true
	case t.byName && it.typ == nil && t.spec.namespace != "System":
		return it.looksLike(t.spec.name)
	}
	return t.loose && t.system != KindElement && it.class() == t.system
}

// looksLike judges an element of unknown type by its JSON, where there are no types at all.
func (it *Item) looksLike(name string) bool {
	switch name {
	case "boolean":
		return it.class() == KindBoolean
	case "integer":
		return it.class() == KindInteger
	case "decimal":
		return it.class() == KindInteger || it.class() == KindDecimal
	case "string":
		return it.class() == KindString
	case "Quantity":
		return it.class() == KindQuantity
	}
	return false
}

func (n *typeTest) eval(e *Evaluator) error {
	if n.op == opIs || !n.many {
		return pushOne(e, n)
	}
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	if err := e.work(len(e.stack) - base); err != nil {
		return err
	}
	kept := base
	for i := base; i < len(e.stack); i++ {
		if n.target.matches(&e.stack[i]) {
			e.stack[kept] = e.stack[i]
			kept++
		}
	}
	e.stack = e.stack[:kept]
	return nil
}

func (n *typeTest) word() string {
	if n.op == opIs {
		return "is"
	}
	return "as"
}

func (n *typeTest) one(e *Evaluator) (Item, int, error) {
	if n.many && n.op != opIs {
		return oneOf(e, n)
	}
	if err := e.step(); err != nil {
		return Item{}, 0, err
	}
	it, ok, err := e.single(n.input, n.pos, n.word())
	if err != nil || !ok {
		return Item{}, 0, err
	}
	match := n.target.matches(&it)
	switch {
	case n.op == opIs:
		return Boolean(match), 1, nil
	case match:
		return it, 1, nil
	}
	return Item{}, 0, nil
}

func (n *typeTest) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}
