package redact

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unit is one way to read what begins at a place: the bytes it stands for, and where it ends.
type unit struct {
	chunk string
	end   int
}

// introduces reports whether a byte may begin an escape.
func introduces(c byte) bool { return c == '\\' || c == '&' || c == '%' || c == '\'' || c == '"' }

// mayEscape reports whether an escape may begin at a place, so that most of a text need not be looked at closely.
func mayEscape(text string, at int) bool {
	if !introduces(text[at]) {
		return false
	}
	if at+1 == len(text) {
		return true
	}
	next := text[at+1]
	switch text[at] {
	case '%':
		return isHex(next) || introduces(next)
	case '&':
		return next == '#' || isAlphanumeric(next) || introduces(next)
	case '\\':
		return introduces(next) || strings.IndexByte("uUxntrbfav/$` ", next) >= 0
	default:
		return introduces(next)
	}
}

// read returns every way to read what begins at a place: as it is, and as an escape whose own characters may be escaped,
// up to so many times. upTo is the place before which lies all that was looked at; beyond the end of the text it says that
// the text ends inside what may be an escape.
func read(text string, at, depth int) (units []unit, upTo int) {
	if at >= len(text) {
		return nil, at + 1
	}
	plain := unit{text[at : at+1], at + 1}
	if depth == 0 {
		return []unit{plain}, at + 1
	}
	if !mayEscape(text, at) {
		return []unit{plain}, at + 2
	}
	units = append(make([]unit, 0, 4), plain)
	r := reader{text: text, depth: depth - 1}
	// What one layer makes of the beginning may introduce an escape of the next.
	for i, left := 0, depth; left > 0 && i < len(units); left-- {
		for layer := len(units); i < layer; i++ {
			if u := units[i]; len(u.chunk) == 1 && introduces(u.chunk[0]) {
				for _, one := range r.escape(u) {
					if !slices.Contains(units, one) {
						units = append(units, one)
					}
				}
			}
		}
	}
	return units, max(r.upTo, at+2)
}

// memory keeps what was read of the same few characters before, because texts repeat themselves.
type memory struct{ short, long map[string][]unit }

const (
	// A memory looks up what was read by so many characters, when no more had to be looked at.
	shortKey, longKey = 4, 16
	// mostKept bounds a memory.
	mostKept = 2048
)

func newMemory() *memory {
	return &memory{short: map[string][]unit{}, long: map[string][]unit{}}
}

// read is the function read at full depth, but the ends of units are counted from the place. cut says that the text ends
// inside what may be an escape.
func (m *memory) read(text string, at int) (units []unit, cut bool) {
	if at+longKey < len(text) {
		if known, ok := m.short[text[at:at+shortKey]]; ok {
			return known, false
		}
		if known, ok := m.long[text[at:at+longKey]]; ok {
			return known, false
		}
	}
	units, upTo := read(text, at, deepest)
	for i := range units {
		units[i].end -= at
	}
	by, size := m.long, longKey
	if upTo-at <= shortKey {
		by, size = m.short, shortKey
	}
	if at+longKey < len(text) && upTo-at <= size && len(by) < mostKept {
		known := make([]unit, len(units))
		for i, u := range units {
			known[i] = unit{strings.Clone(u.chunk), u.end}
		}
		by[strings.Clone(text[at:at+size])] = known
	}
	return units, upTo > len(text)
}

// reader reads characters of a text that may be escaped themselves.
type reader struct {
	text  string
	depth int
	// upTo is the place before which everything lies that was looked at.
	upTo int
}

// escape returns what an escape that begins with a unit may stand for.
func (r *reader) escape(begin unit) (units []unit) {
	switch begin.chunk[0] {
	case '%':
		if digits, end := r.take(begin.end, 2, isHex); len(digits) == 2 {
			units = append(units, unit{string([]byte{hex(digits)}), end})
		}
	case '&':
		units = r.entity(begin.end)
	case '\\':
		for _, u := range r.all(begin.end) {
			units = append(units, r.backslash(u.chunk, u.end)...)
		}
	case '\'':
		// A shell closes its quotes for one: '\\''. YAML doubles it.
		units = r.quotes(begin.end, "'", "\\''")
	case '"':
		units = r.quotes(begin.end, `"`)
	}
	return units
}

// quotes reads what stands behind a quote that is doubled, in one of some ways. Hardly anybody doubles doubled quotes.
func (r *reader) quotes(at int, ways ...string) (units []unit) {
	inner := reader{text: r.text, depth: min(r.depth, 1)}
	defer func() { r.upTo = max(r.upTo, inner.upTo) }()
	for _, way := range ways {
		ends := []int{at}
		for i := range len(way) {
			var next []int
			for _, end := range ends {
				for _, u := range inner.all(end) {
					if u.chunk == way[i:i+1] {
						next = append(next, u.end)
					}
				}
			}
			ends = next
		}
		for _, end := range ends {
			units = append(units, unit{way[len(way)-1:], end})
		}
	}
	return units
}

