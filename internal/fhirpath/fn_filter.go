package fhirpath

// filterFunction finds the functions that filter, project and order.
func filterFunction(name string) (function, bool) {
	switch name {
	case "where":
		return function{1, 1, buildWhere}, true
	case "select":
		return function{1, 1, buildSelect}, true
	case "repeat", "repeatAll":
		return function{1, 1, buildRepeat}, true
	case "sort":
		return function{0, unlimited, buildSort}, true
	case "aggregate":
		return function{1, 2, buildAggregate}, true
	case "coalesce":
		return function{1, unlimited, buildCoalesce}, true
	case "iif":
		return function{2, 3, buildIif}, true
	}
	return function{}, false
}

// where is where(criteria).
type where struct {
	pos             int
	input, criteria expr
}

func buildWhere(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	criteria, _, err := c.lambda(n.args[0], st)
	if err != nil {
		return nil, static{}, err
	}
	return &where{pos: n.pos, input: in, criteria: lean(criteria)}, st, nil
}

func (n *where) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	end, kept := len(e.stack), base
	outer := e.saveScope()
	for i := base; i < end; i++ {
		e.this, e.index = e.stack[i], int64(i-base)
		t, err := n.criteria.test(e)
		if err != nil {
			return err
		}
		if t == True {
			if kept != i {
				e.stack[kept] = e.stack[i]
			}
			kept++
		}
	}
	e.restoreScope(outer)
	e.stack = e.stack[:kept]
	return nil
}

func (n *where) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *where) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// projection is select(projection).
type projection struct {
	pos         int
	input, body expr
}

func buildSelect(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	body, result, err := c.lambda(n.args[0], st)
	if err != nil {
		return nil, static{}, err
	}
	result.unordered = result.unordered || st.unordered
	return &projection{pos: n.pos, input: in, body: body}, result, nil
}

func (n *projection) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	end := len(e.stack)
	outer := e.saveScope()
	for i := base; i < end; i++ {
		e.this, e.index = e.stack[i], int64(i-base)
		if err := n.body.eval(e); err != nil {
			return err
		}
	}
	e.restoreScope(outer)
	e.settle(base, end)
	return nil
}

func (n *projection) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *projection) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// repetition is repeat(projection), which keeps one of equal items, and repeatAll(projection), which keeps all.
type repetition struct {
	pos         int
	input, body expr
	all         bool
}

func buildRepeat(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	// The projection also runs on its own results, so nothing can be said of the types it meets.
	body, _, err := c.lambda(n.args[0], static{})
	if err != nil {
		return nil, static{}, err
	}
	if c.strict { // but the first round must make sense
		if _, _, err := c.lambda(n.args[0], st); err != nil {
			return nil, static{}, err
		}
	}
	return &repetition{pos: n.pos, input: in, body: body, all: n.name == "repeatAll"}, static{unordered: st.unordered}, nil
}

func (n *repetition) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	start := len(e.stack)
	seen := set{e: e}
	outer := e.saveScope()
	for i := base; i < len(e.stack); i++ {
		if err := e.step(); err != nil {
			return err
		}
		e.this = e.stack[i]
		fresh := len(e.stack)
		if err := n.body.eval(e); err != nil {
			return err
		}
		if !n.all {
			if err := e.keepUnseen(&seen, fresh); err != nil {
				return err
			}
		}
	}
	e.restoreScope(outer)
	e.settle(base, start)
	return nil
}

// keepUnseen drops from the stack, from base on, the items that are in the set and adds the others to it.
func (e *Evaluator) keepUnseen(seen *set, base int) error {
	kept := base
	for i := base; i < len(e.stack); i++ {
		found, err := seen.find(&e.stack[i])
		if err != nil {
			return err
		}
		if found {
			continue
		}
		if err := seen.add(e.stack[i]); err != nil {
			return err
		}
		e.stack[kept] = e.stack[i]
		kept++
	}
	e.stack = e.stack[:kept]
	return nil
}

