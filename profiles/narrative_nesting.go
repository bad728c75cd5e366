package profiles

import "fmt"

// misnested says what is wrong with an element of XHTML inside another one, by the content models of HTML 4.0, which R4's
// narratives are written in (Narrative page: the elements of its chapters 7 to 11 and 15, and links). Text has the name "".
// Paragraphs, headings and the like are let pass inside what marks up text, except inside a paragraph, as HL7's reference
// validator does: readers show them as they stand.
func misnested(parent, child string) string {
	if holdsOnly(parent) {
		switch {
		case belongs(parent, child):
			return ""
		case child == "":
			return fmt.Sprintf("has text in <%s>, which holds none of its own", parent)
		default:
			return fmt.Sprintf("has a <%s> in <%s>, which cannot hold one", child, parent)
		}
	}
	switch child {
	case "li", "dt", "dd", "caption", "col", "colgroup", "thead", "tfoot", "tbody", "tr", "td", "th":
		return fmt.Sprintf("has a <%s> in <%s>, outside of the list or table that it is a part of", child, parent)
	case "div", "ol", "ul", "pre", "table":
		if holdsText(parent) {
			return fmt.Sprintf("has a <%s> in <%s>, which holds text and what marks it up, and no blocks", child, parent)
		}
	case "p", "blockquote":
		if parent == "p" {
			return fmt.Sprintf("has a <%s> in <p>, which holds text and what marks it up, and no blocks", child)
		}
	}
	return ""
}

// holdsOnly says whether an element holds no text of its own, and only the elements that belong to it.
func holdsOnly(element string) bool {
	switch element {
	case "ul", "ol", "dl", "table", "thead", "tfoot", "tbody", "tr", "colgroup", "br", "hr", "img", "col":
		return true
	default:
		return false
	}
}

// belongs says whether a child may stand directly in an element that has no text of its own.
func belongs(parent, child string) bool {
	switch parent {
	case "ul", "ol":
		return child == "li"
	case "dl":
		return child == "dt" || child == "dd"
	case "table":
		switch child {
		case "tr", "tbody", "thead", "tfoot", "caption", "col", "colgroup":
			return true
		}
		return false
	case "thead", "tfoot", "tbody":
		return child == "tr"
	case "tr":
		return child == "td" || child == "th"
	case "colgroup":
		return child == "col"
	default:
		return false
	}
}

// holdsText says whether an element holds text and what marks it up, and no blocks.
func holdsText(element string) bool {
	switch element {
	case "p", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "caption", "a", "abbr", "acronym", "b", "big", "cite", "code", "dfn",
		"em", "i", "q", "samp", "small", "span", "strong", "sub", "sup", "tt", "var":
		return true
	default:
		return false
	}
}
