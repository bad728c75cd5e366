package fhirpath

import "strings"

// variable is %name, looked up when it is used.
type variable struct {
	pos  int
	name string
}

func (n *variable) lookup(e *Evaluator) (Item, Collection, error) {
	for b := e.vars; b != nil; b = b.outer {
		if b.name == n.name {
			return Item{}, b.items, nil
		}
	}
	if items, ok := e.env.Variables[n.name]; ok {
		return Item{}, items, nil
	}
	switch n.name {
	case "resource":
		return orElse(e.resource, e.input), nil, nil
	case "rootResource":
		return orElse(e.root, orElse(e.resource, e.input)), nil, nil
	case "context":
		return e.input, nil, nil
	}
	return Item{}, nil, e.fail(n.pos, "the variable %%%s is not defined", n.name)
}

func orElse(it, other Item) Item {
	if it.valid {
		return it
	}
	return other
}

func (n *variable) eval(e *Evaluator) error {
	it, items, err := n.lookup(e)
	if err != nil {
		return err
	}
	if it.valid {
		return e.push(it)
	}
	for _, it := range items {
		if err := e.push(it); err != nil {
			return err
		}
	}
	return nil
}

func (n *variable) one(e *Evaluator) (Item, int, error) {
	it, items, err := n.lookup(e)
	switch {
	case err != nil:
		return Item{}, 0, err
	case it.valid:
		return it, 1, nil
	case len(items) == 1:
		return items[0], 1, nil
	}
	return Item{}, len(items), nil
}

func (n *variable) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

// constant gives the value of the variables that never change: %ucum, %`vs-...` and their like.
func constant(name string) (string, bool) {
	switch name {
	case "sct":
		return "http://snomed.info/sct", true
	case "loinc":
		return "http://loinc.org", true
	case "ucum":
		return ucumSystem, true
	}
	if id, ok := strings.CutPrefix(name, "vs-"); ok {
		return "http://hl7.org/fhir/ValueSet/" + id, true
	}
	if id, ok := strings.CutPrefix(name, "ext-"); ok {
		return "http://hl7.org/fhir/StructureDefinition/" + id, true
	}
	return "", false
}
