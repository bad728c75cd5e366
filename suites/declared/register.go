// Package declared knows the differences between systems that people have agreed to be lawful: a register of who declared
// which difference, why, and until when.
//
// It promises that a declared difference is never a pass and never fails a run while it is in force, that one which no
// longer occurs fails the run, so that the register cannot outlive what it excuses, and that one which has expired counts
// for nothing.
package declared

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/result"
)

// Difference is one row of the register: a predicate over findings, and who answers for it. What a predicate leaves empty
// does not matter.
type Difference struct {
	// ID is what a finding carries that the row covers.
	ID string `yaml:"id"`
	// Check is the id of the check, System and Peer the names of the systems of its scope.
	Check  string `yaml:"check"`
	System string `yaml:"system"`
	Peer   string `yaml:"peer"`
	// Rule and Cause are those of the finding. Resource is the type that its path begins with, Path the whole of it.
	Rule     string       `yaml:"rule"`
	Cause    result.Cause `yaml:"cause"`
	Resource string       `yaml:"resource"`
	Path     string       `yaml:"path"`
	// Expected and Actual are the finding's, word for word.
	Expected string `yaml:"expected"`
	Actual   string `yaml:"actual"`
	// Owner is who answers for the difference, Reason why it is lawful, Expires the last day on which it counts.
	Owner   string `yaml:"owner"`
	Reason  string `yaml:"reason"`
	Expires string `yaml:"expires"`

	line int
}

// covers reports whether the row is about a finding of a check for a scope.
func (d Difference) covers(check string, scope result.Scope, f result.Finding) bool {
	resource, _, _ := strings.Cut(f.Path, ".")
	for _, pair := range [...][2]string{
		{d.Check, check},
		{d.System, scope.System},
		{d.Peer, scope.Peer},
		{d.Rule, f.Rule},
		{string(d.Cause), string(f.Cause)},
		{d.Resource, resource},
		{d.Path, f.Path},
		{d.Expected, f.Expected},
		{d.Actual, f.Actual},
	} {
		if pair[0] != "" && pair[0] != pair[1] {
			return false
		}
	}
	return true
}

// asks reports whether a result is of the check and scope that the row names.
func asks(d result.Declared, r result.Result) bool {
	return d.Check == r.Check && (d.Scope.System == "" || d.Scope.System == r.Scope.System) && (d.Scope.Peer == "" || d.Scope.Peer == r.Scope.Peer)
}

// expired reports whether the row's last day is over. A day ends in UTC.
func (d Difference) expired(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, d.Expires)
	return err != nil || !now.UTC().Before(last.AddDate(0, 0, 1))
}

// Register is a list of declared differences, and counts how often each occurs in one run. A nil Register has none. It is
// safe for concurrent use.
type Register struct {
	rows []Difference
	mu   sync.Mutex
	hits map[string]int
}

// Mark gives the findings of a check for a scope the ids of the rows that cover them, unless something else excuses them
// already.
func (r *Register) Mark(check string, scope result.Scope, findings []result.Finding, now time.Time) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range findings {
		if findings[i].Waiver != "" || findings[i].Severity == result.Information {
			continue
		}
		for _, row := range r.rows {
			if !row.expired(now) && row.covers(check, scope, findings[i]) {
				findings[i].Waiver = row.ID
				if r.hits == nil {
					r.hits = map[string]int{}
				}
				r.hits[row.ID]++
				break
			}
		}
	}
}

// Sentence says of a result whose failures are all declared who declared them; "" when no row covers any.
func (r *Register) Sentence(findings []result.Finding) string {
	if r == nil {
		return ""
	}
	var rows []string
	for _, row := range r.rows {
		for _, f := range findings {
			if f.Waiver == row.ID {
				rows = append(rows, fmt.Sprintf("%s, declared by %s until %s: %s", row.ID, row.Owner, row.Expires, row.Reason))
				break
			}
		}
	}
	return strings.Join(rows, "; ")
}

// Close says what became of every row, and fails the first result of each row that was asked about and did not occur. Call
// it once all results are in.
func (r *Register) Close(results []result.Result, now time.Time) []result.Declared {
	rows := r.Count(now)
	Settle(rows, results)
	return rows
}

// Settle looks among all results of a run for what became of each row that did not occur, and fails the first result that
// shows that the difference is gone.
func Settle(rows []result.Declared, results []result.Result) {
	for i := range rows {
		if rows[i].State == result.DeclaredNotAsked {
			rows[i].State = stale(rows[i], results)
		}
	}
}

// Count says of every row how often it occurred, and of one that did not that it was not asked about: where not all results
// are in, nobody knows.
func (r *Register) Count(now time.Time) []result.Declared {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	declared := make([]result.Declared, 0, len(r.rows))
	for _, row := range r.rows {
		d := result.Declared{
			ID: row.ID, Check: row.Check, Scope: result.Scope{System: row.System, Peer: row.Peer}, Cause: row.Cause, Path: strings.TrimSpace(row.Resource + " " + row.Path),
			Owner: row.Owner, Reason: row.Reason, Expires: row.Expires, Occurred: r.hits[row.ID],
		}
		switch {
		case row.expired(now):
			d.State = result.DeclaredExpired
		case d.Occurred > 0:
			d.State = result.DeclaredOccurs
		default:
			d.State = result.DeclaredNotAsked
		}
		declared = append(declared, d)
	}
	return declared
}

// stale fails the first result that shows that the difference is gone. Results that say nothing about the system say
// nothing about the difference either.
func stale(d result.Declared, results []result.Result) result.DeclaredState {
	for i := range results {
		r := &results[i]
		if !asks(d, *r) {
			continue
		}
		switch r.Status {
		case result.Pass, result.Warning, result.Waived, result.Fail:
			r.Status, r.Reason = result.Fail, result.StaleWaiver
			r.Message = fmt.Sprintf("declared difference %s no longer occurs: take it out of the register (%s: %s)", d.ID, d.Owner, d.Reason)
			return result.DeclaredStale
		default:
		}
	}
	return result.DeclaredNotAsked
}
