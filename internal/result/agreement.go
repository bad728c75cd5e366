package result

import (
	"fmt"
	"slices"
	"strings"
)

// Accord says whether two systems say the same.
type Accord string

// The ways in which two systems stand to each other.
const (
	// Agree says that every comparison of the two was made and found nothing that differs.
	Agree Accord = "agree"
	// Differ says that something differs, whatever else could not be compared.
	Differ Accord = "differ"
	// NotDemonstrated says that nothing was seen to differ, and not everything was compared.
	NotDemonstrated Accord = "not-demonstrated"
)

// Agreement is what the comparisons of two systems, in both directions, came to.
type Agreement struct {
	// Systems are the names of the two, in configuration order.
	Systems [2]string `json:"systems"`
	Accord  Accord    `json:"accord"`
	// Compared counts the results of comparisons, Shown those that were demonstrated, and Waived those of them that a waiver covers.
	// What does not apply is not counted.
	Compared int `json:"compared"`
	Shown    int `json:"shown"`
	Waived   int `json:"waived,omitempty"`
	// Differences counts what differs, each once.
	Differences int `json:"differences,omitempty"`
}

// Accords says of each two systems of the run whether they say the same, in configuration order. The list is empty for fewer than
// three systems, of which the results say it all, and where none were compared.
func (r Run) Accords() []Agreement {
	if len(r.Systems) < 3 {
		return nil
	}
	compares := map[string]bool{}
	for _, c := range r.Checks {
		compares[c.ID] = c.Scope == "pair" && c.Peers == ""
	}
	type pair [2]string
	of := map[pair][]Result{}
	for _, one := range r.Results {
		if compares[one.Check] && one.Scope.Peer != "" {
			of[pair{one.Scope.System, one.Scope.Peer}] = append(of[pair{one.Scope.System, one.Scope.Peer}], one)
		}
	}
	if len(of) == 0 {
		return nil
	}
	var all []Agreement
	for i, a := range r.Systems {
		for _, b := range r.Systems[i+1:] {
			all = append(all, agreementOf([2]string{a.Name, b.Name}, slices.Concat(of[pair{a.Name, b.Name}], of[pair{b.Name, a.Name}])))
		}
	}
	return all
}

func agreementOf(systems [2]string, results []Result) Agreement {
	a := Agreement{Systems: systems, Accord: NotDemonstrated}
	seen := map[string]bool{}
	for _, r := range results {
		if r.Status == NotApplicable {
			continue
		}
		a.Compared++
		if r.Shown() {
			a.Shown++
		}
		switch r.Status {
		case Waived:
			a.Waived++
		case Fail, Warning:
			for _, f := range r.Findings {
				if f.Waiver == "" && f.Severity.Rank() >= SeverityWarning.Rank() && f.Rule != NoiseRule {
					seen[strings.Join([]string{r.Check, f.Path, f.Message}, "\x00")] = true
				}
			}
		default:
		}
	}
	a.Differences = len(seen)
	switch {
	case a.Differences > 0:
		a.Accord = Differ
	case a.Compared > 0 && a.Shown == a.Compared:
		a.Accord = Agree
	}
	return a
}

// NoiseRule is the rule of findings that say that a system differs from itself: what differs there is blamed on nobody else.
const NoiseRule = "parity-noise"

// Text says in a few words how two systems stand to each other.
func (a Agreement) Text() string {
	switch a.Accord {
	case Agree:
		if a.Waived > 0 {
			return fmt.Sprintf("agree, %d waived", a.Waived)
		}
		return "agree"
	case Differ:
		return fmt.Sprintf("differ: %d", a.Differences)
	default:
		if a.Compared == 0 {
			return "not demonstrated"
		}
		return fmt.Sprintf("not demonstrated: %d of %d", a.Shown, a.Compared)
	}
}

// Camps are systems that say the same, the most first; of two that are equally many the one that stands first.
type Camps [][]string

// String writes the camps on a line: "ccr ohc | dhc".
func (c Camps) String() string {
	sides := make([]string, 0, len(c))
	for _, camp := range c {
		sides = append(sides, strings.Join(camp, " "))
	}
	return strings.Join(sides, " | ")
}

// Text says in words how the systems stand: "a and b say one thing and c another". name is what each is called; nil for its own name.
func (c Camps) Text(name func(system string) string) string {
	said := make([]string, 0, len(c))
	for i, camp := range c {
		verb := " another"
		switch {
		case i == 0 && len(camp) == 1:
			verb = " says one thing"
		case i == 0:
			verb = " say one thing"
		}
		said = append(said, List(camp, name)+verb)
	}
	return List(said, nil)
}

