package reports

import (
	"errors"
	"fmt"
	"slices"

	"concord.example/concord/internal/result"
)

// validate refuses a run that contradicts itself, with one error per contradiction (at most the first ten). It is the
// half of the run.json contract that a JSON Schema cannot state: that the parts of a run agree with each other.
func validate(run result.Run) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if run.Schema != result.Schema {
		add("schema is %q, want %q", run.Schema, result.Schema)
	}
	if run.ID == "" {
		add("the run has no id")
	}
	if run.StartedAt.IsZero() {
		add("the run has no start time")
	}
	if run.DurationMs < 0 {
		add("the run took %d ms", run.DurationMs)
	}
	n := names{systems: map[string]bool{}, providers: map[string]bool{}, checks: map[string]result.Check{}}
	n.collect(run, add)
	n.results(run, add)
	judge(run, n, add)
	const most = 10
	if len(problems) > most {
		problems = append(problems[:most:most], fmt.Errorf("and %d more", len(problems)-most))
	}
	if len(problems) > 0 {
		return fmt.Errorf("the run contradicts itself: %w", errors.Join(problems...))
	}
	return nil
}

// names is what results may refer to.
type names struct {
	systems, providers map[string]bool
	checks             map[string]result.Check
}

// collect gathers the names and refuses the ones that are missing or given twice.
func (n names) collect(run result.Run, add func(string, ...any)) {
	for _, s := range slices.Concat(run.Systems, run.Partners) {
		if s.Name == "" || n.systems[s.Name] {
			add("system %q is unnamed or listed twice", s.Name)
		}
		n.systems[s.Name] = true
	}
	for _, p := range run.Providers {
		if p.ODS == "" || n.providers[p.ODS] {
			add("provider %q has no ODS code or is listed twice", p.ODS)
		}
		n.providers[p.ODS] = true
	}
	for _, c := range run.Checks {
		if _, twice := n.checks[c.ID]; twice || c.ID == "" {
			add("check %q has no id or is listed twice", c.ID)
		}
		if !slices.Contains(levels(), c.Level) {
			add("check %s has level %q", c.ID, c.Level)
		}
		n.checks[c.ID] = c
	}
}

// named says which result something is about, when it is asked.
type named struct{ *result.Result }

func (n named) String() string { return fmt.Sprintf("result %s of %s", n.Check, n.Scope) }

// results refuses results that nothing else in the run accounts for, and results that do not say why.
func (n names) results(run result.Run, add func(string, ...any)) {
	for i := range run.Results {
		r := &run.Results[i]
		what := named{r}
		check, known := n.checks[r.Check]
		switch {
		case !known:
			add("%s: the run does not list that check", what)
		case check.Suite != r.Suite || check.Level != r.Level:
			add("%s: suite %q and level %q are not the check's (%q, %q)", what, r.Suite, r.Level, check.Suite, check.Level)
		}
		for _, system := range []string{r.Scope.System, r.Scope.Peer} {
			if system != "" && !n.systems[system] {
				add("%s: the run does not list system %q", what, system)
			}
		}
		if p := r.Scope.Provider; p != "" && !n.providers[p] {
			add("%s: the run does not list provider %q", what, p)
		}
		if i > 0 && result.CompareResults(run.Results[i-1], *r) == 0 {
			add("%s is given twice", what)
		}
		if r.DurationMs < 0 {
			add("%s took %d ms", what, r.DurationMs)
		}
		answer(r, what, add)
	}
}

// answer refuses a status without its reason, and findings that cannot be printed.
func answer(r *result.Result, what named, add func(string, ...any)) {
	switch {
	case !slices.Contains(result.Statuses(), r.Status):
		add("%s has no status", what)
	case r.Status == result.Pass && r.Reason != result.NoReason:
		add("%s is a pass and yet has the reason %q", what, r.Reason)
	case r.Status != result.Pass && !slices.Contains(result.Reasons(), r.Reason):
		add("%s is %s with the reason %q, want one of %v", what, r.Status, r.Reason, result.Reasons())
	}
	for _, f := range r.Findings {
		if f.Rule == "" || f.Message == "" || f.Severity.Rank() == 0 {
			add("%s: a finding needs a rule, a message and a known severity, got %q, %q and %q", what, f.Rule, f.Message, f.Severity)
		}
		if !f.Cause.Known() {
			add("%s: a finding has the cause %q, which is not on the list", what, f.Cause)
		}
		if f.Line < 0 || f.Column < 0 {
			add("%s: a finding is at line %d, column %d", what, f.Line, f.Column)
		}
	}
}

// judge refuses a verdict that the results do not support, and a good one that leaves a check without any result.
func judge(run result.Run, n names, add func(string, ...any)) {
	want := run.Judge()
	if v := run.Verdict; v.Outcome != want.Outcome || v.Status != want.Status || v.Counts != want.Counts {
		add("the verdict is %q (%+v), but the results make it %q (%+v)", v.Outcome, v.Counts, want.Outcome, want.Counts)
	}
	if run.Verdict.Outcome != result.Conformant && run.Verdict.Outcome != result.SelectionPassed {
		return
	}
	said := make(map[string]bool, len(n.checks))
	for _, r := range run.Results {
		said[r.Check] = true
	}
	for _, c := range run.Checks {
		if c.Level == result.Must && !said[c.ID] && (run.Shard == nil || run.Shard.Elsewhere == 0) {
			add("the verdict is %q although check %s has no result: a check that did not run must say so", run.Verdict.Outcome, c.ID)
		}
	}
}

// levels lists every level, strongest first.
func levels() []result.Level { return []result.Level{result.Must, result.Should, result.May} }
