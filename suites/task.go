package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/declared"
)

// task is one check to be asked for one scope. done is closed when result holds the answer.
type task struct {
	check check.Check
	env   *check.Env
	scope result.Scope
	unmet check.Feature
	// unclaimedBy is the system because of which the parties do not claim what the check is about; "" when they do.
	unclaimedBy string
	// unclaimedWhy says why, where it is not because the system shows its own records alone.
	unclaimedWhy string
	// refused is the result of a task that is not put, because a system cannot be asked; nil for every other.
	refused *result.Result
	// paused is how long systems have asked to be left alone so far; a check's deadline leaves that out.
	paused func() time.Duration
	// sent is how many requests the asked system was sent so far. Both are nil where nobody is asked.
	sent func() int
	// reference says that the peer is the partner that Concord supplies.
	reference bool
	result    result.Result
	done      chan struct{}
	// declared are the differences that are known to be lawful.
	declared *declared.Register
	// watch is told what the check asks for, when anybody wants to know.
	watch func(exchange string)
	// strangers are the answers that the check rests on and that are wrong whatever they were asked for: about another person, or with a
	// record under another's URL.
	strangers []check.WrongAnswer
}

// perform asks the question and fills in the result. It never panics and never leaves the result empty.
func (t *task) perform(ctx context.Context, clock func() time.Time, timeout time.Duration) {
	defer close(t.done)
	started := clock()
	t.result = result.Result{Check: t.check.ID, Suite: t.check.Suite, Level: t.check.Level, Scope: t.scope}
	defer func() {
		t.result.DurationMs = clock().Sub(started).Milliseconds()
		t.result.Steps = t.env.Steps()
		shorten(&t.result)
		if fault := recover(); fault != nil {
			t.result.Status, t.result.Reason = result.Error, result.HarnessFault
			t.result.Message = fmt.Sprintf("check %s stopped with a fault of Concord's own: %v (%s)", t.check.ID, fault, where(debug.Stack()))
		}
	}()
	switch {
	case t.refused != nil:
		t.result = *t.refused
		return
	case t.unclaimedBy != "":
		t.result.Status, t.result.Reason, t.result.Message = result.NotApplicable, result.NotClaimedReason, t.unclaimed()
		return
	case ctx.Err() != nil:
		t.result.Status, t.result.Reason = result.NotRun, result.Interrupted
		t.result.Message = "the run was stopped before this check was asked" + cause(ctx)
		return
	}
	checkContext, cancel := patiently(ctx, timeout, t.paused, t.sent)
	defer cancel()
	var rests restsOn
	findings, err := t.check.Run(exchange.Watch(checkContext, rests.watched(t.watch)), t.env)
	if t.watch != nil {
		checkContext = exchange.Watch(checkContext, t.watch)
	}
	t.lookForStrangers(checkContext, rests.ids())
	t.askAgain(checkContext, findings)
	t.own(findings)
	t.declared.Mark(t.check.ID, t.scope, findings, t.env.Now)
	if refused := (*check.BrokenAnswer)(nil); t.unmet != (check.Feature{}) && errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 {
		// What is not declared is asked all the same. A refusal is charged once, by the checks of the search contract.
		err = &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf("%s does not declare %s in its CapabilityStatement, and answers with status %d",
			t.scope.System, t.unmet, refused.Status)}
	}
	if refused := (*check.BrokenAnswer)(nil); errors.As(err, &refused) && refused.Undeclared != "" && !failing(t.check.Level, findings) {
		// What the contract does not ask for a system need not offer, and by refusing it nobody is misled.
		err = &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf("%s. The system does not declare %s and need not offer it, so that this could not be shown",
			refused.Finding.Message, refused.Undeclared)}
	}
	if why := t.ofReference(err); why != "" {
		t.result.Status, t.result.Reason, t.result.Message = result.NotRun, result.HarnessFault, why
		return
	}
	if beside := check.Beside(t.scope.System, err); !t.check.FindsPeople && beside != err { //nolint:errorlint // whether it is the same one
		if err = beside; failing(t.check.Level, findings) {
			err = nil // what was found before is its own
		}
	}
	if why := t.ofPeer(err); why != "" {
		err = &check.Inconclusive{Reason: result.NoData, Detail: why}
		if failing(t.check.Level, findings) {
			err = nil // what was found before is its own
		}
	}
	if checkContext.Err() != nil && ctx.Err() == nil {
		err = t.outOfTime(err, clock().Sub(started))
	}
	conclude(&t.result, findings, err)
	t.askAgain(checkContext, t.result.Findings[len(findings):]) // the one that came as an error is among them now
	t.own(t.result.Findings)
	if t.result.Status == result.Waived && t.result.Message == "" {
		t.result.Message = t.declared.Sentence(t.result.Findings)
	}
	if ctx.Err() != nil && t.result.Status != result.Pass {
		t.result.Status, t.result.Reason = result.Error, result.Interrupted
		t.result.Message = "the run was stopped while this check was asked" + cause(ctx)
	}
}

