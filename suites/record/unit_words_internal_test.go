package record

import "testing"

// TestAnAmountIsShownInTheUnitOfItsCode reads what a clinician sees beside a code.
func TestAnAmountIsShownInTheUnitOfItsCode(t *testing.T) {
	for said, c := range map[string]struct{ code, want string }{
		"micromole per litre":     {"umol/L", "5 umol/L"},
		"Micromoles per liter":    {"umol/L", "5 umol/L"},
		"\u00b5mol/L":             {"umol/L", "5 umol/L"},
		"umol/l":                  {"umol/L", "5 umol/L"},
		"millimole per litre":     {"umol/L", "5 umol/L shown as millimole per litre"},
		"ug/mL":                   {"mg/L", "5 mg/L"},
		"micrograms per litre":    {"ug/mL", "5 ug/mL shown as micrograms per litre"},
		"mcg/ml":                  {"mg/dL", "5 mg/dL shown as mcg/ml"},
		"mmol/ml":                 {"mol/L", "5 mol/L"},
		"mmol/L":                  {"umol/L", "5 umol/L shown as mmol/L"},
		"g/dL":                    {"g/L", "5 g/L shown as g/dL"},
		"grams per decilitre":     {"g/L", "5 g/L shown as grams per decilitre"},
		"litre":                   {"l", "5 l"},
		"millilitres per hour":    {"mL/h", "5 mL/h"},
		"millilitre per minute":   {"mL/h", "5 mL/h shown as millilitre per minute"},
		"mcg":                     {"mg", "5 mg shown as mcg"},
		"\u03bcg":                 {"mg", "5 mg shown as \u03bcg"},
		"mg":                      {"mg/{tablet}", "5 mg/{tablet} shown as mg"},
		"spoonful":                {"mL", "5 mL"},
		"millimetre of mercury":   {"mm[Hg]", "5 mm[Hg]"},
		"per minute":              {"{beats}/min", "5 /min"},
		"beats per minute":        {"/min", "5 /min"},
		"capsules in each minute": {"{capsule}/min", "5 {capsule}/min"},
		"capsules":                {"{tablet}", "5 {tablet} shown as capsules"},
		"millilitre per minute per 1.73 square metre": {"mL/min/{1.73_m2}", "5 mL/min/{1.73_m2}"},
	} {
		quantity := map[string]any{"value": "5", "code": c.code, "unit": said, "system": "http://unitsofmeasure.org"}
		if got := amount(quantity); got != c.want {
			t.Errorf("%s beside %s: %q, want %q", said, c.code, got, c.want)
		}
	}
}
