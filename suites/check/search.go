package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
)

// Search asks for resources of a type and follows the next links to the end. Where a search by GET is refused as too long, or as no way
// to search, it asks by POST (see ByGet).
//
// The error is an *exchange.Error when there was no answer, an *Inconclusive when the endpoint refused to answer or said
// that its answer is not complete (the answer is returned beside it), and a *BrokenAnswer when it is not a searchset.
func (e *Endpoint) Search(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		query := resourceType
		asked := patients(parameters, patient)
		if len(parameters) > 0 {
			query += "?" + asked.Encode()
		}
		answer, err := e.follow(ctx, query, exchange.Request{URL: query})
		if posted, answered, incomplete := e.byPost(ctx, resourceType, asked, err); answered {
			return posted, incomplete
		}
		return answer, e.ofUndeclared(ctx, resourceType, asked, e.ofRepetition(ctx, resourceType, asked, err))
	})
}

// ofUndeclared says of a refusal which parameter the system need not take. Who is not let in, or asks too often, is refused for something else.
func (e *Endpoint) ofUndeclared(ctx context.Context, resourceType string, parameters url.Values, err error) error {
	refused, is := err.(*BrokenAnswer) //nolint:errorlint // one that is wrapped has been judged already
	if !is || !refused.Unsupported() {
		return err
	}
	offers := e.Offers(ctx)
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		code, _, _ := strings.Cut(name, ":")
		code, _, _ = strings.Cut(code, ".")
		if !strings.HasPrefix(code, "_") && offers.Type(resourceType) && !offers.Parameter(resourceType, code) {
			of := *refused
			of.Undeclared = resourceType + "." + code
			return &of
		}
	}
	return err
}

// ofRepetition says of a refusal that the repetition of a parameter is what is refused, where the system answers when each is given
// once: a client narrows a period by giving the date twice (FHIR R4, 3.1.1.3.1).
func (e *Endpoint) ofRepetition(ctx context.Context, resourceType string, parameters url.Values, err error) error {
	var refused *BrokenAnswer
	if !errors.As(err, &refused) || refused.Status < 400 || refused.Status >= 500 || tooLong(refused.Status) {
		return err
	}
	once, repeated := maps.Clone(parameters), []string(nil)
	for name, values := range parameters {
		if len(values) > 1 {
			once[name], repeated = values[:1], append(repeated, name)
		}
	}
	if len(repeated) == 0 {
		return err
	}
	query := resourceType + "?" + once.Encode()
	if _, err := e.UpTo(1).follow(ctx, query, exchange.Request{URL: query}); err != nil {
		return refused
	}
	slices.Sort(repeated)
	told := *refused
	told.Finding.Rule, told.Finding.Cause = RuleRepetition, result.RepeatedParameter
	told.Finding.Message += fmt.Sprintf(". It answers when %s is given once: what is refused is the repetition, which narrows a search (FHIR R4, 3.1.1.3.1)", strings.Join(repeated, " and "))
	return &told
}

// RuleRepetition is the rule of a search that is refused because a parameter is given more than once.
const RuleRepetition = "search-repetition-refused"

// SearchAs is Search for a query that is written already, "Observation?status=final&code=...", because the order of its
// parameters matters.
func (e *Endpoint) SearchAs(ctx context.Context, query string) (*Answer, error) {
	path, text, _ := strings.Cut(query, "?")
	parameters, _ := url.ParseQuery(text)
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		pairs := strings.Split(text, "&")
		for i, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, "patient="); ok {
				pairs[i] = "patient=" + patient(value) // an id has nothing to be escaped
			}
		}
		asked := path
		if text != "" {
			asked += "?" + strings.Join(pairs, "&")
		}
		return e.follow(ctx, asked, exchange.Request{URL: asked})
	})
}

// PostSearch is Search by POST [type]/_search.
func (e *Endpoint) PostSearch(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		answer, err := e.followPost(ctx, resourceType, patients(parameters, patient))
		return answer, ofMethod(err)
	})
}

// ofMethod says of a refusal of POST itself that searches by POST are not offered. Who refuses a question otherwise may take another.
func ofMethod(err error) error {
	refused, is := err.(*BrokenAnswer) //nolint:errorlint // one that is wrapped has been judged already
	if !is || refused.Status != http.StatusMethodNotAllowed && refused.Status != http.StatusNotImplemented {
		return err
	}
	told := *refused
	told.Finding.Cause = result.CauseNotOffered
	return &told
}

func (e *Endpoint) followPost(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	form := parameters.Encode()
	return e.follow(ctx, "POST "+resourceType+"/_search "+form, exchange.Request{
		Method: http.MethodPost, URL: resourceType + "/_search", ContentType: "application/x-www-form-urlencoded", Body: form,
	})
}

// PostSearchAt is PostSearch with some of the parameters in the URL.
func (e *Endpoint) PostSearchAt(ctx context.Context, resourceType string, inURL, inBody url.Values) (*Answer, error) {
	place := resourceType + "/_search?" + inURL.Encode()
	return e.follow(ctx, "POST "+place+" "+inBody.Encode(), exchange.Request{
		Method: http.MethodPost, URL: place, ContentType: "application/x-www-form-urlencoded", Body: inBody.Encode(),
	})
}
