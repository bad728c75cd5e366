package fhirpath

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenIdentifier
	tokenDelimited // `identifier`
	tokenString
	tokenNumber   // Integer, Long or Decimal in item
	tokenTemporal // Date, DateTime or Time in item
	tokenSymbol   // punctuation and operators
)

type token struct {
	kind tokenKind
	pos  int
	text string
	item Item
}

// describe names the token for error messages.
func (t token) describe() string {
	switch t.kind {
	case tokenEnd:
		return "the end of the expression"
	case tokenString:
		return "a string"
	case tokenIdentifier, tokenDelimited, tokenNumber, tokenTemporal, tokenSymbol:
	}
	return strconv.Quote(t.text)
}

// lexer turns an expression into tokens.
type lexer struct {
	source string
	pos    int
	tokens []token
}

func tokenize(source string) ([]token, error) {
	l := &lexer{source: source}
	if i := invalidUTF8(source); i >= 0 {
		return nil, l.fail(i, "the text is not valid UTF-8")
	}
	for {
		if err := l.skipSpace(); err != nil {
			return nil, err
		}
		if l.pos >= len(source) {
			l.tokens = append(l.tokens, token{kind: tokenEnd, pos: l.pos})
			return l.tokens, nil
		}
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		l.tokens = append(l.tokens, t)
	}
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

func (l *lexer) fail(pos int, message string) error {
	return newError(Syntax, l.source, pos, message)
}

func (l *lexer) at(i int) byte {
	if i < len(l.source) {
		return l.source[i]
	}
	return 0
}

// skipSpace skips white space and comments.
func (l *lexer) skipSpace() error {
	for l.pos < len(l.source) {
		switch c := l.source[l.pos]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			l.pos++
		case c == '/' && l.at(l.pos+1) == '/':
			for l.pos < len(l.source) && l.source[l.pos] != '\n' && l.source[l.pos] != '\r' {
				l.pos++
			}
		case c == '/' && l.at(l.pos+1) == '*':
			end := strings.Index(l.source[l.pos+2:], "*/")
			if end < 0 {
				return l.fail(l.pos, "this comment is not closed; */ is missing")
			}
			l.pos += end + 4
		default:
			return nil
		}
	}
	return nil
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func (l *lexer) next() (token, error) {
	start := l.pos
	switch c := l.source[start]; {
	case letter(c):
		return l.identifier(), nil
	case digit(c):
		return l.number()
	case c == '\'':
		s, err := l.quoted('\'', "string")
		return token{kind: tokenString, pos: start, text: s}, err
	case c == '`':
		s, err := l.quoted('`', "identifier")
		return token{kind: tokenDelimited, pos: start, text: s}, err
	case c == '@':
		return l.temporal()
	case c == '$':
		l.pos++
		if !letter(l.at(l.pos)) {
			return token{}, l.fail(start, "$this, $index or $total is needed")
		}
		t := l.identifier()
		return token{kind: tokenSymbol, pos: start, text: "$" + t.text}, nil
	}
	for _, two := range [...]string{"<=", ">=", "!=", "!~"} {
		if strings.HasPrefix(l.source[start:], two) {
			l.pos += 2
			return token{kind: tokenSymbol, pos: start, text: two}, nil
		}
	}
	if strings.IndexByte("+-*/&|<>=~()[]{}.,%", l.source[start]) >= 0 {
		l.pos++
		return token{kind: tokenSymbol, pos: start, text: l.source[start:l.pos]}, nil
	}
	r, _ := utf8.DecodeRuneInString(l.source[start:])
	return token{}, l.fail(start, "unexpected character "+strconv.QuoteRune(r))
}

func (l *lexer) identifier() token {
	start := l.pos
	for letter(l.at(l.pos)) || digit(l.at(l.pos)) {
		l.pos++
	}
	return token{kind: tokenIdentifier, pos: start, text: l.source[start:l.pos]}
}

func (l *lexer) digits() {
	for digit(l.at(l.pos)) {
		l.pos++
	}
}

func (l *lexer) number() (token, error) {
	start := l.pos
	l.digits()
	if l.at(l.pos) == '.' && digit(l.at(l.pos+1)) {
		l.pos++
		l.digits()
		text := l.source[start:l.pos]
		d, ok := ParseDecimal(text)
		if !ok {
			return token{}, l.fail(start, "the number has too many digits")
		}
		return token{kind: tokenNumber, pos: start, text: text, item: DecimalItem(d)}, nil
	}
	text := l.source[start:l.pos]
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return token{}, l.fail(start, "the whole number is out of range")
	}
	if l.at(l.pos) == 'L' && !letter(l.at(l.pos+1)) && !digit(l.at(l.pos+1)) {
		l.pos++
		return token{kind: tokenNumber, pos: start, text: text, item: longItem(n)}, nil
	}
	if n > math.MaxInt32 {
		return token{kind: tokenNumber, pos: start, text: text, item: longItem(n)}, nil
	}
	return token{kind: tokenNumber, pos: start, text: text, item: Integer(n)}, nil
}

