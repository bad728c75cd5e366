// Package policy reads what the parties to a data-sharing agreement have decided: what no rule says, and what a scenario
// must know before it can call an answer wrong.
//
// It promises that every decision has a stated default, that a file can decide for each system apart, and that a mistake
// in a file is an error that shows its line.
package policy

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/strictyaml"
)

// Decisions are what holds for one system. The zero value of a field means the default.
type Decisions struct {
	// Objection says what an objection blocks: "origin", the record it is made to, or "everywhere", the neighbour's too.
	Objection string `yaml:"objection"`
	// ObjectionWithin is how long an objection, or its withdrawal, may take to be in force everywhere.
	ObjectionWithin time.Duration `yaml:"objectionWithin"`
	// Lag is how long a change at a source may take to be seen everywhere.
	Lag time.Duration `yaml:"lag"`
	// Masking says whether a system tells that something is withheld: "announce" or "silent".
	Masking string `yaml:"masking"`
	// Deceased says whether people who have died are shown: "show" or "hide".
	Deceased string `yaml:"deceased"`
	// Federation says whether a system shows what its neighbour holds: "full", or "none", and then it shows its own records.
	Federation string `yaml:"federation"`
	// SensitiveCodes are codes, as system|code, of what is never shown. None means those of the four groups of the ledger.
	SensitiveCodes []string `yaml:"sensitiveCodes"`
}

// Policy is the decisions of an agreement.
type Policy struct {
	// Defaults hold for every system, Systems for those that are named, field by field.
	Defaults Decisions            `yaml:"defaults"`
	Systems  map[string]Decisions `yaml:"systems"`
	// Owners say who sees to what is found at a system, by its name: a person, a role or a desk, in words for the report.
	Owners map[string]string `yaml:"owners"`
}

// The values of the decisions.
const (
	Origin     = "origin"
	Everywhere = "everywhere"
	Announce   = "announce"
	Silent     = "silent"
	Show       = "show"
	Hide       = "hide"
	Full       = "full"
	None       = "none"
)

// standard is what holds where nobody has decided.
func standard() Decisions {
	return Decisions{Objection: Origin, ObjectionWithin: 5 * time.Minute, Lag: 5 * time.Minute, Masking: Announce, Deceased: Show, Federation: Full}
}

// For returns what holds for a system: its own decisions, then the file's defaults, then the standard ones.
func (p Policy) For(system string) Decisions {
	own := p.Systems[system]
	for _, other := range []Decisions{p.Defaults, standard()} {
		if own.Objection == "" {
			own.Objection = other.Objection
		}
		if own.ObjectionWithin == 0 {
			own.ObjectionWithin = other.ObjectionWithin
		}
		if own.Lag == 0 {
			own.Lag = other.Lag
		}
		if own.Masking == "" {
			own.Masking = other.Masking
		}
		if own.Deceased == "" {
			own.Deceased = other.Deceased
		}
		if own.Federation == "" {
			own.Federation = other.Federation
		}
		if len(own.SensitiveCodes) == 0 {
			own.SensitiveCodes = other.SensitiveCodes
		}
	}
	return own
}

// Federate takes over what was said of federation beside the policy: of one system, or of all where none is named. It comes after
// the policy. Nothing said is nothing changed.
func (p *Policy) Federate(system, federation string) {
	switch {
	case federation == "":
	case system == "":
		p.Defaults.Federation = federation
		for name, own := range p.Systems {
			own.Federation = federation
			p.Systems[name] = own
		}
	default:
		if p.Systems == nil {
			p.Systems = map[string]Decisions{}
		}
		own := p.Systems[system]
		own.Federation = federation
		p.Systems[system] = own
	}
}

// Line is one decision as a report prints it.
type Line struct{ Decision, Value, Meaning string }

