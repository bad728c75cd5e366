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
	// records are the records by type and time, sourced the same by type and source.
	records, sourced map[string][]content
}

// content is what one version of a record says.
type content struct {
	person, number, token string
	said                  Statement
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

// whose tells the records of those who may be meant; nil where nobody knows who that is.
type whose func(content) bool

// patientIn are the records of the Patient that a resource names, where names know them.
func patientIn(names Names, resource fhir.Resource) whose {
	identity := names[patientOf(resource)]
	if identity == "" {
		return nil
	}
	identifiers := strings.Split(identity, string(or))
	return func(known content) bool { return slices.Contains(identifiers, NHSNumberToken(known.number)) }
}

// saying are the records which a resource says the same as, or else the one which it says nearly the same as.
func (c *contents) saying(resource fhir.Resource, theirs whose) []content {
	if found := c.exactly(resource, theirs); len(found) > 0 {
		return found
	}
	return c.nearly(resource, theirs)
}

// read is what a resource of a type of which there are records says.
func (c *contents) read(resource fhir.Resource) (Statement, bool) {
	if !slices.Contains(fixtures.Kinds(), fixtures.Kind(resource.Type())) {
		return Statement{}, false
	}
	c.once.Do(c.gather)
	return c.plain.Read(resource, nil)
}

// exactly are the records which a resource says the same as in what, when and how much, and from the same source. Of several about one
// person they are those that say all the same where there are any, and those to be shown rather than those that are not; of several
// people's, theirs.
func (c *contents) exactly(resource fhir.Resource, theirs whose) []content {
	shown, ok := c.read(resource)
	if !ok {
		return nil
	}
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
	if theirs != nil && slices.ContainsFunc(found, theirs) {
		found = slices.DeleteFunc(found, func(known content) bool { return !theirs(known) })
	}
	return found
}

// nearly is the record of theirs that a resource is most likely meant to be, though it says something else than each: from where, or how
// much, or what, or when, and all the rest is the same. The first of these for which there is exactly one gives it. One to be shown goes
// before one that is not, so that nobody is said to show what is withheld who shows a record wrongly.
func (c *contents) nearly(resource fhir.Resource, theirs whose) []content {
	shown, ok := c.read(resource)
	if !ok {
		return nil
	}
	key, what, when := shown.shape.key, shown.shape.what, shown.shape.when
	without := func(drop func(int) bool) []int { return slices.DeleteFunc(slices.Clone(key), drop) }
	var sourced []content
	for _, source := range shown.Sources {
		sourced = append(sourced, c.sourced[shown.Type+"\t"+source]...)
	}
	for _, visible := range []bool{true, false} {
		for _, alike := range []struct {
			among []content
			rows  []int
		}{
			{c.records[typeAndTime(shown)], key},
			{sourced, without(func(row int) bool { return row != what && row != when })},
			{sourced, without(func(row int) bool { return row == what })},
			{sourced, without(func(row int) bool { return row == when })},
		} {
			if !slices.ContainsFunc(alike.rows, func(row int) bool { return shown.values[row] != "" }) {
				continue
			}
			var found []content
			for _, known := range alike.among {
				if known.visible == visible && (theirs == nil || theirs(known)) && known.said.says(shown, alike.rows) {
					found = append(found, known)
				}
			}
			found = slices.CompactFunc(found, func(a, b content) bool { return a.token == b.token })
			if len(found) == 1 {
				return found
			}
		}
	}
	return nil
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
	c.records, c.sourced = map[string][]content{}, map[string][]content{}
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
			c.add(content{person.ID, person.NHSNumber, fact.Identifier.Token(), said, visible[fact.ID]})
		}
	}
}

func (c *contents) add(known content) {
	c.records[typeAndTime(known.said)] = append(c.records[typeAndTime(known.said)], known)
	for _, source := range known.said.Sources {
		c.sourced[known.said.Type+"\t"+source] = append(c.sourced[known.said.Type+"\t"+source], known)
	}
}

// Identities are the business identifiers of a resource, as system|value, and where the number that its source gave it is not among
// them, the numbers of the ledger's records that say the same, whoever they are about.
func (t *Truth) Identities(resource fhir.Resource) []string {
	return t.reader.identities(resource, nil)
}

func (r *Reader) identities(resource fhir.Resource, theirs whose) []string {
	identifiers := Identifiers(resource)
	if r.contents == nil || numbered(identifiers) {
		return identifiers
	}
	for _, known := range r.contents.saying(resource, theirs) {
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
func (r *Reader) keys(resource fhir.Resource, theirs whose) []string {
	identifiers := Identifiers(resource)
	if r.contents == nil || numbered(identifiers) {
		return identifiers
	}
	tokens := map[string][]string{}
	for _, known := range r.contents.saying(resource, theirs) {
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
// same under a number of the system's own, or nearly the same. Of several, the first counts.
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
	tokens := func(saying func(fhir.Resource, whose) []content) func(fhir.Resource) []string {
		return func(resource fhir.Resource) []string {
			if numbered(Identifiers(resource)) {
				return nil
			}
			var tokens []string
			for _, known := range saying(resource, theirs) {
				tokens = append(tokens, known.token)
			}
			return tokens
		}
	}
	carriers := make(map[string]fhir.Resource, len(resources))
	for _, identities := range []func(fhir.Resource) []string{Identifiers, tokens(t.reader.contents.exactly), tokens(t.reader.contents.nearly)} {
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
