package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// choose is the given step that says who the story is about.
type choose struct {
	story string
	// number counts the people of the story from 1; 0 means all of them.
	number int
}

func (p *reader) person(value node) action {
	m, ok := p.object(value, "person")
	if !ok {
		return nil
	}
	made := &choose{number: 1}
	if story, ok := m.get("story"); ok {
		made.story = p.scalar(story, "story")
		p.story = p.find(story)
	}
	if number, ok := m.get("number"); ok {
		if made.number = 0; number.text != "all" {
			if made.number = p.number(number, "number"); made.number == 0 {
				p.fault(number, "people are counted from 1; write all for everybody")
			}
		}
		if p.story != nil && made.number > len(p.story.People) {
			p.fault(number, "story %s has %d people", p.story.ID, len(p.story.People))
		}
	}
	m.finish()
	return made
}

func (c *choose) do(_ context.Context, t *telling) ([]result.Finding, error) {
	if c.story != "" {
		story, ok := t.env.Ledger.Story(c.story)
		if !ok {
			return nil, fmt.Errorf("the ledger has no story %s", c.story)
		}
		t.story = story
	}
	people, err := check.Loaded(t.env, t.story)
	if err != nil {
		return nil, err
	}
	switch {
	case c.number > len(t.story.People) || len(t.story.People) == 0:
		return nil, fmt.Errorf("story %s has %d people", t.story.ID, len(t.story.People))
	case c.number == 0:
		t.people = people
	default:
		t.people = t.story.People[c.number-1 : c.number]
	}
	return nil, nil
}

// gather is the given step that names facts of the ledger.
type gather struct {
	name  string
	query *selector
}

func (p *reader) facts(value node) action {
	m, ok := p.object(value, "facts")
	if !ok {
		return nil
	}
	made := &gather{query: &selector{node: value}}
	if as, ok := m.get("as"); ok {
		made.name = p.scalar(as, "as")
		if slices.Contains(p.sets, made.name) || made.name == everything || slices.Contains(search.Types(), made.name) {
			p.fault(as, "%q means something already; choose another name", made.name)
		}
	}
	p.queryKeys(m, made.query)
	m.finish()
	if !made.query.aboutFacts() && len(made.query.types) == 0 {
		p.fault(value, "facts names nothing; give labels, kinds, code, source or status")
	}
	if made.name != "" {
		p.sets = append(p.sets, made.name)
	}
	return made
}

func (g *gather) do(_ context.Context, t *telling) ([]result.Finding, error) {
	count := 0
	for _, person := range t.people {
		facts, err := t.facts(g.query, person)
		if err != nil {
			return nil, err
		}
		count += len(facts)
	}
	if count == 0 {
		return nil, fmt.Errorf("the golden ledger holds no such facts about the people of story %s", t.story.ID)
	}
	if g.name != "" {
		t.sets[g.name] = g.query
	}
	return nil, nil
}

// ask is the when step: it puts one question for each resource type about each person.
type ask struct {
	types []string
	where []parameter
	// from says which systems are asked: the one of the check's scope, its peer, or both.
	system, peer bool
	// role is a name that the configuration gives headers for; headers are further ones.
	role    string
	headers []parameter
	// adds says that the answer joins the one before.
	adds bool
}

type parameter struct {
	name   string
	values []string
}

func (p *reader) ask(m *mapping, value node, adds bool) action {
	made := &ask{adds: adds && p.asked}
	for _, item := range p.texts(value, "resource type") {
		made.types = append(made.types, p.resourceType(item))
	}
	if len(made.types) == 0 {
		p.fault(value, "ask names no resource type")
	}
	from := p.choice(m, "from", "system", "system", "peer", "both")
	made.system, made.peer = from != "peer", from != "system"
	if value, ok := m.get("from"); ok && made.peer && p.script.Scope != check.PerPair {
		p.fault(value, "the other system can only be asked by a scenario with scope: pair")
	}
	made.role = m.text("as")
	made.where = p.parameters(m, "where", made.types)
	made.headers = p.parameters(m, "headers", nil)
	return made
}

