package definition

import "math"

const (
	// Unset marks a cardinality that a differential leaves to its base.
	Unset = -1
	// Unbounded is the maximum written as "*".
	Unbounded = math.MaxInt32
)

// CoreURL is the start of the canonical URLs of the definitions that FHIR itself makes.
const CoreURL = "http://hl7.org/fhir/StructureDefinition/"

// Structure is a StructureDefinition: a type of FHIR, or a profile on one.
type Structure struct {
	URL, Version, Name, Status string
	// Kind is primitive-type, complex-type, resource or logical.
	Kind     string
	Abstract bool
	// Type is the name of the FHIR type that is defined or constrained, for example "Patient".
	Type string
	// Base is the canonical URL of the definition that this one builds on; Derivation is specialization or constraint.
	Base, Derivation string
	// Contexts are the places in which an extension may be used; ContextInvariants are FHIRPath conditions on them.
	Contexts          []Context
	ContextInvariants []string
	// LaterContexts are places that only a later version of the definition of an extension names.
	LaterContexts []Context
	// Imposed are the canonical URLs of profiles that whatever meets this one must meet too (extension "imposeProfile").
	Imposed []string
	// Snapshot and Differential are the elements; a definition read from a package may have only one of them.
	Snapshot, Differential []Element
}

// Context is one place in which an extension may be used.
type Context struct {
	// Type is fhirpath, element or extension; Expression is a path, an element id or the URL of an extension.
	Type, Expression string
}

// Element is an ElementDefinition. In a differential, fields that the base decides are unset.
type Element struct {
	ID, Path, SliceName string
	// Min and Max are cardinalities, Unset where a differential does not change them; Max is Unbounded for "*".
	Min, Max int
	// BaseMax is the cardinality of the element in the type that defines it; more than one means a JSON array.
	BaseMax int
	// BasePath is the path of the element in the type that defines it, for example "Resource.id".
	BasePath         string
	Types            []Type
	ContentReference string
	Fixed, Pattern   *Value
	MinValue         *Value
	MaxValue         *Value
	// MaxLength is the longest string allowed, in characters; 0 for no limit.
	MaxLength int
	// MinLength is the shortest string allowed, in characters (extension "minLength"); 0 for no limit.
	MinLength int
	// MaxDecimals is the most digits after the point of a decimal (extension "maxDecimalPlaces"); nil for no limit.
	MaxDecimals *int
	// MaxSize is the most bytes of an attachment or of binary data (extension "maxSize"); nil for no limit.
	MaxSize *float64
	// Regex is a regular expression that the whole value must match (extension "regex"), empty for none.
	Regex string
	// Alternatives are the URLs of the extensions that may stand in place of a value (extension "valueAlternatives" of
	// R5, which R4 definitions use); none means any.
	Alternatives []string
	// MustHaveValue says that extensions may not stand in place of a value at all (extension "mustHaveValue" of R5).
	MustHaveValue bool
	Binding       *Binding
	Slicing       *Slicing
	MustSupport   Flag
	IsModifier    Flag
	Constraints   []Constraint
	// Representation holds xmlAttr, xmlText, typeAttr or xhtml where XML is not simply nested elements.
	Representation []string
}

// Flag is a boolean that may be left out.
type Flag int8

const (
	// NotSaid is a flag that is left out.
	NotSaid Flag = iota
	// Yes is a flag that is given and true.
	Yes
	// No is a flag that is given and false.
	No
)

// Type is one type that an element may have.
type Type struct {
	// Code is the name of the type, for example "Quantity"; of FHIRPath's System types, the FHIR type they stand for.
	Code string
	// Profiles and Targets are canonical URLs: of the profiles that a value must meet (one of them), and of the
	// resources that a Reference or canonical may lead to.
	Profiles, Targets []string
	// Elements are the ids of the elements that Profiles stand for, where it is not the whole profile that a value must
	// meet (extension "elementdefinition-profile-element"); nil where none is.
	Elements []string
	// Aggregation restricts where a reference may lead to: contained, referenced or bundled.
	Aggregation []string
	// Versioning is either, independent or specific.
	Versioning string
}

// Value is a value of FHIR JSON with the name of its type.
type Value struct {
	Type string
	JSON any
	// Extensions are those that a primitive value itself has.
	Extensions []any
}

// Binding ties an element to a value set.
type Binding struct {
	// Strength is required, extensible, preferred or example.
	Strength string
	// ValueSet is a canonical URL, perhaps with a version; MaxValueSet is one that binds even where Strength does not.
	ValueSet, MaxValueSet string
	// Additional are bindings that hold besides (extension "additional-binding", an element of R5).
	Additional []AdditionalBinding
}

// AdditionalBinding is a further value set for the codes of an element.
type AdditionalBinding struct {
	// Purpose is required, maximum or extensible; others ask nothing of data and are left out, as are bindings that hold in
	// some situations only.
	Purpose string
	// ValueSet is a canonical URL, perhaps with a version.
	ValueSet string
}

// Slicing says how the repetitions of an element are told apart.
type Slicing struct {
	Discriminators []Discriminator
	Ordered        bool
	// Rules is closed, open or openAtEnd.
	Rules string
}

// Discriminator is one property by which slices are told apart.
type Discriminator struct {
	// Type is value, exists, pattern, type or profile; Path is a restricted FHIRPath.
	Type, Path string
}

// Constraint is an invariant.
type Constraint struct {
	Key string
	// Severity is error or warning.
	Severity   string
	Human      string
	Expression string
	Source     string
	// BestPractice says that the constraint is a recommendation only.
	BestPractice bool
}
