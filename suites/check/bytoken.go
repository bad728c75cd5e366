package check

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// byToken is what is known of how a system takes a token of a system and a value (FHIR R4, 3.1.1.4.10). One that compares the whole
// text with the value finds nobody by an NHS number, and holds them all the same: it is blamed for that once, and asked by the value
// alone for everything else, so that nobody who can be found is taken for missing.
type byToken struct {
	once      sync.Once
	bare      bool
	wrong     result.Finding
	exchanges []string
}

// ValueAlone is what is wrong with searches by system and value: that they find nobody of those whom the value alone finds; nil where
// nothing was seen to be.
func (e *Endpoint) ValueAlone(ctx context.Context) *result.Finding {
	if e.tokens == nil || e.ids == nil || len(e.ids.people) == 0 {
		return nil
	}
	// Whoever needs to know first asks for all others, whatever becomes of their own time.
	e.tokens.once.Do(func() { e.tryTokens(context.WithoutCancel(ctx)) })
	if see := exchange.Watcher(ctx); see != nil {
		for _, id := range e.tokens.exchanges {
			see(id)
		}
	}
	if !e.tokens.bare {
		return nil
	}
	return &e.tokens.wrong
}

// AskedByValue is a remark on a run in which the system had to be asked by values alone; "" for every other.
func (e *Endpoint) AskedByValue() string {
	if e.tokens == nil || !e.tokens.bare {
		return ""
	}
	return "It finds nobody by system and value of an identifier (PAR-IDENTITY-001), and people and organisations were looked for by the value alone."
}

// tryTokens asks by system and value until somebody is found, and only then, if nobody is, by the value alone.
func (e *Endpoint) tryTokens(ctx context.Context) {
	plain := *e
	plain.ids, plain.tokens, plain.header, plain.repeat, plain.enough = nil, nil, nil, "", 0
	ask := func(token string) ([]fhir.Resource, bool) {
		answer, err := plain.Search(ctx, "Patient", url.Values{"identifier": {token}})
		if err != nil {
			return nil, false
		}
		e.tokens.exchanges = append(e.tokens.exchanges, answer.Exchanges...)
		return answer.Resources(), true
	}
	for _, number := range e.ids.people {
		if found, answered := ask(fhir.NHSNumberSystem + "|" + number); !answered || len(found) > 0 {
			return
		}
	}
	for _, number := range e.ids.people {
		found, answered := ask(number)
		if !answered {
			return
		}
		if !slices.ContainsFunc(found, func(patient fhir.Resource) bool { return carries(patient, number) }) || len(found) > peopleOfOne {
			continue
		}
		token := fhir.NHSNumberSystem + "|" + number
		e.tokens.bare = true
		e.tokens.wrong = result.Finding{
			Rule: "token-system", Severity: result.SeverityError, Path: "Patient.identifier", Cause: result.CodeSystem, Exchanges: e.tokens.exchanges,
			Message: fmt.Sprintf("%s finds nobody by the system and value of an NHS number (identifier=%s), and the same people by the value alone: everybody else was looked for by the value alone",
				e.Name, token),
			Expected: matches(len(found)), Actual: "no results", Query: e.Curl("Patient", url.Values{"identifier": {token}}),
		}
		return
	}
}

// carries reports whether a Patient has the NHS number under its system.
func carries(patient fhir.Resource, number string) bool {
	return patient.Type() == "Patient" && slices.ContainsFunc(patient.Objects("identifier"), func(identifier map[string]any) bool {
		return fhir.Text(identifier["system"]) == fhir.NHSNumberSystem && fhir.Text(identifier["value"]) == number
	})
}
