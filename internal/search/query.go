package search

import (
	"net/url"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Query is a parsed search. It does not change and may be used by several goroutines at once.
type Query struct {
	types   []string
	filters map[string][]filter // by resource type
	applied []Applied
	ignored []Ignored
	options Options
	control
}

// Applied is one parameter of a query that was understood.
type Applied struct {
	// Name is the whole name as written, with modifier, chain or _has: "patient.identifier", "code:not".
	Name string
	// Value is the whole value as written, after percent-decoding.
	Value string
	// Code and Modifier are the parts of a name that is neither a chain nor _has.
	Code, Modifier string
	// Values are the comma-separated values, still with their escapes.
	Values []string
	// Kind is the type of the search parameter, at the end of a chain or of _has the last one's; "" for a parameter that
	// controls the result, such as _count.
	Kind Kind
}

// Ignored is one parameter that was left out of a query.
type Ignored struct {
	Param, Value string
	// Reason is a sentence fragment that follows the name.
	Reason string
}

// Types returns the resource types the query searches, sorted; all of them when it is about no type.
func (q *Query) Types() []string { return q.types }

// Applied returns the parameters that were understood, in their order, those that control the result included.
func (q *Query) Applied() []Applied { return q.applied }

// Ignored returns the parameters that were left out, in their order: empty ones, and with lenient handling unknown ones.
func (q *Query) Ignored() []Ignored { return q.ignored }

// Canonical returns the query string of the parameters that were applied, in their order, for the self link.
func (q *Query) Canonical() string {
	var out strings.Builder
	for i, applied := range q.applied {
		if i > 0 {
			out.WriteByte('&')
		}
		out.WriteString(url.QueryEscape(applied.Name))
		out.WriteByte('=')
		out.WriteString(url.QueryEscape(applied.Value))
	}
	return out.String()
}

// Without returns the query without the parameters of that name, whatever their modifier; the name of a chain or of _has
// is given whole.
func (q *Query) Without(name string) *Query {
	var kept []string
	for _, applied := range q.applied {
		if applied.Name != name && (applied.Code == "" || applied.Code != name) {
			kept = append(kept, url.QueryEscape(applied.Name)+"="+url.QueryEscape(applied.Value))
		}
	}
	resourceType := ""
	if len(q.types) == 1 {
		resourceType = q.types[0]
	}
	reparsed, err := Parse(resourceType, strings.Join(kept, "&"), q.options)
	if err != nil {
		return q // a part of a query that was parsed parses
	}
	return reparsed
}

// Match reports whether the resource satisfies every filter of the query. Chains and _has look in the store, which may
// be nil: then only references to contained resources are followed and no resource satisfies _has. Parameters that
// control the result, such as _count, play no part.
func (q *Query) Match(resource fhir.Resource, store Store) bool {
	return q.Matcher(store)(resource)
}

// Matcher is Match for one resource after the other. The function that it returns serves one goroutine.
func (q *Query) Matcher(store Store) func(fhir.Resource) bool {
	m := &matching{store: store, options: &q.options, joins: newJoins(func() error { return nil })}
	return func(resource fhir.Resource) bool {
		// What lies at the far end of a join may be a part of the resource that was asked about before.
		m.root, m.joins.answers = resource, nil
		return q.match(m)
	}
}

// match is Match for the root of a matching.
func (q *Query) match(m *matching) bool {
	filters, ok := q.filters[m.root.Type()]
	if !ok {
		return false
	}
	for _, f := range filters {
		if !f.holds(m) {
			return false
		}
	}
	return true
}
