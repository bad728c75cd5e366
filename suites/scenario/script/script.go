package script

import (
	"context"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Script is one scenario as its file tells it.
type Script struct {
	// File is where it was read from.
	File string
	// ID and Title are those of the check that it becomes.
	ID, Title string
	// Story is the story of the golden ledger that it is about.
	Story string
	// Level and Scope are as a check has them; a scenario is asked of every system or of every ordered pair.
	Level result.Level
	Scope check.Scope
	// Requirement says where the scenario comes from.
	Requirement []result.Ref
	Hazard, Fix string

	steps []step
}

// keyword is the word that a step begins with.
type keyword string

const (
	given keyword = "given"
	when  keyword = "when"
	then  keyword = "then"
	// and continues what the step before did.
	and keyword = "and"
)

func keywords() []keyword { return []keyword{given, when, then, and} }

// step is one sentence and what it does.
type step struct {
	node
	// keyword is as written, part is given, when or then, which "and" takes from the step before.
	keyword, part keyword
	sentence      string
	// level is that of the whole scenario, or lower.
	level result.Level
	act   action
}

// action is what a step does. Findings say what the endpoint did wrong, an error that we could not tell.
type action interface {
	do(ctx context.Context, t *telling) ([]result.Finding, error)
}

// Check returns the scenario as a check of the scenario suite.
func (s *Script) Check() check.Check {
	return check.Check{
		ID: s.ID, Title: s.Title, Suite: "scenario", Requirement: s.Requirement, Level: s.Level, Scope: s.Scope, Hazard: s.Hazard, Fix: s.Fix,
		Needs: s.needs(), Run: s.run,
	}
}

// needs lists the resource types that the scenario asks for: an endpoint that does not offer one of them cannot be asked.
func (s *Script) needs() []check.Feature {
	types := []string{"Patient"}
	for _, step := range s.steps {
		if ask, ok := step.act.(*ask); ok {
			for _, resourceType := range ask.types {
				if !slices.Contains(types, resourceType) {
					types = append(types, resourceType)
				}
			}
		}
	}
	needs := make([]check.Feature, 0, len(types))
	for _, resourceType := range types {
		needs = append(needs, check.Feature{Resource: resourceType})
	}
	return needs
}

// Sentences returns the steps as they are read aloud: "Given ...", "When ...", "Then ...", "And ...".
func (s *Script) Sentences() []string {
	sentences := make([]string, 0, len(s.steps))
	for _, step := range s.steps {
		sentences = append(sentences, step.spoken())
	}
	return sentences
}

func (s step) spoken() string {
	word := string(s.keyword)
	return string(word[0]-'a'+'A') + word[1:] + " " + s.sentence
}