func (n *repetition) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *repetition) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// aggregation is aggregate(aggregator, init).
type aggregation struct {
	pos               int
	input, body, init expr
}

func buildAggregate(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	x := &aggregation{pos: n.pos, input: in}
	if len(n.args) == 2 {
		init, _, err := c.argument(n.args[1])
		if err != nil {
			return nil, static{}, err
		}
		x.init = init
	}
	outer := c.total
	c.total = static{}
	body, _, err := c.lambda(n.args[0], st)
	c.total = outer
	x.body = body
	return x, static{}, err
}

func (n *aggregation) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	var running Collection
	if n.init != nil {
		var err error
		if running, err = e.collect(n.init); err != nil {
			return err
		}
	}
	end := len(e.stack)
	outer, outerTotal := e.saveScope(), e.total
	for i := base; i < end; i++ {
		e.this, e.index, e.total = e.stack[i], int64(i-base), running
		next, err := e.collect(n.body)
		if err != nil {
			return err
		}
		running = next
	}
	e.restoreScope(outer)
	e.total = outerTotal
	e.stack = e.stack[:base]
	for _, it := range running {
		if err := e.push(it); err != nil {
			return err
		}
	}
	return nil
}

func (n *aggregation) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *aggregation) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// buildCoalesce makes coalesce(values): the first argument that is not empty; later ones are not evaluated.
func buildCoalesce(c *compiler, n *syntax, in expr, _ static) (expr, static, error) {
	x := &collector{pos: n.pos, name: n.name, label: n.name + "()", input: in}
	var result static
	for i, a := range n.args {
		arg, as, err := c.argument(a)
		if err != nil {
			return nil, static{}, err
		}
		x.args = append(x.args, arg)
		if i == 0 {
			result = as
		} else {
			result = result.merge(as)
		}
	}
	x.run = func(e *Evaluator, n *collector, base int) error {
		e.stack = e.stack[:base]
		for _, a := range n.args {
			if err := a.eval(e); err != nil || len(e.stack) > base {
				return err
			}
		}
		return nil
	}
	return x, result, nil
}

// conditional is iif(criterion, true-result, otherwise-result).
type conditional struct {
	pos                          int
	input                        expr
	criterion, result, otherwise expr
}

func buildIif(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	x := &conditional{pos: n.pos, input: in}
	var statics []static
	targets := []*expr{&x.criterion, &x.result, &x.otherwise}
	for i, a := range n.args {
		arg, as, err := c.lambda(a, st)
		if err != nil {
			return nil, static{}, err
		}
		*targets[i] = arg
		statics = append(statics, as)
	}
	x.criterion = lean(x.criterion)
	result := statics[1]
	if len(statics) == 3 {
		result = result.merge(statics[2])
	}
	return x, result, nil
}

// choose evaluates the criterion and returns the argument that is the result, nil for none, with $this set for it.
func (n *conditional) choose(e *Evaluator) (expr, error) {
	it, ok, err := e.single(n.input, n.pos, "iif()")
	if err != nil {
		return nil, err
	}
	e.this = it
	e.this.valid = ok
	t, err := n.criterion.test(e)
	if err != nil {
		return nil, err
	}
	if t == True {
		return n.result, nil
	}
	return n.otherwise, nil
}

func (n *conditional) eval(e *Evaluator) error {
	outer := e.saveScope()
	x, err := n.choose(e)
	if err == nil && x != nil {
		err = x.eval(e)
	}
	e.restoreScope(outer)
	return err
}

func (n *conditional) one(e *Evaluator) (Item, int, error) {
	outer := e.saveScope()
	defer e.restoreScope(outer)
	x, err := n.choose(e)
	if err != nil || x == nil {
		return Item{}, 0, err
	}
	return x.one(e)
}

func (n *conditional) test(e *Evaluator) (Truth, error) {
	outer := e.saveScope()
	defer e.restoreScope(outer)
	x, err := n.choose(e)
	if err != nil || x == nil {
		return Unknown, err
	}
	return x.test(e)
}
