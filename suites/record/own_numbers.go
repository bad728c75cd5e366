package record

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// numbered reports whether one of the identifiers is the number that a source gave the record.
func numbered(identifiers []string) bool {
	return slices.ContainsFunc(identifiers, func(identifier string) bool { return strings.HasPrefix(identifier, fixtures.RecordSystem+"|") })
}

// hasOwnNumber reports whether a record has another number in place of that of its source. One without any was masked, or has lost it.
func hasOwnNumber(resource fhir.Resource) bool {
	identifiers := Identifiers(resource)
	return len(identifiers) > 0 && !numbered(identifiers)
}

// Identities are the business identifiers of a resource, as system|value, and where the number that its source gave it is not among
// them, the numbers of the ledger's records that say the same, whoever they are about.
func (t *Truth) Identities(resource fhir.Resource) []string {
	return t.reader.identities([]fhir.Resource{resource}, nil)[0]
}

// identities are those of each of some resources.
func (r *Reader) identities(resources []fhir.Resource, names Names) [][]string {
	all := make([][]string, len(resources))
	for i, resource := range resources {
		all[i] = Identifiers(resource)
	}
	if r.contents == nil {
		return all
	}
	for i, records := range r.contents.assign(resources, func(resource fhir.Resource) whose { return patientIn(names, resource) }) {
		for _, known := range records {
			if !slices.Contains(all[i], known.token) {
				all[i] = append(all[i], known.token)
			}
		}
	}
	return all
}

// moment is of which type and time a record is, where nobody knows more of it; "" for a resource of another type.
func (r *Reader) moment(resource fhir.Resource) string {
	if !r.unknown || !slices.Contains(fixtures.Kinds(), fixtures.Kind(resource.Type())) {
		return ""
	}
	statement, ok := r.contents.plain.Read(resource, nil)
	if !ok || statement.When() == "" {
		return ""
	}
	return typeAndTime(statement)
}

// keys are the identities of a resource for comparison in sets, which hold each record against one: of several about one person that say
// the same, none is it before the others. Names that have learned of the resource know which record it is among all that is shown.
func (r *Reader) keys(resource fhir.Resource, names Names) []string {
	identifiers := Identifiers(resource)
	if r.contents == nil || numbered(identifiers) {
		return identifiers
	}
	var records []content
	if identity, learned := names[resource.Reference()]; learned {
		records = r.contents.numbered(strings.Split(identity, string(or)))
	} else {
		records = r.contents.saying(resource, patientIn(names, resource))
	}
	tokens := map[string][]string{}
	for _, known := range records {
		if !slices.Contains(tokens[known.person], known.token) {
			tokens[known.person] = append(tokens[known.person], known.token)
		}
	}
	for _, person := range slices.Sorted(maps.Keys(tokens)) {
		if len(tokens[person]) == 1 {
			identifiers = append(identifiers, tokens[person][0])
		}
	}
	return identifiers
}

// Match pairs facts with the resources that show them, in the order of the facts: those that carry their business identifier, or else are
// them under a number of the system's own. Of several, the first counts.
func (t *Truth) Match(facts []fixtures.Fact, resources []fhir.Resource) []Shown {
	people := sync.OnceValue(func() map[string]bool {
		people := map[string]bool{}
		for _, fact := range facts {
			if person, ok := t.ledger.PersonOf(fact.Identifier.Token()); ok {
				people[person.ID] = true
			}
		}
		return people
	})
	theirs := func(known content) bool { return people()[known.person] }
	carriers := make(map[string]fhir.Resource, len(resources))
	carry := func(token string, resource fhir.Resource) {
		if _, carried := carriers[token]; !carried {
			carriers[token] = resource
		}
	}
	for _, resource := range resources {
		for _, token := range Identifiers(resource) {
			carry(token, resource)
		}
	}
	for i, records := range t.reader.contents.assign(resources, func(fhir.Resource) whose { return theirs }) {
		for _, known := range records {
			carry(known.token, resources[i])
		}
	}
	var pairs []Shown
	for _, fact := range facts {
		if resource, ok := carriers[fact.Identifier.Token()]; ok {
			pairs = append(pairs, Shown{fact, resource})
		}
	}
	return pairs
}
