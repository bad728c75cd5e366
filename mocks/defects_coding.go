package mocks

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// codingDefects are faults in what a record says: codes, values, units, statuses of medicines and tests.
func codingDefects() []Defect {
	return slices.Concat(codeDefects(), allergyDefects(), resultDefects(), medicineDefects())
}

func codeDefects() []Defect {
	return []Defect{
		{
			ID: "D25", Family: "coding", Severity: "S2",
			Title:  "conditions carry a Read code only, SNOMED CT is dropped",
			Breaks: "a problem coded in both is found by its old code only, and decision support does not see it",
			hooks: hooks{content: &contentHook{types: []string{"Condition"}, when: inSNOMED, apply: func(r fhir.Resource) bool {
				code := r.Get("code").(map[string]any) //nolint:forcetypeassert // when has seen it
				code["coding"] = []any{map[string]any{"system": "http://read.info/readv2", "code": readCode(r.Text("code", "coding", "code"))}}
				return true
			}}},
		},
		{
			ID: "D26", Family: "coding", Severity: "S2",
			Title:  "local codes are sent under SNOMED CT's URI",
			Breaks: "an allergy's code looks like SNOMED CT but means nothing outside its own practice",
			hooks: hooks{content: &contentHook{types: []string{"AllergyIntolerance"}, when: inSNOMED, apply: func(r fhir.Resource) bool {
				for _, coding := range snomedCodings(r) {
					coding["code"] = "LOC" + fhir.Text(coding["code"])
				}
				return true
			}}},
		},
		{
			ID: "D27", Family: "coding", Severity: "S1",
			Title:  "a display belongs to another concept",
			Breaks: "a problem list reads as one disease while its code means another",
			hooks: hooks{content: &contentHook{types: []string{"Condition"}, when: inSNOMED, apply: func(r fhir.Resource) bool {
				for _, coding := range snomedCodings(r) {
					other := "Asthma"
					if fhir.Text(coding["code"]) == "195967001" {
						other = "Essential hypertension"
					}
					coding["display"] = other
				}
				return true
			}}},
		},
		{
			ID: "D28", Family: "coding", Severity: "S3",
			Title:  "conditions carry a SNOMED CT version, of an old international edition",
			Breaks: "a consumer that checks editions refuses the code, and UK Core says the version is not used",
			hooks: hooks{content: &contentHook{types: []string{"Condition"}, when: inSNOMED, apply: func(r fhir.Resource) bool {
				for _, coding := range snomedCodings(r) {
					coding["version"] = "http://snomed.info/sct/900000000000207008/version/20020131"
				}
				return true
			}}},
		},
	}
}

func allergyDefects() []Defect {
	allergy := []string{"AllergyIntolerance"}
	return []Defect{
		{
			ID: "D30", Family: "coding", Severity: "S1",
			Title:  "allergies are text only, without the degrade code",
			Breaks: "an allergy cannot be checked against a prescription and nothing warns that it cannot",
			hooks: hooks{content: &contentHook{types: allergy, when: inSNOMED, apply: func(r fhir.Resource) bool {
				text := r.Text("code", "text")
				if text == "" {
					text = r.Text("code", "coding", "display")
				}
				r["code"] = map[string]any{"text": text}
				return true
			}}},
		},
		{
			ID: "D31", Family: "coding", Severity: "S1",
			Title:  "the causative agent and the reaction are swapped",
			Breaks: "an allergy to penicillin that causes a rash is shown as an allergy to a rash",
			hooks: hooks{content: &contentHook{types: allergy, when: hasManifestation, apply: func(r fhir.Resource) bool {
				reaction := r.Objects("reaction")[0]
				manifestations := fhir.List(reaction["manifestation"])
				r["code"], manifestations[0] = manifestations[0], r["code"]
				return true
			}}},
		},
		{
			ID: "D32", Family: "coding", Severity: "S2",
			Title:  "no known allergies looks like nothing recorded",
			Breaks: "nobody can tell whether a patient was asked about allergies",
			hooks:  hooks{content: &contentHook{types: allergy, when: noKnownAllergy, apply: withhold}},
		},
		{
			ID: "D33", Family: "coding", Severity: "S1",
			Title:  "the severity of an allergic reaction is dropped",
			Breaks: "a severe reaction looks like any other",
			hooks: hooks{content: &contentHook{types: allergy, when: hasSeverity, apply: func(r fhir.Resource) bool {
				for _, reaction := range r.Objects("reaction") {
					delete(reaction, "severity")
				}
				return true
			}}},
		},
	}
}

