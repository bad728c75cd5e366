package mocks

import (
	"time"

	"concord.example/concord/internal/fhir"
)

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
		{
			ID: "D99", Family: "provenance", Severity: "S2",
			Title:  "the records of one provider lose their source",
			Breaks: "nobody can tell which organisation recorded them",
			hooks: hooks{content: &contentHook{types: clinicalTypes(), byProvider: true, sweep: true, apply: func(r fhir.Resource) bool {
				if meta, ok := r["meta"].(map[string]any); ok {
					delete(meta, "source")
					delete(meta, "tag")
				}
				return true
			}}},
		},
		{
			ID: "D100", Family: "time", Severity: "S2",
			Title:  "the records of one provider are those of a week ago",
			Breaks: "a correction of the last week is not shown, and nothing says so",
			hooks: hooks{content: &contentHook{types: clinicalTypes(), byProvider: true, sweep: true, apply: func(r fhir.Resource) bool {
				meta, ok := r["meta"].(map[string]any)
				if at, err := time.Parse(time.RFC3339Nano, r.Text("meta", "lastUpdated")); ok && err == nil {
					meta["lastUpdated"] = at.AddDate(0, 0, -7).Format(time.RFC3339)
				}
				return true
			}}},
		},
		{
			ID: "D101", Family: "operation", Severity: "S2",
			Title:  "the records of one provider take longer than three seconds",
			Breaks: "a clinician gives up waiting for them",
			hooks:  hooks{slowProvider: true},
		},
		{
			ID: "D102", Family: "structure", Severity: "S3",
			Title:  "the records of one provider have no status",
			Breaks: "a viewer cannot tell a final result from one that was entered in error",
			hooks: hooks{content: &contentHook{types: clinicalTypes(), byProvider: true, sweep: true, apply: func(r fhir.Resource) bool {
				delete(r, "status")
				return true
			}}},
		},
		{
			ID: "D345", Family: "detail", Severity: "S1",
			Title:  "the readings of one provider are half of what they were",
			Breaks: "a reading that calls for nothing is treated as one that kills, and the other way round",
			hooks: hooks{content: &contentHook{types: clinicalTypes(), byProvider: true, sweep: true, apply: func(r fhir.Resource) bool {
				scaleValue(r, 0.5)
				return true
			}}},
		},
	}
}
