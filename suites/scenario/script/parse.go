package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites/check"
)

// Vocabulary is what the words of a scenario are held against.
type Vocabulary struct {
	// Ledger knows the stories and their labels. nil leaves those unchecked until the scenario runs.
	Ledger *fixtures.Ledger
	// Compile says what is wrong with a FHIRPath expression about a resource type ("" for any). nil leaves expressions
	// unchecked until the scenario runs.
	Compile func(expression, resourceType string) error
}

// reader reads one file.
type reader struct {
	*reading
	words  Vocabulary
	script *Script
	// story is the one that labels are looked up in; nil when it is not known.
	story *fixtures.Story
	// sets are the names that facts steps gave.
	sets []string
	part keyword
	// parts are those that the scenario has.
	parts []keyword
	// asked says that a when step came before.
	asked bool
}

// Parse reads one scenario. The error joins every *Problem of the file, in the order of their places.
func Parse(file string, data []byte, words Vocabulary) (*Script, error) {
	p := &reader{reading: &reading{file: file}, words: words, script: &Script{File: file}}
	root, ok := p.tree(data)
	if ok {
		p.scenario(root)
		p.synthetic(root)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.script, nil
}

// synthetic notes NHS numbers that could be a person's, wherever they stand. A code of the ledger may look like one.
func (p *reader) synthetic(n node) {
	for _, item := range n.items {
		p.synthetic(item)
	}
	for _, f := range n.fields {
		if f.key.text != "code" {
			p.synthetic(f.value)
		}
	}
	if err := exchange.CheckWords(n.text); err != nil && !p.noted(n) {
		p.fault(n, "%v", err)
	}
}

var identifier = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$`)

func (p *reader) scenario(root node) {
	m, ok := p.object(root, "a scenario")
	if !ok {
		return
	}
	s := p.script
	if s.ID = m.needText("id"); s.ID != "" && !identifier.MatchString(s.ID) {
		value, _ := m.get("id")
		p.fault(value, "id %q must be capitals and digits with hyphens between them, such as SCN-P03", s.ID)
	}
	s.Title = m.needText("title")
	p.storyOf(m)
	s.Level = result.Level(p.choice(m, "level", string(result.Must), string(result.Must), string(result.Should), string(result.May)))
	s.Scope = check.Scope(p.choice(m, "scope", string(check.PerSystem), string(check.PerSystem), string(check.PerPair)))
	p.requirements(m)
	s.Hazard = m.needText("hazard")
	s.Fix = m.needText("fix")
	if steps, ok := m.need("steps"); ok {
		p.steps(steps)
	}
	m.finish()
}

// storyOf reads the story of the scenario.
func (p *reader) storyOf(m *mapping) {
	value, ok := m.need("story")
	if !ok {
		return
	}
	p.script.Story = p.scalar(value, "story")
	p.story = p.find(value)
}

// find looks a story up and notes when the ledger does not have it.
func (p *reader) find(value node) *fixtures.Story {
	if p.words.Ledger == nil {
		return nil
	}
	story, ok := p.words.Ledger.Story(value.text)
	if ok {
		return &story
	}
	var ids []string
	for _, known := range p.words.Ledger.Stories() {
		ids = append(ids, known.ID)
	}
	p.fault(value, "the golden ledger has no story %q%s; \"concord fixtures stories\" lists them", value.text, suggest.Meant(value.text, ids))
	return nil
}

// choice reads one of a few words, the first being the one that is meant when the key is not there.
func (p *reader) choice(m *mapping, key, usual string, words ...string) string {
	value, ok := m.get(key)
	if !ok {
		return usual
	}
	text := p.scalar(value, key)
	if text != "" && !slices.Contains(words, text) {
		p.fault(value, "%s %q is none of %s", key, text, strings.Join(words, ", "))
	}
	return text
}

func (p *reader) requirements(m *mapping) {
	value, ok := m.need("requirement")
	if !ok {
		return
	}
	if value.kind != list || len(value.items) == 0 {
		p.fault(value, "requirement must be a list that says where the scenario comes from: [{id: ..., source: ...}]")
		return
	}
	for _, item := range value.items {
		row, ok := p.object(item, "a requirement")
		if !ok {
			continue
		}
		p.script.Requirement = append(p.script.Requirement, result.Ref{ID: row.needText("id"), Source: row.needText("source")})
		row.finish()
	}
}

func (p *reader) steps(value node) {
	if value.kind != list || len(value.items) == 0 {
		p.fault(value, "steps must be a list of given, when and then steps")
		return
	}
	for _, item := range value.items {
		p.step(item)
	}
	for _, wanted := range []keyword{when, then} {
		if !slices.Contains(p.parts, wanted) {
			p.fault(value, "the scenario has no %s step, so it would show nothing", wanted)
		}
	}
}

func (p *reader) step(item node) {
	m, ok := p.object(item, "a step")
	if !ok {
		return
	}
	made := step{node: item}
	for _, word := range keywords() {
		value, ok := m.get(string(word))
		if !ok {
			continue
		}
		if made.keyword != "" {
			p.fault(value, "a step has one sentence, and this one has %s and %s", made.keyword, word)
			return
		}
		made.keyword = word
		if made.sentence = p.scalar(value, string(word)); made.sentence == "" && value.kind == scalar {
			p.fault(value, "the sentence is empty")
		}
	}
	switch made.keyword {
	case "":
		p.fault(item, "a step begins with given, when, then or and, and its sentence")
		return
	case and:
		if p.part == "" {
			p.fault(item, "the first step cannot begin with and")
			return
		}
		made.part = p.part
	case given, when, then:
		made.part = made.keyword
	}
	p.part = made.part
	p.parts = append(p.parts, made.part)
	if made.part == then && !p.asked {
		p.fault(item, "nothing was asked before this then step")
	}
	made.level = result.Level(p.choice(m, "level", string(p.script.Level), string(result.Must), string(result.Should)))
	p.verb(m, &made)
	p.asked = p.asked || made.part == when
	m.finish()
	if made.act != nil {
		p.script.steps = append(p.script.steps, made)
	}
}

// verbs are the actions of each part of a scenario.
func verbs(part keyword) []string {
	switch part {
	case given:
		return []string{"person", "facts"}
	case when:
		return []string{"ask"}
	default:
		return []string{"see", "not-see", "only", "count", "value", "absent", "outcome", "attachment", "same", "within"}
	}
}

// verb reads what the step does: exactly one verb of its part.
func (p *reader) verb(m *mapping, made *step) {
	found := ""
	for _, part := range []keyword{given, when, then} {
		for _, verb := range verbs(part) {
			value, ok := m.get(verb)
			switch {
			case !ok:
			case part != made.part:
				p.fault(value, "%q cannot stand in a %s step: it belongs to %s", verb, made.part, part)
				return
			case found != "":
				p.fault(value, "a step does one thing, and this one does %s and %s: make two steps", found, verb)
				return
			default:
				found = verb
			}
		}
	}
	if found == "" {
		for _, f := range m.fields {
			if !slices.Contains(m.known, f.key.text) {
				p.fault(f.key, "there is no step %q%s; a %s step has one of %s", f.key.text, suggest.Meant(f.key.text, verbs(made.part)), made.part,
					strings.Join(verbs(made.part), ", "))
				m.known = append(m.known, f.key.text)
				return
			}
		}
		p.fault(m.node, "the step does nothing: a %s step has one of %s", made.part, strings.Join(verbs(made.part), ", "))
		return
	}
	value, _ := m.get(found)
	switch found {
	case "person":
		made.act = p.person(value)
	case "facts":
		made.act = p.facts(value)
	case "ask":
		made.act = p.ask(m, value, made.keyword == and)
	default:
		made.act = p.assertion(found, m, value)
	}
}

// resourceType reads the name of a FHIR R4 resource type.
func (p *reader) resourceType(n node) string {
	name := p.scalar(n, "a resource type")
	if name != "" && !slices.Contains(search.Types(), name) {
		p.fault(n, "FHIR R4 has no resource type %q%s", name, suggest.Meant(name, search.Types()))
	}
	return name
}

// expression reads a FHIRPath expression.
func (p *reader) expression(m *mapping, key, resourceType string) string {
	value, ok := m.get(key)
	if !ok {
		return ""
	}
	text := p.scalar(value, key)
	if text == "" || p.words.Compile == nil {
		return text
	}
	if err := p.words.Compile(text, resourceType); err != nil {
		p.fault(value, "%s is not FHIRPath: %v", key, err)
	}
	return text
}

// number reads a whole number that is not negative.
func (p *reader) number(n node, what string) int {
	text := p.scalar(n, what)
	value := 0
	if _, err := fmt.Sscanf(text, "%d", &value); err != nil || fmt.Sprint(value) != text || value < 0 {
		p.fault(n, "%s must be a whole number, and this is %q", what, text)
	}
	return value
}
