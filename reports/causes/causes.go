package causes

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// Kind says what a cause is about. The order is from coarse to fine.
type Kind int

// The kinds of cause.
const (
	// Partner says that what one system holds is missing at another.
	Partner Kind = iota + 1
	// Provider says that everything of a provider is missing.
	Provider
	// Type says that records of a type are missing, whoever recorded them.
	Type
	// Element says that an element is missing or altered in records of several types, and nothing showed why.
	Element
	// Mechanism says how answers come to be wrong, as result.Cause has it: a time zone, a parameter that is ignored...
	Mechanism
	// Part says that one part of a record is missing or altered, and nothing showed why.
	Part
	// Rule says no more than which rule is broken.
	Rule
)

// Cause is one cause with what it accounts for.
type Cause struct {
	Kind Kind
	// Systems are the names of the systems at which it shows, in alphabetical order; Peer the partner that is missing there.
	Systems []string
	Peer    string
	// Camps are how more than two systems stand about it, where they stand so about all of it.
	Camps result.Camps
	// Provider is an ODS code, Resource a type, Path an element, Rule a rule, Reason why answers are wrong; each only where
	// the kind, or most of the findings, have it. Parameter is the search parameter that most of them are about.
	Provider, Resource, Parameter, Path, Rule string
	Reason                                    result.Cause
	// Types are the resource types in which an Element differs, sorted.
	Types []string
	// Elements are those of a record, without its type, sorted, where a Part is about several of them and never about the whole record.
	Elements []string
	// Within is the element, without its type, that nearly all of what a Mechanism says of records is about.
	Within string
	// Shown is what most of the answers were that are no answers, as "status 500", or what is wrong with most records that break a profile, as
	// "display is empty"; "" where the reason is another, or they differ.
	Shown string
	// Patient is the id of the one person in whose records it shows, as the system has it; "" where it shows in those of several, or nobody
	// knows of whom.
	Patient string
	// Searched says that it is about answers to searches alone: what they lack may well be there.
	Searched bool
	// Findings counts what it accounts for, Checks are the ids of the checks below it, sorted.
	Findings int
	Checks   []string
	// Fails says that a result failed by it. Of the others come warnings only, and no verdict.
	Fails bool
	// Harm is S1 (could contribute to serious harm) to S3, or "" when nobody has said.
	Harm string
	// Query is one request that shows it, and Example the finding that it is from.
	Query   string
	Example result.Finding

	// weight is what it accounts for, and shown how much of that lies in what is shown of people.
	weight, shown float64
}

// Explained are the causes of a run.
type Explained struct {
	// Causes are those that were found, worst first.
	Causes []Cause
	// Findings counts all that needed a cause, Covered those that have one.
	Findings, Covered int

	byCheck map[string]int
}

// Of returns the cause of most findings of a check, and false where no cause has any.
func (e Explained) Of(check string) (Cause, bool) {
	i, ok := e.byCheck[check]
	if !ok {
		return Cause{}, false
	}
	return e.Causes[i], true
}

// Percent is the share of the findings that have a cause, rounded down, so that 100 means all of them.
func (e Explained) Percent() int {
	if e.Findings == 0 {
		return 0
	}
	return e.Covered * 100 / e.Findings
}

// key is what a candidate is told apart by.
type key struct {
	kind                           Kind
	system, peer, provider, detail string
	reason                         result.Cause
}

// candidate is a cause that may be named, with the findings that it would account for.
type candidate struct {
	key   key
	items []int
}

// cost is what it costs to name a cause: the finer it is, the more. A coarse cause wins over fine ones that account for about
// as much, and a fine one over a coarse one that accounts for little.
func (k key) cost() float64 {
	switch k.kind {
	case Partner, Provider:
		return 1
	case Type, Element:
		return 1.4
	case Mechanism:
		return 1.2
	case Part:
		if !strings.Contains(k.detail, ".") {
			// A whole record is a coarser word for what differs than one element of it.
			return 1.6
		}
		return 1.5
	default:
		return 2.5
	}
}

