package ukrules

import (
	"fmt"
	"regexp"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// The ids of the rules about parts of a resource that contradict each other.
const (
	NarrativeNHSNumber = "UK-NARRATIVE-NHSNUMBER"
	LifespanOrder      = "UK-LIFESPAN-ORDER"
	NoKnownAllergy     = "UK-ALLERGY-NONE"
)

func contradictionRules() []Rule {
	return []Rule{
		{
			ID: NarrativeNHSNumber, Title: "the narrative of a Patient shows the Patient's own NHS number", Severity: result.SeverityError, Code: codeInvalid,
			Source: "FHIR R4 2.4 Narrative: it must not contradict the structured content", Looks: "ten-digit numbers with a valid check digit after the words NHS in Patient.text",
			Fix: "make the narrative from the structured content",
		},
		{
			ID: LifespanOrder, Title: "nobody dies before they are born", Severity: result.SeverityError, Code: codeInvalid,
			Source: "computed from Patient.birthDate and Patient.deceasedDateTime", Looks: "Patient", Fix: "correct the wrong one of the two dates",
		},
		{
			ID: NoKnownAllergy, Title: "a record of no known allergy holds no reaction", Severity: result.SeverityError, Code: codeInvalid,
			Source: "UK Core STU3 guidance, AllergyIntolerance.code: no known allergy",
			Looks:  "AllergyIntolerance with a SNOMED CT code for no known allergy, and a reaction or high criticality",
			Fix:    "record the allergy under its own code, or remove the reaction",
		},
	}
}

// lifespan compares the dates of birth and death as far as both are known.
func (v *visit) lifespan(r map[string]any) {
	born, _ := r["birthDate"].(string)
	died, _ := r["deceasedDateTime"].(string)
	n := min(len(born), len(died), len("2006-01-02"))
	if n < len("2006") || died[:n] >= born[:n] {
		return
	}
	v.report(LifespanOrder, at{"deceasedDateTime"}, "the date of death is before the date of birth", "not before "+born, died)
}

// numberInText finds an NHS number in words, in the ways that people write them.
func numberInText() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\bNHS\b[^0-9]{0,40}([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})\b`)
}

// narrative compares the NHS numbers that a Patient's narrative shows with those that it has.
func (v *visit) narrative(r map[string]any) {
	text, _ := r["text"].(map[string]any)
	div, _ := text["div"].(string)
	if !strings.Contains(strings.ToUpper(div), "NHS") {
		return
	}
	has := map[string]bool{}
	identifiers, _ := r["identifier"].([]any)
	for _, item := range identifiers {
		identifier, _ := item.(map[string]any)
		if value, _ := identifier["value"].(string); identifier["system"] == fhir.NHSNumberSystem {
			has[value] = true
		}
	}
	if len(has) == 0 {
		return
	}
	for _, match := range v.set.number.FindAllStringSubmatch(withoutTags(div), -1) {
		number := strings.NewReplacer(" ", "", "-", "").Replace(match[1])
		if fhir.CheckNHSNumber(number) == nil && !has[number] {
			v.report(NarrativeNHSNumber, at{"text", "div"}, "the narrative shows an NHS number that the Patient does not have", "the Patient's own number", number)
			return
		}
	}
}

// withoutTags returns the words of a narrative.
func withoutTags(div string) string {
	var b strings.Builder
	inside := false
	for _, c := range div {
		switch {
		case c == '<':
			inside = true
			b.WriteByte(' ')
		case c == '>':
			inside = false
		case !inside:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// allergy judges a record that says that there is no known allergy.
func (v *visit) allergy(r map[string]any) {
	concept, _ := r["code"].(map[string]any)
	codings, _ := concept["coding"].([]any)
	for i, item := range codings {
		coding, _ := item.(map[string]any)
		code, _ := coding["code"].(string)
		if coding["system"] != fhir.SNOMEDSystem || !none(code) {
			continue
		}
		reactions, _ := r["reaction"].([]any)
		if len(reactions) > 0 || r["criticality"] == "high" {
			v.report(NoKnownAllergy, at{"code", "coding", fmt.Sprint(i), "code"}, "the record says that no allergy is known, and describes one",
				"no reaction and no high criticality", code)
		}
	}
}

// none says whether a SNOMED CT code means that no allergy is known: to anything, or to drugs, the environment, food,
// insect venom or latex.
func none(code string) bool {
	switch code {
	case "716186003", "409137002", "428607008", "429625007", "428197003", "1003774007":
		return true
	default:
		return false
	}
}
