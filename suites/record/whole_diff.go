package record

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// itemsAtMost is how many items of a list that have no equal on the other side are held against each other one by one.
const itemsAtMost = 40

// furtherAlterations lists the differences in the elements that no row covers, without those of elements of which a row
// says already that they differ.
func furtherAlterations(expected, actual Statement, known []Difference) []Difference {
	if slices.Equal(expected.parts, actual.parts) {
		return nil
	}
	want, got := byElement(expected.parts), byElement(actual.parts)
	elements := slices.Sorted(maps.Keys(want))
	for element := range got {
		if _, both := want[element]; !both {
			elements = append(elements, element)
		}
	}
	slices.Sort(elements)
	var all []Difference
	for _, element := range elements {
		if want[element] == got[element] || slices.ContainsFunc(known, func(d Difference) bool { return expected.shape.about(d, element) }) {
			continue
		}
		c := comparison{additional: expected.shape.additional}
		c.compare(element, element, tree(want[element]), tree(got[element]))
		for _, found := range c.found {
			all = append(all, Difference{
				Kind: Altered, Want: expected, Got: actual, Rule: found.rule, Path: actual.Type + "." + found.path, Expected: found.want, Actual: found.got,
			})
		}
	}
	return all
}

func byElement(parts []string) map[string]string {
	texts := make(map[string]string, len(parts))
	for _, p := range parts {
		element, text, _ := strings.Cut(p, ":")
		texts[element] = text
	}
	return texts
}

// about reports whether a difference of a row is about the element.
func (s *shape) about(d Difference, element string) bool {
	_, path, _ := strings.Cut(d.Path, ".")
	i := s.index(path)
	return i >= 0 && slices.ContainsFunc(s.rows[i].paths, func(steps []string) bool { return steps[0] == element })
}

// tree reads a part's canonical text; nil for none.
func tree(text string) any {
	var value any
	if text == "" || json.Unmarshal([]byte(text), &value) != nil {
		return nil
	}
	return value
}

// comparison collects where two trees differ.
type comparison struct {
	found []unequal
	// additional are the elements of which there may be more than is expected.
	additional []string
}

type unequal struct{ path, rule, want, got string }

// compare holds two trees against each other. name is the last step of the path.
func (c *comparison) compare(path, name string, want, got any) {
	// One item without its list, or a list where one is due, breaks FHIR JSON, which the profile suite says; it is read here.
	if list, ok := got.([]any); ok && len(list) == 1 && want != nil {
		if _, both := want.([]any); !both {
			got = list[0]
		}
	}
	if got == nil && saysNothingElse(name, want) || want == nil && saysNothingElse(name, got) || name == "use" && inUse(want) && inUse(got) {
		return
	}
	switch want := want.(type) {
	case nil:
		if got != nil && !mayBeAdded(path, name, nil, got) {
			c.differ(path, want, got)
		}
	case string:
		if other, ok := got.(string); !ok || !sameLeaf(want, other) {
			c.differ(path, want, got)
		}
	case map[string]any:
		other, ok := got.(map[string]any)
		if !ok {
			c.differ(path, want, got)
			return
		}
		members := slices.Sorted(maps.Keys(want))
		for member := range other {
			if _, both := want[member]; !both {
				members = append(members, member)
			}
		}
		slices.Sort(members)
		for _, member := range members {
			c.compare(path+"."+member, member, want[member], other[member])
		}
	case []any:
		other, listed := got.([]any)
		if !listed && got != nil {
			other = []any{got}
		}
		c.items(path, name, want, other)
	}
}

// inUse reports whether the use of a name, or of an identifier, is that of one that somebody has now: R4 has the name by which somebody is known and the
// name as it is registered, which most records do not tell apart, and a name without a use is one that is used.
func inUse(use any) bool { return use == nil || use == "code:usual" || use == "code:official" }

