package parity

import (
	"context"

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
	references := row("REFERENCE", "every declared reference is found by its relative and its absolute form, and not at another server", "3.1.1.4.12 reference",
		"Records are not found by the person or place that they belong to, or another server's are taken for them.",
		"Resolve a reference to the server's own base, and to no other.", search.Reference)
	references.Run = withIDs(references.Run)
	ask := func(id, title string, level result.Level, section, hazard, fix string, look func(context.Context, ground) ([]result.Finding, error)) check.Check {
		c := row(id, title, section, hazard, fix)
		c.Level, c.Run = level, onHeld(look)
		return c
	}
	return check.Catalogue{
		row("DATE", "every declared date is found by every comparator with a year, a month, a day and an instant", "3.1.1.4.6 date; 3.1.1.4.5 prefixes",
			"A record of the very period that was asked for is not in the answer.",
			"Read a date as the period that it names: ge and le include what lies in it, and a Period has an end.", search.Date),
		row("TOKEN", "every declared code is found with its system, without one, by the system alone, and not in another", "3.1.1.4.10 token",
			"A search for one test or one number finds another, or nothing.", "Compare system and code as the form of the token says.", search.Token),
		row("STRING", "every declared text is found from its start, whatever its case, and by :exact and :contains", "3.1.1.4.8 string",
			"A person is not found by the name that they go by.", "Compare texts without case and accents, from the start, unless a modifier says otherwise.", search.String),
		references,
		row("VALUE", "every declared amount, number, URI and pair is found by each of its forms", "3.1.1.4.11 quantity; 3.1.1.4.4 number; 3.1.1.4.13 uri; 3.1.1.4.9 composite",
			"A result beyond a limit is not found, or one in another unit is.", "Compare a number as the range that its digits name, a unit by its code or its words, and a URI exactly, as it stands in the record.",
			search.Quantity, search.Number, search.URI, search.Composite),
		ask("OTHERSERVER", "a patient of another server is not taken for the one who has the same id here", result.Must, "3.1.1.4.12 reference",
			"The records of one patient are shown for another.", "Compare the base of an absolute reference with the server's own.", foreignPatient),
		ask("MODIFIER", "a modifier that the parameter does not have is refused", result.Must, "3.1.1.4.4 modifiers",
			"A question that was not understood is answered as if it had been another.", "Answer 400 with an OperationOutcome that names the modifier.", unknownModifiers),
		ask("EMPTY", "a search whose value is empty does not find everybody", result.Should, "3.1.1.3 parameters",
			"A search whose value got lost on the way shows the records of everybody.", "Answer 400, or find nothing, where a parameter has no value.", emptyValues),
		ask("MALFORMED", "a value that a parameter does not have is refused, and breaks nothing", result.Should, "3.1.1.4 parameter types; 3.1.0.1.5 status codes",
			"A mistyped question looks as if it had been answered.", "Answer 400 with an OperationOutcome that names the parameter.", malformedValues),
		ask("LENIENT", "an unknown parameter is ignored when the client asks for lenient handling", result.Should, "3.1.1.3.2 handling=lenient",
			"A program that would do with less gets nothing.", "Ignore what is unknown when Prefer says handling=lenient, and leave it out of the self link.", lenientHandling),
		ask("REFUSED", "a search parameter that is declared is not refused", result.Must, "3.1.1.3 parameters",
			"A program relies on a filter that is switched off.", "Declare the parameters that are on, and no others.", refusedParameters),
		ask("POST", "a search by POST applies the parameters of its URL as well", result.Must, "3.1.1.2 search by POST",
			"A search about one patient shows the records of others.", "Apply the parameters of the URL and of the form together.", postedParameters),
		ask("SELF", "the self link names what was applied, whatever way the search came", result.Should, "3.1.1.3.3 self link",
			"A program cannot tell that a filter was ignored.", "Write a self link with all applied parameters into every searchset.", selfLinks),
		ask("COUNT", "_count=0 is answered with the number of matches and none of them", result.Must, "3.1.1.5.4 _count",
			"A program that asks for a number loads the whole record.", "Treat _count=0 as _summary=count.", countNothing),
		ask("CACHE", "an answer that was kept stands for no other question", result.Must, "3.1.0 RESTful API: search is safe; RFC 9111, 4",
			"The records of one patient are shown for another, or as they were before.", "Keep answers by the whole of the question, and only as long as nothing is written.", keptAnswers),
	}
}

// withIDs asks as well whether a patient's records are found by the id alone: every other question puts up with it where they are not.
func withIDs(run func(context.Context, *check.Env) ([]result.Finding, error)) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		findings, err := run(ctx, env)
		if wrong := env.System.IDAlone(ctx); wrong != nil {
			return append([]result.Finding{*wrong}, findings...), nil
		}
		return findings, err
	}
}
