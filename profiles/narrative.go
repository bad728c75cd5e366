package profiles

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// narrative judges the XHTML of a Narrative: well-formed XML, a div in the XHTML namespace, only the elements and
// attributes that the published text of txt-1 lists (R4, Narrative.div), something to read (txt-2), and links that lead
// somewhere.
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
	text    string
	depth   int
	content bool
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
			x.depth++
		case xml.EndElement:
			x.depth--
			ended = x.depth == 0
		case xml.CharData:
			x.content = x.content || strings.Trim(string(t), " \t\r\n") != ""
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
	case x.depth == 0 && name != "div":
		return RuleNarrative, "must be a <div> element"
	case t.Name.Space != xhtmlNamespace:
		return RuleNarrative, "must be in the namespace " + xhtmlNamespace
	case !allowedElement(name):
		return "txt-1", fmt.Sprintf("must not have the element <%s>", name)
	case x.depth > deepestMarkup:
		return RuleNarrative, "is nested too deeply"
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
		if scheme := schemeOf(lower); name == "href" && scheme != "" && !followable(scheme) {
			return RuleNarrative, fmt.Sprintf("has a link with the scheme %q, which no reader can follow", scheme)
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
