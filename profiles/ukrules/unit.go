package ukrules

import (
	"encoding/json"
	"fmt"
	"math/big"

	"concord.example/concord/internal/fhirpath/ucum"
	"concord.example/concord/internal/result"
)

// The ids of the rules about units.
const (
	UnitUCUM  = "UK-UNIT-UCUM"
	UnitCoded = "UK-UNIT-CODED"
	UnitText  = "UK-UNIT-TEXT"
)

func unitRules() []Rule {
	return []Rule{
		{
			ID: UnitUCUM, Title: "a UCUM unit code is one", Severity: result.SeverityError, Code: codeCode,
			Source: "Unified Code for Units of Measure, case-sensitive form", Looks: "quantities with system " + ucumSystem,
			Fix: "give the UCUM code as code and the words as unit",
		},
		{
			ID: UnitCoded, Title: "a measured value has a UCUM unit code", Severity: result.SeverityWarning, Code: codeBusiness,
			Source: "UK Pathology Units List (guidance); UK Core STU3 Observation", Looks: "Observation.value and Observation.component.value that are quantities",
			Fix: "give system " + ucumSystem + " and the UCUM code beside the unit",
		},
		{
			ID: UnitText, Title: "the unit that is shown is the unit that is coded", Severity: result.SeverityError, Code: codeInvalid,
			Source: "FHIR R4 Quantity: unit is the human-readable form of code",
			Looks:  "quantities whose unit and UCUM code are both among the everyday units of clinical measurements", Fix: "find out which of the two was measured, and correct the other",
		},
	}
}

// quantity judges the unit of a quantity.
func (v *visit) quantity(o map[string]any, system, code string) {
	if code == "" || v.codeSystem(system) || system != ucumSystem {
		return
	}
	coded, err := ucum.Parse(code)
	if err != nil {
		v.report(UnitUCUM, at{"code"}, fmt.Sprintf("the unit code is not UCUM: %v", err), "a UCUM unit", code)
		return
	}
	text, given := o["unit"].(string)
	if !given || text == code || !everyday(text) || !everyday(code) {
		return
	}
	shown, err := ucum.Parse(text)
	if err != nil {
		return
	}
	if factor, same := shown.Factor(coded); same && factor.Cmp(big.NewRat(1, 1)) == 0 {
		return
	}
	v.report(UnitText, at{"unit"}, fmt.Sprintf("the value is shown in %s and coded in %s", text, code), code, text)
}

// everyday says whether a unit is one of those that nobody writes for another: a text such as "U/L" or "C" is a unit of
// UCUM too, and not the one that its author meant.
func everyday(unit string) bool {
	switch unit {
	case "mmol/L", "umol/L", "nmol/L", "pmol/L", "mol/L", "mg/dL", "g/dL", "g/L", "mg/L", "ug/L", "ng/L", "mmol/mol", "mg/mmol", "%",
		"kg", "g", "mg", "ug", "L", "dL", "mL", "cm", "mm", "kg/m2", "mL/min", "10*9/L", "10*12/L", "fL", "pg":
		return true
	default:
		return false
	}
}

// observation judges whether the measured values of an Observation have coded units.
func (v *visit) observation(r map[string]any) {
	v.measured(r, nil)
	components, _ := r["component"].([]any)
	for i, item := range components {
		if component, ok := item.(map[string]any); ok {
			v.measured(component, at{"component", fmt.Sprint(i)})
		}
	}
}

func (v *visit) measured(o map[string]any, where at) {
	quantity, ok := o["valueQuantity"].(map[string]any)
	if !ok {
		return
	}
	// A system that is nearly UCUM's, and a code that is none of its units, are findings of their own.
	system, _ := quantity["system"].(string)
	code, _ := quantity["code"].(string)
	if normal(system) == normal(ucumSystem) && code != "" {
		return
	}
	if _, given := quantity["value"].(json.Number); !given {
		return
	}
	seen, _ := quantity["unit"].(string)
	if code != "" {
		seen = system + "|" + code
	}
	if seen == "" {
		seen = "no unit"
	}
	v.report(UnitCoded, append(where, "valueQuantity"), "the measured value has no UCUM unit code", ucumSystem+" and a code", seen)
}
