package profiles

import (
	"fmt"
	"slices"

	"concord.example/concord/internal/result"
)

// slice is one slice of an element with the conditions by which its occurrences are told apart.
type slice struct {
	node       *node
	name       string
	conditions []condition
	// unclear says why the slice cannot be told apart; nothing is in it then.
	unclear string
	// count is where the occurrences are counted, parent the slice that this one re-slices.
	position int
}

// sliced judges the occurrences of a sliced element.
func (j *judge) sliced(p *prop, items, sibs []any) {
	n := p.node
	n.prepare()
	base := len(j.counts)
	for range n.sliceCount {
		j.counts = append(j.counts, 0)
	}
	highest, unmatchedSeen := -1, false
	for i := range max(len(items), len(sibs)) {
		if n.array {
			j.at(i)
		}
		v, sib := nth(items, i), nth(sibs, i)
		s := j.sliceOf(n, p.typ, v, base)
		if s == nil {
			unmatchedSeen = true
			j.unsliced(n, v)
			j.item(n, p.typ, v, sib)
			continue
		}
		if unmatchedSeen && n.Slicing != nil && n.Slicing.Rules == "openAtEnd" {
			j.sliceOrder(n, s, "comes after occurrences that are in no slice")
			unmatchedSeen = false // said once of what stands there, however many slices follow
		}
		if n.Slicing != nil && n.Slicing.Ordered && s.position < highest {
			j.sliceOrder(n, s, "comes after a later slice")
		}
		highest = max(highest, s.position)
		if n.props != nil && s.node.props == nil {
			j.item(n, p.typ, v, sib)
		}
		j.item(s.node, s.node.typeLike(p.typ), v, sib)
	}
	if n.array {
		j.at(-1)
	}
	j.sliceCounts(n.slices, base, max(len(items), len(sibs)))
	j.counts = j.counts[:base]
}

// typeLike returns the type of the slice that has the code of t, or t.
func (n *node) typeLike(t *typeRef) *typeRef {
	if t == nil {
		return n.onlyType()
	}
	for _, own := range n.types {
		if own.Code == t.Code {
			return own
		}
	}
	return t
}

// sliceOf finds the slice that an occurrence is in, and counts it there.
func (j *judge) sliceOf(n *node, t *typeRef, v any, base int) *slice {
	if n.byURL != nil {
		obj, _ := v.(map[string]any)
		url, _ := obj["url"].(string)
		s := n.byURL[url]
		if s != nil {
			j.counts[base+s.position]++
		}
		return s
	}
	var byDefault *slice
	for i, s := range n.slices {
		if s.name == "@default" {
			byDefault = s
			continue
		}
		if !j.meets(s, t, v) {
			continue
		}
		if j.trial == 0 {
			j.ambiguous(n, s, n.slices[i+1:], t, v)
		}
		j.counts[base+s.position]++
		if len(s.node.slices) > 0 {
			s.node.prepare()
			if inner := j.sliceOf(s.node, t, v, base); inner != nil {
				return inner
			}
			j.unsliced(s.node, v)
		}
		return s
	}
	if byDefault != nil {
		j.counts[base+byDefault.position]++
	}
	return byDefault
}

// ambiguous says of a profile that it does not tell its slices apart, once for the slices of an element that an occurrence is in.
// The first counts. R4 asks that discriminators tell them apart (section 5.1.0.13), so that it is the profile that is wrong and
// not the resource.
func (j *judge) ambiguous(n *node, s *slice, others []*slice, t *typeRef, v any) {
	for _, other := range others {
		if other.name == "@default" || !j.meets(other, t, v) {
			continue
		}
		say := func() {
			j.report(n, note{
				rule: RuleDefinition, severity: result.Information, code: codeInformation,
				message: fmt.Sprintf("the profile does not tell slices %s and %s of %s apart; the first was taken", s.name, other.name, n.label()),
			})
		}
		if n.array {
			j.above(say)
		} else {
			say()
		}
		return
	}
}

func (j *judge) meets(s *slice, t *typeRef, v any) bool {
	if s.unclear != "" {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(j, t, v) {
			return false
		}
	}
	return true
}

// unsliced reports an occurrence in no slice where the slicing is closed.
func (j *judge) unsliced(n *node, v any) {
	if n.Slicing == nil || n.Slicing.Rules != "closed" {
		return
	}
	for _, s := range n.slices {
		if s.unclear != "" {
			return
		}
	}
	if j.failing(result.SeverityError) {
		return
	}
	names := make([]string, 0, len(n.slices))
	for _, s := range n.slices {
		names = append(names, s.name)
	}
	j.report(n, note{
		rule: RuleSlicing, severity: result.SeverityError, code: codeStructure,
		message:  fmt.Sprintf("this %s is in none of the slices, and no others are allowed", n.label()),
		expected: fmt.Sprint(names), actual: show(v),
	})
}

