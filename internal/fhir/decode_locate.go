package fhir

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Position is a place in a JSON text.
type Position struct {
	// Offset counts bytes from 0. Line and Column count from 1; columns count bytes.
	Offset, Line, Column int
}

// Locate finds where the values that JSON pointers (RFC 6901) name start in a text: a property at its name, an array
// item at its value. A pointer that leads nowhere gets the place of the last part that exists. The text must be one that
// DecodeRepeated has read; of a text that it refused, every position is zero.
//
// The text is read once, however many pointers there are.
func Locate(data []byte, pointers []string) []Position {
	return locate(string(data), pointers)
}

func locate(text string, pointers []string) []Position {
	root := &place{}
	ends := make([]*place, len(pointers))
	for i, pointer := range pointers {
		ends[i] = root.add(pointer)
	}
	s := scanner{decoder: decoder{text: text}}
	s.pos = len(s.text) - len(strings.TrimPrefix(s.text, ByteOrderMark))
	s.space()
	if s.pos >= len(s.text) {
		return make([]Position, len(pointers))
	}
	root.offset = s.pos
	root.found = true
	if !s.skim(root, 0) {
		return make([]Position, len(pointers))
	}
	offsets := make([]int, len(ends))
	for i, end := range ends {
		for !end.found {
			end = end.parent
		}
		offsets[i] = end.offset
	}
	return positionsOf(s.text, offsets)
}

// positionsOf turns offsets into positions, reading the text once.
func positionsOf(text string, offsets []int) []Position {
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(offsets[a], offsets[b]) })
	positions := make([]Position, len(offsets))
	line, start, read := 1, 0, 0 // the line that read is in, and where it starts
	for _, i := range order {
		passed := text[read:offsets[i]]
		line += strings.Count(passed, "\n")
		if last := strings.LastIndexByte(passed, '\n'); last >= 0 {
			start = read + last + 1
		}
		read = offsets[i]
		positions[i] = Position{Offset: read, Line: line, Column: read - start + 1}
	}
	return positions
}

