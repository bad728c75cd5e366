package script

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/search"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites/record"
)

// selector says which facts of the ledger, or which resources of an answer, a step is about.
type selector struct {
	node
	// everything is all that may be shown of the types that were asked for.
	everything bool
	// set is a name that a facts step gave.
	set string
	// labels are those of the story, with * for any letters.
	labels []string
	// types are resource types; where is FHIRPath that a resource must meet.
	types []string
	where string
	// codes, sources and statuses narrow facts down.
	codes, sources, statuses []string
	// story is another story than the scenario's, or "".
	story string
}

// aboutFacts reports whether the selector names facts of the ledger rather than whatever an answer holds.
func (s *selector) aboutFacts() bool {
	return s.everything || s.set != "" || len(s.labels) > 0 || len(s.codes)+len(s.sources)+len(s.statuses) > 0
}

// String names what is selected, for a message.
func (s *selector) String() string {
	switch {
	case s.everything:
		return "everything"
	case s.set != "":
		return s.set
	case len(s.labels) > 0:
		return strings.Join(s.labels, ", ")
	case s.where != "":
		return strings.Join(s.types, ", ") + " where " + s.where
	default:
		return strings.Join(s.types, ", ")
	}
}

const everything = "everything"

// selector reads "everything", a resource type, the name of a set, labels, or a query.
func (p *reader) selector(n node, what string) *selector {
	s := &selector{node: n}
	switch n.kind {
	case scalar, list:
		for _, item := range p.texts(n, what) {
			switch word := p.scalar(item, what); {
			case word == "":
				p.fault(item, "%s is empty", what)
			case word == everything:
				s.everything = true
			case slices.Contains(p.sets, word):
				s.set = word
			case slices.Contains(search.Types(), word):
				s.types = append(s.types, word)
			default:
				p.label(item)
				s.labels = append(s.labels, word)
			}
		}
		if n.kind == list && (s.everything || s.set != "") && len(n.items) > 1 {
			p.fault(n, "%s stands alone: it cannot be one of a list", s)
		}
		if len(s.labels) > 0 && len(s.types) > 0 {
			p.fault(n, "name either labels or resource types here, not both")
		}
	case object:
		p.query(n, what, s)
	case nothing:
		p.fault(n, "%s names nothing; write a label, a resource type, a set or a query", what)
	}
	return s
}

// query reads a query by its keys.
func (p *reader) query(n node, what string, s *selector) {
	m, ok := p.object(n, what)
	if !ok {
		return
	}
	p.queryKeys(m, s)
	m.finish()
	if !s.aboutFacts() && len(s.types) == 0 {
		p.fault(n, "%s names nothing", what)
	}
}

func (p *reader) queryKeys(m *mapping, s *selector) {
	if value, ok := m.get("story"); ok {
		s.story = p.scalar(value, "story")
		outer := p.story
		p.story = p.find(value)
		defer func() { p.story = outer }()
	}
	if value, ok := m.get("labels"); ok {
		for _, item := range p.texts(value, "label") {
			p.label(item)
			s.labels = append(s.labels, item.text)
		}
	}
	for _, key := range []string{"type", "kinds"} {
		if value, ok := m.get(key); ok {
			for _, item := range p.texts(value, "resource type") {
				s.types = append(s.types, p.resourceType(item))
			}
		}
	}
	if value, ok := m.get("facts"); ok {
		if s.set = p.scalar(value, "facts"); !slices.Contains(p.sets, s.set) {
			p.fault(value, "no facts step before this one names %q", s.set)
		}
	}
	for _, narrow := range []struct {
		key    string
		target *[]string
	}{{"code", &s.codes}, {"source", &s.sources}, {"status", &s.statuses}} {
		if value, ok := m.get(narrow.key); ok {
			for _, item := range p.texts(value, narrow.key) {
				*narrow.target = append(*narrow.target, item.text)
			}
		}
	}
	resourceType := ""
	if len(s.types) == 1 {
		resourceType = s.types[0]
	}
	s.where = p.expression(m, "where", resourceType)
}

// label notes a label that the story does not have.
func (p *reader) label(n node) {
	if p.story == nil {
		return
	}
	if _, err := path.Match(n.text, ""); err != nil {
		p.fault(n, "%q is not a pattern", n.text)
		return
	}
	labels := p.story.Labels()
	if !slices.ContainsFunc(labels, func(label string) bool { return matches(n.text, label) }) {
		p.fault(n, "story %s has no label %q%s; it has %s", p.story.ID, n.text, suggest.Meant(n.text, labels), strings.Join(labels, ", "))
	}
}

func matches(pattern, label string) bool {
	ok, err := path.Match(pattern, label)
	return err == nil && ok
}

// facts returns the facts that the selector names about a person, in the order of the ledger.
func (t *telling) facts(s *selector, person fixtures.Person) ([]fixtures.Fact, error) {
	if s.set != "" {
		return t.facts(t.sets[s.set], person)
	}
	var candidates []fixtures.Fact
	if len(s.labels) > 0 {
		story := t.story
		if s.story != "" {
			var ok bool
			if story, ok = t.env.Ledger.Story(s.story); !ok {
				return nil, fmt.Errorf("the ledger has no story %s", s.story)
			}
		}
		found := false
		for _, label := range story.Labels() {
			if fact, ok := story.Fact(label); ok && slices.ContainsFunc(s.labels, func(p string) bool { return matches(p, label) }) {
				found = true
				if fact.Person == person.ID {
					candidates = append(candidates, fact)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("story %s has no fact with the label %s", story.ID, strings.Join(s.labels, ", "))
		}
	} else {
		candidates = t.env.Ledger.Visible(person)
	}
	types := s.types
	if s.everything {
		types = t.askedTypes()
	}
	return slices.DeleteFunc(slices.Clone(candidates), func(fact fixtures.Fact) bool { return !s.keeps(fact, types) }), nil
}

func (s *selector) keeps(fact fixtures.Fact, types []string) bool {
	return (len(types) == 0 || slices.Contains(types, string(fact.Kind))) &&
		(len(s.sources) == 0 || slices.Contains(s.sources, fact.Source)) &&
		(len(s.statuses) == 0 || slices.Contains(s.statuses, fact.Status)) &&
		(len(s.codes) == 0 || slices.ContainsFunc(fact.Code.Coding, func(c fixtures.Coding) bool { return slices.Contains(s.codes, c.Code) }))
}

// shown is a resource of an answer with the fact that it shows, where the step is about facts.
type shown struct {
	record.Shown
	view *view
}

// name says what is looked at: the fact, or the reference of the resource.
func (s shown) name() string {
	if s.Fact.ID != "" {
		return record.Describe(s.Fact) + " recorded by " + s.Fact.Source
	}
	return s.Resource.Reference()
}
