package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deeply objects and arrays may be nested in a document that Decode reads. No FHIR resource in use comes
// near it; a document beyond it is an attack or a fault.
const MaxDepth = 200

// MaxTree bounds the bytes of memory that the tree of a document may take besides its text. The tree of a FHIR resource
// takes about five times its text, but that of a text which is nothing but tiny objects fifty times, so that a bound on
// the text alone would not do.
const MaxTree = 640 << 20

// What parts of a tree take, in bytes, places for reading them included.
const (
	costOfItem   = 64
	costOfObject = 344 // a map of up to smallObject properties
	costOfMember = 16  // the text or number of a property
	costOfMore   = 160 // a property beyond smallObject
)

// ByteOrderMark is what some writers put before a document, against RFC 8259 (section 8.1). Decode passes over it.
const ByteOrderMark = "\ufeff"

// SyntaxError says that a text is not a JSON document that FHIR allows, and where it goes wrong.
type SyntaxError struct {
	// Offset is the byte at which reading stopped, from 0.
	Offset int
	// Line and Column are the same place counted from 1; columns count bytes.
	Line, Column int
	// Pointer is the JSON pointer of the value that was being read.
	Pointer string
	// Message says what is wrong there.
	Message string
	// final says that no change to the text there would help.
	final bool
}

// Error returns the message and the place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("read JSON at line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// DuplicateKey is a property that an object holds more than once.
type DuplicateKey struct {
	// Pointer is the JSON pointer (RFC 6901) of the property.
	Pointer string
	// Line and Column are where the second one starts, counted from 1.
	Line, Column int
}

// DuplicateKeyError says that an object holds the same property more than once, which FHIR forbids because readers
// disagree on which of them counts.
type DuplicateKeyError struct {
	// Keys are the repeated properties in document order.
	Keys []DuplicateKey
}

// Error names the first repeated property and its place.
func (e *DuplicateKeyError) Error() string {
	k := e.Keys[0]
	return fmt.Sprintf("read JSON at line %d, column %d: property %s is given more than once", k.Line, k.Column, k.Pointer)
}

// Decode reads one JSON document into map[string]any, []any, string, json.Number, bool and nil.
//
// It is stricter than encoding/json: text that is not UTF-8, a lone surrogate, a repeated property, anything after the
// document, nesting beyond MaxDepth and a tree beyond MaxTree are errors. Numbers keep their text. The error is a *SyntaxError or a
// *DuplicateKeyError. The strings of the tree share one copy of the text; the caller bounds the length of what it reads.
func Decode(data []byte) (any, error) {
	return newDecoder(string(data)).whole()
}

// whole reads the document and takes a property that is given twice for an error.
func (d *decoder) whole() (any, error) {
	tree, err := d.document()
	if err != nil {
		return nil, err
	}
	if len(d.repeated) > 0 {
		return nil, &DuplicateKeyError{Keys: d.repeatedKeys()}
	}
	return tree, nil
}

// DecodeRepeated is Decode for a caller that reports repeated properties itself: the tree holds the first value of each
// and the repeated ones are listed in document order.
func DecodeRepeated(data []byte) (any, []DuplicateKey, error) {
	d := newDecoder(string(data))
	tree, err := d.document()
	if err != nil || len(d.repeated) == 0 {
		return tree, nil, err
	}
	return tree, d.repeatedKeys(), nil
}

// newDecoder returns a decoder of the text, with room for what most resources have open at a time, and no more for a short
// text.
func newDecoder(text string) *decoder {
	return &decoder{text: text, members: make([]member, 0, min(64, len(text)/32+1)), items: make([]any, 0, min(32, len(text)/64+1))}
}

// document reads the text from its start to its end.
func (d *decoder) document() (any, error) {
	if !utf8.ValidString(d.text) {
		return nil, d.fail(invalidUTF8(d.text), "the text is not UTF-8")
	}
	// RFC 8259 forbids writing a byte order mark and allows readers to pass over it.
	d.pos = len(d.text) - len(strings.TrimPrefix(d.text, ByteOrderMark))
	d.space()
	if d.pos == len(d.text) {
		return nil, d.fail(d.pos, "the document is empty")
	}
	tree, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.pos < len(d.text) {
		return nil, d.fail(d.pos, "the document goes on after its end with "+d.here())
	}
	return tree, nil
}

// DecodeObject is Decode for a document that must be an object, as every FHIR resource is.
func DecodeObject(data []byte) (map[string]any, error) {
	tree, err := Decode(data)
	if err != nil {
		return nil, err
	}
	return asObject(tree)
}

