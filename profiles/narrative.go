package profiles

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// narrative judges the XHTML of a Narrative: well-formed XML, a div in the XHTML namespace, only the elements and
// attributes that the published text of txt-1 lists (R4, Narrative.div), each where HTML 4.0 has it, something to read
// (txt-2), and links that lead somewhere.
func (j *judge) narrative(n *node, v any) {
	s, ok := v.(string)
	if !ok {
		return
	}
	if plainNarrative(strings.TrimSpace(s)) {
		return
	}
	x := xhtml{text: s}
	if rule, problem := x.check(); problem != "" {
		if !j.failing(result.SeverityError) {
			j.report(n, note{
				rule: rule, severity: result.SeverityError, code: codeInvalid, message: fmt.Sprintf("%s %s", n.label(), problem), actual: s,
			})
		}
		return
	}
	for _, scheme := range x.schemes {
		if j.failing(result.SeverityWarning) {
			break
		}
		j.report(n, note{
			rule: RuleNarrative, severity: result.SeverityWarning, code: codeInvalid, actual: scheme,
			message: fmt.Sprintf("%s has a link with the scheme %q, which few readers can follow", n.label(), scheme),
		})
	}
	for _, target := range x.links {
		if j.anchored(&x, target) || j.failing(result.SeverityWarning) {
			continue
		}
		j.report(n, note{
			rule: RuleNarrative, severity: result.SeverityWarning, code: codeNotFound, actual: "#" + target,
			message: fmt.Sprintf("%s has a link to #%s, which is neither in the narrative nor in the resource", n.label(), target),
		})
	}
}

// xhtml reads a narrative once, without building a tree.
type xhtml struct {
	text string
	// open are the names of the elements that have begun and not ended.
	open    []string
	content bool
	// schemes are those of links that few readers follow.
	schemes []string
	// links are the places in the document that links and images lead to, anchors the places that it has.
	links, anchors []string
}

const (
	xhtmlNamespace = "http://www.w3.org/1999/xhtml"
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	deepestMarkup  = 500
)

func (x *xhtml) check() (rule, problem string) {
	x.text = strings.TrimSpace(x.text)
	if !strings.HasPrefix(x.text, "<") {
		return RuleNarrative, "must be a <div> element"
	}
	if problem := checkReferences(x.text); problem != "" {
		return RuleNarrative, problem
	}
	decoder := xml.NewDecoder(strings.NewReader(x.text))
	ended := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return RuleNarrative, "is not well-formed XML: " + syntaxProblem(err)
		}
		if ended {
			return RuleNarrative, "goes on after its <div>"
		}
		switch t := token.(type) {
		case xml.StartElement:
			rule, problem = x.opening(t)
			x.open = append(x.open, t.Name.Local)
		case xml.EndElement:
			x.open = x.open[:len(x.open)-1]
			ended = len(x.open) == 0
		case xml.CharData:
			if strings.Trim(string(t), " \t\r\n") != "" && len(x.open) > 0 {
				x.content = true
				rule, problem = RuleNarrative, misnested(x.open[len(x.open)-1], "")
			}
		case xml.ProcInst, xml.Directive:
			rule, problem = "txt-1", "must not have declarations or processing instructions"
		}
		if problem != "" {
			return rule, problem
		}
	}
	if !x.content {
		return "txt-2", "has nothing to read: there is no text and no image in it"
	}
	return "", ""
}

// syntaxProblem is what the reader of XML said, in our own words around it.
func syntaxProblem(err error) string {
	var syntax *xml.SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	if strings.HasPrefix(syntax.Msg, "invalid character entity") {
		return strings.TrimPrefix(syntax.Msg, "invalid character entity ") +
			" is no entity of XML; write the character itself or its number (R4 2.4: no HTML entities)"
	}
	return syntax.Msg
}

// checkReferences checks that numeric character references are of characters that XML 1.0 allows (production Char).
func checkReferences(s string) string {
	for {
		i := strings.Index(s, "&#")
		if i < 0 {
			return ""
		}
		s = s[i+2:]
		digits, _, closed := strings.Cut(s, ";")
		base, number := 10, digits
		if hex, ok := strings.CutPrefix(digits, "x"); ok {
			base, number = 16, hex
		}
		c, err := strconv.ParseUint(number, base, 32)
		if !closed || err != nil {
			return "is not well-formed XML: &# starts no character reference"
		}
		if c != '\t' && c != '\n' && c != '\r' && (c < ' ' || c > 0xD7FF && c < 0xE000 || c == 0xFFFE || c == 0xFFFF || c > 0x10FFFF) {
			return fmt.Sprintf("is not well-formed XML: &#%s; is a character that XML does not allow", digits)
		}
	}
}

