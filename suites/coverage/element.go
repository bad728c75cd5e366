package coverage

import (
	"reflect"
	"strings"

	"concord.example/concord/profiles/definition"
)

// has says whether a resource has data at an element of the profile, named by its id ("Patient.name.given",
// "Location.identifier:odsSiteCode"). An item belongs to a slice when it has what the profile fixes in it; where the
// profile fixes nothing, any item counts.
func (p *plan) has(resource map[string]any, id string) bool {
	steps := strings.Split(id, ".")
	nodes := []any{resource}
	for i := 1; i < len(steps) && len(nodes) > 0; i++ {
		name, slice, sliced := strings.Cut(steps[i], ":")
		var next []any
		for _, node := range nodes {
			next = append(next, children(node, name)...)
		}
		nodes = next
		if !sliced {
			continue
		}
		at := strings.Join(steps[:i+1], ".")
		if rest, isChoice := strings.CutSuffix(name, "[x]"); isChoice {
			nodes = choices(next, strings.TrimPrefix(slice, rest))
			continue
		}
		nodes = nodes[:0:0]
		for _, item := range next {
			if p.inSlice(item, at) {
				nodes = append(nodes, item)
			}
		}
	}
	for _, n := range nodes {
		if hasData(n) {
			return true
		}
	}
	return false
}

// chosen is the value of a choice with its type.
type chosen struct {
	suffix string
	value  any
}

// children returns the values of a property, one by one; of a choice, in any type.
func children(node any, name string) []any {
	if c, is := node.(chosen); is {
		node = c.value
	}
	o, _ := node.(map[string]any)
	var list []any
	add := func(v any, suffix string) {
		items, many := v.([]any)
		if !many {
			items = []any{v}
		}
		for _, item := range items {
			if suffix != "" {
				item = chosen{suffix, item}
			}
			list = append(list, item)
		}
	}
	prefix, isChoice := strings.CutSuffix(name, "[x]")
	if !isChoice {
		if v, there := o[name]; there {
			add(v, "")
		}
		return list
	}
	for key, v := range o {
		if suffix, ok := strings.CutPrefix(key, prefix); ok && suffix != "" && suffix[0] >= 'A' && suffix[0] <= 'Z' {
			add(v, suffix)
		}
	}
	return list
}

// choices keeps the values of a type, for a slice such as "valueQuantity".
func choices(list []any, suffix string) []any {
	var kept []any
	for _, item := range list {
		if c, is := item.(chosen); is && c.suffix == suffix {
			kept = append(kept, item)
		}
	}
	return kept
}

func hasData(node any) bool {
	switch v := node.(type) {
	case nil:
		return false
	case chosen:
		return hasData(v.value)
	case string:
		return v != ""
	case map[string]any:
		return len(v) > 0
	default:
		return true
	}
}

// inSlice says whether an item has what the profile fixes in the slice with the id.
func (p *plan) inSlice(item any, id string) bool {
	o, _ := item.(map[string]any)
	for i := range p.structure.Snapshot {
		e := &p.structure.Snapshot[i]
		if e.ID == id {
			if url := extensionOf(e); url != "" && o["url"] != url {
				return false
			}
		}
		rest, below := strings.CutPrefix(e.ID, id+".")
		if e.ID != id && (!below || strings.Contains(rest, ":")) {
			continue
		}
		for _, want := range []*definition.Value{e.Fixed, e.Pattern} {
			if want != nil && !anyHolds(item, rest, want.JSON) {
				return false
			}
		}
	}
	return true
}

// extensionOf returns the URL of the extension that an element must be, or "".
func extensionOf(e *definition.Element) string {
	if len(e.Types) == 1 && e.Types[0].Code == "Extension" && len(e.Types[0].Profiles) == 1 {
		url, _ := definition.SplitCanonical(e.Types[0].Profiles[0])
		return url
	}
	return ""
}

// anyHolds says whether one of the values at a path below an item holds what is wanted. What is not there cannot hold it.
func anyHolds(item any, path string, want any) bool {
	nodes := []any{item}
	if path != "" {
		for name := range strings.SplitSeq(path, ".") {
			var next []any
			for _, n := range nodes {
				next = append(next, children(n, name)...)
			}
			nodes = next
		}
	}
	for _, n := range nodes {
		if c, is := n.(chosen); is {
			n = c.value
		}
		if holds(n, want) {
			return true
		}
	}
	return false
}

// holds says whether a value has at least what is wanted.
func holds(value, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		o, _ := value.(map[string]any)
		for name, inner := range w {
			if !holds(o[name], inner) {
				return false
			}
		}
		return true
	case []any:
		list, _ := value.([]any)
		for _, inner := range w {
			found := false
			for _, item := range list {
				found = found || holds(item, inner)
			}
			if !found {
				return false
			}
		}
		return true
	default:
		return reflect.DeepEqual(value, want)
	}
}
