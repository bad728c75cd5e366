package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Contradiction returns the first element, in the order of names, in which two views of a record by one system differ. What a
// server may make anew for each answer is left out: its own marks, the narrative, where an attachment can be had.
func Contradiction(before, after fhir.Resource) (path, was, is string, differs bool) {
	if path, was, is, differs = (view{}).contradiction(before.Type(), map[string]any(before), map[string]any(after)); differs {
		return path, was, is, true
	}
	return containedContradiction(before, after)
}

// containedContradiction is Contradiction for what two views contain, which are the same otherwise, so that what is referred to by the same
// id is the same. How much of it each shows is the server's own; what both show of it is not.
func containedContradiction(before, after fhir.Resource) (path, was, is string, differs bool) {
	for _, one := range before.Objects("contained") {
		for _, other := range after.Objects("contained") {
			if one["id"] == nil || one["id"] != other["id"] || one["resourceType"] != other["resourceType"] {
				continue
			}
			for _, name := range slices.Sorted(slices.Values(keysOf(one))) {
				if other[name] == nil || anew(one, name) || name == "meta" {
					continue
				}
				at := before.Type() + ".contained." + name
				path, was, is, differs = view{part: true}.contradiction(at, one[name], other[name])
				if _, _, _, both := (view{part: true}).contradiction(at, other[name], one[name]); differs && both {
					return path, was, is, true
				}
			}
		}
	}
	return "", "", "", false
}

// PartContradiction is Contradiction for a view of which a part was cut (_elements, _summary): what it leaves out is no difference.
func PartContradiction(whole, part fhir.Resource) (path, was, is string, differs bool) {
	return view{part: true}.contradiction(whole.Type(), map[string]any(whole), map[string]any(part))
}

// view says how the second of two views is looked at.
type view struct {
	// part says that it may leave anything out.
	part bool
}

// contradiction is Contradiction for elements at a path.
func (v view) contradiction(path string, before, after any) (at, was, is string, differs bool) {
	if reflect.DeepEqual(before, after) {
		return "", "", "", false
	}
	if v.part && after == nil {
		return "", "", "", false
	}
	a, oneObject := before.(map[string]any)
	b, otherObject := after.(map[string]any)
	switch {
	case oneObject && otherObject:
		for _, name := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(keysOf(a), keysOf(b))))) {
			if anew(a, name) || v.part && a[name] == nil && (name == "extension" || strings.HasPrefix(name, "_")) {
				continue // of what is cut and must be there, an extension may say that it is not shown
			}
			if name == "meta" {
				// Of the marks, the labels of confidentiality are no server's own.
				if at, was, is, differs = v.contradiction(path+".meta.security", fhir.Get(a, "meta", "security"), fhir.Get(b, "meta", "security")); differs {
					return at, was, is, true
				}
				// Nor is the label of the provider that recorded it, where both views have one.
				if was, is = labelled(a), labelled(b); was != "" && is != "" && was != is {
					return path + ".meta.tag", was, is, true
				}
				continue
			}
			if name == "reference" {
				if relativeText(a[name]) != relativeText(b[name]) {
					return path + ".reference", relativeText(a[name]), relativeText(b[name]), true
				}
				continue
			}
			if at, was, is, differs = v.contradiction(path+"."+name, a[name], b[name]); differs {
				return at, was, is, true
			}
		}
		return "", "", "", false
	case isList(before) && isList(after) && len(fhir.List(before)) == len(fhir.List(after)):
		one, other := fhir.List(before), fhir.List(after)
		for i := range one {
			if at, was, is, differs = v.contradiction(path, one[i], other[i]); differs {
				if slices.ContainsFunc(other, func(item any) bool { _, _, _, differ := v.contradiction(path, one[i], item); return !differ }) {
					continue // in another place
				}
				return at, was, is, true
			}
		}
		return "", "", "", false
	case isList(before) && isList(after) && v.part && len(fhir.List(after)) < len(fhir.List(before)):
		for _, item := range fhir.List(after) {
			if !slices.ContainsFunc(fhir.List(before), func(other any) bool { _, _, _, differ := v.contradiction(path, other, item); return !differ }) {
				return path, exact(before), exact(item), true
			}
		}
		return "", "", "", false
	default:
		return path, exact(before), exact(after), true
	}
}

// labelled are the ODS codes of the providers in a resource's labels, sorted.
func labelled(resource map[string]any) string {
	var codes []string
	for _, tag := range fhir.Objects(fhir.Get(resource, "meta", "tag")) {
		if tag["system"] == ODSSystem {
			codes = append(codes, fhir.Text(tag["code"]))
		}
	}
	slices.Sort(codes)
	return strings.Join(slices.Compact(codes), ", ")
}

// anew reports whether a server may make an element anew for each answer.
func anew(holder map[string]any, name string) bool {
	switch name {
	case "text", "language", "implicitRules", "contained", "resourceType":
		return holder["resourceType"] != nil || name == "resourceType"
	case "url", "data", "hash", "size":
		return holder["contentType"] != nil
	case "id":
		return true
	default:
		return false
	}
}

func isList(value any) bool { _, is := value.([]any); return is }

func keysOf(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	return names
}

// exact is a value as it is written, "" for none.
func exact(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case map[string]any, []any:
		text, err := json.Marshal(value)
		if err != nil {
			return fmt.Sprint(value)
		}
		return string(text)
	default:
		return fhir.Text(value)
	}
}

// relativeText is a reference without the base that it may have.
func relativeText(reference any) string {
	text := fhir.Text(reference)
	if parsed, ok := fhir.ParseReference(text); ok && parsed.Type != "" {
		return parsed.Relative()
	}
	return text
}
