package result

import "fmt"

// Status is the outcome of one check for one scope. The order of the constants is the roll-up order: the worst wins.
//
// The zero value is not a status; it counts as NotRun wherever statuses are compared, so that a result somebody forgot to
// fill in can never look better than "nobody looked".
type Status int

const (
	// NotApplicable says that the endpoint does not offer what the check asks about, and need not.
	NotApplicable Status = iota + 1
	// Pass says that the question was asked, answered from data, and the answer was right.
	Pass
	// Warning says that something is wrong that the rule only recommends (SHOULD), or that the finding is a warning.
	Warning
	// Waived says that the check failed and that a waiver covers the failure: a named person accepted it, or a defect of
	// published material causes it.
	Waived
	// Skipped says that a person chose not to run the check.
	Skipped
	// NotRun says that the question could not be put, most often because there was no data to put it with.
	NotRun
	// Error says that the harness could not tell: the endpoint was unreachable, timed out, or the run was interrupted.
	Error
	// Fail says that the endpoint gave a wrong answer.
	Fail
)

// Statuses lists every status, best first.
func Statuses() []Status {
	return []Status{NotApplicable, Pass, Warning, Waived, Skipped, NotRun, Error, Fail}
}

// String returns the status as it is written in run.json, for example "not-run".
func (s Status) String() string {
	switch s {
	case NotApplicable:
		return "not-applicable"
	case Pass:
		return "pass"
	case Warning:
		return "warning"
	case Waived:
		return "waived"
	case Skipped:
		return "skipped"
	case Error:
		return "error"
	case Fail:
		return "fail"
	default:
		return "not-run"
	}
}

// MarshalText writes the status as in run.json.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a status as written by MarshalText.
func (s *Status) UnmarshalText(text []byte) error {
	for _, candidate := range Statuses() {
		if candidate.String() == string(text) {
			*s = candidate
			return nil
		}
	}
	return fmt.Errorf("status %q is not one of %v", text, Statuses())
}

// Worse reports whether s outranks other in a roll-up.
func (s Status) Worse(other Status) bool { return s.known() > other.known() }

func (s Status) known() Status {
	if s < NotApplicable || s > Fail {
		return NotRun
	}
	return s
}

// RollUp returns the worst of the statuses. An empty roll-up is NotRun, never Pass.
func RollUp(statuses ...Status) Status {
	if len(statuses) == 0 {
		return NotRun
	}
	worst := NotApplicable
	for _, s := range statuses {
		if s.Worse(worst) {
			worst = s.known()
		}
	}
	return worst
}

// Reason says why a status is not a pass. It is a closed list, so that a programme board can count reasons.
type Reason string

const (
	// NoReason goes with Pass only.
	NoReason Reason = ""
	// NoData says that the endpoint holds nothing the question could be put with.
	NoData Reason = "no-data"
	// NotConfigured says that the question needs something that nobody has told Concord: how to ask in a role, or whose records
	// the endpoint holds. It says nothing of the endpoint.
	NotConfigured Reason = "not-configured"
	// NotOffered says that the endpoint does not declare the capability.
	NotOffered Reason = "not-offered"
	// NotAllowed says that the endpoint refused: 401, 403, or a policy.
	NotAllowed Reason = "not-allowed"
	// Broken says that the endpoint answered and the answer is wrong.
	Broken Reason = "broken"
	// Unreachable says that the endpoint could not be reached or did not answer in time.
	Unreachable Reason = "unreachable"
	// Throttled says that the endpoint kept asking to be left alone (429, 503) for longer than a run waits.
	Throttled Reason = "throttled"
	// NotAsked says that the question was not sent, because those before it failed or a budget was used up. It says nothing of
	// the endpoint's answer.
	NotAsked Reason = "not-asked"
	// Interrupted says that the run was stopped before the check could finish.
	Interrupted Reason = "interrupted"
	// Deselected says that a person left the check out.
	Deselected Reason = "deselected"
	// Accepted says that a waiver covers the failure.
	Accepted Reason = "accepted"
	// StaleWaiver says that an expected failure did not happen.
	StaleWaiver Reason = "stale-waiver"
	// HarnessFault says that Concord itself went wrong; it is never the endpoint's fault.
	HarnessFault Reason = "harness-fault"
	// NeedsWitness says that something must happen to the system which only a person can do, and nobody was there to do it
	// and to say so.
	NeedsWitness Reason = "needs-witness"
	// NoDifference says that what was asked made no difference to the answer, so that a right answer shows nothing: the
	// system may not have looked at the question at all.
	NoDifference Reason = "no-difference"
	// NotClaimedReason says that the question is about an area that the parties do not claim.
	NotClaimedReason Reason = "not-claimed"
	// NotCheckable says that Concord could not evaluate a rule, so that nothing is known of what the rule is about.
	NotCheckable Reason = "not-checkable"
	// HeldUp says that Concord's own process was kept from working, so that whether a time was kept is too close to call.
	HeldUp Reason = "held-up"
)

// Reasons lists every reason that a status other than Pass may carry.
func Reasons() []Reason {
	return []Reason{
		NoData, NotConfigured, NotOffered, NotAllowed, Broken, Unreachable, Throttled, NotAsked, Interrupted, Deselected, Accepted, StaleWaiver, HarnessFault, NeedsWitness, NoDifference,
		NotClaimedReason, NotCheckable, HeldUp,
	}
}

// Level is how strongly the source words a requirement.
type Level string

const (
	// Must is a SHALL: not meeting it makes the endpoint not conformant.
	Must Level = "must"
	// Should is a SHOULD: not meeting it is a warning.
	Should Level = "should"
	// May is optional: not meeting it is information.
	May Level = "may"
)
