package profiles

import (
	"fmt"
	"html"
	"strings"

	"concord.example/concord/internal/result"
)

// narrative judges the XHTML of a Narrative: well formed, a div in the XHTML namespace, only the elements and attributes
// that section 2.4.0 of the R4 specification allows (txt-1), and something to read (txt-2).
func (j *judge) narrative(n *node, v any) {
	s, ok := v.(string)
	if !ok {
		return
	}
	x := xhtml{text: s}
	rule, problem := x.check()
	if problem == "" || j.failing(result.SeverityError) {
		return
	}
	j.report(n, note{
		rule: rule, severity: result.SeverityError, code: codeInvalid, message: fmt.Sprintf("%s %s", n.label(), problem), actual: s,
	})
}

// xhtml reads the narrative once, without building a tree.
type xhtml struct {
	text    string
	pos     int
	open    []string
	content bool
}

const (
	xhtmlNamespace = "http://www.w3.org/1999/xhtml"
	deepestMarkup  = 500
)

func (x *xhtml) check() (rule, problem string) {
	x.text = strings.TrimSpace(x.text)
	if !strings.HasPrefix(x.text, "<div") {
		return RuleNarrative, "must be a <div> element"
	}
	for x.pos < len(x.text) {
		if x.text[x.pos] != '<' {
			if problem := x.characters(); problem != "" {
				return RuleNarrative, problem
			}
			continue
		}
		rule, problem := x.markup()
		if problem != "" {
			return rule, problem
		}
		if len(x.open) == 0 && strings.TrimSpace(x.text[x.pos:]) != "" {
			return RuleNarrative, "goes on after its <div>"
		}
	}
	if len(x.open) > 0 {
		return RuleNarrative, fmt.Sprintf("does not close <%s>", x.open[len(x.open)-1])
	}
	if !x.content {
		return "txt-2", "has nothing to read: there is no text and no image in it"
	}
	return "", ""
}

// characters reads text up to the next markup.
func (x *xhtml) characters() string {
	end := strings.IndexByte(x.text[x.pos:], '<')
	if end < 0 {
		end = len(x.text) - x.pos
	}
	s := x.text[x.pos : x.pos+end]
	x.pos += end
	if problem := checkEntities(s); problem != "" {
		return problem
	}
	if !x.content && strings.TrimSpace(strings.ReplaceAll(s, "&nbsp;", " ")) != "" {
		x.content = true
	}
	return ""
}

// checkEntities checks that every & starts an entity of XHTML or a character reference.
func checkEntities(s string) string {
	for {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			return ""
		}
		s = s[i:]
		end := strings.IndexByte(s, ';')
		if end < 2 || end > 32 || strings.ContainsAny(s[:end], " \t\r\n<") {
			return "has an & that starts no entity; write &amp;"
		}
		entity := s[:end+1]
		if html.UnescapeString(entity) == entity {
			return fmt.Sprintf("has the entity %s, which XHTML does not have", entity)
		}
		s = s[end+1:]
	}
}

// markup reads one tag, comment or instruction.
func (x *xhtml) markup() (rule, problem string) {
	rest := x.text[x.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		end := strings.Index(rest[4:], "-->")
		if end < 0 {
			return RuleNarrative, "has a comment that is not closed"
		}
		x.pos += 4 + end + 3
		return "", ""
	case strings.HasPrefix(rest, "<![CDATA["):
		end := strings.Index(rest, "]]>")
		if end < 0 {
			return RuleNarrative, "has a CDATA section that is not closed"
		}
		x.content = x.content || strings.TrimSpace(rest[9:end]) != ""
		x.pos += end + 3
		return "", ""
	case strings.HasPrefix(rest, "<!"), strings.HasPrefix(rest, "<?"):
		return "txt-1", "must not have declarations or processing instructions"
	case strings.HasPrefix(rest, "</"):
		return x.closing(rest)
	default:
		return x.opening(rest)
	}
}

func (x *xhtml) closing(rest string) (rule, problem string) {
	end := strings.IndexByte(rest, '>')
	if end < 0 {
		return RuleNarrative, "has a tag that is not closed"
	}
	name := strings.TrimSpace(rest[2:end])
	if len(x.open) == 0 || x.open[len(x.open)-1] != name {
		return RuleNarrative, fmt.Sprintf("closes <%s>, which is not the element that is open", name)
	}
	x.open = x.open[:len(x.open)-1]
	x.pos += end + 1
	return "", ""
}

func (x *xhtml) opening(rest string) (rule, problem string) {
	i := 1
	for i < len(rest) && isNameByte(rest[i]) {
		i++
	}
	name := rest[1:i]
	if name == "" {
		return RuleNarrative, "has a < that starts no element; write &lt;"
	}
	if !allowedElement(name) {
		return "txt-1", fmt.Sprintf("must not have the element <%s>", name)
	}
	if name == "img" {
		x.content = true
	}
	if len(x.open) == 0 && name != "div" {
		return RuleNarrative, "must be a <div> element"
	}
	root, namespaced := len(x.open) == 0, false
	for {
		for i < len(rest) && isSpace(rest[i]) {
			i++
		}
		if i >= len(rest) {
			return RuleNarrative, "has a tag that is not closed"
		}
		if rest[i] == '>' {
			i++
			x.open = append(x.open, name)
			break
		}
		if strings.HasPrefix(rest[i:], "/>") {
			i += 2
			break
		}
		attribute, value, length, wrong := readAttribute(rest[i:])
		if wrong != "" {
			return RuleNarrative, wrong
		}
		if attribute == "xmlns" {
			namespaced = value == xhtmlNamespace
			if !namespaced {
				return RuleNarrative, "must be in the namespace " + xhtmlNamespace
			}
		} else if rule, problem := allowedAttribute(name, attribute, value); problem != "" {
			return rule, problem
		}
		i += length
	}
	if root && !namespaced {
		return RuleNarrative, "must be in the namespace " + xhtmlNamespace
	}
	if len(x.open) > deepestMarkup {
		return RuleNarrative, "is nested too deeply"
	}
	x.pos += i
	return "", ""
}

