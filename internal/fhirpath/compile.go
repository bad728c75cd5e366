package fhirpath

import (
	"strconv"
	"strings"
)

// compiler turns a syntax tree into nodes, resolving paths against the types it knows.
type compiler struct {
	source    string
	types     *Types
	inputType string
	strict    bool
	lenient   bool
	limits    Limits
	context   static // of the input
	this      static // of $this where the compiler is
	total     static // of $total
	variables bool   // the expression may define some
}

func (c *compiler) fail(pos int, message string) error {
	return newError(Semantic, c.source, pos, message)
}

func (c *compiler) compile(n *syntax) (expr, static, error) {
	switch n.kind {
	case nodeEmpty:
		return &literal{empty: true}, static{known: true}, nil
	case nodeLiteral:
		return &literal{item: n.item}, ofKind(n.item.kind), nil
	case nodeThis, nodeIndex, nodeTotal:
		return c.special(n)
	case nodeVariable:
		return c.variable(n)
	case nodeMember:
		return c.member(n)
	case nodeCall:
		return c.call(n)
	case nodeIndexer:
		return c.indexer(n)
	case nodeUnary:
		inner, st, err := c.compile(n.args[0])
		if err != nil {
			return nil, static{}, err
		}
		return &polarity{pos: n.pos, negate: n.name == "-", inner: lean(inner)}, st, nil
	case nodeBinary:
		return c.binary(n)
	case nodeType:
		in, st, err := c.compile(n.input)
		if err != nil {
			return nil, static{}, err
		}
		return c.typeOperation(n.name, n.pos, n.spec, in, st)
	}
	return nil, static{}, c.fail(n.pos, "this expression is not understood")
}

func (c *compiler) special(n *syntax) (expr, static, error) {
	if n.input != nil {
		return nil, static{}, c.fail(n.pos, "$this, $index and $total stand at the start of a path")
	}
	switch n.kind {
	case nodeIndex:
		return &position{}, ofKind(KindInteger), nil
	case nodeTotal:
		return &total{pos: n.pos}, c.total, nil
	default:
		return &this{}, c.this, nil
	}
}

func (c *compiler) variable(n *syntax) (expr, static, error) {
	if n.name == "context" {
		return &variable{pos: n.pos, name: n.name}, c.context, nil
	}
	if text, ok := constant(n.name); ok {
		return &literal{item: String(text)}, ofKind(KindString), nil
	}
	return &variable{pos: n.pos, name: n.name}, static{}, nil
}

// member compiles a step of a path. Steps of one path are gathered in one node.
func (c *compiler) member(n *syntax) (expr, static, error) {
	if n.input == nil {
		if x, st, ok, err := c.rootType(n); ok || err != nil {
			return x, st, err
		}
		return c.step(n, nil, c.this)
	}
	in, st, err := c.compile(n.input)
	if err != nil {
		return nil, static{}, err
	}
	return c.step(n, in, st)
}

func (c *compiler) step(n *syntax, in expr, st static) (expr, static, error) {
	child, possible := st.member(n.name, c.lenient)
	if !possible && c.strict {
		return nil, static{}, c.fail(n.pos, strconv.Quote(n.name)+" is not an element of "+st.describe())
	}
	s := step{pos: n.pos, name: n.name, sibling: "_" + n.name}
	if t := st.single(); t != nil && t.known() {
		s.known, s.el = t, t.elements[n.name]
	}
	switch root := in.(type) {
	case *path: // nobody else has it yet
		root.steps = append(root.steps, s)
		return root, child, nil
	case *this:
		in = nil
	}
	return &path{root: in, poly: c.lenient, steps: []step{s}}, child, nil
}

// describe names the types for messages.
func (s static) describe() string {
	var names []string
	for _, t := range s.types {
		names = append(names, t.name)
	}
	for k := KindBoolean; k <= KindType; k++ {
		if s.kinds&(1<<k) != 0 {
			names = append(names, "System."+k.String())
		}
	}
	return strings.Join(names, " or ")
}

// rootType compiles a leading type name, such as Patient in Patient.name. Elements begin in lower case, so that only a capital
// can start one.
func (c *compiler) rootType(n *syntax) (x expr, st static, ok bool, err error) {
	if n.name == "" || n.name[0] < 'A' || n.name[0] > 'Z' {
		return nil, static{}, false, nil
	}
	if c.this.known {
		for _, t := range c.this.types {
			if t.named(n.name) {
				return &rootType{pos: n.pos, name: n.name, step: step{pos: n.pos, name: n.name, sibling: "_" + n.name}}, c.this, true, nil
			}
		}
		if c.strict && c.types.Lookup(n.name) != nil && !c.mayBe(n.name) {
			return nil, static{}, false, c.fail(n.pos, "the context is "+c.this.describe()+", not "+n.name)
		}
	}
	st = static{}
	if t := c.types.Lookup(n.name); t != nil {
		st = ofTypes(t)
	}
	return &rootType{pos: n.pos, name: n.name, step: step{pos: n.pos, name: n.name, sibling: "_" + n.name}}, st, true, nil
}

// mayBe reports whether an item of the context's types could be of the named type.
func (c *compiler) mayBe(name string) bool {
	target := c.types.Lookup(name)
	for _, t := range c.this.types {
		if t.open() || target.isA(t) {
			return true
		}
	}
	return false
}

