package mocks

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// structureDefects are faults of form in elements that no other rule looks at, one for each type of resource that
// would otherwise have none. They follow the catalogue's last number.
func structureDefects() []Defect {
	return []Defect{
		{
			ID: "D73", Family: "structure", Severity: "S3",
			Title:  "Organization.active is text",
			Breaks: "a program that expects true or false cannot read the directory",
			hooks: hooks{served: &contentHook{types: []string{"Organization"}, when: has("active"), apply: func(r fhir.Resource) bool {
				r["active"] = r.Text("active")
				return true
			}}},
		},
		{
			ID: "D74", Family: "structure", Severity: "S3",
			Title:  "Encounter.participant is an object instead of a list",
			Breaks: "a program cannot read who saw the patient",
			hooks: hooks{served: &contentHook{types: []string{"Encounter"}, sweep: true, when: has("participant"), apply: func(r fhir.Resource) bool {
				r["participant"] = r.List("participant")[0]
				return true
			}}},
		},
		{
			ID: "D75", Family: "structure", Severity: "S3",
			Title:  "Condition.recordedDate is written day first",
			Breaks: "2 March and 3 February cannot be told apart",
			hooks: hooks{served: &contentHook{types: []string{"Condition"}, when: fullDate, apply: func(r fhir.Resource) bool {
				text := r.Text("recordedDate")
				r["recordedDate"] = text[8:10] + "/" + text[5:7] + "/" + text[:4]
				return true
			}}},
		},
		{
			ID: "D76", Family: "structure", Severity: "S3",
			Title:  "AllergyIntolerance.type is a word of the supplier's own",
			Breaks: "an allergy cannot be told from an intolerance",
			hooks: hooks{served: &contentHook{types: []string{"AllergyIntolerance"}, apply: func(r fhir.Resource) bool {
				r["type"] = "allergic"
				return true
			}}},
		},
		{
			ID: "D77", Family: "structure", Severity: "S3",
			Title:  "Immunization.primarySource is text",
			Breaks: "a program cannot tell who says that a vaccine was given",
			hooks: hooks{served: &contentHook{types: []string{"Immunization"}, when: has("primarySource"), apply: func(r fhir.Resource) bool {
				r["primarySource"] = r.Text("primarySource")
				return true
			}}},
		},
		{
			ID: "D78", Family: "structure", Severity: "S2",
			Title:  "visits that are over are shown as planned",
			Breaks: "a clinic that the patient attended looks as if it were still to come",
			hooks:  hooks{content: &contentHook{types: []string{"Encounter"}, when: finishedClinic, apply: setStatus("planned")}},
		},
		{
			ID: "D79", Family: "structure", Severity: "S2",
			Title:  "vaccinations are dated on the first of January",
			Breaks: "a vaccination looks older than it is, so it would be repeated too early",
			hooks:  hooks{content: &contentHook{types: []string{"Immunization"}, when: datedVaccination, apply: firstOfJanuary}},
		},
		{
			ID: "D95", Family: "structure", Severity: "S2",
			Title:  "documents, bookings, plans and other further records are dated a day early",
			Breaks: "an appointment is missed, and a letter seems to have been written before the visit it is about",
			hooks: hooks{content: &contentHook{types: furtherTypes(), apply: func(r fhir.Resource) bool {
				dayEarly(r, "start", "date", "dateTime", "whenPrepared", "authoredOn", "performedDateTime", "effectiveDateTime")
				for _, element := range []string{"period", "effectivePeriod", "collection"} {
					if object, ok := r[element].(map[string]any); ok {
						dayEarly(object, "start", "collectedDateTime")
					}
				}
				return true
			}}},
		},
		{
			ID: "D323", Family: "structure", Severity: "S3",
			Title:  "the telephone numbers of clinicians are of a kind that FHIR does not have",
			Breaks: "a program drops the number by which the clinician who asked for a test can be reached",
			hooks: hooks{served: &contentHook{types: []string{"Practitioner"}, when: has("telecom"), apply: func(r fhir.Resource) bool {
				for _, point := range r.Objects("telecom") {
					point["system"] = "mobile"
				}
				return true
			}}},
		},
	}
}