// outOfTime turns an error that came of the end of the time that Concord gives a check into one that says so: the system was
// asked one thing after the other, and the last of them is not to be charged with the time of all.
func (t *task) outOfTime(err error, took time.Duration) error {
	unanswered := (*exchange.Error)(nil)
	if late := errors.As(err, &unanswered) && unanswered.Kind == exchange.TimedOut && !unanswered.NotSent; !late && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &check.Inconclusive{Reason: result.NotAsked, Detail: fmt.Sprintf("the time for one check was over after %v, before %s had been asked everything; "+
		"if it is only slow, ask this check alone (--checks %s), or more at once (--concurrency)", took.Round(time.Second), t.scope.System, t.check.ID)}
}

// ofPeer says, of an error that is a wrong answer of the system that the asked one was to be compared with, that nothing is known
// of the asked one for that; "" for every other error, and for none. The wrong answer is charged where that system is asked.
func (t *task) ofPeer(err error) string {
	var broken *check.BrokenAnswer
	if t.scope.Peer == "" || !errors.As(err, &broken) || broken.System != t.scope.Peer {
		return ""
	}
	return fmt.Sprintf("%s could not be compared with %s, which is charged with its answer where it is asked itself: %s", t.scope.System, t.scope.Peer, broken.Finding.Message)
}

// failing reports whether findings fail a check by themselves.
func failing(level result.Level, findings []result.Finding) bool {
	status, _ := statusOf(level, result.WorstSeverity(findings))
	return status == result.Fail
}

// cause says what stopped a run when it was nobody who wanted it.
func cause(ctx context.Context) string {
	if lost := (*fs.PathError)(nil); errors.As(context.Cause(ctx), &lost) {
		return fmt.Sprintf(", because what was answered could not be kept: %v", lost.Err)
	}
	return ""
}

// unclaimed says why the question is not put to anybody.
func (t *task) unclaimed() string {
	if t.unclaimedWhy != "" {
		return "not asked: " + t.unclaimedWhy
	}
	return fmt.Sprintf("not asked: %s is to show its own records alone (federation: none)", t.unclaimedBy)
}

// longestText and longestQuery are how much of a text that holds what a system wrote is printed, in bytes; the rest is in the
// recorded exchange.
const longestText, longestQuery = 4 << 10, 16 << 10

// shorten cuts the texts of a result to what a reader needs.
func shorten(r *result.Result) {
	r.Message = exchange.Clip(exchange.MaskLiveNumbers(r.Message), longestText)
	shortenFindings(r.Findings)
}

// shortenFindings is shorten for findings that are kept outside their result.
func shortenFindings(findings []result.Finding) {
	for i := range findings {
		f := &findings[i]
		for _, text := range []*string{&f.Message, &f.Expected, &f.Actual, &f.Path, &f.Code} {
			*text = exchange.Clip(exchange.MaskLiveNumbers(*text), longestText) // whatever number a system answers with
		}
		f.Query, f.PeerQuery = exchange.Clip(f.Query, longestQuery), exchange.Clip(f.PeerQuery, longestQuery)
	}
}

// own gives findings what the check says for all of them where they say nothing of their own: the rule that is broken, its
// level, the hazard and the cause.
func (t *task) own(findings []result.Finding) {
	for i := range findings {
		f := &findings[i]
		if f.Cause == result.NoCause && f.Severity.Rank() > result.Information.Rank() {
			f.Cause = t.check.Cause
		}
		if f.Rule == profiles.RuleJSONType && (f.Cause == result.NoCause || f.Cause == result.ProfileDifference || f.Cause == result.CauseError) {
			f.Cause = result.JSONShape
		}
		if f.Requirement == "" && len(t.check.Requirement) > 0 {
			f.Requirement = t.check.Requirement[0].ID
		}
		f.Level = cmp.Or(f.Level, t.check.Level)
		f.Hazard = cmp.Or(f.Hazard, t.check.Hazard)
	}
}

