package profiles

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// otherElements says what the elements of other versions of FHIR are; profiles/generate/elements.go writes it and says how to read it.
//
//go:embed definitions/elements.txt
var otherElements string

// otherElement is an element of another version of FHIR.
type otherElement struct {
	// types are names of its types, or parts those of the elements below it; neither where R4 has the same element.
	types, parts []string
	modifier     bool
}

// elementOf finds an element of a version of FHIR by its path.
func elementOf(mark byte, path string) (otherElement, bool) {
	const mostLinks = 4 // an element that has the parts of another one, which has those of a third
	for range mostLinks {
		says, found := saysOf(mark, path)
		if !found {
			return otherElement{}, false
		}
		var e otherElement
		says, e.modifier = strings.CutPrefix(says, "!")
		if to, linked := strings.CutPrefix(says, ">"); linked {
			if !strings.Contains(to, ".") {
				typ, _, _ := strings.Cut(path, ".")
				to = typ + "." + to
			}
			path = to
			continue
		}
		if parts, below := strings.CutPrefix(says, "{"); below {
			e.parts = strings.Split(parts, ",")
		} else if says != "" {
			e.types = strings.Split(says, ",")
		}
		return e, true
	}
	return otherElement{}, false
}

// saysOf finds what is said of an element of a version.
func saysOf(mark byte, path string) (says string, found bool) {
	typ, name, _ := strings.Cut(path, ".")
	start := strings.Index(otherElements, "="+typ+"\n")
	if start < 0 || name == "" || strings.ContainsAny(name, "|\n") {
		return "", false
	}
	section, _, _ := strings.Cut(otherElements[start+1:], "\n=")
	for _, written := range [...]string{name, name + "[x]"} {
		_, line, _ := strings.Cut(section, "\n"+written+"|")
		for one := range strings.FieldsSeq(firstLine(line)) {
			if marks := one[:len(one)-len(strings.TrimLeft(one, "135"))]; strings.IndexByte(marks, mark) >= 0 {
				return one[len(marks):], true
			}
		}
	}
	return "", false
}

// ofAnotherVersion judges an extension that stands for an element of another version of FHIR, as its URL says: http://hl7.org/fhir/ and
// the version, /StructureDefinition/extension- and the path of the element (R4, "Extensions for converting between versions"). It says
// whether the URL is of that form.
func (j *judge) ofAnotherVersion(n *node, obj map[string]any, url string) bool {
	rest, ours := strings.CutPrefix(url, "http://hl7.org/fhir/")
	version, path, form := strings.Cut(rest, "/StructureDefinition/extension-")
	if !ours || !form || !isNumbered(version) {
		return false
	}
	wrong := func(format string, args ...any) {
		if j.failing(result.SeverityError) {
			return
		}
		j.report(n, note{
			rule: RuleExtension, severity: result.SeverityError, code: codeExtension, actual: url,
			message: fmt.Sprintf("extension %s: ", url) + fmt.Sprintf(format, args...),
		})
	}
	switch version {
	case "1.0", "3.0", "5.0":
	case "4.0":
		if !j.hasElement(path) {
			wrong("R4 has no element %s", path)
		} else if j.ownElement(path) {
			wrong("%s is an element of R4, too, and belongs there", path)
		} else {
			return false
		}
		return true
	case "1.2", "1.4", "1.6", "1.8", "3.2", "3.3", "3.5", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "6.0":
		return false // their elements are not at hand
	default:
		wrong("there is no version %s of FHIR", version)
		return true
	}
	e, found := elementOf(version[0], path)
	modifier := n != nil && n.name == "modifierExtension"
	switch {
	case !found:
		wrong("version %s of FHIR has no element %s", version, path)
	case e.modifier && !modifier:
		wrong("%s may change the meaning of what it is in, so it must be a modifierExtension", path)
	case !e.modifier && modifier:
		wrong("%s does not change the meaning of what it is in, so it must not be a modifierExtension", path)
	case e.types == nil && e.parts == nil && j.ownElement(path):
		wrong("%s is an element of R4, too, and belongs there", path)
	default:
		if problem := e.problem(version[0], path, obj); problem != "" {
			wrong("%s", problem)
		} else if !j.failing(result.Information) {
			j.report(n, note{
				rule: RuleExtension, severity: result.Information, code: codeExtension, actual: url,
				message: fmt.Sprintf("extension %s was held to the types that version %s of FHIR gives %s, and to no more", url, version, path),
			})
		}
	}
	return true
}

