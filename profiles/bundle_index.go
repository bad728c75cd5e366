package profiles

import (
	"iter"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// bundleIndex finds the entries of a Bundle that references lead to.
type bundleIndex struct {
	entries []fhir.EntryFacts
	byURL   chains[string]
	byID    chains[typedID]
	// resource returns the resource of an entry.
	resource func(i int) map[string]any
	// links returns the references and URLs in the resource of an entry.
	links func(i int) []string
	// composition is the position of the Composition of a document, or of the MessageHeader of a message.
	composition int
}

// typedID is the type and the id of a resource.
type typedID struct{ typ, id string }

// typedIDOf reads a relative reference.
func typedIDOf(ref string) typedID {
	typ, id, _ := strings.Cut(ref, "/")
	return typedID{typ, id}
}

// chains are the positions of entries by a key that several may share, in order.
type chains[K comparable] struct {
	// first holds the first position of each key, next the one that follows each position, or -1.
	first map[K]int32
	next  []int32
}

func newChains[K comparable](length int) chains[K] {
	return chains[K]{make(map[K]int32, length), make([]int32, length)}
}

// add puts a position before those that were added before it.
func (c chains[K]) add(key K, position int) {
	c.next[position] = -1
	if next, more := c.first[key]; more {
		c.next[position] = next
	}
	c.first[key] = int32(position) //nolint:gosec // no text that is read holds so many entries
}

// all gives the positions of a key.
func (c chains[K]) all(key K) iter.Seq[int] {
	return func(yield func(int) bool) {
		position, more := c.first[key]
		for more && yield(int(position)) {
			position = c.next[position]
			more = position >= 0
		}
	}
}

func newBundleIndex(entries []any) *bundleIndex {
	list := make([]fhir.EntryFacts, len(entries))
	resources := make([]map[string]any, len(entries))
	for i, item := range entries {
		e, _ := item.(map[string]any)
		r, has := e["resource"].(map[string]any)
		resources[i] = r
		list[i] = fhir.EntryFacts{Type: rootType(r), Version: versionOf(r), Resource: has}
		list[i].FullURL, _ = e["fullUrl"].(string)
		list[i].ID, _ = r["id"].(string)
	}
	x := indexEntries(list)
	x.resource = func(i int) map[string]any { return resources[i] }
	x.links = func(i int) []string { return linksOf(resources[i]) }
	return x
}

func indexEntries(entries []fhir.EntryFacts) *bundleIndex {
	x := &bundleIndex{entries: entries, byURL: newChains[string](len(entries)), byID: newChains[typedID](len(entries))}
	for i, e := range slices.Backward(entries) {
		if e.FullURL != "" {
			x.byURL.add(e.FullURL, i)
		}
		if e.ID != "" {
			x.byID.add(typedID{e.Type, e.ID}, i)
		}
	}
	return x
}

// find lists the entries that a reference leads to from the entry with the full URL own.
func (x *bundleIndex) find(ref, own string) []int {
	ref, version, versioned := strings.Cut(ref, "/_history/")
	var found iter.Seq[int]
	if strings.Contains(ref, ":") {
		found = x.byURL.all(ref)
	} else if base, rest := baseOf(own); rest {
		found = x.byURL.all(base + ref)
	} else if own == "" {
		// Without a URL to start from, type and id are all there is; from a URN, a relative reference leads nowhere.
		found = x.byID.all(typedIDOf(ref))
	} else {
		return nil
	}
	var exact []int
	for i := range found {
		if !versioned || x.entries[i].Version == version {
			exact = append(exact, i)
		}
	}
	return exact
}

// baseOf cuts the type and id off a RESTful URL.
func baseOf(url string) (base string, ok bool) {
	if !strings.HasPrefix(url, "http") {
		return "", false
	}
	const least = 4 // those after the scheme and the host, and those before the type and the id
	if strings.Count(url, "/") < least {
		return "", false
	}
	return aboveResource(url)
}

// reach marks the entries that links, in either direction, join to an entry.
func (x *bundleIndex) reach(from int) []bool {
	neighbours := make([][]int, len(x.entries))
	for i, e := range x.entries {
		for _, ref := range x.links(i) {
			for _, to := range x.find(ref, e.FullURL) {
				neighbours[i] = append(neighbours[i], to)
				neighbours[to] = append(neighbours[to], i)
			}
		}
	}
	reached := make([]bool, len(x.entries))
	queue := []int{from}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		if reached[i] {
			continue
		}
		reached[i] = true
		queue = append(queue, neighbours[i]...)
	}
	return reached
}

// linksOf lists the references and URLs in a resource.
func linksOf(resource map[string]any) []string {
	var refs []string
	collectReferences(resource, &refs, 0)
	return refs
}

func collectReferences(v any, refs *[]string, depth int) {
	if depth > deepestLink {
		return
	}
	switch value := v.(type) {
	case map[string]any:
		for name, child := range value {
			if s, ok := child.(string); ok && (name == "reference" || name == "valueUri" || name == "valueCanonical" || name == "valueUrl") {
				*refs = append(*refs, s)
				continue
			}
			collectReferences(child, refs, depth+1)
		}
	case []any:
		for _, child := range value {
			collectReferences(child, refs, depth+1)
		}
	}
}