// temporal reads a date, dateTime or time literal and checks it against the calendar.
func (l *lexer) temporal() (token, error) {
	start := l.pos
	l.pos++
	var t Temporal
	var ok bool
	if l.at(l.pos) == 'T' {
		l.pos++
		l.clock()
		t, ok = parseTime(l.source[start+2 : l.pos])
	} else {
		l.calendar()
		if l.at(l.pos) == 'T' {
			l.pos++
			if l.clock() {
				l.zone()
			}
			t, ok = parseDateTime(l.source[start+1 : l.pos])
		} else {
			t, ok = parseDate(l.source[start+1 : l.pos])
		}
	}
	text := l.source[start:l.pos]
	if !ok {
		return token{}, l.fail(start, strconv.Quote(text)+" is not a date or time; @yyyy-MM-dd, @yyyy-MM-ddThh:mm:ss.fff+hh:mm or @Thh:mm:ss.fff is needed")
	}
	return token{kind: tokenTemporal, pos: start, text: text, item: temporalItem(t)}, nil
}

// calendar skips yyyy-MM-dd as far as it is there.
func (l *lexer) calendar() {
	l.digits()
	for range 2 {
		if l.at(l.pos) != '-' || !digit(l.at(l.pos+1)) || !digit(l.at(l.pos+2)) {
			return
		}
		l.pos += 3
	}
}

// clock skips hh:mm:ss.f as far as it is there and reports whether anything was.
func (l *lexer) clock() bool {
	if !digit(l.at(l.pos)) {
		return false
	}
	l.digits()
	for range 2 {
		if l.at(l.pos) != ':' || !digit(l.at(l.pos+1)) {
			return true
		}
		l.pos++
		l.digits()
	}
	if l.at(l.pos) == '.' && digit(l.at(l.pos+1)) {
		l.pos++
		l.digits()
	}
	return true
}

func (l *lexer) zone() {
	switch c := l.at(l.pos); {
	case c == 'Z':
		l.pos++
	case (c == '+' || c == '-') && digit(l.at(l.pos+1)) && digit(l.at(l.pos+2)) && l.at(l.pos+3) == ':':
		l.pos += 4
		l.digits()
	}
}

// quoted reads a string or delimited identifier with its escapes.
func (l *lexer) quoted(quote byte, what string) (string, error) {
	start := l.pos
	l.pos++
	plain := l.pos
	for l.pos < len(l.source) && l.source[l.pos] != quote && l.source[l.pos] != '\\' {
		l.pos++
	}
	if l.at(l.pos) == quote && l.pos < len(l.source) {
		l.pos++
		return l.source[plain : l.pos-1], nil
	}
	b := []byte(l.source[plain:l.pos])
	for l.pos < len(l.source) {
		switch c := l.source[l.pos]; c {
		case quote:
			l.pos++
			return string(b), nil
		case '\\':
			b = l.escape(b)
		default:
			b = append(b, c)
			l.pos++
		}
	}
	return "", l.fail(start, "this "+what+" is not closed")
}

// escape appends the character of an escape sequence; a backslash before anything else is dropped, as the specification says.
func (l *lexer) escape(b []byte) []byte {
	l.pos++
	c := l.at(l.pos)
	if l.pos < len(l.source) && c != 'u' {
		l.pos++
	}
	switch c {
	case 0:
		return b
	case 'n':
		return append(b, '\n')
	case 'r':
		return append(b, '\r')
	case 't':
		return append(b, '\t')
	case 'f':
		return append(b, '\f')
	case 'u':
		r, ok := l.hex(l.pos + 1)
		if !ok {
			l.pos++
			return append(b, 'u')
		}
		l.pos += 5
		if utf16.IsSurrogate(r) && l.at(l.pos) == '\\' && l.at(l.pos+1) == 'u' {
			if low, ok := l.hex(l.pos + 2); ok {
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					l.pos += 6
					r = pair
				}
			}
		}
		return utf8.AppendRune(b, r)
	}
	return append(b, c)
}

func (l *lexer) hex(i int) (rune, bool) {
	if i+4 > len(l.source) {
		return 0, false
	}
	n, err := strconv.ParseUint(l.source[i:i+4], 16, 32)
	return rune(n), err == nil //nolint:gosec // four hexadecimal digits
}
