package parity

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
)

// unknownModifiers: a modifier that nobody defines, and one that is defined for another type of parameter, are refused (R4
// 3.1.1.4.4: "Servers SHALL reject any search request that contains a search parameter suffixed by a modifier that the server
// does not support for that parameter").
func unknownModifiers(ctx context.Context, g ground) ([]result.Finding, error) {
	name, value := g.filter()
	without, err := g.ask(ctx, name, value)
	if err != nil {
		without = nil // whether it is answered is for other checks to say
	}
	asked := []wrongly{{
		resourceType: g.resourceType, parameters: g.about(name+":concord", value), says: "no system knows the modifier :concord", without: without,
	}}
	if born := g.patient.Resource.Text("birthDate"); born != "" && g.declared.Parameter("Patient", "birthdate") {
		asked = append(asked, wrongly{
			resourceType: "Patient", parameters: url.Values{"_id": {g.patient.Resource.ID()}, "birthdate:exact": {born}}, says: "a date has no modifier :exact",
		})
	}
	return g.mustRefuse(ctx, "modifier-unknown-answered", result.Must, asked)
}

// emptyValues: a parameter without a value must not find everybody. FHIR R4 lets a server ignore it; in a care record, what is
// then answered is the record of anybody.
func emptyValues(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	for _, asked := range []struct{ resourceType, parameter string }{{"Patient", "identifier"}, {"Patient", "family"}, {g.resourceType, "patient"}} {
		if !g.declared.Parameter(asked.resourceType, asked.parameter) {
			continue
		}
		answer, err := g.system.UpTo(enoughToSee).SearchAs(ctx, asked.resourceType+"?"+asked.parameter+"=")
		refused, broken := refusedBy(err)
		switch {
		case refused != nil:
			continue
		case broken != nil:
			f := broken.Finding
			f.Cause, f.Level = result.CauseError, result.Should
			findings = append(findings, f)
		case err != nil:
			return findings, err
		case len(answer.Matches) > 0:
			shown := fmt.Sprint(len(answer.Matches))
			if answer.Total > len(answer.Matches) {
				shown = fmt.Sprint(answer.Total)
			}
			findings = append(findings, result.Finding{
				Rule: "empty-value-finds-everybody", Severity: result.SeverityError, Level: result.Should, Cause: result.NotRefused, Query: answer.Curl(),
				Message:  fmt.Sprintf("%s, which names nobody, is answered with %s records of anybody", answer.Query, shown),
				Hazard:   "S1: a search whose value got lost on the way shows the records of everybody in " + title(g.system) + ".",
				Expected: "status 400, or no results", Actual: "status 200, " + shown + " results", Exchanges: answer.Exchanges,
			})
		}
	}
	return findings, nil
}

// malformedValues: a value that its parameter or the result parameters do not have is refused, and breaks nothing.
func malformedValues(ctx context.Context, g ground) ([]result.Finding, error) {
	name, _ := g.filter()
	ask := func(says string, pairs ...string) wrongly {
		return wrongly{resourceType: g.resourceType, parameters: g.about(pairs...), says: says}
	}
	asked := []wrongly{
		ask("_count is a whole number", "_count", "abc"),
		ask("_count is 0 or more", "_count", "-1"),
		ask("there is no summary of that name", "_summary", "bogus"),
		ask("there is no format of that name", "_format", "bogus"),
		ask("what is missing is true or false", name+":missing", "maybe"),
	}
	for _, parameter := range search.Parameters(g.resourceType) {
		if strings.HasPrefix(parameter.Code, "_") || !g.declared.Parameter(g.resourceType, parameter.Code) {
			continue
		}
		switch parameter.Kind {
		case search.Quantity, search.Number:
			asked = append(asked, ask("the value is no number", parameter.Code, "abc"))
		case search.Date:
			asked = append(asked, ask("there is no such day", parameter.Code, "ge2024-13-45"))
		case search.Token, search.String, search.Reference, search.URI, search.Composite, search.Special:
		}
	}
	version := ask("Accept names a version of FHIR that there is none of (fhirVersion=9.9)")
	version.header = http.Header{"Accept": {"application/fhir+json; fhirVersion=9.9"}}
	return g.mustRefuse(ctx, "malformed-answered", result.Should, append(asked, version))
}

