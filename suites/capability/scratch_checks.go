package capability

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// writeChecks are those that write what they have made for themselves. They run alone, after all that read.
func writeChecks() check.Catalogue {
	r4 := func(id, section string) []result.Ref {
		return []result.Ref{{ID: id, Source: "HL7 FHIR R4 " + section}}
	}
	row := func(level result.Level, id, title, hazard, fix string, requirement []result.Ref, judge func(env *check.Env, s *written) ([]result.Finding, error)) check.Check {
		return check.Check{
			ID: id, Suite: "capability", Level: level, Scope: check.PerSystem, AnyData: true, Writes: true, Exclusive: true,
			Title: title, Requirement: requirement, Hazard: hazard, Fix: fix,
			Run: func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
				story, err := scratch(ctx, env)
				if err != nil {
					return nil, err
				}
				return judge(env, story)
			},
		}
	}
	const must, should = result.Must, result.Should
	return check.Catalogue{
		row(must, "CAP-WRITE-CREATE", "a create is answered with 201 and says where the new version is",
			"Whoever sends a record cannot tell whether it was kept, or where, and sends it again or not at all.",
			"Answer 201 with Location: [base]/[type]/[id]/_history/[vid].", r4("3.1.0.8", "3.1.0.8 create"), judgeCreate),
		row(should, "CAP-WRITE-TAGS", "the answers to writes name the version and when it was made",
			"A client that goes on with what it wrote reads it again first, or overwrites what somebody else has changed meanwhile.",
			"Send ETag with the version id and Last-Modified with each create and update.", r4("3.1.0.8-etag", "3.1.0.8 create; 3.1.0.5 update: ETag, Last-Modified"), judgeTags),
		row(must, "CAP-WRITE-READ", "what was created is read back as it was sent",
			"A part of what was recorded about a patient is lost on the way in, and nobody is told.",
			"Keep what is sent, or refuse it; say in OperationOutcome what is not kept.", r4("3.1.0.8-kept", "3.1.0.8 create; 3.1.0.2 read"), judgeRead),
		row(must, "CAP-WRITE-UPDATE", "an update is kept, as a new version",
			"A correction is answered as if it were made, and the wrong entry stays.", "Store the resource before answering 200, under a new version id.",
			r4("3.1.0.5", "3.1.0.5 update"), judgeUpdate),
		row(must, "CAP-WRITE-MATCH", "an update of a version that is no longer current is refused",
			"Two people correct one record, and what the first one wrote is gone without anybody noticing.",
			"Compare If-Match with the current version before writing, and answer 412.",
			append(r4("3.1.0.5.1", "3.1.0.5.1 managing resource contention"), result.Ref{ID: "RFC 9110 13.1.1", Source: "RFC 9110 13.1.1 If-Match"}), judgeMatch),
		row(must, "CAP-WRITE-ID", "an update whose body has another id than its URL is refused",
			"What was meant for one record is written over another.", "Compare the id in the body with that in the URL, and answer 400.",
			r4("3.1.0.5-id", "3.1.0.5 update: the id in the resource"), judgeOtherID),
		row(must, "CAP-WRITE-METHOD", "a method that is not offered at a place is refused, and nothing is written",
			"A program that is wrong about an address changes records by accident.", "Answer 405 with Allow and an OperationOutcome.",
			[]result.Ref{{ID: "RFC 9110 15.5.6", Source: "RFC 9110 15.5.6: 405 Method Not Allowed; HL7 FHIR R4 3.1.0.1.4"}}, judgeMethods),
		row(must, "CAP-WRITE-MEDIA", "a body in a type of media that is none of FHIR's is refused, and nothing is written",
			"What is no record, such as a page of an error, is stored as one.", "Answer 415 to every Content-Type but those that the CapabilityStatement names.",
			r4("3.1.0.1.10", "3.1.0.1.10 content types and encodings: 415 Unsupported Media Type"), judgeMedia),
		row(must, "CAP-WRITE-ONCE", "a create on the condition that there is none yet makes no second one",
			"A record that is sent again because its answer was lost is there twice.", "Search for If-None-Exist before creating; answer 200 for one match and 412 for several.",
			r4("3.1.0.8.1", "3.1.0.8.1 conditional create"), judgeOnce),
		row(must, "CAP-WRITE-UPSERT", "an update by a search changes the one resource that is found",
			"A correction is stored beside the entry that it corrects.", "Update the one match of the search; answer 412 for several.",
			r4("3.1.0.5.3", "3.1.0.5.3 conditional updates"), judgeUpsert),
		row(must, "CAP-WRITE-DELETE", "what was deleted is gone",
			"An entry that was withdrawn, because it was about somebody else, is still read.", "Answer reads of a deleted resource with 410 or 404.",
			r4("3.1.0.7", "3.1.0.7 delete"), judgeDelete),
		row(must, "CAP-WRITE-CACHE", "a search after a write tells what is there now, whether or not a cache may answer",
			"A clinician who looks again after an entry was made, corrected or withdrawn sees the record as it was before.",
			"Forget cached searches of a type when one of its resources is written, or keep none.",
			[]result.Ref{{ID: "RFC 9111 4.4", Source: "RFC 9111 4.4 invalidating stored responses; HL7 FHIR R4 3.1.1 search"}}, judgeCaches),
	}
}