// coarse reports whether a cause says of much more than its findings that it is wrong.
func (k key) coarse() bool { return k.kind == Provider || k.kind == Type || k.kind == Element }

// Explain looks for the causes of what a run found.
func Explain(run result.Run) Explained {
	all := items(run)
	e := Explained{Findings: len(all), byCheck: map[string]int{}}
	left := make([]bool, len(all))
	for i := range left {
		left[i] = true
	}
	candidates := candidates(run, all)
	var chosen []candidate
	for {
		best, worth := -1, 0.0
		var covers []int
		for i, c := range candidates {
			weight := 0.0
			var added []int
			for _, at := range c.items {
				if left[at] {
					weight += all[at].weight
					added = append(added, at)
				}
			}
			// Candidates are in order, so that of two that are worth the same the coarser one stays.
			// What others account for already is no evidence that a whole provider, type or element is gone.
			if value := weight / c.key.cost(); len(added) > 0 && value > worth+1e-9 && (!c.key.coarse() || plausible(candidate{c.key, added}, all)) {
				best, worth, covers = i, value, added
			}
		}
		if best < 0 {
			break
		}
		for _, at := range covers {
			left[at] = false
		}
		chosen = append(chosen, candidate{candidates[best].key, covers})
		e.Covered += len(covers)
	}
	chosen = append(chosen, alone(all, left)...)
	harm := make(map[string]string, len(run.Checks))
	for _, c := range run.Checks {
		harm[c.ID] = c.Harm
	}
	merged, members := merge(chosen)
	for i, c := range merged {
		e.Causes = append(e.Causes, describe(c, members[i], all, harm))
	}
	e.sort(all, members)
	return e
}

// alone are the failures that are left, each told by the rule that it breaks. They are not accounted for, but what fails must be
// told before what only warns.
func alone(all []item, left []bool) []candidate {
	at := map[key]int{}
	var list []candidate
	for i, it := range all {
		if !left[i] || !it.fails {
			continue
		}
		k := key{kind: Rule, system: it.system, detail: it.finding.Rule}
		if _, known := at[k]; !known {
			at[k] = len(list)
			list = append(list, candidate{key: k})
		}
		list[at[k]].items = append(list[at[k]].items, i)
	}
	return list
}

