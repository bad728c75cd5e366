package parity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/record"
)

// unknownParameter is a search parameter that FHIR does not have and nobody will define.
const unknownParameter = "concord-no-such-parameter"

// escapeQuery escapes a part of a query string.
func escapeQuery(text string) string { return url.QueryEscape(text) }

// nonsense is a value of a kind that no record has; "" for kinds without one.
func nonsense(kind search.Kind) string {
	switch kind {
	case search.Token:
		return "concord-no-such-code"
	case search.String:
		return "concordnosuchtext"
	case search.Date:
		return "lt1800-01-01"
	case search.Number, search.Quantity:
		return "gt987654321987654321"
	case search.Reference:
		return "concord-no-such-id"
	case search.URI:
		return "https://concord.test/none"
	default:
		return ""
	}
}

// nonsenseValue asks by status and code for values that nothing has. Everything in the answer proves that the parameter
// was ignored. A refusal is as good as an empty answer.
func nonsenseValue(ctx context.Context, g ground) ([]result.Finding, error) {
	var (
		findings []result.Finding
		asked    int
	)
	for _, code := range []string{statusParameter(g.resourceType), "code", "date"} {
		parameter, ok := search.Lookup(g.resourceType, code)
		if !ok {
			continue
		}
		asked++
		answer, err := g.ask(ctx, code, nonsense(parameter.Kind))
		if errors.Is(orNotOffered(err), errNotOffered) {
			continue
		}
		if err != nil {
			return findings, err
		}
		if !g.declared.Parameter(g.resourceType, code) && !linkHas(answer.Self, code) {
			continue // what is not declared may be ignored by a system that says so
		}
		if haveAll(answer.Resources(), g.resourceType, code, nonsense(parameter.Kind)) {
			continue
		}
		findings = append(findings, ignored("ignored-value", code, answer, g.whole)...)
	}
	if asked == 0 {
		return nil, errNotOffered
	}
	return findings, nil
}

// haveAll reports whether resources all have a value that nothing should have: a period without a start began before any date, and a
// result above 90 may be above any number.
func haveAll(resources []fhir.Resource, resourceType, code, value string) bool {
	if len(resources) == 0 {
		return true // whatever the parameter is
	}
	query, err := search.Parse(resourceType, url.Values{code: {value}}.Encode(), search.Options{Handling: search.Strict})
	return err == nil && !slices.ContainsFunc(resources, func(r fhir.Resource) bool { return !query.Match(r, nil) })
}

// shapes reports whether a parameter says what an answer is to look like, or takes its value in another form than one behind "=". Servers
// declare such among their search parameters too, and no value of theirs narrows a search.
func shapes(code string) bool {
	return slices.Contains([]string{
		"_sort", "_count", "_include", "_revinclude", "_summary", "_total", "_elements", "_contained", "_containedType", "_format", "_pretty",
		"_has", "_type", "_query", "_score", "_since", "_at", "_offset", "_page", "_skip", "_cursor",
	}, code)
}

// ignored says that a search for what nothing has found something.
func ignored(rule, code string, answer, whole *check.Answer) []result.Finding {
	if len(answer.Matches) == 0 {
		return nil
	}
	message := fmt.Sprintf("the answer to %s holds %d results, and nothing has that value", answer.Query, len(answer.Matches))
	cause := result.CauseExtra
	if slices.Equal(found(answer), found(whole)) {
		message = fmt.Sprintf("%s is ignored: the answer to %s is the same as without it", code, answer.Query)
		cause = result.IgnoredParameter
	}
	return []result.Finding{{
		Rule: rule, Severity: result.SeverityError, Cause: cause, Message: message, Expected: "no results",
		Actual: results(names(answer.Resources()), nil), Query: answer.Curl(), Exchanges: exchangesOf(whole, answer),
	}}
}

