package record

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

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

// Unread is a reference of others that leads to nothing, or to an error.
type Unread struct {
	Reference string
	// Broken is what was answered; nil where the answer is that there is no such resource.
	Broken *check.BrokenAnswer
	// Exchange shows that there is none.
	Exchange string
}

// Referred reads the resources of a type that others refer to, the first 40 in the order of their references. What could not be
// read is returned apart; a reference that leads to something else is left out.
func Referred(ctx context.Context, system *check.Endpoint, resourceType string, resources []fhir.Resource) ([]Entry, []Unread, error) {
	var names []string
	for _, resource := range resources {
		for _, text := range Literals(map[string]any(resource)) {
			if reference, ok := fhir.ParseReference(text); ok && reference.Type == resourceType && !system.Elsewhere(text) {
				names = append(names, reference.Relative())
			}
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	type one struct {
		entry  Entry
		unread *Unread
	}
	answers, err := Gather(ctx, names[:min(len(names), entriesAtMost)], func(ctx context.Context, name string) (one, error) {
		resource, got, err := system.Read(ctx, name)
		var broken *check.BrokenAnswer
		switch {
		case errors.As(err, &broken):
			return one{unread: &Unread{Reference: name, Broken: broken}}, nil
		case err != nil:
			return one{}, err
		case resource == nil:
			return one{unread: &Unread{Reference: name, Exchange: got.ID}}, nil
		default:
			return one{entry: Entry{resource, got.ID}}, nil
		}
	})
	var (
		read   []Entry
		unread []Unread
	)
	for _, a := range answers {
		switch {
		case a.unread != nil:
			unread = append(unread, *a.unread)
		case a.entry.Resource.Type() == resourceType:
			read = append(read, a.entry)
		}
	}
	return read, unread, err
}

// BeginningAtMost is how much of a list of the directory is read.
const BeginningAtMost = 40

// Beginning reads the beginning of the list of a type. A system need not give the list: nil without an error is that it gives none, and
// what was answered instead, if anything was, stands beside it.
func Beginning(ctx context.Context, system *check.Endpoint, resourceType string) (*check.Answer, *check.BrokenAnswer, error) {
	answer, err := system.UpTo(BeginningAtMost).Search(ctx, resourceType, url.Values{"_count": {strconv.Itoa(BeginningAtMost)}})
	var (
		refused *check.BrokenAnswer
		unsure  *check.Inconclusive
	)
	switch {
	case errors.As(err, &refused), errors.As(err, &unsure):
		return nil, refused, nil
	case err != nil || len(answer.Exchanges) == 0:
		return nil, nil, err
	default:
		return answer, nil, nil
	}
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
