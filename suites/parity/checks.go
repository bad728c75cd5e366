package parity

import (
	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Checks lists the checks of the parity suite.
func Checks() check.Catalogue {
	r4 := func(section string) result.Ref {
		return result.Ref{ID: "FHIR-SEARCH", Source: "HL7 FHIR R4 " + section}
	}
	access := func(row string) result.Ref {
		return result.Ref{ID: row, Source: "UK Core Access 0.1.0 (HL7 UK, draft)"}
	}
	query := func(row string) result.Ref { return result.Ref{ID: row, Source: "NHS England query API (draft)"} }
	perSystem := func(c check.Check) check.Check {
		c.Suite, c.Level, c.Scope = "parity", result.Must, check.PerSystem
		return c
	}
	search := func(resourceType string) []check.Feature {
		return []check.Feature{{Resource: "Patient"}, {Resource: resourceType}}
	}
	catalogue := check.Catalogue{
		perSystem(check.Check{
			ID: "PAR-IDENTITY-001", Title: "a person is found by NHS number, and nobody else is",
			Requirement: []result.Ref{access("Patient.identifier SHALL"), r4("3.1.1.4.10 token")},
			Needs:       []check.Feature{{Resource: "Patient"}},
			AnyData:     true,
			FindsPeople: true,
			Hazard:      "A clinician is told that a patient has no record, or is shown somebody else's.",
			Fix:         "Give the NHS number under " + "https://fhir.nhs.uk/Id/nhs-number" + " and match system and value exactly.",
			Run:         findsByNHSNumber,
		}),
		perSystem(check.Check{
			ID: "PAR-IDENTITY-002", Area: result.AreaFacts, Title: "who is alive is shown as alive, and who has died as deceased",
			Requirement: []result.Ref{{ID: "UKCore-Patient", Source: "UK Core Patient: deceased[x] and death notification status"}},
			Needs:       []check.Feature{{Resource: "Patient"}},
			Hazard:      "A living patient's appointments are cancelled, or a family is asked to bring somebody who has died.",
			Fix:         "Take deceased[x] from the national demographics record, and correct it in every copy.",
			Run:         alive,
		}),
		perSystem(check.Check{
			ID: "PAR-IDENTITY-003", Area: result.AreaFacts, Title: "a Patient says of the person what the ledger says: name, sex, address, telephone, practice",
			Requirement: []result.Ref{{ID: "UKCore-Patient", Source: "UK Core Patient: demographics come from the national record (PDS)"}},
			Needs:       []check.Feature{{Resource: "Patient"}},
			Hazard:      "A letter, a call or an ambulance goes to the wrong address, or one patient is taken for another.",
			Fix:         "Take demographics from the national demographics record, and correct every copy when it changes.",
			Run:         demographics,
		}),
		perSystem(check.Check{
			ID: "PAR-DATE-001", Title: "a date search means the instant it states, in every offset and on both sides of it",
			Requirement: []result.Ref{query("Encounter.patient+date SHALL"), r4("3.1.1.4.6 date")}, Needs: search("Observation"),
			Hazard: "A result taken around midnight in summer time is left out of the day it belongs to.",
			Fix:    "Compare instants in UTC; ge and le include the boundary, gt and lt do not.",
			Run:    dateBoundaries,
		}),
		perSystem(check.Check{
			ID: "PAR-DATE-002", Title: "a partial date means the whole period it names",
			Requirement: []result.Ref{access("partial dates SHOULD work"), r4("3.1.1.4.6 date")}, Needs: search("Observation"),
			Hazard: "A search for last year's results finds those of 1 January only.",
			Fix:    "Treat 2019 as the interval from 2019-01-01 to the end of 2019-12-31, for the parameter and for the stored value.",
			Run:    partialDates,
		}),
		perSystem(check.Check{
			ID: "PAR-TOKEN-001", Title: "a token search tells code systems apart",
			Requirement: []result.Ref{r4("3.1.1.4.10 token")}, Needs: search("Observation"),
			Hazard: "A search for one test finds another that has the same code in another code system.",
			Fix:    "Match system and code together; code alone matches any system, |code only codes without one.",
			Run:    tokenForms,
		}),
		perSystem(check.Check{
			ID: "PAR-OR-001", Title: "a comma list finds what each of its values finds",
			Requirement: []result.Ref{r4("3.1.1.4.2 composite search, OR")}, Needs: search("Observation"),
			Hazard: "A results page that asks for several tests at once stays empty.",
			Fix:    "Split the value at unescaped commas and match any of them.",
			Run:    commaList,
		}),
		perSystem(check.Check{
			ID: "PAR-FILTER-001", Title: "a filter is applied, not silently ignored",
			Requirement: []result.Ref{access("AllergyIntolerance.clinical-status SHALL"), r4("3.1.1.3 unsupported parameters")},
			Needs:       search("AllergyIntolerance"),
			Hazard:      "Resolved problems and refuted allergies appear in the list of current ones.",
			Fix:         "Apply the parameter, or leave it out of the self link so that the caller can see that it was ignored.",
			Run:         filters,
		}),
		perSystem(check.Check{
			ID: "PAR-PAGE-001", Title: "the pages of an answer add up to the whole of it, once",
			Requirement: []result.Ref{r4("3.1.1.5.4 paging"), {ID: "H-PAGES", Source: "UK Core Access hazard: unread pages"}}, Needs: search("Observation"),
			Hazard: "A patient with many results loses all after the first few, and nothing says so.",
			Fix:    "Give a next link on every page but the last, and keep the order stable between pages.",
			Run:    paging,
		}),
		perSystem(check.Check{
			ID: "PAR-TOTAL-001", Title: "the total is the number of matches",
			Requirement: []result.Ref{r4("3.1.1.5.3 Bundle.total")}, Needs: search("Observation"),
			Hazard: "A clinician reads that there are fewer results than there are.",
			Fix:    "Count matches over all pages; included resources and outcomes do not count.",
			Run:    totals,
		}),
		perSystem(check.Check{
			ID: "PAR-SORT-001", Title: "sorting by date puts results in order, both ways",
			Requirement: []result.Ref{r4("3.1.1.5.1 _sort")}, Needs: search("Observation"),
			Hazard: "The newest result is not the one at the top.",
			Fix:    "Apply _sort before paging.",
			Run:    sorting,
		}),
		perSystem(check.Check{
			ID: "PAR-POST-001", Title: "a search by POST finds what the same search by GET finds",
			Requirement: []result.Ref{r4("3.1.1.1 search by POST")}, Needs: search("Observation"), AnyData: true,
			Hazard: "A client that keeps NHS numbers out of URLs sees another record than one that does not.",
			Fix:    "Read the parameters of POST [type]/_search from the form body and evaluate them as for GET.",
			Run:    postEqualsGet,
		}),
	}
	for _, row := range kindRows() {
		noun := nouns()[row.kind]
		catalogue = append(catalogue, check.Check{
			ID: "PAR-FACTS-" + row.id, Suite: "parity", Area: result.AreaFacts, Level: result.Must, Scope: check.PerPair, Peers: check.NoOther,
			Title: "each system shows the same " + noun + " as the records they come from",
			Requirement: []result.Ref{
				{ID: "PoC-PARITY", Source: "West Midlands pilot: data shared between separate system suppliers"},
				access(string(row.kind) + " search SHALL"),
			},
			Needs: search(string(row.kind)), Hazard: row.hazard,
			Fix: "Trace the business identifier that the finding names from its source through both systems.",
			Run: sameFacts(row.kind),
		}, check.Check{
			ID: "PAR-PAIR-" + row.id, Suite: "parity", Level: result.Must, Scope: check.PerPair,
			Title:       "both systems say the same about a person's " + noun,
			Requirement: []result.Ref{{ID: "PoC-PARITY", Source: "West Midlands pilot: data shared between separate system suppliers"}},
			Needs:       search(string(row.kind)), AnyData: true, Hazard: row.hazard,
			Fix: "Ask both systems the two questions of the finding, and trace where the record is lost or changed on its way.",
			Run: sameAsPeer(row.kind),
		})
	}
	catalogue = append(catalogue, perSystem(check.Check{
		ID: "PAR-UPDATED-002", Area: result.AreaFacts, Title: "meta.lastUpdated is the time of the last change, not that of loading",
		Requirement: []result.Ref{{ID: "meta.lastUpdated", Source: "HL7 FHIR R4 Resource.meta"}},
		Needs:       []check.Feature{{Resource: "Patient"}}, Cause: result.StaleFeed,
		Hazard: "A client that asks what has changed gets everything, or misses a change.",
		Fix:    "Carry the source's time of last change through the feed, or keep one of your own for each change.",
		Run:    updates,
	}))
	// A server may stamp what it is given with its own time; that is a weakness and not a fault.
	catalogue[len(catalogue)-1].Level = result.Should
	return append(catalogue, check.Check{
		ID: "PAR-MIRROR-001", Suite: "parity", Area: result.AreaCapability, AnyData: true, Level: result.Should, Scope: check.PerSystem,
		Title:       "request and correlation ids come back with the answer",
		Requirement: []result.Ref{{ID: "HEADERS", Source: "NHS England API platform: X-Request-ID and X-Correlation-ID are mirrored back"}},
		Hazard:      "The two sides' logs of one request cannot be joined when somebody asks who saw a record, or why it was late.",
		Fix:         "Copy X-Request-ID and X-Correlation-ID from every request to its answer, errors included.",
		Run:         idsComeBack,
	}, check.Check{
		ID: "PAR-SOURCE-001", Suite: "parity", Area: result.AreaFacts, Level: result.Must, Scope: check.PerPair, Peers: check.NoOther,
		Title: "every record says which provider it comes from",
		Requirement: []result.Ref{
			{ID: "PoC-LABEL", Source: "Federated records: the source of every entry is shown at the viewer"},
			{ID: "meta.source", Source: "HL7 FHIR R4 Resource.meta"},
		},
		Needs:  []check.Feature{{Resource: "Patient"}},
		Hazard: "A clinician cannot tell who to ring about a result, and the aggregator looks like its author.",
		Fix:    "Keep meta.source and the ODS tag of the original provider through every hop.",
		Run:    sources,
	})
}

// kindRow is what the checks of one kind of fact are made from.
type kindRow struct {
	id, hazard string
	kind       fixtures.Kind
}

func kindRows() []kindRow {
	return []kindRow{
		{"ALLERGY", "A clinician would not see an allergy, or how severe it is, and could prescribe what the patient must not have.", fixtures.AllergyIntolerance},
		{"APPOINTMENT", "A patient would be booked twice, or nobody would know that they are expected.", fixtures.Appointment},
		{"CAREPLAN", "Care would be given against what was agreed with the patient.", fixtures.CarePlan},
		{"COMPOSITION", "A discharge summary would be missing, or say something else than was written.", fixtures.Composition},
		{"CONDITION", "A clinician would not see a diagnosis, or would see one that was ruled out.", fixtures.Condition},
		{"CONSENT", "What the patient decided about sharing would not be known to those who must honour it.", fixtures.Consent},
		{"DISPENSE", "A clinician would not know which medicines the patient was really given.", fixtures.MedicationDispense},
		{"DOCUMENT", "A letter or plan could not be opened, or another one would be.", fixtures.DocumentReference},
		{"ENCOUNTER", "A clinician would not know of a visit elsewhere.", fixtures.Encounter},
		{"EPISODE", "Nobody could tell which services look after the patient.", fixtures.EpisodeOfCare},
		{"FLAG", "A warning about the patient's safety, or the staff's, would not be seen.", fixtures.Flag},
		{"IMMUNIZATION", "A vaccination would be repeated or missed.", fixtures.Immunization},
		{"MEDADMIN", "A dose would be given twice, or be thought given when it was not.", fixtures.MedicationAdministration},
		{"MEDREQ", "A clinician would not see a medicine, or would see a stopped one as current.", fixtures.MedicationRequest},
		{"OBSERVATION", "A test would be repeated, or read with the wrong value or unit.", fixtures.Observation},
		{"PROCEDURE", "An operation would not be known, and its consequences not be expected.", fixtures.Procedure},
		{"REFERRAL", "A referral would be made twice, or never be followed up.", fixtures.ServiceRequest},
		{"RELATED", "Nobody would know whom to ring.", fixtures.RelatedPerson},
		{"REPORT", "A clinician would not see a report, or would take a preliminary one for final.", fixtures.DiagnosticReport},
		{"SPECIMEN", "A result could not be traced to the sample it was measured in.", fixtures.Specimen},
		{"STATEMENT", "What the patient really takes would not be known, or a stopped medicine would look current.", fixtures.MedicationStatement},
		{"TASK", "Care that was ordered would not be given.", fixtures.Task},
	}
}
