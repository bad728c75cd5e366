package capability

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// probe asks for something that a system may declare.
type probe struct {
	kind, resourceType, name string
	declared                 bool
	url                      string
	// accept is the media type that is asked for; "" is JSON.
	accept string
	// works says of an answer that is no error whether it is of the kind that was asked for.
	works func(got *exchange.Exchange) bool
}

// ask puts the question of a probe, takes down what was observed, and says when something declared does not work.
func (p probe) ask(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	got, err := get(ctx, env, p.url, "Accept", p.accept)
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil && got.Status != http.StatusForbidden {
		return nil, err
	}
	observed := result.CapabilityWorks
	switch {
	case got.Status >= http.StatusBadRequest || got.Status == http.StatusForbidden:
		observed = result.CapabilityRefused
	case !got.Succeeded() || !p.works(got):
		observed = result.CapabilityIgnored
	}
	env.Observe(result.Capability{System: env.System.Name, Resource: p.resourceType, Kind: p.kind, Name: p.name, Declared: p.declared, Observed: observed})
	if !p.declared || observed == result.CapabilityWorks {
		return nil, nil
	}
	finding := wrong(env, got, "declared-"+string(observed), fmt.Sprintf("%s declares %s and %s", env.System.Name, p, map[result.Observation]string{
		result.CapabilityRefused: "refuses it", result.CapabilityIgnored: "answers with something else",
	}[observed]), p.String(), statusLine(got))
	finding.Cause = result.CauseNotOffered
	return []result.Finding{finding}, nil
}

// String names what is probed.
func (p probe) String() string {
	text := p.kind + " " + p.name
	if p.resourceType != "" {
		text += " of " + p.resourceType
	}
	return text
}

// askAll puts probes.
func askAll(ctx context.Context, env *check.Env, probes []probe) ([]result.Finding, error) {
	return several(ctx, probes, func(ctx context.Context, p probe) ([]result.Finding, error) { return p.ask(ctx, env) })
}

// several asks about many things, several at once, and returns what was found in their order with the first error: one
// question that has no answer takes nothing away from the others.
func several[In any](ctx context.Context, things []In, ask func(context.Context, In) ([]result.Finding, error)) ([]result.Finding, error) {
	type answer struct {
		found []result.Finding
		err   error
	}
	answers, _ := record.Gather(ctx, things, func(ctx context.Context, thing In) (answer, error) { // no error is returned here
		found, err := ask(ctx, thing)
		return answer{found, err}, nil
	})
	var (
		findings []result.Finding
		first    error
	)
	for _, a := range answers {
		findings = append(findings, a.found...)
		if first == nil {
			first = a.err
		}
	}
	return findings, first
}

// isBundle reports whether an answer is a Bundle of a type.
func isBundle(kind string) func(got *exchange.Exchange) bool {
	return func(got *exchange.Exchange) bool {
		resource := resourceOf(got)
		return resource.Type() == "Bundle" && resource.Text("type") == kind
	}
}

// declaredInteractions asks for every reading interaction of every type that is declared, of one resource of the type. A
// type of which the system has no resource is searched only.
func declaredInteractions(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	return several(ctx, statement.Objects("rest", "resource"), func(ctx context.Context, resource map[string]any) ([]result.Finding, error) {
		resourceType := fhir.Text(resource["type"])
		var probes []probe
		add := func(name, url string, works func(got *exchange.Exchange) bool) {
			probes = append(probes, probe{kind: "interaction", resourceType: resourceType, name: name, declared: interacts(resource, name), url: url, works: works})
		}
		add("search-type", listOf(resource, resourceType, patient), isBundle("searchset"))
		if interacts(resource, "history-type") {
			add("history-type", resourceType+"/_history?_count=1", isBundle("history"))
		}
		one, err := oneOf(ctx, env, resource, patient)
		if err != nil {
			return nil, err
		}
		if one != nil {
			is := func(got *exchange.Exchange) bool { return resourceOf(got).Reference() == one.Reference() }
			add("read", one.Reference(), is)
			if version := one.Text("meta", "versionId"); version != "" {
				add("vread", one.Reference()+"/_history/"+url.PathEscape(version), is)
			}
			add("history-instance", one.Reference()+"/_history", isBundle("history"))
		}
		return askAll(ctx, env, probes)
	})
}

// listOf is a search of a type that brings few resources: those of one patient, where the type can be searched so.
func listOf(resource map[string]any, resourceType string, patient fhir.Resource) string {
	switch {
	case resourceType == "Patient":
		return "Patient?_id=" + patient.ID()
	case searchable(resource, "patient"):
		return resourceType + "?patient=" + patient.ID() + "&_count=1"
	default:
		return resourceType + "?_count=1"
	}
}

