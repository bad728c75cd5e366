package record

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// contents finds the records of a ledger by what they say: a system may give a record a number of its own in place of its source's,
// and is then known by nothing else. What it finds is worked out when the first such record is met.
type contents struct {
	ledger *fixtures.Ledger
	// plain reads without asking for contents.
	plain *Reader
	once  sync.Once
	// records are the records by type and time.
	records map[string][]content
}

// content is what one version of a record says.
type content struct {
	person, token string
	said          Statement
	// visible says that anybody is to be shown it.
	visible bool
}

func newContents(ledger *fixtures.Ledger, plain *Reader) *contents {
	return &contents{ledger: ledger, plain: plain}
}

// numbered reports whether one of the identifiers is the number that a source gave the record.
func numbered(identifiers []string) bool {
	return slices.ContainsFunc(identifiers, func(identifier string) bool { return strings.HasPrefix(identifier, fixtures.RecordSystem+"|") })
}

// saying are the records which a resource says the same as in what, when and how much, and from the same source. Of several about one
// person they are those that say all the same where there are any, and those to be shown rather than those that are not. None for a
// resource of another type.
func (c *contents) saying(resource fhir.Resource) []content {
	if !slices.Contains(fixtures.Kinds(), fixtures.Kind(resource.Type())) {
		return nil
	}
	shown, ok := c.plain.Read(resource, nil)
	if !ok {
		return nil
	}
	c.once.Do(c.gather)
	var found []content
	for _, known := range c.records[typeAndTime(shown)] {
		if known.said.sameRecord(shown) {
			found = append(found, known)
		}
	}
	for _, better := range []func(content) bool{
		func(known content) bool { return known.said.says(shown, nil) },
		func(known content) bool { return known.visible },
	} {
		all := slices.Clone(found)
		found = slices.DeleteFunc(found, func(known content) bool {
			return !better(known) && slices.ContainsFunc(all, func(other content) bool { return other.person == known.person && better(other) })
		})
	}
	return found
}

// typeAndTime is under which type and time a statement is found.
func typeAndTime(s Statement) string { return s.Type + "\t" + s.When() }

// sameRecord reports whether another statement of the type says the same what, when and how much, from the same source, in whatever lawful
// way.
func (s Statement) sameRecord(shown Statement) bool {
	return s.Type == shown.Type && s.says(shown, s.shape.key) && slices.ContainsFunc(shown.Sources, func(source string) bool { return slices.Contains(s.Sources, source) })
}

// says reports whether another statement of the type says what this one does in some rows, nil for all, in whatever lawful way.
func (s Statement) says(shown Statement, rows []int) bool {
	for i, row := range s.shape.rows {
		if (rows == nil || slices.Contains(rows, i)) && s.values[i] != shown.values[i] && row.rule.differ(s.values[i], shown.values[i]) {
			return false
		}
	}
	return true
}

func (c *contents) gather() {
	c.records = map[string][]content{}
	renderers := map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		renderers[system] = c.ledger.Renderer(system, fixtures.CCRStyle())
	}
	for person := range c.ledger.People() {
		visible := map[string]bool{}
		for _, fact := range c.ledger.Visible(person) {
			visible[fact.ID] = true
		}
		for _, fact := range c.ledger.FactsOf(person) {
			said, ok := c.plain.Read(renderers[c.ledger.System(fact.Source)].Fact(fact), nil)
			if !ok {
				continue
			}
			c.plain.texts.share(&said)
			said.Terms, said.parts, said.Computed = nil, nil, ""
			c.records[typeAndTime(said)] = append(c.records[typeAndTime(said)], content{person.ID, fact.Identifier.Token(), said, visible[fact.ID]})
		}
	}
}

// Identities are the business identifiers of a resource, as system|value, and where the number that its source gave it is not among
// them, the numbers of the ledger's records that say the same, whoever they are about.
func (t *Truth) Identities(resource fhir.Resource) []string { return t.reader.identities(resource) }

func (r *Reader) identities(resource fhir.Resource) []string {
	identifiers := Identifiers(resource)
	if r.contents == nil || numbered(identifiers) {
		return identifiers
	}
	for _, known := range r.contents.saying(resource) {
		if !slices.Contains(identifiers, known.token) {
			identifiers = append(identifiers, known.token)
		}
	}
	return identifiers
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
// the same, none is it before the others.
func (r *Reader) keys(resource fhir.Resource) []string {
	identifiers := Identifiers(resource)
	if r.contents == nil || numbered(identifiers) {
		return identifiers
	}
	tokens := map[string][]string{}
	for _, known := range r.contents.saying(resource) {
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

// Match pairs facts with the resources that show them, in the order of the facts: those that carry their business identifier, or say the
// same under a number of the system's own. Of several, the first counts.
func (t *Truth) Match(facts []fixtures.Fact, resources []fhir.Resource) []Shown {
	carriers := make(map[string]fhir.Resource, len(resources))
	for _, identities := range []func(fhir.Resource) []string{Identifiers, t.Identities} {
		for _, resource := range resources {
			for _, key := range identities(resource) {
				if _, known := carriers[key]; !known {
					carriers[key] = resource
				}
			}
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
