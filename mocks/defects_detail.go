package mocks

import "concord.example/concord/internal/fhir"

// detailDefects lose what a record says beyond its code, its date and its amount. Each record looks whole without it.
func detailDefects() []Defect {
	return []Defect{
		{
			ID: "D331", Family: "detail", Severity: "S1",
			Title:  "results lose the sign before the value: <0.01 is shown as 0.01",
			Breaks: "a result that could not be measured looks like one that was",
			hooks:  hooks{served: lose([]string{"Observation"}, "valueQuantity", "comparator")},
		},
		{
			ID: "D332", Family: "detail", Severity: "S1",
			Title:  "procedures, conditions and referrals lose the side of the body",
			Breaks: "the wrong eye is operated on",
			hooks:  hooks{served: lose([]string{"Condition", "Procedure", "ServiceRequest"}, "bodySite")},
		},
		{
			ID: "D333", Family: "detail", Severity: "S1",
			Title:  "medicines that are taken when needed are shown as taken regularly",
			Breaks: "somebody is given four doses a day of what they take now and then",
			hooks:  hooks{served: lose([]string{"MedicationRequest"}, "dosageInstruction", "asNeededCodeableConcept")},
		},
		{
			ID: "D334", Family: "detail", Severity: "S1",
			Title:  "the days of the week on which a medicine is taken are lost",
			Breaks: "methotrexate is given on another day as well",
			hooks:  hooks{served: lose([]string{"MedicationRequest"}, "dosageInstruction", "timing", "repeat", "dayOfWeek")},
		},
		{
			ID: "D335", Family: "detail", Severity: "S2",
			Title:  "remarks are lost",
			Breaks: "what a clinician wrote down because no code says it is not read by the next one",
			hooks: hooks{served: lose([]string{
				"AllergyIntolerance", "Condition", "Immunization", "MedicationAdministration", "MedicationRequest", "MedicationStatement", "Observation",
				"Procedure", "ServiceRequest",
			}, "note")},
		},
		{
			ID: "D336", Family: "detail", Severity: "S2",
			Title:  "results do not say why there is no value",
			Breaks: "a test that was not done because the sample was spoilt is not asked for again",
			hooks:  hooks{served: lose([]string{"Observation"}, "dataAbsentReason")},
		},
		{
			ID: "D337", Family: "detail", Severity: "S2",
			Title:  "problems that are over do not say since when",
			Breaks: "an illness of long ago cannot be told from one of last week",
			hooks:  hooks{served: lose([]string{"Condition"}, "abatementDateTime")},
		},
		{
			ID: "D338", Family: "detail", Severity: "S2",
			Title:  "the language of a patient and the next of kin are lost",
			Breaks: "consent is asked of somebody who does not understand the question, and nobody knows whom to call",
			hooks: hooks{served: &contentHook{types: []string{"Patient"}, when: has("communication"), apply: func(r fhir.Resource) bool {
				delete(r, "communication")
				delete(r, "contact")
				return true
			}}},
		},
	}
}

// lose takes an element out of the records of some types, wherever they have it.
func lose(types []string, path ...string) *contentHook {
	steps := make([]any, 0, len(path))
	for _, step := range path {
		steps = append(steps, step)
	}
	return &contentHook{
		types: types,
		when:  func(r fhir.Resource) bool { return r.Get(steps...) != nil },
		apply: func(r fhir.Resource) bool {
			loseAt(map[string]any(r), path)
			return true
		},
	}
}

// loseAt takes what is at a path out of an object, and out of every item of the lists on the way.
func loseAt(object map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
		return
	}
	for _, inner := range fhir.Objects(object[path[0]]) {
		loseAt(inner, path[1:])
	}
}