// searchable reports whether a search parameter is declared.
func searchable(resource map[string]any, code string) bool {
	return slices.ContainsFunc(fhir.Objects(resource["searchParam"]), func(p map[string]any) bool { return fhir.Text(p["name"]) == code })
}

// oneOf is a resource of a type, nil where the system shows none.
func oneOf(ctx context.Context, env *check.Env, resource map[string]any, patient fhir.Resource) (fhir.Resource, error) {
	resourceType := fhir.Text(resource["type"])
	switch {
	case resourceType == "Patient":
		return patient, nil
	case !interacts(resource, "search-type") || resourceType == "AuditEvent": // every look makes a new one
		return nil, nil
	case searchable(resource, "patient"):
		somebody, err := holder(ctx, env, resourceType)
		return somebody.record, err
	}
	got, err := get(ctx, env, listOf(resource, resourceType, patient))
	if err != nil {
		return nil, nil //nolint:nilerr // the search itself is asked as well, and says so
	}
	return firstMatch(resourceOf(got), resourceType), nil
}

// declaredFormats asks for each format that is declared.
func declaredFormats(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var probes []probe
	for _, format := range statement.List("format") {
		name := fhir.Text(format)
		media, begins := "", ""
		switch {
		case strings.Contains(name, "json"):
			media, begins = "application/fhir+json", "{"
		case strings.Contains(name, "xml"):
			media, begins = "application/fhir+xml", "<"
		default:
			continue // Turtle and others are no business of a clinical client
		}
		probes = append(probes, probe{kind: "format", name: name, declared: true, url: "metadata", accept: media, works: func(got *exchange.Exchange) bool {
			return strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(got.Body, fhir.ByteOrderMark)), begins)
		}})
	}
	return askAll(ctx, env, probes)
}

// declaredParameters asks every type by each of its declared parameters, for a value that no record has. What is found then shows that
// the parameter is ignored, and a refusal that it is not known.
func declaredParameters(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	type declared struct {
		resource    map[string]any
		code, value string
	}
	var all []declared
	for _, resource := range statement.Objects("rest", "resource") {
		if resourceType := fhir.Text(resource["type"]); resourceType == "AuditEvent" || resourceType == "Provenance" {
			continue // who looked, and where records come from, is asked with the records
		}
		for _, parameter := range fhir.Objects(resource["searchParam"]) {
			code := fhir.Text(parameter["name"])
			value := nothingHas(search.Kind(fhir.Text(parameter["type"])))
			if value == "" || code == "patient" || strings.HasPrefix(code, "_") {
				continue
			}
			all = append(all, declared{resource, code, value})
		}
	}
	var (
		shown   atomic.Bool
		unasked sync.Map
	)
	findings, err := several(ctx, all, func(ctx context.Context, p declared) ([]result.Finding, error) {
		resourceType := fhir.Text(p.resource["type"])
		narrow, one, err := narrowly(ctx, env, p.resource, patient)
		if err == nil && one == nil {
			unasked.Store(resourceType, true)
		}
		if err != nil || narrow == nil {
			return nil, err
		}
		if one != nil && searchable(p.resource, "patient") {
			shown.Store(true) // that there are people and organisations says nothing of records
		}
		narrow.Set(p.code, lacked(one, resourceType, p.code, p.value))
		return askParameter(ctx, env, resourceType, p.code, narrow, one != nil)
	})
	if err == nil && env.Remark != nil {
		sayUnasked(env, &unasked)
	}
	if err == nil && len(findings) == 0 && len(all) > 0 && !shown.Load() {
		return nil, check.NoData("%s shows nobody's record of a type that it can be searched for by patient, so every answer is empty. %s", env.System.Name, env.Remedy())
	}
	return findings, err
}

// sayUnasked remarks of which types the parameters could not be asked, because the system shows nothing that they could find.
func sayUnasked(env *check.Env, types *sync.Map) {
	var names []string
	types.Range(func(name, _ any) bool {
		text, _ := name.(string)
		names = append(names, text)
		return true
	})
	if len(names) > 0 {
		slices.Sort(names)
		env.Remark(fmt.Sprintf("Whether it knows the search parameters that it declares (CAP-DECLARED-002) does not show for types of which it shows nothing that they could find: %s.", strings.Join(names, ", ")))
	}
}

