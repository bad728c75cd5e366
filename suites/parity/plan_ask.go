package parity

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// errNotThere says that a system does not show a record that a question needs.
var errNotThere error = &check.Inconclusive{Reason: result.NoData, Detail: "the record that the question needs is not shown"}

// asker puts planned questions to one system. Answers are shared by the endpoint, so it keeps none.
type asker struct {
	system *check.Endpoint
	// values may know how the system shows things; nil knows nothing.
	values Values
}

// entries finds a thing in the system: every entry that carries its key, because one person may have several Patients.
func (a asker) entries(ctx context.Context, thing Thing) ([]fhir.Entry, error) {
	if a.values != nil {
		if shown := a.values.Shown(thing); len(shown) > 0 {
			return shown, nil
		}
	}
	if thing.Subject == "" {
		answer, err := record.Identified(ctx, a.system, thing.Type, thing.Key)
		if err != nil {
			return nil, err
		}
		return a.carriers(answer, thing)
	}
	patients, err := a.entries(ctx, Thing{Type: "Patient", Key: thing.Subject})
	if err != nil {
		return nil, err
	}
	var found []fhir.Entry
	for _, patient := range patients {
		answer, err := a.system.Search(ctx, thing.Type, url.Values{"patient": {patient.Resource.ID()}})
		if err != nil {
			return nil, err
		}
		entries, err := a.carriers(answer, thing)
		if err != nil && !errors.Is(err, errNotThere) {
			return nil, err
		}
		found = append(found, entries...)
	}
	if len(found) == 0 {
		return nil, errNotThere
	}
	return found, nil
}

// carriers are the matches that are the thing; errNotThere where none is.
func (a asker) carriers(answer *check.Answer, thing Thing) ([]fhir.Entry, error) {
	var found []fhir.Entry
	for _, entry := range answer.Matches {
		if entry.Resource.Type() == thing.Type && (record.Carries(entry.Resource, thing.Key) || a.values != nil && a.values.Key(entry.Resource) == thing.Key) {
			found = append(found, entry)
		}
	}
	if len(found) == 0 {
		return nil, errNotThere
	}
	return found, nil
}

// reply is what a system answers to a planned question, about all Patients of the person together.
type reply struct {
	// resources are the matches, each once.
	resources []fhir.Resource
	// queries are the searches as they were sent, exchanges the ids of what shows it.
	queries, exchanges []string
	// outcomes are what the system said beside the matches, total the sum of the numbers of matches that it stated.
	outcomes []fhir.Resource
	total    int
	// miscounted are the answers whose total is not the number of their matches, in words.
	miscounted []string
	// remarks are complaints about answers that show a match twice, or under the URL of another.
	remarks []result.Finding
	// curl writes a line that sends the first of them again; nil when none was sent.
	curl func() string
}

// line is a line for a shell that asks the first of the searches again.
func (r reply) line() string {
	if r.curl == nil {
		return ""
	}
	return r.curl()
}

// ask sends a query, once for each combination of the ids that its terms have in the system.
func (a asker) ask(ctx context.Context, q Query) (reply, error) {
	var things []Thing
	choices := map[Thing][]fhir.Entry{}
	for _, term := range q.Terms {
		if term.Of == nil || choices[*term.Of] != nil {
			continue
		}
		entries, err := a.entries(ctx, *term.Of)
		if err != nil {
			return reply{}, err
		}
		things, choices[*term.Of] = append(things, *term.Of), entries
	}
	if q.Subject != nil && choices[*q.Subject] == nil {
		// The question names the person otherwise than by an id, and says nothing about somebody whom the system does not show.
		if _, err := a.entries(ctx, *q.Subject); err != nil {
			return reply{}, err
		}
	}
	var all reply
	seen := map[string]bool{}
	chosen := map[Thing]fhir.Entry{}
	var each func(rest []Thing) error
	each = func(rest []Thing) error {
		if len(rest) > 0 {
			for _, entry := range choices[rest[0]] {
				chosen[rest[0]] = entry
				if err := each(rest[1:]); err != nil {
					return err
				}
			}
			return nil
		}
		values := q.values(func(thing Thing, form Form) string { return formed(chosen[thing], form) })
		send, curl := a.system.ByGet().Search, a.system.Curl
		if q.Post {
			send, curl = a.system.PostSearch, a.system.CurlPost
		}
		first := all.curl == nil
		if first {
			all.curl = func() string { return curl(q.Resource, values) }
		}
		answer, err := send(ctx, q.Resource, values)
		if answer != nil {
			if first {
				all.curl = answer.Curl
			}
			all.queries = append(all.queries, answer.Query)
			all.exchanges = append(all.exchanges, answer.Exchanges...)
			all.outcomes = append(all.outcomes, answer.Outcomes...)
			all.total += max(answer.Total, 0)
			if total, is := answer.Miscounted(); err == nil && is {
				all.miscounted = append(all.miscounted, fmt.Sprintf("%s says %d and shows %d", answer.Query, total, len(answer.Matches)))
			}
			for _, remark := range answer.Remarks {
				if remark.Rule == check.RuleRepeated || remark.Rule == check.RuleFullURL {
					all.remarks = append(all.remarks, remark)
				}
			}
			for _, resource := range answer.Resources() {
				if !seen[resource.Reference()] {
					seen[resource.Reference()] = true
					all.resources = append(all.resources, resource)
				}
			}
		}
		return err
	}
	return all, each(things)
}

// formed writes the id of an entry in a form.
func formed(entry fhir.Entry, form Form) string {
	// A fullUrl may be a urn:uuid, by which nobody can search.
	if reference, ok := fhir.ParseReference(entry.FullURL); form == ByURL && ok && reference.Base != "" && reference.Relative() == entry.Resource.Reference() {
		return entry.FullURL
	}
	if form == ByURL {
		form = ByType
	}
	return written("", entry.Resource, form)
}

// satisfies reports whether a resource, as it is shown, is what the query asks for, as far as the resource alone tells.
func (q Query) satisfies(resource fhir.Resource) bool {
	if resource.Type() != q.Resource {
		return false
	}
	parsed, err := search.Parse(q.Resource, q.literal().Encode(), search.Options{Handling: search.Lenient})
	return err != nil || parsed.Match(resource, nil)
}

// literal reports whether every system gets the same value, and the record itself holds what it is compared with.
func (t Term) literal() bool { return t.Of == nil && !strings.Contains(t.Name, ".") }

// literal are the parameters of the query whose values every system gets alike.
func (q Query) literal() url.Values {
	values := url.Values{}
	for _, term := range q.Terms {
		if term.literal() {
			values.Add(term.Name, term.Value)
		}
	}
	return values
}
