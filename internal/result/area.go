package result

import (
	"fmt"
	"slices"
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
	byArea := map[Area][]Result{}
	for _, one := range r.Results {
		if area := areas[one.Check]; area != "" {
			byArea[area] = append(byArea[area], one)
		}
	}
	v := Judge(r.Results)
	if v.Outcome == Conformant && !slices.ContainsFunc(r.Results, func(one Result) bool { return one.Level == Must && one.Shown() }) &&
		r.Selection.LeftOut() == "" {
		v.Outcome, v.Sentence = Undetermined, "Could not be determined: nothing was demonstrated that must be so."
	}
	if left := r.Selection.LeftOut(); left != "" && v.Outcome == Conformant {
		v.Outcome = SelectionPassed
		v.Sentence = fmt.Sprintf("Selection passed: everything that was asked was demonstrated. Left out by choice: %s. Nothing is said about the rest.", left)
	}
	for _, area := range Areas() {
		at := slices.IndexFunc(r.Unclaimed, func(u Unclaimed) bool { return u.Area == area })
		results, asked := byArea[area]
		if !asked && at < 0 {
			continue
		}
		one := Judge(results)
		switch {
		case at >= 0:
			one.Outcome, one.Sentence = NotClaimed, r.Unclaimed[at].Why
		case one.Outcome == Conformant && r.Selection.LeftOut() != "":
			one.Outcome, one.Sentence = SelectionPassed, fmt.Sprintf("Selection passed: all %d results that were asked for were demonstrated.", one.Counts.Total()-one.Counts.NotApplicable)
		}
		v.Areas = append(v.Areas, AreaVerdict{area, one.Outcome, one.Sentence, one.Counts})
	}
	return v
}