// Lines lists the decisions, in a fixed order.
func (d Decisions) Lines() []Line {
	codes := "those of the ledger's four groups"
	if len(d.SensitiveCodes) > 0 {
		codes = strings.Join(d.SensitiveCodes, ", ")
	}
	return []Line{
		{"objection", d.Objection, map[string]string{
			Origin: "an objection blocks the record it is made to, and not the neighbour's", Everywhere: "an objection blocks both records",
		}[d.Objection]},
		{"objectionWithin", d.ObjectionWithin.String(), "an objection, or its withdrawal, is in force everywhere by then"},
		{"lag", d.Lag.String(), "a change at a source is seen everywhere by then"},
		{"masking", d.Masking, map[string]string{
			Announce: "a system says that something is withheld", Silent: "a system does not say that something is withheld",
		}[d.Masking]},
		{"deceased", d.Deceased, map[string]string{Show: "people who have died are shown, as deceased", Hide: "people who have died are not shown"}[d.Deceased]},
		{"federation", d.Federation, map[string]string{
			Full: "a system shows what its neighbour holds", None: "a system shows its own records alone, and is judged by those",
		}[d.Federation]},
		{"sensitiveCodes", codes, "what carries one of these codes is never shown"},
	}
}

// Read reads a policy file for the named systems. An unknown key, system or value is an error that shows its line.
func Read(path string, systems []string) (Policy, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return Policy{}, fmt.Errorf("read policy %s: %w", path, errors.Unwrap(err))
	}
	policy, err := Parse(text, systems)
	if err != nil {
		return Policy{}, fmt.Errorf("policy %s: %w", path, err)
	}
	return policy, nil
}

// Looks reports whether a text has the form of a policy, whatever systems it is about.
func Looks(text []byte) bool { return strictyaml.Decode(text, new(Policy)) == nil }

// Parse is Read for the text of a file.
func Parse(text []byte, systems []string) (Policy, error) {
	var policy Policy
	if err := strictyaml.Decode(text, &policy); err != nil {
		return Policy{}, err
	}
	var failed []error
	check := func(where string, d Decisions) {
		for _, choice := range []struct {
			key, value string
			allowed    []string
		}{
			{"objection", d.Objection, []string{Origin, Everywhere}},
			{"masking", d.Masking, []string{Announce, Silent}},
			{"deceased", d.Deceased, []string{Show, Hide}},
			{"federation", d.Federation, []string{Full, None}},
		} {
			if choice.value != "" && !slices.Contains(choice.allowed, choice.value) {
				failed = append(failed, at(text, where+"."+choice.key, "%q is neither %s", choice.value, strings.Join(choice.allowed, " nor ")))
			}
		}
		for _, wait := range []struct {
			key   string
			value time.Duration
		}{{"objectionWithin", d.ObjectionWithin}, {"lag", d.Lag}} {
			if wait.value < 0 {
				failed = append(failed, at(text, where+"."+wait.key, "%s is less than nothing", wait.value))
			}
		}
		for i, code := range d.SensitiveCodes {
			switch system, value, ok := strings.Cut(code, "|"); {
			case strings.Contains(strings.ToLower(system), "nhs-number"):
				// Not repeated: it could be a person's.
				failed = append(failed, at(text, fmt.Sprintf("%s.sensitiveCodes[%d]", where, i), "an NHS number is not a code"))
			case !ok || system == "" || value == "":
				failed = append(failed, at(text, fmt.Sprintf("%s.sensitiveCodes[%d]", where, i), "%q is not system|code", code))
			}
		}
	}
	check("$.defaults", policy.Defaults)
	for _, name := range slices.Sorted(maps.Keys(policy.Systems)) {
		if !slices.Contains(systems, name) {
			failed = append(failed, at(text, "$.systems."+name, "there is no system %q; the systems are %s", name, strings.Join(systems, " and ")))
		}
		check("$.systems."+name, policy.Systems[name])
	}
	for _, name := range slices.Sorted(maps.Keys(policy.Owners)) {
		switch owner := policy.Owners[name]; {
		case !slices.Contains(systems, name):
			failed = append(failed, at(text, "$.owners."+name, "there is no system %q; the systems are %s", name, strings.Join(systems, " and ")))
		case strings.TrimSpace(owner) == "":
			failed = append(failed, at(text, "$.owners."+name, "nobody is named; leave the line out"))
		case len(owner) > mostOfOwner:
			failed = append(failed, at(text, "$.owners."+name, "the name has %d bytes, and a report has room for %d", len(owner), mostOfOwner))
		}
	}
	return policy, errors.Join(failed...)
}

// mostOfOwner bounds the name of an owner, in bytes.
const mostOfOwner = 200

// at says on what line of the text the value at a path stands.
func at(text []byte, path, format string, args ...any) error {
	message := strings.TrimPrefix(path, "$.") + ": " + fmt.Sprintf(format, args...)
	return fmt.Errorf("line %d: %s", strictyaml.LineOf(text, path), message)
}
