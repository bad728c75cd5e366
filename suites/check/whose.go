package check

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"weak"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// RuleOtherPerson is the rule of an answer about one patient that shows the record of another person.
const RuleOtherPerson = "search-other-person"

// mostOthers is how many Patients of one answer, beside the one who is asked about, are looked at.
const mostOthers = 8

// asked is whom a search is narrowed to.
type asked struct {
	// query is the search as it was first asked, resourceType what it asks for.
	query, resourceType string
	// ids are those of the Patients, numbers NHS numbers by which they are named.
	ids, numbers []string
	// unmarked says that what was sent along cannot be told from what matches where nothing marks it.
	unmarked bool
}

// anybody reports whether the search is narrowed to nobody.
func (a asked) anybody() bool { return len(a.ids) == 0 && len(a.numbers) == 0 }

// other is a record in an answer about one patient that refers to other Patients alone.
type other struct {
	record, element string
	// patients are the ids of whom it is about, numbers NHS numbers by which it names them.
	patients, numbers []string
}

// seenFor is what one answer shows of others.
type seenFor struct {
	from   weak.Pointer[exchange.Exchange]
	asked  asked
	others []other
	// misplaced is a record that stands under the URL of another, at is that URL; "" for none.
	misplaced, at string
}

// whose keeps of each answer to a search about one patient which of its records are about others: the answer itself need not be
// kept for that. It is safe for concurrent use.
type whose struct {
	mu sync.Mutex
	// answers are by the id of the exchange, pages are whom the answers behind links are about, by their address.
	answers map[string]seenFor
	pages   map[string]asked
}

// patientOf is whom a request narrows a search to.
func (e *Endpoint) patientOf(request exchange.Request) asked {
	if !slices.ContainsFunc([]string{"patient", "subject", "beneficiary", "Patient/"}, func(word string) bool {
		return strings.Contains(request.URL, word) || strings.Contains(request.Body, word)
	}) {
		return asked{} // nearly every question, and what follows takes time
	}
	path, query, _ := strings.Cut(request.URL, "?")
	path, posted := strings.CutSuffix(strings.TrimPrefix(strings.TrimPrefix(path, e.Base()), "/"), "/_search")
	a := asked{query: path}
	parameters, err := url.ParseQuery(query)
	if err != nil {
		return a
	}
	if posted || request.Method == http.MethodPost {
		form, err := url.ParseQuery(request.Body)
		if err != nil {
			return a
		}
		for name, values := range form {
			parameters[name] = append(parameters[name], values...)
		}
	}
	if len(parameters) > 0 {
		a.query += "?" + readable(parameters.Encode())
	}
	steps := strings.Split(path, "/")
	a.resourceType = steps[len(steps)-1]
	switch {
	case len(steps) == 3 && steps[0] == "Patient" && !strings.HasPrefix(steps[2], "$"): // the compartment of a Patient
		a.ids = append(a.ids, steps[1])
	case len(steps) != 1:
		return a
	}
	for name, values := range parameters {
		a.unmarked = a.unmarked || strings.HasPrefix(name, "_include") || strings.HasPrefix(name, "_revinclude")
		for _, value := range values {
			for _, one := range strings.Split(value, ",") {
				e.names(&a, name, one)
			}
		}
	}
	return a
}

// names takes in one value of a parameter that may say whom a search is narrowed to.
func (e *Endpoint) names(a *asked, name, value string) {
	name, chained, _ := strings.Cut(name, ".")
	code, modifier, _ := strings.Cut(name, ":")
	if code != "patient" && code != "subject" && code != "beneficiary" {
		return
	}
	switch {
	case chained == "identifier" && (modifier == "" || modifier == "Patient"), chained == "" && modifier == "identifier":
		if number, ok := strings.CutPrefix(value, fhir.NHSNumberSystem+"|"); ok && number != "" {
			a.numbers = append(a.numbers, unspaced(number))
		}
	case chained == "" && (modifier == "" || modifier == "Patient"):
		if id, ok := e.patientID(value); ok {
			a.ids = append(a.ids, id)
		} else if logicalID.MatchString(value) {
			a.ids = append(a.ids, value)
		}
	}
}

// patientID is the id of the system's own Patient that a literal reference leads to.
func (e *Endpoint) patientID(text string) (string, bool) {
	reference, ok := fhir.ParseReference(text)
	if !ok || reference.Type != "Patient" || reference.Base != "" && reference.Base != e.Base() {
		return "", false
	}
	return reference.ID, true
}

