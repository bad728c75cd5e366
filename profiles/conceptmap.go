package profiles

import (
	"fmt"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/terminology"
)

// conceptMapRules checks the codes of a ConceptMap against the code systems that they come from and lead to, and against the
// value sets that the map is about (the ConceptMap page of R4), as far as those are loaded.
func (j *judge) conceptMapRules(m map[string]any) {
	from, to := j.mappedSet(m, "source"), j.mappedSet(m, "target")
	j.mappedOther(m, "sourceUri", "source")
	j.mappedOther(m, "targetUri", "target")
	for i, group := range objectsOf(m, "group") {
		j.push("group", "group", "")
		j.at(i)
		source := j.mapped(group, "source", from)
		target := j.mapped(group, "target", to)
		for k, element := range objectsOf(group, "element") {
			j.push("element", "element", "")
			j.at(k)
			j.mappedCode(source, element)
			for n, other := range objectsOf(element, "target") {
				j.push("target", "target", "")
				j.at(n)
				j.mappedCode(target, other)
				j.pop()
			}
			j.pop()
		}
		j.pop()
	}
}

// mappedSystem is a code system of a map in the version that it names; system is nil where that is not loaded.
type mappedSystem struct {
	url      string
	system   *terminology.System
	severity result.Severity
	// set is the value set on this side of the map, or nil. The source value set contains what is mapped; the target value
	// set is context for the mappings, so a code outside it is only advised against.
	set     *terminology.Set
	outside result.Severity
}

// mappedSet returns the value set on one side of a map, or nil where it names none.
func (j *judge) mappedSet(m map[string]any, side string) *terminology.Set {
	for _, property := range []string{side + "Canonical", side + "Uri"} {
		if canonical, _ := m[property].(string); canonical != "" {
			return j.registry.terms.Set(canonical)
		}
	}
	return nil
}

// mappedOther checks that what one side of a map names by a URI is not something other than a value set, where that is loaded. A
// canonical is checked by its type.
func (j *judge) mappedOther(m map[string]any, property, name string) {
	url, _ := m[property].(string)
	if url == "" || j.registry.hasValueSet(url) {
		return
	}
	for _, typ := range []string{"CodeSystem", "StructureDefinition"} {
		if !j.holdsDefinition(typ, url) {
			continue
		}
		j.push(property, name, "uri")
		j.report(nil, note{
			rule: RuleConceptMap, severity: result.SeverityError, code: codeInvalid, actual: url, expected: "ValueSet",
			message: fmt.Sprintf("%s names a %s, and a map is about value sets", property, typ),
		})
		j.pop()
		return
	}
}

func (j *judge) mapped(group map[string]any, side string, set *terminology.Set) mappedSystem {
	url, _ := group[side].(string)
	version, _ := group[side+"Version"].(string)
	s := mappedSystem{url: url, severity: result.SeverityError, set: set, outside: result.SeverityError}
	if side == "target" {
		s.outside = result.SeverityWarning
	}
	if url == "" {
		return s
	}
	if s.system = j.system(url); s.system == nil {
		return s
	}
	// The loaded release may lack what a later one has.
	if later(version, s.system.Version()) {
		s.severity = result.SeverityWarning
	}
	return s
}

func (j *judge) mappedCode(s mappedSystem, element map[string]any) {
	code, given := element["code"].(string)
	if !given || s.url == "" {
		return
	}
	severity, message := s.severity, ""
	switch {
	case s.system != nil && s.system.Check(code) == terminology.Out:
		message = fmt.Sprintf("code system %s (version %s), which the map names, has no code %q", s.url, s.system.Version(), code)
	case s.set != nil && s.set.Check(s.url, code) == terminology.Out:
		severity = s.outside
		message = fmt.Sprintf("value set %s, which the map is about, has no code %q of %s", s.set.URL, code, s.url)
	default:
		return
	}
	if j.failing(severity) {
		return
	}
	j.push("code", "code", "")
	j.report(nil, note{rule: RuleConceptMap, severity: severity, code: codeCodeInvalid, actual: code, message: message})
	j.pop()
}
