package record

import "strings"

// row is one element that is compared: where findings say it is, the rule that says what counts as the same, and the
// paths at which systems write it.
type row struct {
	path  string
	rule  rule
	paths [][]string
}

// shape is what is compared of one resource type. Its rows are what a clinician reads and acts on; identity, labels and
// the words beside codes are compared apart from them.
type shape struct {
	rows []row
	// key lists the rows that tell one fact from another where no business identifier does: what, when and how much.
	key []int
	// status is the row of the status, or of the verification status where a kind has two; clinical is the row of the
	// other, -1 without one.
	status, clinical int
	// what and when are the rows of the code and the time.
	what, when int
	// references are the rows of references.
	references []int
	// covered are the elements, and the moments in elements, of which a row compares the whole.
	covered map[string]bool
	// additional are the elements of which a system may have more than is expected.
	additional []string
}

// shapes are the shapes of the 22 kinds of fact, by resource type.
func shapes() map[string]*shape {
	code, concept, moment, amount := codeRule(), conceptRule(), momentRule(), amountRule()
	amounts, reference, words, digest := amountsRule(), referenceRule(), wordsRule(), digestRule()
	at := func(path string, r rule, paths ...string) row {
		if len(paths) == 0 {
			paths = []string{path}
		}
		steps := make([][]string, 0, len(paths))
		for _, p := range paths {
			steps = append(steps, strings.Split(p, "."))
		}
		return row{path, r, steps}
	}
	status, encounter := at("status", code), at("encounter", reference)
	start, end := at("period.start", moment), at("period.end", moment)
	dosage := func(element string) []row {
		return []row{at(element+".text", words), at(element+".dose", amount, element+".doseAndRate.doseQuantity")}
	}
	medication := at("medication", concept, "medicationCodeableConcept", "medicationReference")
	table := map[string][]row{
		"AllergyIntolerance": {
			at("verificationStatus", code, "verificationStatus.coding.code"), at("clinicalStatus", code, "clinicalStatus.coding.code"),
			at("code", concept), at("recordedDate", moment), at("category", code), at("criticality", code),
			at("reaction.severity", code), at("reaction.manifestation", concept), encounter,
		},
		"Appointment": {
			status, at("reasonCode", concept), at("start", moment), at("end", moment), at("specialty", concept), at("appointmentType", concept),
			at("description", words), at("basedOn", reference), at("reasonReference", reference),
		},
		"CarePlan": {
			status, at("category", concept), start, end, at("title", words), at("description", words), encounter,
		},
		"Composition": {
			status, at("type", concept), at("date", moment), at("title", words), at("section.title", words), at("section.code", concept),
			at("section.entry", reference), encounter,
		},
		"Condition": {
			at("verificationStatus", code, "verificationStatus.coding.code"), at("clinicalStatus", code, "clinicalStatus.coding.code"),
			at("code", concept), at("onset", moment, "onsetDateTime", "onsetPeriod.start"), at("abatement", moment, "abatementDateTime"),
			at("recordedDate", moment), at("severity", concept), at("category", concept), encounter,
		},
		"Consent": {
			status, at("scope", concept), at("dateTime", moment), at("provision.type", code), at("provision.purpose", concept),
		},
		"DiagnosticReport": {
			status, at("code", concept), at("effective", moment, "effectiveDateTime", "effectivePeriod.start"), at("category", concept),
			at("conclusion", words), at("result", reference), at("specimen", reference), encounter,
		},
		"DocumentReference": {
			status, at("type", concept), at("date", moment), at("description", words), at("content.attachment", digest),
			at("content.attachment.contentType", code), at("relatesTo.target", reference), at("context.encounter", reference),
			at("context.related", reference),
		},
		"Encounter": {
			status, at("type", concept), start, end, at("class", code, "class.code"), at("reasonCode", concept),
			at("appointment", reference), at("reasonReference", reference),
		},
		"EpisodeOfCare": {status, at("type", concept), start, end, at("referralRequest", reference)},
		"Flag":          {status, at("code", concept), start, end, at("category", concept), encounter},
		"Immunization": {
			status, at("vaccineCode", concept), at("occurrence", moment, "occurrenceDateTime"), at("lotNumber", words), at("doseQuantity", amount), encounter,
		},
		"MedicationAdministration": {
			status, medication, at("effective", moment, "effectiveDateTime", "effectivePeriod.start"), at("effective.end", moment, "effectivePeriod.end"),
			at("dosage.text", words), at("dosage.dose", amount), at("dosage.rate", amount, "dosage.rateQuantity"), at("request", reference),
			at("context", reference),
		},
		"MedicationDispense": append(dosage("dosageInstruction"),
			status, medication, at("whenPrepared", moment), at("quantity", amount), at("authorizingPrescription", reference)),
		"MedicationRequest": append(dosage("dosageInstruction"), status, medication, at("authoredOn", moment), encounter),
		"MedicationStatement": append(dosage("dosage"),
			status, medication, at("effective", moment, "effectiveDateTime", "effectivePeriod.start"), at("effective.end", moment, "effectivePeriod.end"),
			at("basedOn", reference), at("derivedFrom", reference), at("context", reference)),
		"Observation": {
			status, at("code", concept), at("effective", moment, "effectiveDateTime", "effectivePeriod.start", "effectiveInstant"), at("value", amount, "valueQuantity"),
			at("component", amounts), at("interpretation", concept), at("referenceRange.low", amount), at("referenceRange.high", amount),
			at("hasMember", reference), at("specimen", reference), encounter,
		},
		"Procedure": {status, at("code", concept), at("performed", moment, "performedDateTime", "performedPeriod.start"), encounter},
		"RelatedPerson": {
			at("active", assumedRule("active")), at("relationship", concept), start, at("name.family", words), at("name.given", words), at("telecom.value", telecomRule(), "telecom"),
		},
		"ServiceRequest": {
			status, at("code", concept), at("authoredOn", moment), at("priority", assumedRule("priority")), at("reasonCode", concept), at("basedOn", reference),
			at("performer", reference), encounter,
		},
		"Specimen": {status, at("type", concept), at("collection.collected", moment, "collection.collectedDateTime", "collection.collectedPeriod.start")},
		"Task": {
			status, at("code", concept), at("authoredOn", moment), at("description", words), at("focus", reference), at("reasonReference", reference),
			at("reasonCode", concept), at("restriction.end", moment, "restriction.period.end"),
		},
	}
	all := make(map[string]*shape, len(table))
	for resourceType, rows := range table {
		// A security label may be added; one that is lost lets somebody see what they may not.
		all[resourceType] = newShape(append(rows, at("meta.security", concept)))
	}
	return all
}

// newShape finds the rows that play a part.
func newShape(rows []row) *shape {
	s := &shape{rows: rows, status: -1, clinical: -1, what: -1, when: -1, covered: map[string]bool{}}
	for i, r := range rows {
		for _, path := range r.paths {
			switch r.rule.name {
			case "code", "amount", "words":
				s.covered[path[0]] = s.covered[path[0]] || len(path) == 1
			case "moment":
				s.covered[strings.Join(path, ".")] = true
			}
		}
		switch {
		case r.path == "status" || r.path == "verificationStatus" || r.path == "active":
			s.status = i
		case r.path == "clinicalStatus":
			s.clinical = i
		case r.rule.name == "concept" && s.what < 0:
			s.what = i
			s.key = append(s.key, i)
		case r.rule.name == "moment" && s.when < 0:
			s.when = i
			s.key = append(s.key, i)
		case r.path == "value" || r.path == "component" || r.path == "content.attachment":
			s.key = append(s.key, i)
		case r.rule.name == "reference":
			s.references = append(s.references, i)
		}
	}
	return s
}

// index finds the row with a path, -1 when there is none.
func (s *shape) index(path string) int {
	for i := range s.rows {
		if s.rows[i].path == path {
			return i
		}
	}
	return -1
}
