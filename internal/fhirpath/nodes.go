package fhirpath

// oneOf is one() for nodes that only know how to evaluate to the stack.
func oneOf(e *Evaluator, x expr) (Item, int, error) {
	base := len(e.stack)
	if err := x.eval(e); err != nil {
		return Item{}, 0, err
	}
	n := len(e.stack) - base
	var it Item
	if n == 1 {
		it = e.stack[base]
	}
	e.stack = e.stack[:base]
	return it, n, nil
}

// pushOne is eval() for nodes with at most one item.
func pushOne(e *Evaluator, x expr) error {
	it, n, err := x.one(e)
	if err == nil && n == 1 {
		err = e.push(it)
	}
	return err
}

// pushTruth is eval() for Boolean nodes.
func pushTruth(e *Evaluator, x expr) error {
	t, err := x.test(e)
	if err != nil || t == Unknown {
		return err
	}
	return e.push(Boolean(t == True))
}

// oneTruth is one() for Boolean nodes.
func oneTruth(e *Evaluator, x expr) (Item, int, error) {
	t, err := x.test(e)
	if err != nil || t == Unknown {
		return Item{}, 0, err
	}
	return Boolean(t == True), 1, nil
}

// literal is a constant, or the empty collection.
type literal struct {
	item  Item
	empty bool
}

func (n *literal) eval(e *Evaluator) error {
	if n.empty {
		return nil
	}
	return e.push(n.item)
}

func (n *literal) one(*Evaluator) (Item, int, error) {
	if n.empty {
		return Item{}, 0, nil
	}
	return n.item, 1, nil
}

func (n *literal) test(*Evaluator) (Truth, error) {
	if n.empty {
		return Unknown, nil
	}
	return n.item.truth(), nil
}

// this is $this.
type this struct{}

func (n *this) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *this) one(e *Evaluator) (Item, int, error) {
	if !e.this.valid {
		return Item{}, 0, nil
	}
	return e.this, 1, nil
}

func (n *this) test(e *Evaluator) (Truth, error) {
	if !e.this.valid {
		return Unknown, nil
	}
	return e.this.truth(), nil
}

// position is $index.
type position struct{}

func (n *position) eval(e *Evaluator) error { return e.push(Integer(e.index)) }

func (n *position) one(e *Evaluator) (Item, int, error) { return Integer(e.index), 1, nil }

func (n *position) test(*Evaluator) (Truth, error) { return True, nil }

// total is $total, the running result of aggregate().
type total struct{ pos int }

func (n *total) eval(e *Evaluator) error {
	for _, it := range e.total {
		if err := e.push(it); err != nil {
			return err
		}
	}
	return nil
}

func (n *total) one(e *Evaluator) (Item, int, error) {
	if len(e.total) == 1 {
		return e.total[0], 1, nil
	}
	return Item{}, len(e.total), nil
}

func (n *total) test(e *Evaluator) (Truth, error) {
	it, count, _ := n.one(e)
	return singleTruth(e, n.pos, it, count)
}

// rootType is a type name at the start of a path: the context itself if it is of that type.
type rootType struct {
	pos  int
	name string
	step step
}

func (n *rootType) eval(e *Evaluator) error {
	it, count, err := n.resolve(e)
	if err == nil && count == 1 {
		err = e.push(it)
	}
	return err
}

// resolve gives $this when it has the type, or else its child of that name; several children stay on the stack.
func (n *rootType) resolve(e *Evaluator) (Item, int, error) {
	if !e.this.valid {
		return Item{}, 0, nil
	}
	if e.this.kind == KindElement && e.this.named(n.name) {
		return e.this, 1, nil
	}
	return e.advance(e.this, &n.step, &path{}, false)
}

func (n *rootType) one(e *Evaluator) (Item, int, error) {
	base := len(e.stack)
	it, count, err := n.resolve(e)
	e.stack = e.stack[:base]
	return it, count, err
}

func (n *rootType) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// indexer is input[index].
type indexer struct {
	pos          int
	input, index expr
}

