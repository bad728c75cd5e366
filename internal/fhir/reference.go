package fhir

import "strings"

// Reference is a literal reference taken apart (FHIR R4 section 2.3.0, "Literal References").
type Reference struct {
	// Base is the service base URL of an absolute reference, without a trailing slash; "" for a relative one.
	Base string
	// Type and ID name the resource; both are "" for a urn: or a fragment reference.
	Type, ID string
	// Version is the version id of a version-specific reference.
	Version string
	// Fragment is the id of a contained resource ("#x" gives "x").
	Fragment string
	// URN is the whole urn:uuid: or urn:oid: reference.
	URN string
}

// ParseReference takes a literal reference apart. It reports false for text that is none of the forms FHIR allows.
func ParseReference(text string) (Reference, bool) {
	switch {
	case text == "":
		return Reference{}, false
	case strings.HasPrefix(text, "#"):
		return Reference{Fragment: text[1:]}, len(text) > 1
	case strings.HasPrefix(text, "urn:"):
		return Reference{URN: text}, true
	}
	ref := Reference{}
	rest := text
	if path, version, ok := strings.Cut(rest, "/_history/"); ok {
		rest, ref.Version = path, version
		if version == "" {
			return Reference{}, false
		}
	}
	before := strings.LastIndexByte(rest, '/')
	if before < 0 {
		return Reference{}, false
	}
	ref.Type, ref.ID = rest[:before], rest[before+1:]
	if before = strings.LastIndexByte(ref.Type, '/'); before >= 0 {
		ref.Base, ref.Type = ref.Type[:before], ref.Type[before+1:]
	}
	if ref.Base != "" && !strings.Contains(ref.Base, "://") {
		return Reference{}, false
	}
	return ref, isTypeName(ref.Type) && isID(ref.ID)
}

// Relative returns "Type/id" without base and version, or the fragment or urn form.
func (r Reference) Relative() string {
	switch {
	case r.URN != "":
		return r.URN
	case r.Fragment != "":
		return "#" + r.Fragment
	default:
		return r.Type + "/" + r.ID
	}
}

func isTypeName(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// isID applies the id type's rule: 1 to 64 of A-Z, a-z, 0-9, "-" and ".".
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
