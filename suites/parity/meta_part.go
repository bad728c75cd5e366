package parity

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
)

// lackingInPart are the elements that answers leave out although a part of a resource is to have them too, with the references of those that lack
// them: what a base definition says must be there, and what _elements asks for (FHIR R4 3.1.1.5.9 and 3.1.1.5.10, both SHOULD).
type lackingInPart struct{ lacking map[string][]string }

// look compares what was cut, by a parameter and its value, with the whole of it; nil is of a resource that is not known.
func (o *lackingInPart) look(cut []string, whole, part fhir.Resource) {
	if whole == nil {
		return
	}
	names := "id"
	if cut[0] == "_elements" {
		names = cut[1]
	}
	due := shaped(whole, "_elements", names)
	if cut[0] == "_summary" {
		summary := shaped(whole, cut...)
		maps.DeleteFunc(due, func(name string, _ any) bool { return summary[name] == nil })
	}
	for name := range due {
		if part[name] != nil || part["_"+name] != nil || name == "meta" {
			continue
		}
		if o.lacking == nil {
			o.lacking = map[string][]string{}
		}
		o.lacking[name] = append(o.lacking[name], part.Reference())
	}
}

// shaped is the part of a resource that a parameter asks for.
func shaped(whole fhir.Resource, parameter ...string) fhir.Resource {
	query, err := search.Parse(whole.Type(), url.Values{parameter[0]: {parameter[1]}}.Encode(), search.Options{})
	if err != nil {
		return nil
	}
	return maps.Clone(query.Shape(whole))
}

// findings says what is left out, an element each.
func (o *lackingInPart) findings(resourceType string, answer *check.Answer) []result.Finding {
	var findings []result.Finding
	for _, name := range slices.Sorted(maps.Keys(o.lacking)) {
		findings = append(findings, result.Finding{
			Rule: "meta-subsetted-owed", Severity: result.SeverityError, Path: resourceType + "." + name, Cause: result.PartShort, Query: answer.Curl(),
			Message:  fmt.Sprintf("the answer to %s leaves %s of %s out, which must be there in a part of a resource too, or was asked for", answer.Query, name, first(o.lacking[name])),
			Expected: name + ", as the whole has it", Actual: "no " + name, Exchanges: answer.Exchanges,
		})
	}
	return findings
}
