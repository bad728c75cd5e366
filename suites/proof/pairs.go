package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"concord.example/concord/mocks/hostile"
)

// together is how many styles are tried at once, so that all pairs of them are tried in a few hundred runs.
const together = 6

// Pairs are sets of lawful styles such that every two styles which one server can have at once stand in one of them. The seed
// decides how they are put together.
func Pairs(seed uint64) [][]hostile.Behaviour {
	styles := Styles()
	left := map[[2]int]bool{}
	for i := range styles {
		for j := range i {
			if !exclude(styles[i].Name, styles[j].Name) {
				left[[2]int{j, i}] = true
			}
		}
	}
	pair := func(i, j int) [2]int { return [2]int{min(i, j), max(i, j)} }
	dice := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // the same seed is to draw the same
	var sets [][]hostile.Behaviour
	for len(left) > 0 {
		// It begins with the pair that comes first in an order of this seed's own, and takes whatever adds most pairs.
		order := dice.Perm(len(styles))
		set := firstLeft(order, left)
		for len(set) < together {
			best, most := -1, 0
			for _, candidate := range order {
				n := 0
				for _, member := range set {
					switch {
					case member == candidate || exclude(styles[member].Name, styles[candidate].Name):
						n = -len(styles)
					case left[pair(member, candidate)]:
						n++
					}
				}
				if n > most {
					best, most = candidate, n
				}
			}
			if best < 0 {
				break
			}
			set = append(set, best)
		}
		slices.Sort(set)
		var behaviours []hostile.Behaviour
		for i, one := range set {
			behaviours = append(behaviours, styles[one])
			for _, other := range set[:i] {
				delete(left, pair(one, other))
			}
		}
		sets = append(sets, behaviours)
	}
	return sets
}

// firstLeft is the first pair of an order that is still to be tried.
func firstLeft(order []int, left map[[2]int]bool) []int {
	for i, one := range order {
		for _, other := range order[:i] {
			if left[[2]int{min(one, other), max(one, other)}] {
				return []int{one, other}
			}
		}
	}
	return nil
}

// exclude reports whether no server can have two styles at once: both say how the same thing is written.
func exclude(a, b string) bool {
	for _, group := range [][]string{
		{"style-milliseconds", "style-nine-digits", "style-other-zone", "style-summer-time"},
		{"style-opaque-cursors", "style-relative-next", "style-rooted-next", "cursor-without-type", "page-link-expires"},
		{"style-references-by-id", "style-references-by-identifier", "style-contained-practitioners"},
		{"count-capped", "style-small-pages", "empty-last-page"},
		{"no-total", "total-on-later-pages-only"},
		{"etag-of-the-body", "etag-uuid", "style-version-names"},
		{"self-defaults-added", "self-reordered"},
		// A client that is told to come back later, or cut off, more often than it asks again has no answer.
		{"busy-html", "starting", "throttled-date", "throttled-seconds", "every-twentieth-dropped"},
		{"http-1-0", "connection-closed", "informational", "every-twentieth-dropped"},
		{"style-headers", "no-charset"},
		{"entry-with-id", "style-entries-reversed"},
		// A system searches by the codes that it shows; the one that is added is no longer the last then, and a mock does not know it.
		{"style-coding-added", "style-codings-reversed"},
		// Who is asked for a stored copy by its id must know the id.
		{"copy-gains-tags", "style-request-in-source"},
	} {
		if slices.Contains(group, a) && slices.Contains(group, b) {
			return true
		}
	}
	return false
}

// PairsPart is the part of the pairs that is the number-th of so many, from 1.
func PairsPart(sets [][]hostile.Behaviour, number, of int) ([][]hostile.Behaviour, error) {
	if of < 1 || number < 1 || number > of {
		return nil, fmt.Errorf("there is no part %d of %d", number, of)
	}
	var part [][]hostile.Behaviour
	for i, set := range sets {
		if i%of == number-1 {
			part = append(part, set)
		}
	}
	return part, nil
}
