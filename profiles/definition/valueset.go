package definition

import "slices"

// ValueSet is a selection of codes.
type ValueSet struct {
	URL, Version, Name, Status string
	Include, Exclude           []Selection
	// Expansion holds the codes of a value set that comes expanded; HasExpansion says whether it does.
	Expansion    []ExpandedCode
	HasExpansion bool
	// ActiveOnly says that codes which are not for use now are left out (ValueSet.compose.inactive is false).
	ActiveOnly bool
}

// Selection is one include or exclude of a value set. All of its parts must hold.
type Selection struct {
	System, Version string
	Codes           []Concept
	Filters         []Filter
	// ValueSets are canonical URLs of value sets that must all hold the code.
	ValueSets []string
}

// Filter selects codes by a property.
type Filter struct {
	// Op is a code of http://hl7.org/fhir/ValueSet/filter-operator, for example "is-a".
	Property, Op, Value string
}

// ExpandedCode is one code of an expansion.
type ExpandedCode struct {
	System, Code, Display string
	Abstract              bool
}

// CodeSystem is a set of codes with their meanings.
type CodeSystem struct {
	URL, Version, Name, Status string
	// Content is complete, fragment, example, not-present or supplement.
	Content string
	// CaseInsensitive says that codes match whatever their case.
	CaseInsensitive bool
	Supplements     string
	ValueSet        string
	// OIDs are the object identifiers that the code system has outside FHIR, without "urn:oid:".
	OIDs []string
	// PropertyTypes are the types of the properties that the code system declares, by their codes.
	PropertyTypes map[string]string
	// Concepts are in document order with their children after them.
	Concepts []Concept
}

// Concept is one code of a code system or of a selection.
type Concept struct {
	Code, Display string
	// Designations are other texts that may be shown for the code.
	Designations []string
	// Parents are the positions of the broader concepts in CodeSystem.Concepts.
	Parents []int
	// Properties are the values of the concept's properties, as text, in document order.
	Properties []Property
}

// Property is a property of a concept.
type Property struct {
	Code, Value string
}

// Union returns the code system with the concepts and displays besides that only another release of it has. A release
// that is complete makes the whole complete.
func (c *CodeSystem) Union(other *CodeSystem) *CodeSystem {
	if c == other {
		return c
	}
	both := *c
	if other.Content == "complete" {
		both.Content = other.Content
	}
	both.OIDs = slices.Clip(c.OIDs)
	for _, oid := range other.OIDs {
		if !slices.Contains(both.OIDs, oid) {
			both.OIDs = append(both.OIDs, oid)
		}
	}
	both.Concepts = slices.Clone(c.Concepts)
	index := make(map[string]int, len(c.Concepts))
	for i := range c.Concepts {
		index[c.Concepts[i].Code] = i
	}
	for _, concept := range other.Concepts {
		at, known := index[concept.Code]
		if !known {
			// Parents are positions in the other release.
			concept.Parents = nil
			both.Concepts = append(both.Concepts, concept)
			continue
		}
		here := &both.Concepts[at]
		for _, text := range append([]string{concept.Display}, concept.Designations...) {
			if text != "" && text != here.Display && !slices.Contains(here.Designations, text) {
				here.Designations = append(slices.Clip(here.Designations), text)
			}
		}
	}
	return &both
}
