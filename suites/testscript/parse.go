package testscript

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
)

// Script is a TestScript that Concord can run.
type Script struct {
	File string
	// Name and Title are the TestScript's own; URL is its canonical.
	Name, Title, URL string

	profiles  map[string]string
	fixtures  map[string]fhir.Resource
	variables []variable
	setup     []action
	tests     []test
	teardown  []action
}

// variable is a value that is known when the run starts or taken from a fixture when it is used.
type variable struct {
	name, fallback                            string
	source, headerField, expression, jsonPath string
}

// test is one test of the script.
type test struct {
	name, description string
	actions           []action
}

// action is an operation or an assertion.
type action struct {
	element   element
	operation *operation
	assert    *assertion
}

// operation is a request.
type operation struct {
	kind, resource, label                     string
	accept, contentType, method, params, url  string
	requestID, responseID, sourceID, targetID string
	encode                                    bool
	headers                                   [][2]string
}

// Reader reads TestScripts.
type Reader struct {
	// DecodeXML reads FHIR XML as the JSON that it stands for; nil refuses XML.
	DecodeXML func([]byte) (map[string]any, error)
	// Fixture returns the bytes of a fixture by the relative reference that names it; nil refuses all but contained ones.
	Fixture func(reference string) ([]byte, error)
	// Compile says what is wrong with a FHIRPath expression; nil leaves expressions unchecked until they are run.
	Compile func(expression, resourceType string) error
}

// reader reads one TestScript.
type reader struct {
	reading
	Reader
	script *Script
	root   fhir.Resource
	// responses are the ids that operations before this place have given to their answers, requests those to themselves.
	responses, requests []string
}

// maxFile bounds a TestScript, in bytes.
const maxFile = 4 << 20

// Parse reads a TestScript in JSON or XML. The error joins every *Problem, in the order of their places.
func (r Reader) Parse(file string, data []byte) (*Script, error) {
	if len(data) > maxFile {
		return nil, &Problem{File: file, Line: 1, Column: 1, Element: "TestScript", Message: fmt.Sprintf("the file is larger than %d bytes", maxFile)}
	}
	xml := strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(string(data), fhir.ByteOrderMark)), "<")
	tree, err := r.decode(data, xml)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	p := &reader{Reader: r, script: &Script{File: file}, root: fhir.Resource(tree)}
	p.testScript(element{value: tree, path: "TestScript"})
	if len(p.problems) == 0 {
		return p.script, nil
	}
	positions := make([]fhir.Position, len(p.pointers))
	if !xml {
		positions = fhir.Locate(data, p.pointers)
	}
	for i, problem := range p.problems {
		problem.File, problem.Line, problem.Column = file, positions[i].Line, positions[i].Column
	}
	slices.SortStableFunc(p.problems, func(a, b *Problem) int { return a.Line - b.Line })
	failed := make([]error, 0, len(p.problems))
	for _, problem := range p.problems {
		failed = append(failed, problem)
	}
	return nil, errors.Join(failed...)
}

func (r Reader) decode(data []byte, xml bool) (map[string]any, error) {
	if !xml {
		return fhir.DecodeObject(data)
	}
	if r.DecodeXML == nil {
		return nil, errors.New("XML is not read here: give the TestScript in JSON")
	}
	return r.DecodeXML(data)
}

func (p *reader) testScript(e element) {
	if p.root.Type() != "TestScript" {
		p.refuse(e.child("resourceType"), "this is a %q and not a TestScript", p.root.Type())
		return
	}
	p.only(e, "resourceType", "meta", "implicitRules", "language", "text", "contained", "url", "identifier", "version", "name", "title", "status",
		"experimental", "date", "publisher", "contact", "useContext", "jurisdiction", "purpose", "copyright", "origin", "destination", "metadata",
		"fixture", "profile", "variable", "setup", "test", "teardown")
	s := p.script
	s.Name, s.Title, s.URL = p.root.Text("name"), p.root.Text("title"), p.root.Text("url")
	if s.Name == "" {
		p.refuse(e.child("name"), "the TestScript has no name")
	}
	if s.Title == "" {
		s.Title = s.Name
	}
	if s.URL == "" {
		s.URL = "TestScript/" + p.root.ID()
	}
	if implicit := e.child("implicitRules"); implicit.there() {
		p.refuse(implicit, "the rules that it names are not known")
	}
	for _, side := range []string{"origin", "destination"} {
		if all := e.child(side).items(); len(all) > 1 {
			p.refuse(all[1], "one %s is supported: the system under test", side)
		}
	}
	s.profiles = map[string]string{}
	for _, profile := range e.child("profile").items() {
		s.profiles[profile.child("id").text()] = profile.child("reference").text()
	}
	p.fixtures(e.child("fixture"))
	p.variables(e.child("variable"))
	if setup := e.child("setup"); setup.there() {
		p.only(setup, "action")
		s.setup = p.actions(setup.child("action"))
	}
	for i, one := range e.child("test").items() {
		p.only(one, "name", "action")
		name := one.child("name").text()
		if name == "" {
			name = fmt.Sprintf("test %d", i+1)
		}
		s.tests = append(s.tests, test{name: name, description: one.child("description").text(), actions: p.actions(one.child("action"))})
	}
	if len(s.tests) == 0 {
		p.refuse(e.child("test"), "the TestScript has no test, so it would show nothing")
	}
	if teardown := e.child("teardown"); teardown.there() {
		p.only(teardown, "action")
		s.teardown = p.actions(teardown.child("action"))
		for _, one := range s.teardown {
			if one.assert != nil {
				p.refuse(one.element, "a teardown has operations only")
			}
		}
	}
}

