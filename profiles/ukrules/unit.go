package ukrules

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

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
			Looks:  "quantities whose UCUM code is not what the unit says: both among the everyday units of clinical measurements, or the unit in words such as milligram", Fix: "find out which of the two was measured, and correct the other",
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
	if !given || text == code {
		return
	}
	unit := named(text)
	if unit == "" {
		if !everyday(text) || !everyday(code) {
			return
		}
		unit = text
	}
	shown, err := ucum.Parse(unit)
	if err != nil {
		return
	}
	if factor, same := shown.Factor(coded); same && factor.Cmp(big.NewRat(1, 1)) == 0 {
		return
	}
	v.report(UnitText, at{"unit"}, fmt.Sprintf("the value is shown in %s and coded in %s", text, code), code, text)
}

// named is the UCUM unit of which a text is the name in English, "" for a text that is none. Only names are here that are one unit's:
// a "unit", a "dose" or a "puff" is whatever the product has, a "degree" is of heat or of an angle, and UCUM has four years.
func named(text string) string {
	word := strings.ToLower(strings.TrimSpace(text))
	word = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(word, "s"), "(s)"), "liter", "litre")
	word = strings.ReplaceAll(word, "meter", "metre")
	if strings.Contains(word, "metre of") {
		return "" // of mercury, of water: a pressure
	}
	switch word {
	case "kilogram", "kilogramme":
		return "kg"
	case "gram", "gramme":
		return "g"
	case "milligram", "milligramme":
		return "mg"
	case "microgram", "microgramme":
		return "ug"
	case "nanogram", "nanogramme":
		return "ng"
	case "litre":
		return "L"
	case "millilitre":
		return "mL"
	case "microlitre":
		return "uL"
	case "metre":
		return "m"
	case "centimetre":
		return "cm"
	case "millimetre":
		return "mm"
	case "mole":
		return "mol"
	case "millimole":
		return "mmol"
	case "micromole":
		return "umol"
	case "drop":
		return "[drp]"
	case "percent", "per cent":
		return "%"
	case "second":
		return "s"
	case "minute":
		return "min"
	case "hour":
		return "h"
	case "day":
		return "d"
	case "week":
		return "wk"
	default:
		return ""
	}
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
