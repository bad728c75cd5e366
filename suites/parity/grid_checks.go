package parity

import (
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
)

// gridChecks are the checks that ask what the grid has, one for each type of parameter.
func gridChecks(questions *Questions) check.Catalogue {
	row := func(id, title, section, hazard, fix string, kinds ...search.Kind) check.Check {
		return check.Check{
			ID: "PAR-GRID-" + id, Suite: "parity", AnyData: true, Level: result.Must, Scope: check.PerSystem, Title: title,
			Requirement: []result.Ref{{ID: "FHIR-SEARCH", Source: "HL7 FHIR R4 " + section}}, Hazard: hazard, Fix: fix,
			Needs: []check.Feature{{Resource: "Patient"}}, Run: grid(questions, kinds...),
		}
	}
	return check.Catalogue{
		row("DATE", "every declared date is found by every comparator with a year, a month, a day and an instant", "3.1.1.4.6 date; 3.1.1.4.5 prefixes",
			"A record of the very period that was asked for is not in the answer.",
			"Read a date as the period that it names: ge and le include what lies in it, and a Period has an end.", search.Date),
		row("TOKEN", "every declared code is found with its system, without one, by the system alone, and not in another", "3.1.1.4.10 token",
			"A search for one test or one number finds another, or nothing.", "Compare system and code as the form of the token says.", search.Token),
		row("STRING", "every declared text is found from its start, whatever its case, and by :exact and :contains", "3.1.1.4.8 string",
			"A person is not found by the name that they go by.", "Compare texts without case and accents, from the start, unless a modifier says otherwise.", search.String),
		row("REFERENCE", "every declared reference is found by its relative and its absolute form, and not at another server", "3.1.1.4.12 reference",
			"Records are not found by the person or place that they belong to, or another server's are taken for them.",
			"Resolve a reference to the server's own base, and to no other.", search.Reference),
		row("VALUE", "every declared amount, number, URI and pair is found by each of its forms", "3.1.1.4.11 quantity; 3.1.1.4.4 number; 3.1.1.4.13 uri; 3.1.1.4.9 composite",
			"A result beyond a limit is not found, or one in another unit is.", "Compare the number as the range that its digits name, and the unit by its code or its words.",
			search.Quantity, search.Number, search.URI, search.Composite),
	}
}
