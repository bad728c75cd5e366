package ukrules

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// The ids of the rules about codes of earlier clinical terminologies, and about which code the author chose.
const (
	ReadForm     = "UK-READ-FORM"
	LegacyOnly   = "UK-LEGACY-ONLY"
	UserSelected = "UK-USERSELECTED"
)

func legacyRules() []Rule {
	return []Rule{
		{
			ID: ReadForm, Title: "a Read code has five characters", Severity: result.SeverityError, Code: codeCode,
			Source: "UK Core STU3 guidance, Rules for populating legacy coding",
			Looks:  "codings with system " + readV2System + " (five characters, or seven with the term code) or " + ctv3System + " (five)",
			Fix:    "give all five characters with the dots at the end, in the case of the terminology",
		},
		{
			ID: LegacyOnly, Title: "what was coded in an earlier terminology has its SNOMED CT code too", Severity: result.SeverityWarning, Code: codeBusiness,
			Source: "GP Connect, Clinical terminologies: the original code and SNOMED CT where an assured map exists",
			Looks:  "concepts all of whose codings are Read codes", Fix: "add the SNOMED CT code that the assured map gives",
		},
		{
			ID: UserSelected, Title: "where a code was mapped, one coding is marked as the one that the author chose", Severity: result.SeverityWarning,
			Code: codeBusiness, Source: "UK Core STU3 guidance, Coding.userSelected",
			Looks: "concepts with a Read code and another coding, and concepts in which userSelected is true twice",
			Fix:   "set userSelected on each coding, true on the one that was chosen",
		},
	}
}

// read judges a coding of one of the Read terminologies.
func (v *visit) read(system, code string) {
	const length, withTerm = 5, 7
	concept := code
	if system == readV2System && len(code) == withTerm {
		concept = code[:length]
	}
	body := strings.TrimRight(concept, ".")
	if len(concept) == length && body != "" && only(body, isUpper, isLower, isDigit) {
		return
	}
	message := fmt.Sprintf("the Read code has %d characters, want 5", len([]rune(code)))
	switch {
	case strings.Contains(code, "…"):
		message = "the dots of the Read code were joined to one character"
	case len(concept) == length:
		message = "the Read code has characters that none has, or dots in front of its end"
	}
	v.report(ReadForm, at{"code"}, message, "five letters and digits, or dots at the end", code)
}

// concept judges the codings of a CodeableConcept together.
func (v *visit) concept(o map[string]any) {
	codings, _ := o["coding"].([]any)
	legacy, others, marked, chosen := 0, 0, 0, 0
	for _, item := range codings {
		coding, _ := item.(map[string]any)
		switch coding["system"] {
		case readV2System, ctv3System:
			legacy++
		default:
			others++
		}
		selected, given := coding["userSelected"].(bool)
		if given {
			marked++
		}
		if selected {
			chosen++
		}
	}
	switch {
	case legacy > 0 && others == 0:
		v.report(LegacyOnly, nil, "the concept has a Read code and no other", "the original code and "+fhir.SNOMEDSystem, "a Read code only")
	case chosen > 1:
		v.report(UserSelected, at{"coding"}, "more than one coding is marked as chosen by the author", "one coding with userSelected true", fmt.Sprint(chosen))
	case legacy > 0 && marked < len(codings):
		v.report(UserSelected, at{"coding"}, "a code was mapped, and it does not say which coding the author chose", "userSelected on each coding",
			fmt.Sprintf("userSelected on %d of %d", marked, len(codings)))
	}
	if v.isMedicine() {
		v.medicine(codings)
	}
}

// isMedicine says whether the walk is at the code of a medicine.
func (v *visit) isMedicine() bool {
	if len(v.steps) == 0 {
		return false
	}
	switch last := v.steps[len(v.steps)-1].name; last {
	case "medicationCodeableConcept":
		return true
	case "code":
		return v.in("Medication", "code")
	default:
		return false
	}
}