func (x *xhtml) opening(t xml.StartElement) (rule, problem string) {
	name := t.Name.Local
	switch {
	case len(x.open) == 0 && name != "div":
		return RuleNarrative, "must be a <div> element"
	case t.Name.Space != xhtmlNamespace:
		return RuleNarrative, "must be in the namespace " + xhtmlNamespace
	case !allowedElement(name):
		return "txt-1", fmt.Sprintf("must not have the element <%s>", name)
	case len(x.open) > deepestMarkup:
		return RuleNarrative, "is nested too deeply"
	}
	if len(x.open) > 0 {
		if problem := misnested(x.open[len(x.open)-1], name); problem != "" {
			return RuleNarrative, problem
		}
	}
	if name == "a" && slices.Contains(x.open, "a") {
		return RuleNarrative, "has a link inside a link"
	}
	for i, a := range t.Attr {
		for _, other := range t.Attr[:i] {
			if other.Name == a.Name {
				return RuleNarrative, fmt.Sprintf("is not well-formed XML: <%s> has the attribute %s twice", name, a.Name.Local)
			}
		}
		if rule, problem := x.attribute(name, a); problem != "" {
			return rule, problem
		}
	}
	return "", ""
}

func (x *xhtml) attribute(element string, a xml.Attr) (rule, problem string) {
	name := a.Name.Local
	switch {
	case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns":
		return "", ""
	case a.Name.Space == xmlNamespace || a.Name.Space == "xml":
		if name == "lang" || name == "space" {
			return "", ""
		}
		name = "xml:" + name
	case a.Name.Space != "":
		name = a.Name.Space + ":" + name
	}
	if !allowedAttribute(name) {
		return "txt-1", fmt.Sprintf("must not have the attribute %s on <%s>", name, element)
	}
	lower := strings.ToLower(strings.TrimSpace(a.Value))
	switch name {
	case "href", "src":
		if strings.HasPrefix(lower, "javascript:") || strings.HasPrefix(lower, "vbscript:") {
			return "txt-1", fmt.Sprintf("must not have active content in %s", name)
		}
		if problem := badLink(a.Value); problem != "" {
			return RuleNarrative, fmt.Sprintf("has %s=%q, which %s", name, a.Value, problem)
		}
		switch scheme := schemeOf(lower); {
		case name != "href" || scheme == "" || followable(scheme):
		case scheme == "urn":
			return RuleNarrative, "has a link to a urn:, which names something and leads nowhere"
		default:
			x.schemes = append(x.schemes, scheme)
		}
		if target, local := strings.CutPrefix(a.Value, "#"); local && target != "" {
			x.links = append(x.links, target)
		}
		x.content = x.content || element == "img" && name == "src"
	case "id", "name":
		x.anchors = append(x.anchors, a.Value)
	}
	return "", ""
}

// anchored says whether a place that a narrative links to is in it, or in the resource that it tells of: an element or a
// contained resource with the id, or a place in another narrative.
func (j *judge) anchored(x *xhtml, target string) bool {
	for _, a := range x.anchors {
		if a == target {
			return true
		}
	}
	c := j.container()
	return c == nil || hasAnchor(c.obj, target)
}

func hasAnchor(v any, target string) bool {
	switch value := v.(type) {
	case map[string]any:
		if value["id"] == target {
			return true
		}
		if div, ok := value["div"].(string); ok {
			for _, form := range []string{` id="`, ` id='`, ` name="`, ` name='`} {
				if strings.Contains(div, form+target+form[len(form)-1:]) {
					return true
				}
			}
		}
		for _, child := range value {
			if hasAnchor(child, target) {
				return true
			}
		}
	case []any:
		for _, item := range value {
			if hasAnchor(item, target) {
				return true
			}
		}
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// allowedElement lists the elements that txt-1 allows in its published form.
func allowedElement(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "b", "big", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "dfn", "div",
		"dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "q", "samp", "small", "span",
		"strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var":
		return true
	default:
		return false
	}
}

// allowedAttribute lists the attributes that txt-1 allows in its published form.
func allowedAttribute(name string) bool {
	switch name {
	case "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellhalign", "cellpadding", "cellspacing", "cellvalign",
		"char", "charoff", "charset", "cite", "class", "colspan", "compact", "coords", "dir", "frame", "headers", "height", "href",
		"hreflang", "hspace", "id", "lang", "longdesc", "name", "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape", "span",
		"src", "start", "style", "summary", "tabindex", "title", "type", "valign", "value", "vspace", "width":
		return true
	default:
		return false
	}
}