// all returns every way to read the next character.
func (r *reader) all(at int) []unit {
	units, upTo := read(r.text, at, r.depth)
	r.upTo = max(r.upTo, upTo)
	return units
}

// next reads one character, 0 at the end and for one that no escape is made of.
func (r *reader) next(at int) (c byte, end int) {
	if at < len(r.text) && !introduces(r.text[at]) {
		r.upTo = max(r.upTo, at+1)
		return r.text[at], at + 1
	}
	units := r.all(at)
	if len(units) == 0 {
		return 0, at
	}
	last := units[len(units)-1]
	if len(last.chunk) != 1 {
		return 0, at
	}
	return last.chunk[0], last.end
}

// take reads up to so many characters of a kind.
func (r *reader) take(at, most int, kind func(byte) bool) (text string, end int) {
	var b strings.Builder
	for b.Len() < most {
		c, next := r.next(at)
		if !kind(c) {
			break
		}
		b.WriteByte(c)
		at = next
	}
	return b.String(), at
}

// backslash reads a character that follows a backslash in JSON, JavaScript and Go.
func (r *reader) backslash(c string, end int) []unit {
	switch c {
	case "u", "U", "x":
		return r.numbered(c[0], end)
	case "n", "t", "r", "b", "f", "a", "v":
		return []unit{{string("\n\t\r\b\f\a\v"[strings.IndexByte("ntrbfav", c[0])]), end}}
	case `"`, `\`, "/", "'", "&", "%", "$", "`", " ":
		return []unit{{c, end}}
	default:
		return nil
	}
}

func (r *reader) numbered(kind byte, at int) []unit {
	size := map[byte]int{'u': 4, 'U': 8, 'x': 2}[kind]
	digits, end := r.take(at, size, isHex)
	if len(digits) < size {
		if c, inside := r.next(at); c == '{' && kind == 'u' {
			digits, end = r.take(inside, 6, isHex)
			if c, end = r.next(end); c != '}' {
				return nil
			}
			return code(digits, 16, end)
		}
		return nil
	}
	if kind == 'x' {
		// A byte in Go, a character of Latin-1 in JavaScript.
		return append(code(digits, 16, end), unit{string([]byte{hex(digits)}), end})
	}
	number, _ := strconv.ParseInt(digits, 16, 32) // too large a number is no surrogate
	if kind != 'u' || !utf16.IsSurrogate(rune(number)) {
		return code(digits, 16, end)
	}
	for _, u := range r.all(end) {
		if c, second := r.next(u.end); u.chunk == `\` && c == 'u' {
			low, end := r.take(second, 4, isHex)
			n, _ := strconv.ParseInt(low, 16, 32) // four digits, or it is not used
			if whole := utf16.DecodeRune(rune(number), rune(n)); len(low) == 4 && whole != utf8.RuneError {
				return []unit{{string(whole), end}}
			}
		}
	}
	return nil
}

// longestName is that of the longest entity of HTML.
const longestName = 32

// entity reads what follows an ampersand in HTML and XML.
func (r *reader) entity(at int) []unit {
	c, end := r.next(at)
	if c != '#' {
		name, end := r.take(at, longestName, isAlphanumeric)
		if c, behind := r.next(end); c == ';' {
			end = behind
		}
		// Entities that came before HTML 4 need no semicolon.
		for length := len(name); length > 1; length-- {
			if decoded := html.UnescapeString("&" + name[:length] + ";"); !strings.HasPrefix(decoded, "&"+name[:1]) {
				if length < len(name) {
					_, end = r.take(at, length, isAlphanumeric)
				}
				return []unit{{decoded, end}}
			}
			if length > 7 {
				length = 8
			}
		}
		return nil
	}
	base, kind := 10, isDigit
	if c, inside := r.next(end); c == 'x' || c == 'X' {
		base, kind, end = 16, isHex, inside
	}
	digits, end := r.take(end, longestName, kind)
	if c, behind := r.next(end); c == ';' {
		end = behind
	}
	return code(digits, base, end)
}

// code is the character with a number.
func code(digits string, base, end int) []unit {
	if digits != "" {
		digits = "0" + strings.TrimLeft(digits, "0")
	}
	number, err := strconv.ParseUint(digits, base, 32)
	if err != nil || number > utf8.MaxRune {
		return nil
	}
	return []unit{{string(rune(number)), end}}
}

func hex(digits string) byte {
	number, _ := strconv.ParseUint(digits, 16, 8) // two digits, as was seen
	return byte(number)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