// listingDefects are faults in what is shown of the directory, in words beside codes, and in answers that only some questions get.
func listingDefects() []Defect {
	return []Defect{
		{
			ID: "D324", Family: "structure", Severity: "S2",
			Title:  "organisations that are open are shown as having ended",
			Breaks: "a message is not sent, or sent to whoever is thought to have taken the provider over",
			hooks: hooks{served: &contentHook{types: []string{"Organization"}, when: func(r fhir.Resource) bool { return r["active"] == true && r["extension"] == nil }, apply: func(r fhir.Resource) bool {
				r["extension"] = []any{map[string]any{
					"url": "http://hl7.org/fhir/StructureDefinition/organization-period", "valuePeriod": map[string]any{"end": "2025-03-31"},
				}}
				return true
			}}},
		},
		{
			ID: "D325", Family: "coding", Severity: "S1",
			Title:  "doses in milligrams are shown as micrograms",
			Breaks: "who reads the dose gives a thousandth of what a program would",
			hooks: hooks{served: &contentHook{types: []string{"MedicationRequest"}, when: inMilligrams, apply: func(r fhir.Resource) bool {
				for _, quantity := range doses(r) {
					if quantity["unit"] == "milligram" {
						quantity["unit"] = "microgram"
					}
				}
				return true
			}}},
		},
		{
			ID: "D326", Family: "structure", Severity: "S3",
			Title:  "the whole record of a patient ($everything) holds a record twice",
			Breaks: "one dose that was given looks like two",
			hooks: hooks{reply: func(c *call, a *reply) {
				if !strings.HasSuffix(c.request.URL.Path, "/$everything") || a.status != http.StatusOK {
					return
				}
				bundle, err := fhir.DecodeObject(a.body)
				entries := fhir.List(bundle["entry"])
				i := slices.IndexFunc(entries, func(e any) bool {
					return slices.Contains(clinicalTypes(), fhir.Text(fhir.Get(e, "resource", "resourceType")))
				})
				if err == nil && i >= 0 {
					bundle["entry"] = append(slices.Clone(entries), entries[i])
					if text, err := json.Marshal(bundle); err == nil {
						a.body = text
					}
				}
			}},
		},
		{
			ID: "D327", Family: "structure", Severity: "S3",
			Title:  "what an organisation is a part of cannot be read",
			Breaks: "nobody can tell which board answers for the provider",
			hooks: hooks{served: &contentHook{types: []string{"Organization"}, when: has("partOf"), apply: func(r fhir.Resource) bool {
				if part, ok := r["partOf"].(map[string]any); ok && part["reference"] != nil {
					part["reference"] = fhir.Text(part["reference"]) + "0"
				}
				return true
			}}},
		},
		{
			ID: "D340", Family: "structure", Severity: "S3",
			Title:  "words hold the character references of a page: GP&#39;s",
			Breaks: "a name or an instruction is not read as it was written, and is not found",
			hooks: hooks{served: &contentHook{types: []string{"Patient", "Practitioner", "Encounter", "Condition", "DocumentReference"}, when: apostrophes, apply: func(r fhir.Resource) bool {
				escapeWords(map[string]any(r))
				return true
			}}},
		},
		{
			ID: "D328", Family: "search", Severity: "S2",
			Title:  "a sorted answer ends with its first page",
			Breaks: "the oldest or the newest results of a long record are not shown where they are sorted, and only there",
			hooks: hooks{page: func(_ *call, q *query, p *page) {
				if _, sorted := q.claimed.get("_sort"); sorted {
					p.drop("next")
				}
			}},
		},
	}
}

// doses are the quantities of the doses of a prescription.
func doses(r fhir.Resource) []map[string]any {
	var all []map[string]any
	for _, instruction := range r.Objects("dosageInstruction") {
		for _, dose := range fhir.Objects(instruction["doseAndRate"]) {
			if quantity, ok := dose["doseQuantity"].(map[string]any); ok {
				all = append(all, quantity)
			}
		}
	}
	return all
}

// apostrophes reports whether there are words with an apostrophe in a resource.
func apostrophes(r fhir.Resource) bool {
	return wordsIn(map[string]any(r), func(words string) string { return words })
}

// escapeWords writes the apostrophes of words as a page does.
func escapeWords(element map[string]any) {
	wordsIn(element, func(words string) string { return strings.ReplaceAll(words, "'", "&#39;") })
}

// wordsIn replaces the words of an element and of what is below it, and reports whether there is an apostrophe in any.
func wordsIn(element map[string]any, with func(words string) string) (found bool) {
	for name, value := range element {
		switch v := value.(type) {
		case string:
			if (name == "display" || name == "text" || name == "family") && strings.Contains(v, "'") {
				found = true
				if words := with(v); words != v {
					element[name] = words
				}
			}
		case map[string]any:
			found = wordsIn(v, with) || found
		case []any:
			for _, one := range fhir.Objects(v) {
				found = wordsIn(one, with) || found
			}
		}
	}
	return found
}

func inMilligrams(r fhir.Resource) bool {
	return slices.ContainsFunc(doses(r), func(quantity map[string]any) bool { return quantity["unit"] == "milligram" })
}

func datedVaccination(r fhir.Resource) bool {
	date := r.Text("occurrenceDateTime")
	return len(date) >= len("2006-01-02") && date[4:10] != "-01-01"
}

func firstOfJanuary(r fhir.Resource) bool {
	r["occurrenceDateTime"] = r.Text("occurrenceDateTime")[:4] + "-01-01"
	return true
}

func fullDate(r fhir.Resource) bool { return len(r.Text("recordedDate")) >= len("2006-01-02") }

func finishedClinic(r fhir.Resource) bool {
	return r.Text("status") == "finished" && r.Text("class", "code") == "AMB"
}

// furtherTypes are the types that the seven of a core record do not include.
func furtherTypes() []string {
	return []string{
		"Appointment", "CarePlan", "Composition", "Consent", "DocumentReference", "EpisodeOfCare", "Flag", "MedicationAdministration",
		"MedicationDispense", "MedicationStatement", "Procedure", "RelatedPerson", "ServiceRequest", "Specimen", "Task",
	}
}

// dayEarly moves those of the elements that are a day or an instant to the day before, in the form they have.
func dayEarly(object map[string]any, elements ...string) {
	for _, element := range elements {
		text := fhir.Text(object[element])
		for _, form := range []string{time.DateOnly, "2006-01-02T15:04:05-07:00", time.RFC3339} {
			if at, err := time.Parse(form, text); err == nil {
				object[element] = at.AddDate(0, 0, -1).Format(form)
				break
			}
		}
	}
}
