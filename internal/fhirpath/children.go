package fhirpath

import (
	"math"
	"slices"
	"strings"
)

// children pushes all children of an item, in the order of its definition.
func (e *Evaluator) children(it Item) error {
	if it.kind != KindElement {
		return nil
	}
	if err := e.step(); err != nil {
		return err
	}
	m, ok := it.data.(map[string]any)
	if !ok {
		m = it.sib
	}
	if len(m) == 0 {
		return nil
	}
	var buf [24]childKey
	for _, c := range childKeys(it.typ, m, buf[:0]) {
		if !ok && c.key == "extension" {
			c.typ = e.types.Lookup("Extension")
		}
		child, n, err := e.property(m, c.key, c.sibling, c.typ, false)
		if err != nil {
			return err
		}
		if n == 1 {
			if err := e.push(child); err != nil {
				return err
			}
		}
	}
	return nil
}

// childKey is a JSON property that holds a child.
type childKey struct {
	order        int // of the element in its type; those not in it come last
	key, sibling string
	typ          *Type
}

func compareKeys(a, b childKey) int {
	if a.order != b.order {
		return a.order - b.order
	}
	return strings.Compare(a.key, b.key)
}

// childKeys lists an object's properties that hold children, in the order of the type's definition and then by name.
func childKeys(t *Type, m map[string]any, keys []childKey) []childKey {
	known := t != nil && t.known()
	for key := range m {
		if key == "resourceType" || key == "fhir_comments" {
			continue
		}
		c := childKey{order: math.MaxInt32, key: key}
		if rest, ok := strings.CutPrefix(key, "_"); ok {
			if _, both := m[rest]; both {
				continue
			}
			c.key = rest
		}
		if known {
			if ref, ok := t.keys[c.key]; ok {
				c.order, c.sibling, c.typ = ref.order, ref.sibling, ref.typ
			}
		}
		if c.sibling == "" {
			c.sibling = "_" + c.key
		}
		keys = append(keys, c)
	}
	if len(keys) > 1 {
		slices.SortFunc(keys, compareKeys)
	}
	return keys
}
