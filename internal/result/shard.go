package result

import "fmt"

// Shard says that a run asked one share of what a whole run would have asked, so that several processes can share the work.
// Verdicts about the whole come from joining all shares.
type Shard struct {
	// Index is which share it is, from 1 to Of.
	Index int `json:"index"`
	Of    int `json:"of"`
	// Seed is the seed of the run that is shared.
	Seed uint64 `json:"seed"`
	// Fingerprint is the SHA-256, in hexadecimal, of everything that the shards of one run have in common: systems, ledger,
	// contract, packages, decisions, selection, differences, and the build of Concord.
	Fingerprint string `json:"fingerprint"`
	// Elsewhere counts the results that other shards owe.
	Elsewhere int `json:"elsewhere"`
	// Strangers are the answers about another person of which only all shards together can say whose matter they are; nil for none.
	Strangers *Strangers `json:"strangers,omitempty"`
}

// Strangers are answers about another person than was asked about that the checks of a shard rest on.
type Strangers struct {
	// Told are those of which a check of the shard complains by itself.
	Told []Stranger `json:"told,omitempty"`
	// Charged are the results that were made to complain of others.
	Charged []Charge `json:"charged,omitempty"`
}

// Stranger is a kind of such answers: a system's, for a type.
type Stranger struct {
	System string `json:"system"`
	Path   string `json:"path"`
}

// Charge is a result that complains of answers about another person because nobody else does.
type Charge struct {
	// Before is the result without that.
	Before Result `json:"before"`
	// Kinds and Findings are the kinds of answers and what is said of each, in the same order.
	Kinds    []Stranger `json:"kinds"`
	Findings []Finding  `json:"findings"`
}

// String names the shard: "shard 3 of 7".
func (s Shard) String() string { return fmt.Sprintf("shard %d of %d", s.Index, s.Of) }

// LeftOut says what of the catalogue was not asked in this run because a person chose a part of it, or because other shards
// ask it, as a sentence fragment; "" for a run over everything.
func (r Run) LeftOut() string {
	left := r.Selection.LeftOut()
	if r.Shard == nil || r.Shard.Elsewhere == 0 {
		return left
	}
	others := fmt.Sprintf("%d results that other shards ask (this is %s)", r.Shard.Elsewhere, r.Shard)
	if left == "" {
		return others
	}
	return left + ", and " + others
}
