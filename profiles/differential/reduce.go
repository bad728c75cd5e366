package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
)

// shrink makes the smallest input of the most frequent kinds smaller for as long as the disagreement stays.
func (b *bench) shrink(ctx context.Context, most int) {
	for i, k := range b.tally.sorted() {
		if i >= most || ctx.Err() != nil {
			return
		}
		if k.side == "failed" {
			continue
		}
		b.say("making an input small: %s %s", k.side, k.name)
		b.reduce(ctx, k)
	}
}

// mostTried bounds the questions that one reduction asks.
const mostTried = 150

func (b *bench) reduce(ctx context.Context, k *kind) {
	var tree map[string]any
	if json.Unmarshal(k.smallest.pair.text, &tree) != nil {
		return
	}
	tried := 0
	for shorter := true; shorter; {
		shorter = false
		for _, smaller := range parts(tree) {
			if tried++; tried > mostTried || ctx.Err() != nil {
				return
			}
			p := k.smallest.pair
			p.text = encode(smaller)
			o, alone, still := b.still(ctx, p, k)
			if still {
				k.smallest, k.alone, k.reduced, tree, shorter = o, alone, true, smaller, true
				break
			}
		}
	}
}

// still says whether an input shows the kind of disagreement.
func (b *bench) still(ctx context.Context, p pair, k *kind) (o outcome, alone issue, still bool) {
	err := b.oracle.ask([]pair{p}, func(_ int, a answer) { o = b.outcome(ctx, p, a) })
	if err != nil || o.failed != "" {
		return o, alone, false
	}
	list := unmatched(o.theirs, o.ours)
	if k.side == "ours" {
		list = unmatched(o.ours, slices.Concat(o.theirs, o.leftOut))
	}
	for _, i := range list {
		if i.kind == k.name {
			return o, i, true
		}
	}
	return o, alone, false
}

// parts returns the tree without one of its parts, for each part that can go, the largest first.
func parts(tree map[string]any) []map[string]any {
	type part struct {
		size int
		cut  []any // the way to it: names and positions
	}
	var list []part
	var visit func(v any, way []any)
	visit = func(v any, way []any) {
		switch value := v.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				below := append(slices.Clone(way), name)
				if name != "resourceType" {
					list = append(list, part{len(encode(value[name])), below})
				}
				visit(value[name], below)
			}
		case []any:
			for i, item := range value {
				below := append(slices.Clone(way), i)
				if len(value) > 1 {
					list = append(list, part{len(encode(item)), below})
				}
				visit(item, below)
			}
		}
	}
	visit(tree, nil)
	slices.SortStableFunc(list, func(x, y part) int { return y.size - x.size })
	out := make([]map[string]any, 0, len(list))
	for _, p := range list {
		if smaller, ok := without(tree, p.cut).(map[string]any); ok {
			out = append(out, smaller)
		}
	}
	return out
}

// without copies a tree as far as it changes and cuts one part off.
func without(v any, way []any) any {
	switch at := way[0].(type) {
	case string:
		o, _ := v.(map[string]any)
		o = maps.Clone(o)
		if len(way) == 1 {
			delete(o, at)
		} else {
			o[at] = without(o[at], way[1:])
		}
		return o
	case int:
		list, _ := v.([]any)
		list = slices.Clone(list)
		if len(way) == 1 {
			return slices.Delete(list, at, at+1)
		}
		list[at] = without(list[at], way[1:])
		return list
	default:
		return v
	}
}

// encode writes JSON; what it is given was read from JSON or made of its kinds.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return data
}
