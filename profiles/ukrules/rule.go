package ukrules

import (
	"slices"

	"concord.example/concord/internal/result"
)

// Rule describes one rule of the set.
type Rule struct {
	// ID is stable for ever, for example "UK-NHSNUMBER-CHECKDIGIT". Findings carry it as their rule.
	ID string
	// Title is a sentence that is true when the rule is kept.
	Title string
	// Severity is that of every finding of the rule.
	Severity result.Severity
	// Code is the OperationOutcome issue type of its findings.
	Code string
	// Source says who words the rule.
	Source string
	// Unverified says that no published source was seen for the form that the rule asks for.
	Unverified bool
	// Looks says what the rule looks at, Fix what to do about a finding.
	Looks, Fix string
}

// Issue types of http://hl7.org/fhir/ValueSet/issue-type.
const (
	codeValue    = "value"
	codeInvalid  = "invalid"
	codeCode     = "code-invalid"
	codeBusiness = "business-rule"
)

// Rules lists every rule in the order of the subjects: people, organisations and professionals, codes, units,
// times, contradictions.
func Rules() []Rule {
	return slices.Concat(nhsNumberRules(), systemRules(), organisationRules(), practitionerRules(), snomedRules(), medicineRules(),
		legacyRules(), ethnicityRules(), unitRules(), offsetRules(), contradictionRules())
}

// Find returns the rule with the id.
func Find(id string) (Rule, bool) {
	rules := Rules()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}