// wrote is a finding about the answer to a write.
func wrote(env *check.Env, got *exchange.Exchange, rule, message, expected, actual string) result.Finding {
	finding := wrong(env, got, rule, env.System.Name+" "+message, expected, actual)
	finding.Query = env.System.CurlOf(got.Request)
	return finding
}

// statusLine is the status of an answer with what it says.
func statusLine(got *exchange.Exchange) string {
	return fmt.Sprintf("status %d: %s", got.Status, orNone(got.Body))
}

// made says that nothing was there to be written to; nil when it was.
func made(env *check.Env, s *written) error {
	if s.reference != "" {
		return nil
	}
	return check.NoData("%s made nothing that is read again where it says that it is, so that there was nothing to change (see CAP-WRITE-CREATE and CAP-WRITE-READ)",
		env.System.Name)
}

// took reports whether a write was answered as one that was made.
func took(got *exchange.Exchange) bool {
	return got != nil && got.Status >= http.StatusOK && got.Status < http.StatusMultipleChoices
}

func judgeCreate(env *check.Env, s *written) ([]result.Finding, error) {
	got := s.created
	if got.Status != http.StatusCreated {
		return []result.Finding{wrote(env, got, "create-status", fmt.Sprintf("answers a create with status %d", got.Status), "status 201 with a Location", statusLine(got))}, nil
	}
	location := got.Header.Get("Location")
	if location == "" {
		return []result.Finding{wrote(env, got, "location-missing", "does not say where what was created is", "Location: [base]/"+s.kind+"/[id]/_history/[vid]", "no Location")}, nil
	}
	at, ok := fhir.ParseReference(location)
	if !ok && !strings.Contains(location, "://") {
		// ParseReference takes no path that begins with a slash.
		at, ok = fhir.ParseReference(strings.TrimPrefix(location[strings.LastIndex("/"+location, "/"+s.kind+"/"):], "/"))
	}
	want := "[base]/" + s.kind + "/[id]/_history/[vid]"
	var findings []result.Finding
	switch {
	case !ok || at.Type != s.kind:
		return []result.Finding{wrote(env, got, "location-form", "says where what was created is in a form that is none", want, location)}, nil
	case s.reference != "" && at.Relative() != s.reference:
		return []result.Finding{wrote(env, got, "location-elsewhere", "says that what was created is where it is not", s.reference, location)}, nil
	case !strings.Contains(location, "://"):
		// RFC 9110 resolves it against the URL of the request, which clients do in different ways.
		one := wrote(env, got, "location-relative", "does not say the base URL of where what was created is", want, location)
		one.Severity = result.SeverityWarning
		findings = append(findings, one)
	}
	if at.Version == "" && fhir.Text(s.offer["versioning"]) != "no-version" {
		findings = append(findings, wrote(env, got, "location-version", "does not say which version was created", want, location))
	}
	return findings, nil
}