func (n *indexer) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *indexer) one(e *Evaluator) (Item, int, error) {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return Item{}, 0, err
	}
	i, ok, err := e.integerArgument(n.index, n.pos, "an index")
	if err != nil || !ok {
		e.stack = e.stack[:base]
		return Item{}, 0, err
	}
	var it Item
	if i >= 0 && i < int64(len(e.stack)-base) {
		it = e.stack[base+int(i)]
	}
	e.stack = e.stack[:base]
	if !it.valid {
		return Item{}, 0, nil
	}
	return it, 1, nil
}

func (n *indexer) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// scoped puts variables back after an operand or argument that may define some.
type scoped struct{ inner expr }

func (n *scoped) eval(e *Evaluator) error {
	vars := e.vars
	err := n.inner.eval(e)
	e.vars = vars
	return err
}

func (n *scoped) one(e *Evaluator) (Item, int, error) {
	vars := e.vars
	it, count, err := n.inner.one(e)
	e.vars = vars
	return it, count, err
}

func (n *scoped) test(e *Evaluator) (Truth, error) {
	vars := e.vars
	t, err := n.inner.test(e)
	e.vars = vars
	return t, err
}

// logicOp is a Boolean operator.
type logicOp uint8

const (
	opAnd logicOp = iota
	opOr
	opXor
	opImplies
)

// logic is and, or, xor, implies in three-valued logic.
type logic struct {
	op          logicOp
	left, right expr
}

func (n *logic) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *logic) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *logic) test(e *Evaluator) (Truth, error) {
	l, err := n.left.test(e)
	if err != nil {
		return Unknown, err
	}
	switch { // what the right side cannot change
	case n.op == opAnd && l == False:
		return False, nil
	case n.op == opOr && l == True, n.op == opImplies && l == False:
		return True, nil
	}
	r, err := n.right.test(e)
	if err != nil {
		return Unknown, err
	}
	switch n.op {
	case opAnd:
		if r == False || l == True {
			return r, nil
		}
	case opOr:
		if r == True || l == False {
			return r, nil
		}
	case opXor:
		if l != Unknown && r != Unknown {
			return truthOf(l != r), nil
		}
	case opImplies:
		if l == True || r == True {
			return r, nil
		}
	}
	return Unknown, nil
}

// membership is item in collection, or collection contains item.
type membership struct {
	pos              int
	item, collection expr
	word             string
}

func (n *membership) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *membership) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *membership) test(e *Evaluator) (Truth, error) {
	it, count, err := n.item.one(e)
	if err != nil || count == 0 {
		return Unknown, err
	}
	if count > 1 {
		return Unknown, e.fail(n.pos, "%s needs a single item, found %d", n.word, count)
	}
	found, err := e.isIn(&it, n.collection)
	return truthOf(found), err
}

// isIn looks for an item in a collection. The parts of a union are searched one after the other: what is in it is in one of them.
func (e *Evaluator) isIn(it *Item, collection expr) (bool, error) {
	switch x := collection.(type) {
	case *union:
		for _, part := range x.parts {
			if found, err := e.isIn(it, part); found || err != nil {
				return found, err
			}
		}
		return false, nil
	case *literal:
		if x.empty {
			return false, nil
		}
		t, err := e.equal(it, &x.item)
		return t == True, err
	}
	base := len(e.stack)
	if err := collection.eval(e); err != nil {
		return false, err
	}
	found := false
	for i := base; i < len(e.stack) && !found; i++ {
		t, err := e.equal(it, &e.stack[i])
		if err != nil {
			return false, err
		}
		found = t == True
	}
	e.stack = e.stack[:base]
	return found, nil
}

// union is a | b | c: the distinct items of all.
type union struct{ parts []expr }

func (n *union) eval(e *Evaluator) error {
	base := len(e.stack)
	for _, part := range n.parts {
		if err := part.eval(e); err != nil {
			return err
		}
	}
	return e.distinct(base)
}

func (n *union) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *union) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, 0, it, count)
}
