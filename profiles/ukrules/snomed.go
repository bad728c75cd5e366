package ukrules

import (
	"errors"
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// The ids of the rules about SNOMED CT and displays.
const (
	SNOMEDForm       = "UK-SNOMED-FORM"
	SNOMEDPartition  = "UK-SNOMED-PARTITION"
	SNOMEDCheckDigit = "UK-SNOMED-CHECKDIGIT"
	SNOMEDVersion    = "UK-SNOMED-VERSION"
	SNOMEDEdition    = "UK-SNOMED-EDITION"
	DisplayConcept   = "UK-DISPLAY-CONCEPT"
)

func snomedRules() []Rule {
	const (
		release = "SNOMED CT Release File Specification, SNOMED CT identifiers"
		codes   = "codings with system " + fhir.SNOMEDSystem
		local   = "give a local code under a system of its own, beside the SNOMED CT code that it maps to"
	)
	return []Rule{
		{
			ID: SNOMEDForm, Title: "a SNOMED CT code is 6 to 18 digits", Severity: result.SeverityError, Code: codeCode, Source: release,
			Looks: codes + "; postcoordinated expressions are not judged", Fix: local,
		},
		{
			ID: SNOMEDPartition, Title: "a SNOMED CT code identifies a concept", Severity: result.SeverityError, Code: codeCode, Source: release,
			Looks: codes, Fix: "give the id of the concept as code; that of a description belongs in the extension coding-sctdescid",
		},
		{
			ID: SNOMEDCheckDigit, Title: "a SNOMED CT code has the right check digit", Severity: result.SeverityError, Code: codeCode, Source: release,
			Looks: codes, Fix: local,
		},
		{
			ID: SNOMEDVersion, Title: "SNOMED CT codings give no version", Severity: result.SeverityWarning, Code: codeBusiness,
			Source: "UK Core STU3 guidance, Description of elements: Coding.version is not used", Looks: codes,
			Fix: "leave Coding.version out",
		},
		{
			ID: SNOMEDEdition, Title: "a SNOMED CT version names an edition of the United Kingdom", Severity: result.SeverityError, Code: codeBusiness,
			Source: "SNOMED CT URI Standard; UK Core STU3 uses the UK edition", Looks: codes + " that give a version",
			Fix: "leave Coding.version out; codes in England are those of the UK edition",
		},
		{
			ID: DisplayConcept, Title: "a display is not that of another concept", Severity: result.SeverityError, Code: codeInvalid,
			Source: "FHIR R4 Coding.display: the representation of the meaning of the code in the system", Looks: "codings whose code and display are both among the terms that were given",
			Fix: "find out which of the two is meant, and correct the other",
		},
	}
}

// snomed judges a coding of SNOMED CT.
func (v *visit) snomed(o map[string]any, code string) {
	// A version that is not a text is the profile's concern.
	if version, given := o["version"].(string); given {
		v.edition(version)
	}
	if strings.ContainsAny(code, ":+|={") {
		return
	}
	err := fhir.CheckSCTID(code)
	rule := SNOMEDForm
	switch {
	case err == nil:
		return
	case errors.Is(err, fhir.ErrSCTIDPartition):
		rule = SNOMEDPartition
	case errors.Is(err, fhir.ErrSCTIDCheckDigit):
		rule = SNOMEDCheckDigit
	}
	v.report(rule, at{"code"}, err.Error(), "a SNOMED CT concept identifier", code)
}

// edition judges the version of a SNOMED CT coding, one finding for one version.
func (v *visit) edition(version string) {
	rest, isURI := strings.CutPrefix(version, fhir.SNOMEDSystem+"/")
	module, _, _ := strings.Cut(rest, "/")
	if isURI && !ofUK(module) {
		v.report(SNOMEDEdition, at{"version"}, fmt.Sprintf("the version names the edition of module %s, which is not one of the United Kingdom", module),
			"no version", version)
		return
	}
	v.report(SNOMEDVersion, at{"version"}, "the coding gives a version of SNOMED CT, which UK Core does not use", "no version", version)
}

// ofUK says whether an edition is one of the United Kingdom: its module's id is one of the namespaces 1000000 and 1000001.
// A short number is an old name of the whole UK edition.
func ofUK(module string) bool {
	if module == "83821000000107" {
		return true
	}
	component, err := fhir.ParseSCTID(module)
	return err == nil && component == fhir.Concept && (namespace(module) == "1000000" || namespace(module) == "1000001")
}

// namespace is the namespace identifier of a long SNOMED CT identifier: the seven digits in front of partition and check digit.
func namespace(id string) string {
	const tail, digits = 3, 7
	if len(id) < tail+digits+1 {
		return ""
	}
	return id[len(id)-tail-digits : len(id)-tail]
}

// terms knows displays: by system and code those of the code, by system and display the codes that have it.
type terms struct {
	displays map[[2]string][]string
	codes    map[[2]string][]string
}

func newTerms(list []Term) terms {
	t := terms{map[[2]string][]string{}, map[[2]string][]string{}}
	for _, one := range list {
		display := plain(one.Display)
		t.displays[[2]string{one.System, one.Code}] = append(t.displays[[2]string{one.System, one.Code}], display)
		t.codes[[2]string{one.System, display}] = append(t.codes[[2]string{one.System, display}], one.Code)
	}
	return t
}

// plain writes a display as it is compared: without case and double spaces.
func plain(display string) string { return strings.ToLower(strings.Join(strings.Fields(display), " ")) }

// display judges the display of a coding. Only a display that is known to be another code's is wrong: there are synonyms
// that nobody listed.
func (v *visit) display(o map[string]any, system, code string) {
	display, given := o["display"].(string)
	own := v.set.terms.displays[[2]string{system, code}]
	if !given || len(own) == 0 {
		return
	}
	for _, one := range own {
		if one == plain(display) {
			return
		}
	}
	others := v.set.terms.codes[[2]string{system, plain(display)}]
	if len(others) == 0 {
		return
	}
	v.report(DisplayConcept, at{"display"}, fmt.Sprintf("the display is that of code %s, not of %s", others[0], code), own[0], display)
}
