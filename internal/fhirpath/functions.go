package fhirpath

import "math"

// function describes a built-in: how many arguments it takes and how a call of it is compiled.
type function struct {
	min, max int
	build    func(c *compiler, n *syntax, in expr, st static) (expr, static, error)
}

const unlimited = math.MaxInt

// builtin finds a function of the specification or of FHIR.
func builtin(name string) (function, bool) {
	for _, family := range [...]func(string) (function, bool){
		existenceFunction, filterFunction, subsetFunction, conversionFunction, stringFunction, codingFunction, mathFunction,
		treeFunction, timeFunction, boundaryFunction, fhirFunction,
	} {
		if f, ok := family(name); ok {
			return f, true
		}
	}
	return function{}, false
}

// scalar is a call of a function from a single item to at most one item. An empty input gives an empty result.
type scalar struct {
	pos   int
	name  string
	label string // the name with brackets, for messages
	input expr
	args  []expr
	run   func(e *Evaluator, n *scalar, in Item) (Item, bool, error)
	regex *regex // prepared from a constant argument
}

func (n *scalar) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *scalar) one(e *Evaluator) (Item, int, error) {
	if err := e.step(); err != nil {
		return Item{}, 0, err
	}
	in, ok, err := e.single(n.input, n.pos, n.label)
	if err != nil || !ok {
		return Item{}, 0, err
	}
	out, ok, err := n.run(e, n, in)
	if err != nil || !ok {
		return Item{}, 0, err
	}
	return out, 1, nil
}

func (n *scalar) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// scalarFunction describes a function that runs on a single item.
func scalarFunction(low, high int, result Kind, run func(*Evaluator, *scalar, Item) (Item, bool, error)) (function, bool) {
	return function{low, high, func(c *compiler, n *syntax, in expr, _ static) (expr, static, error) {
		args, _, err := c.arguments(n)
		if err != nil {
			return nil, static{}, err
		}
		for i := range args {
			args[i] = lean(args[i])
		}
		st := static{}
		if result != KindElement {
			st = ofKind(result)
		}
		return &scalar{pos: n.pos, name: n.name, label: n.name + "()", input: lean(in), args: args, run: run}, st, nil
	}}, true
}

// collector is a call of a function from a collection to a collection. The input is on the stack from base on; run replaces it
// with the result.
type collector struct {
	pos   int
	name  string
	label string // the name with brackets, for messages
	input expr
	args  []expr
	run   func(e *Evaluator, n *collector, base int) error
}

func (n *collector) eval(e *Evaluator) error {
	if err := e.step(); err != nil {
		return err
	}
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	return n.run(e, n, base)
}

func (n *collector) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *collector) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// typing says what a collector gives, from what its input and arguments give.
type typing func(in static, args []static) static

func keepsType(in static, _ []static) static { return in }

func unknownType(static, []static) static { return static{} }

func mergesType(in static, args []static) static {
	for _, a := range args {
		in = in.merge(a)
	}
	return in
}

func hasKind(k Kind) typing { return func(static, []static) static { return ofKind(k) } }

// collectionFunction describes a function that runs on a collection and whose arguments are evaluated outside it.
func collectionFunction(low, high int, result typing, run func(*Evaluator, *collector, int) error) (function, bool) {
	return function{low, high, func(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
		args, statics, err := c.arguments(n)
		if err != nil {
			return nil, static{}, err
		}
		return &collector{pos: n.pos, name: n.name, label: n.name + "()", input: in, args: args, run: run}, result(st, statics), nil
	}}, true
}

// replace puts a single Boolean in the place of the input.
func (e *Evaluator) replace(base int, it Item) error {
	e.stack = e.stack[:base]
	return e.push(it)
}

// stringArgument evaluates an argument that must be a string; false when it is empty.
func (e *Evaluator) stringArgument(x expr, pos int, what string) (string, bool, error) {
	it, ok, err := e.single(x, pos, what)
	if err != nil || !ok {
		return "", false, err
	}
	s, isText := it.str()
	if !isText || it.class() != KindString {
		return "", false, e.fail(pos, "%s needs a string, found %s", what, describe(&it))
	}
	return s, true, nil
}

// integerArgument evaluates an argument that must be an integer; false when it is empty.
func (e *Evaluator) integerArgument(x expr, pos int, what string) (int64, bool, error) {
	it, ok, err := e.single(x, pos, what)
	if err != nil || !ok {
		return 0, false, err
	}
	n, isInteger := it.integer()
	if !isInteger {
		return 0, false, e.fail(pos, "%s needs an integer, found %s", what, describe(&it))
	}
	return n, true, nil
}
