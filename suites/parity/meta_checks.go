package parity

import (
	"context"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// needs is what a check must be offered: one of the grounds is enough, so only what all of them share.
func needs(grounds []place) []check.Feature {
	features := []check.Feature{{Resource: "Patient"}}
	for _, p := range grounds {
		if p.resourceType != grounds[0].resourceType {
			return features
		}
	}
	return append(features, check.Feature{Resource: grounds[0].resourceType})
}

// byPatientAlone are the checks of relations that need no filter beside the patient.
func byPatientAlone() []string {
	return []string{
		"PAR-META-COUNT", "PAR-META-PAGES", "PAR-META-SORT", "PAR-META-REPEAT", "PAR-META-SUBSETTED", "PAR-META-CHAIN", "PAR-META-INCLUDE",
		"PAR-IGNORED-VALUE", "PAR-IGNORED-SELF", "PAR-IGNORED-STRICT", "PAR-IGNORED-MALFORMED",
	}
}

// metaChecks are the checks that hold the answers of a system against each other. They need no ledger but to know whom to
// ask about.
func metaChecks(questions *Questions) check.Catalogue {
	results := place{"P02", "Observation"}
	allergies := place{"P27", "AllergyIntolerance"}
	long := place{"paging", "Observation"}
	r4 := func(section string) []result.Ref {
		return []result.Ref{{ID: "FHIR-SEARCH", Source: "HL7 FHIR R4 " + section}}
	}
	type look = func(context.Context, ground) ([]result.Finding, error)
	row := func(id, title string, level result.Level, source []result.Ref, hazard, fix string, run look, grounds ...place) check.Check {
		return check.Check{
			ID: id, Suite: "parity", AnyData: true, Title: title, Level: level, Scope: check.PerSystem, Requirement: source, Hazard: hazard, Fix: fix,
			Needs: needs(grounds), Run: on(grounds, !slices.Contains(byPatientAlone(), id), run),
		}
	}
	const (
		must   = result.Must
		should = result.Should
	)
	catalogue := check.Catalogue{
		row("PAR-META-PARTITION", "what has a value and what does not have it are everything, and nothing is both", should, r4("3.1.1.4.4 modifiers, :not"),
			"A list of everything but one status repeats records of that status, or leaves out others.",
			"Apply the parameter with and without :not to the same records.", partition, allergies, results),
		row("PAR-META-SUBSET", "a filter finds nothing that is not found without it", must, r4("3.1.1.4 search parameters"),
			"A record turns up under a filter that the whole record does not show.", "Page the answer without the filter to its end.", subset, long),
		row("PAR-META-UNION", "a comma list finds what each of its values finds", must, r4("3.1.1.4.2 OR"),
			"A results page that asks for several tests lacks some of them.", "Split the value at unescaped commas and match any of them.", unions, results),
		row("PAR-META-INTERSECTION", "two filters together find what both of them find", must, r4("3.1.1.4.2 AND"),
			"A search for one test in one year shows other tests, or other years.", "Apply every parameter of the search.", intersection, results),
		row("PAR-META-ORDER", "the order of the parameters changes nothing", must, r4("3.1.1.4 search parameters"),
			"Two programs that ask the same question see different records.", "Apply every parameter, wherever it stands.", permutation, results),
		row("PAR-META-TOKEN", "a code with its system finds a part of what the code alone finds", must, r4("3.1.1.4.10 token"),
			"A search for one test finds another that has the same code in another code system.", "Match system and code together.", tokenNesting, results),
		row("PAR-META-DATE", "what begins before an instant and what goes on from it are everything that is dated", must, r4("3.1.1.4.6 date"),
			"A result that was taken on the second that the search begins at is in neither half of the record.", "Let ge and le include the instant itself.", dateHalves,
			results, place{"dates", "Observation"}),
		row("PAR-META-COUNT", "the size of a page changes nothing about what is found", must, r4("3.1.1.5.4 paging"),
			"A viewer with small pages shows less of the record than one with large pages.", "Apply _count to pages, not to the answer, and link every page to the next.", countInvariance, results),
		row("PAR-META-PAGES", "the pages of an answer add up to the number that _summary=count states", must, r4("3.1.1.5.4 paging"),
			"The end of a long record is not shown, and nothing says so.", "Give a next link on every page but the last.", pageSum, long),
		row("PAR-META-SORT", "_sort orders results on all pages, both ways and always the same", should, r4("3.1.1.5.1 _sort"),
			"The newest result is not the one at the top.", "Sort before paging, and break ties by something that does not change.", sortOrder, results),
		row("PAR-META-SUMMARY", "_summary=count states the number of results", should, r4("3.1.1.5.9 _summary"),
			"A clinician reads that there are fewer results than there are.", "Count what the same search without _summary finds.", summaryCount, results),
		row("PAR-META-REPEAT", "the same question has the same answer when it is asked again", must, r4("3.1.0 RESTful API: search is safe"),
			"A record that was there a moment ago is gone when the page is opened again.", "Answer from one state of the data.", repetition, allergies, results),
		row("PAR-META-SUBSETTED", "a resource of which only a part is shown says so", should, r4("3.1.1.5.9 _summary, 3.1.1.5.10 _elements"),
			"A program stores a part of a record as if it were the whole.", "Tag what _elements or _summary cut with SUBSETTED.", subsetted, results),
		row("PAR-META-CHAIN", "a chained search finds what two searches find one after the other", should, r4("3.1.1.4.13 chained parameters"),
			"A search by NHS number in one step shows another record than one by the Patient's id.", "Evaluate the chain over every Patient that matches.", chain, results, allergies),
		row("PAR-META-INCLUDE", "_include brings what results refer to, and nothing else", should, r4("3.1.1.5.5 _include"),
			"A result is shown without who performed it, or a report without its results.", "Include every record of the chosen reference on the page of the match.", includeClosure,
			place{"P02", "DiagnosticReport"}, results),
		row("PAR-IGNORED-VALUE", "a search for a value that nothing has finds nothing", must, r4("3.1.1.3 unsupported parameters"),
			"A filter that is silently ignored shows everything as if it matched.", "Apply the parameter, or refuse the search.", nonsenseValue, allergies, results),
		row("PAR-IGNORED-SELF", "the self link names what was applied, and nothing else", must, r4("3.1.1.3.3 self link"),
			"A program cannot tell that a filter was ignored.", "Write into the self link only the parameters that were applied.", selfLink, allergies, results),
		row("PAR-IGNORED-STRICT", "an unknown parameter is refused when the client asks for strict handling", should, r4("3.1.1.3.2 handling=strict"),
			"A program that asks to be told of ignored filters is not told.", "Answer 400 with an OperationOutcome when Prefer says handling=strict.", strictHandling, allergies, results),
		row("PAR-IGNORED-MALFORMED", "a value that is no date is refused with an OperationOutcome", should, r4("3.1.1.4.6 date; 3.1.0.1.5 status codes"),
			"A mistyped date shows a record of another period.", "Answer 400 with an OperationOutcome that names the parameter.", malformed, results),
	}
	return append(catalogue, statementCheck(), aloneCheck(),
		check.Check{
			ID: "PAR-DECLARED-001", Suite: "parity", Area: result.AreaCapability, AnyData: true, Level: must, Scope: check.PerSystem,
			Title:       "what the CapabilityStatement declares of search is what the system does",
			Requirement: []result.Ref{{ID: "CapabilityStatement.rest.resource.searchParam", Source: "HL7 FHIR R4 CapabilityStatement"}, {ID: "CONTRACT", Source: "Concord search contract (concord contract list)"}},
			Needs:       []check.Feature{{Resource: "Patient"}},
			Hazard:      "A program relies on a filter that does nothing.", Fix: "Declare the parameters that are applied, and no others.",
			Run: declared(questions),
		},
		check.Check{
			ID: "PAR-DRIFT-001", Suite: "parity", Level: should, Scope: check.PerSystem, Exclusive: true,
			Title:       "nothing slips through between pages when a record is deleted meanwhile",
			Requirement: r4("3.1.1.5.4 paging"), Needs: []check.Feature{{Resource: "Patient"}, {Resource: "Observation"}},
			Hazard: "A result is skipped when something is filed while a clinician pages.", Fix: "Page through the answer as it was when the search began.",
			Run: pageDrift,
		},
		check.Check{
			ID: "PAR-UPDATED-001", Suite: "parity", Level: must, Scope: check.PerSystem, Exclusive: true,
			Title:       "a search for what was updated finds a record that was corrected",
			Requirement: []result.Ref{{ID: "meta.lastUpdated", Source: "HL7 FHIR R4 Resource.meta"}, {ID: "_lastUpdated", Source: "HL7 FHIR R4 3.1.1.4.1.2"}},
			Needs:       []check.Feature{{Resource: "Patient"}, {Resource: "AllergyIntolerance"}},
			Hazard:      "A neighbour that asks for what has changed keeps the wrong version.", Fix: "Set meta.lastUpdated whenever the resource changes in this system.",
			Run: lastUpdated,
		})
}
