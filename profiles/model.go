package profiles

import (
	"strings"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/profiles/definition"
)

// model tells the FHIRPath engine the types that a registry defines.
type model struct{ registry *Registry }

// Define returns the definition of a type by name, or by path for the types of backbone elements.
func (m model) Define(name string) (fhirpath.Definition, bool) {
	root, _, nested := strings.Cut(name, ".")
	s, err := m.registry.shapeOf(definition.TypeURL(root))
	if err != nil || s == nil || s.profile || s.definition.Type != root {
		return fhirpath.Definition{}, false
	}
	n := s.root
	base := lastPart(s.definition.Base)
	if nested {
		n = s.byID[name]
		if n == nil || len(n.children) == 0 {
			return fhirpath.Definition{}, false
		}
		base = "Element"
		if t := n.onlyType(); t != nil {
			base = t.Code
		}
	}
	d := fhirpath.Definition{Name: name, Base: base, Primitive: !nested && s.definition.Kind == "primitive-type"}
	for _, kid := range n.children {
		if d.Primitive && kid.name == "value" {
			continue // it is not a child in JSON
		}
		e := fhirpath.ElementDefinition{Name: kid.name, Choice: kid.choice}
		switch {
		case kid.ContentReference != "":
			e.Types = []string{kid.ContentReference[strings.IndexByte(kid.ContentReference, '#')+1:]}
		case len(kid.children) > 0:
			e.Types = []string{kid.ID}
		default:
			for _, t := range kid.types {
				e.Types = append(e.Types, fhirType(t.Code))
			}
		}
		d.Elements = append(d.Elements, e)
	}
	return d, true
}

// fhirType names the FHIR type that a System type of FHIRPath stands for in definitions.
func fhirType(code string) string {
	name, system := strings.CutPrefix(code, "http://hl7.org/fhirpath/System.")
	if !system {
		return code
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// typeNameOf returns the name of the type of an occurrence of n, for the engine: the type itself, or the path of an
// element that has children of its own.
func (n *node) typeNameOf(t *typeRef) string {
	if t != nil && t.Code != "BackboneElement" && t.Code != "Element" {
		return t.Code
	}
	if n.content != nil {
		return n.content.typeName
	}
	return n.typeName
}