// fixtures reads the resources that are compared with. Nothing is created and nothing deleted.
func (p *reader) fixtures(e element) {
	p.script.fixtures = map[string]fhir.Resource{}
	for _, one := range e.items() {
		p.only(one, "autocreate", "autodelete", "resource")
		for _, write := range []string{"autocreate", "autodelete"} {
			if one.child(write).value == true {
				p.refuse(one.child(write), "Concord does not write to an endpoint: load the fixture beforehand (concord fixtures load)")
			}
		}
		id, reference := one.child("id").text(), one.child("resource").child("reference")
		if id == "" {
			p.refuse(one, "a fixture needs an id")
			continue
		}
		resource, err := p.fixture(reference.text())
		if err != nil {
			p.refuse(reference, "%v", err)
			continue
		}
		p.script.fixtures[id] = resource
	}
}

func (p *reader) fixture(reference string) (fhir.Resource, error) {
	if id, contained := strings.CutPrefix(reference, "#"); contained {
		for _, resource := range p.root.Objects("contained") {
			if fhir.Text(resource["id"]) == id {
				return fhir.Resource(resource), nil
			}
		}
		return nil, fmt.Errorf("no contained resource has the id %q", id)
	}
	clean := path.Clean(reference)
	if p.Fixture == nil || reference == "" || path.IsAbs(clean) || strings.HasPrefix(clean, "..") || strings.Contains(reference, "://") {
		return nil, fmt.Errorf("the fixture %q is neither contained nor a file beside the TestScript", reference)
	}
	data, err := p.Fixture(clean)
	if err != nil {
		return nil, fmt.Errorf("read the fixture %q: %w", reference, err)
	}
	tree, err := p.decode(data, strings.HasPrefix(strings.TrimSpace(string(data)), "<"))
	if err != nil {
		return nil, fmt.Errorf("read the fixture %q: %w", reference, err)
	}
	return fhir.Resource(tree), nil
}

// jsonPath is the part of JSONPath that is understood: $ and then properties and indexes.
var jsonPath = regexp.MustCompile(`^\$(\.[A-Za-z_][A-Za-z0-9_]*|\[\d{1,6}\])+$`)

func (p *reader) variables(e element) {
	for _, one := range e.items() {
		p.only(one, "name", "defaultValue", "hint", "sourceId", "headerField", "expression", "path")
		v := variable{
			name: one.child("name").text(), fallback: one.child("defaultValue").text(), source: one.child("sourceId").text(),
			headerField: one.child("headerField").text(), expression: one.child("expression").text(), jsonPath: one.child("path").text(),
		}
		ways := 0
		for _, way := range []string{v.headerField, v.expression, v.jsonPath} {
			if way != "" {
				ways++
			}
		}
		switch {
		case v.name == "":
			p.refuse(one, "a variable needs a name")
		case ways > 1:
			p.refuse(one, "a variable is taken from one place: headerField, expression or path")
		case ways == 1 && v.source == "":
			p.refuse(one, "a variable that is taken from somewhere needs a sourceId")
		case ways == 0 && v.fallback == "":
			p.refuse(one, "a variable needs a defaultValue, or a sourceId with headerField, expression or path")
		}
		// What stands for an identifier later is looked at as one now.
		p.synthetic(one.child("defaultValue"), v.fallback)
		p.headerField(one.child("headerField"))
		p.expression(one.child("expression"))
		p.jsonPath(one.child("path"))
		p.script.variables = append(p.script.variables, v)
	}
}

// headerField refuses a header that no exchange keeps.
func (p *reader) headerField(e element) {
	if e.there() && !slices.ContainsFunc(exchange.EvidenceHeaders(), func(name string) bool { return strings.EqualFold(name, e.text()) }) {
		p.refuse(e, "the header %q is not kept as evidence; these are: %s", e.text(), strings.Join(exchange.EvidenceHeaders(), ", "))
	}
}

func (p *reader) expression(e element) {
	if !e.there() || p.Compile == nil {
		return
	}
	if strings.Contains(e.text(), "${") {
		p.refuse(e, "variables in expressions are not supported")
		return
	}
	if err := p.Compile(e.text(), ""); err != nil {
		p.refuse(e, "this is not FHIRPath: %v", err)
	}
}