func asObject(tree any) (map[string]any, error) {
	object, ok := tree.(map[string]any)
	if !ok {
		return nil, errors.New("read JSON: the document is not an object")
	}
	return object, nil
}

type member struct {
	key   string
	at    int
	value any
}

type decoder struct {
	text     string
	pos      int
	members  []member
	items    []any
	repeated []int // offsets of the repeated keys
	memory   *memory
	cost     int         // of the tree so far
	buffer   []byte      // where a string with escapes is put together
	cache    *Cache      // of the resources of Bundles, nil for none
	counted  int         // bytes of the text that the cache knows that it holds
	entries  *BundleText // passes over the entries of a Bundle, nil to read them
}

func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(s)
}

func (d *decoder) fail(at int, message string) *SyntaxError {
	line, column := position(d.text, at)
	return &SyntaxError{Offset: at, Line: line, Column: column, Message: message}
}

// within adds one part to the front of the pointer of a syntax error.
func within(err error, part string) error {
	var syntax *SyntaxError
	if errors.As(err, &syntax) {
		syntax.Pointer = "/" + part + syntax.Pointer
	}
	return err
}

// here names what stands at the reading position.
func (d *decoder) here() string {
	if d.pos >= len(d.text) {
		return "the end of the text"
	}
	r, _ := utf8.DecodeRuneInString(d.text[d.pos:])
	return fmt.Sprintf("%q", r)
}

// space passes over white space. It is small enough to be inlined for the usual case that there is none.
func (d *decoder) space() {
	if d.pos < len(d.text) && d.text[d.pos] <= ' ' {
		d.spaces()
	}
}

func (d *decoder) spaces() {
	for d.pos < len(d.text) {
		switch d.text[d.pos] {
		case ' ', '\n', '\t', '\r':
			d.pos++
		default:
			return
		}
	}
}

// spend counts what a part of the tree takes.
func (d *decoder) spend(cost int) error {
	if d.cost += cost; d.cost <= MaxTree {
		return nil
	}
	err := d.fail(min(d.pos, len(d.text)), fmt.Sprintf("the document holds more than fits into %d MB of memory; split it", MaxTree>>20))
	err.final = true
	return err
}

func (d *decoder) value(depth int) (any, error) {
	if d.pos >= len(d.text) {
		return nil, d.fail(d.pos, "a value is missing at the end of the text")
	}
	switch c := d.text[d.pos]; {
	case c == '"':
		return d.boxedString()
	case c == '{':
		return d.object(depth + 1)
	case c == '[':
		return d.array(depth + 1)
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case c == 't':
		return true, d.word("true")
	case c == 'f':
		return false, d.word("false")
	case c == 'n':
		return nil, d.word("null")
	default:
		return nil, d.fail(d.pos, "a value cannot start with "+d.here())
	}
}

func (d *decoder) word(want string) error {
	if !strings.HasPrefix(d.text[d.pos:], want) {
		return d.fail(d.pos, "expected "+want)
	}
	d.pos += len(want)
	return nil
}

func (d *decoder) object(depth int) (any, error) {
	start := d.pos
	if depth > MaxDepth {
		return nil, d.fail(start, fmt.Sprintf("objects and arrays are nested more than %d deep", MaxDepth))
	}
	if err := d.spend(costOfObject); err != nil {
		return nil, err
	}
	d.pos++
	base := len(d.members)
	d.space()
	if d.pos < len(d.text) && d.text[d.pos] == '}' {
		d.pos++
		return map[string]any{}, nil
	}
	for {
		d.space()
		if d.pos >= len(d.text) || d.text[d.pos] != '"' {
			return nil, d.fail(d.pos, "expected a property name in quotes but found "+d.here())
		}
		at := d.pos
		key, err := d.string()
		if err != nil {
			return nil, err
		}
		d.space()
		if d.pos >= len(d.text) || d.text[d.pos] != ':' {
			return nil, d.fail(d.pos, "expected ':' after the property name but found "+d.here())
		}
		d.pos++
		d.space()
		var value any
		if d.cache != nil && depth == resourceDepth && key == "resource" && strings.HasPrefix(d.text[d.pos:], "{") {
			value, err = d.resource()
		} else if d.entries != nil && depth == 1 && key == "entry" && strings.HasPrefix(d.text[d.pos:], "[") {
			value, err = d.skimEntries()
		} else {
			value, err = d.value(depth)
		}
		if err != nil {
			return nil, within(err, EscapePointer(key))
		}
		cost := costOfMember
		if len(d.members)-base >= smallObject {
			cost = costOfMore
		}
		if err := d.spend(cost); err != nil {
			return nil, err
		}
		d.members = append(d.members, member{key, at, value})
		d.space()
		if d.pos >= len(d.text) {
			return nil, d.fail(d.pos, d.unclosed("object", start))
		}
		switch d.text[d.pos] {
		case ',':
			d.pos++
		case '}':
			d.pos++
			return d.finish(base), nil
		default:
			return nil, d.fail(d.pos, "expected ',' or '}' but found "+d.here())
		}
	}
}

