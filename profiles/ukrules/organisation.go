package ukrules

import (
	"concord.example/concord/internal/result"
)

// The ids of the rules about organisations and sites.
const (
	ODSOrganisation = "UK-ODS-ORGANISATION"
	ODSSite         = "UK-ODS-SITE"
)

func organisationRules() []Rule {
	const source = "Organisation Data Service: codes are capital letters and digits"
	return []Rule{
		{
			ID: ODSOrganisation, Title: "an ODS organisation code is capital letters and digits", Severity: result.SeverityError, Code: codeValue,
			Source: source, Looks: "identifiers with system " + odsOrganisationSystem, Fix: "give the code as the directory does, without spaces",
		},
		{
			ID: ODSSite, Title: "an ODS site code is capital letters and digits", Severity: result.SeverityError, Code: codeValue,
			Source: source, Looks: "identifiers with system " + odsSiteSystem, Fix: "give the code as the directory does, without spaces",
		},
	}
}

// organisation judges an identifier that is an ODS code.
func (v *visit) organisation(system, value string) {
	rule := ""
	switch system {
	case odsOrganisationSystem:
		rule = ODSOrganisation
	case odsSiteSystem:
		rule = ODSSite
	default:
		return
	}
	// The directory's codes have three to eight characters; codes that are made up for tests have a few more, so that none
	// is a real one.
	const shortest, longest = 3, 12
	if len(value) >= shortest && len(value) <= longest && only(value, isUpper, isDigit) {
		return
	}
	v.report(rule, at{"value"}, "this is not the form of an ODS code", "3 or more capital letters and digits", value)
}

// only says whether every character of a text is of one of the kinds.
func only(text string, kinds ...func(byte) bool) bool {
	for i := range len(text) {
		found := false
		for _, is := range kinds {
			found = found || is(text[i])
		}
		if !found {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
