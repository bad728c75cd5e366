package fhirpath

// subsetFunction finds the functions that take part of a collection or combine two, and those that add collections up.
func subsetFunction(name string) (function, bool) {
	switch name {
	case "single":
		return collectionFunction(0, 0, keepsType, func(e *Evaluator, n *collector, base int) error {
			if count := len(e.stack) - base; count > 1 {
				return e.fail(n.pos, "single() found %d items", count)
			}
			return nil
		})
	case "first":
		return orderedFunction(0, func(e *Evaluator, _ *collector, base int) error { return e.slice(base, 0, 1) })
	case "last":
		return orderedFunction(0, func(e *Evaluator, _ *collector, base int) error {
			return e.slice(base, int64(len(e.stack)-base)-1, 1)
		})
	case "tail":
		return orderedFunction(0, func(e *Evaluator, _ *collector, base int) error { return e.slice(base, 1, int64(len(e.stack))) })
	case "skip":
		return orderedFunction(1, func(e *Evaluator, n *collector, base int) error {
			num, ok, err := e.integerArgument(n.args[0], n.pos, "skip()")
			if err != nil || !ok {
				return e.empty(base, err)
			}
			return e.slice(base, max(num, 0), int64(len(e.stack)))
		})
	case "take":
		return orderedFunction(1, func(e *Evaluator, n *collector, base int) error {
			num, ok, err := e.integerArgument(n.args[0], n.pos, "take()")
			if err != nil || !ok {
				return e.empty(base, err)
			}
			return e.slice(base, 0, max(num, 0))
		})
	case "intersect":
		return collectionFunction(1, 1, keepsType, func(e *Evaluator, n *collector, base int) error {
			if err := e.filterBy(n, base, true); err != nil {
				return err
			}
			return e.distinct(base)
		})
	case "exclude":
		return collectionFunction(1, 1, keepsType, func(e *Evaluator, n *collector, base int) error { return e.filterBy(n, base, false) })
	case "union":
		return collectionFunction(1, 1, mergesType, func(e *Evaluator, n *collector, base int) error {
			if err := n.args[0].eval(e); err != nil {
				return err
			}
			return e.distinct(base)
		})
	case "combine":
		return collectionFunction(1, 2, func(in static, args []static) static { return in.merge(args[0]) }, func(e *Evaluator, n *collector, _ int) error {
			return n.args[0].eval(e) // order is kept whether or not the second argument asks for it
		})
	case "sum", "min", "max", "avg":
		return collectionFunction(0, 0, unknownType, aggregate)
	}
	return function{}, false
}

// orderedFunction describes a function whose result depends on the order of the input.
func orderedFunction(args int, run func(*Evaluator, *collector, int) error) (function, bool) {
	f, _ := collectionFunction(args, args, keepsType, run)
	build := f.build
	f.build = func(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
		if err := c.needOrder(n.pos, n.name+"()", st); err != nil {
			return nil, static{}, err
		}
		return build(c, n, in, st)
	}
	return f, true
}

// empty drops the input.
func (e *Evaluator) empty(base int, err error) error {
	e.stack = e.stack[:base]
	return err
}

// slice keeps some of the items from base on.
func (e *Evaluator) slice(base int, from, length int64) error {
	count := int64(len(e.stack) - base)
	if from < 0 || from >= count || length <= 0 {
		return e.empty(base, nil)
	}
	length = min(length, count-from)
	n := copy(e.stack[base:], e.stack[base+int(from):base+int(from+length)])
	e.stack = e.stack[:base+n]
	return nil
}

// filterBy keeps the input's items that are (or are not) in the argument.
func (e *Evaluator) filterBy(n *collector, base int, keepFound bool) error {
	middle := len(e.stack)
	if err := n.args[0].eval(e); err != nil {
		return err
	}
	members, err := e.setOf(middle, len(e.stack))
	if err != nil {
		return err
	}
	kept := base
	for i := base; i < middle; i++ {
		found, err := members.find(&e.stack[i])
		if err != nil {
			return err
		}
		if found == keepFound {
			e.stack[kept] = e.stack[i]
			kept++
		}
	}
	e.stack = e.stack[:kept]
	return nil
}

// aggregate is sum(), min(), max() and avg() over items of one type.
func aggregate(e *Evaluator, n *collector, base int) error {
	items := e.stack[base:]
	if len(items) == 0 {
		return nil
	}
	result, ok := items[0].system()
	if !ok {
		return e.fail(n.pos, "%s() cannot take %s", n.name, describe(&items[0]))
	}
	for i := 1; i < len(items); i++ {
		it, ok := items[i].system()
		if !ok || it.kind != result.kind {
			return e.fail(n.pos, "%s() needs items of one type, found %s and %s", n.name, describe(&result), describe(&items[i]))
		}
		var err error
		if result, ok, err = e.accumulate(n, &result, &it); err != nil || !ok {
			return e.empty(base, err)
		}
	}
	if n.name == "sum" || n.name == "avg" {
		if !numeric(result.kind) && result.kind != KindQuantity {
			return e.fail(n.pos, "%s() needs numbers or quantities, found %s", n.name, describe(&result))
		}
	}
	if n.name == "avg" {
		divisor := DecimalItem(decimalFromInt(int64(len(items))))
		var err error
		if result, ok, err = e.calculate(&result, &divisor, "/", n.pos); err != nil || !ok {
			return e.empty(base, err)
		}
	}
	return e.replace(base, result)
}

func (e *Evaluator) accumulate(n *collector, result, it *Item) (Item, bool, error) {
	if n.name == "sum" || n.name == "avg" {
		if err := e.step(); err != nil {
			return Item{}, false, err
		}
		if !numeric(it.kind) && it.kind != KindQuantity {
			return Item{}, false, e.fail(n.pos, "%s() needs numbers or quantities, found %s", n.name, describe(it))
		}
		return e.calculate(result, it, "+", n.pos)
	}
	order, known, err := e.order(it, result, n.pos, n.label)
	if err != nil || !known {
		return Item{}, false, err
	}
	if (n.name == "min") == (order < 0) && order != 0 {
		return *it, true, nil
	}
	return *result, true, nil
}