// selfLink looks at what the self link says was applied: a filter that was asked for, and never a parameter that the
// system does not know.
func selfLink(ctx context.Context, g ground) ([]result.Finding, error) {
	code := statusParameter(g.resourceType)
	statuses := g.values(code)
	if len(statuses) == 0 {
		return nil, g.lacks([]string{code}, "no %s has a value of %s", g.resourceType, code)
	}
	applied, err := g.ask(ctx, code, statuses[0])
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	say := func(answer *check.Answer, narrows bool, message, expected string) {
		// The link is the answer's label. Only an answer that is the same without a parameter that narrows it shows that it was not applied,
		// and of one that is not known the link says that it was.
		cause := result.LabelLost
		if narrows && slices.Equal(found(answer), found(g.whole)) {
			cause = result.IgnoredParameter
		}
		findings = append(findings, result.Finding{
			Rule: "ignored-self-link", Severity: result.SeverityError, Path: "Bundle.link", Cause: cause, Query: answer.Curl(),
			Message: message, Expected: expected, Actual: "self " + orNone(answer.Self), Exchanges: answer.Exchanges,
		})
	}
	switch {
	case applied.Self == "":
		say(applied, len(statuses) > 1, fmt.Sprintf("the answer to %s has no self link, so nobody can see what was applied", applied.Query), "a self link")
	case !linkHas(applied.Self, code):
		say(applied, len(statuses) > 1, fmt.Sprintf("the self link of %s leaves out %s", applied.Query, code), "self with "+code)
	}
	negated, err := g.ask(ctx, code+":not", statuses[0])
	if err = orNotOffered(err); err != nil && !errors.Is(err, errNotOffered) {
		return findings, err
	}
	if err == nil && linkHas(negated.Self, code) && !linkHas(negated.Self, code+":not") {
		say(negated, false, fmt.Sprintf("the self link of %s leaves out the modifier", negated.Query), "self with "+code+":not")
	}
	unknown, err := g.ask(ctx, unknownParameter, "x")
	if err = orNotOffered(err); errors.Is(err, errNotOffered) {
		return findings, nil // to refuse what is unknown is right too
	}
	if err != nil {
		return findings, err
	}
	if linkHas(unknown.Self, unknownParameter) {
		say(unknown, true, fmt.Sprintf("the self link of %s claims a parameter that FHIR does not have", unknown.Query), "self without "+unknownParameter)
	}
	if !slices.Equal(found(unknown), found(g.whole)) {
		findings = append(findings, relation{
			rule: "ignored-unknown", says: unknown.Query + " finds what is found without the parameter that FHIR does not have",
			answer: unknown, got: found(unknown), want: found(g.whole), exchanges: exchangesOf(unknown, g.whole),
		}.findings()...)
	}
	return findings, nil
}

// linkHas reports whether a link has a parameter of the name, with or without a modifier.
func linkHas(link, code string) bool {
	_, query, _ := strings.Cut(link, "?")
	for pair := range strings.SplitSeq(query, "&") {
		parameter, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(parameter); err == nil && (decoded == code || strings.HasPrefix(decoded, code+":")) {
			return true
		}
	}
	return false
}

// strictHandling asks with Prefer: handling=strict, under which an unknown parameter is to be refused.
func strictHandling(ctx context.Context, g ground) ([]result.Finding, error) {
	g.system = g.system.With(http.Header{"Prefer": {"handling=strict"}})
	answer, err := g.ask(ctx, unknownParameter, "x")
	if errors.Is(orNotOffered(err), errNotOffered) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []result.Finding{{
		Rule: "ignored-strict", Severity: result.SeverityError, Cause: passedOver(answer, g.whole), Query: answer.Curl(),
		Message:  fmt.Sprintf("%s is answered although the client asks for strict handling (Prefer: handling=strict)", answer.Query),
		Expected: "status 400 with an OperationOutcome", Actual: "status 200, " + results(names(answer.Resources()), nil), Exchanges: answer.Exchanges,
	}}, nil
}

// malformed asks for values that are not of the parameter's type. They are to be refused, in a way that a program can
// read; an answer to them answers another question.
func malformed(ctx context.Context, g ground) ([]result.Finding, error) {
	codes := g.dateParameters()
	if len(codes) == 0 {
		return nil, errNotOffered
	}
	by := codes[0]
	var findings []result.Finding
	for _, value := range []string{"2024-02-30", "yesterday"} {
		answer, err := g.ask(ctx, by, value)
		var refused *check.BrokenAnswer
		switch {
		case errors.As(err, &refused) && refused.Finding.Rule == "answer-status" && refused.Status >= 400 && refused.Status < 500:
			continue
		case errors.As(err, &refused):
			f := refused.Finding
			f.Cause = result.CauseError
			findings = append(findings, f)
		case err != nil:
			return findings, err
		default:
			findings = append(findings, result.Finding{
				Rule: "malformed-answered", Severity: result.SeverityError, Cause: passedOver(answer, g.whole), Query: answer.Curl(),
				Message:  fmt.Sprintf("%s is answered with %d results, and %s is no date", answer.Query, len(answer.Matches), value),
				Expected: "status 400 with an OperationOutcome", Actual: "status 200, " + results(names(answer.Resources()), nil), Exchanges: answer.Exchanges,
			})
		}
	}
	return findings, nil
}