func resultDefects() []Defect {
	observation := []string{"Observation"}
	return []Defect{
		{
			ID: "D34", Family: "coding", Severity: "S1",
			Title:  "blood glucose in mg/dL is labelled mmol/L",
			Breaks: "a normal glucose reads eighteen times too high",
			hooks: hooks{content: &contentHook{types: observation, when: measures("glucose", "mmol/L"), apply: func(r fhir.Resource) bool {
				scaleValue(r, 18.016)
				return true
			}}},
		},
		{
			ID: "D35", Family: "coding", Severity: "S1",
			Title:  "HbA1c in percent is labelled mmol/mol",
			Breaks: "uncontrolled diabetes reads as a perfectly normal result",
			hooks: hooks{content: &contentHook{types: observation, when: measures("hba1c", "mmol/mol"), apply: func(r fhir.Resource) bool {
				// The IFCC master equation: percent = 0.0915 x mmol/mol + 2.15.
				changeValue(r, func(value float64) float64 { return 0.0915*value + 2.15 })
				return true
			}}},
		},
		{
			ID: "D36", Family: "coding", Severity: "S3",
			Title:  "laboratory units are words under the UCUM system",
			Breaks: "a program cannot compare or convert a result, although it claims to have a UCUM code",
			hooks: hooks{content: &contentHook{types: observation, when: laboratoryQuantity, apply: func(r fhir.Resource) bool {
				r.Get("valueQuantity").(map[string]any)["code"] = "units per litre" //nolint:forcetypeassert // when has seen it
				return true
			}}},
		},
		{
			ID: "D37", Family: "coding", Severity: "S2",
			Title:  "the reference range is missing",
			Breaks: "nobody can tell whether a result is normal for the laboratory that measured it",
			hooks: hooks{content: &contentHook{types: observation, when: has("referenceRange"), apply: func(r fhir.Resource) bool {
				delete(r, "referenceRange")
				return true
			}}},
		},
		{
			ID: "D38", Family: "coding", Severity: "S2",
			Title:  "the abnormal flag is lost",
			Breaks: "an abnormal result is not marked as abnormal",
			hooks: hooks{content: &contentHook{types: observation, when: has("interpretation"), apply: func(r fhir.Resource) bool {
				delete(r, "interpretation")
				return true
			}}},
		},
		{
			ID: "D39", Family: "coding", Severity: "S1",
			Title:  "a preliminary result is shown as final",
			Breaks: "a provisional result is acted on as if it could not change",
			hooks:  hooks{content: &contentHook{types: []string{"Observation", "DiagnosticReport"}, when: status("preliminary", "registered", "partial"), apply: setStatus("final")}},
		},
		{
			ID: "D40", Family: "coding", Severity: "S2",
			Title:  "panels lose their members",
			Breaks: "a blood count shows a heading without results, and its results belong to nothing",
			hooks: hooks{content: &contentHook{types: observation, when: has("hasMember"), apply: func(r fhir.Resource) bool {
				delete(r, "hasMember")
				return true
			}}},
		},
		{
			ID: "D43", Family: "coding", Severity: "S3",
			Title:  "an amended vital sign claims a profile that allows final only",
			Breaks: "a corrected vital sign cannot conform to the profile it claims",
			hooks:  hooks{content: &contentHook{types: observation, limit: 1, when: finalVitalSign, apply: setStatus("amended")}},
		},
	}
}

func medicineDefects() []Defect {
	return []Defect{
		{
			ID: "D29", Family: "coding", Severity: "S2",
			Title:  "medicines lose the product and keep the ingredient's text only",
			Breaks: "strength and form of a medicine cannot be told, and the dm+d code is gone",
			hooks: hooks{content: &contentHook{types: []string{"MedicationRequest"}, when: has("medicationCodeableConcept"), apply: func(r fhir.Resource) bool {
				name, _, _ := strings.Cut(r.Text("medicationCodeableConcept", "coding", "display"), " ")
				if text := r.Text("medicationCodeableConcept", "text"); name == "" {
					name, _, _ = strings.Cut(text, " ")
				}
				r["medicationCodeableConcept"] = map[string]any{"text": name}
				return true
			}}},
		},
		{
			ID: "D41", Family: "coding", Severity: "S1",
			Title:  "a stopped medicine is shown as active",
			Breaks: "a medicine somebody decided to stop is given again",
			hooks: hooks{content: &contentHook{
				types: []string{"MedicationRequest", "MedicationStatement"}, when: status("stopped", "cancelled"),
				apply: setStatus("active"),
			}},
		},
		{
			ID: "D42", Family: "coding", Severity: "S2",
			Title:  "medicines are shown as statements that nothing links to their requests",
			Breaks: "one medicine looks like two, or like none, to a reader of requests",
			hooks: hooks{content: &contentHook{
				types: []string{"MedicationRequest"}, when: has("medicationCodeableConcept"),
				applyIn: func(_ *Server, v *view, r fhir.Resource) bool {
					_ = v.index.Put(asStatement(r)) // it has a type and an id
					return false
				},
			}},
		},
	}
}

