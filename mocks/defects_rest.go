package mocks

import (
	"slices"

	"concord.example/concord/mocks/hostile"
)

// restDefects are faults of REST beneath the search, and of what the system says of itself. Each is a behaviour that real
// servers were seen to have, switched on in the mock itself.
func restDefects() []Defect {
	var defects []Defect
	behaviours := hostile.All()
	for _, row := range []struct{ id, severity, behaviour, breaks string }{
		{"D200", "S3", "statement-stu3-shapes", "a program that reads what the system offers stops, or reads it by guesswork"},
		{"D201", "S3", "fhir-version-stu3", "a client reads the record by the rules of another release"},
		{"D202", "S3", "statement-of-a-kind", "what is relied on is what a product can do, not what this server does"},
		{"D203", "S3", "declares-history-type", "a client that is built on what is declared fails when it is used"},
		{"D204", "S3", "rare-parameter-refused", "a list that is to be narrowed by a declared parameter stays empty"},
		{"D205", "S3", "declares-xml", "a client that reads XML because it is declared shows nothing"},
		{"D206", "S1", "read-gives-another", "a clinician opens one record and reads another"},
		{"D207", "S2", "vread-gives-another-version", "nobody can see what a record said when a decision was made"},
		{"D208", "S2", "history-lacks-present", "a correction cannot be told from the first entry"},
		{"D209", "S4", "head-not-found", "a gateway that looks before it fetches takes a record for absent"},
		{"D210", "S4", "condition-ignored", "every open list is fetched again and again"},
		{"D211", "S4", "plain-json-type", "a client that goes by the media type does not read the answer"},
		{"D212", "S4", "format-ignored", "somebody who opens the record in a browser gets an error"},
		{"D213", "S4", "json-whatever-accept", "a client is given what it said that it cannot read"},
		{"D214", "S3", "content-encoding-unasked", "the answer cannot be unpacked, and the record looks unreachable"},
		{"D215", "S3", "etag-unquoted", "a cache between the systems cannot tell two versions of a record apart"},
		{"D216", "S3", "etag-moves", "a client believes that a record changes all the time, and stops looking"},
		{"D217", "S3", "last-modified-no-http-date", "what has changed since the last look cannot be asked for"},
		{"D218", "S3", "unknown-type-is-empty", "a mistyped request looks like a record with nothing in it"},
		{"D219", "S3", "unknown-id-is-500", "a record that is gone looks like a broken system"},
		{"D220", "S3", "bad-request-is-500", "a typing error looks like an outage"},
		{"D221", "S1", "bad-nhs-number-is-no-filter", "a mistyped NHS number opens somebody's record"},
		{"D222", "S3", "errors-text", "whoever reads the error learns nothing of what to do"},
		{"D223", "S4", "errors-one-code", "a program cannot tell a record that is gone from a question that was wrong"},
		{"D224", "S2", "stack-trace", "whoever looks for a way in is told where to look"},
		{"D225", "S2", "everything-is-little", "somebody who takes the whole record along leaves most of it behind"},
		{"D226", "S3", "byte-order-mark", "many clients stop at the first character and show nothing"},
		{"D227", "S3", "no-search-mode-with-includes", "a result that was only sent along is taken for one that was asked for"},
		{"D228", "S3", "page-moves", "a clinician who goes back a page sees other results"},
		{"D229", "S3", "self-empty-after-post", "nobody can see what a search by POST has applied"},
		{"D230", "S4", "next-relative", "clients resolve the link to the next page differently, and some read the first page only"},
		{"D231", "S3", "sort-ties-move", "where many results have one date, turning the page loses some"},
		{"D232", "S4", "location-without-history", "nobody can tell which version of a record was kept"},
		{"D233", "S3", "write-without-etag", "a client overwrites what somebody else has changed meanwhile"},
		{"D234", "S1", "write-keeps-little", "a part of what was recorded is lost on the way in"},
		{"D235", "S1", "update-ignored", "a correction is answered as if it were made"},
		{"D236", "S2", "if-match-ignored", "what the first of two people wrote is gone"},
		{"D237", "S1", "other-id-taken", "what was meant for one record is written over another"},
		{"D238", "S3", "wrong-method-taken", "a program that is wrong about an address changes records"},
		{"D239", "S3", "wrong-media-taken", "what is no record is stored as one"},
		{"D240", "S2", "none-exist-ignored", "a record that is sent again is there twice"},
		{"D241", "S2", "conditional-update-creates", "a correction is stored beside the entry that it corrects"},
		{"D242", "S1", "delete-ignored", "an entry that was withdrawn is still read"},
		{"D243", "S2", "stale-search-after-write", "a clinician who looks again sees the record as it was before"},
	} {
		at := slices.IndexFunc(behaviours, func(b hostile.Behaviour) bool { return b.Name == row.behaviour })
		if at < 0 {
			continue // the kill matrix misses it
		}
		behaviour := behaviours[at]
		change := behaviour.Change()
		defects = append(defects, Defect{
			ID: row.id, Family: "rest", Severity: row.severity, Title: behaviour.Title, Breaks: row.breaks,
			hooks: hooks{request: behaviour.Request(basePath), reply: func(c *call, a *reply) {
				if c.fromNeighbour {
					return
				}
				x := hostile.NewExchange(c.request, basePath)
				x.Status, x.Header = a.status, a.header
				x.SetBody(a.body)
				change(x)
				a.status, a.header, a.body = x.Status, x.Header, x.Body()
			}},
		})
	}
	return defects
}
