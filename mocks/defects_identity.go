package mocks

import (
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

const (
	verificationExtension = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
	retiredVerification   = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus"
)

// identityDefects are faults in who a record is about.
func identityDefects() []Defect {
	return []Defect{
		{
			ID: "D01", Family: "identity", Severity: "S1",
			Title:  "an NHS number fails its check digit but is marked verified",
			Breaks: "one person's Patient shows, beside the right number, one that can belong to nobody",
			hooks: hooks{content: &contentHook{types: patientOnly(), limit: 1, byPatient: true, when: verifiedNumber, apply: func(r fhir.Resource) bool {
				return addNumber(r, func(number string) string {
					last := (number[9]-'0'+1)%10 + '0'
					return number[:9] + string(rune(last))
				})
			}}},
		},
		{
			ID: "D02", Family: "identity", Severity: "S2",
			Title:  "a repeated-digit NHS number is accepted",
			Breaks: "one person's Patient shows, beside the right number, 9999999999, which passes the check digit sum but is never issued",
			hooks: hooks{content: &contentHook{types: patientOnly(), limit: 1, byPatient: true, when: verifiedNumber, apply: func(r fhir.Resource) bool {
				return addNumber(r, func(string) string { return "9999999999" })
			}}},
		},
		{
			ID: "D03", Family: "identity", Severity: "S2",
			Title:  "the NHS number carries a wrong identifier system",
			Breaks: "a search by system and value misses a person whom the value alone finds",
			hooks: hooks{content: &contentHook{types: patientOnly(), limit: 1, when: hasNumber, apply: func(r fhir.Resource) bool {
				numberOf(r)["system"] = "https://fhir.nhs.uk/Id/NHS-Number"
				return true
			}}},
		},
		{
			ID: "D04", Family: "identity", Severity: "S3",
			Title:  "the verification status uses the retired code system",
			Breaks: "a consumer that knows UK Core's current code system cannot tell whether an NHS number was verified",
			hooks: hooks{content: &contentHook{types: patientOnly(), when: hasNumber, apply: func(r fhir.Resource) bool {
				for _, coding := range verificationCodings(r) {
					coding["system"] = retiredVerification
				}
				return true
			}}},
		},
		{
			ID: "D05", Family: "identity", Severity: "S1",
			Title:  "a superseded NHS number still finds a live record",
			Breaks: "somebody who is asked for by an old number is shown a stale record instead of the surviving one",
			hooks: hooks{content: &contentHook{types: patientOnly(), when: replaced, apply: func(r fhir.Resource) bool {
				delete(r, "link")
				r["active"] = true
				return true
			}}},
		},
		{
			ID: "D06", Family: "identity", Severity: "S1",
			Title:  "a merge loses the records of the Patient that is merged away",
			Breaks: "after two records of one person are joined, half of what was known is gone",
			hooks:  hooks{mergeLoses: true},
		},
		{
			ID: "D127", Family: "identity", Severity: "S2",
			Title:  "the audit trail says nothing of a merge, or of its end",
			Breaks: "nobody can find out who joined two people's records, or when, after it turns out that they were not one person",
			hooks:  hooks{forgetsMerges: true},
		},
		{
			ID: "D07", Family: "identity", Severity: "S1",
			Title:  "two people share one NHS number",
			Breaks: "a search for one person also finds somebody of another name and date of birth",
			hooks: hooks{content: &contentHook{
				types: patientOnly(), limit: 1, byPatient: true, when: verifiedNumber,
				applyIn: func(s *Server, v *view, r fhir.Resource) bool {
					_ = v.index.Put(s.stranger(r)) // a Patient with an id
					return true
				},
			}},
		},
		{
			ID: "D08", Family: "identity", Severity: "S1",
			Title:  "a person has several Patients but only one leads to data",
			Breaks: "what the other linked Patients of a person hold is never returned",
			hooks: hooks{content: &contentHook{
				types: clinicalTypes(), limit: 1, byPatient: true,
				whenIn: func(s *Server, r fhir.Resource) bool { return s.store.secondary(r) },
				apply:  withhold,
			}},
		},
		{
			ID: "D09", Family: "identity", Severity: "S2",
			Title:  "an unverified NHS number is shared without a warning",
			Breaks: "a number whose trace is still required (status 03) opens a record as if it were known to be right",
			hooks: hooks{content: &contentHook{types: patientOnly(), limit: 1, byPatient: true, when: verifiedNumber, apply: func(r fhir.Resource) bool {
				for _, coding := range verificationCodings(r) {
					coding["code"], coding["display"] = "03", "Trace required"
				}
				return true
			}}},
		},
		{
			ID: "D10", Family: "identity", Severity: "S1",
			Title:  "a newborn without an NHS number is matched with a twin",
			Breaks: "one twin's record is shown as the other's",
			hooks: hooks{content: &contentHook{
				types: patientOnly(), limit: 1, byPatient: true, whenIn: func(s *Server, r fhir.Resource) bool { return s.twin(r) != "" },
				applyIn: func(s *Server, _ *view, r fhir.Resource) bool {
					r["identifier"] = append(r.List("identifier"), map[string]any{"system": fixtures.PersonSystem, "value": s.twin(r)})
					return true
				},
			}},
		},
		{
			ID: "D11", Family: "identity", Severity: "S2",
			Title:  "a living person is shown as deceased on one side",
			Breaks: "one system says a person has died while the other shows them alive",
			hooks: hooks{content: &contentHook{
				types: patientOnly(), limit: 1, byPatient: true,
				when:  func(r fhir.Resource) bool { return r["deceasedBoolean"] == nil && r["deceasedDateTime"] == nil },
				apply: func(r fhir.Resource) bool { r["deceasedBoolean"] = true; return true },
			}},
		},
		{
			ID: "D145", Family: "identity", Severity: "S2",
			Title:  "a death that was notified never arrives",
			Breaks: "somebody who has died is shown as alive, and the family is asked to bring them",
			hooks: hooks{content: &contentHook{
				types: patientOnly(), byPatient: true,
				when:  func(r fhir.Resource) bool { return r["deceasedBoolean"] != nil || r["deceasedDateTime"] != nil },
				apply: func(r fhir.Resource) bool { delete(r, "deceasedBoolean"); delete(r, "deceasedDateTime"); return true },
			}},
		},
		{
			ID: "D123", Family: "identity", Severity: "S1",
			Title:  "nothing says that the two systems hold different dates of birth",
			Breaks: "the neighbour's records of somebody else are read as the patient's own",
			hooks:  hooks{hidesMismatch: true},
		},
		{
			ID: "D125", Family: "identity", Severity: "S3",
			Title:  "a practice is listed under another integrated care board",
			Breaks: "a patient from across the border counts as one of this area, and is discharged to the wrong community team",
			hooks: hooks{content: &contentHook{types: []string{"Organization"}, whenIn: func(s *Server, r fhir.Resource) bool {
				story, ok := s.store.ledger.Story("P06")
				return ok && identifierIn(r, fixtures.ODSSystem) == story.Person().Practice
			}, apply: func(r fhir.Resource) bool {
				r["partOf"] = map[string]any{"identifier": map[string]any{"system": fixtures.ODSSystem, "value": "QHL"}}
				return true
			}}},
		},
		{
			ID: "D113", Family: "identity", Severity: "S2",
			Title:  "a person is shown with the practice of somebody else",
			Breaks: "a discharge letter goes to a practice that does not know the patient, and nobody follows it up",
			hooks: hooks{content: &contentHook{
				types: patientOnly(), limit: 1, byPatient: true,
				when: func(r fhir.Resource) bool { return r.Get("generalPractitioner", "identifier", "value") != nil },
				apply: func(r fhir.Resource) bool {
					r["generalPractitioner"] = []any{map[string]any{
						"identifier": map[string]any{"system": fixtures.ODSSystem, "value": otherPractice}, "display": "Another practice",
					}}
					return true
				},
			}},
		},
	}
}

// otherPractice is an ODS code of the form that the ledger gives to practices, which none has.
const otherPractice = "SYNGP9999"

func patientOnly() []string { return []string{"Patient"} }

func withhold(fhir.Resource) bool { return false }

// numberOf returns the identifier that holds the NHS number, or nil.
func numberOf(patient fhir.Resource) map[string]any {
	for _, identifier := range patient.Objects("identifier") {
		if fhir.Text(identifier["system"]) == fhir.NHSNumberSystem && len(fhir.Text(identifier["value"])) == 10 {
			return identifier
		}
	}
	return nil
}

func hasNumber(patient fhir.Resource) bool { return numberOf(patient) != nil }

// addNumber adds a second NHS number, with the verification status of the first.
func addNumber(patient fhir.Resource, change func(string) string) bool {
	second, _ := fhir.Clone(numberOf(patient)).(map[string]any)
	second["value"] = change(fhir.Text(second["value"]))
	patient["identifier"] = append(patient.List("identifier"), second)
	return true
}

// verificationCodings returns the codings of the NHS number's verification status.
func verificationCodings(patient fhir.Resource) []map[string]any {
	var codings []map[string]any
	for _, extension := range fhir.Objects(numberOf(patient)["extension"]) {
		if fhir.Text(extension["url"]) == verificationExtension {
			codings = append(codings, fhir.Objects(fhir.Get(extension, "valueCodeableConcept", "coding"))...)
		}
	}
	return codings
}

func verifiedNumber(patient fhir.Resource) bool {
	return slices.ContainsFunc(verificationCodings(patient), func(coding map[string]any) bool { return coding["code"] == "01" })
}

// clinicalTypes are the types of the kinds of fact.
func clinicalTypes() []string {
	types := make([]string, 0, len(fixtures.Kinds()))
	for _, kind := range fixtures.Kinds() {
		types = append(types, string(kind))
	}
	return types
}

// replaced reports whether a Patient says that another has taken its place.
func replaced(patient fhir.Resource) bool {
	return slices.ContainsFunc(patient.Objects("link"), func(l map[string]any) bool { return l["type"] == "replaced-by" })
}

// stranger is another person with the same identifiers.
func (s *Server) stranger(patient fhir.Resource) fhir.Resource {
	other := patient.Clone()
	id := patient.ID()
	other["id"] = id[:len(id)-1] + otherDigit(id[len(id)-1])
	other["name"] = []any{map[string]any{"use": "official", "family": "Overlay", "given": []any{"Another"}}}
	other["birthDate"] = "1931-01-31"
	delete(other, "link")
	return other
}

// twin returns the person id of the sibling of a newborn without an NHS number: same family name, same date of birth.
func (s *Server) twin(patient fhir.Resource) string {
	if numberOf(patient) != nil || patient.Text("birthDate") == "" {
		return ""
	}
	for other := range s.store.index.All("Patient") {
		if other.Text("birthDate") == patient.Text("birthDate") && other.Text("name", "family") == patient.Text("name", "family") &&
			numberOf(other) == nil && s.store.personOf(other) != s.store.personOf(patient) {
			return identifierIn(other, fixtures.PersonSystem)
		}
	}
	return ""
}
