package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
)

// Scope says how often a check is asked.
type Scope string

const (
	// PerSystem asks once for every system.
	PerSystem Scope = "system"
	// PerPair asks once for every ordered pair: what System shows of the data that Peer holds.
	PerPair Scope = "pair"
	// PerProvider asks every system about every provider.
	PerProvider Scope = "provider"
	// PerRun asks once.
	PerRun Scope = "run"
)

// Feature is something that an endpoint declares in its CapabilityStatement: a resource type it can search.
type Feature struct {
	// Resource is a resource type, for example "Observation".
	Resource string
}

// String names the feature as a reader would.
func (f Feature) String() string { return "search on " + f.Resource }

// Check is one question whose answer is a verdict about one system, one pair of systems or one provider.
type Check struct {
	// ID is stable for ever, for example "PAR-DATE-001".
	ID string
	// Title is a sentence that is true or false: "ge includes the boundary day".
	Title string
	// Suite is capability, profile, parity, scenario or security.
	Suite string
	// Area is the part of conformance that the check is about; empty is that of its suite (see AreaOf).
	Area result.Area
	// Topic is what of a system's security the check is about: it is asked where the owner put that in scope; empty for
	// checks that are not about security.
	Topic string
	// Requirement says where the rule comes from; never empty.
	Requirement []result.Ref
	// Traces are what it tests besides, by id: profiles of UK Core ("UKCore-Patient" stands for all of Patient) and rules for
	// England ("UK-NHSNUMBER-FORM").
	Traces []string
	// Level is how strongly the source words the rule. It decides whether a finding fails the check or only warns.
	Level result.Level
	// Writes says that the check writes what it has made for itself, or uses methods and media types that a system may not expect:
	// it is asked where the owner allows that.
	Writes bool
	// Needs lists what an endpoint must offer for the question to be answered. What it does not declare is asked all the same:
	// works undeclared is a pass. A refusal then is NotRun with the reason not-offered, and never a pass; that the search must
	// be offered is for the checks of the search contract to say.
	Needs []Feature
	// Scope says how often the check is asked, and Peers, where it is PerPair, about which of more than two systems.
	Scope Scope
	Peers Peers
	// Exclusive says that the check changes what a system says: it runs alone, after all others, and everything that it
	// made happen is undone afterwards.
	Exclusive bool
	// AnyData says that the question can be put about whatever people an endpoint holds: it does not need the golden ledger
	// to know what is true.
	AnyData bool
	// FindsPeople says that the question is whether people are found. Every other check has nobody to ask about where a system
	// answers a search for one person with everybody, and charges it with nothing.
	FindsPeople bool
	// First says that the check runs alone before all others, because it measures systems that were not asked anything yet.
	First bool
	// Hazard is one plain-English sentence: what a clinician would not see or would see wrongly.
	Hazard string
	// Fix is what an engineer does about it.
	Fix string
	// Cause is the cause of every finding that names none of its own; empty when the check decides for each.
	Cause result.Cause
	// Run asks the question. It never prints, sleeps, retries or skips. A finding says what the endpoint did wrong; an
	// error says that we could not tell, and why when it is an *Inconclusive.
	Run func(context.Context, *Env) ([]result.Finding, error)
}

// Info is the catalogue row of the check as reports print it.
func (c Check) Info() result.Check {
	return result.Check{
		ID: c.ID, Title: c.Title, Suite: c.Suite, Area: c.AreaOf(), Level: c.Level, Scope: string(c.Scope),
		Requirement: c.Requirement, Hazard: c.Hazard, Fix: c.Fix,
	}
}

// AreaOf is the part of conformance that the check is about. What compares two systems, or plays a scene between them, is
// about federation unless it says otherwise.
func (c Check) AreaOf() result.Area {
	switch {
	case c.Area != "":
		return c.Area
	case c.Suite == "profile":
		return result.AreaProfile
	case c.Suite == "capability":
		return result.AreaCapability
	case c.Suite == "security":
		return result.AreaSecurity
	case c.Scope == PerPair || c.Scope == PerProvider || c.Scope == PerRun:
		return result.AreaFederation
	case c.Suite == "parity":
		return result.AreaSearch
	default:
		return result.AreaFacts
	}
}

// Sources renders where the rule comes from on one line.
func (c Check) Sources() string {
	sources := make([]string, 0, len(c.Requirement))
	for _, ref := range c.Requirement {
		sources = append(sources, ref.ID+" ("+ref.Source+")")
	}
	return strings.Join(sources, "; ")
}

