package scenario

import (
	"concord/internal/check"
	"concord/internal/result"
)

// Checks lists the checks of the scenario suite.
func Checks() check.Catalogue {
	search := func(resourceTypes ...string) []check.Feature {
		needs := []check.Feature{{Resource: "Patient"}}
		for _, resourceType := range resourceTypes {
			needs = append(needs, check.Feature{Resource: resourceType})
		}
		return needs
	}
	pilot := func(phrase string) result.Ref {
		return result.Ref{ID: "PILOT", Source: "West Midlands pilot, March 2023: " + phrase}
	}
	catalogue := check.Catalogue{
		{
			ID: "SCN-P01", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
			Title:       "twenty contacts: the patient does not have to tell their history again",
			Requirement: []result.Ref{pilot("a patient told their history more than 20 times across three ICS areas")},
			Needs:       search("Encounter"),
			Hazard:      "A clinician at the 22nd contact does not see what the 21 before have found.",
			Fix:         "Trace each fact that the finding names from the provider that recorded it to the system that was asked.",
			Run:         twentyContacts,
		},
		{
			ID: "SCN-P02", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
			Title:       "recent blood test: last week's result is found once, with its latest value",
			Requirement: []result.Ref{pilot("a GP who can see a recent test does not repeat it")},
			Needs:       search("Observation"),
			Hazard:      "A GP repeats a blood test, or acts on a value that was corrected.",
			Fix:         "Show the latest version of a result once, with its status, unit, reference range and time.",
			Run:         recentBloodTest,
		},
		{
			ID: "SCN-P06", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
			Title:       "cross-border patient: both systems show one record of a patient treated in the other area",
			Requirement: []result.Ref{pilot("sharing works across boundaries")},
			Needs:       search("Encounter", "Condition", "Observation", "MedicationRequest"),
			Hazard:      "A hospital stay across the border is unknown at home.",
			Fix:         "Ask the neighbour for every patient who is known to it, whatever their home area.",
			Run:         crossBorder,
		},
		{
			ID: "SCN-P27", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
			Title:       "allergies: every allergy is shown, and refuted or mistaken ones are not shown as live",
			Requirement: []result.Ref{{ID: "UKCore-AllergyIntolerance", Source: "UK Core guidance: no known allergies is ignored when any allergy is active"}},
			Needs:       search("AllergyIntolerance"),
			Hazard:      "A patient with a severe penicillin allergy is given penicillin.",
			Fix:         "Keep reaction severity, verification status and criticality through every hop.",
			Run:         allergies,
		},
		{
			ID: "SCN-P28", Suite: "scenario", Level: result.Must, Scope: check.PerSystem,
			Title:       "medicines: the current list holds every active medicine and no stopped one",
			Requirement: []result.Ref{{ID: "MEDS-FED", Source: "UK Core implementation guide for medicines: federated shared record"}},
			Needs:       search("MedicationRequest"),
			Hazard:      "A stopped medicine is given again, or an active one is left out.",
			Fix:         "Pass on the status of the source; a stopped request must not become active on the way.",
			Run:         medicines,
		},
		{
			ID: "SCN-P08-DIRECTORY", Suite: "scenario", Level: result.Must, Scope: check.PerProvider,
			Title:       "848 sweep: the provider is found by its ODS code",
			Requirement: []result.Ref{pilot("data from 848 providers can be shared")},
			Needs:       []check.Feature{{Resource: "Organization"}},
			Hazard:      "A clinician cannot tell which provider a record comes from, or ring it.",
			Fix:         "List the provider in the directory under its ODS organisation code.",
			Run:         directory,
		},
		{
			ID: "SCN-P08-VISIBLE", Suite: "scenario", Level: result.Must, Scope: check.PerProvider,
			Title:       "848 sweep: what the provider recorded about its seeded patient is visible",
			Requirement: []result.Ref{pilot("data from 848 providers can be shared")},
			Needs:       search(),
			Hazard:      "Nothing that this provider records is seen anywhere else.",
			Fix:         "Check the provider's feed, and that the neighbour's data about the patient is asked for.",
			Run:         visible,
		},
	}
	return append(catalogue, eventChecks()...)
}
