package scenario

import (
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// eventChecks lists the scenarios in which something happens while they are played.
func eventChecks() check.Catalogue {
	search := func(resourceTypes ...string) []check.Feature {
		needs := []check.Feature{{Resource: "Patient"}}
		for _, resourceType := range resourceTypes {
			needs = append(needs, check.Feature{Resource: resourceType})
		}
		return needs
	}
	ref := func(id, source string) []result.Ref { return []result.Ref{{ID: id, Source: source}} }
	alone := func(c check.Check) check.Check {
		c.Suite, c.Level, c.Scope, c.Exclusive = "scenario", result.Must, check.PerPair, true
		c.Peers = check.Neighbour
		return c
	}
	// The source puts the comparison on whoever shows the record, so a system that leaves it to the viewer only weakens it.
	should := func(c check.Check) check.Check {
		c.Level = result.Should
		return c
	}
	first := func(c check.Check) check.Check {
		c.Suite, c.Level, c.First = "scenario", result.Must, true
		return c
	}
	calm := func(c check.Check) check.Check {
		c.Suite, c.Level = "scenario", result.Must
		return c
	}
	perSystem := func(c check.Check) check.Check {
		c.Scope = check.PerSystem
		return c
	}
	return check.Catalogue{
		alone(check.Check{
			ID: "SCN-P10", Title: "provider down: everybody else's records are shown in time, and the missing provider is named",
			Requirement: ref("MEDS-FED", "UK Core implementation guide for medicines: a query response includes which provider systems could not be queried"),
			Needs:       search("Observation"),
			Hazard:      "A clinician takes an incomplete record for a whole one, or sees nothing at all because one hospital is off line.",
			Fix:         "Answer with what can be had, and add an OperationOutcome entry that names the provider that could not be asked.",
			Run:         providerDown,
		}),
		alone(check.Check{
			ID: "SCN-P10-STALE", Title: "provider down: records whose feed has stopped say how old they are",
			Requirement: ref("MEDS-FED", "UK Core implementation guide for medicines: federated shared record, superseded copies"),
			Needs:       search("Observation"),
			Hazard:      "A clinician acts on last week's record as if it were today's.",
			Fix:         "Add an OperationOutcome entry that names the provider and the time of the last update.",
			Run:         staleFeed,
		}),
		alone(check.Check{
			ID: "SCN-P11", Title: "neighbour down: own records are shown in time, and nothing of the neighbour's as current",
			Requirement: []result.Ref{
				{ID: "MEDS-FED", Source: "UK Core implementation guide for medicines: a query response includes which provider systems could not be queried"},
				{ID: "GPC-PERF", Source: "GP Connect, volume and performance: a query SHALL take less than 3,000 ms"},
			},
			Needs:  search("Observation"),
			Hazard: "A clinician in an emergency gets no record at all, or half of one that looks whole.",
			Fix:    "Give the neighbour a budget well below three seconds, then answer without it and say so in an OperationOutcome entry.",
			Run:    peerDown,
		}),
		perSystem(first(check.Check{
			ID: "SCN-P12", Title: "latency: every answer comes within three seconds, and 95 of 100 within one",
			Requirement: ref("GPC-PERF", "GP Connect, volume and performance: a query SHOULD take less than 1,000 ms and SHALL take less than 3,000 ms"),
			Needs:       search("Organization", "Observation", "Encounter"),
			Hazard:      "A clinician gives up waiting and treats without the record.",
			Fix:         "Find what the slowest questions wait for; give the neighbour and every provider a budget of their own.",
			Run:         fastEnough,
		})),
		perSystem(alone(check.Check{
			ID: "SCN-P13", Title: "two in the morning, clocks going back: two contacts at half past one are shown in order, or the service says that it is closed",
			Requirement: []result.Ref{
				{ID: "FHIR-INSTANT", Source: "HL7 FHIR R4 2.24.0.1 dateTime: an offset SHALL be given with a time"},
				{ID: "NRL-CLASS", Source: "National Record Locator: service availability class"},
			},
			Needs:  search("Encounter"),
			Hazard: "A second visit of the night looks like the first one, or nobody answers at night and nothing says so.",
			Fix:    "Keep the offset of the source, sort by instants, and answer with an OperationOutcome when the service is closed.",
			Run:    clockChange,
		})),
		alone(check.Check{
			ID: "SCN-P14", Title: "objection: the record objected to is gone on both sides, and back after the objection is withdrawn",
			Requirement: ref("OHC-OBJ", "One Health and Care, objection through the GP practice: the record is not viewable"),
			Needs:       search("Observation", "Condition", "Encounter"),
			Hazard:      "Somebody who asked for their record not to be shared is read by people across the boundary.",
			Fix:         "Apply the objection wherever the record leaves the system, to clients and to the neighbour alike.",
			Run:         objection,
		}),
		calm(check.Check{
			ID: "SCN-P18", Scope: check.PerSystem, Title: "superseded number: the old NHS number leads to the present record, and no fact is left behind",
			Requirement: ref("PDS-SUPERSEDED", "NHS England PDS FHIR: a superseded NHS number returns the record that replaced it"),
			Needs:       search("Encounter", "Observation", "Condition"),
			Hazard:      "Half of a patient's history stays under a number that nobody uses any more.",
			Fix:         "Resolve a superseded number to the surviving record, or return the old one inactive with a link of type replaced-by.",
			Run:         superseded,
		}),
		alone(check.Check{
			ID: "SCN-P19", Title: "merge and un-merge: facts follow the person when two records become one, and when they part again",
			Requirement: ref("GN-LINK", "Graphnet, Find Patient: records of one person are linked and can be unlinked over time"),
			Needs:       search("Encounter", "Observation"),
			Hazard:      "Contacts are lost when two records become one, or shown to the wrong person when they part.",
			Fix:         "Move what is about the losing record to the survivor, remember what was moved, and give it back when the merge is undone.",
			Run:         mergeAndBack,
		}),
		alone(check.Check{
			ID: "SCN-P21", Title: "onboarding: a hospice that joins is listed, shown, labelled and valid, and nothing else changes",
			Requirement: ref("PROG-GROWTH", "West Midlands pilot: more providers join both records"),
			Needs:       search("Organization", "Observation"),
			Hazard:      "A new hospice believes that its records are shared, and nobody sees them.",
			Fix:         "Connect the provider's feed, list it in the directory under its ODS code, and run the sweep again.",
			Run:         onboarding,
		}),
		perSystem(calm(check.Check{
			ID: "SCN-P06-HOME", Title: "cross-border patient: their practice, and its integrated care board, are those of their home",
			Requirement: []result.Ref{pilot("sharing works across boundaries")},
			Needs:       search("Organization"),
			Hazard:      "A patient is discharged to the community team of an area that they do not live in.",
			Fix:         "Take Patient.generalPractitioner from the demographic source, and Organization.partOf from the directory, on both sides of the border.",
			Run:         homeBoard,
		})),
		perSystem(calm(check.Check{
			ID: "SCN-P16-CODES", Title: "sensitive items: a search by code or by identifier does not find what is agreed never to be shown",
			Requirement: ref("OHC-STAFF", "One Health and Care, for staff: items of sexual health, fertility and gender services are not shared; GP Connect: sensitive exclusion dataset"),
			Needs:       search("Condition"),
			Hazard:      "What a patient told one service in confidence is found by everybody who searches for it.",
			Fix:         "Leave excluded items out of every way of asking, not only out of lists.",
			Run:         sensitiveCodes,
		})),
		perSystem(calm(check.Check{
			ID: "SCN-P22", Title: "provider succession: history keeps the practice that recorded it, and the directory leads to its successor",
			Requirement: ref("ODS-SUCCESSION", "NHS Organisation Data Service: succession of organisations"),
			Needs:       search("Organization", "Condition", "Observation"),
			Hazard:      "A clinician rings a practice that has closed, or believes that the new one recorded what it did not.",
			Fix:         "Keep the source of history; keep the closed organisation, inactive, with a reference to its successor.",
			Run:         succession,
		})),
		calm(check.Check{
			ID: "SCN-P31", Scope: check.PerPair, Peers: check.Neighbour, Title: "break-glass: the override is recorded with its reason, and both sides are alerted",
			Requirement: ref("IGJ2", "Information governance framework, journey 2: every access across a boundary has a purpose and is audited; Summary Care Record: self-claimed access raises an alert"),
			Needs:       search("AuditEvent", "Observation", "Condition", "Encounter"),
			Hazard:      "Somebody opens a record without a reason to, and nobody notices.",
			Fix:         "Pass the purpose of use to the neighbour with every request, and raise an AuditEvent with subtype 110127 on both sides.",
			Run:         breakGlass,
		}),
		calm(check.Check{
			ID: "SCN-P32", Scope: check.PerPair, Peers: check.Neighbour, Title: "audit join: one correlation id tells on both sides who looked at whose record, when, why and for whom",
			Requirement: []result.Ref{
				{ID: "IGJ2", Source: "Information governance framework, journey 2: robust audit on each access"},
				{ID: "BALP", Source: "IHE Basic Audit Log Patterns: patient query"},
			},
			Needs:  search("AuditEvent", "Observation", "Condition", "Encounter"),
			Hazard: "Nobody can tell a patient who has looked at their record.",
			Fix: "Pass the correlation id, the organisation, the user and the purpose on to the neighbour, and record them on both sides. The user's role profile " +
				"comes as NHSD-Session-URID; where a token says who asks, give the header of the role that goes with it under roles: clinician: of the system.",
			Run: auditJoin,
		}),
		calm(check.Check{
			ID: "SCN-P36", Scope: check.PerSystem, Title: "synthetic data only: Concord refuses to send an NHS number outside the test range",
			Requirement: ref("SYNTHETIC", "NHS England guidance on synthetic data: NHS numbers from 999 000 0000 to 999 999 9999 are never issued"),
			Hazard:      "A test asks about a living person.",
			Fix:         "This is Concord's own duty. Stop using this build and report it.",
			Run:         syntheticOnly,
		}),
		should(alone(check.Check{
			ID: "SCN-P34-WARNING", Title: "demographics: while the systems hold different dates of birth, every answer from across the boundary warns of it",
			Requirement: ref("GPC-DEMOGRAPHICS", "GP Connect general guidance: family, given, gender and birthDate are compared, and differences surfaced before clinical data"),
			Needs:       search("Observation", "Condition", "Encounter"),
			Hazard:      "The neighbour's records of somebody else are read as the patient's own.",
			Fix:         "Compare who the neighbour says the person is with who your own record says it is, and add an OperationOutcome entry when they differ.",
			Run:         mismatch,
		})),
		alone(check.Check{
			ID: "SCN-P33", Title: "correction: a result marked as entered in error stops looking live within the agreed lag, and is kept as an error",
			Requirement: ref("FHIR-STATUS", "HL7 FHIR R4 ObservationStatus: entered-in-error; how soon is agreed (policy: lag)"),
			Needs:       search("Observation"),
			Hazard:      "A result of another patient is acted on, or disappears without anybody learning that it was wrong.",
			Fix:         "Pass the status entered-in-error on at once; keep the resource, do not delete it.",
			Cause:       result.EnteredInError,
			Run:         correction,
		}),
	}
}
