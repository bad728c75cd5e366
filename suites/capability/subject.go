package capability

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// subject finds a Patient that the system shows: the first of the sample whom it has, so that data is only lacking where it
// has nobody. It is found once for all checks.
func subject(ctx context.Context, env *check.Env) (fhir.Resource, error) {
	type key struct{ system string }
	found, err := env.Shared.Do(ctx, key{env.System.Name}, func(ctx context.Context) (any, error) {
		for _, person := range record.Sample(env.Ledger) {
			shown, err := record.Find(ctx, env.System, person.NHSNumber)
			if lost := check.Unfound(env.System.Name, err); lost != err { //nolint:errorlint // whether it is the same one
				return lost, nil // kept, so that nobody asks for everybody again
			}
			if err != nil {
				return nil, err
			}
			if len(shown.Patients) > 0 {
				return shown.Patients[0], nil
			}
		}
		return nil, check.NoData("%s shows none of the people of the sample. %s", env.System.Name, env.Remedy())
	})
	if err != nil {
		return nil, err
	}
	if lost, is := found.(error); is {
		return nil, lost
	}
	patient, _ := found.(fhir.Resource)
	return patient, nil
}

// askedPeople is how many people are asked about, of those who by the ledger have what a question needs and of those who come first, until
// one has it.
const askedPeople = 12

// held is somebody of whom a system shows a record of a type, and that record.
type held struct{ patient, record fhir.Resource }

// holder is somebody of the sample of whom the system shows a record of a type that can be searched by patient. An answer about
// somebody who has none shows nothing: whatever is asked, it is empty. The record is nil where nobody has one.
func holder(ctx context.Context, env *check.Env, resourceType string) (held, error) {
	type key struct{ system, holderOf string }
	found, err := env.Shared.Do(ctx, key{env.System.Name, resourceType}, func(ctx context.Context) (any, error) {
		first, err := subject(ctx, env)
		if err != nil {
			return nil, err
		}
		for _, person := range likely(env, resourceType) {
			shown, err := record.Find(ctx, env.System, person.NHSNumber)
			if err != nil {
				continue // the checks that are about finding people say so
			}
			for _, patient := range shown.Patients {
				got, err := get(ctx, env, resourceType+"?patient="+url.QueryEscape(byPatient(ctx, env, patient))+"&_count=1")
				if err != nil || !got.Succeeded() {
					return held{patient: first}, nil //nolint:nilerr // what is asked then says why nothing can be asked
				}
				if one := firstMatch(resourceOf(got), resourceType); one != nil {
					return held{patient, one}, nil
				}
			}
		}
		return held{patient: first}, nil
	})
	if err != nil {
		return held{}, err
	}
	somebody, _ := found.(held)
	return somebody, nil
}

// likely are the people who are asked about until one has a record of a type: those of the sample who by the ledger have one that the system
// holds itself, then those of whom another does, and then those who come first, since a system need not hold what was meant for it. Among
// the first alone nobody has a record of a rare type.
func likely(env *check.Env, resourceType string) []fixtures.Person {
	sample := record.Sample(env.Ledger)
	first := sample[:min(len(sample), askedPeople)]
	if env.Found {
		return first // nobody knows who has what
	}
	var own, others []fixtures.Person
	for _, person := range sample {
		of := slices.DeleteFunc(env.Ledger.Visible(person), func(fact fixtures.Fact) bool { return string(fact.Kind) != resourceType })
		switch {
		case slices.ContainsFunc(of, func(fact fixtures.Fact) bool { return env.System.Part == "" || env.Ledger.Holds(env.System.Part, fact) }):
			own = append(own, person)
		case len(of) > 0:
			others = append(others, person)
		}
	}
	people := slices.Concat(own, others)
	people = people[:min(len(people), askedPeople)]
	for _, person := range first {
		if !slices.ContainsFunc(people, func(other fixtures.Person) bool { return other.ID == person.ID }) {
			people = append(people, person)
		}
	}
	return people
}

