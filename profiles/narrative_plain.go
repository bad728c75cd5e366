package profiles

import (
	"strings"
	"unicode/utf8"
)

// plainNarrative says whether a narrative is surely as it must be: elements and attributes in their simplest form, no link and
// no place that a link may lead to, and something to read. It is a quick way past the reader of XML for most narratives; what
// it does not know is left to that one.
func plainNarrative(text string) bool {
	const opening = `<div xmlns="` + xhtmlNamespace + `"`
	if !strings.HasPrefix(text, opening) {
		return false
	}
	p := plainMarkup{text: text, pos: len(opening)}
	if !p.attributes("div") {
		return false
	}
	for p.depth > 0 {
		if p.pos >= len(text) {
			return false
		}
		if text[p.pos] != '<' {
			if !p.read() {
				return false
			}
			continue
		}
		p.pos++
		if !p.tag() {
			return false
		}
	}
	return p.pos == len(text) && p.content && (!p.foreign || utf8.ValidString(text))
}

// plainMarkup reads the simplest XHTML.
type plainMarkup struct {
	text string
	pos  int
	open [32]string
	// depth is how many elements are open.
	depth int
	// content says that there is something to read; foreign that there are characters beyond ASCII.
	content, foreign bool
}

// name reads a name of small letters and digits.
func (p *plainMarkup) name() string {
	start := p.pos
	for p.pos < len(p.text) && (p.text[p.pos] >= 'a' && p.text[p.pos] <= 'z' || p.pos > start && p.text[p.pos] >= '0' && p.text[p.pos] <= '9') {
		p.pos++
	}
	return p.text[start:p.pos]
}

// next passes over a character, if it is the one that comes next.
func (p *plainMarkup) next(c byte) bool {
	if p.pos >= len(p.text) || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// tag reads what follows the "<" of a tag.
func (p *plainMarkup) tag() bool {
	if p.next('/') {
		if p.name() != p.open[p.depth-1] || !p.next('>') {
			return false
		}
		p.depth--
		return true
	}
	name := p.name()
	return allowedElement(name) && name != "a" && misnested(p.open[p.depth-1], name) == "" && p.attributes(name)
}

// attributes reads the attributes of an element and the end of its tag.
func (p *plainMarkup) attributes(element string) bool {
	var names [8]string
	for count := 0; ; count++ {
		start := p.pos
		for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
			p.pos++
		}
		switch {
		case p.next('>'):
			if p.depth == len(p.open) {
				return false
			}
			p.open[p.depth] = element
			p.depth++
			return true
		case p.next('/'):
			return p.depth > 0 && p.next('>')
		case p.pos == start || count == len(names):
			return false
		}
		name := p.name()
		switch name {
		case "href", "src", "id", "name":
			return false
		}
		for _, other := range names[:count] {
			if other == name {
				return false
			}
		}
		names[count] = name
		if !allowedAttribute(name) || !p.next('=') || !p.next('"') {
			return false
		}
		for !p.next('"') {
			if p.pos >= len(p.text) || p.text[p.pos] == '<' || p.text[p.pos] == '&' || !p.character() {
				return false
			}
		}
	}
}

// read reads one character of text.
func (p *plainMarkup) read() bool {
	c := p.text[p.pos]
	if !isSpace(c) && holdsOnly(p.open[p.depth-1]) {
		return false
	}
	if c == '&' {
		for _, entity := range []string{"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"} {
			if strings.HasPrefix(p.text[p.pos:], entity) {
				p.pos += len(entity)
				p.content = true
				return true
			}
		}
		return false
	}
	if c == ']' && strings.HasPrefix(p.text[p.pos:], "]]>") {
		return false
	}
	p.content = p.content || !isSpace(c)
	return p.character()
}

// character passes over a byte that XML allows. Of the last characters of Unicode's first plane, some of which it does not, it
// knows none.
func (p *plainMarkup) character() bool {
	c := p.text[p.pos]
	if c < ' ' && !isSpace(c) || c == 0xEF && p.pos+1 < len(p.text) && p.text[p.pos+1] == 0xBF {
		return false
	}
	p.foreign = p.foreign || c >= utf8.RuneSelf
	p.pos++
	return true
}
