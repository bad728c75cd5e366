package record

import (
	"context"
	"errors"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// Entry is a resource that others refer to, with the exchange that shows it.
type Entry struct {
	Resource fhir.Resource
	Exchange string
}

// entriesAtMost is how many of the resources of one type that others refer to are read: enough to judge them by, and to
// ask for one of them and not for another.
const entriesAtMost = 40

// Referred reads the resources of a type that others refer to, the first 40 in the order of their references. A reference
// that leads nowhere, or to something else, is left out; the check for references is about those.
func Referred(ctx context.Context, system *check.Endpoint, resourceType string, resources []fhir.Resource) ([]Entry, error) {
	var names []string
	for _, resource := range resources {
		for _, text := range Literals(map[string]any(resource)) {
			if reference, ok := fhir.ParseReference(text); ok && reference.Type == resourceType {
				names = append(names, reference.Relative())
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	read, err := Gather(ctx, names[:min(len(names), entriesAtMost)], func(ctx context.Context, name string) (Entry, error) {
		resource, got, err := system.Read(ctx, name)
		var broken *check.BrokenAnswer
		switch {
		case errors.As(err, &broken):
			return Entry{}, nil
		case err != nil:
			return Entry{}, err
		default:
			return Entry{resource, got.ID}, nil
		}
	})
	return slices.DeleteFunc(read, func(e Entry) bool { return e.Resource.Type() != resourceType }), err
}

// Literals are all literal references below a value, in no order.
func Literals(value any) []string {
	var all []string
	switch value := value.(type) {
	case map[string]any:
		if text, ok := value["reference"].(string); ok {
			all = append(all, text)
		}
		for _, member := range value {
			all = append(all, Literals(member)...)
		}
	case []any:
		for _, item := range value {
			all = append(all, Literals(item)...)
		}
	}
	return all
}