// parameters reads a mapping of names to texts. Those of resource types must be search parameters of each of them.
func (p *reader) parameters(m *mapping, key string, types []string) []parameter {
	value, ok := m.get(key)
	if !ok {
		return nil
	}
	rows, ok := p.object(value, key)
	if !ok {
		return nil
	}
	var made []parameter
	for _, f := range rows.fields {
		one := parameter{name: f.key.text}
		for _, item := range p.texts(f.value, f.key.text) {
			p.placeholders(item)
			if err := exchange.CheckQuery(one.name + "=" + item.text); err != nil {
				p.fault(item, "%v", err)
			}
			one.values = append(one.values, item.text)
		}
		code, _, _ := strings.Cut(f.key.text, ":")
		code, _, _ = strings.Cut(code, ".")
		for _, resourceType := range types {
			if _, known := search.Lookup(resourceType, code); !known && !strings.HasPrefix(code, "_") && slices.Contains(search.Types(), resourceType) {
				p.fault(f.key, "%s has no search parameter %q", resourceType, code)
			}
		}
		made = append(made, one)
	}
	return made
}

// view is what one system showed about one person since the last when step.
type view struct {
	endpoint *check.Endpoint
	person   fixtures.Person
	// found is the person's Patient records.
	found     record.Person
	resources []fhir.Resource
	outcomes  []fhir.Resource
	exchanges []string
	// questions are the searches that were put, in order.
	questions []question
	took      time.Duration
	held      time.Duration
}

// question is a search for one type, as a command that puts it again.
type question struct{ resourceType, curl string }

// curl is the first search for a type; "" where none was put.
func (v *view) curl(resourceType string) string {
	for _, q := range v.questions {
		if q.resourceType == resourceType {
			return q.curl
		}
	}
	return ""
}

func (a *ask) do(ctx context.Context, t *telling) ([]result.Finding, error) {
	if len(t.people) == 0 {
		return nil, fmt.Errorf("story %s is about nobody, so nobody can be asked about", t.story.ID)
	}
	var endpoints []*check.Endpoint
	if a.system {
		endpoints = append(endpoints, t.env.System)
	}
	if a.peer {
		endpoints = append(endpoints, t.env.Peer)
	}
	if !a.adds {
		t.asked, t.views = nil, nil
	}
	for _, resourceType := range a.types {
		if !slices.Contains(t.asked, resourceType) {
			t.asked = append(t.asked, resourceType)
		}
	}
	for _, endpoint := range endpoints {
		views, err := record.Gather(ctx, t.people, func(ctx context.Context, person fixtures.Person) (*view, error) {
			return a.about(ctx, t, endpoint, person)
		})
		if err != nil {
			return nil, err
		}
		for _, made := range views {
			t.add(made)
		}
	}
	return nil, nil
}

