package fhirpath

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const xhtmlNamespace = "http://www.w3.org/1999/xhtml"

// CheckNarrative says why the text of a Narrative.div breaks FHIR's rules (R4, section 2.4.0, constraints txt-1 and txt-2), or nil.
// It must be well formed, a div in the XHTML namespace, hold only formatting elements and attributes, and have some content.
func CheckNarrative(div string) error {
	d := xml.NewDecoder(strings.NewReader(div))
	depth, content, roots := 0, false, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("narrative is not well-formed XHTML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
				if t.Name.Local != "div" || t.Name.Space != xhtmlNamespace {
					return fmt.Errorf("narrative must be a div in the namespace %s, found %q in %q", xhtmlNamespace, t.Name.Local, t.Name.Space)
				}
			}
			depth++
			if err := checkNarrativeElement(t); err != nil {
				return err
			}
			content = content || t.Name.Local == "img"
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 && strings.TrimSpace(string(t)) != "" {
				content = true
			}
		case xml.ProcInst, xml.Directive:
			return errors.New("narrative must not have processing instructions or a document type")
		}
	}
	switch {
	case roots != 1:
		return errors.New("narrative must be a single div")
	case !content:
		return errors.New("narrative must have some text or an image")
	}
	return nil
}

func checkNarrativeElement(t xml.StartElement) error {
	if t.Name.Space != xhtmlNamespace || !narrativeElement(t.Name.Local) {
		return fmt.Errorf("narrative must not have the element %q", t.Name.Local)
	}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || (a.Name.Space == "" && a.Name.Local == "xmlns") {
			continue
		}
		if !narrativeAttribute(a.Name.Local) {
			return fmt.Errorf("narrative must not have the attribute %q", a.Name.Local)
		}
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Value)), "javascript:") {
			return fmt.Errorf("narrative must not have a script in the attribute %q", a.Name.Local)
		}
	}
	return nil
}

// narrativeElement lists the elements of HTML 4 chapters 7 to 11 (without 9.4) and 15, anchors and images.
func narrativeElement(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "address", "area", "b", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
		"colgroup", "dd", "dfn", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "map",
		"ol", "p", "pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
		"thead", "tr", "tt", "u", "ul", "var":
		return true
	}
	return false
}

// narrativeAttribute lists the attributes those elements may have; none that runs a script is among them.
func narrativeAttribute(name string) bool {
	switch name {
	case "abbr", "accesskey", "align", "alt", "axis", "bgcolor", "border", "cellpadding", "cellspacing", "char", "charoff", "charset", "cite",
		"class", "clear", "color", "colspan", "compact", "coords", "dir", "face", "frame", "headers", "height", "href", "hreflang", "hspace",
		"id", "ismap", "lang", "longdesc", "name", "nohref", "noshade", "nowrap", "rel", "rev", "rowspan", "rules", "scope", "shape", "size",
		"span", "src", "start", "style", "summary", "tabindex", "target", "title", "type", "usemap", "valign", "value", "vspace", "width":
		return true
	}
	return false
}
