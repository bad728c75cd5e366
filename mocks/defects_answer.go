package mocks

import (
	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// keeperOfNobody is an invented provider, a pharmacy, of which the Patients of others say that it keeps them.
const keeperOfNobody = "SYNPH0600"

// answerDefects are faults of what stands beside a record and of single answers: who keeps a Patient, what an entry of the directory says,
// who is named as the origin, and what one kind of answer shows otherwise than the others do.
func answerDefects() []Defect {
	return []Defect{
		{
			ID: "D329", Family: "identity", Severity: "S3",
			Title:  "Patients are kept by a provider that has never seen the person",
			Breaks: "whoever wants something corrected in the copy rings a pharmacy that does not know the patient",
			hooks: hooks{content: &contentHook{types: patientOnly(), when: has("managingOrganization"), apply: func(r fhir.Resource) bool {
				r["managingOrganization"] = map[string]any{
					"identifier": map[string]any{"system": fixtures.ODSSystem, "value": keeperOfNobody}, "display": "A pharmacy",
				}
				return true
			}}},
		},
		{
			ID: "D330", Family: "coding", Severity: "S3",
			Title:  "the ethnic category of patients stands with the words of another",
			Breaks: "somebody is offered a test that is for others, and not the one that is for them",
			hooks: hooks{served: &contentHook{types: patientOnly(), when: has("extension"), apply: func(r fhir.Resource) bool {
				for _, extension := range r.Objects("extension") {
					for _, coding := range fhir.Objects(fhir.Get(extension, "valueCodeableConcept", "coding")) {
						switch coding["display"] {
						case "Not stated":
							coding["display"] = "White - British"
						case "White - British", "White - Irish":
							coding["display"] = "Not stated"
						}
					}
				}
				return true
			}}},
		},
		{
			ID: "D339", Family: "coding", Severity: "S3",
			Title:  "the specialty of a role has no code system",
			Breaks: "a referral by specialty finds no clinician of that specialty",
			hooks: hooks{served: &contentHook{types: []string{"PractitionerRole"}, when: has("specialty"), apply: func(r fhir.Resource) bool {
				for _, concept := range r.Objects("specialty") {
					for _, coding := range fhir.Objects(concept["coding"]) {
						delete(coding, "system")
					}
				}
				return true
			}}},
		},
		{
			ID: "D341", Family: "search", Severity: "S3",
			Title:  "the total of a sorted answer is one more than its matches",
			Breaks: "a list that is sorted seems to lack a record",
			hooks: hooks{page: func(_ *call, q *query, p *page) {
				if _, sorted := q.claimed.get("_sort"); sorted && p.total != nil {
					wrong := *p.total + 1
					p.total = &wrong
				}
			}},
		},
		{
			ID: "D342", Family: "structure", Severity: "S2",
			Title:  "answers to a search by date name another clinician than the record does",
			Breaks: "whoever looks at the list of a day rings somebody who has not seen the patient",
			hooks: hooks{page: func(_ *call, q *query, p *page) {
				if _, dated := q.claimed.get("date"); !dated {
					return
				}
				p.change("", func(r fhir.Resource) {
					for _, inner := range r.Objects("contained") {
						for _, name := range fhir.Objects(inner["name"]) {
							name["family"] = "Nobody"
						}
					}
				})
			}},
		},
		{
			ID: "D343", Family: "provenance", Severity: "S2",
			Title:  "statements of origin name a second author, who has never seen the patient",
			Breaks: "a pharmacy is asked about a result that it has never heard of",
			hooks: hooks{page: func(_ *call, _ *query, p *page) {
				p.change(provenance, func(r fhir.Resource) {
					for _, agent := range r.Objects("agent")[1:] {
						agent["type"] = r.Objects("agent")[0]["type"]
						agent["who"] = map[string]any{"identifier": map[string]any{"system": fixtures.ODSSystem, "value": keeperOfNobody}}
					}
				})
			}},
		},
		{
			ID: "D344", Family: "provenance", Severity: "S3",
			Title:  "one statement of origin on a page leads to nobody",
			Breaks: "who follows it to ring the provider finds no number",
			hooks: hooks{page: func(_ *call, _ *query, p *page) {
				first := true
				p.change(provenance, func(r fhir.Resource) {
					if who, ok := r.Get("agent", "who").(map[string]any); ok && first && who["reference"] != nil {
						who["reference"], first = fhir.Text(who["reference"])+"0", false
					}
				})
			}},
		},
	}
}

// change changes copies of the entries of a type, or of all for "".
func (p *page) change(resourceType string, change func(fhir.Resource)) {
	for i, e := range p.entries {
		if resourceType == "" || e.resource.Type() == resourceType {
			e.resource, e.own = e.resource.Clone(), false
			change(e.resource)
			p.entries[i] = e
		}
	}
}
