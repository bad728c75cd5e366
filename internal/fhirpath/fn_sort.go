package fhirpath

import "sort"

// sorting is sort(keys).
type sorting struct {
	pos        int
	input      expr
	keys       []expr // none: the items themselves
	descending []bool
}

func buildSort(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
	x := &sorting{pos: n.pos, input: in}
	for _, a := range n.args {
		key, _, err := c.lambda(a, st)
		if err != nil {
			return nil, static{}, err
		}
		x.keys, x.descending = append(x.keys, key), append(x.descending, a.descending)
	}
	if len(x.keys) == 0 {
		x.keys, x.descending = []expr{&this{}}, []bool{false}
	}
	return x, st.ordered(), nil
}

func (n *sorting) eval(e *Evaluator) error {
	base := len(e.stack)
	if err := n.input.eval(e); err != nil {
		return err
	}
	items := append(Collection(nil), e.stack[base:]...)
	width := len(n.keys)
	keys := make(Collection, 0, len(items)*width)
	outer := e.saveScope()
	for _, it := range items {
		e.this = it
		for _, k := range n.keys {
			key, _, err := e.single(k, n.pos, "a sort key")
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
	}
	e.restoreScope(outer)
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	var failure error
	sort.SliceStable(order, func(i, j int) bool {
		if failure != nil {
			return false
		}
		less, err := n.less(e, keys[order[i]*width:], keys[order[j]*width:])
		failure = err
		return less
	})
	if failure != nil {
		return failure
	}
	for i, o := range order {
		e.stack[base+i] = items[o]
	}
	return nil
}

// less compares the keys of two items, one key after the other. An empty key is less than any other.
func (n *sorting) less(e *Evaluator, a, b Collection) (bool, error) {
	for i := range n.keys {
		order := 0
		switch {
		case !a[i].valid && !b[i].valid:
			continue
		case !a[i].valid:
			order = -1
		case !b[i].valid:
			order = 1
		default:
			var err error
			if order, _, err = e.order(&a[i], &b[i], n.pos, "sort()"); err != nil {
				return false, err
			}
		}
		if order != 0 {
			return (order < 0) != n.descending[i], nil
		}
	}
	return false, nil
}

func (n *sorting) one(e *Evaluator) (Item, int, error) { return oneOf(e, n) }

func (n *sorting) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}
