package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// shownValues are the values that one system shows: what it answers to the searches by patient alone. Everything that a search
// with a filter must find is worked out from them, so a system is measured by itself and nobody needs to know the truth.
type shownValues struct {
	base     string
	now      time.Time
	subjects []Thing
	// about are the records of each Patient by its key and type; entries are all records by type and key.
	about   map[string]map[string][]fhir.Resource
	entries map[string]fhir.Entry
	index   *search.Index
	all     map[string][]fhir.Resource
	// unread are the references to entries of the directory that lead to nothing or to an error, and the lists of it that broke.
	unread []record.Unread
	// lost says, by type, why nobody's records of it are known: what is wrong with the answer to the search by patient.
	lost map[string]string
}

// foundValues asks a system for the records of the people who were found, type by type, and for the entries of its
// directory that they refer to. Each of a person's linked Patients is a subject of its own.
func foundValues(ctx context.Context, env *check.Env) (Values, error) {
	return shownBy(ctx, env, record.Sample(env.Ledger))
}

// shownBy is foundValues for some people.
func shownBy(ctx context.Context, env *check.Env, people []fixtures.Person) (*shownValues, error) {
	v := &shownValues{
		base: env.System.Base(), now: env.Now, about: map[string]map[string][]fhir.Resource{}, entries: map[string]fhir.Entry{}, all: map[string][]fhir.Resource{},
		lost: map[string]string{},
	}
	patients, err := record.Gather(ctx, people, patientsOf(env.System))
	if err != nil {
		return nil, err
	}
	if env.System.Part != check.None { // who holds nothing shows the addresses of those who do
		v.base = ownBase(v.base, slices.Concat(patients...))
	}
	v.index = search.NewIndex(search.Options{Base: v.base, Now: env.Now})
	types := personalTypes(env.System.Declares(ctx))
	for _, entry := range slices.Concat(patients...) {
		subject := Thing{Type: "Patient", Key: entry.Resource.Reference()}
		if v.about[subject.Key] != nil {
			continue
		}
		v.subjects = append(v.subjects, subject)
		v.about[subject.Key] = map[string][]fhir.Resource{}
		v.put(entry)
		v.all["Patient"] = append(v.all["Patient"], entry.Resource)
		answers, err := record.Gather(ctx, types, func(ctx context.Context, resourceType string) (offered, error) {
			return offeredSearch(ctx, env.System, resourceType, entry.Resource.ID())
		})
		if err != nil {
			return nil, err
		}
		for i, answer := range answers {
			if answer.wrong != "" {
				v.lost[types[i]] = answer.wrong
			}
			for _, match := range answer.Matches {
				if match.Resource.Type() == types[i] {
					v.about[subject.Key][types[i]] = append(v.about[subject.Key][types[i]], match.Resource)
					v.put(match)
				}
			}
		}
	}
	return v, v.directory(ctx, env.System)
}

// ownBase is the base URL by which a system knows itself: the one at which it is asked, or, where it writes another into the full
// URLs of all Patients that it shows, that one. A system behind a gateway, or asked by another name of its host, need not know
// that name, and a reference by it is none of its own.
func ownBase(asked string, patients []fhir.Entry) string {
	own := ""
	for _, entry := range patients {
		base, found := strings.CutSuffix(entry.FullURL, "/"+entry.Resource.Reference())
		switch {
		case !found || !strings.HasPrefix(base, "http://") && !strings.HasPrefix(base, "https://"), base == strings.TrimSuffix(asked, "/"), own != "" && own != base:
			return asked
		}
		own = base
	}
	return cmp.Or(own, asked)
}

// patientsOf returns a function that finds the entries of the Patients with a person's NHS number.
func patientsOf(system *check.Endpoint) func(context.Context, fixtures.Person) ([]fhir.Entry, error) {
	return func(ctx context.Context, person fixtures.Person) ([]fhir.Entry, error) {
		entries, err := asker{system: system}.entries(ctx, Thing{Type: "Patient", Key: record.NHSNumberToken(person.NHSNumber)})
		if errors.Is(err, errNotThere) {
			return nil, nil
		}
		return entries, err
	}
}

// offered is what a search by patient found, and what was wrong with its answer, "" for nothing.
type offered struct {
	*check.Answer
	wrong string
}

// offeredSearch asks for one type of a Patient's records. A type whose search is refused or broken has no values; the
// checks that are about it say so.
func offeredSearch(ctx context.Context, system *check.Endpoint, resourceType, patient string) (offered, error) {
	answer, err := system.Search(ctx, resourceType, url.Values{"patient": {patient}})
	var (
		refused *check.BrokenAnswer
		unsure  *check.Inconclusive
	)
	switch {
	case errors.As(err, &refused):
		return offered{&check.Answer{}, refused.Finding.Message}, nil
	case errors.As(err, &unsure) && unsure.Reason == result.NotAllowed:
		return offered{&check.Answer{}, unsure.Detail}, nil
	}
	return offered{Answer: answer}, err
}

// valueless says why nothing of a type is known that a question could be put with, and what to do about it. It is not data that lacks
// where the search for them is answered wrongly.
func valueless(env *check.Env, values Values, u Unplanned) string {
	if v, ok := values.(*shownValues); ok && v.lost[u.Row.Resource] != "" {
		return v.lost[u.Row.Resource]
	}
	if part := env.Ledger.Part(); !env.Found && part != "" && !env.Ledger.Partial() {
		return fmt.Sprintf("%s, and the part of the golden ledger that %s holds has no such record: it cannot be shown of a system that stands alone (federation: none)", u.Why, part)
	}
	return u.Why + ". " + env.Remedy()
}

