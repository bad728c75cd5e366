package record

import "testing"

// TestAnotherStrengthIsAnotherMedicine tells another strength from the same one in other words, and says nothing where a name does not decide.
func TestAnotherStrengthIsAnotherMedicine(t *testing.T) {
	for name, c := range map[string]struct {
		known, shown string
		want         bool
	}{
		"ten times as much":             {"amoxicillin 500mg capsules", "amoxicillin 5000mg capsules", true},
		"another unit":                  {"levothyroxine 50microgram tablets", "levothyroxine 50mg tablets", true},
		"units for milligrams":          {"heparin 5,000 units", "heparin 5,000mg", true},
		"the same in another unit":      {"digoxin 0.25 mg tablets", "Digoxin 250micrograms tablets", false},
		"the same with a space":         {"amoxicillin 500mg capsules", "Amoxicillin 500 mg oral capsule", false},
		"a gram":                        {"paracetamol 1g tablets", "Paracetamol 1,000 mg tablet", false},
		"one of two":                    {"co-codamol 30mg/500mg tablets", "Codeine 30 mg and paracetamol 500 mg tablet", false},
		"the base beside the salt":      {"ferrous sulfate 200mg tablets", "Ferrous sulfate 200mg tablets (65mg iron)", false},
		"no strength is known":          {"paracetamol", "Paracetamol 500mg tablets", false},
		"no strength is shown":          {"paracetamol 500mg tablets", "Paracetamol", false},
		"a dilution that is the same":   {"amoxicillin 250mg/5ml oral suspension", "Amoxicillin 50 mg/ml suspension", false},
		"a number that is no strength":  {"pneumococcal 13 vaccine", "Pneumococcal 23 vaccine", false},
		"a release over time":           {"fentanyl 12micrograms/hour patches", "Fentanyl 2.1mg per 72 hours patch", false},
		"nothing is known of this code": {"", "Amoxicillin 500mg capsules", false},
	} {
		var known []string
		if c.known != "" {
			known = []string{c.known}
		}
		if got := otherStrength(known, c.shown); got != c.want {
			t.Errorf("%s: %q beside %q: %v", name, c.shown, c.known, got)
		}
	}
	if !otherStrength([]string{"a 5mg", "a 10mg"}, "a 20mg") || otherStrength([]string{"a 5mg", "a 10mg"}, "a 10mg") {
		t.Error("a name that one of the known names bears out is right, and one that none does is not")
	}
}
