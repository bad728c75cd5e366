package script_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"concord.example/concord/fixtures"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/scenario/script"
)

// world is what scenarios are held against; it does not change.
var world = sync.OnceValues(func() (script.Vocabulary, error) { //nolint:gochecknoglobals // immutable, and slow to make
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		return script.Vocabulary{}, err
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		return script.Vocabulary{}, err
	}
	return script.Vocabulary{Ledger: ledger, Compile: suites.NewUKCore(registry, ledger, nil).Compile}, nil
})

func vocabulary(t testing.TB) script.Vocabulary {
	t.Helper()
	words, err := world()
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// head begins a scenario about P02 on its first eight lines; steps begin on line 9.
const head = `id: MY-TEST
title: a test
story: P02
requirement:
  - {id: MINE, source: here}
hazard: none
fix: none
steps:
`

const asked = `  - when: asked
    ask: Observation
`

func TestEveryFaultIsNamedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"not YAML":                {"id: [", "x.yaml:1:5: this is not YAML"},
		"empty":                   {"# nothing\n", "x.yaml:1:1: the file is empty"},
		"a list":                  {"- a\n", "x.yaml:1:1: a scenario must be a mapping, and this is a list"},
		"two documents":           {head + asked + "---\nid: X\n", "one file holds one scenario"},
		"an anchor":               {"id: &a X\n", "x.yaml:1:5: a scenario is plain YAML: anchor"},
		"a key twice":             {"id: A-1\nid: A-2\n", `x.yaml:2:1: this is not YAML: mapping key "id" already defined`},
		"no id":                   {strings.Replace(head, "id: MY-TEST\n", "", 1) + asked, `a scenario has no "id"`},
		"a bad id":                {strings.Replace(head, "MY-TEST", "my test", 1) + asked, `x.yaml:1:5: id "my test" must be`},
		"an unknown key":          {"colour: red\n" + head, `x.yaml:1:1: a scenario has no key "colour"`},
		"an unknown story":        {strings.Replace(head, "P02", "P99", 1) + asked, `x.yaml:3:8: the golden ledger has no story "P99"`},
		"an unknown level":        {"level: perhaps\n" + head + asked, `x.yaml:1:8: level "perhaps" is none of must, should, may`},
		"a source is missing":     {strings.Replace(head, ", source: here", "", 1) + asked, `x.yaml:5:5: a requirement has no "source"`},
		"no then":                 {head + asked, "x.yaml:9:3: the scenario has no then step"},
		"no when":                 {head + "  - given: x\n    facts: {labels: ue}\n", "x.yaml:9:3: the scenario has no when step"},
		"then before when":        {head + "  - then: x\n    see: ue\n", "x.yaml:9:5: nothing was asked before this then step"},
		"and first":               {head + "  - and: x\n    see: ue\n", "x.yaml:9:5: the first step cannot begin with and"},
		"no sentence":             {head + "  - see: ue\n", "x.yaml:9:5: a step begins with given, when, then or and"},
		"two sentences":           {head + "  - when: a\n    then: b\n    ask: Observation\n", "this one has when and then"},
		"an empty sentence":       {head + "  - when: ''\n    ask: Observation\n", "x.yaml:9:11: the sentence is empty"},
		"a verb of another part":  {head + "  - when: a\n    see: ue\n", `x.yaml:10:10: "see" cannot stand in a when step`},
		"two verbs":               {head + asked + "  - then: a\n    see: ue\n    only: ue\n", "this one does see and only"},
		"an unknown verb":         {head + asked + "  - then: a\n    sea: ue\n", `x.yaml:12:5: there is no step "sea" (did you mean "see"?)`},
		"no verb":                 {head + asked + "  - then: a\n", "x.yaml:11:5: the step does nothing"},
		"an unknown label":        {head + asked + "  - then: a\n    see: [ue, uee]\n", `x.yaml:12:15: story P02 has no label "uee" (did you mean "ue"?)`},
		"a label that fits none":  {head + asked + "  - then: a\n    see: 'x-*'\n", `story P02 has no label "x-*"`},
		"an unknown type":         {head + "  - when: a\n    ask: Observations\n", `x.yaml:10:10: FHIR R4 has no resource type "Observations" (did you mean "Observation"?)`},
		"an unknown parameter":    {head + "  - when: a\n    ask: Observation\n    where: {colour: red}\n", `x.yaml:11:13: Observation has no search parameter "colour"`},
		"a person's NHS number":   {head + "  - when: a\n    ask: Patient\n    where: {identifier: 'https://fhir.nhs.uk/Id/nhs-number|9434765919'}\n", "x.yaml:11:25: refused to send"},
		"an unknown placeholder":  {head + "  - when: a\n    ask: Observation\n    where: {date: 'ge${clock-7w}'}\n", "x.yaml:11:19: ${clock-7w} means nothing"},
		"a placeholder's label":   {head + "  - when: a\n    ask: Observation\n    where: {code: '${fact.nope.code}'}\n", `story P02 has no label "nope"`},
		"a placeholder's word":    {head + "  - when: a\n    ask: Observation\n    where: {code: '${fact.ue.colour}'}\n", `asks for "colour"`},
		"the other system alone":  {head + "  - when: a\n    ask: Observation\n    from: peer\n", "x.yaml:11:11: the other system can only be asked"},
		"same without a pair":     {head + asked + "  - then: a\n    same: {of: Observation, path: status}\n", "same compares two systems"},
		"not FHIRPath":            {head + asked + "  - then: a\n    value: {of: Observation, path: 'status.(', is: final}\n", "x.yaml:12:36: path is not FHIRPath"},
		"no such element":         {head + asked + "  - then: a\n    value: {of: Observation, path: statuss, is: final}\n", "path is not FHIRPath"},
		"a value without a want":  {head + asked + "  - then: a\n    value: {of: Observation, path: status}\n", "value needs exactly one of"},
		"a value with two":        {head + asked + "  - then: a\n    value: {of: Observation, path: status, is: final, exists: true}\n", "value needs exactly one of"},
		"a count without a want":  {head + asked + "  - then: a\n    count: {of: Observation}\n", "count needs either is"},
		"a count that is none":    {head + asked + "  - then: a\n    count: {of: Observation, is: few}\n", `x.yaml:12:34: is must be a whole number, and this is "few"`},
		"not-see of a type":       {head + asked + "  - then: a\n    not-see: Observation\n", "not-see is about facts"},
		"an unknown issue type":   {head + asked + "  - then: a\n    outcome: {code: suppresed}\n", `x.yaml:12:21: "suppresed" is not a FHIR issue type (did you mean "suppressed"?)`},
		"an outcome of nothing":   {head + asked + "  - then: a\n    outcome: {none: true}\n", "outcome needs a code"},
		"within nothing":          {head + asked + "  - then: a\n    within: 3 seconds\n", `x.yaml:12:13: within "3 seconds" is not a duration`},
		"a person too many":       {head + "  - given: a\n    person: {number: 2}\n" + asked, "x.yaml:10:22: story P02 has 1 people"},
		"a set that nobody named": {head + asked + "  - then: a\n    see: {facts: mine}\n", `no facts step before this one names "mine"`},
		"a name twice":            {head + "  - given: a\n    facts: {as: mine, labels: ue}\n  - and: b\n    facts: {as: mine, labels: ue}\n", `"mine" means something already`},
		"a selection of nothing":  {head + asked + "  - then: a\n    see:\n", "see names nothing"},
		"too large":               {strings.Repeat("# a comment\n", 1<<13), "x.yaml:1:1: the file is larger"},
		"too many brackets":       {"id: x\n" + strings.Repeat("[", 1000), "x.yaml:2:1: the line is longer than 2000 bytes, or more than 40 brackets are open"},
		"too deep":                {strings.Repeat("- ", 90), "x.yaml:1:43: this is nested more than 20 deep"},
		"far too deep":            {strings.Repeat("- ", 900), "x.yaml:1:1: this is not YAML: it is nested more than 200 levels deep"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := script.Parse("x.yaml", []byte(c.text), vocabulary(t))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
			var problem *script.Problem
			if err != nil && (!errors.As(err, &problem) || problem.Line < 1 || problem.Column < 1) {
				t.Errorf("the fault has no place: %v", err)
			}
		})
	}
}