// candidates are the causes that the attributes of the findings suggest, the coarse ones first.
func candidates(run result.Run, all []item) []candidate {
	at := map[key]int{}
	var list []candidate
	add := func(k key, i int) {
		n, known := at[k]
		if !known {
			n = len(list)
			at[k] = n
			list = append(list, candidate{key: k})
		}
		if is := list[n].items; len(is) == 0 || is[len(is)-1] != i { // one reason may be found in two ways
			list[n].items = append(is, i)
		}
	}
	gone, left, unread, ignored, known := missingPartners(run), leftOut(all), unreadValues(all), ignoredParameters(all), explained(all)
	for i, it := range all {
		f := it.finding
		if reason := left[[2]string{it.system, it.resource}]; it.absent && reason != result.NoCause && (f.Cause == result.CauseMissing || f.Cause == result.NoCause) {
			add(key{kind: Mechanism, system: it.system, reason: reason}, i)
		}
		if reason := known.of(it); reason != result.NoCause {
			add(key{kind: Mechanism, system: it.system, reason: reason}, i)
		}
		if (f.Cause == result.RepeatedParameter || f.Cause == result.CauseExtra) && len(it.parameters) == 1 && ignored[[3]string{it.system, it.resource, it.parameters[0]}] {
			add(key{kind: Mechanism, system: it.system, reason: result.IgnoredParameter}, i)
		}
		for reason, asked := range map[result.Cause]bool{result.PrefixIgnored: it.compared, result.TimeIgnored: it.timed} {
			if asked && unread[[2]string{it.system, string(reason)}] && (f.Cause.Plain() || f.Cause == result.NoCause) {
				add(key{kind: Mechanism, system: it.system, reason: reason}, i)
			}
		}
		if it.absent && it.peer != "" && gone[[2]string{it.system, it.peer}] {
			add(key{kind: Partner, system: it.system, peer: it.peer}, i)
		}
		if it.absent {
			for _, ods := range it.providers {
				add(key{kind: Provider, system: it.system, provider: ods}, i)
			}
		}
		if it.absent && it.resource != "" && f.Path == it.resource {
			add(key{kind: Type, system: it.system, detail: it.resource, reason: result.CauseMissing}, i)
		}
		switch {
		case f.Cause != result.NoCause && !f.Cause.Plain():
			add(key{kind: Mechanism, system: it.system, reason: f.Cause}, i)
		case f.Path != "" && f.Path != it.resource:
			for _, path := range anywhere(f.Path) {
				add(key{kind: Element, system: it.system, detail: path, reason: plainly(f)}, i)
			}
			add(key{kind: Part, system: it.system, detail: element(f.Path), reason: f.Cause}, i)
			if it.resource != "" && f.Cause.Plain() {
				add(key{kind: Part, system: it.system, detail: it.resource, reason: f.Cause}, i)
			}
		case f.Cause.Plain() && it.resource != "":
			add(key{kind: Part, system: it.system, detail: it.resource, reason: f.Cause}, i)
		}
		if f.Cause == result.NoCause || f.Cause.Plain() {
			// Of what was explained the rule that is broken says less, however many others it says it of.
			add(key{kind: Rule, system: it.system, detail: f.Rule}, i)
		}
	}
	list = slices.DeleteFunc(list, func(c candidate) bool { return !plausible(c, all) })
	slices.SortFunc(list, func(a, b candidate) int { return a.key.compare(b.key) })
	return list
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), strings.Compare(k.system, o.system), strings.Compare(k.peer, o.peer),
		strings.Compare(k.provider, o.provider), strings.Compare(string(k.reason), string(o.reason)), k.compareDetail(o))
}

// compareDetail puts the longer one of two elements first, which says more when both account for the same.
func (k key) compareDetail(o key) int {
	if k.kind == Element {
		return cmp.Or(cmp.Compare(len(o.detail), len(k.detail)), strings.Compare(k.detail, o.detail))
	}
	return strings.Compare(k.detail, o.detail)
}

// anywhere are the element that a path leads to and those above it, without the type and without what tells repetitions apart:
// a part that reads meta wrongly, or knows no extensions, does so in every record.
func anywhere(path string) []string {
	_, below, _ := strings.Cut(filters.ReplaceAllString(element(path), ""), ".")
	var all []string
	for below != "" {
		all = append(all, below)
		below = below[:max(strings.LastIndexByte(below, '.'), 0)]
	}
	return all
}

// filters are the functions of a FHIRPath that choose among repetitions or types, with one level of parentheses inside.
var filters = regexp.MustCompile(`\.(?:where|ofType|exists|first|last)\((?:[^()]|\([^()]*\))*\)`)

// calls are all functions of a FHIRPath, with two levels of parentheses inside, and what is said of them on their right.
var calls = regexp.MustCompile(`\b[a-zA-Z]+\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\.?`)

// spoken is the element that a FHIRPath leads to, as people name it: without functions.
func spoken(path string) string {
	plain, _, _ := strings.Cut(calls.ReplaceAllString(path, ""), "(")
	return strings.TrimRight(plain, ". ")
}

// plainly is the plain cause of a finding about an element: missing, or altered, also where nobody said so.
func plainly(f result.Finding) result.Cause {
	switch {
	case f.Actual == "nothing" || f.Actual == "not shown":
		return result.CauseMissing
	case f.Cause == result.NoCause && f.Rule == "value":
		return result.CauseAltered // a scenario asked for one value, and there is another
	default:
		return f.Cause
	}
}