// personalTypes are the types that are searched by patient: all that are compared, and what else a system declares.
func personalTypes(declared check.Declared) []string {
	var types []string
	for _, row := range kindRows() {
		types = append(types, string(row.kind)) // declared or not: the contract has them searched by patient
	}
	for resourceType := range declared {
		if _, personal := search.Lookup(resourceType, "patient"); personal && resourceType != "AuditEvent" && resourceType != "Provenance" {
			types = append(types, resourceType)
		}
	}
	return sortedOnce(types)
}

// put keeps a record for questions to refer to.
func (v *shownValues) put(entry fhir.Entry) {
	name := entry.Resource.Reference()
	if _, known := v.entries[name]; known || entry.Resource.ID() == "" {
		return
	}
	v.entries[name] = entry
	// A record that cannot be kept cannot be referred to; the profile suite says what is wrong with it.
	_ = v.index.Put(entry.Resource)
}

// directory reads what the records refer to and is about nobody: organisations, sites, practitioners and their roles.
func (v *shownValues) directory(ctx context.Context, system *check.Endpoint) error {
	names := slices.Sorted(maps.Keys(v.entries))
	records := make([]fhir.Resource, 0, len(names))
	for _, name := range names {
		records = append(records, v.entries[name].Resource)
	}
	// A role comes first, because it refers to the others.
	for _, resourceType := range []string{"PractitionerRole", "Organization", "Location", "Practitioner", "HealthcareService"} {
		read, unread, err := record.Referred(ctx, system, resourceType, records)
		if err != nil {
			return err
		}
		v.unread = append(v.unread, unread...)
		if len(read) == 0 {
			var broken *record.Unread
			if read, broken, err = listed(ctx, system, resourceType); err != nil {
				return err
			}
			if broken != nil {
				v.unread = append(v.unread, *broken)
			}
		}
		for _, entry := range read {
			v.put(fhir.Entry{FullURL: v.base + "/" + entry.Resource.Reference(), Resource: entry.Resource})
			v.all[resourceType] = append(v.all[resourceType], entry.Resource)
			records = append(records, entry.Resource)
		}
	}
	return nil
}

// listed reads the beginning of the list of a type that no record refers to, as few records refer to a role. A system need not
// give the list.
func listed(ctx context.Context, system *check.Endpoint, resourceType string) ([]record.Entry, *record.Unread, error) {
	answer, refused, err := record.Beginning(ctx, system, resourceType)
	if err != nil {
		return nil, nil, err
	}
	if refused != nil && refused.Status >= http.StatusInternalServerError && refused.Status != http.StatusNotImplemented {
		return nil, &record.Unread{Reference: resourceType, Broken: refused}, nil
	}
	if answer == nil {
		return nil, nil, nil // it need not be offered
	}
	if amiss := amissInList(system, answer); amiss != nil {
		return nil, &record.Unread{Reference: resourceType, Broken: &check.BrokenAnswer{System: system.Name, Finding: *amiss, Status: http.StatusOK}}, nil
	}
	var read []record.Entry
	for _, match := range answer.Matches {
		if match.Resource.Type() == resourceType && len(read) < record.BeginningAtMost {
			read = append(read, record.Entry{Resource: match.Resource, Exchange: answer.Exchanges[0]})
		}
	}
	return read, nil, nil
}

// amissInList says what is wrong with the beginning of a list, whichever entries it begins with: one is shown twice, or the total
// cannot be. Nil is nothing.
func amissInList(system *check.Endpoint, answer *check.Answer) *result.Finding {
	for _, remark := range answer.Remarks {
		if remark.Rule == check.RuleRepeated {
			remark.Cause = result.Duplicate
			return &remark
		}
	}
	shown := len(answer.Matches)
	if answer.Total < 0 || answer.Total == shown || answer.Total > shown && shown >= record.BeginningAtMost {
		return nil
	}
	cause := result.WrongTotal
	if shown == 0 {
		cause = result.CauseMissing
	}
	return &result.Finding{
		Rule: "search-total", Severity: result.SeverityError, Path: "Bundle.total", Cause: cause, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("the answer of %s to %s says that there are %d and shows %d", system.Name, answer.Query, answer.Total, shown),
		Expected: "the number of matches, or no total", Actual: fmt.Sprintf("total %d with %d matches", answer.Total, shown),
	}
}

func (v *shownValues) Subjects() []Thing   { return v.subjects }
func (v *shownValues) Cost(Thing) int      { return 1 }
func (v *shownValues) Store() search.Store { return v.index }
func (v *shownValues) Now() time.Time      { return v.now }
func (v *shownValues) Base() string        { return v.base }

func (v *shownValues) About(subject Thing, resourceType string) []fhir.Resource {
	return v.about[subject.Key][resourceType]
}

func (v *shownValues) Each(resourceType string) iter.Seq[fhir.Resource] {
	return slices.Values(v.all[resourceType])
}

func (v *shownValues) Find(thing Thing) (fhir.Resource, bool) {
	entry, ok := v.entries[thing.Key]
	return entry.Resource, ok
}

// Key is the id in the system: the values are compared with nobody else's.
func (v *shownValues) Key(resource fhir.Resource) string { return resource.Reference() }

func (v *shownValues) Keys(resource fhir.Resource) []string { return []string{v.Key(resource)} }

func (v *shownValues) Knows(key string) bool { _, ok := v.entries[key]; return ok }

func (v *shownValues) Shown(thing Thing) []fhir.Entry {
	if entry, ok := v.entries[thing.Key]; ok {
		return []fhir.Entry{entry}
	}
	return nil
}