func (c *compiler) indexer(n *syntax) (expr, static, error) {
	in, st, err := c.compile(n.input)
	if err != nil {
		return nil, static{}, err
	}
	if err := c.needOrder(n.pos, "an index", st); err != nil {
		return nil, static{}, err
	}
	index, _, err := c.argument(n.args[0])
	if err != nil {
		return nil, static{}, err
	}
	return &indexer{pos: n.pos, input: in, index: index}, st, nil
}

// needOrder refuses, in strict mode, what depends on the order of a collection that has none.
func (c *compiler) needOrder(pos int, what string, st static) error {
	if c.strict && st.unordered {
		return c.fail(pos, what+" needs an ordered collection, and children() and descendants() give none")
	}
	return nil
}

// argument compiles an operand or argument; variables it defines end with it.
func (c *compiler) argument(n *syntax) (expr, static, error) {
	x, st, err := c.compile(n)
	if err == nil && c.variables && n.definesVariable() {
		x = &scoped{inner: x}
	}
	return x, st, err
}

// lambda compiles an argument that is evaluated with $this set to items of the given kind.
func (c *compiler) lambda(n *syntax, item static) (expr, static, error) {
	outer := c.this
	c.this = item.ordered()
	x, st, err := c.argument(n)
	c.this = outer
	return x, st, err
}

func (n *syntax) definesVariable() bool {
	if n == nil {
		return false
	}
	if n.kind == nodeCall && n.name == "defineVariable" {
		return true
	}
	for _, a := range n.args {
		if a.definesVariable() {
			return true
		}
	}
	return n.input.definesVariable()
}

// lean marks a path of which only values are used.
func lean(x expr) expr {
	if p, ok := x.(*path); ok && !p.lean {
		q := *p
		q.lean = true
		return &q
	}
	return x
}

// direct reports an expression that may be evaluated twice at no cost but time.
func direct(x expr) bool {
	switch n := x.(type) {
	case *literal, *this, *position, *total, *variable, *rootType:
		return true
	case *path:
		return n.root == nil || direct(n.root)
	case *scalar, *logic, *equality, *comparison, *arithmetic, *concatenation, *polarity, *membership, *exists, *count, *not, *all, *hasValue:
		return true // at most one item, so never evaluated twice
	}
	return false
}

func (c *compiler) binary(n *syntax) (expr, static, error) {
	left, ls, err := c.argument(n.args[0])
	if err != nil {
		return nil, static{}, err
	}
	right, rs, err := c.argument(n.args[1])
	if err != nil {
		return nil, static{}, err
	}
	boolean := ofKind(KindBoolean)
	switch n.name {
	case "and":
		return &logic{op: opAnd, left: lean(left), right: lean(right)}, boolean, nil
	case "or":
		return &logic{op: opOr, left: lean(left), right: lean(right)}, boolean, nil
	case "xor":
		return &logic{op: opXor, left: lean(left), right: lean(right)}, boolean, nil
	case "implies":
		return &logic{op: opImplies, left: lean(left), right: lean(right)}, boolean, nil
	case "in":
		return &membership{pos: n.pos, item: lean(left), collection: lean(right), word: "in"}, boolean, nil
	case "contains":
		return &membership{pos: n.pos, item: lean(right), collection: lean(left), word: "contains"}, boolean, nil
	case "=", "!=", "~", "!~":
		left, right = lean(left), lean(right)
		return &equality{
			pos: n.pos, equivalent: strings.HasSuffix(n.name, "~"), negate: n.name[0] == '!',
			direct: direct(left) && direct(right), left: left, right: right,
		}, boolean, nil
	case "<", "<=", ">", ">=":
		return &comparison{pos: n.pos, op: n.name, left: lean(left), right: lean(right)}, boolean, nil
	case "|":
		u, ok := left.(*union)
		if !ok {
			u = &union{parts: []expr{left}}
		}
		u.parts = append(u.parts, right)
		return u, ls.merge(rs).ordered(), nil
	case "&":
		return &concatenation{pos: n.pos, left: lean(left), right: lean(right)}, ofKind(KindString), nil
	}
	return &arithmetic{pos: n.pos, op: n.name, left: lean(left), right: lean(right)}, static{}, nil
}

// call compiles a function invocation.
func (c *compiler) call(n *syntax) (expr, static, error) {
	f, ok := builtin(n.name)
	if !ok {
		return nil, static{}, c.fail(n.pos, "there is no function "+n.name+"()")
	}
	if len(n.args) < f.min || len(n.args) > f.max {
		return nil, static{}, c.fail(n.pos, n.name+"() takes "+arity(f.min, f.max)+", found "+strconv.Itoa(len(n.args)))
	}
	var in expr = &this{}
	st := c.this
	if n.input != nil {
		var err error
		if in, st, err = c.compile(n.input); err != nil {
			return nil, static{}, err
		}
	}
	return f.build(c, n, in, st)
}

func arity(low, high int) string {
	switch {
	case high == 0:
		return "no argument"
	case low == high && low == 1:
		return "one argument"
	case low == high:
		return strconv.Itoa(low) + " arguments"
	case high == unlimited:
		return "at least " + strconv.Itoa(low) + " arguments"
	}
	return strconv.Itoa(low) + " to " + strconv.Itoa(high) + " arguments"
}

// arguments compiles arguments that are evaluated outside the input.
func (c *compiler) arguments(n *syntax) ([]expr, []static, error) {
	args := make([]expr, len(n.args))
	statics := make([]static, len(n.args))
	for i, a := range n.args {
		x, st, err := c.argument(a)
		if err != nil {
			return nil, nil, err
		}
		args[i], statics[i] = x, st
	}
	return args, statics, nil
}