func readAttribute(s string) (name, value string, length int, problem string) {
	i := 0
	for i < len(s) && isNameByte(s[i]) {
		i++
	}
	name = s[:i]
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if name == "" || i >= len(s) || s[i] != '=' {
		return "", "", 0, "has an attribute without a value"
	}
	i++
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '"' && s[i] != '\'' {
		return "", "", 0, fmt.Sprintf("has the attribute %s without quotes", name)
	}
	end := strings.IndexByte(s[i+1:], s[i])
	if end < 0 {
		return "", "", 0, fmt.Sprintf("has the attribute %s, whose quotes are not closed", name)
	}
	value = s[i+1 : i+1+end]
	if strings.Contains(value, "<") {
		return "", "", 0, fmt.Sprintf("has a < in the attribute %s", name)
	}
	return name, value, i + end + 2, checkEntities(value)
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == ':' || c == '.'
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// allowedElement lists the elements of XHTML 1.0 that a narrative may use: chapters 7 to 11 (without section 4 of
// chapter 9) and 15, with links, images, tables, and styles of text.
func allowedElement(name string) bool {
	switch name {
	case "p", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "a", "span", "b", "em", "i", "strong", "small", "big",
		"tt", "dfn", "q", "var", "abbr", "acronym", "cite", "blockquote", "hr", "ul", "ol", "li", "dl", "dt", "dd", "pre",
		"table", "caption", "colgroup", "col", "thead", "tr", "tfoot", "tbody", "th", "td", "code", "samp", "img", "map",
		"area", "sub", "sup", "ins", "del", "address", "bdo", "kbd", "label", "center", "u", "s", "strike", "font":
		return true
	default:
		return false
	}
}

func allowedAttribute(element, name, value string) (rule, problem string) {
	lower := strings.ToLower(strings.TrimSpace(value))
	if (name == "href" || name == "src") && (strings.HasPrefix(lower, "javascript:") || strings.HasPrefix(lower, "vbscript:")) {
		return "txt-1", fmt.Sprintf("must not have active content in %s", name)
	}
	if scheme := schemeOf(lower); name == "href" && scheme != "" && !followable(scheme) {
		return RuleNarrative, fmt.Sprintf("has a link with the scheme %q, which no reader can follow", scheme)
	}
	if strings.HasPrefix(name, "xml:") || strings.HasPrefix(name, "xmlns:") {
		return "", ""
	}
	switch name {
	case "title", "style", "class", "id", "lang", "dir", "accesskey", "tabindex", "name":
		return "", ""
	}
	if slot, ok := strings.CutPrefix(name, "on"); ok && slot != "" {
		return "txt-1", fmt.Sprintf("must not have the event attribute %s", name)
	}
	switch element + " " + name {
	case "a href", "a rel", "a rev", "a charset", "a type", "a hreflang", "a shape", "a coords", "a target",
		"img src", "img alt", "img longdesc", "img height", "img width", "img usemap", "img ismap", "img border", "img align",
		"area shape", "area coords", "area href", "area nohref", "area alt",
		"table summary", "table width", "table border", "table frame", "table rules", "table cellspacing", "table cellpadding",
		"q cite", "blockquote cite", "del cite", "del datetime", "ins cite", "ins datetime", "bdo dir",
		"ol type", "ol start", "ul type", "li value", "li type", "pre space", "br clear", "font color", "font size", "font face":
		return "", ""
	}
	switch element {
	case "table", "tr", "td", "th", "thead", "tbody", "tfoot", "col", "colgroup", "caption", "p", "div", "hr", "h1", "h2", "h3", "h4", "h5", "h6":
		switch name {
		case "align", "valign", "char", "charoff", "abbr", "axis", "headers", "scope", "rowspan", "colspan", "span", "width", "height", "nowrap", "bgcolor", "border", "size", "noshade":
			return "", ""
		}
	}
	return "txt-1", fmt.Sprintf("must not have the attribute %s on <%s>", name, element)
}

// schemeOf returns the scheme of a URL, or "" for a relative one.
func schemeOf(url string) string {
	scheme, _, absolute := strings.Cut(url, ":")
	if !absolute || scheme == "" || strings.ContainsAny(scheme, "/?#.") {
		return ""
	}
	return scheme
}

// followable lists the schemes that links in a narrative may have, as HL7's reference validator has them.
func followable(scheme string) bool {
	switch scheme {
	case "http", "https", "mailto", "tel", "sms", "ftp", "data", "cid", "file":
		return true
	default:
		return false
	}
}