func judgeTags(env *check.Env, s *written) ([]result.Finding, error) {
	if !took(s.created) {
		return nil, check.NoData("%s made nothing", env.System.Name)
	}
	var findings []result.Finding
	for _, one := range []struct {
		what string
		got  *exchange.Exchange
		then *exchange.Exchange
	}{{"a create", s.created, s.read}, {"an update", s.updated, s.updatedRead}} {
		if !took(one.got) {
			continue
		}
		tag, modified := one.got.Header.Get("ETag"), one.got.Header.Get("Last-Modified")
		version := resourceOf(one.then).Text("meta", "versionId")
		switch {
		case tag == "":
			findings = append(findings, wrote(env, one.got, "write-etag-missing", "answers "+one.what+" without an ETag", `W/"[vid]"`, "no ETag"))
		case !isEntityTag(tag):
			findings = append(findings, wrote(env, one.got, "etag-form", "answers "+one.what+" with an ETag that is none", `W/"[vid]"`, tag))
		case one.then != nil && one.then.Header.Get("ETag") != "" && plainTag(one.then.Header.Get("ETag")) != plainTag(tag):
			findings = append(findings, wrote(env, one.got, "write-etag-otherwise", "answers "+one.what+" with the ETag of another version than is read then",
				one.then.Header.Get("ETag"), tag+" (version "+orNone(version)+")"))
		}
		if modified == "" {
			findings = append(findings, wrote(env, one.got, "write-modified-missing", "answers "+one.what+" without Last-Modified", "a date of HTTP", "no Last-Modified"))
		} else if _, err := http.ParseTime(modified); err != nil {
			findings = append(findings, wrote(env, one.got, "last-modified-form", "answers "+one.what+" with a Last-Modified that is no date of HTTP", "a date as Mon, 02 Mar 2026 09:00:00 GMT", modified))
		}
	}
	return findings, nil
}

// plainTag leaves out whether an entity tag is a weak one.
func plainTag(tag string) string { return strings.TrimPrefix(tag, "W/") }

func judgeRead(env *check.Env, s *written) ([]result.Finding, error) {
	if !took(s.created) {
		return nil, check.NoData("%s made nothing", env.System.Name)
	}
	switch {
	case s.read == nil:
		return []result.Finding{wrote(env, s.created, "write-lost", "answers a create as one that was made, and nothing of it can be found", "the resource, where Location says or by its identifier", statusLine(s.created))}, nil
	case !s.read.Succeeded():
		return []result.Finding{wrote(env, s.read, "write-lost", "answers a create as one that was made, and it cannot be read", "status 200", statusLine(s.read))}, nil
	case s.reference == "":
		return []result.Finding{wrote(env, s.read, "write-changed", "shows something else than was sent where it says that it is",
			"the id there, and the identifier "+exchange.ScratchSystem+"|"+env.System.Mark, s.read.Body)}, nil
	}
	if text := textOf(resourceOf(s.read)); text != textMade {
		return []result.Finding{wrote(env, s.read, "write-changed", "keeps something else than was sent", textMade, orNone(text))}, nil
	}
	return nil, nil
}

