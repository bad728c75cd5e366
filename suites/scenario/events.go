package scenario

import (
	"concord/internal/check"
	"concord/internal/result"
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
		alone(check.Check{
			ID: "SCN-P14", Title: "objection: the record objected to is gone on both sides, and back after the objection is withdrawn",
			Requirement: ref("OHC-OBJ", "One Health and Care, objection through the GP practice: the record is not viewable"),
			Needs:       search("Observation", "Condition", "Encounter"),
			Hazard:      "Somebody who asked for their record not to be shared is read by people across the boundary.",
			Fix:         "Apply the objection wherever the record leaves the system, to clients and to the neighbour alike.",
			Run:         objection,
		}),
		alone(check.Check{
			ID: "SCN-P33", Title: "correction: a result marked as entered in error stops looking live within five minutes, and is kept as an error",
			Requirement: ref("FHIR-STATUS", "HL7 FHIR R4 ObservationStatus: entered-in-error; programme target of five minutes"),
			Needs:       search("Observation"),
			Hazard:      "A result of another patient is acted on, or disappears without anybody learning that it was wrong.",
			Fix:         "Pass the status entered-in-error on at once; keep the resource, do not delete it.",
			Run:         correction,
		}),
	}
}
