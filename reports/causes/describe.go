package causes

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// merge puts a cause that shows at several systems together, with the findings of all of them. The order is kept.
func merge(chosen []candidate) (merged []Cause, members [][]int) {
	at := map[key]int{}
	for _, c := range chosen {
		same := c.key
		same.system = ""
		if same.kind == Partner {
			same = c.key
		}
		n, known := at[same]
		if !known {
			n = len(merged)
			at[same] = n
			merged = append(merged, Cause{Kind: c.key.kind, Peer: c.key.peer, Provider: c.key.provider, Reason: c.key.reason})
			members = append(members, nil)
			switch c.key.kind {
			case Type:
				merged[n].Resource = c.key.detail
			case Part, Element:
				merged[n].Path = c.key.detail
			case Rule:
				merged[n].Rule = c.key.detail
			case Partner, Provider, Mechanism:
			}
		}
		if c.key.system != "" {
			merged[n].Systems = append(merged[n].Systems, c.key.system)
		}
		members[n] = append(members[n], c.items...)
	}
	for i := range merged {
		slices.Sort(merged[i].Systems)
		merged[i].Systems = slices.Compact(merged[i].Systems)
		slices.Sort(members[i])
	}
	return merged, members
}

// longestShown is how long what was seen may be, in bytes, to be told in a sentence.
const longestShown = 60

// describe fills in what the findings of a cause have in common.
func describe(c Cause, members []int, all []item, harm map[string]string) Cause {
	c.Findings = len(members)
	c.Camps = camps(members, all)
	types, parameters, harms, shown := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	paths, decide, seen, within := map[string]float64{}, map[string]float64{}, map[string]float64{}, map[string]float64{}
	for _, i := range members {
		it := all[i]
		c.weight += it.weight
		if it.fails {
			decide[harm[it.check]] += it.weight
			if it.shown {
				c.shown += it.weight
				seen[harm[it.check]] += it.weight
			}
		}
		c.Fails = c.Fails || it.fails
		c.Checks = append(c.Checks, it.check)
		types[it.resource] += it.weight
		for _, p := range it.parameters {
			parameters[p] += it.weight
		}
		harms[harm[it.check]] += it.weight
		paths[element(it.finding.Path)]++
		if all := anywhere(it.finding.Path); len(all) > 0 {
			within[all[0]]++
		}
		if text := shownBy(c.Reason, it.finding); text != "" && len(text) <= longestShown {
			shown[text] += it.weight
		}
	}
	slices.Sort(c.Checks)
	c.Checks = slices.Compact(c.Checks)
	delete(types, "Bundle")
	if c.Kind == Element {
		c.Types = slices.Sorted(maps.Keys(types))
	}
	if c.Resource == "" && c.Kind != Provider && c.Kind != Partner && c.Kind != Element {
		c.Resource = most(types, 0.8*c.weight)
	}
	if c.Kind == Part && !strings.Contains(c.Path, ".") {
		c.Elements = elements(paths)
	}
	placed := 0
	for path, n := range paths {
		if path != "" {
			placed += int(n)
		}
	}
	c.Searched = c.Kind == Part && 4*placed < len(members)
	if c.Kind == Mechanism || c.Searched {
		c.Parameter = most(parameters, 0.6*c.weight)
		if c.Reason.Undermines() || c.Parameter == "identifier" && (ofContent(c.Reason) || c.shown > c.weight/2) {
			c.Parameter = "" // by it is asked what shows the fault, and any other search would show it too
		}
	}
	if c.Kind == Mechanism && ofElement(c.Reason) {
		c.Within = most(within, 0.8*float64(len(members)))
	}
	if c.Kind == Rule {
		// A rule says little without where: the place of most findings, where it is that of a third of them at least.
		c.Path = most(paths, float64(len(members))/3)
	}
	if c.Reason == result.CauseError || c.Reason == result.JSONShape || c.Reason == result.ProfileDifference {
		c.Shown = most(shown, 0.6*c.weight)
	}
	c.Patient = onePerson(c, members, all)
	c.exemplify(members, all)
	switch {
	case c.shown > 0:
		harms = seen // how bad it is shows in what people see, and not in how many other checks meet it
	case c.Fails:
		harms = decide // what only warns says nothing of the harm of what decides the verdict
	}
	c.Harm = most(harms, 0)
	if c.Kind == Provider || c.Kind == Partner {
		// Whoever cannot see anything of a provider cannot see an allergy either.
		c.Harm = "S1"
	}
	return c
}