func judgeUpdate(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	got := s.updated
	switch {
	case got == nil:
		return nil, notOffered(env, "updates of "+s.kind)
	case !took(got):
		return []result.Finding{wrote(env, got, "update-refused", fmt.Sprintf("declares updates of %s and refuses one", s.kind), "status 200", statusLine(got))}, nil
	}
	now := resourceOf(s.updatedRead)
	var findings []result.Finding
	if text := textOf(now); !s.updatedRead.Succeeded() || text != textChanged {
		return []result.Finding{wrote(env, s.updatedRead, "update-lost", "answers an update as one that was made, and the resource says something else", textChanged, orNone(text)+" ("+statusLine(s.updatedRead)+")")}, nil
	}
	before, after := resourceOf(s.read).Text("meta", "versionId"), now.Text("meta", "versionId")
	if before != "" && before == after {
		findings = append(findings, wrote(env, s.updatedRead, "update-same-version", "changes a resource and keeps its version id", "a version id other than "+before, after))
	}
	return findings, nil
}

func judgeMatch(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	got := s.conflicting
	switch {
	case s.updated == nil:
		return nil, notOffered(env, "updates of "+s.kind)
	case got == nil:
		return nil, notOffered(env, "versions: its reads of what changed carry no ETag, or the same one")
	case took(got) || textOf(resourceOf(s.conflictingRead)) == textLate:
		return []result.Finding{wrote(env, got, "if-match-ignored", "makes an update of a version that is no longer current", "status 412, and nothing written", statusLine(got))}, nil
	case got.Status >= http.StatusInternalServerError:
		return []result.Finding{wrote(env, got, "error-status", "breaks on an update of a version that is no longer current", "status 412", statusLine(got))}, nil
	case got.Status != http.StatusPreconditionFailed:
		one := wrote(env, got, "if-match-status", "refuses an update of a version that is no longer current with another status than R4 gives it", "status 412", statusLine(got))
		one.Severity = result.SeverityWarning
		return []result.Finding{one}, nil
	}
	return nil, nil
}

// refusal judges the answer to a write that is to be refused with one of some statuses.
func refusal(env *check.Env, got *exchange.Exchange, rule, what string, statuses ...int) []result.Finding {
	switch {
	case got == nil || slices.Contains(statuses, got.Status):
		return nil
	case got.Status < http.StatusBadRequest:
		return []result.Finding{wrote(env, got, rule, "takes "+what, fmt.Sprintf("status %d, and nothing written", statuses[0]), statusLine(got))}
	case got.Status >= http.StatusInternalServerError:
		return []result.Finding{wrote(env, got, "error-status", "breaks on "+what, fmt.Sprintf("status %d", statuses[0]), statusLine(got))}
	default:
		one := wrote(env, got, "error-status", fmt.Sprintf("refuses %s with status %d", what, got.Status), fmt.Sprintf("status %d", statuses[0]), statusLine(got))
		one.Severity = result.SeverityWarning
		return []result.Finding{one}
	}
}

func judgeOtherID(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	if s.otherID == nil {
		return nil, notOffered(env, "updates of "+s.kind)
	}
	return refusal(env, s.otherID, "other-id-taken", "an update whose body has another id than its URL", http.StatusBadRequest, http.StatusUnprocessableEntity), nil
}

func judgeMethods(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	return slices.Concat(
		refusal(env, s.posted, "wrong-method-taken", "a create (POST) at the address of a resource", http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusBadRequest, http.StatusNotImplemented),
		refusal(env, s.put, "wrong-method-taken", "an update (PUT) that names no resource", http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusBadRequest,
			http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusNotImplemented),
	), nil
}

func judgeMedia(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	return refusal(env, s.plain, "wrong-media-taken", "a create that is called text/plain", http.StatusUnsupportedMediaType), nil
}

func judgeOnce(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	switch {
	case s.again == nil:
		return nil, notOffered(env, "conditional creates of "+s.kind)
	case len(s.againMore) > 0 || s.again.Status == http.StatusCreated:
		return []result.Finding{wrote(env, s.again, "none-exist-ignored", "makes a second one although there is one already", "status 200, and nothing created", statusLine(s.again))}, nil
	case s.again.Status == http.StatusNotModified:
		return nil, nil // older releases of FHIR said so, and nothing was created
	}
	if !s.again.Succeeded() {
		return []result.Finding{wrote(env, s.again, "none-exist-status", "declares creates on a condition and answers one of which there is one already with another status", "status 200", statusLine(s.again))}, nil
	}
	return nil, nil
}