// Inconclusive is the error of a check that could not put its question or could not trust the answer.
type Inconclusive struct {
	Reason result.Reason
	Detail string
	// Owed goes with the reason not-offered: what is not offered must be, so that the check is not run, and never not
	// applicable. That it must be offered is for the checks of the search contract to charge, once.
	Owed bool
}

// Error says why the check is inconclusive.
func (e *Inconclusive) Error() string { return string(e.Reason) + ": " + e.Detail }

// Unanswered reports whether an error is a system's word that it does not let somebody ask, or cannot answer now.
func Unanswered(err error) bool {
	var unsure *Inconclusive
	return errors.As(err, &unsure) && (unsure.Reason == result.NotAllowed || unsure.Reason == result.Unreachable)
}

// OfSome is a system's answer that was none, with the number of people of whom nothing is known; err itself where it is neither a wrong
// answer nor word that there is none, or where it is so about all.
func OfSome(err error, missed, asked int) error {
	if missed == asked {
		return err
	}
	told := fmt.Sprintf("; it is so about %d of the %d people who were asked about", missed, asked)
	var (
		broken *BrokenAnswer
		unsure *Inconclusive
	)
	switch {
	case errors.As(err, &broken):
		some := *broken
		some.Finding.Message += told
		return &some
	case errors.As(err, &unsure):
		some := *unsure
		some.Detail += told
		return &some
	default:
		return err
	}
}

// Untold says that a story cannot be told of a system that shows its own records alone, because some of the story's are its
// neighbour's; nil when it can.
func Untold(env *Env, story fixtures.Story) error {
	if env.Ledger.Tells(story) {
		return nil
	}
	return &Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
		"the story has records of both systems, and %s is to show its own alone (federation: none)", env.Ledger.Part())}
}

// Loaded are the people of a story whose records were loaded; where none were, that is the error.
func Loaded(env *Env, story fixtures.Story) ([]fixtures.Person, error) {
	var people []fixtures.Person
	for _, person := range story.People {
		if env.Ledger.Has(person.ID) {
			people = append(people, person)
		}
	}
	if len(people) == 0 && len(story.People) > 0 {
		return nil, NoData("the records of the person of %s are not among those that were loaded", story.ID)
	}
	return people, nil
}

// NoData says that the endpoint holds nothing to put the question with, and what to load.
func NoData(format string, args ...any) error {
	return &Inconclusive{Reason: result.NoData, Detail: fmt.Sprintf(format, args...)}
}

// NotConfigured is the error of a question that needs something which the configuration does not say. The message says what
// to write where.
func NotConfigured(format string, args ...any) error {
	return &Inconclusive{Reason: result.NotConfigured, Detail: fmt.Sprintf(format, args...)}
}

// TooClose says that whether a system kept a limit of time cannot be told, because Concord itself was held up meanwhile.
func TooClose(system string, limit, held time.Duration) error {
	return &Inconclusive{Reason: result.HeldUp, Detail: fmt.Sprintf(
		"whether %s answers within %s is too close to call, because this process was kept from working for %s meanwhile; run again on a machine with less to do",
		system, limit, held.Round(time.Millisecond))}
}

// Catalogue is an ordered list of checks.
type Catalogue []Check

// Validate says what is wrong with the catalogue: an id used twice, or a row without what every row must have.
func (c Catalogue) Validate() error {
	seen := map[string]bool{}
	for _, check := range c {
		missing := ""
		switch {
		case check.ID == "":
			missing = "id"
		case check.Title == "":
			missing = "title"
		case check.Suite == "":
			missing = "suite"
		case len(check.Requirement) == 0:
			missing = "requirement"
		case check.Level == "":
			missing = "level"
		case check.Scope == "":
			missing = "scope"
		case check.Hazard == "":
			missing = "hazard"
		case check.Fix == "":
			missing = "fix"
		case check.Run == nil:
			missing = "run function"
		}
		if missing != "" {
			return fmt.Errorf("catalogue: check %q has no %s", check.ID, missing)
		}
		if seen[check.ID] {
			return fmt.Errorf("catalogue: check %s stands there twice", check.ID)
		}
		seen[check.ID] = true
	}
	return nil
}

// Find returns the check with the id.
func (c Catalogue) Find(id string) (Check, bool) {
	i := slices.IndexFunc(c, func(check Check) bool { return check.ID == id })
	if i < 0 {
		return Check{}, false
	}
	return c[i], true
}
