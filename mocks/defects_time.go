package mocks

import (
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// timeDefects are faults in times, references and the structure profiles ask for.
func timeDefects() []Defect {
	return []Defect{
		{
			ID: "D44", Family: "time", Severity: "S2",
			Title:  "a time is sent without its offset",
			Breaks: "nobody can tell when an observation was made to better than an hour, and in summer it may be on the wrong day",
			hooks: hooks{served: &contentHook{
				types: []string{"Observation"}, when: func(r fhir.Resource) bool { return strings.Contains(r.Text("effectiveDateTime"), "T") },
				apply: func(r fhir.Resource) bool {
					r["effectiveDateTime"] = withoutOffset(r.Text("effectiveDateTime"))
					return true
				},
			}},
		},
		{
			ID: "D45", Family: "time", Severity: "S3",
			Title:  "events lie in the future",
			Breaks: "a problem appears to have been recorded on a day that has not come",
			hooks: hooks{content: &contentHook{types: []string{"Condition"}, when: has("recordedDate"), apply: func(r fhir.Resource) bool {
				r["recordedDate"] = "2099" + r.Text("recordedDate")[4:]
				return true
			}}},
		},
		{
			ID: "D126", Family: "time", Severity: "S2",
			Title:  "in the hour that comes twice when the clocks go back, summer time is taken for winter time",
			Breaks: "two visits an hour apart look like one, or like two at the same time",
			hooks: hooks{content: &contentHook{
				types: []string{"Encounter"}, when: func(r fhir.Resource) bool { return repeated(r.Text("period", "start")) },
				apply: func(r fhir.Resource) bool {
					period, _ := r["period"].(map[string]any)
					for _, element := range []string{"start", "end"} {
						if at, err := time.Parse(time.RFC3339Nano, fhir.Text(period[element])); err == nil {
							period[element] = at.Add(time.Hour).Format(time.RFC3339)
						}
					}
					return true
				},
			}},
		},
		{
			ID: "D46", Family: "time", Severity: "S3",
			Title:  "a reference leads nowhere",
			Breaks: "a record names the encounter it was made in, but that encounter cannot be opened",
			hooks: hooks{content: &contentHook{
				types: clinicalTypes(), when: func(r fhir.Resource) bool { return r.Text("encounter", "reference") != "" },
				apply: func(r fhir.Resource) bool {
					text := r.Text("encounter", "reference")
					r["encounter"] = map[string]any{"reference": text[:len(text)-1] + otherDigit(text[len(text)-1])}
					return true
				},
			}},
		},
		{
			ID: "D47", Family: "time", Severity: "S3",
			Title:  "MedicationRequest lacks substitution",
			Breaks: "a prescription does not conform to UK Core, which requires the element",
			hooks: hooks{content: &contentHook{types: []string{"MedicationRequest"}, when: has("substitution"), apply: func(r fhir.Resource) bool {
				delete(r, "substitution")
				return true
			}}},
		},
		{
			ID: "D48", Family: "time", Severity: "S3",
			Title:  "laboratory reports lack the LAB category",
			Breaks: "a search for laboratory reports misses them",
			hooks: hooks{content: &contentHook{
				types: []string{"DiagnosticReport"}, when: func(r fhir.Resource) bool { return hasCategory(r, "LAB") },
				apply: func(r fhir.Resource) bool {
					delete(r, "category")
					return true
				},
			}},
		},
	}
}

// withoutOffset cuts Z or the offset off a time.
func withoutOffset(text string) string {
	date, clock, ok := strings.Cut(text, "T")
	if !ok {
		return text
	}
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		clock = clock[:i]
	}
	return date + "T" + clock
}

// otherDigit replaces a digit by another, so that an id becomes that of nothing.
func otherDigit(c byte) string {
	if c == '7' {
		return "3"
	}
	return "7"
}

// repeated reports whether an instant is in the last hour of summer time, whose clock times come again: the clocks go back
// at one in the morning, UTC, on the last Sunday of October.
func repeated(text string) bool {
	at, err := time.Parse(time.RFC3339Nano, text)
	at = at.UTC()
	return err == nil && at.Month() == time.October && at.Weekday() == time.Sunday && at.Day() > 24 && at.Hour() == 0
}