// EscapePointer writes a property name as one part of a JSON pointer.
func EscapePointer(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// place is a node in the tree of the pointers that are looked for.
type place struct {
	parent *place
	parts  map[string]*place
	offset int
	found  bool
}

func (p *place) add(pointer string) *place {
	for pointer != "" {
		var part string
		part, pointer, _ = strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		child := p.parts[part]
		if child == nil {
			child = &place{parent: p}
			if p.parts == nil {
				p.parts = map[string]*place{}
			}
			p.parts[part] = child
		}
		p = child
	}
	return p
}

type scanner struct {
	decoder
}

// skim reads over the value at the reading position and notes where the parts of p start. It reports whether the text
// is what DecodeRepeated accepts, which it need only do well enough never to loop or run off the text.
func (s *scanner) skim(p *place, depth int) bool {
	if s.pos >= len(s.text) || depth > MaxDepth {
		return false
	}
	if p == nil || p.parts == nil {
		return s.skip()
	}
	switch s.text[s.pos] {
	case '{':
		return s.skimItems('}', depth, func(int) (*place, bool) {
			at := s.pos
			if at >= len(s.text) || s.text[at] != '"' {
				return nil, false
			}
			key, err := s.string()
			if err != nil {
				return nil, false
			}
			s.space()
			if s.pos >= len(s.text) || s.text[s.pos] != ':' {
				return nil, false
			}
			s.pos++
			s.space()
			return p.reach(key, at), true
		})
	case '[':
		return s.skimItems(']', depth, func(index int) (*place, bool) {
			return p.reach(strconv.Itoa(index), s.pos), true
		})
	default:
		return s.skip()
	}
}

// skip passes over the value at the reading position, in which nothing is looked for.
func (s *scanner) skip() bool {
	for depth := 0; s.pos < len(s.text); {
		switch s.text[s.pos] {
		case '"':
			if !s.skipString() {
				return false
			}
		case '{', '[':
			depth++
			s.pos++
		case '}', ']', ',':
			if depth == 0 {
				return true
			}
			if s.text[s.pos] != ',' {
				depth--
			}
			s.pos++
		default:
			s.pos++
		}
		if depth == 0 && s.pos < len(s.text) && (s.text[s.pos] <= ' ' || s.text[s.pos] == ',') {
			return true
		}
	}
	return true
}

// skipString passes over the string at the reading position.
func (s *scanner) skipString() bool {
	for i := s.pos + 1; i < len(s.text); i++ {
		i += plain(s.text[i:])
		if i >= len(s.text) {
			break
		}
		switch s.text[i] {
		case '"':
			s.pos = i + 1
			return true
		case '\\':
			i++
		}
	}
	return false
}

func (p *place) reach(part string, offset int) *place {
	child := p.parts[part]
	if child == nil || child.found {
		return nil
	}
	child.offset, child.found = offset, true
	return child
}

// another passes over what follows an item: more says that it was a comma, and !more whether it was the closer.
func (s *scanner) another(closer byte) (more, ok bool) {
	s.space()
	if s.pos >= len(s.text) {
		return false, false
	}
	s.pos++
	last := s.text[s.pos-1]
	return last == ',', last == closer
}

func (s *scanner) skimItems(closer byte, depth int, enter func(int) (*place, bool)) bool {
	s.pos++
	s.space()
	if s.pos < len(s.text) && s.text[s.pos] == closer {
		s.pos++
		return true
	}
	for index := 0; ; index++ {
		s.space()
		p, ok := enter(index)
		if !ok || !s.skim(p, depth+1) {
			return false
		}
		if more, ok := s.another(closer); !more {
			return ok
		}
	}
}

// repeatedKeys turns the offsets of repeated keys into pointers, in document order.
func (d *decoder) repeatedKeys() []DuplicateKey {
	sort.Ints(d.repeated)
	keys := make([]DuplicateKey, len(d.repeated))
	pointers := pointersAt(d.text, d.repeated)
	for i, at := range positionsOf(d.text, d.repeated) {
		keys[i] = DuplicateKey{Pointer: pointers[i], Line: at.Line, Column: at.Column}
	}
	return keys
}

// pointersAt returns the JSON pointers of the property names at the offsets, which are in order.
func pointersAt(text string, offsets []int) []string {
	pointers := make([]string, 0, len(offsets))
	s := scanner{decoder: decoder{text: text}}
	var walk func(path string)
	walk = func(path string) {
		if s.pos >= len(s.text) {
			return
		}
		switch s.text[s.pos] {
		case '{':
			s.skimWith('}', func(int) {
				at := s.pos
				key, err := s.string()
				if err != nil {
					return
				}
				s.space()
				s.pos++
				s.space()
				child := path + "/" + EscapePointer(key)
				if len(pointers) < len(offsets) && offsets[len(pointers)] == at {
					pointers = append(pointers, child)
				}
				walk(child)
			})
		case '[':
			s.skimWith(']', func(index int) { walk(path + "/" + strconv.Itoa(index)) })
		default:
			_, _ = s.value(0)
		}
	}
	s.pos = len(s.text) - len(strings.TrimPrefix(s.text, ByteOrderMark))
	s.space()
	walk("")
	return pointers
}

// skimWith reads an object or array that is known to be well formed, calling item at the start of each of its items.
func (s *scanner) skimWith(closer byte, item func(int)) {
	s.pos++
	for index := 0; ; index++ {
		s.space()
		if s.pos >= len(s.text) {
			return
		}
		if s.text[s.pos] == closer {
			s.pos++
			return
		}
		if s.text[s.pos] == ',' {
			s.pos++
			s.space()
		}
		item(index)
	}
}

func position(text string, offset int) (line, column int) {
	before := text[:offset]
	return strings.Count(before, "\n") + 1, offset - strings.LastIndexByte(before, '\n')
}