func TestAllFaultsOfAFolderAreNamedAtOnce(t *testing.T) {
	good := head + asked + "  - then: a\n    see: ue\n"
	_, err := script.Load(fstest.MapFS{
		"a.yaml": {Data: []byte("id: [")}, "b.yml": {Data: []byte("title: x")}, "c.yaml": {Data: []byte(good)}, "d.yaml": {Data: []byte(good)},
		"notes.txt": {Data: []byte("not a scenario")},
	}, "mine", vocabulary(t))
	for _, want := range []string{"mine/a.yaml:1:5", `mine/b.yml:1:1: a scenario has no "id"`, "mine/d.yaml:1:1: id MY-TEST is that of mine/c.yaml too"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("scenario.json", strings.NewReader(string(script.Schema()))); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// plain turns YAML into what a JSON Schema judges.
func plain(t *testing.T, data []byte) any {
	t.Helper()
	var value, again any
	if err := yaml.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func TestTheSchemaAcceptsEveryBuiltInScenario(t *testing.T) {
	compiled := compiledSchema(t)
	files, err := filepath.Glob("../*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(plain(t, data)); err != nil {
			t.Errorf("%s: %#v", file, err)
		}
	}
}

func TestTheSchemaAndTheReaderAgreeAboutStructure(t *testing.T) {
	compiled := compiledSchema(t)
	for name, text := range map[string]string{
		"unknown key":   "colour: red\n" + head + asked + "  - then: a\n    see: ue\n",
		"no title":      strings.Replace(head, "title: a test\n", "", 1) + asked + "  - then: a\n    see: ue\n",
		"bad id":        strings.Replace(head, "MY-TEST", "mine", 1) + asked + "  - then: a\n    see: ue\n",
		"bad level":     "level: perhaps\n" + head + asked + "  - then: a\n    see: ue\n",
		"unknown verb":  head + asked + "  - then: a\n    sea: ue\n",
		"two verbs":     head + asked + "  - then: a\n    see: ue\n    only: ue\n",
		"wrong part":    head + asked + "  - then: a\n    ask: Observation\n",
		"no sentence":   head + asked + "  - see: ue\n",
		"no want":       head + asked + "  - then: a\n    value: {of: Observation, path: status}\n",
		"nested key":    head + asked + "  - then: a\n    count: {of: Observation, is: 1, was: 2}\n",
		"bad from":      head + "  - when: a\n    ask: Observation\n    from: nowhere\n  - then: a\n    see: ue\n",
		"empty outcome": head + asked + "  - then: a\n    outcome: {none: true}\n",
	} {
		if err := compiled.Validate(plain(t, []byte(text))); err == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
		if _, err := script.Parse("x.yaml", []byte(text), script.Vocabulary{}); err == nil {
			t.Errorf("%s: the reader accepts it", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + asked + "  - then: a\n    see: ue\n"))
	f.Add([]byte("id: [\n"))
	f.Add([]byte("a: &b\n  - *b\n"))
	f.Add([]byte("steps: [{when: a, ask: {}}, {then: b, value: {of: {labels: [x]}}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		made, err := script.Parse("x.yaml", data, script.Vocabulary{})
		if (made == nil) == (err == nil) {
			t.Errorf("%v and %v", made, err)
		}
	})
}