// ownElement says whether a path is below the type of the resource that is judged.
func (j *judge) ownElement(path string) bool {
	typ, _, _ := strings.Cut(path, ".")
	return typ == rootType(j.currentResource())
}

// isNumbered says whether a text is the number of a version: two numbers with a dot between.
func isNumbered(version string) bool {
	major, minor, ok := strings.Cut(version, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return ok && digits(major) && digits(minor)
}

// hasElement says whether R4 has an element with the path.
func (j *judge) hasElement(path string) bool {
	typ, rest, nested := strings.Cut(path, ".")
	s := j.resourceType(typ)
	if s == nil || !nested {
		return false
	}
	at := s.root
	for name := range strings.SplitSeq(rest, ".") {
		if at = descend(at, pathStep{name: strings.TrimSuffix(name, "[x]")}); at == nil {
			return false
		}
	}
	return true
}

// problem says what is wrong with the form of an extension that stands for the element, or "". Types that R4 does not have, and those
// that were parted since, are let be.
func (e otherElement) problem(mark byte, path string, obj map[string]any) string {
	value, typ, _ := answerOf(obj)
	inner, _ := obj["extension"].([]any)
	if e.parts == nil {
		fits := func(t string) bool {
			switch t {
			case typ:
				return true
			case "SimpleQuantity", "Age", "Distance", "Duration", "Count", "Money":
				return typ == "Quantity"
			case "string", "code", "uri":
				return slices.Contains([]string{"string", "code", "uri", "markdown", "canonical", "url", "id", "oid", "uuid"}, typ)
			default:
				return unlikeR4(t)
			}
		}
		if value != nil && len(e.types) > 0 && !slices.ContainsFunc(e.types, fits) {
			return fmt.Sprintf("%s is a %s, not a %s", path, strings.Join(e.types, " or "), typ)
		}
		named := func(item any) bool {
			part, _ := item.(map[string]any)
			name, _ := part["url"].(string)
			return name != "" && !strings.Contains(name, ":")
		}
		// A type that R4 does not have is written as its parts.
		if value == nil && len(e.types) > 0 && !slices.ContainsFunc(e.types, unlikeR4) && slices.ContainsFunc(inner, named) {
			return fmt.Sprintf("%s is a %s, which is its value, and has no parts", path, strings.Join(e.types, " or "))
		}
		return ""
	}
	if value != nil {
		return fmt.Sprintf("%s has no value of its own, but the parts %s", path, strings.Join(e.parts, ", "))
	}
	for _, item := range inner {
		part, _ := item.(map[string]any)
		name, _ := part["url"].(string)
		if name == "" || strings.Contains(name, ":") {
			continue
		}
		if !slices.Contains(e.parts, name) && !slices.Contains(e.parts, name+"[x]") {
			return fmt.Sprintf("%s has no part %q; it has %s", path, name, strings.Join(e.parts, ", "))
		}
		below, found := elementOf(mark, path+"."+name)
		if !found || below.types == nil && below.parts == nil {
			continue
		}
		if problem := below.problem(mark, path+"."+name, part); problem != "" {
			return problem
		}
	}
	return ""
}

// unlikeR4 says whether no value of R4's tells whether it is of the type: those that came after R4, and those that stand for others.
func unlikeR4(typ string) bool {
	switch typ {
	case "*", "CodeableReference", "integer64", "Resource", "xhtml",
		"RatioRange", "MonetaryComponent", "VirtualServiceDetail", "Availability", "ExtendedContactDetail":
		return true
	default:
		return false
	}
}
