package result

import (
	"cmp"
	"slices"
	"strings"
)

// RequirementKind says what a requirement is one of.
type RequirementKind string

// The kinds, in the order in which requirements are listed.
const (
	// RequirementContract is a row of the search contract.
	RequirementContract RequirementKind = "contract"
	// RequirementProfile is a profile of UK Core.
	RequirementProfile RequirementKind = "profile"
	// RequirementRule is a rule for England that profiles cannot say.
	RequirementRule RequirementKind = "rule"
	// RequirementScenario is a scenario of the proof of concept.
	RequirementScenario RequirementKind = "scenario"
	// RequirementSource is any other rule that a check names as where it comes from.
	RequirementSource RequirementKind = "source"
)

// RequirementKinds lists every kind.
func RequirementKinds() []RequirementKind {
	return []RequirementKind{RequirementContract, RequirementProfile, RequirementRule, RequirementScenario, RequirementSource}
}

// Requirement is something that is asked of a system, with the checks that test it. It has at least one of Checks and
// Untested, so that what nothing tests is never a blank.
type Requirement struct {
	ID     string          `json:"id"`
	Source string          `json:"source"`
	Kind   RequirementKind `json:"kind"`
	// Title says in a few words what is required.
	Title string `json:"title,omitempty"`
	// Level is how strongly the source words it; empty where each check has its own.
	Level Level `json:"level,omitempty"`
	// Checks are the ids of all checks of the catalogue that test it, sorted, whether they were selected or not.
	Checks []string `json:"checks,omitempty"`
	// Untested says why no check tests it, or what of it none does.
	Untested string `json:"untested,omitempty"`
}

// CompareRequirements orders requirements by kind, id and source.
func CompareRequirements(a, b Requirement) int {
	kinds := RequirementKinds()
	return cmp.Or(slices.Index(kinds, a.Kind)-slices.Index(kinds, b.Kind), strings.Compare(a.ID, b.ID), strings.Compare(a.Source, b.Source))
}
