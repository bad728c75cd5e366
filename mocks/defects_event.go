package mocks

// eventDefects are faults that only show when something happens.
func eventDefects() []Defect {
	return []Defect{
		{
			ID: "D96", Family: "privacy", Severity: "S1",
			Title:  "an emergency override is recorded as an ordinary access",
			Breaks: "nobody is alerted when a record is opened by somebody without a relationship to the patient",
			hooks:  hooks{hidesOverride: true},
		},
		{
			ID: "D97", Family: "identity", Severity: "S1",
			Title:  "an un-merge leaves the records of one person with the other",
			Breaks: "after two people were told apart again, one is still shown the other's contacts",
			hooks:  hooks{keepsMerged: true},
		},
		{
			ID: "D98", Family: "operation", Severity: "S2",
			Title:  "a provider that joins is listed and its records are not taken",
			Breaks: "a new hospice believes that its records are shared, and nobody sees them",
			hooks:  hooks{joinsEmpty: true},
		},
	}
}
