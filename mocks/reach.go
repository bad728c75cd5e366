package mocks

import (
	"net/url"
	"reflect"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
)

// Reaches reports whether the defect can change the answer to a request, of which it is told the address and, of a form, the
// body. When in doubt it can: only of a defect that does nothing but change records of some clinical types is it known that
// questions which have nothing to do with those types are answered as before.
func (d Defect) Reaches(address, form string) bool {
	if d.atTheDoor {
		return strings.Contains(address, guardedMark) || d.acceptsAnyToken || d.ignoresCertificate
	}
	types, leaves := d.leaves()
	if !leaves {
		return true
	}
	path, query, _ := strings.Cut(address, "?")
	asked := onlyOne(path)
	if asked == "" || asked == "Provenance" || slices.Contains(types, asked) {
		return true
	}
	list, err := url.ParseQuery(query)
	further, formErr := url.ParseQuery(form)
	if err != nil || formErr != nil {
		return true
	}
	for _, parameters := range []url.Values{list, further} {
		for name, values := range parameters {
			if strings.Contains(name, "include") || strings.HasPrefix(name, "_has") || strings.HasPrefix(name, "_type") || chained(name) {
				return true
			}
			for _, value := range values {
				if slices.ContainsFunc(types, func(t string) bool { return strings.Contains(value, t) }) {
					return true
				}
			}
		}
	}
	return false
}

// leaves are the types of the records that the defect changes, if that is all it does and nothing else is worked out from
// records of these types.
func (d Defect) leaves() ([]string, bool) {
	var types []string
	for _, hook := range []*contentHook{d.content, d.served} {
		if hook == nil {
			continue
		}
		if hook.applyIn != nil {
			return nil, false // it may add records of other types
		}
		types = append(types, hook.types...)
	}
	rest := d.hooks
	rest.content, rest.served = nil, nil
	if len(types) == 0 || !reflect.ValueOf(rest).IsZero() {
		return nil, false
	}
	for _, t := range types {
		// What may be shown of a person hangs on Consents and Flags.
		if !slices.Contains(fixtures.Kinds(), fixtures.Kind(t)) || t == string(fixtures.Consent) || t == string(fixtures.Flag) {
			return nil, false
		}
	}
	return types, true
}

// onlyOne is the resource type that a path is about: Type, Type/_search, Type/id or Type/id/_history and what follows. It is
// "" for all other paths, operations among them.
func onlyOne(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		if part == "" || part[0] < 'A' || part[0] > 'Z' {
			continue
		}
		if slices.ContainsFunc(parts[i:], func(p string) bool { return strings.HasPrefix(p, "$") }) {
			return ""
		}
		return part
	}
	if len(parts) > 0 && parts[len(parts)-1] == "metadata" {
		return "CapabilityStatement"
	}
	return ""
}

// chained reports whether a parameter follows a reference to something else than the Patient.
func chained(name string) bool {
	first, _, follows := strings.Cut(name, ".")
	return follows && !slices.Contains([]string{"patient", "patient:Patient", "subject:Patient"}, first)
}
