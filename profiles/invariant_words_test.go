package profiles

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryEmbeddedInvariantIsSaidInWords(t *testing.T) {
	// Three definitions of R4 call three rules inv-1, so no words go with the key.
	without := []string{"inv-1"}
	known := map[string]bool{}
	for _, sequence := range []Sequence{STU2, STU3} {
		registry, err := Embedded(sequence)
		if err != nil {
			t.Fatal(err)
		}
		for at := registry; at != nil; at = at.parent {
			for _, summary := range at.set.Summaries("StructureDefinition") {
				s, err := at.set.Structure(summary.URL + "|" + summary.Version)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range slices.Concat(s.Snapshot, s.Differential) {
					for _, c := range e.Constraints {
						known[c.Key] = true
						if wordsOf(c) == "" && !slices.Contains(without, c.Key) {
							t.Errorf("%s on %s (%s) has no words", c.Key, e.Path, c.Expression)
						}
					}
				}
			}
		}
	}
	for line := range strings.Lines(invariantWords) {
		key, words, found := strings.Cut(strings.TrimSpace(line), "|")
		// The tables leave out two that hold for every element.
		if !found || words == "" || !known[key] && key != "ele-1" && key != "ext-1" {
			t.Errorf("%q is no line about an invariant of the definitions", line)
		}
	}
}
