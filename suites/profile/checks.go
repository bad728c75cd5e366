package profile

import (
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Checks lists the checks of the profile suite.
func Checks() check.Catalogue {
	conforms := func(id, resourceType, profile, hazard string, needs ...check.Feature) check.Check {
		return check.Check{
			ID: id, Suite: "profile", Level: result.Must, Scope: check.PerSystem, Needs: needs,
			Title:       "every " + resourceType + " conforms to UK Core",
			Requirement: []result.Ref{{ID: profile, Source: "UK Core STU3 StructureDefinition"}, {ID: resourceType, Source: "HL7 FHIR R4 4.0.1"}},
			Hazard:      hazard,
			Fix:         "Correct the element that each finding names; concord validate shows the same findings for a file.",
			Traces:      []string{"UKCore-" + resourceType},
			Cause:       result.ProfileDifference,
			Run:         conformance(resourceType),
		}
	}
	search := func(resourceTypes ...string) []check.Feature {
		var needs []check.Feature
		for _, resourceType := range resourceTypes {
			needs = append(needs, check.Feature{Resource: resourceType})
		}
		return needs
	}
	catalogue := slices.Concat(check.Catalogue{
		conforms("PRO-PATIENT-001", "Patient", "UKCore-Patient",
			"A clinician could act on the wrong person's record, because who it belongs to cannot be read reliably.", search("Patient")...),
		conforms("PRO-ORGANIZATION-001", "Organization", "UKCore-Organization",
			"A clinician could not tell which provider a record comes from.", search("Organization")...),
		conforms("PRO-ENCOUNTER-001", "Encounter", "UKCore-Encounter",
			"A visit could be shown as another kind of contact, or not at all.", search("Patient", "Encounter")...),
		conforms("PRO-CONDITION-001", "Condition", "UKCore-Condition",
			"A diagnosis could be dropped or misread by the receiving system.", search("Patient", "Condition")...),
		conforms("PRO-ALLERGY-001", "AllergyIntolerance", "UKCore-AllergyIntolerance",
			"An allergy could be dropped or misread by the receiving system before something is prescribed.", search("Patient", "AllergyIntolerance")...),
		conforms("PRO-MEDREQ-001", "MedicationRequest", "UKCore-MedicationRequest",
			"A medicine could be dropped or its dose misread by the receiving system.", search("Patient", "MedicationRequest")...),
		conforms("PRO-OBSERVATION-001", "Observation", "UKCore-Observation and the profiles derived from it",
			"A measurement could be shown at the wrong time, with the wrong unit, or not at all.", search("Patient", "Observation")...),
		conforms("PRO-DIAGREPORT-001", "DiagnosticReport", "UKCore-DiagnosticReport-Lab",
			"A laboratory report could be missing from the list of results.", search("Patient", "DiagnosticReport")...),
		conforms("PRO-IMMUNIZATION-001", "Immunization", "UKCore-Immunization",
			"A vaccination could be repeated or missed.", search("Patient", "Immunization")...),
		{
			ID: "PRO-FURTHER-001", Suite: "profile", Cause: result.ProfileDifference, Level: result.Must, Scope: check.PerSystem, Needs: search("Patient"),
			Title:       "records of further types, and the directory that records refer to, conform to FHIR and to what they claim",
			Requirement: []result.Ref{{ID: "resource", Source: "HL7 FHIR R4 4.0.1, and the UK Core profiles that are claimed"}},
			Hazard:      "A document, a booking or the number by which a clinician can be reached could be dropped by the receiving system.",
			Fix:         "Correct the element that each finding names; concord validate shows the same findings for a file.",
			Run:         further,
		},
		{
			ID: "PRO-CLAIM-001", Suite: "profile", Cause: result.ProfileDifference, Level: result.Must, Scope: check.PerSystem, Needs: search("Patient"),
			Title: "every resource claims a UK Core profile for its own type that Concord knows",
			Requirement: []result.Ref{
				{ID: "Instance-Conformance", Source: "UK Core Design and Development Approach: instances declare meta.profile"},
			},
			Hazard: "A receiving system could apply the wrong rules to a record, or refuse it.",
			Fix:    "Put the canonical URL of the UK Core profile of the declared sequence into meta.profile; leave the version out or give the one that is in force.",
			Run:    claims,
		},
		{
			ID: "PRO-REFERENCE-001", Suite: "profile", Cause: result.ReferenceBroken, Level: result.Must, Scope: check.PerSystem, Needs: search("Patient"),
			Title:       "every reference leads to a resource of the type it names",
			Requirement: []result.Ref{{ID: "references", Source: "HL7 FHIR R4 2.3 Resource References"}},
			Hazard:      "A clinician could not open the visit, the panel or the requester that a record points to.",
			Fix:         "Serve the resource under the reference that is given, or give the reference as an identifier only.",
			Run:         references,
		},
		{
			ID: "PRO-FUTURE-001", Suite: "profile", Cause: result.FutureDate, Level: result.Must, Scope: check.PerSystem, Needs: search("Patient"),
			Title: "nothing that has happened is dated in the future",
			Requirement: []result.Ref{
				{ID: "D45", Source: "Concord defect catalogue: future-dated event"},
			},
			Hazard: "A result that is dated in the future stays on top of the list and hides newer ones.",
			Fix:    "Check the date where the record enters, and its time zone.",
			Run:    futureDates,
		},
		{
			ID: "PRO-TEXT-001", Suite: "profile", Cause: result.CauseAltered, Level: result.Must, Scope: check.PerSystem, Needs: search("Patient"),
			Title:       "words are shown as they were written, without the escapes of another layer",
			Requirement: []result.Ref{{ID: "string", Source: "HL7 FHIR R4 2.24.0.1 Primitive Types: a string is Unicode characters; 2.6.2 JSON: UTF-8"}},
			Hazard:      "A name is not recognised, or an instruction is misread, because its letters were replaced on the way.",
			Fix:         "Escape once, where text is written into JSON or XML, take it back where it is read, and read and write UTF-8 throughout.",
			Run:         damaged,
		},
	}, ukChecks(search("Patient"), search("Patient", "Observation"), search("Patient")))
	for i := range catalogue {
		// A resource conforms or not, whoever made it up. What a code is called is looked up in the ledger, and whose words were
		// damaged before a system had them, nobody knows of other data.
		catalogue[i].AnyData = catalogue[i].ID != "PRO-DISPLAY-001" && catalogue[i].ID != "PRO-TEXT-001"
		catalogue[i].Run = pastSome(catalogue[i].Run)
	}
	return catalogue
}
