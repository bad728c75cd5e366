package definition

// ValueSet is a selection of codes.
type ValueSet struct {
	URL, Version, Name, Status string
	Include, Exclude           []Selection
	// Expansion holds the codes of a value set that comes expanded; HasExpansion says whether it does.
	Expansion    []ExpandedCode
	HasExpansion bool
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
