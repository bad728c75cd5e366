package ukrules

import (
	"strings"

	"concord.example/concord/internal/result"
)

// The ids of the rules about the numbers of health professionals and users.
const (
	GMCNumber  = "UK-GMC-NUMBER"
	GMPNumber  = "UK-GMP-NUMBER"
	GPhCNumber = "UK-GPHC-NUMBER"
	NMCNumber  = "UK-NMC-NUMBER"
	HCPCNumber = "UK-HCPC-NUMBER"
	GDCNumber  = "UK-GDC-NUMBER"
	SDSUser    = "UK-SDS-USER"
	SDSRole    = "UK-SDS-ROLE"
)

// register is a system of numbers with the form that they have.
type register struct {
	rule, system string
	// what is the name of such a number, form its form in words.
	what, form string
	unverified bool
	fits       func(value string) bool
}

func registers() []register {
	number := func(lengths ...int) func(string) bool {
		return func(value string) bool {
			for _, length := range lengths {
				if len(value) == length && only(value, isDigit) {
					return true
				}
			}
			return false
		}
	}
	return []register{
		{GMCNumber, gmcSystem, "a GMC reference number", "7 digits, or a letter and 6 digits", false, func(value string) bool {
			return number(7)(value) || len(value) == 7 && isUpper(value[0]) && only(value[1:], isDigit)
		}},
		{GMPNumber, gmpSystem, "a general medical practitioner code", "G and 7 digits", false, func(value string) bool {
			return len(value) == 8 && value[0] == 'G' && only(value[1:], isDigit)
		}},
		{GPhCNumber, gphcSystem, "a GPhC registration number", "7 digits that begin with 2", false, func(value string) bool {
			return number(7)(value) && value[0] == '2'
		}},
		{NMCNumber, nmcSystem, "an NMC personal identification number", "8 capital letters and digits", false, func(value string) bool {
			return len(value) == 8 && only(value, isUpper, isDigit)
		}},
		{HCPCNumber, hcpcSystem, "an HCPC registration number", "2 capital letters and up to 6 digits", false, func(value string) bool {
			return len(value) >= 3 && len(value) <= 8 && only(value[:2], isUpper) && only(value[2:], isDigit)
		}},
		{GDCNumber, gdcSystem, "a GDC registration number", "up to 6 digits", true, number(4, 5, 6)},
		{SDSUser, sdsUserSystem, "an SDS user id", "12 digits", true, func(value string) bool {
			return number(12)(strings.ReplaceAll(value, "-", ""))
		}},
		{SDSRole, sdsRoleSystem, "an SDS role profile id", "12 digits", true, number(12)},
	}
}

func practitionerRules() []Rule {
	var rules []Rule
	for _, r := range registers() {
		source := "HL7 UK System-Identifiers; UK Core STU3 guidance, Practitioner.identifier"
		if r.unverified {
			source = "customary form; no published one was seen"
		}
		rules = append(rules, Rule{
			ID: r.rule, Title: r.what + " is " + r.form, Severity: result.SeverityWarning, Code: codeValue, Source: source,
			Unverified: r.unverified, Looks: "identifiers with system " + r.system, Fix: "check the number, or give it under the system of its own register",
		})
	}
	return rules
}

// practitioner judges an identifier that is a number of a register of professionals or users.
func (v *visit) practitioner(system, value string) {
	if !strings.HasPrefix(system, "https://fhir.") {
		return
	}
	for _, r := range v.set.registers {
		if r.system == system && !r.fits(value) {
			v.report(r.rule, at{"value"}, "this is not the form of "+r.what, r.form, value)
		}
	}
}
