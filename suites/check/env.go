package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
)

// Judge validates resources. It is what the profiles room offers, seen from a check.
type Judge interface {
	// Judge validates a decoded resource against its base type, the profiles it claims, and the given canonicals.
	Judge(ctx context.Context, resource fhir.Resource, profiles ...string) ([]result.Finding, error)
	// Rules judges a resource by the rules for England that profiles cannot say: check digits, forms of identifiers and
	// codes, systems that are nearly right. The rule of each finding is the id of one of them.
	Rules(ctx context.Context, resource fhir.Resource) []result.Finding
	// Claim says in a sentence what is wrong with a resource's meta.profile, or "" when it claims a known UK Core profile
	// for its own type.
	Claim(resource fhir.Resource) string
	// Evaluate evaluates a FHIRPath expression on a resource and returns its items as text: primitives as toString() writes
	// them, everything else as JSON. Compile says what is wrong with an expression about a type, "" for any.
	Evaluate(ctx context.Context, expression string, resource fhir.Resource) ([]string, error)
	Compile(expression, resourceType string) error
}

// Env is everything a check may use to put its question. What does not apply to the check's scope is nil or zero.
type Env struct {
	// System is the system that is asked; Peer is the one it is compared with, or whose data it is asked for.
	System, Peer *Endpoint
	// Group are all systems that are compared with each other, in configuration order.
	Group []*Endpoint
	// Provider is the provider that the question is about.
	Provider fixtures.Provider
	// Ledger is what is true: every expected answer comes from it, never from the other system.
	Ledger *fixtures.Ledger
	// Found says that the Ledger is a roll of people whom the systems were found to show, of whom nobody knows what is true.
	Found bool
	// Judge validates resources against UK Core.
	Judge Judge
	// Shared keeps what the checks of a run have in common.
	Shared *Shared
	// Now is the run's idea of the present.
	Now time.Time
	// Operators make events happen, by the name of the system; one without an operator needs a witness.
	Operators map[string]Operator
	// Measure takes down how complete and how right answers were, for the run's table; nil takes nothing down.
	Measure func(result.Parameter)
	// Observed takes down what became of what a system declares, for the run's table; nil takes nothing down.
	Observed func(result.Capability)
	// Remark takes down what a reader must know of the system besides; nil takes nothing down.
	Remark func(text string)
	// Policy is what the parties have decided where no rule says.
	Policy policy.Policy
	// Label tells this check in this scope apart from every other; it marks what is asked afresh.
	Label string

	// Load says how much is asked at once where speed is measured, and Timed takes what was measured; it may be nil.
	Load  Load
	Timed func(result.LatencyRow)

	steps    []result.Step
	asked    int
	happened bool
}

// Observe takes down what became of something that a system declares.
func (e *Env) Observe(row result.Capability) {
	if e.Observed != nil {
		e.Observed(row)
	}
}

// Remedy is what a supplier does about data that a question lacks, as a sentence of its own.
func (e *Env) Remedy() string {
	if e.Found {
		return "Please load more, or name other people with subjects"
	}
	return LoadRequest(e.System, fixtures.Systems()[0])
}

// LoadRequest says what a supplier has to do so that an endpoint holds what a question is about. One that holds no part of the
// ledger that is known is asked for the records of the one that it stands for.
func LoadRequest(endpoint *Endpoint, standsFor string) string {
	system := standsFor
	if slices.Contains(fixtures.Systems(), endpoint.Part) {
		system = endpoint.Part
	}
	if endpoint.Partly {
		return fmt.Sprintf("Please load it: concord fixtures load --system %s, as before, loads what is missing; "+
			"with --stories or --providers it loads those people (concord fixtures stories says whose number it is), and --loaded (or loaded: in the configuration) has to name them too", system)
	}
	return fmt.Sprintf("Please load it: concord fixtures export --system %s --format transaction --out %s-data writes what to load", system, system)
}

// Load is how much is asked where speed is measured.
type Load struct {
	// Questions is how many are asked of each system, Concurrency how many of them at once.
	Questions, Concurrency int
}
