package record

import (
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
	// tokens are the versions of a record by its number.
	tokens map[string][]content
}

// content is what one version of a record says.
type content struct {
	person, number, token string
	said                  Statement
	// visible says that anybody is to be shown it.
	visible bool
}

func newContents(ledger *fixtures.Ledger, plain *Reader) *contents {
	return &contents{ledger: ledger, plain: plain, records: map[string][]content{}, sourced: map[string][]content{}, tokens: map[string][]content{}}
}

// whose tells the records of those who may be meant; nil where nobody knows who that is.
type whose func(content) bool

// patientIn are the records of the Patient that a resource names, where names know them.
func patientIn(names Names, resource fhir.Resource) whose {
	identity := names[patientOf(resource)]
	if resource.Type() == "Appointment" { // names its patient among those who take part
		for _, participant := range resource.Objects("participant") {
			actor, ok := fhir.ParseReference(fhir.Text(fhir.Get(participant, "actor", "reference")))
			if ok && actor.Type == "Patient" {
				identity = names[actor.Relative()]
			}
		}
	}
	if identity == "" {
		return nil
	}
	identifiers := strings.Split(identity, string(or))
	return func(known content) bool { return slices.Contains(identifiers, NHSNumberToken(known.number)) }
}

// read is what a resource of a type of which there are records says.
func (c *contents) read(resource fhir.Resource) (Statement, bool) {
	if !slices.Contains(fixtures.Kinds(), fixtures.Kind(resource.Type())) {
		return Statement{}, false
	}
	c.once.Do(c.gather)
	return c.plain.Read(resource, nil)
}

// exactly are the records which a statement says the same as in what, when and how much, and from the same source. Of several about one
// person they are those that say all the same where there are any, and those to be shown rather than those that are not; of several
// people's, theirs.
func (c *contents) exactly(shown Statement, theirs whose) []content {
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

// numbered are the records with some numbers.
func (c *contents) numbered(tokens []string) (found []content) {
	c.once.Do(c.gather)
	for _, token := range tokens {
		found = append(found, c.tokens[token]...)
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
	c.tokens[known.token] = append(c.tokens[known.token], known)
	c.records[typeAndTime(known.said)] = append(c.records[typeAndTime(known.said)], known)
	for _, source := range known.said.Sources {
		c.sourced[known.said.Type+"\t"+source] = append(c.sourced[known.said.Type+"\t"+source], known)
	}
}