// note keeps of an answer what it shows of others than who was asked about, and that the page behind its link is about the same.
func (w *whose) note(got *exchange.Exchange, a asked, bundle fhir.Resource, next string) seenFor {
	seen := seenFor{from: weak.Make(got)}
	seen.misplaced, seen.at = misplacedIn(bundle)
	if !a.anybody() && bundle.Type() == "Bundle" {
		seen.asked = a
		for _, entry := range fhir.Entries(bundle) {
			if entry.Resource.Type() != a.resourceType || a.resourceType == "Patient" || entry.Mode == "include" || entry.Mode == "outcome" || entry.Mode == "" && a.unmarked {
				continue
			}
			if o, is := aboutOthers(entry.Resource, a, got.Request.URL); is && len(seen.others) < mostOthers &&
				!slices.ContainsFunc(seen.others, func(known other) bool {
					return slices.Equal(known.patients, o.patients) && slices.Equal(known.numbers, o.numbers)
				}) {
				seen.others = append(seen.others, o)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answers == nil {
		w.answers, w.pages = map[string]seenFor{}, map[string]asked{}
	}
	w.answers[got.ID] = seen
	if next != "" && len(next) <= exchange.LongestURL && !a.anybody() { // a longer one is not followed
		w.pages[resolved(got.Request.URL, next)] = a
	}
	return seen
}

// aboutOthers reports whether all that a record says of whom it is about names others than who was asked about. What refers to nobody,
// to what is contained, or to where nothing can be asked, may be about anybody.
func aboutOthers(resource fhir.Resource, a asked, at string) (other, bool) {
	o := other{record: resource.Reference()}
	take := func(element string, reference map[string]any) (known bool) {
		o.element = cmp.Or(o.element, resource.Type()+"."+element)
		text, number := fhir.Text(reference["reference"]), ""
		if fhir.Text(fhir.Get(reference, "identifier", "system")) == fhir.NHSNumberSystem {
			number = fhir.Text(fhir.Get(reference, "identifier", "value"))
		}
		parsed, ok := fhir.ParseReference(text)
		switch {
		case ok && parsed.Type == "Patient" && (parsed.Base == "" || strings.HasPrefix(at, parsed.Base+"/")):
			o.patients = append(o.patients, parsed.ID)
			return !slices.Contains(a.ids, parsed.ID)
		case text == "" && number != "":
			o.numbers = append(o.numbers, unspaced(number))
			return true
		}
		return false
	}
	for _, element := range []string{"subject", "patient", "for", "beneficiary", "individual"} {
		for _, reference := range fhir.Objects(resource[element]) {
			if !take(element, reference) {
				return o, false
			}
		}
	}
	if resource.Type() == "Appointment" {
		for _, participant := range resource.Objects("participant") {
			actor, _ := participant["actor"].(map[string]any)
			if parsed, ok := fhir.ParseReference(fhir.Text(actor["reference"])); ok && parsed.Type != "Patient" && parsed.Type != "" {
				continue
			}
			if !take("participant.actor", actor) {
				return o, false
			}
		}
	}
	return o, len(o.patients)+len(o.numbers) > 0
}

// WrongAnswer is an answer that is wrong whatever it was asked for, such as one to a search about one patient that shows the record of another
// person. The first exchange of the finding is the answer.
type WrongAnswer struct {
	System  string
	Finding result.Finding
}

// Strangers says which of the answers to some exchanges are to a search about one patient and show the record of another person: of
// somebody who has an NHS number, of whom no NHS number is that of who was asked about, and who is not linked to them. Each answer is told
// once, in the order of the queries.
//
// It does not matter who asked, or for what: a search that is narrowed to one patient, and each page of it, may hold nothing about
// anybody else. What a system need not apply, because it declares no search by patient of the type, is left alone.
func (e *Endpoint) Strangers(ctx context.Context, ids []string) []WrongAnswer {
	var found []WrongAnswer
	look := func(id string, last bool) (known bool) {
		seen, got, known := e.seenFor(ctx, id, last)
		for _, o := range seen.others {
			if f, is := e.stranger(ctx, seen.asked, o, id, got); is {
				found = append(found, WrongAnswer{e.Name, f})
				break
			}
		}
		return known
	}
	// Whom a page is about stands in the one that links to it.
	for left := len(ids) + 1; len(ids) > 0; {
		last := len(ids) == left
		left = len(ids)
		ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return look(id, last) })
	}
	slices.SortStableFunc(found, func(a, b WrongAnswer) int { return cmp.Compare(a.Finding.Message, b.Finding.Message) })
	return found
}

// seenFor is what is known of an answer: what was noted when it was read, or what it shows where nobody read it, or where another
// answer has come since. It is false where it may be a page of an answer of which nothing is known yet, unless nothing more will be.
func (e *Endpoint) seenFor(ctx context.Context, id string, last bool) (seenFor, *exchange.Exchange, bool) {
	e.whose.mu.Lock()
	seen, known := e.whose.answers[id]
	e.whose.mu.Unlock()
	got, kept := e.client.Had(e.Name, id)
	if known && (!kept || seen.from.Value() == got) {
		return seen, got, true
	}
	if !kept {
		if got, kept = e.client.Earlier(ctx, e.Name, id); !kept {
			return seenFor{}, nil, true
		}
	}
	a := e.patientOf(got.Request)
	if a.anybody() {
		e.whose.mu.Lock()
		behind, linked := e.whose.pages[got.Request.URL]
		e.whose.mu.Unlock()
		if !linked && !last {
			return seenFor{}, got, false
		}
		a = behind
	}
	var bundle fhir.Resource
	if !a.anybody() && got.Succeeded() {
		bundle, _ = decode(got, e.here(got.Body), e.Name, e.resources) // what is wrong with it, whoever asked says
	}
	return e.whose.note(got, a, bundle, fhir.Link(bundle, "next")), got, true
}

// stranger words that an answer shows the record of another person, if that is what it is.
func (e *Endpoint) stranger(ctx context.Context, a asked, o other, id string, got *exchange.Exchange) (result.Finding, bool) {
	if offers := e.Offers(ctx); !offers.Parameter(a.resourceType, "patient") && !offers.Parameter(a.resourceType, "subject") && !offers.Parameter(a.resourceType, "beneficiary") {
		return result.Finding{}, false
	}
	own := a.numbers
	var asked []fhir.Resource
	for _, id := range a.ids {
		if patient, _, err := e.Read(ctx, "Patient/"+id); err == nil && patient != nil {
			asked, own = append(asked, patient), append(slices.Clone(own), NHSNumbers(patient)...)
		}
	}
	if len(own) == 0 || slices.ContainsFunc(o.numbers, func(number string) bool { return slices.Contains(own, number) }) {
		return result.Finding{}, false
	}
	exchanges := []string{id}
	for _, id := range o.patients {
		patient, read, err := e.Read(ctx, "Patient/"+id)
		if err != nil || patient == nil || !Stranger(own, asked, patient) {
			return result.Finding{}, false
		}
		exchanges = append(exchanges, read.ID)
	}
	about := strings.Join(slices.Concat(prefixed("Patient/", o.patients), prefixed(fhir.NHSNumberSystem+"|", o.numbers)), " and ")
	query := ""
	if got != nil {
		request := got.Request
		request.Method = "" // a POST is told by its form
		query = e.curl(request)
	}
	return result.Finding{
		Rule: RuleOtherPerson, Severity: result.SeverityError, Cause: result.OtherPerson, Path: o.element, Query: query, Exchanges: exchanges,
		Message:  fmt.Sprintf("%s answers %s, which is about one patient, with %s, which is about %s, another person", e.Name, a.query, o.record, about),
		Hazard:   "S1: a search about one patient shows the records of others in " + e.Title + ".",
		Expected: "records of the patient who is asked about", Actual: "a record of " + about,
	}, true
}

func prefixed(prefix string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

// NHSNumbers are the NHS numbers of a Patient, without spaces: how a number is written makes nobody another person.
func NHSNumbers(patient fhir.Resource) []string {
	var numbers []string
	for _, identifier := range patient.Objects("identifier") {
		if value := fhir.Text(identifier["value"]); identifier["system"] == fhir.NHSNumberSystem && value != "" {
			numbers = append(numbers, unspaced(value))
		}
	}
	return numbers
}

// unspaced is an NHS number without the spaces with which people write it.
func unspaced(number string) string { return strings.ReplaceAll(number, " ", "") }

// Stranger reports whether a Patient is somebody else than who has the NHS numbers, as far as that can be told: it has numbers, none of
// which is among those, and neither it nor the Patients who are asked about are linked to each other, as the records of one person are
// that were merged.
func Stranger(own []string, asked []fhir.Resource, patient fhir.Resource) bool {
	theirs := NHSNumbers(patient)
	if len(own) == 0 || len(theirs) == 0 || slices.ContainsFunc(theirs, func(number string) bool { return slices.Contains(own, number) }) {
		return false
	}
	links := linked(patient)
	for _, one := range asked {
		if one.ID() == patient.ID() || slices.Contains(links, one.Reference()) || slices.Contains(linked(one), patient.Reference()) ||
			slices.ContainsFunc(linked(one), func(to string) bool { return slices.Contains(links, to) }) {
			return false
		}
	}
	return true
}

// linked are the Patients to which a Patient is linked, as "Patient/1".
func linked(patient fhir.Resource) []string {
	var links []string
	for _, link := range patient.Objects("link") {
		if reference, ok := fhir.ParseReference(fhir.Text(fhir.Get(link, "other", "reference"))); ok {
			links = append(links, reference.Relative())
		}
	}
	return links
}