// Majority reports whether one camp is larger than every other, and then is the first.
func (c Camps) Majority() bool {
	return len(c) > 1 && len(c[0]) > len(c[1])
}

// Odd are the systems outside the largest camp, each of which differs from all others; nil when there is no such camp, or when
// several outside it agree with each other.
func (c Camps) Odd() []string {
	if !c.Majority() || len(c[0]) < 2 {
		return nil
	}
	var odd []string
	for _, camp := range c[1:] {
		if len(camp) > 1 {
			return nil
		}
		odd = append(odd, camp...)
	}
	return odd
}

// Divide puts systems that agree into camps. agree tells of two of them. It reports false where that makes no camps, because one
// agrees with two that do not agree with each other.
func Divide(systems []string, agree func(a, b string) bool) (Camps, bool) {
	var camps Camps
	for _, s := range systems {
		home := -1
		for i, camp := range camps {
			with := 0
			for _, member := range camp {
				if agree(member, s) {
					with++
				}
			}
			switch {
			case with == 0:
			case with < len(camp) || home >= 0:
				return nil, false
			default:
				home = i
			}
		}
		if home < 0 {
			camps = append(camps, []string{s})
		} else {
			camps[home] = append(camps[home], s)
		}
	}
	slices.SortStableFunc(camps, func(a, b []string) int { return len(b) - len(a) })
	return camps, true
}

// AgreementText says in a sentence or two which systems of the run say the same. name is what people call a system. It is "" where
// there is nothing to say.
func AgreementText(agreements []Agreement, name func(system string) string) string {
	if len(agreements) == 0 {
		return ""
	}
	var heard, silent []string
	known, open := map[[2]string]Accord{}, 0
	at := func(list *[]string, system string) {
		if !slices.Contains(*list, system) {
			*list = append(*list, system)
		}
	}
	for _, a := range agreements {
		known[a.Systems], known[[2]string{a.Systems[1], a.Systems[0]}] = a.Accord, a.Accord
		if a.Accord != NotDemonstrated {
			at(&heard, a.Systems[0])
			at(&heard, a.Systems[1])
		}
	}
	for _, a := range agreements {
		for _, s := range a.Systems {
			if !slices.Contains(heard, s) {
				at(&silent, s)
			}
		}
		if a.Accord == NotDemonstrated && slices.Contains(heard, a.Systems[0]) && slices.Contains(heard, a.Systems[1]) {
			open++
		}
	}
	names := func(list []string) string { return List(list, name) }
	text := ""
	camps, divided := Divide(heard, func(a, b string) bool { return known[[2]string{a, b}] == Agree })
	odd := camps.Odd()
	switch {
	case len(heard) == 0:
		return "That systems say the same was not demonstrated of any two."
	case open > 0 || !divided:
		text = "Which systems agree cannot be said in a sentence: see each two."
	case len(camps) == 1:
		text = names(heard) + " say the same."
	case len(odd) == 1:
		text = fmt.Sprintf("%s differs from %s, which agree.", name(odd[0]), Others(camps[0], name))
	case len(odd) > 1:
		text = fmt.Sprintf("%s differ, each in another way, from %s, which agree.", names(odd), Others(camps[0], name))
	case len(camps) == len(heard):
		text = "No two of " + names(heard) + " say the same, and none is the odd one out."
	default:
		sides := make([]string, 0, len(camps))
		for _, camp := range camps {
			verb := " say the same"
			if len(camp) == 1 {
				verb = " stands alone"
			}
			sides = append(sides, names(camp)+verb)
		}
		text = strings.Join(sides, ", ") + ", and each side differs from the other: none is the odd one out."
	}
	if len(silent) > 0 {
		text += " Of " + names(silent) + " it was not demonstrated."
	}
	return text
}

// Others names systems as the others of one: "the two others (a and b)", or the one by its name.
func Others(systems []string, name func(string) string) string {
	if len(systems) == 1 {
		return List(systems, name)
	}
	count := fmt.Sprint(len(systems))
	if words := []string{"two", "three", "four", "five", "six", "seven", "eight", "nine"}; len(systems) < len(words)+2 {
		count = words[len(systems)-2]
	}
	return "the " + count + " others (" + List(systems, name) + ")"
}

// List joins names: "a, b and c". name is what each is called; nil leaves them as they are.
func List(systems []string, name func(string) string) string {
	named := make([]string, 0, len(systems))
	for _, s := range systems {
		if name != nil {
			s = name(s)
		}
		named = append(named, s)
	}
	if len(named) < 2 {
		return strings.Join(named, "")
	}
	return strings.Join(named[:len(named)-1], ", ") + " and " + named[len(named)-1]
}
