package result

import (
	"fmt"
	"slices"
	"strings"
)

// Area is one part of what conformance means. Each has a verdict of its own beside that of the run.
type Area string

const (
	// AreaSearch is about which records a search finds, and how an answer is given.
	AreaSearch Area = "search"
	// AreaFacts is about what the records say that a system shows.
	AreaFacts Area = "facts"
	// AreaFederation is about what a system shows of the records that others hold.
	AreaFederation Area = "federation"
	// AreaProfile is about the form of resources: UK Core and base R4.
	AreaProfile Area = "profile"
	// AreaCapability is about what a system says of itself, and about HTTP and errors.
	AreaCapability Area = "capability"
	// AreaSecurity is about who is let in, and what they may see.
	AreaSecurity Area = "security"
)

// Areas lists every area, in the order in which reports print them.
func Areas() []Area {
	return []Area{AreaSearch, AreaFacts, AreaFederation, AreaProfile, AreaCapability, AreaSecurity}
}

// Unclaimed is an area that the parties do not claim, so that nothing about it decides the verdict. It is named wherever
// the verdict is.
type Unclaimed struct {
	Area Area `json:"area"`
	// Why is a sentence: who decided it, and what was therefore not looked at.
	Why string `json:"why"`
	// Partly says that somebody claims the area, or a part of it, so that it has a verdict all the same.
	Partly bool `json:"partly,omitempty"`
}

// AreaVerdict is the roll-up of one area.
type AreaVerdict struct {
	Area    Area    `json:"area"`
	Outcome Outcome `json:"outcome"`
	// Sentence says the outcome in plain English.
	Sentence string `json:"sentence"`
	Counts   Counts `json:"counts"`
}

// Judge rolls a run up to its verdict: that of all results, held back to "selection passed" where a person left something
// out, and one for every area that the checks of the run or the parties name.
func (r Run) Judge() Verdict {
	areas := map[string]Area{}
	for _, c := range r.Checks {
		areas[c.ID] = c.Area
	}
	// Results are large and many: each list is made as long as it will be.
	many := map[Area]int{}
	for i := range r.Results {
		many[areas[r.Results[i].Check]]++
	}
	byArea := map[Area][]Result{}
	for i := range r.Results {
		area := areas[r.Results[i].Check]
		if area == "" {
			continue
		}
		if byArea[area] == nil {
			byArea[area] = make([]Result, 0, many[area])
		}
		byArea[area] = append(byArea[area], r.Results[i])
	}
	v := Judge(r.Results)
	if v.Outcome == Conformant && !slices.ContainsFunc(r.Results, func(one Result) bool { return one.Level == Must && one.Shown() }) &&
		r.LeftOut() == "" {
		v.Outcome, v.Sentence = Undetermined, "Could not be determined: nothing was demonstrated that must be so."
	}
	if left := r.LeftOut(); left != "" && v.Outcome == Conformant {
		v.Outcome = SelectionPassed
		v.Sentence = fmt.Sprintf("Selection passed: everything that was asked was demonstrated. Left out by choice: %s. Nothing is said about the rest.", left)
	}
	if r.nothingOwed(v, r.Results) {
		v.Outcome = SelectionPassed
		v.Sentence = fmt.Sprintf("Selection passed: nothing that fell to %s had to be demonstrated. Left out: %s. Nothing is said about the rest.", r.Shard, r.LeftOut())
	}
	if len(r.Gaps) > 0 {
		v.Outcome = Undetermined
		v.Sentence = fmt.Sprintf("Could not be determined: these shards are not the whole run: %s.", strings.Join(r.Gaps, "; "))
		if v.Counts.Fail > 0 {
			v.Sentence += fmt.Sprintf(" Of the %d results that are there, %d failed.", v.Counts.Total(), v.Counts.Fail)
		}
	}
	for _, area := range Areas() {
		at := slices.IndexFunc(r.Unclaimed, func(u Unclaimed) bool { return u.Area == area })
		results, asked := byArea[area]
		if !asked && at < 0 {
			continue
		}
		one := Judge(results)
		switch {
		case at >= 0 && r.Unclaimed[at].Partly && one.Counts.Total() > one.Counts.NotApplicable:
			one.Sentence += " " + r.Unclaimed[at].Why
		case at >= 0:
			one.Outcome, one.Sentence = NotClaimed, r.Unclaimed[at].Why
		case len(r.Gaps) > 0:
			one.Outcome, one.Sentence = Undetermined, "Could not be determined: these shards are not the whole run."
		case r.nothingOwed(one, results):
			one.Outcome, one.Sentence = SelectionPassed, "Selection passed: nothing that fell to this shard had to be demonstrated."
		case one.Outcome == Conformant && r.LeftOut() != "":
			one.Outcome, one.Sentence = SelectionPassed, fmt.Sprintf("Selection passed: all %d results that were asked for were demonstrated.", one.Counts.Total()-one.Counts.NotApplicable)
		}
		v.Areas = append(v.Areas, AreaVerdict{area, one.Outcome, one.Sentence, one.Counts})
	}
	return v
}

// nothingOwed reports whether a share of a run owes nothing that could be demonstrated: every result came in, and none had to
// be shown. Of a whole run that is undetermined, of a share it is all that there was.
func (r Run) nothingOwed(v Verdict, results []Result) bool {
	return r.Shard != nil && r.Shard.Elsewhere > 0 && v.Outcome == Undetermined &&
		!slices.ContainsFunc(results, func(one Result) bool { return one.Status == Error || one.NeverAsked() })
}
