package causes

import "testing"

// TestAnElementIsNamedWithoutFunctions: a sentence for a board names an element, and no program text.
func TestAnElementIsNamedWithoutFunctions(t *testing.T) {
	for path, want := range map[string]string{
		"DocumentReference.context.encounter.identifier.select(system & '|' & value)":                                                                  "DocumentReference.context.encounter.identifier",
		"Observation.referenceRange.exists()":                                                                                                          "Observation.referenceRange",
		"Patient.extension.where(url.endsWith('LegalStatus')).value.coding.code":                                                                       "Patient.extension.value.coding.code",
		"Patient.iif(name.where(use = 'official').exists(), name.where(use = 'official'), name.where(use.empty() or use = 'usual')).family.distinct()": "Patient.family",
		"CapabilityStatement.implementation.url":                                                                                                       "CapabilityStatement.implementation.url",
		"Patient":                                                                                                                                      "Patient",
		"X-Correlation-ID":                                                                                                                             "X-Correlation-ID",
	} {
		if got := spoken(path); got != want {
			t.Errorf("%s is named %q, want %q", path, got, want)
		}
	}
}