func (p *reader) jsonPath(e element) {
	if e.there() && !jsonPath.MatchString(e.text()) {
		p.refuse(e, "the path %q is not supported: write it as a FHIRPath expression, or as $.name[0].name", e.text())
	}
}

func (p *reader) actions(e element) []action {
	var actions []action
	for _, one := range e.items() {
		p.only(one, "operation", "assert")
		made := action{}
		operation, assert := one.child("operation"), one.child("assert")
		switch {
		case operation.there() == assert.there():
			p.refuse(one, "an action is either an operation or an assert")
			continue
		case operation.there():
			made.element, made.operation = operation, p.operation(operation)
		default:
			made.element, made.assert = assert, p.assertion(assert)
		}
		actions = append(actions, made)
	}
	if len(actions) == 0 && e.there() {
		p.refuse(e, "there is no action")
	}
	return actions
}

func (p *reader) operation(e element) *operation {
	p.only(e, "type", "resource", "accept", "contentType", "destination", "encodeRequestUrl", "method", "origin", "params", "requestHeader",
		"requestId", "responseId", "sourceId", "targetId", "url")
	o := &operation{
		kind: e.child("type").child("code").text(), resource: e.child("resource").text(), label: e.child("label").text(),
		accept: e.child("accept").text(), contentType: e.child("contentType").text(), method: e.child("method").text(),
		params: e.child("params").text(), url: e.child("url").text(), requestID: e.child("requestId").text(), responseID: e.child("responseId").text(),
		sourceID: e.child("sourceId").text(), targetID: e.child("targetId").text(), encode: e.child("encodeRequestUrl").value != false,
	}
	switch {
	case slices.Contains(writes(), o.kind):
		p.refuse(e.child("type"), "the operation %s writes, and Concord never writes to the endpoint that it judges", o.kind)
	case !slices.Contains(reads(), o.kind):
		p.refuse(e.child("type"), "the operation %q is not supported: %s are", o.kind, strings.Join(reads(), ", "))
	}
	if o.method != "" && o.method != "get" && (o.method != "post" || o.kind != "search") {
		p.refuse(e.child("method"), "%s by %s is not supported", o.kind, o.method)
	}
	if o.sourceID != "" {
		p.refuse(e.child("sourceId"), "a read sends no content")
	}
	switch {
	case o.url != "" || o.kind == "capabilities":
	case o.targetID != "":
		p.source(e.child("targetId"))
	case o.resource == "":
		p.refuse(e, "the operation names no resource, url or targetId")
	case o.params == "" && o.kind != "search":
		p.refuse(e, "the operation does not say which %s", o.resource)
	}
	for _, side := range []string{"origin", "destination"} {
		if side := e.child(side); side.there() && side.text() != "1" {
			p.refuse(side, "one system is supported, with the number 1")
		}
	}
	for _, header := range e.child("requestHeader").items() {
		p.only(header, "field", "value")
		p.sent(header.child("value"))
		o.headers = append(o.headers, [2]string{header.child("field").text(), header.child("value").text()})
	}
	for _, name := range []string{"params", "url", "accept"} {
		p.sent(e.child(name))
	}
	if o.responseID != "" {
		p.responses = append(p.responses, o.responseID)
	}
	if o.requestID != "" {
		p.requests = append(p.requests, o.requestID)
	}
	return o
}

func reads() []string { return []string{"read", "vread", "search", "history", "capabilities"} }

func writes() []string {
	return []string{
		"create", "createCondSingle", "createCondMultiple", "update", "updateCreate", "updateCondSingle", "updateCondMultiple", "delete",
		"deleteCondSingle", "deleteCondMultiple", "patch", "batch", "transaction",
	}
}

func (p *reader) synthetic(e element, text string) {
	if err := exchange.CheckWords(text); err != nil {
		p.refuse(e, "%v", err)
	}
}

// source refuses the id of a fixture that is neither declared nor the answer to an operation before.
func (p *reader) source(e element) {
	id := e.text()
	if _, declared := p.script.fixtures[id]; id != "" && !declared && !slices.Contains(p.responses, id) {
		p.refuse(e, "no fixture and no operation before this place has the id %q", id)
	}
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// sent refuses, in what goes to an endpoint, variables that are not declared and NHS numbers that could be a person's.
func (p *reader) sent(e element) {
	p.synthetic(e, e.text())
	p.placeholders(e)
}

// placeholders refuses variables that are not declared.
func (p *reader) placeholders(e element) {
	for _, match := range placeholder.FindAllStringSubmatch(e.text(), -1) {
		if !slices.ContainsFunc(p.script.variables, func(v variable) bool { return v.name == match[1] }) {
			p.refuse(e, "no variable is called %q", match[1])
		}
	}
}
