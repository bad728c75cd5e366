package record

import (
	"slices"
	"strings"

	"concord/internal/fhir"
)

// unknown stands for a reference whose target could not be named: it leads to nothing that was shown.
const unknown = "?"

// Names knows the business identity of resources by their relative reference, "Encounter/7". Ids are a server's own and
// are never compared.
type Names map[string]string

// Learn takes in the resources' identities.
func (n Names) Learn(resources []fhir.Resource) {
	for _, resource := range resources {
		if identifiers := Identifiers(resource); len(identifiers) > 0 {
			// Of several identifiers the least, so that the order in which they come does not matter.
			n[resource.Reference()] = slices.Min(identifiers)
		}
	}
}

// referenceRule compares references by the business identity of what they lead to: relative or absolute, by id or by
// identifier. One whose target was not shown is unknown; when that is what is expected, nothing is.
func referenceRule() rule {
	return rule{name: "reference", read: func(values []any, names Names) string {
		if names == nil {
			return ""
		}
		targets := make([]string, 0, len(values))
		for _, value := range values {
			targets = append(targets, target(value, names))
		}
		slices.Sort(targets)
		return strings.Join(slices.Compact(targets), "\n")
	}, differ: func(expected, actual string) bool {
		return slices.ContainsFunc(lost(expected, actual), func(target string) bool { return target != unknown })
	}}
}

// target names what a Reference leads to.
func target(reference any, names Names) string {
	if identifier := fhir.Get(reference, "identifier"); identifier != nil {
		return fhir.Text(fhir.Get(identifier, "system")) + "|" + fhir.Text(fhir.Get(identifier, "value"))
	}
	if name, ok := names[relative(reference)]; ok {
		return name
	}
	return unknown
}

// relative is the relative form of a literal reference, "" for one of another form.
func relative(reference any) string {
	parsed, ok := fhir.ParseReference(fhir.Text(fhir.Get(reference, "reference")))
	if !ok || parsed.Type == "" {
		return ""
	}
	return parsed.Relative()
}
