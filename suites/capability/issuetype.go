package capability

import "slices"

// broader is the code above each code of FHIR R4's issue types (http://hl7.org/fhir/issue-type); those that stand at the top are
// above others alone.
func broader() map[string]string {
	above := map[string]string{}
	for parent, codes := range map[string][]string{
		"invalid":    {"structure", "required", "value", "invariant"},
		"security":   {"login", "unknown", "expired", "forbidden", "suppressed"},
		"processing": {"not-supported", "duplicate", "multiple-matches", "not-found", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict"},
		"not-found":  {"deleted"},
		"transient":  {"lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"},
	} {
		for _, code := range codes {
			above[code] = parent
		}
	}
	return above
}

// fit is how a code stands to those that say what is meant.
type fit int

const (
	// other says something else, general is true and leaves open what is meant, exact says what is meant.
	other fit = iota
	general
	exact
)

// fits compares the code of an issue with those that say what is meant. What stands below one of them says it too; what stands above
// one says less, and nothing that is wrong.
func fits(code string, meant []string) fit {
	above := broader()
	for of, known := code, true; known; of, known = above[of] {
		if slices.Contains(meant, of) {
			return exact
		}
	}
	for _, one := range meant {
		for of, known := above[one]; known; of, known = above[of] {
			if of == code {
				return general
			}
		}
	}
	return other
}