// plausible refuses a coarse cause that its findings do not bear out: a provider is missing only where records of several
// types are, or its directory entry; a type only where records of several
// providers are; an element only where records of several types are; and a rule explains nothing that was found once or twice.
func plausible(c candidate, all []item) bool {
	types, providers := map[string]bool{}, map[string]bool{}
	for _, i := range c.items {
		if t := all[i].resource; t != "" {
			types[t] = true
		}
		for _, p := range all[i].providers {
			providers[p] = true
		}
	}
	switch c.key.kind {
	case Provider:
		gone := 0
		for _, i := range c.items {
			if all[i].shown {
				gone++
			}
		}
		if 4*gone < len(c.items) {
			return false // searches do not find its records, and who asks for all of a person's is shown them
		}
		return len(types) >= 2 || len(c.items) >= 3 && len(types) == 0
	case Type:
		return len(providers) >= 3
	case Element:
		return len(types) >= 2
	case Rule:
		// One broken rule is a cause only where it is broken again and again; otherwise it stays without one.
		return len(c.items) >= 5
	default:
		return true
	}
}

// ruleVisible is the rule of a provider of whom a system does not show what was recorded about its seeded patient.
const ruleVisible = "sweep-visible"

// missingPartners are the pairs of systems of which the sweep shows that hardly anything the second holds is seen at the first: half of all
// that is asked about its providers fails, or of hardly any what was recorded is shown, though the people and the directory are there.
func missingPartners(run result.Run) map[[2]string]bool {
	asked, failed := map[[2]string]int{}, map[[2]string]int{}
	visible, hidden := map[[3]string]int{}, map[[3]string]int{}
	for _, r := range run.Results {
		if r.Scope.Provider == "" || r.Scope.Peer == "" || r.Status == result.NotRun || r.Status == result.NotApplicable || r.Status == result.Skipped {
			continue
		}
		pair, of := [2]string{r.Scope.System, r.Scope.Peer}, [3]string{r.Scope.System, r.Scope.Peer, r.Check}
		asked[pair]++
		visible[of]++
		if r.Status == result.Fail {
			failed[pair]++
			if slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == ruleVisible }) {
				hidden[of]++
			}
		}
	}
	gone := map[[2]string]bool{}
	for pair, n := range asked {
		gone[pair] = n >= 3 && failed[pair]*10 >= n*5
	}
	for of, n := range hidden {
		if pair := [2]string{of[0], of[1]}; n >= 3 && n*10 >= visible[of]*9 {
			gone[pair] = true
		}
	}
	return gone
}

// leftOut are the systems and resource types of which records were seen to be left out by their time or status: what else is
// missing of the type there has the same reason, though one finding alone does not show it.
func leftOut(all []item) map[[2]string]result.Cause {
	left := map[[2]string]result.Cause{}
	for _, it := range all {
		if f := it.finding; f.Cause == result.HistoryCut || f.Cause == result.StatusFilter || f.Cause == result.PagingTruncation && it.shown {
			left[[2]string{it.system, it.resource}] = f.Cause
		}
	}
	return left
}

// unreadValues are the systems that were seen not to look at the prefixes of values, or at the time of day in them, each with that reason:
// it is so for every parameter, and one wrong answer alone seldom shows it.
func unreadValues(all []item) map[[2]string]bool {
	unread := map[[2]string]bool{}
	for _, it := range all {
		if reason := it.finding.Cause; reason == result.PrefixIgnored || reason == result.TimeIgnored {
			unread[[2]string{it.system, string(reason)}] = true
		}
	}
	return unread
}

// ignoredParameters are the parameters of a type that a system was seen not to apply: given twice they narrow nothing either, and what is
// found too much by them needs no other reason.
func ignoredParameters(all []item) map[[3]string]bool {
	ignored := map[[3]string]bool{}
	for _, it := range all {
		if it.finding.Cause == result.IgnoredParameter && len(it.parameters) == 1 {
			ignored[[3]string{it.system, it.resource, it.parameters[0]}] = true
		}
	}
	return ignored
}

// element is a path without its indexes and choices.
func element(path string) string {
	var b strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