func judgeUpsert(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	got := s.upserted
	declared, _ := s.offer["conditionalUpdate"].(bool)
	switch {
	case !declared:
		return nil, notOffered(env, "conditional updates of "+s.kind)
	case got == nil:
		return nil, check.NoData("a search for the identifier %s of %s does not find the one resource that was made alone, so that no update by a search was sent", env.System.Mark, env.System.Name)
	case len(s.upsertedMore) > 0 || got.Status == http.StatusCreated:
		return []result.Finding{wrote(env, got, "conditional-update-creates", "makes another one instead of changing the one that a search finds", "status 200", statusLine(got))}, nil
	}
	if !took(got) {
		return []result.Finding{wrote(env, got, "conditional-update-refused", "declares updates by a search and refuses one that finds one resource", "status 200", statusLine(got))}, nil
	}
	return nil, nil
}

func judgeDelete(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	got := s.deleted
	switch {
	case got == nil:
		return nil, check.NoData("the delete was not reached")
	case !took(got) && !interacts(s.offer, "delete"):
		return nil, notOffered(env, "deletes of "+s.kind+", so that what was written is left: "+result.List(s.left, nil))
	case !took(got):
		return []result.Finding{wrote(env, got, "delete-refused", fmt.Sprintf("declares deletes of %s and refuses one", s.kind), "status 204 or 200", statusLine(got))}, nil
	case s.deletedRead == nil || s.deletedRead.Status == http.StatusGone || s.deletedRead.Status == http.StatusNotFound:
		return nil, nil
	}
	return []result.Finding{wrote(env, s.deletedRead, "delete-lost", "answers a delete as one that was made, and the resource is still read", "status 410 or 404", statusLine(s.deletedRead))}, nil
}

func judgeCaches(env *check.Env, s *written) ([]result.Finding, error) {
	if err := made(env, s); err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, l := range s.looks {
		if resourceOf(l.fresh).Type() != "Bundle" || resourceOf(l.kept).Type() != "Bundle" {
			return nil, notOffered(env, "a search of "+s.kind+" by identifier that it answers")
		}
		kept, fresh, bare := l.says(l.kept), l.says(l.fresh), shows(l.fresh)
		actual := fmt.Sprintf("%s; with Cache-Control: no-cache %s", kept, fresh)
		switch {
		case kept == fresh && bare == l.expected(): // a total that is always wrong is for the checks of searches to charge
		case kept != fresh && bare == l.expected():
			one := wrote(env, l.kept, "stale-cache", "answers a search after "+l.after+" with what was there before", l.expected(), actual)
			one.Cause = result.StaleFeed
			findings = append(findings, one)
		default:
			one := wrote(env, l.fresh, "search-late", "answers a search after "+l.after+" with what was there before, also past its caches", l.expected(), actual)
			one.Severity = result.SeverityWarning // R4 does not say how soon
			findings = append(findings, one)
		}
	}
	return findings, nil
}

// expected is what a search is to show.
func (l look) expected() string {
	if !l.present {
		return nothing
	}
	return "one that says " + l.text
}

// says is what an answer to the search shows, with a total that contradicts it.
func (l look) says(got *exchange.Exchange) string {
	text := shows(got)
	if total, ok := resourceOf(got)["total"].(json.Number); ok && text == nothing && total.String() != "0" {
		return "a total of " + total.String() + " and no entry"
	}
	return text
}

// nothing is what an answer without entries shows.
const nothing = "nothing"

// shows are the entries of an answer to the search.
func shows(got *exchange.Exchange) string {
	var texts []string
	for _, entry := range fhir.Entries(resourceOf(got)) {
		if entry.Resource.Type() != "OperationOutcome" {
			texts = append(texts, "one that says "+textOf(entry.Resource))
		}
	}
	if len(texts) == 0 {
		return nothing
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