// anyHolder is somebody who has a record of one of the types of which people have many; the first of the sample where nobody has.
func anyHolder(ctx context.Context, env *check.Env, statement fhir.Resource) (held, error) {
	for _, resourceType := range pagedTypes() {
		if !searchable(offer(statement, resourceType), "patient") {
			continue
		}
		if one, err := holder(ctx, env, resourceType); err != nil || one.record != nil {
			return one, err
		}
	}
	patient, err := subject(ctx, env)
	return held{patient: patient}, err
}

// byPatient is a Patient as the system takes one in a search: by id, or by type and id where it finds nothing by the id alone.
func byPatient(ctx context.Context, env *check.Env, patient fhir.Resource) string {
	if env.System.IDAlone(ctx) != nil {
		return patient.Reference()
	}
	return patient.ID()
}

// firstMatch is the first match of a searchset that is of a type; nil where there is none.
func firstMatch(bundle fhir.Resource, resourceType string) fhir.Resource {
	for _, entry := range fhir.Entries(bundle) {
		if entry.Resource.Type() == resourceType && entry.Mode != "include" {
			return entry.Resource
		}
	}
	return nil
}

// get asks for something as it is, with further headers as pairs of name and value.
func get(ctx context.Context, env *check.Env, url string, header ...string) (*exchange.Exchange, error) {
	request := exchange.Request{URL: url, Header: http.Header{}}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Accept" {
			request.Accept = header[i+1]
			continue
		}
		request.Header.Set(header[i], header[i+1])
	}
	return env.System.Ask(ctx, request)
}

// wrong makes a finding about an answer. Texts from servers are cut to what a reader needs.
func wrong(env *check.Env, got *exchange.Exchange, rule, message, expected, actual string) result.Finding {
	return result.Finding{
		Rule: rule, Severity: result.SeverityError, Cause: result.CauseError, Message: message, Expected: short(expected), Actual: short(actual),
		Query: env.System.CurlRead(got.Request.URL), Exchanges: []string{got.ID},
	}
}

// mostShown is how much of a text from a server is shown.
const mostShown = 240

// short cuts a text from a server, and makes one line of it.
func short(text string) string {
	if len(text) > 4*mostShown {
		text = text[:4*mostShown]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if runes := []rune(text); len(runes) > mostShown {
		return string(runes[:mostShown]) + "…"
	}
	return text
}

// resourceOf reads an answer as a FHIR resource; nil when it is none.
func resourceOf(got *exchange.Exchange) fhir.Resource {
	if got == nil {
		return nil
	}
	object, err := fhir.DecodeObject([]byte(strings.TrimPrefix(got.Body, fhir.ByteOrderMark)))
	if err != nil || fhir.Text(object["resourceType"]) == "" {
		return nil
	}
	return object
}

// unavailable turns answers that say that the system cannot or will not answer anybody now into what could not be told: they
// are no answer to the question of a check.
func unavailable(env *check.Env, got *exchange.Exchange) error {
	reason := result.Unreachable
	switch got.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		reason = result.NotAllowed
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
	default:
		return nil
	}
	return &check.Inconclusive{Reason: reason, Detail: env.System.Name + " answers " + got.Request.URL + " with status " + http.StatusText(got.Status)}
}

// offer is what the CapabilityStatement says of one type.
func offer(statement fhir.Resource, resourceType string) map[string]any {
	for _, resource := range statement.Objects("rest", "resource") {
		if fhir.Text(resource["type"]) == resourceType {
			return resource
		}
	}
	return nil
}

// interacts reports whether an interaction is declared.
func interacts(resource map[string]any, code string) bool {
	for _, interaction := range fhir.Objects(resource["interaction"]) {
		if fhir.Text(interaction["code"]) == code {
			return true
		}
	}
	return false
}

// notOffered says that a question does not apply, because what it is about is not declared.
func notOffered(env *check.Env, what string) error {
	return &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " does not declare " + what}
}
