package suites

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// Shard is one share of a run. Shards need nothing from each other: each works out by itself what falls to it. The zero value
// is the whole run.
type Shard struct {
	// Index is from 1 to Of.
	Index, Of int
	// Apart says that the shard has systems of its own, as mocks that it started, so that it may ask as much of them as a whole
	// run would.
	Apart bool
	// Inputs digests whatever else the shards of a run must have in common, such as files that were read.
	Inputs string
}

// mostShards bounds into how many shares a run can be cut.
const mostShards = 10_000

// ParseShard reads "3/7": the third of seven shares.
func ParseShard(text string) (Shard, error) {
	index, of, cut := strings.Cut(text, "/")
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if !cut || err != nil || err2 != nil || i < 1 || i > n || n > mostShards {
		return Shard{}, fmt.Errorf("%q is no share of a run: write i/n with i from 1 to n, and n at most %d, such as 3/7", text, mostShards)
	}
	return Shard{Index: i, Of: n}, nil
}

// Whole reports whether it is no share but all of a run.
func (s Shard) Whole() bool { return s.Of == 0 }

// Owner is the shard of so many that a result falls to, from 1. What is about a provider falls by its ODS code, so that all
// systems are asked about it by the same shard, and anything else by check and system.
//
// It is rendezvous hashing (Thaler and Ravishankar, 1998): with another number of shards, only what the new or the lost ones
// owe moves.
func Owner(check string, scope result.Scope, of int) int {
	name := "provider\x00" + scope.Provider
	if scope.Provider == "" {
		name = "check\x00" + check + "\x00" + scope.System
	}
	owner, highest := 1, uint64(0)
	for i := 1; i <= of; i++ {
		sum := sha256.Sum256([]byte(strconv.Itoa(i) + "\x00" + name))
		if weight := binary.BigEndian.Uint64(sum[:8]); weight > highest {
			owner, highest = i, weight
		}
	}
	return owner
}

// Allowed is how much one shard may ask of a system.
type Allowed struct {
	Manners     Manners
	Concurrency int
}

// Part is what of the requests a second, the requests under way and the requests in all that a system's owner allows falls to
// the shard: all parts together are what was allowed. For how long a system may be asked holds for each, as shards run beside
// each other. The error is for what cannot be cut so small.
func (s Shard) Part(all Manners, concurrency int) (Allowed, error) {
	if s.Whole() || s.Apart {
		return Allowed{all, concurrency}, nil
	}
	var failed []error
	cut := func(what string, whole int) int {
		if whole > 0 && whole < s.Of {
			failed = append(failed, fmt.Errorf("%s: %d cannot be shared by %d shards; take fewer shards, or allow more", what, whole, s.Of))
		}
		part := whole / s.Of
		if s.Index <= whole%s.Of {
			part++
		}
		return part
	}
	part := Allowed{all, cut("concurrency", concurrency)}
	part.Manners.MaxRequests = cut("maxRequests", all.MaxRequests)
	part.Manners.Rate = all.Rate / float64(s.Of)
	return part, errors.Join(failed...)
}

// share leaves of the tasks those that fall to the shard, and says in the run which share it is.
func (c Config) share(run *result.Run, tasks []*task) []*task {
	if c.Shard.Whole() {
		return tasks
	}
	var own []*task
	owners := map[string]int{}
	for _, t := range tasks {
		owner, known := owners[t.scope.Provider]
		if t.scope.Provider == "" || !known {
			owner = Owner(t.check.ID, t.scope, c.Shard.Of)
		}
		if t.scope.Provider != "" {
			owners[t.scope.Provider] = owner
		}
		if owner == c.Shard.Index {
			own = append(own, t)
		}
	}
	run.Shard = &result.Shard{Index: c.Shard.Index, Of: c.Shard.Of, Seed: c.Seed, Fingerprint: c.fingerprint(*run), Elsewhere: len(tasks) - len(own)}
	return own
}

// fingerprint digests what all shards of a run have in common.
func (c Config) fingerprint(run result.Run) string {
	common := struct {
		Of      int
		Inputs  string
		Run     result.Run
		Systems [][]string
		People  []string
	}{Of: c.Shard.Of, Inputs: c.Shard.Inputs, Run: run}
	// When it began, and what a system says of itself, each shard sees for itself.
	common.Run = result.Run{
		Schema: run.Schema, Seed: run.Seed, Harness: run.Harness, Contract: run.Contract, Packages: run.Packages, Selection: run.Selection,
		Unclaimed: run.Unclaimed, Checks: run.Checks, Requirements: run.Requirements, Providers: run.Providers, Decisions: run.Decisions,
		Data:     result.Data{Providers: run.Data.Providers, People: run.Data.People, Facts: run.Data.Facts, Found: run.Data.Found},
		Declared: c.Declared.Count(run.StartedAt),
	}
	for i := range common.Run.Declared {
		common.Run.Declared[i].State = "" // the day on which one expires may begin between two shards
	}
	for _, s := range c.Systems {
		common.Systems = append(common.Systems, append([]string{s.Name, s.Title, s.Supplier, s.BaseURL}, s.Defects...))
	}
	if c.Discovery != nil {
		for person := range c.Ledger.People() {
			common.People = append(common.People, person.NHSNumber)
		}
	}
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(common) // of texts and numbers alone, so that it cannot fail
	return hex.EncodeToString(h.Sum(nil))
}

// closeDeclared says what became of the declared differences. A shard only counts them: whether one no longer occurs can be
// told when all shards are joined.
func (c Config) closeDeclared(run *result.Run) {
	if run.Shard != nil {
		run.Declared = c.Declared.Count(run.StartedAt)
		return
	}
	run.Declared = c.Declared.Close(run.Results, run.StartedAt)
}
