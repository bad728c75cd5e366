package profiles

// The stable names of the rules that findings carry. An invariant's finding carries its key instead.
const (
	RuleJSON              = "fhir-json"
	RuleResourceType      = "fhir-resource-type"
	RuleUnknownElement    = "fhir-unknown-element"
	RuleJSONType          = "fhir-json-type"
	RuleEmpty             = "fhir-empty"
	RuleRequired          = "fhir-required"
	RuleTooMany           = "fhir-too-many"
	RuleChoice            = "fhir-choice"
	RuleFormat            = "fhir-format"
	RuleLength            = "fhir-length"
	RuleRange             = "fhir-range"
	RuleFixed             = "fhir-fixed"
	RulePattern           = "fhir-pattern"
	RuleSlicing           = "fhir-slicing"
	RuleBinding           = "fhir-binding"
	RuleCode              = "fhir-code"
	RuleDisplay           = "fhir-display"
	RuleReference         = "fhir-reference"
	RuleReferenceTarget   = "fhir-reference-target"
	RuleExtension         = "fhir-extension"
	RuleExtensionContext  = "fhir-extension-context"
	RuleModifierExtension = "fhir-modifier-extension"
	RuleProfile           = "fhir-profile"
	RuleDefinition        = "fhir-definition"
	RuleNarrative         = "fhir-narrative"
	RuleBundle            = "fhir-bundle"
	RuleNotCheckable      = "fhir-not-checkable"
	RuleLimit             = "concord-limit"
)

// The codes of http://hl7.org/fhir/ValueSet/issue-type that findings carry.
const (
	codeStructure    = "structure"
	codeRequired     = "required"
	codeValue        = "value"
	codeTooLong      = "too-long"
	codeCodeInvalid  = "code-invalid"
	codeInvariant    = "invariant"
	codeExtension    = "extension"
	codeNotFound     = "not-found"
	codeNotSupported = "not-supported"
	codeInvalid      = "invalid"
	codeInformation  = "informational"
	codeTooCostly    = "too-costly"
)
