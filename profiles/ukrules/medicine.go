package ukrules

import (
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// The ids of the rules about medicines.
const (
	MedicineCode   = "UK-DMD-CODE"
	MedicineSystem = "UK-DMD-SYSTEM"
	MedicineCoded  = "UK-DMD-CODED"
)

func medicineRules() []Rule {
	const guidance = "UK Core STU3 guidance, Medication.code"
	return []Rule{
		{
			ID: MedicineCode, Title: "a dm+d code has the form of a SNOMED CT concept identifier", Severity: result.SeverityError, Code: codeCode,
			Source: "NHS dictionary of medicines and devices: its codes are SNOMED CT identifiers", Looks: "codings with system " + dmdSystem,
			Fix: "give the code of the dictionary, and a local code under a system of its own",
		},
		{
			ID: MedicineSystem, Title: "dm+d codes have the system " + dmdSystem, Severity: result.SeverityWarning, Code: codeCode, Source: guidance,
			Looks: "systems of codings that are nearly that of dm+d", Fix: "write " + dmdSystem + " exactly",
		},
		{
			ID: MedicineCoded, Title: "a medicine is coded in dm+d where the dictionary has it", Severity: result.Information, Code: codeBusiness,
			Source: guidance, Unverified: true,
			Looks: "medicines whose only coding is a SNOMED CT code of the namespace that dm+d's codes come from",
			Fix:   "give the code under " + dmdSystem + " too",
		},
	}
}

// dmd judges a coding of the dictionary.
func (v *visit) dmd(code string) {
	if err := fhir.CheckSCTID(code); err != nil {
		v.report(MedicineCode, at{"code"}, "this is not a dm+d code: "+err.Error(), "a SNOMED CT concept identifier", code)
	}
}

// medicine judges the codings of a medicine.
func (v *visit) medicine(codings []any) {
	const ofDictionary = "1000001"
	candidate := ""
	for _, item := range codings {
		coding, _ := item.(map[string]any)
		code, _ := coding["code"].(string)
		switch system, _ := coding["system"].(string); {
		case normal(system) == normal(dmdSystem):
			return
		case system == fhir.SNOMEDSystem && namespace(code) == ofDictionary:
			candidate = code
		}
	}
	if candidate != "" {
		v.report(MedicineCoded, at{"coding"}, "the medicine has a dm+d code under SNOMED CT's system only", dmdSystem, candidate)
	}
}
