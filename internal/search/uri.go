package search

import "strings"

// uriValue is one value of a uri parameter.
type uriValue struct {
	uri      string
	modifier string // "", "above" or "below"
}

func parseURI(modifier, text string) (uriValue, string) {
	if modifier != "" && strings.HasPrefix(text, "urn:") {
		return uriValue{}, "is a urn, to which :" + modifier + " does not apply"
	}
	return uriValue{uri: text, modifier: modifier}, ""
}

func (v uriValue) match(_ *matching, p *path, element any) bool {
	uri, ok := element.(string)
	if !ok {
		return false
	}
	switch {
	case v.modifier == "below":
		return strings.HasPrefix(uri, v.uri)
	case v.modifier == "above":
		return uri != "" && strings.HasPrefix(v.uri, uri)
	case p.typ == "canonical":
		return sameCanonical(v.uri, uri)
	default:
		return uri == v.uri
	}
}

// sameCanonical compares a canonical in a resource with a search value, which speaks of a version only if it states one.
func sameCanonical(search, target string) bool {
	if search == target {
		return true
	}
	url, _, _ := strings.Cut(target, "|")
	return search == url
}
