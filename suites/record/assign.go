package record

import (
	"cmp"
	"slices"

	"concord.example/concord/internal/fhir"
)

// saying are the records that a resource is, where nothing is known of what else is shown.
func (c *contents) saying(resource fhir.Resource, theirs whose) []content {
	return c.assign([]fhir.Resource{resource}, func(fhir.Resource) whose { return theirs })[0]
}

// assign says of each of some resources which records it is: those which it says the same as, or else the one of theirs that it is most
// likely meant to be though it says one thing else, or else those of other people which it says the same as, since it may have come to
// the wrong record. What carries the number of its source is known without.
func (c *contents) assign(resources []fhir.Resource, of func(fhir.Resource) whose) [][]content {
	assigned, others := make([][]content, len(resources)), make([][]content, len(resources))
	taken := map[string]bool{}
	var open []unassigned
	for i, resource := range resources {
		identifiers := Identifiers(resource)
		if numbered(identifiers) {
			for _, identifier := range identifiers {
				taken[identifier] = true
			}
			continue
		}
		shown, ok := c.read(resource)
		if !ok {
			continue
		}
		theirs := of(resource)
		found := c.exactly(shown, theirs)
		if len(found) > 0 && (theirs == nil || theirs(found[0])) {
			assigned[i] = found
			for _, known := range found {
				taken[known.token] = true
			}
			continue
		}
		others[i] = found
		open = append(open, unassigned{i, shown, theirs})
	}
	// Nobody is said to show what is withheld who shows another record wrongly: one to be shown goes before one that is not, and that one
	// must be the same in what and when.
	for _, visible := range []bool{true, false} {
		for _, one := range resemblances() {
			if !visible && (one == anotherCode || one == anotherTime) {
				continue
			}
			open = c.pair(open, one, visible, taken, func(i int, known content) { assigned[i] = []content{known} })
		}
	}
	for _, left := range open {
		// What may be several of theirs is told of nobody else.
		if !slices.ContainsFunc(resemblances(), func(one resemblance) bool { return len(c.candidates(left, one, true, taken)) > 0 }) {
			assigned[left.at] = others[left.at]
		}
	}
	return assigned
}

// unassigned is what is shown, at a place of a list, and no record says the same of.
type unassigned struct {
	at     int
	shown  Statement
	theirs whose
}

// resemblance is what a statement may say else than the record that it is meant to be.
type resemblance int

const (
	anotherSource resemblance = iota
	anotherAmount
	anotherCode
	anotherTime
)

// resemblances are those that are tried, the strongest first.
func resemblances() []resemblance {
	return []resemblance{anotherSource, anotherAmount, anotherCode, anotherTime}
}

// candidates are the records that a statement may be meant to be.
func (c *contents) candidates(left unassigned, as resemblance, visible bool, taken map[string]bool) []content {
	shown := left.shown
	what, when := shown.shape.what, shown.shape.when
	rows := slices.DeleteFunc(slices.Clone(shown.shape.key), func(row int) bool {
		return as == anotherAmount && row != what && row != when || as == anotherCode && row == what || as == anotherTime && row == when
	})
	if !slices.ContainsFunc(rows, func(row int) bool { return shown.values[row] != "" }) {
		return nil
	}
	var found []content
	add := func(among []content) {
		for _, known := range among {
			if known.visible == visible && !taken[known.token] && (left.theirs == nil || left.theirs(known)) && known.said.says(shown, rows) &&
				!slices.ContainsFunc(found, func(other content) bool { return other.token == known.token }) {
				found = append(found, known)
			}
		}
	}
	if as == anotherSource {
		add(c.records[typeAndTime(shown)])
		return found
	}
	for _, source := range shown.Sources {
		add(c.sourced[shown.Type+"\t"+source])
	}
	return found
}

// pair gives statements the records that they alone may be, each to one, and returns those that are left. Where as many say another time
// as there are records which they may be, they are these in the order of time.
func (c *contents) pair(open []unassigned, as resemblance, visible bool, taken map[string]bool, give func(int, content)) []unassigned {
	candidates, wanted := make([][]content, len(open)), map[string][]int{}
	for i, left := range open {
		candidates[i] = c.candidates(left, as, visible, taken)
		for _, known := range candidates[i] {
			wanted[known.token] = append(wanted[known.token], i)
		}
	}
	var still []unassigned
	for i, left := range open {
		known := candidates[i]
		rivals := func() []int { return wanted[known[0].token] }
		alike := len(known) > 0 && len(known) == len(rivals()) && !slices.ContainsFunc(known, func(k content) bool { return !slices.Equal(wanted[k.token], rivals()) })
		if !alike || len(known) > 1 && as != anotherTime {
			still = append(still, left)
			continue
		}
		slices.SortStableFunc(known, func(a, b content) int { return cmp.Compare(a.said.When(), b.said.When()) })
		order := slices.Clone(rivals())
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(open[a].shown.When(), open[b].shown.When()) })
		its := known[slices.Index(order, i)]
		taken[its.token] = true
		give(left.at, its)
	}
	return still
}