// lenientHandling: a client that asks for lenient handling is answered although it names a parameter that nobody knows.
func lenientHandling(ctx context.Context, g ground) ([]result.Finding, error) {
	g.system = g.system.With(http.Header{"Prefer": {"handling=lenient"}})
	answer, err := g.ask(ctx, unknownParameter, "x")
	refused, broken := refusedBy(err)
	if refused == nil {
		refused = broken
	}
	switch {
	case refused != nil:
		f := refused.Finding
		f.Rule, f.Level, f.Cause = "lenient-refused", result.Should, result.CauseError
		f.Message, f.Expected = f.Message+", although the client asks for lenient handling (Prefer: handling=lenient)", "status 200, without the parameter"
		return []result.Finding{f}, nil
	case err != nil:
		return nil, err
	}
	return relation{
		rule: "lenient-differs", says: answer.Query + " finds what is found without the parameter that FHIR does not have",
		answer: answer, got: found(answer), want: found(g.whole), exchanges: exchangesOf(answer, g.whole),
	}.findings(), nil
}

// refusedParameters: what is declared is not refused. The value is one that a record has, so that nothing about it is wrong.
func refusedParameters(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	for _, code := range g.declared[g.resourceType].Parameters {
		value := map[string]string{"_text": "concord", "_content": "concord", "_filter": "_id eq concord", "_list": "concord"}[code]
		if parameter, ok := search.Lookup(g.resourceType, code); ok && parameter.Unsupported == "" && value == "" {
			for _, resource := range g.whole.Resources() {
				if found, ok := matching(parameter, resource); ok {
					value = found
					break
				}
			}
		}
		if value == "" || code == "patient" {
			continue
		}
		_, err := g.ask(ctx, code, value)
		refused, broken := refusedBy(err)
		if refused == nil {
			refused = broken
		}
		if refused != nil && refused.Finding.Rule == "answer-status" {
			f := refused.Finding
			f.Rule, f.Cause, f.Path, f.Level = "declared-refused", result.CauseNotOffered, "CapabilityStatement.rest.resource.searchParam", result.Must
			if strings.HasPrefix(code, "_") {
				f.Level = result.Should
			}
			f.Message = fmt.Sprintf("%s declares %s.%s and refuses it: %s", g.system.Name, g.resourceType, code, f.Message)
			f.Expected = "status 200, or a statement without the parameter"
			findings = append(findings, f)
		} else if err != nil && refused == nil {
			return findings, err
		}
	}
	return findings, nil
}

// postedParameters: a search by POST applies the parameters of its URL and those of its body (R4 3.1.1.2; http 3.1.0.9).
func postedParameters(ctx context.Context, g ground) ([]result.Finding, error) {
	name, value := g.filter()
	whole, err := g.ask(ctx, name, value)
	if err != nil {
		return nil, orNotOffered(err)
	}
	posted, err := g.system.UpTo(len(whole.Matches)+enoughToSee).PostSearchAt(ctx, g.resourceType, g.about(), url.Values{name: {value}})
	if err != nil {
		return nil, orNotOffered(err)
	}
	findings := relation{
		rule: "post-url-parameters", says: fmt.Sprintf("%s finds what is found with all of its parameters in the URL", posted.Query),
		answer: posted, got: found(posted), want: found(whole), exchanges: exchangesOf(posted, whole),
		why: func(_, extra []string) result.Cause {
			if len(extra) > 0 {
				return result.IgnoredParameter
			}
			return result.NoCause
		},
	}.findings()
	others := 0
	for _, resource := range posted.Resources() {
		if reference, ok := fhir.ParseReference(resource.Text("subject", "reference")); ok && reference.ID != g.patient.Resource.ID() {
			others++
		}
	}
	for i := range findings {
		if others > 0 {
			findings[i].Hazard = "S1: a search about one patient shows the records of others in " + title(g.system) + "."
		}
	}
	return findings, nil
}