// about puts the questions about one person to one system.
func (a *ask) about(ctx context.Context, t *telling, endpoint *check.Endpoint, person fixtures.Person) (*view, error) {
	asked, err := a.dress(t, endpoint, person)
	if err != nil {
		return nil, err
	}
	made := &view{endpoint: asked, person: person}
	where := url.Values{}
	for _, p := range a.where {
		for _, value := range p.values {
			filled, err := t.fill(value, person, nil)
			if err != nil {
				return nil, err
			}
			where.Add(p.name, filled)
		}
	}
	if slices.ContainsFunc(a.types, aboutPatients) || slices.Contains(a.types, "Patient") && len(where) == 0 {
		if made.found, made.took, err = t.find(ctx, asked, person); err != nil {
			return nil, err
		}
		made.exchanges = append(made.exchanges, made.found.Exchanges...)
	}
	for _, resourceType := range a.types {
		if err := made.read(ctx, asked, resourceType, where, t.tolerant); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// aboutPatients reports whether resources of the type are found by the patient they are about.
func aboutPatients(resourceType string) bool {
	_, ok := search.Lookup(resourceType, "patient")
	return ok
}

// dress gives the endpoint the headers of the role and of the step.
func (a *ask) dress(t *telling, endpoint *check.Endpoint, person fixtures.Person) (*check.Endpoint, error) {
	header := http.Header{}
	if a.role != "" {
		role, ok := endpoint.Roles[a.role]
		if !ok {
			return nil, check.NotConfigured("the configuration does not say how to ask %s as %s: give the headers under roles: %s: of the system",
				endpoint.Name, a.role, a.role)
		}
		for name, values := range role {
			header[name] = values
		}
	}
	for _, p := range a.headers {
		for _, value := range p.values {
			filled, err := t.fill(value, person, nil)
			if err != nil {
				return nil, err
			}
			header.Add(p.name, filled)
		}
	}
	if len(header) == 0 {
		return endpoint, nil
	}
	return endpoint.With(header), nil
}

// read asks for one type and keeps the answer.
func (v *view) read(ctx context.Context, endpoint *check.Endpoint, resourceType string, where url.Values, tolerant bool) error {
	if resourceType == "Patient" && len(where) == 0 {
		v.resources = append(v.resources, v.found.Patients...)
		v.outcomes = append(v.outcomes, v.found.Outcomes...)
		return nil
	}
	queries := []url.Values{where}
	if aboutPatients(resourceType) {
		queries = nil
		for _, patient := range v.found.Patients {
			query := url.Values{"patient": {patient.ID()}}
			for name, values := range where {
				query[name] = values
			}
			queries = append(queries, query)
		}
	}
	for _, query := range queries {
		v.questions = append(v.questions, question{resourceType, endpoint.Curl(resourceType, query)})
		answer, err := endpoint.Search(ctx, resourceType, query)
		var inconclusive *check.Inconclusive
		if err != nil && (!tolerant || answer == nil || !errors.As(err, &inconclusive)) {
			return err
		}
		v.took, v.held = v.took+answer.Took, v.held+answer.HeldUp
		v.outcomes = append(v.outcomes, answer.Outcomes...)
		v.exchanges = append(v.exchanges, answer.Exchanges...)
		for _, resource := range answer.Resources() {
			if !slices.ContainsFunc(v.resources, func(known fhir.Resource) bool { return known.Reference() == resource.Reference() }) {
				v.resources = append(v.resources, resource)
			}
		}
	}
	return nil
}

// add joins a view to those of the same system and person.
func (t *telling) add(made *view) {
	for _, known := range t.views {
		if known.endpoint.Name == made.endpoint.Name && known.person.ID == made.person.ID {
			if len(made.found.Patients) > 0 {
				known.found = made.found
			}
			known.resources = append(known.resources, made.resources...)
			known.outcomes = append(known.outcomes, made.outcomes...)
			known.exchanges = append(known.exchanges, made.exchanges...)
			known.questions = append(known.questions, made.questions...)
			known.took, known.held = known.took+made.took, known.held+made.held
			return
		}
	}
	t.views = append(t.views, made)
}

// find asks for the person's Patient records, and says how long that took: by NHS number, or by the local identifier of somebody who has none.
func (t *telling) find(ctx context.Context, endpoint *check.Endpoint, person fixtures.Person) (found record.Person, took time.Duration, err error) {
	token := record.PersonToken(person)
	answer, err := endpoint.Search(ctx, "Patient", url.Values{"identifier": {token}})
	if err != nil {
		return record.Person{}, 0, err
	}
	found = record.Person{Shown: answer.Resources(), Outcomes: answer.Outcomes, Exchanges: answer.Exchanges}
	for _, patient := range found.Shown {
		if record.HasNumber(patient, person.NHSNumber) || patient.Type() == "Patient" && slices.Contains(record.Identifiers(patient), token) {
			found.Patients = append(found.Patients, patient)
		}
	}
	if len(found.Patients) == 0 {
		return found, answer.Took, check.NoData("%s", t.request(endpoint, person))
	}
	return found, answer.Took, nil
}

// request is what a supplier has to load so that the question can be asked.
func (t *telling) request(endpoint *check.Endpoint, person fixtures.Person) string {
	who := "the NHS number " + person.NHSNumber
	if person.NHSNumber == "" {
		who = "the local identifier " + person.ID
	}
	return fmt.Sprintf("%s shows no Patient with %s, so story %s cannot be told. %s (person %s, %q)", endpoint.Name, who, t.story.ID,
		check.LoadRequest(endpoint, cmp.Or(t.env.Ledger.System(person.Provider), fixtures.Systems()[0])), person.ID, t.story.Title)
}