// leastOfOne is how many findings there must be until it is told that all of them are about one person: of two little can be said.
const leastOfOne = 3

// onePerson is the person in whose records alone a cause shows at one system. A system that breaks over one person is asked nothing more
// by most checks, so that nothing is said of errors; nor of links to the next page, which few people have.
func onePerson(c Cause, members []int, all []item) string {
	if len(c.Systems) != 1 || c.Kind < Type || c.Kind == Rule || c.Reason == result.CauseError || c.Reason == result.LinkElsewhere || c.Reason == result.EndlessPages || c.Reason.Undermines() {
		return ""
	}
	one, told := "", 0
	for _, i := range members {
		switch it := all[i]; {
		case !it.shown:
		case it.patient == "", one != "" && one != it.patient:
			return ""
		default:
			one = it.patient
			told++
		}
	}
	if told < leastOfOne {
		return ""
	}
	return one
}

// elements are the elements that paths name below their types, sorted; nothing where a path names a whole record. What a search lacks names
// neither.
func elements(paths map[string]float64) []string {
	var all []string
	for path := range paths {
		if path == "" {
			continue
		}
		_, below, deeper := strings.Cut(path, ".")
		if !deeper {
			return nil
		}
		name, _, _ := strings.Cut(below, ".")
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// shownBy is what a finding shows instead of what FHIR has, in few words; "" where it does not say.
func shownBy(reason result.Cause, f result.Finding) string {
	if reason == result.ProfileDifference {
		// "Observation/1: display is empty" says of one record what may be said of many.
		record, said, of := strings.Cut(f.Message, ": ")
		if !of || strings.ContainsAny(record, " ") || !strings.Contains(record, "/") {
			return ""
		}
		return said
	}
	if reason != result.JSONShape || f.Actual == "" {
		return f.Actual
	}
	return f.Actual + " instead of " + f.Expected
}

// exemplify takes the shortest request of those findings that have what the cause is said to be about, failures before warnings, or else
// of any.
func (c *Cause) exemplify(members []int, all []item) {
	fits := func(it item) bool {
		return it.fails == c.Fails && (c.Resource == "" || it.resource == c.Resource) && (c.Shown == "" || shownBy(c.Reason, it.finding) == c.Shown) && (c.Parameter == "" || slices.Contains(it.parameters, c.Parameter))
	}
	c.Example = all[members[0]].finding
	fitting := false
	for _, i := range members {
		it := all[i]
		q := it.finding.Query
		if q == "" || fitting && !fits(it) {
			continue
		}
		if c.Query == "" || !fitting && fits(it) || len(q) < len(c.Query) {
			c.Query, c.Example, fitting = q, it.finding, fits(it)
		}
	}
}

// ofContent reports whether a cause lies in what a record says, whatever way it was found.
func ofContent(cause result.Cause) bool {
	switch cause {
	case result.CauseAltered, result.FutureDate, result.StatusMapping, result.EnteredInError, result.StaleFeed, result.LabelLost, result.Unit,
		result.Precision, result.ReferenceBroken, result.ProfileDifference:
		return true
	default:
		return false
	}
}

// ofElement reports whether a cause says more where it is told which element it is about.
func ofElement(cause result.Cause) bool {
	switch cause {
	case result.LabelLost, result.CodeSystem, result.Unit, result.Precision, result.ReferenceBroken, result.TimeZone, result.FutureDate:
		return true
	default:
		return false
	}
}

// camps are how systems stand about those findings that say it, where that is the same for all of them.
func camps(members []int, all []item) result.Camps {
	var same result.Camps
	for _, i := range members {
		switch own := all[i].finding.Camps; {
		case len(own) == 0:
		case same == nil:
			same = own
		case own.String() != same.String():
			return nil
		}
	}
	return same
}

// most is the name with the greatest weight, when it has at least so much; "" otherwise.
func most(weights map[string]float64, least float64) string {
	best, weight := "", -1.0
	for name, w := range weights {
		if w > weight+1e-9 || w > weight-1e-9 && name < best {
			best, weight = name, w
		}
	}
	if weight < least {
		return ""
	}
	return best
}

// minor is the share of what was found below which a cause is told after all others, however bad it may be: what little is
// left over when the others are found seldom is a cause of its own.
const minor = 0.05

// sort puts the causes in the order in which they are told: those that decide the verdict before those of warnings, worst harm first, then
// those that show in records of people before those of which only searches come out wrong, then what accounts for more. Another person's
// records stand before what else is odd about an answer, and records that are gone before the links to them.
func (e *Explained) sort(all []item, members [][]int) {
	total, shown := 0.0, 0.0
	for _, it := range all {
		if it.finding.Cause != result.OwnAddress {
			total += it.weight
		}
		if it.fails && it.shown {
			shown += it.weight
		}
	}
	order := make([]int, len(e.Causes))
	for i := range order {
		order[i] = i
	}
	rank := func(c Cause) int {
		if c.Reason.Undermines() && c.Findings >= 3 && c.Resource != "CapabilityStatement" {
			return -1 // how a system describes itself makes no record doubtful
		}
		switch {
		case !c.Fails:
			return 3
		case c.Kind == Rule:
			return 2 // it says less than any cause, however little that accounts for
		case c.Reason == result.OwnAddress:
			return 1 // in every search, and in one way of asking that hardly anybody uses
		case c.Kind > Provider && c.weight < minor*total && c.shown <= minor*shown:
			// One that lies in the records is measured by what else does: beside a server that cannot search it is no less of a cause.
			return 1
		default:
			return 0
		}
	}
	records := func(c Cause) int {
		if c.shown > minor*shown && (c.Reason != result.NoCause || c.Kind <= Provider) {
			return 0
		}
		return 1
	}
	gone := slices.ContainsFunc(e.Causes, func(c Cause) bool {
		whole := c.Kind <= Type || c.Kind == Part && len(c.Elements) == 0 && !strings.Contains(c.Path, ".")
		return whole && c.Reason == result.CauseMissing && c.shown > 0
	})
	within := func(c Cause) int {
		switch {
		case c.Reason == result.OtherPerson && c.shown > 0:
			return 0 // whatever else is odd about the answer that shows it
		case c.Reason == result.ReferenceBroken && gone:
			return 2 // what leads to a record that is gone leads nowhere
		default:
			return 1
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := e.Causes[a], e.Causes[b]
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(within(x), within(y)), strings.Compare(cmp.Or(x.Harm, "S2"), cmp.Or(y.Harm, "S2")),
			cmp.Compare(records(x), records(y)), cmp.Compare(y.weight, x.weight))
	})
	sorted := make([]Cause, 0, len(order))
	perCheck := map[string]map[int]int{}
	for to, from := range order {
		sorted = append(sorted, e.Causes[from])
		for _, i := range members[from] {
			if perCheck[all[i].check] == nil {
				perCheck[all[i].check] = map[int]int{}
			}
			perCheck[all[i].check][to]++
		}
	}
	e.Causes = sorted
	for check, counts := range perCheck {
		best := -1
		for cause, n := range counts {
			if best < 0 || n > counts[best] || n == counts[best] && cause < best {
				best = cause
			}
		}
		e.byCheck[check] = best
	}
}

// Names says how things are called in a sentence: systems and providers by what run.json knows of them.
type Names struct{ systems, providers map[string]string }

// NewNames takes the names of a run.
func NewNames(run result.Run) Names {
	n := Names{map[string]string{}, map[string]string{}}
	for _, s := range run.Systems {
		n.systems[s.Name] = cmp.Or(s.Title, s.Name)
	}
	for _, p := range run.Providers {
		n.providers[p.ODS] = p.Name
	}
	return n
}

// Provider is the name of a provider with its code.
func (n Names) Provider(ods string) string {
	if name := n.providers[ods]; name != "" {
		return name + " (" + ods + ")"
	}
	return ods
}

// at names the systems of a cause.
func (n Names) at(c Cause) string {
	titles := make([]string, 0, len(c.Systems))
	for _, s := range c.Systems {
		titles = append(titles, cmp.Or(n.systems[s], s))
	}
	return result.List(titles, nil)
}

// Sentence says the cause in one sentence for a reader who knows neither FHIR nor Concord.
func (n Names) Sentence(c Cause) string {
	if stand := n.stand(c); stand != "" {
		c.Systems = nil
		return stand + ": " + n.sentence(c)
	}
	if c.Patient != "" {
		return n.sentence(c) + " It shows in the records of one person alone, Patient/" + strings.TrimPrefix(c.Patient, "Patient/") + "."
	}
	return n.sentence(c)
}

// stand says who differs from whom, where one system is the odd one out of more than two, or where nobody can be blamed; ""
// otherwise.
func (n Names) stand(c Cause) string {
	name := func(system string) string { return cmp.Or(n.systems[system], system) }
	switch {
	case len(c.Camps) < 2:
		return ""
	case len(c.Systems) == 1 && slices.Contains(c.Camps.Odd(), c.Systems[0]):
		return name(c.Systems[0]) + " differs from " + result.Others(c.Camps[0], name) + ", which agree"
	case len(c.Systems) == 0:
		return c.Camps.Text(name) + ", and no side has more systems, so nobody can be blamed"
	default:
		return ""
	}
}

// differs says how an element or a record differs, or several elements do, as the end of a sentence.
func differs(reason result.Cause, at string, several bool) string {
	be, it, do := " is ", "it", " does"
	was := " was"
	if several {
		be, it, do, was = " are ", "they", " do", " were"
	}
	switch reason {
	case result.CauseMissing:
		return be + "missing" + at + "."
	case result.CauseExtra:
		return be + "shown" + at + " where " + it + " should not be."
	case result.NoCause:
		rule := " not meet its rule"
		if several {
			rule = " not meet their rules"
		}
		return do + rule + at + "."
	default:
		return be + "not as " + it + was + " recorded" + at + "."
	}
}

// list names types or elements in a sentence, or says how many they are.
func list(types []string, many string) string {
	if len(types) > 4 {
		return fmt.Sprintf("%d %s", len(types), many)
	}
	return result.List(types, nil)
}

func (n Names) sentence(c Cause) string {
	at := n.at(c)
	if at != "" {
		at = " at " + at
	}
	switch c.Kind {
	case Partner:
		return "What " + cmp.Or(n.systems[c.Peer], c.Peer) + " holds is missing" + at + "."
	case Provider:
		return n.Provider(c.Provider) + " is missing" + at + "."
	case Type:
		return c.Resource + " records are missing" + at + "."
	case Part:
		what := spoken(c.Path)
		if c.Searched && c.Reason.Plain() {
			if c.Parameter != "" {
				what += " by " + c.Parameter
			}
			if c.Reason == result.CauseExtra {
				return "A search for " + what + " finds what it does not ask for" + at + "."
			}
			return "A search for " + what + " does not find all that it asks for" + at + "."
		}
		if len(c.Elements) > 0 {
			// A record of which elements are lost is shown.
			return "Of " + what + ", " + list(c.Elements, "elements") + differs(c.Reason, at, len(c.Elements) > 1)
		}
		if said := c.Example.Message; c.Reason == result.NoCause && c.Findings == 1 && said != "" && len(said) <= 2*longestShown {
			return strings.TrimSuffix(what+differs(c.Reason, at, false), ".") + ": " + strings.TrimSuffix(said, ".") + "."
		}
		return what + differs(c.Reason, at, false)
	case Element:
		return "The element " + c.Path + " of " + list(c.Types, "types of record") + differs(c.Reason, at, false)
	case Mechanism:
		of := ""
		switch {
		case c.Within != "" && c.Resource != "":
			of = ", for " + c.Resource + "." + c.Within
		case c.Within != "":
			of = ", for the element " + c.Within
		case c.Resource != "":
			of = ", for " + c.Resource
		}
		switch {
		case c.Parameter == "":
		case of == "":
			of = ", searched by " + c.Parameter
		default:
			of += " searched by " + c.Parameter
		}
		meaning := c.Reason.Meaning()
		if c.Shown != "" {
			meaning = strings.TrimSuffix(meaning, ".") + " (" + c.Shown + ")."
		}
		if at == "" {
			return strings.TrimPrefix(strings.TrimPrefix(of, ", ")+": ", ": ") + meaning
		}
		return "At" + strings.TrimPrefix(at, " at") + of + ": " + meaning
	default:
		where := ""
		switch {
		case c.Path != "" && c.Path != c.Resource:
			where = ", most often in " + c.Path
		case c.Resource != "":
			where = ", for " + c.Resource
		}
		return "The rule " + c.Rule + " is broken" + at + where + "."
	}
}
