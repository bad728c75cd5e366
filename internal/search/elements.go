package search

import "concord.example/concord/internal/fhir"

// Element is one value that a search parameter looks at in a resource.
type Element struct {
	// Type is its FHIR type: "CodeableConcept", "dateTime", "Reference".
	Type string
	// System is the code system that a bare code belongs to; "" elsewhere.
	System string
	// Value is the decoded JSON: text, a number, a boolean or an object.
	Value any
}

// Elements returns the values that the parameter looks at in a resource, in the order of its paths. What a search by
// the parameter can find the resource by is in one of them.
func (p *Parameter) Elements(resource fhir.Resource) []Element {
	var found []Element
	m := &matching{root: resource, options: &Options{}}
	for i := range p.paths {
		at := &p.paths[i]
		at.find(resource, func(value any) bool {
			if at.only != "" {
				reference, ok := object(value)
				if !ok || !m.ofType(at.only, reference) {
					return false
				}
			}
			found = append(found, Element{Type: at.typ, System: at.system, Value: value})
			return false
		})
	}
	return found
}