// refuse gives the task a result without asking, because the systems are not as they should be.
func (t *task) refuse(cause error) {
	defer close(t.done)
	t.result = result.Result{
		Check: t.check.ID, Suite: t.check.Suite, Level: t.check.Level, Scope: t.scope, Status: result.Error, Reason: result.HarnessFault,
		Message: "not asked, because an earlier scenario left its mark on the systems: " + cause.Error(),
	}
}

// conclude derives status and reason from what the check returned. It is the only place where that is done.
func conclude(r *result.Result, findings []result.Finding, err error) {
	var (
		broken       *check.BrokenAnswer
		inconclusive *check.Inconclusive
		unanswered   *exchange.Error
	)
	switch {
	case errors.As(err, &broken):
		findings = append(findings, broken.Finding)
	case errors.As(err, &inconclusive):
		r.Status, r.Reason = inconclusiveStatus(inconclusive), inconclusive.Reason
		r.Message = err.Error()
		r.Findings = findings
		return
	case errors.As(err, &unanswered):
		r.Status, r.Reason = result.Error, unansweredReason(unanswered.Kind)
		switch {
		case r.Reason == result.NotAsked || r.Reason == result.NotAllowed:
			r.Status = result.NotRun
		case unanswered.NotSent:
			r.Status, r.Reason = result.NotRun, result.Unreachable
		}
		r.Message = err.Error()
		r.Findings = findings
		return
	case errors.Is(err, context.DeadlineExceeded):
		r.Status, r.Reason, r.Message = result.Error, result.Unreachable, "the check ran out of time: "+err.Error()
		r.Findings = findings
		return
	case err != nil:
		r.Status, r.Reason, r.Message = result.Error, result.HarnessFault, err.Error()
		r.Findings = findings
		return
	}
	r.Findings = findings
	r.Status, r.Reason = statusOf(r.Level, result.WorstSeverity(findings))
	if r.Status != result.Pass {
		return
	}
	// What a waiver covers is never a pass.
	var waivers []string
	for _, f := range findings {
		if status, _ := statusOf(r.Level, f.Severity); f.Waiver != "" && status != result.Pass && !slices.Contains(waivers, f.Waiver) {
			waivers = append(waivers, f.Waiver)
		}
	}
	if len(waivers) > 0 {
		r.Status, r.Reason = result.Waived, result.Accepted
		slices.Sort(waivers)
		r.Message = "every fault is covered by a waiver: " + strings.Join(waivers, ", ")
	}
}

// statusOf turns the worst finding into a status: only a Must can fail, a Should warns.
func statusOf(level result.Level, worst result.Severity) (result.Status, result.Reason) {
	switch {
	case worst.Rank() >= result.SeverityError.Rank() && level == result.Must:
		return result.Fail, result.Broken
	case worst.Rank() >= result.SeverityWarning.Rank() && level != result.May:
		return result.Warning, result.Broken
	default:
		return result.Pass, result.NoReason
	}
}

// inconclusiveStatus separates "there is nothing to ask" from "nobody could ask" and "we could not tell".
func inconclusiveStatus(unsure *check.Inconclusive) result.Status {
	reason := unsure.Reason
	if reason == result.NotClaimedReason || reason == result.NotOffered && !unsure.Owed {
		return result.NotApplicable
	}
	if reason == result.Unreachable || reason == result.Throttled || reason == result.Interrupted || reason == result.HarnessFault {
		return result.Error
	}
	return result.NotRun
}

func unansweredReason(kind exchange.Kind) result.Reason {
	switch kind {
	case exchange.Unreachable, exchange.TimedOut, exchange.TurnedAway:
		return result.Unreachable
	case exchange.OverBudget:
		return result.NotAsked
	case exchange.NotAdmitted:
		return result.NotAllowed
	case exchange.Interrupted:
		return result.Interrupted
	case exchange.TooLarge:
		return result.Broken
	case exchange.Refused, exchange.NotRecorded:
		return result.HarnessFault
	default:
		return result.HarnessFault
	}
}

// where finds the line of our own code that a panic came from.
func where(stack []byte) string {
	for _, line := range strings.Split(string(stack), "\n") {
		if strings.Contains(line, "/suites/") && strings.Contains(line, ".go:") && !strings.Contains(line, "task.go") {
			line = line[strings.LastIndex(line, "/suites/")+1:]
			place, _, _ := strings.Cut(line, " ")
			return place
		}
	}
	return "no line known"
}
