package search

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
)

// referenceValue is one value of a reference parameter.
type referenceValue struct {
	// id with or without typ is a resource of this server; version narrows it to a versioned reference.
	typ, id, version string
	// url is an absolute URL, urn or canonical; it is set instead of id.
	url string
}

// parseReference reads an id, Type/id, absolute URL, urn or canonical. A type modifier says what type an id is of.
func parseReference(parameter *Parameter, modifier, text string, options *Options) (referenceValue, string) {
	if strings.HasPrefix(text, "urn:") || !referencesResources(parameter) {
		return referenceValue{url: text}, ""
	}
	if !strings.Contains(text, "/") {
		if _, ok := fhir.ParseReference("Any/" + text); !ok {
			return referenceValue{}, "is not an id (1 to 64 letters, digits, hyphens and dots), Type/id or URL"
		}
		return referenceValue{typ: modifier, id: text}, ""
	}
	ref, ok := fhir.ParseReference(text)
	switch {
	case strings.Contains(text, "://") && (!ok || !options.local(ref.Base)):
		return referenceValue{url: text}, ""
	case !ok || ref.Fragment != "":
		return referenceValue{}, "is not an id (1 to 64 letters, digits, hyphens and dots), Type/id or URL"
	case modifier != "" && modifier != ref.Type:
		return referenceValue{}, fmt.Sprintf("is a %s, but the modifier says :%s", ref.Type, modifier)
	}
	return referenceValue{typ: ref.Type, id: ref.ID, version: ref.Version}, ""
}

// referencesResources reports whether the parameter is over elements of type Reference, not canonicals and uris only.
func referencesResources(parameter *Parameter) bool {
	for _, p := range parameter.paths {
		if p.typ == "Reference" {
			return true
		}
	}
	return false
}

// local reports whether a base is this server's; "" is the base of a relative reference.
func (o *Options) local(base string) bool {
	return base == "" || strings.TrimSuffix(o.Base, "/") == base
}

func (v referenceValue) match(m *matching, p *path, element any) bool {
	if p.typ != "Reference" {
		text, ok := element.(string)
		return ok && v.url != "" && (p.typ == "uri" && text == v.url || p.typ == "canonical" && sameCanonical(v.url, text))
	}
	reference, ok := object(element)
	if !ok {
		return false
	}
	text, _ := reference["reference"].(string)
	if v.url != "" {
		return text == v.url && m.ofType(p.only, reference)
	}
	if !strings.Contains(text, v.id) { // the usual case, without taking the reference apart
		return false
	}
	ref, ok := fhir.ParseReference(text)
	return ok && ref.ID != "" && ref.ID == v.id && m.options.local(ref.Base) &&
		(v.typ == "" || v.typ == ref.Type) && (v.version == "" || v.version == ref.Version) && (p.only == "" || p.only == ref.Type)
}

// ofType applies a where(resolve() is T) filter to a Reference. A reference whose type cannot be told passes.
func (m *matching) ofType(only string, reference map[string]any) bool {
	if only == "" {
		return true
	}
	text, _ := reference["reference"].(string)
	ref, ok := fhir.ParseReference(text)
	switch {
	case ok && ref.Type != "":
		return ref.Type == only
	case ok:
		if target, found := m.resolve(text); found {
			return target.Type() == only
		}
	}
	typ := fhir.Text(reference["type"])
	return typ == "" || typ == only
}

// resolve finds what a literal reference of the resource under test names: a contained resource or one in the store.
func (m *matching) resolve(text string) (fhir.Resource, bool) {
	ref, ok := fhir.ParseReference(text)
	if !ok {
		return nil, false
	}
	if ref.Fragment != "" {
		for _, contained := range m.root.Objects("contained") {
			if fhir.Text(contained["id"]) == ref.Fragment {
				return contained, true
			}
		}
		return nil, false
	}
	if m.store == nil {
		return nil, false
	}
	if ref.URN == "" && m.options.local(ref.Base) {
		return m.store.Resolve(ref.Type + "/" + ref.ID)
	}
	return m.store.Resolve(text)
}

// referenceIdentifier is one value of a reference parameter with :identifier.
type referenceIdentifier struct{ tokenValue }

func (v referenceIdentifier) match(m *matching, p *path, element any) bool {
	reference, ok := object(element)
	if !ok || p.typ != "Reference" {
		return false
	}
	identifier, ok := object(reference["identifier"])
	return ok && v.pair(identifier["system"], identifier["value"]) && m.ofType(p.only, reference)
}
