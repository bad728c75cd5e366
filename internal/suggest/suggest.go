package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest returns at most most of the known words that are near to a word, the nearest first; none when nothing is near.
// Upper and lower case count as the same. Near is what can be reached by changing a third of the letters, at least one and at
// most four, and what begins with the word when that has three letters or more.
func Nearest(word string, known []string, most int) []string {
	type candidate struct {
		word     string
		distance int
	}
	wanted := strings.ToLower(strings.TrimSpace(word))
	if wanted == "" {
		return nil
	}
	limit := min(4, max(1, len([]rune(wanted))/3))
	var near []candidate
	for _, k := range known {
		lower := strings.ToLower(k)
		distance := levenshtein.ComputeDistance(wanted, lower)
		switch {
		case distance <= limit:
		case len(wanted) >= 3 && strings.HasPrefix(lower, wanted):
			distance = limit + 1
		default:
			continue
		}
		near = append(near, candidate{k, distance})
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.word, b.word))
	})
	near = slices.Compact(near)
	words := make([]string, 0, min(most, len(near)))
	for _, c := range near[:min(most, len(near))] {
		words = append(words, c.word)
	}
	return words
}

// Meant is the end of a message about an unknown word: ` (did you mean "baseURL"?)`, or "" when nothing is near.
func Meant(word string, known []string) string {
	near := Nearest(word, known, 3)
	if len(near) == 0 {
		return ""
	}
	for i, w := range near {
		near[i] = fmt.Sprintf("%q", w)
	}
	return " (did you mean " + strings.Join(near, " or ") + "?)"
}

// Distance counts the letters to insert, drop or change to make one word of the other (the Levenshtein distance).
func Distance(a, b string) int { return levenshtein.ComputeDistance(a, b) }