// declared holds what a system declares of its search parameters against what it does: each is asked for a value that
// nothing has, and what the contract requires must be declared.
func declared(questions *Questions) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		plan, err := questions.over(ctx, env)
		if err != nil {
			return nil, err
		}
		_, got, err := env.System.Capabilities(ctx)
		if err != nil {
			return nil, err
		}
		says := env.System.Declares(ctx)
		findings := undeclared(questions.contract, says, got.ID, env.System.CurlRead("metadata"))
		type probe struct {
			Query
			code string
			bare Query
		}
		var probes []probe
		for _, q := range plan.Queries {
			if len(q.Terms) != 1 || q.Terms[0].Name != "patient" || q.Terms[0].Form != ByID || q.Post || !slices.Contains(declaredTypes(), q.Resource) {
				continue
			}
			for _, code := range sortedOnce(slices.Clone(says[q.Resource].Parameters)) {
				if code == "patient" || code == "subject" || code == "_id" || shapes(code) {
					continue
				}
				kind := search.Token
				if parameter, ok := search.Lookup(q.Resource, code); ok {
					kind = parameter.Kind
				}
				if value := nonsense(kind); value != "" {
					asked := q
					asked.Terms = []Term{q.Terms[0], {Name: code, Code: code, Value: value}}
					probes = append(probes, probe{asked, code, q})
				}
			}
		}
		a := asker{env.System, plan.values}
		perProbe, err := record.Gather(ctx, probes, func(ctx context.Context, p probe) ([]result.Finding, error) {
			got, err := a.ask(ctx, p.Query)
			if errors.Is(orNotOffered(err), errNotOffered) || errors.Is(err, errNotThere) {
				return nil, nil
			}
			if err != nil || haveAll(got.resources, p.Resource, p.code, p.Terms[1].Value) {
				return nil, err
			}
			bare, err := a.ask(ctx, p.bare)
			if err != nil {
				return nil, err
			}
			cause := result.CauseExtra
			if slices.Equal(references(got.resources), references(bare.resources)) {
				cause = result.IgnoredParameter
			}
			f := result.Finding{
				Rule: "declared-ignored", Severity: result.SeverityError, Cause: cause, Query: got.line(),
				Message:  fmt.Sprintf("%s declares %s.%s, and %s finds %d results for a value that nothing has", env.System.Name, p.Resource, p.code, got.queries[0], len(got.resources)),
				Expected: "no results", Actual: results(names(got.resources), nil) + fmt.Sprintf(", of %d without it", len(bare.resources)),
				Exchanges: append(got.exchanges, bare.exchanges...),
			}
			return []result.Finding{f}, nil
		})
		for _, more := range perProbe {
			findings = append(findings, more...)
		}
		return findings, err
	}
}

// declaredTypes are the types whose declared parameters are all tried out.
func declaredTypes() []string {
	return []string{"AllergyIntolerance", "Condition", "DiagnosticReport", "Encounter", "MedicationRequest", "Observation"}
}

// undeclared lists what the contract requires of types that the system declares and it does not declare.
func undeclared(c *contract.Contract, says check.Declared, exchange, curl string) []result.Finding {
	var findings []result.Finding
	for _, row := range c.Rows {
		if row.Layer == contract.Parity || row.Level != result.Must || len(says[row.Resource].Parameters) == 0 {
			continue
		}
		for _, code := range row.Parameters {
			if !slices.Contains(says[row.Resource].Parameters, code) {
				findings = append(findings, result.Finding{
					Rule: "declared-omitted", Severity: result.SeverityError, Path: "CapabilityStatement.rest.resource.searchParam", Requirement: row.ID, Level: row.Level,
					Cause: result.CauseNotOffered, Query: curl,
					Message:  fmt.Sprintf("the CapabilityStatement does not declare the search parameter %s of %s, which %s requires", code, row.Resource, row.ID),
					Expected: code, Actual: "not declared", Exchanges: []string{exchange},
				})
			}
		}
	}
	return findings
}

// nextPage reads the page that a link leads to.
func nextPage(ctx context.Context, system *check.Endpoint, bundle fhir.Resource) (fhir.Resource, string, error) {
	link := fhir.Link(bundle, "next")
	if link == "" {
		return nil, "", nil
	}
	page, got, err := system.Read(ctx, link)
	if err != nil || page == nil {
		return nil, "", err
	}
	return page, got.ID, nil
}
