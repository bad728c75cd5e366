package script

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// telling is one scenario while it is told about one system.
type telling struct {
	env    *check.Env
	script *Script
	story  fixtures.Story
	people []fixtures.Person
	sets   map[string]*selector
	// asked are the types asked for since the last when step, views what was shown.
	asked []string
	views []*view
	// tolerant says that an answer which calls itself incomplete is one of the things the scenario looks at.
	tolerant bool
}

// run tells the scenario. What a then step finds wrong does not stop the story; what keeps a step from being told does.
func (s *Script) run(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	story, ok := env.Ledger.Story(s.Story)
	if !ok {
		return nil, fmt.Errorf("the ledger has no story %s", s.Story)
	}
	if err := check.Untold(env, story); err != nil {
		return nil, err
	}
	people, err := check.Loaded(env, story)
	if err != nil {
		return nil, err
	}
	t := &telling{env: env, script: s, story: story, sets: map[string]*selector{}}
	if len(people) > 0 {
		t.people = people[:1]
	}
	for _, step := range s.steps {
		warning, ok := step.act.(*outcome)
		t.tolerant = t.tolerant || ok && slices.Contains(check.IncompleteCodes(), warning.code)
	}
	var findings []result.Finding
	for _, step := range s.steps {
		env.By("%s", step.spoken())
		found, err := step.act.do(ctx, t)
		if step.level != result.Must && s.Level == result.Must {
			for i := range found {
				found[i].Severity = result.SeverityWarning
			}
		}
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

func (t *telling) askedTypes() []string { return t.asked }

// look returns the resources that a selector is about in one view: those that show its facts, or those of its types.
// Facts that are not shown come back apart.
func (t *telling) look(ctx context.Context, s *selector, v *view) (found []shown, missing []fixtures.Fact, err error) {
	if s.aboutFacts() {
		facts, err := t.facts(s, v.person)
		if err != nil {
			return nil, nil, err
		}
		for _, fact := range facts {
			pairs := record.TruthOf(t.env).Match([]fixtures.Fact{fact}, v.resources)
			if len(pairs) == 0 {
				missing = append(missing, fact)
				continue
			}
			found = append(found, shown{pairs[0], v})
		}
	} else {
		for _, resource := range v.resources {
			if slices.Contains(s.types, resource.Type()) {
				found = append(found, shown{record.Shown{Resource: resource}, v})
			}
		}
	}
	if s.where == "" {
		return found, missing, nil
	}
	kept := found[:0]
	for _, one := range found {
		items, err := t.env.Judge.Evaluate(ctx, s.where, one.Resource)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: where %q: %w", s.line, s.where, err)
		}
		if len(items) == 1 && items[0] == "true" {
			kept = append(kept, one)
		}
	}
	return kept, missing, nil
}

// problem is a finding of the scenario about a view.
func (v *view) problem(rule, path, message, expected, actual string) result.Finding {
	resourceType, _, _ := strings.Cut(path, ".")
	return result.Finding{
		Rule: rule, Severity: result.SeverityError, Path: path, Message: message, Expected: expected, Actual: actual, Exchanges: v.exchanges,
		Query: v.curl(resourceType),
	}
}

// lacks is the finding that a fact is not shown.
func (v *view) lacks(fact fixtures.Fact) result.Finding {
	f := record.Difference{Kind: record.Missing, Fact: fact, Path: string(fact.Kind), Cause: result.CauseMissing, Expected: record.Describe(fact), Actual: "not shown"}.Finding(v.exchanges)
	f.Query = v.curl(string(fact.Kind))
	return f
}

// decoded is the text behind base64, or the text itself when it is none.
func decoded(text string) string {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return text
	}
	return string(data)
}

// everythingShown is all that one system said about one person: Patients, resources and warnings.
func (v *view) everythingShown() []fhir.Resource {
	return slices.Concat(v.found.Patients, v.resources, v.outcomes)
}