// finish moves the members that were read since base into a map of their size.
func (d *decoder) finish(base int) map[string]any {
	members := d.members[base:]
	object := d.memory.object(len(members))
	for i := range members {
		object[members[i].key] = members[i].value
	}
	if len(object) < len(members) {
		clear(object)
		for i := range members {
			if _, seen := object[members[i].key]; seen {
				d.repeated = append(d.repeated, members[i].at)
				continue
			}
			object[members[i].key] = members[i].value
		}
	}
	clear(members)
	d.members = d.members[:base]
	return object
}

func (d *decoder) unclosed(what string, start int) string {
	line, column := position(d.text, start)
	return fmt.Sprintf("the %s that starts at line %d, column %d is not closed", what, line, column)
}

func (d *decoder) array(depth int) (any, error) {
	start := d.pos
	if depth > MaxDepth {
		return nil, d.fail(start, fmt.Sprintf("objects and arrays are nested more than %d deep", MaxDepth))
	}
	d.pos++
	base := len(d.items)
	d.space()
	if d.pos < len(d.text) && d.text[d.pos] == ']' {
		d.pos++
		return []any{}, nil
	}
	for index := 0; ; index++ {
		d.space()
		value, err := d.value(depth)
		if err != nil {
			return nil, within(err, strconv.Itoa(index))
		}
		if err := d.spend(costOfItem); err != nil {
			return nil, within(err, strconv.Itoa(index))
		}
		d.items = append(d.items, value)
		d.space()
		if d.pos >= len(d.text) {
			return nil, d.fail(d.pos, d.unclosed("array", start))
		}
		switch d.text[d.pos] {
		case ',':
			d.pos++
		case ']':
			d.pos++
			items := d.memory.array(d.items[base:])
			clear(d.items[base:])
			d.items = d.items[:base]
			return items, nil
		default:
			return nil, d.fail(d.pos, "expected ',' or ']' but found "+d.here())
		}
	}
}

func (d *decoder) number() (any, error) {
	start := d.pos
	digits := func() bool {
		from := d.pos
		for d.pos < len(d.text) && d.text[d.pos] >= '0' && d.text[d.pos] <= '9' {
			d.pos++
		}
		return d.pos > from
	}
	if d.text[d.pos] == '-' {
		d.pos++
	}
	from := d.pos
	if !digits() {
		return nil, d.fail(d.pos, "a number lacks its digits")
	}
	if d.text[from] == '0' && d.pos > from+1 {
		return nil, d.fail(from, "a number must not start with a zero")
	}
	if d.pos < len(d.text) && d.text[d.pos] == '.' {
		d.pos++
		if !digits() {
			return nil, d.fail(d.pos, "a number lacks its digits after the point")
		}
	}
	if d.pos < len(d.text) && (d.text[d.pos] == 'e' || d.text[d.pos] == 'E') {
		d.pos++
		if d.pos < len(d.text) && (d.text[d.pos] == '+' || d.text[d.pos] == '-') {
			d.pos++
		}
		if !digits() {
			return nil, d.fail(d.pos, "a number lacks its exponent")
		}
	}
	return json.Number(d.text[start:d.pos]), nil
}

func (d *decoder) boxedString() (any, error) {
	s, err := d.string()
	if err != nil {
		return nil, err
	}
	return s, nil
}

// string reads a string that starts at the reading position. Without escapes it is a part of the text, not a copy.
func (d *decoder) string() (string, error) {
	start := d.pos + 1
	text := d.text
	for i := start + plain(text[start:]); i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			d.pos = i + 1
			return text[start:i], nil
		case c == '\\':
			return d.escaped(start, i)
		case c < 0x20:
			return "", d.fail(i, fmt.Sprintf("the control character %q must be escaped in a string", c))
		}
	}
	return "", d.fail(start-1, "the string is not closed")
}