// items pairs the items of two lists, in whatever order they come, and compares those that have no equal.
func (c *comparison) items(path, name string, want, got []any) {
	var lost []any
	left := slices.Clone(got)
	for _, item := range want {
		i := slices.IndexFunc(left, func(other any) bool { return same(name, item, other) })
		if i < 0 {
			if lost = append(lost, item); len(lost) > itemsAtMost {
				break
			}
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if slices.Contains(c.additional, path) {
		// An item without some of its parts is that item, and not another one.
		lost = slices.DeleteFunc(lost, func(item any) bool {
			i := slices.IndexFunc(left, func(other any) bool { return inPart(other, item) })
			if i < 0 {
				return false
			}
			c.compare(path, name, item, left[i])
			left = slices.Delete(left, i, i+1)
			return true
		})
	}
	if slices.Contains(c.additional, path) {
		// An item of which more is known is that item, unless what is known is that it is no longer so.
		lost = slices.DeleteFunc(lost, func(item any) bool {
			i := slices.IndexFunc(left, func(other any) bool { return inPart(item, other) })
			if i < 0 {
				return false
			}
			if saysOtherwise(item, left[i]) {
				c.compare(path, name, item, left[i])
			}
			left = slices.Delete(left, i, i+1)
			return true
		})
	}
	left = slices.DeleteFunc(left, func(item any) bool {
		if slices.Contains(c.additional, path) && len(want) > 0 {
			// A further address is another one. The same street in another town is the one that was lost, and wrong.
			again := slices.ContainsFunc(lost, func(one any) bool { return (path == "address" || path == "name") && restated(one, item) })
			return !again && (path != "name" || !registeredNow(item) || slices.ContainsFunc(want, func(one any) bool { return fuller(one, item) }))
		}
		recoded := slices.ContainsFunc(lost, func(one any) bool { return sameCodes(codesOf(one), codesOf(item)) })
		return !recoded && mayBeAdded(path, name, want, item)
	})
	for n, item := range lost {
		if n < len(left) && len(lost) == len(left) {
			c.compare(path, name, item, left[n])
			continue
		}
		c.differ(path, item, nil)
	}
	if len(lost) != len(left) {
		for _, item := range left[:min(len(left), itemsAtMost)] {
			c.differ(path, nil, item)
		}
	}
}

// restated reports whether two items are one that is said otherwise: of three members or more, all but one are the same, and both have that one.
func restated(one, other any) bool {
	a, oneObject := one.(map[string]any)
	b, otherObject := other.(map[string]any)
	if !oneObject || !otherObject || len(a) < 3 || len(a) != len(b) {
		return false
	}
	differing := 0
	for member, value := range a {
		if b[member] == nil {
			return false
		}
		if !same(member, value, b[member]) {
			differing++
		}
	}
	return differing == 1
}

// registeredNow reports whether a name says that it is the one by which somebody is registered now. Nobody is under two; a name in another script, of which
// an extension tells, is the same name.
func registeredNow(name any) bool {
	object, _ := name.(map[string]any)
	period, _ := object["period"].(map[string]any)
	return object["use"] == "code:official" && period["end"] == nil && object["extension"] == nil
}

// fuller reports whether a name has the family name and the given names of another, or further given names after those, or leaves one of the two out.
func fuller(one, other any) bool {
	a, _ := one.(map[string]any)
	b, _ := other.(map[string]any)
	said := func(name any) string { return strings.ToLower(spoken(name)) }
	family, given := said(b["family"]), said(b["given"])
	return (family == "" || family == said(a["family"])) && (given == "" || strings.HasPrefix(given+" ", said(a["given"])+" "))
}

// inPart reports whether an item says some of what another does, and nothing else.
func inPart(some, whole any) bool {
	a, someObject := some.(map[string]any)
	b, wholeObject := whole.(map[string]any)
	if !someObject || !wholeObject || len(a) == 0 {
		return false
	}
	for member, value := range a {
		if b[member] == nil || !within(member, value, b[member]) {
			return false
		}
	}
	return true
}

// within reports whether one tree says some of what the other does, at whatever depth, and nothing else.
func within(name string, some, whole any) bool {
	switch some := some.(type) {
	case map[string]any:
		return inPart(some, whole)
	case []any:
		list, ok := whole.([]any)
		return ok && len(some) <= len(list) && !slices.ContainsFunc(some, func(item any) bool {
			return !slices.ContainsFunc(list, func(other any) bool { return within(name, item, other) })
		})
	default:
		return same(name, whole, some)
	}
}

// saysOtherwise reports whether what an item says beyond the one that is expected makes it another one: that it is one of the past, or for
// a time, or the one that is preferred, or what nobody may add.
func saysOtherwise(item, other any) bool {
	switch shown := other.(type) {
	case map[string]any:
		expected, _ := item.(map[string]any)
		period, _ := shown["period"].(map[string]any)
		use := fhir.Text(shown["use"])
		if expected["period"] == nil && period["end"] != nil || expected["use"] == nil && (use == "code:old" || use == "code:temp") {
			return true
		}
		for name, value := range shown {
			added := expected[name] == nil
			if added && (name == "modifierExtension" || name == "preferred" && value == "code:true" || name == "extension" && !mayBeAdded(name, name, nil, value)) {
				return true
			}
			if saysOtherwise(expected[name], value) {
				return true
			}
		}
	case []any:
		expected, _ := item.([]any)
		for i, value := range shown {
			var one any
			if len(expected) == len(shown) {
				one = expected[i]
			}
			if saysOtherwise(one, value) {
				return true
			}
		}
	}
	return false
}

// same reports whether two trees do not differ.
func same(name string, want, got any) bool {
	var c comparison
	c.compare(name, name, want, got)
	return len(c.found) == 0
}

func (c *comparison) differ(path string, want, got any) {
	rule := "element"
	for _, side := range []any{got, want} {
		if text, ok := side.(string); ok {
			rule, _, _ = strings.Cut(text, ":")
		}
	}
	c.found = append(c.found, unequal{path, rule, spoken(want), spoken(got)})
}

// spoken writes a tree for people.
func spoken(value any) string {
	switch value := value.(type) {
	case string:
		rule, text, _ := strings.Cut(value, ":")
		if rule == "concept" {
			text = conceptSpoken(text)
		}
		return shownAs(text)
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(value)) {
			members = append(members, name+" "+spoken(value[name]))
		}
		return strings.Join(members, ", ")
	case []any:
		var items []string
		for _, item := range value {
			items = append(items, spoken(item))
		}
		return strings.Join(items, " and ")
	default:
		return ""
	}
}

// sameLeaf compares two leaves by their rule.
func sameLeaf(want, got string) bool {
	if want == got {
		return true
	}
	rule, wanted, _ := strings.Cut(want, ":")
	other, shown, _ := strings.Cut(got, ":")
	switch {
	case rule != other:
		return false
	case rule == "concept":
		return sameConcept(wanted, shown)
	case rule == "reference":
		return wanted == unknown || sameTarget(wanted, shown)
	default:
		return false
	}
}

// mayBeAdded reports whether an element, or an item of a list, that is not expected may be shown: an extension that is not
// UK Core's own and so means nothing that a client must know, and a category in a code system that none of the expected
// ones is of, by which a system sorts for itself, but where a medicine is given cannot be two places. A modifierExtension is never
// lawful to add.
func mayBeAdded(path, name string, among []any, item any) bool {
	switch {
	case name == "extension":
		items, listed := item.([]any)
		if !listed {
			items = []any{item}
		}
		return !slices.ContainsFunc(items, func(item any) bool {
			object, _ := item.(map[string]any)
			url, _ := object["url"].(string)
			return !strings.Contains(url, "://") || strings.HasPrefix(url, "code:https://fhir.hl7.org.uk/")
		})
	case strings.HasPrefix(name, "_"), strings.HasSuffix(path, "ttachment.title"):
		return true
	case name == "category":
		return len(among) > 0 && !slices.ContainsFunc(among, func(other any) bool {
			return sharesSystem(codesOf(other), codesOf(item)) || elsewhereGiven(codesOf(other), codesOf(item))
		})
	default:
		return false
	}
}

// elsewhereGiven reports whether one list of codes says that a medicine is given in primary care, and the other that it is given in
// hospital or on leaving it. R4 and UK Core each have a code system for it, and a prescription may be sorted by both: what R4 calls a
// community's or an outpatient's can be primary care's.
func elsewhereGiven(a, b string) bool {
	primary := func(codes string) bool {
		return slices.Contains(strings.Split(codes, "\n"), "https://fhir.hl7.org.uk/CodeSystem/UKCore-MedicationRequestCategory|primarycare")
	}
	hospital := func(codes string) bool {
		return slices.ContainsFunc(strings.Split(codes, "\n"), func(code string) bool {
			system, code, _ := strings.Cut(code, "|")
			return strings.HasPrefix(system, "http://terminology.hl7.org/CodeSystem/medication") && strings.HasSuffix(system, "-category") && (code == "inpatient" || code == "discharge")
		})
	}
	return primary(a) && hospital(b) || hospital(a) && primary(b)
}

// sameCodes reports whether two lists of codes are the same but for the systems that they are said to be of.
func sameCodes(one, other string) bool {
	bare := func(codes string) string {
		var all []string
		for line := range strings.SplitSeq(codes, "\n") {
			all = append(all, line[strings.LastIndexByte(line, '|')+1:])
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	return one != "" && bare(one) == bare(other)
}

// codesOf are the codes of a concept's leaf.
func codesOf(value any) string {
	text, _ := value.(string)
	codes, _, _ := cutConcept(strings.TrimPrefix(text, "concept:"))
	return codes
}

// further is the canonical content of what lies at a path that no row has.
func (s Statement) further(path string) string {
	element, rest, deeper := strings.Cut(path, ".")
	var steps []string
	if deeper {
		steps = strings.Split(rest, ".")
	}
	found := values(tree(byElement(s.parts)[element]), steps)
	texts := make([]string, 0, len(found))
	for _, value := range found {
		if text, ok := value.(string); ok {
			_, text, _ = strings.Cut(text, ":")
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}
