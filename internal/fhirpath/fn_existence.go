package fhirpath

// existenceFunction finds the functions of the specification's section on existence, and not().
func existenceFunction(name string) (function, bool) {
	switch name {
	case "exists":
		return function{0, 1, buildExists}, true
	case "empty":
		return function{0, 0, buildEmpty}, true
	case "all":
		return function{1, 1, buildAll}, true
	case "count":
		return function{0, 0, buildCount}, true
	case "not":
		return function{0, 0, buildNot}, true
	case "allTrue":
		return booleans(False, true)
	case "anyTrue":
		return booleans(True, false)
	case "allFalse":
		return booleans(True, true)
	case "anyFalse":
		return booleans(False, false)
	case "subsetOf":
		return collectionFunction(1, 1, hasKind(KindBoolean), func(e *Evaluator, n *collector, base int) error { return e.subset(n, base, false) })
	case "supersetOf":
		return collectionFunction(1, 1, hasKind(KindBoolean), func(e *Evaluator, n *collector, base int) error { return e.subset(n, base, true) })
	case "distinct":
		return collectionFunction(0, 0, keepsType, func(e *Evaluator, _ *collector, base int) error { return e.distinct(base) })
	case "isDistinct":
		return collectionFunction(0, 0, hasKind(KindBoolean), func(e *Evaluator, _ *collector, base int) error {
			before := len(e.stack)
			if err := e.distinct(base); err != nil {
				return err
			}
			return e.replace(base, Boolean(len(e.stack) == before))
		})
	}
	return function{}, false
}

// exists is exists() with or without criteria, and empty().
type exists struct {
	pos      int
	input    expr
	criteria expr // nil: any item
	negate   bool
}

func buildExists(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	x := &exists{pos: n.pos, input: lean(in)}
	if len(n.args) == 1 {
		criteria, _, err := c.lambda(n.args[0], st)
		if err != nil {
			return nil, static{}, err
		}
		x.input, x.criteria = in, lean(criteria)
	} else if w, ok := in.(*where); ok {
		x.input, x.criteria = w.input, w.criteria
	}
	return x, ofKind(KindBoolean), nil
}

func buildEmpty(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	x, result, err := buildExists(c, n, in, st)
	if err == nil {
		x.(*exists).negate = true
	}
	return x, result, err
}

func (n *exists) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *exists) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *exists) test(e *Evaluator) (Truth, error) {
	base := len(e.stack)
	it, count, err := many(e, n.input)
	if err != nil {
		return Unknown, err
	}
	found := count > 0
	if found && n.criteria != nil {
		found, err = n.any(e, base, it, count)
	}
	e.stack = e.stack[:base]
	return truthOf(found != n.negate), err
}

// any reports whether an item meets the criteria.
func (n *exists) any(e *Evaluator, base int, it Item, count int) (found bool, err error) {
	outer := e.saveScope()
	for i := 0; i < count && !found && err == nil; i++ {
		if count > 1 {
			it = e.stack[base+i]
		}
		e.this, e.index = it, int64(i)
		var t Truth
		t, err = n.criteria.test(e)
		found = t == True
	}
	e.restoreScope(outer)
	return found, err
}

// all is all(criteria).
type all struct {
	input, criteria expr
}

func buildAll(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	criteria, _, err := c.lambda(n.args[0], st)
	if err != nil {
		return nil, static{}, err
	}
	return &all{input: in, criteria: lean(criteria)}, ofKind(KindBoolean), nil
}

func (n *all) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *all) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *all) test(e *Evaluator) (Truth, error) {
	base := len(e.stack)
	it, count, err := many(e, n.input)
	if err != nil {
		return Unknown, err
	}
	result := True
	outer := e.saveScope()
	for i := 0; i < count && result == True; i++ {
		if count > 1 {
			it = e.stack[base+i]
		}
		e.this, e.index = it, int64(i)
		t, err := n.criteria.test(e)
		if err != nil {
			return Unknown, err
		}
		if t != True {
			result = False
		}
	}
	e.restoreScope(outer)
	e.stack = e.stack[:base]
	return result, nil
}

// count is count().
type count struct{ input expr }

func buildCount(_ *compiler, _ *syntax, in expr, _ static) (expr, static, error) {
	return &count{input: lean(in)}, ofKind(KindInteger), nil
}

func (n *count) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *count) one(e *Evaluator) (Item, int, error) {
	base := len(e.stack)
	_, items, err := many(e, n.input)
	e.stack = e.stack[:base]
	return Integer(int64(items)), 1, err
}

func (n *count) test(e *Evaluator) (Truth, error) {
	_, _, err := n.one(e)
	return True, err
}

// not is not().
type not struct {
	pos   int
	input expr
}

func buildNot(_ *compiler, n *syntax, in expr, _ static) (expr, static, error) {
	return &not{pos: n.pos, input: lean(in)}, ofKind(KindBoolean), nil
}

func (n *not) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *not) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *not) test(e *Evaluator) (Truth, error) {
	t, err := n.input.test(e)
	return t.Not(), err
}

// booleans makes allTrue (no false), anyTrue (some true), allFalse (no true) and anyFalse (some false).
func booleans(sought Truth, none bool) (function, bool) {
	return collectionFunction(0, 0, hasKind(KindBoolean), func(e *Evaluator, n *collector, base int) error {
		found := false
		for i := base; i < len(e.stack); i++ {
			b, ok := e.stack[i].boolean()
			if !ok {
				return e.fail(n.pos, "%s() needs Booleans, found %s", n.name, describe(&e.stack[i]))
			}
			found = found || truthOf(b) == sought
		}
		return e.replace(base, Boolean(found != none))
	})
}

// subset tests whether every item of one collection is in the other.
func (e *Evaluator) subset(n *collector, base int, superset bool) error {
	middle := len(e.stack)
	if err := n.args[0].eval(e); err != nil {
		return err
	}
	end := len(e.stack)
	from, to, inFrom, inTo := base, middle, middle, end
	if superset {
		from, to, inFrom, inTo = middle, end, base, middle
	}
	members, err := e.setOf(inFrom, inTo)
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		found, err := members.find(&e.stack[i])
		if err != nil {
			return err
		}
		if !found {
			return e.replace(base, Boolean(false))
		}
	}
	return e.replace(base, Boolean(true))
}
