package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// tally counts what was judged and keeps what differs.
type tally struct {
	pairs, failed, verdicts int
	// rawVerdicts are the pairs with another verdict when what is left out is counted too.
	rawVerdicts int
	// places are the other validator's distinct error places and those of ours; found are those that the other has as well.
	places, found       int
	ourPlaces, ourFound int
	rawPlaces           int
	about               map[string]int
	kinds               map[string]*kind
}

// kind is one kind of disagreement.
type kind struct {
	// side says who alone reports: "ours" or "theirs", or "failed".
	side, name string
	count      int
	// verdicts counts the pairs in which the whole verdict differs.
	verdicts int
	about    map[string]int
	smallest outcome
	alone    issue
	reduced  bool
	all      []outcome
}

// mostKept bounds the inputs that a kind keeps for the file of all disagreements.
const mostKept = 30

func newTally() *tally { return &tally{about: map[string]int{}, kinds: map[string]*kind{}} }

func (t *tally) add(o outcome) {
	t.pairs++
	t.about[o.pair.about]++
	if o.failed != "" {
		t.failed++
		t.note("failed", issue{kind: o.failed}, o, true)
		return
	}
	differs := (len(o.ours) == 0) != (len(o.theirs) == 0) && len(o.leftOut) == 0 ||
		len(o.leftOut) > 0 && len(o.ours) == 0 && len(o.theirs) > 0
	if differs {
		t.verdicts++
	}
	if (len(o.ours) == 0) != (len(o.theirs)+len(o.leftOut) == 0) {
		t.rawVerdicts++
	}
	everything := slices.Concat(o.theirs, o.leftOut)
	t.rawPlaces += countPlaces(everything)
	theirs, ours := unmatched(o.theirs, o.ours), unmatched(o.ours, everything)
	t.places += countPlaces(o.theirs)
	t.found += countPlaces(o.theirs) - countPlaces(theirs)
	t.ourPlaces += countPlaces(o.ours)
	t.ourFound += countPlaces(o.ours) - countPlaces(ours)
	for _, i := range firstOfKind(theirs) {
		t.note("theirs", i, o, differs)
	}
	for _, i := range firstOfKind(ours) {
		t.note("ours", i, o, differs)
	}
}

func countPlaces(list []issue) int {
	places := map[string]bool{}
	for _, i := range list {
		places[i.place] = true
	}
	return len(places)
}

// firstOfKind keeps one issue of each kind.
func firstOfKind(list []issue) []issue {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(i issue) bool {
		again := seen[i.kind]
		seen[i.kind] = true
		return again
	})
}

func (t *tally) note(side string, i issue, o outcome, verdict bool) {
	key := side + " " + i.kind
	k := t.kinds[key]
	if k == nil {
		k = &kind{side: side, name: i.kind, about: map[string]int{}, smallest: o, alone: i}
		t.kinds[key] = k
	}
	k.count++
	k.about[o.pair.about]++
	if verdict {
		k.verdicts++
	}
	if len(o.pair.text) < len(k.smallest.pair.text) {
		k.smallest, k.alone = o, i
	}
	if len(k.all) < mostKept {
		k.all = append(k.all, o)
	}
}

// sorted returns the kinds, those with most differing verdicts first.
func (t *tally) sorted() []*kind {
	return slices.SortedFunc(maps.Values(t.kinds), func(a, b *kind) int {
		return cmp.Or(b.verdicts-a.verdicts, b.count-a.count, cmp.Compare(a.side, b.side), cmp.Compare(a.name, b.name))
	})
}

func (t *tally) print(out io.Writer, s settings) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	p("seed %d, %d pairs, %d of them mutated or profiled, %d could not be judged", s.seed, t.pairs, t.pairs-t.about["valid"], t.failed)
	p("verdicts that agree: %s (raw %s)", percent(t.pairs-t.verdicts, t.pairs), percent(t.pairs-t.rawVerdicts, t.pairs))
	p("error places of the other found by ours: %s of %d (raw of %d)", percent(t.found, t.places), t.places, t.rawPlaces)
	p("error places of ours found by the other: %s of %d", percent(t.ourFound, t.ourPlaces), t.ourPlaces)
	for _, about := range slices.Sorted(maps.Keys(t.about)) {
		p("  %-28s %6d", about, t.about[about])
	}
	for _, k := range t.sorted() {
		p("\n%s alone: %s: %d pairs, %d with another verdict", k.side, k.name, k.count, k.verdicts)
		for _, about := range slices.Sorted(maps.Keys(k.about)) {
			p("    %-26s %6d", about, k.about[about])
		}
		p("  %s: %s", k.alone.place, k.alone.text)
		if len(k.smallest.pair.profiles) > 0 {
			p("  profiles: %v", k.smallest.pair.profiles)
		}
		p("  %s %s", k.smallest.pair.id, bytes.TrimSpace(k.smallest.pair.text))
	}
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	const hundred = 100
	return fmt.Sprintf("%.2f %%", hundred*float64(part)/float64(whole))
}

// write puts the inputs of every kind into a file, a line of JSON each.
func (t *tally) write(name string) (err error) {
	f, err := os.Create(name) //nolint:gosec // the developer names the file
	if err != nil {
		return fmt.Errorf("write disagreements: %w", err)
	}
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("write disagreements: %w", e)
		}
	}()
	encoder := json.NewEncoder(f)
	encoder.SetEscapeHTML(false)
	for _, k := range t.sorted() {
		for _, o := range k.all {
			line := map[string]any{
				"side": k.side, "kind": k.name, "about": o.pair.about, "id": o.pair.id, "text": string(o.pair.text),
				"profiles": o.pair.profiles, "ours": texts(o.ours), "theirs": texts(o.theirs), "leftOut": texts(o.leftOut),
			}
			if err := encoder.Encode(line); err != nil {
				return fmt.Errorf("write disagreements: %w", err)
			}
		}
	}
	return nil
}

func texts(list []issue) []string {
	out := make([]string, 0, len(list))
	for _, i := range list {
		out = append(out, i.place+" ["+i.kind+"] "+i.text)
	}
	return out
}
