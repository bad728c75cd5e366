package fhir

import (
	"errors"
	"slices"
)

// BundleText is the text of a Bundle whose entries are read one at a time, so that the tree of all of them is never held at
// once. It serves one goroutine.
type BundleText struct {
	// Root is the Bundle without its entries: "entry" has nil in the place of each that is not open. It must not be changed.
	Root map[string]any
	// Entries say of each entry what can be told without reading it.
	Entries []EntryFacts

	text  string
	items []any
	open  map[int]*decoder
	idle  []*decoder
	// read marks the entries that were read once; repeated are the offsets of the properties that they give twice.
	read     []bool
	repeated []int
}

// EntryFacts is what the text of an entry says of itself at first sight.
type EntryFacts struct {
	// FullURL is that of the entry; Type, ID and Version are those of its resource, "" for what it does not have.
	FullURL, Type, ID, Version string
	// Resource, Search, Request and Response say that the entry has them.
	Resource, Search, Request, Response bool

	start, end int
}

const (
	// entryDepth is how many objects and arrays are around an entry.
	entryDepth = 2
	// mostIdle bounds the memory that is kept for the next entries to be read.
	mostIdle = 4
)

// OpenBundle reads a text as a Bundle whose entries can be read one at a time. ok is false for a text of which it cannot be
// told that they can: one that is malformed, is no Bundle, or has entries of an unusual form. Decode reads those, or says
// what is wrong with them.
func OpenBundle(text string) (b *BundleText, ok bool) {
	b = &BundleText{text: text, open: map[int]*decoder{}}
	d := newDecoder(text)
	d.entries = b
	tree, err := d.document()
	root, isObject := tree.(map[string]any)
	if err != nil || !isObject || root["resourceType"] != "Bundle" || len(b.Entries) == 0 || len(d.repeated) > 0 {
		return nil, false
	}
	b.Root = root
	b.read, b.items = make([]bool, len(b.Entries)), make([]any, len(b.Entries))
	root["entry"] = b.items
	return b, true
}

// Entry reads an entry, which is in its place below Root from then on, until it is closed. ok is false when its text is not
// what Decode accepts.
func (b *BundleText) Entry(i int) (entry map[string]any, ok bool) {
	if b.open[i] != nil {
		entry, ok = b.items[i].(map[string]any)
		return entry, ok
	}
	d := b.decoder()
	d.pos = b.Entries[i].start
	value, err := d.value(entryDepth)
	entry, ok = value.(map[string]any)
	if err != nil || !ok || d.pos != b.Entries[i].end {
		return nil, false
	}
	if !b.read[i] {
		b.read[i] = true
		b.repeated = append(b.repeated, d.repeated...)
	}
	b.items[i], b.open[i] = entry, d
	return entry, true
}

// Opened says whether an entry is open.
func (b *BundleText) Opened(i int) bool { return b.open[i] != nil }

// Close takes back an entry, whose objects and arrays must not be used any more; its strings may be.
func (b *BundleText) Close(i int) {
	d := b.open[i]
	if d == nil {
		return
	}
	delete(b.open, i)
	b.items[i] = nil
	d.memory.release()
	if len(b.idle) < mostIdle {
		b.idle = append(b.idle, d)
	}
}

func (b *BundleText) decoder() *decoder {
	if last := len(b.idle) - 1; last >= 0 {
		d := b.idle[last]
		b.idle = b.idle[:last]
		d.restart(b.text)
		return d
	}
	d := newDecoder("")
	d.text, d.memory = b.text, &memory{}
	return d
}

// Rest reads the entries that were not read yet. It reports whether all are what Decode accepts.
func (b *BundleText) Rest() bool {
	for i := range b.Entries {
		if b.read[i] {
			continue
		}
		if _, ok := b.Entry(i); !ok {
			return false
		}
		b.Close(i)
	}
	return true
}

// Repeated lists the properties that are given twice, in document order, once all entries were read.
func (b *BundleText) Repeated() []DuplicateKey {
	if len(b.repeated) == 0 {
		return nil
	}
	d := decoder{text: b.text, repeated: slices.Clone(b.repeated)}
	return d.repeatedKeys()
}