// narrowly is a search of a type that brings few resources, and one of those that it brings, nil for none: those of one patient who has some,
// where the type can be searched so. The search is nil where there is nothing to narrow: of a type that is about nobody, and of which the
// system shows nothing.
func narrowly(ctx context.Context, env *check.Env, resource map[string]any, patient fhir.Resource) (parameters url.Values, one fhir.Resource, err error) {
	resourceType := fhir.Text(resource["type"])
	switch {
	case resourceType == "Patient":
		got, err := get(ctx, env, listOf(resource, resourceType, patient))
		if err != nil {
			return nil, nil, err
		}
		if one = firstMatch(resourceOf(got), resourceType); one == nil {
			return nil, nil, nil // who is found by a number alone, as some services have it, can be asked for in no narrower way
		}
		return url.Values{"_id": {patient.ID()}}, one, nil
	case searchable(resource, "patient"):
		somebody, err := holder(ctx, env, resourceType)
		if err != nil {
			return nil, nil, err
		}
		return url.Values{"patient": {byPatient(ctx, env, somebody.patient)}}, somebody.record, nil
	}
	one, err = oneOf(ctx, env, resource, patient)
	if err != nil || one == nil {
		return nil, nil, err
	}
	return url.Values{"_count": {"1"}}, one, nil
}

// lacked is what a type is asked for by a parameter: a value that nothing has, and of a parameter that looks at true and false alone the one of
// the two that a record does not have, since R4 does not say what becomes of another code. Where both are lacked it is false: what is
// not said to be inactive is taken to be active.
func lacked(one fhir.Resource, resourceType, code, value string) string {
	parameter, known := search.Lookup(resourceType, code)
	if !known || len(parameter.Definition()) == 0 || slices.ContainsFunc(parameter.Definition(), func(element string) bool { return !strings.HasSuffix(element, ":boolean") }) {
		return value
	}
	if one != nil && has(one, code, "false") {
		return "true"
	}
	return "false"
}

// nothingHas is a well-formed value of a kind that no record has; "" for kinds without one.
func nothingHas(kind search.Kind) string {
	switch kind {
	case search.Token:
		return "https://concord.test/none|concord-no-such-code"
	case search.String:
		return "concordnosuchtext"
	case search.Date:
		return "lt1800-01-01"
	case search.Reference:
		return "concord-no-such-id"
	case search.URI:
		return "https://concord.test/none"
	default:
		return ""
	}
}

// has reports whether a resource has a value after all that nothing should have: a period without a start began before any date.
func has(resource fhir.Resource, code, value string) bool {
	query, err := search.Parse(resource.Type(), url.Values{code: {value}}.Encode(), search.Options{Handling: search.Strict})
	return err == nil && query.Match(resource, nil)
}

// askParameter asks by a parameter with a value that nothing has. holds says that without it something is found: an empty answer about
// somebody who has no record does not show that the parameter works.
func askParameter(ctx context.Context, env *check.Env, resourceType, code string, parameters url.Values, holds bool) ([]result.Finding, error) {
	query := resourceType + "?" + parameters.Encode()
	got, err := get(ctx, env, query)
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil {
		return nil, err
	}
	observed, answer := result.CapabilityWorks, resourceOf(got)
	switch {
	case got.Status >= http.StatusBadRequest && unknownToServer(answer):
		observed = result.CapabilityRefused
	case got.Succeeded() && slices.ContainsFunc(fhir.Entries(answer), func(e fhir.Entry) bool {
		return e.Resource.Type() == resourceType && !has(e.Resource, code, parameters.Get(code))
	}):
		observed = result.CapabilityIgnored
	}
	if observed == result.CapabilityWorks && !holds {
		return nil, nil
	}
	env.Observe(result.Capability{System: env.System.Name, Resource: resourceType, Kind: "parameter", Name: code, Declared: true, Observed: observed})
	if observed == result.CapabilityWorks {
		return nil, nil
	}
	finding := wrong(env, got, "declared-parameter-"+string(observed), fmt.Sprintf("%s declares the search parameter %s of %s and %s it", env.System.Name, code, resourceType,
		map[result.Observation]string{result.CapabilityRefused: "refuses", result.CapabilityIgnored: "ignores"}[observed]),
		"nothing found, because nothing has that value", statusLine(got))
	finding.Query = env.System.Curl(resourceType, parameters)
	finding.Cause = map[result.Observation]result.Cause{result.CapabilityRefused: result.CauseNotOffered, result.CapabilityIgnored: result.IgnoredParameter}[observed]
	return []result.Finding{finding}, nil
}

// unknownToServer tells a refusal of the parameter from one of the value, which a system may refuse because it knows that
// nothing has it.
func unknownToServer(outcome fhir.Resource) bool {
	for _, issue := range outcome.Objects("issue") {
		text := strings.ToLower(fhir.Text(issue["diagnostics"]) + " " + fhir.Text(fhir.Get(issue, "details", "text")))
		if fhir.Text(issue["code"]) == "not-supported" || strings.Contains(text, "disabled") || strings.Contains(text, "unknown search parameter") || strings.Contains(text, "not supported") {
			return true
		}
	}
	return false
}

// refusedOrWrong reports whether an error is one of an answer that is no searchset, or of a refusal.
func refusedOrWrong(err error) bool {
	var broken *check.BrokenAnswer
	return errors.As(err, &broken)
}