func (j *judge) sliceOrder(n *node, s *slice, how string) {
	j.report(s.node, note{
		rule: RuleSlicing, severity: result.SeverityError, code: codeStructure,
		message: fmt.Sprintf("slice %s of %s %s", s.name, n.label(), how),
	})
}

// sliceCounts judges how many occurrences are in each of the slices, among all that could be.
func (j *judge) sliceCounts(list []*slice, base, all int) {
	unmatched := all
	for _, s := range list {
		unmatched -= j.counts[base+s.position]
	}
	for _, s := range list {
		count := j.counts[base+s.position]
		switch {
		case count < s.node.Min:
			j.above(func() { j.sliceMissing(s, count) })
		case s.unclear != "" && unmatched > 0:
			// Whatever is in no slice may be in this one, and was not held to what it asks.
			j.above(func() { j.sliceUnclear(s) })
		}
		if count > s.node.Max {
			j.above(func() {
				j.report(s.node, note{
					rule: RuleTooMany, severity: result.SeverityError, code: codeStructure,
					message:  fmt.Sprintf("%s may be there at most %d times but is there %d times", s.node.label(), s.node.Max, count),
					expected: fmt.Sprintf("at most %d", s.node.Max), actual: fmt.Sprint(count),
				})
			})
		}
		if len(s.node.slices) > 0 && (count > 0 || s.node.mayBeAbsent()) {
			j.sliceCounts(s.node.slices, base, count)
		}
	}
}

// mayBeAbsent says whether there may be none in a slice, and some. What it is sliced into again is asked for all the same, like
// the slices of an element that may be absent: they are counted among the occurrences of the element.
func (n *node) mayBeAbsent() bool { return n.Min == 0 && n.Max > 0 }

// slicesMissing reports the slices that an element which is not there must have.
func (j *judge) slicesMissing(list []*slice) {
	for _, s := range list {
		switch {
		case s.node.Min > 0:
			j.sliceMissing(s, 0)
		case s.node.mayBeAbsent():
			j.slicesMissing(s.node.slices)
		}
	}
}

func (j *judge) sliceMissing(s *slice, count int) {
	if s.unclear != "" {
		j.sliceUnclear(s)
		return
	}
	j.report(s.node, note{
		rule: RuleRequired, severity: result.SeverityError, code: codeRequired,
		message:  fmt.Sprintf("%s: the slice must be there at least %d times but is there %d times", s.node.label(), s.node.Min, count),
		expected: atLeast(s.node.Min), actual: fmt.Sprint(count),
	})
}

func (j *judge) sliceUnclear(s *slice) {
	j.report(s.node, note{
		rule: RuleNotCheckable, severity: result.Information, code: codeNotSupported,
		message: fmt.Sprintf("slice %s cannot be told apart: %s", s.node.label(), s.unclear),
	})
}

// prepare works out the conditions of the slices of an element, once.
func (n *node) prepare() {
	n.matching.Do(func() {
		positions := 0
		n.number(&positions)
		n.sliceCount = positions
		discriminators := n.discriminators()
		for _, s := range n.slices {
			s.prepare(n, discriminators)
		}
		if len(discriminators) == 1 && discriminators[0].Type != "type" && discriminators[0].Path == "url" {
			n.indexByURL()
		}
	})
}

func (n *node) number(next *int) {
	for _, s := range n.slices {
		s.position = *next
		*next++
		s.node.numberOnce(next)
	}
}

// numberOnce numbers the slices of a slice, so that they are counted beside those around them.
func (n *node) numberOnce(next *int) {
	if len(n.slices) == 0 {
		return
	}
	n.matching.Do(func() {
		discriminators := n.discriminators()
		n.number(next)
		for _, s := range n.slices {
			s.prepare(n, discriminators)
		}
	})
}

// indexByURL makes a map of slices that one fixed URL each tells apart, as of extensions.
func (n *node) indexByURL() {
	index := make(map[string]*slice, len(n.slices))
	for _, s := range n.slices {
		if s.unclear != "" || len(s.conditions) != 1 || len(s.node.slices) > 0 || s.conditions[0].exact == nil {
			return
		}
		url, ok := s.conditions[0].exact.(string)
		if !ok || index[url] != nil {
			return
		}
		index[url] = s
	}
	n.byURL = index
}

func (s *slice) prepare(n *node, discriminators []discriminator) {
	if s.name == "@default" {
		return
	}
	if len(discriminators) == 0 {
		s.unclear = fmt.Sprintf("the slicing of %s has no discriminator", n.label())
		return
	}
	for _, d := range discriminators {
		conditions, unclear := conditionsOf(s.node, d)
		if unclear != "" {
			s.unclear = unclear
			return
		}
		s.conditions = append(s.conditions, conditions...)
	}
}

// discriminators returns the parsed discriminators of the slicing of an element.
func (n *node) discriminators() []discriminator {
	if n.Slicing == nil {
		return nil
	}
	var list []discriminator
	for _, d := range n.Slicing.Discriminators {
		list = append(list, discriminator{Type: d.Type, Path: d.Path, steps: parsePath(d.Path)})
	}
	return slices.Clip(list)
}