// noKnownAllergy reports whether an AllergyIntolerance says that there is none: 716186003 or a kind of it.
func noKnownAllergy(r fhir.Resource) bool {
	return slices.ContainsFunc(snomedCodings(r), func(coding map[string]any) bool {
		return slices.Contains([]string{"716186003", "409137002", "428607008", "429625007"}, fhir.Text(coding["code"]))
	})
}

// asStatement is a MedicationStatement of the same medicine, with nothing that leads from one to the other.
func asStatement(r fhir.Resource) fhir.Resource {
	statement := fhir.Resource{
		"resourceType": "MedicationStatement", "id": r.ID(), "status": "active", "subject": r["subject"],
		"medicationCodeableConcept": r["medicationCodeableConcept"], "effectiveDateTime": r["authoredOn"],
		"identifier": []any{map[string]any{"system": "https://concord.test/Id/statement", "value": r.ID()}},
	}
	if meta, ok := fhir.Clone(r["meta"]).(map[string]any); ok {
		meta["profile"] = []any{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationStatement"}
		statement["meta"] = meta
	}
	return statement
}

func has(element string) func(fhir.Resource) bool {
	return func(r fhir.Resource) bool { return r[element] != nil }
}

func status(codes ...string) func(fhir.Resource) bool {
	return func(r fhir.Resource) bool { return slices.Contains(codes, r.Text("status")) }
}

func setStatus(code string) func(fhir.Resource) bool {
	return func(r fhir.Resource) bool {
		r["status"] = code
		return true
	}
}

// snomedCodings returns the SNOMED CT codings of the code.
func snomedCodings(r fhir.Resource) []map[string]any {
	return slices.DeleteFunc(r.Objects("code", "coding"), func(coding map[string]any) bool { return coding["system"] != fhir.SNOMEDSystem })
}

func inSNOMED(r fhir.Resource) bool { return len(snomedCodings(r)) > 0 }

// readCode makes a five-character code of the Read form out of another code.
func readCode(code string) string {
	padded := "0000" + code
	return "X" + padded[len(padded)-4:]
}

func hasManifestation(r fhir.Resource) bool {
	return r["code"] != nil && len(fhir.List(r.Get("reaction", "manifestation"))) > 0
}

func hasSeverity(r fhir.Resource) bool { return r.Text("reaction", "severity") != "" }

// measures reports whether an Observation measures something, by a word of its code's text, in a UCUM unit.
func measures(word, unit string) func(fhir.Resource) bool {
	return func(r fhir.Resource) bool {
		if r.Text("valueQuantity", "code") != unit {
			return false
		}
		names := r.Text("code", "text")
		for _, coding := range r.Objects("code", "coding") {
			names += " " + fhir.Text(coding["display"])
		}
		names = strings.ToLower(names)
		return strings.Contains(names, word) || word == "hba1c" && strings.Contains(names, "a1c")
	}
}

func laboratoryQuantity(r fhir.Resource) bool {
	return r.Text("valueQuantity", "code") != "" && hasCategory(r, "laboratory")
}

func hasCategory(r fhir.Resource, code string) bool {
	for _, category := range r.Objects("category") {
		for _, coding := range fhir.Objects(category["coding"]) {
			if coding["code"] == code {
				return true
			}
		}
	}
	return false
}

func finalVitalSign(r fhir.Resource) bool {
	return r.Text("status") == "final" && strings.Contains(r.Text("meta", "profile", 0), "VitalSigns")
}

func scaleValue(r fhir.Resource, factor float64) {
	changeValue(r, func(value float64) float64 { return value * factor })
}

// changeValue changes the value of an Observation, to one decimal.
func changeValue(r fhir.Resource, change func(float64) float64) {
	quantity, ok := r["valueQuantity"].(map[string]any)
	if !ok {
		return
	}
	value, ok := new(big.Float).SetString(fhir.Text(quantity["value"]))
	if !ok {
		return
	}
	number, _ := value.Float64()
	quantity["value"] = json.Number(big.NewFloat(change(number)).Text('f', 1))
}
