package capability

import (
	"context"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Checks lists the checks of the capability suite.
func Checks() check.Catalogue {
	r4 := func(id, section string) []result.Ref {
		return []result.Ref{{ID: id, Source: "HL7 FHIR R4 " + section}}
	}
	http := func(id, section string) []result.Ref {
		return []result.Ref{{ID: id, Source: "RFC 9110 " + section}}
	}
	row := func(level result.Level, id, title, hazard, fix string, requirement []result.Ref, run func(context.Context, *check.Env) ([]result.Finding, error)) check.Check {
		return check.Check{
			ID: id, Suite: "capability", Level: level, Scope: check.PerSystem, AnyData: true, Title: title, Requirement: requirement, Hazard: hazard, Fix: fix, Run: run,
		}
	}
	const must, should = result.Must, result.Should
	return append(check.Catalogue{
		row(must, "CAP-STATEMENT-001", "the CapabilityStatement is a valid one of FHIR R4",
			"A program that reads what the system offers stops, and the record is not connected or is connected by guesswork.",
			"Correct the element that each finding names; validate /metadata before each release.", r4("CapabilityStatement", "CapabilityStatement"), validStatement),
		row(must, "CAP-STATEMENT-002", "the CapabilityStatement says that the system speaks FHIR R4",
			"A client that takes the version at its word reads the record by the rules of another release and drops what it does not know.",
			"Ask the base URL of the service of FHIR R4 (often another path), or, where it is this one, write fhirVersion 4.0.1.", r4("CapabilityStatement.fhirVersion", "CapabilityStatement.fhirVersion"), fhirVersion),
		row(must, "CAP-STATEMENT-003", "the CapabilityStatement is about this server: an instance, with a REST interface, under its own URL",
			"What is relied on is what a product can do, not what this server does.",
			"Write kind instance with implementation.url, and one rest of mode server that lists what this server offers.",
			r4("CapabilityStatement.kind", "CapabilityStatement: kind, implementation, rest"), ofThisInstance),
		row(must, "CAP-DECLARED-001", "every read, version, history and search that is declared works",
			"A client that is built on what is declared fails when it is used on a ward.",
			"Declare what this server does, and nothing else.", r4("CapabilityStatement.rest.resource.interaction", "3.1.0.9 capabilities"), declaredInteractions),
		row(must, "CAP-DECLARED-002", "every search parameter that is declared is known to the search",
			"A list is not narrowed as asked, or stays empty, although the system says that it can be searched so.",
			"Enable the parameter, or leave it out of the CapabilityStatement.", r4("CapabilityStatement.rest.resource.searchParam", "3.1.1.3 Search Parameters"), declaredParameters),
		row(must, "CAP-DECLARED-FORMAT", "every format that is declared is served",
			"A client that reads XML because it is declared shows nothing.",
			"Serve the format, or take it out of CapabilityStatement.format.", r4("CapabilityStatement.format", "3.1.0.1.10 content types"), declaredFormats),
		row(must, "CAP-READ-001", "a read gives the resource that was asked for",
			"A clinician opens one record and reads another.",
			"Give the resource of the type and id in the URL, or 404.", r4("read", "3.1.0.1 read"), reads),
		row(must, "CAP-VREAD-001", "a version that is asked for is the version that is given",
			"Nobody can see what a record said when a decision was made.",
			"Keep versions and give the one in the URL, or do not declare vread.", r4("vread", "3.1.0.2 vread"), versionRead),
		row(must, "CAP-HISTORY-001", "the history of a resource holds its present version",
			"A correction cannot be told from the first entry.",
			"Answer with a Bundle of type history, newest version first, or do not declare history-instance.", r4("history", "3.1.0.8 history"), history),
		row(should, "CAP-HEAD-001", "HEAD has the status and the headers of GET, and no body",
			"A gateway that looks before it fetches takes a record for absent.",
			"Answer HEAD as GET, without the body.", append(http("HEAD", "9.3.2 HEAD"), r4("HEAD", "3.1.0.6 (head as get)")...), headLikeGet),
		row(must, "CAP-CONDITIONAL-001", "a conditional read answers 304 while nothing has changed, and only then",
			"A copy is shown as if it were today's, or every open list is fetched again and again, and a ward's view becomes slow.",
			"Compare If-None-Match and If-Modified-Since as conditionalRead says, or declare not-supported.", r4("conditionalRead", "3.1.0.1.1 conditional read"), conditionalRead),
		row(should, "CAP-MEDIA-001", "answers say that they are FHIR in JSON, in UTF-8",
			"A client that goes by the media type does not read the answer, or reads names wrongly.",
			"Send Content-Type: application/fhir+json; charset=utf-8.", r4("mime-type", "3.1.0.1.10 content types"), mediaType),
		row(should, "CAP-MEDIA-002", "_format goes over Accept",
			"Somebody who opens the record in a browser gets what no browser shows, or an error.",
			"Let _format decide where it is given.", r4("_format", "3.1.0.1.10 content types"), formatOverAccept),
		row(should, "CAP-MEDIA-003", "a media type that is not served is refused",
			"A client is given what it said that it cannot read.",
			"Answer 406 with an OperationOutcome where neither Accept nor _format leaves a format that is served.",
			append(r4("Accept", "3.1.0.1.10 content types"), http("406", "15.5.7 406 Not Acceptable")...), unservedMedia),
		row(must, "CAP-ENCODING-001", "Content-Encoding says how the body is packed",
			"The answer cannot be unpacked, and the record looks unreachable.",
			"Write Content-Encoding: gzip when, and only when, the body is packed, and pack only for clients that accept it.", http("Content-Encoding", "8.4 Content-Encoding"), encoding),
		row(must, "CAP-ETAG-001", "an ETag is written as HTTP writes them",
			"A cache between the systems cannot tell two versions of a record apart.",
			`Write the tag in quotes: W/"3".`, append(http("ETag", "8.8.3 ETag"), r4("ETag", "3.1.0.5 ETag")...), etagForm),
		row(must, "CAP-ETAG-002", "an ETag changes only when the resource does",
			"A client believes that a record changes all the time, and no longer looks when it does, or is told that a corrected one has not changed.",
			"Derive the ETag from the version of the resource.", http("ETag", "8.8.1 weak and strong validators"), etagStable),
		row(must, "CAP-MODIFIED-001", "Last-Modified is an HTTP date, and that of meta.lastUpdated",
			"What has changed since the last look cannot be asked for.",
			"Write Last-Modified as RFC 9110 says (Mon, 02 Mar 2026 09:00:00 GMT), from meta.lastUpdated.", http("Last-Modified", "8.8.2 Last-Modified, 5.6.7 dates"), lastModified),
		row(must, "CAP-ERROR-TYPE", "a resource type that FHIR does not have is not found",
			"A mistyped request looks like a record with nothing in it.",
			"Answer 404 for a type that is not offered.", r4("status-codes", "3.1.1 and 3.1.0.1.6 errors"), unknownType),
		row(must, "CAP-ERROR-ID", "an id that there is not is not found, and one that cannot be is refused",
			"A record that is gone looks like a broken system, or a broken system like a record that is gone.",
			"Answer 404, or 410 for what was deleted, and 400 or 404 for what is no id.", r4("read", "3.1.0.1 read"), unknownID),
		row(must, "CAP-ERROR-VALUE", "what a client did wrong is a client's error, not the server's",
			"A typing error looks like an outage, and the help desk is called instead.",
			"Check parameters before they are used, and answer 400 with what is wrong.", r4("status-codes", "3.1.1.3.1 errors in a search"), malformedValue),
		row(must, "CAP-ERROR-NHS", "a number that fails the NHS number's check digit finds nobody",
			"A mistyped NHS number opens somebody's record.",
			"Compare identifiers exactly; answer with nobody, or refuse the number.", []result.Ref{{ID: "NHS-NUMBER", Source: "NHS Data Model and Dictionary: NHS NUMBER, check digit"}}, badNHSNumber),
		row(should, "CAP-ERROR-OUTCOME", "every error is an OperationOutcome with an issue",
			"Whoever reads the error learns nothing of what to do.",
			"Answer every error with an OperationOutcome: severity, code and what is wrong.", r4("OperationOutcome", "3.1.0.1.6: OperationOutcome with errors SHOULD"), errorOutcome),
		row(should, "CAP-ERROR-CODE", "the code of an error says what kind of error it is",
			"A program cannot tell a record that is gone from a question that was wrong.",
			"Use the codes of http://hl7.org/fhir/issue-type: not-found, not-supported, value, invalid and so on.", r4("OperationOutcome.issue.code", "OperationOutcome.issue.code"), errorCode),
		row(must, "CAP-TRACE-001", "no answer shows the inside of the program",
			"Whoever looks for a way in is told where to look, and may be shown parts of a record.",
			"Catch the failure, log it with an id, and answer with an OperationOutcome that names the id.",
			[]result.Ref{{ID: "CWE-209", Source: "CWE-209: error message with sensitive information"}}, stackTrace),
		row(must, "CAP-EVERYTHING-001", "$everything holds what a search for the same patient finds",
			"Somebody who takes the whole record along leaves a part of it behind.",
			"Fill $everything from the whole patient compartment, on as many pages as it takes, or do not declare it.", r4("Patient-everything", "Patient $everything"), everything),
		row(must, "CAP-SEARCHSET-001", "a searchset holds what FHIR says it may hold",
			"A client leaves out what it cannot place, and nobody sees that it did.",
			"Give every entry a resource of the type that was searched, once, with an id.", r4("searchset", "3.1.1.1.2 Search result bundle"), searchset),
		row(must, "CAP-SEARCHSET-002", "what was included is told from what matched",
			"A result that was only sent along is taken for one that was asked for.",
			"Write search.mode match or include on every entry where _include or _revinclude was asked for.", r4("Bundle.entry.search.mode", "3.1.1.1.2: includes in search results"), searchMode),
		row(must, "CAP-PAGE-001", "a page that is asked for again is the same page",
			"A clinician who goes back a page sees other results.",
			"Keep the search, or its order, for as long as its links hold.", r4("paging", "3.1.1.5.4 paging"), sameAgain),
		row(must, "CAP-PAGE-POST", "a search by POST can be paged through, and says what it applied",
			"A client that keeps NHS numbers out of URLs sees the first page only.",
			"Write next links that a GET can follow, and a self link with the parameters, for searches by POST too.", r4("paging", "3.1.1.1 search by POST, 3.1.1.5.4 paging"), pagesAfterPost),
		row(should, "CAP-PAGE-LINK", "the links of a searchset are absolute",
			"Clients resolve a relative link against different URLs, and some of them read the first page only.",
			"Write whole URLs into Bundle.link.", r4("Bundle.link", "Bundle.link, RFC 8288 relations; RFC 3986 5 reference resolution"), absoluteLinks),
		row(should, "CAP-PAGE-TIES", "results of one date keep their order, whatever the page size",
			"Where many results have one date, turning the page loses some and repeats others.",
			"Break ties of _sort by something that never changes, such as the id.", r4("_sort", "3.1.1.5.1 _sort, 3.1.1.5.4 paging"), tiesKeepOrder),
	}, writeChecks()...)
}
