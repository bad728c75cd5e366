package check

import (
	"slices"
	"strings"

	"concord.example/concord/fixtures"
)

// Peers says about which of the others a check PerPair is put to a system, where there are more than two systems. With two
// it is put about the one other.
type Peers string

const (
	// EachOther puts it about every other system: two answers are compared.
	EachOther Peers = ""
	// NoOther puts it once: what the system shows is held against the ledger, whoever else there is.
	NoOther Peers = "none"
	// Across puts it about the first system that holds each part of the golden ledger which the asked one does not hold itself: what
	// is seen of those records.
	Across Peers = "across"
	// Neighbour puts it about the same systems, and to none but the first that holds a part: it is about what happens between two,
	// and who shows a part once more is not whom the others ask.
	Neighbour Peers = "neighbour"
)

// None is the part of the ledger that a system holds of which it was said that it holds none.
const None = "none"

// Nobody is the peer of a check that is put once.
const Nobody = -1

// Of returns the places of the systems about which a check is put to the system in place i, or Nobody for once about none, where
// each system holds a part of the ledger: a name of fixtures.Systems, None, or "" for one of which nobody said what it holds.
// The list is empty for a system of which it cannot be asked.
func (p Peers) Of(parts []string, i int) []int {
	var others []int
	for j := range parts {
		if j != i {
			others = append(others, j)
		}
	}
	known := !slices.Contains(parts, "")
	switch {
	case p == Neighbour && len(parts) == 2 && !known:
		return nil // whose records are whose decides what may be seen of them afterwards
	case p == EachOther || len(parts) <= 2 && (p == NoOther || !known):
		return others
	case p == NoOther:
		return []int{Nobody}
	case parts[i] == "" || p == Neighbour && (parts[i] == None || slices.Index(parts, parts[i]) != i):
		return nil
	}
	var across []int
	for _, part := range fixtures.Systems() {
		if at := slices.Index(parts, part); at >= 0 && part != parts[i] {
			across = append(across, at)
		}
	}
	return across
}

// UnknownPart is the error of a question about what a system holds itself, where nobody said which part that is.
func UnknownPart(system string) error {
	return NotConfigured("nobody said which part of the golden ledger %s holds, so nobody knows whose records it shows; write share: %s or %s for the system",
		system, strings.Join(fixtures.Systems(), ", "), None)
}

// PartOf is the part of the ledger that a system holds: what was said, or else the part that it is called after.
func PartOf(name, said string) string {
	if said == "" && slices.Contains(fixtures.Systems(), name) {
		return name
	}
	return said
}