// Locate is the function Locate for the text of the Bundle.
func (b *BundleText) Locate(pointers []string) []Position { return locate(b.text, pointers) }

// errUnusual says that the entries of a text cannot be read one at a time.
var errUnusual = errors.New("the entries of the Bundle are not of the usual form")

// skimEntries passes over the array of entries at the reading position and notes what each says of itself.
func (d *decoder) skimEntries() (any, error) {
	b := d.entries
	if b.Entries != nil {
		return nil, errUnusual
	}
	b.Entries = []EntryFacts{}
	s := scanner{decoder: decoder{text: d.text, pos: d.pos + 1}}
	for {
		s.space()
		facts := EntryFacts{start: s.pos}
		if !s.entry(&facts) {
			return nil, errUnusual
		}
		facts.end = s.pos
		b.Entries = append(b.Entries, facts)
		s.space()
		if s.pos >= len(s.text) {
			return nil, errUnusual
		}
		s.pos++
		switch s.text[s.pos-1] {
		case ',':
		case ']':
			d.pos = s.pos
			return []any{}, nil
		default:
			return nil, errUnusual
		}
	}
}

// entry passes over an entry. It reports whether it is of the usual form.
func (s *scanner) entry(e *EntryFacts) bool {
	return s.skimObject(func(key string) bool {
		switch key {
		case "fullUrl":
			return s.skimText(&e.FullURL)
		case "resource":
			return s.skimNested(&e.Resource) && s.entryResource(e) && e.Type != ""
		case "search":
			return s.skimNested(&e.Search) && s.skip()
		case "request":
			return s.skimNested(&e.Request) && s.skip()
		case "response":
			return s.skimNested(&e.Response) && s.skip()
		case "_fullUrl", "_resource", "_search", "_request", "_response", "id", "_id":
			return false
		default:
			return s.skip()
		}
	})
}

// entryResource passes over the resource of an entry.
func (s *scanner) entryResource(e *EntryFacts) bool {
	meta := false
	return s.skimObject(func(key string) bool {
		switch key {
		case "resourceType":
			return s.skimText(&e.Type)
		case "id":
			return s.skimText(&e.ID)
		case "meta":
			return s.skimNested(&meta) && s.skimObject(func(key string) bool {
				if key == "versionId" {
					return s.skimText(&e.Version)
				}
				return s.skip()
			})
		default:
			return s.skip()
		}
	})
}

// skimText reads a string that is not empty and is the first for its purpose.
func (s *scanner) skimText(to *string) bool {
	if *to != "" || s.pos >= len(s.text) || s.text[s.pos] != '"' {
		return false
	}
	text, err := s.string()
	*to = text
	return err == nil && text != ""
}

// skimNested says whether an object that is not empty starts at the reading position, which is the first for its purpose.
func (s *scanner) skimNested(seen *bool) bool {
	if *seen || s.pos >= len(s.text) || s.text[s.pos] != '{' {
		return false
	}
	*seen = true
	inside := scanner{decoder: decoder{text: s.text, pos: s.pos + 1}}
	inside.space()
	return inside.pos < len(s.text) && s.text[inside.pos] == '"'
}

// skimObject passes over the object at the reading position. each is called for every property and passes over its value.
func (s *scanner) skimObject(each func(key string) bool) bool {
	if s.pos >= len(s.text) || s.text[s.pos] != '{' {
		return false
	}
	s.pos++
	s.space()
	if s.pos < len(s.text) && s.text[s.pos] == '}' {
		s.pos++
		return true
	}
	for {
		s.space()
		if s.pos >= len(s.text) || s.text[s.pos] != '"' {
			return false
		}
		key, err := s.string()
		if err != nil {
			return false
		}
		s.space()
		if s.pos >= len(s.text) || s.text[s.pos] != ':' {
			return false
		}
		s.pos++
		s.space()
		if !each(key) {
			return false
		}
		if more, ok := s.another('}'); !more {
			return ok
		}
	}
}
