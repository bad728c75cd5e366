package fhirpath

import "slices"

// static is what the compiler knows of the items an expression can give.
type static struct {
	known     bool    // false: anything
	types     []*Type // FHIR types; items may also be of types derived from them
	kinds     uint16  // bit set of System kinds
	unordered bool    // from children() or descendants(), whose order means nothing
}

func ofTypes(types ...*Type) static { return static{known: true, types: types} }

func ofKind(k Kind) static { return static{known: true, kinds: 1 << k} }

// merge is what either of two expressions can give.
func (s static) merge(o static) static {
	out := static{known: s.known && o.known, unordered: s.unordered || o.unordered}
	if !out.known {
		return out
	}
	out.kinds = s.kinds | o.kinds
	out.types = append(out.types, s.types...)
	for _, t := range o.types {
		if !slices.Contains(out.types, t) {
			out.types = append(out.types, t)
		}
	}
	return out
}

func (s static) ordered() static {
	s.unordered = false
	return s
}

// open reports types whose instances may be of types with more elements than the type itself has.
func (t *Type) open() bool { return t.abstract || t.resource || !t.known() }

// member gives what a child can be. Possible is false when no item can have such a child.
func (s static) member(name string, poly bool) (child static, possible bool) {
	if !s.known {
		return static{}, true
	}
	out := static{known: true, unordered: s.unordered}
	for _, t := range s.types {
		el := t.child(name)
		switch {
		case el != nil:
			possible = true
			out = out.merge(ofTypes(el.types...))
		case t.open():
			return static{unordered: s.unordered}, true
		case t.primitive && name == "value":
			possible = true
			out = out.merge(ofKind(t.system))
		case poly:
			if ref, ok := t.keys[name]; ok {
				possible = true
				out = out.merge(ofTypes(ref.typ))
			}
		}
	}
	for k := KindBoolean; k <= KindType; k++ {
		if s.kinds&(1<<k) == 0 {
			continue
		}
		switch {
		case k == KindQuantity && name == "value":
			possible = true
			out = out.merge(ofKind(KindDecimal))
		case k == KindQuantity && name == "unit", k == KindType && (name == "name" || name == "namespace" || name == "baseType"):
			possible = true
			out = out.merge(ofKind(KindString))
		}
	}
	return out, possible || (len(s.types) == 0 && s.kinds == 0)
}

// single is the one FHIR type an expression gives, if there is just one.
func (s static) single() *Type {
	if s.known && len(s.types) == 1 && s.kinds == 0 {
		return s.types[0]
	}
	return nil
}
