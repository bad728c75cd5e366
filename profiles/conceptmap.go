package profiles

import (
	"fmt"

	"concord/internal/result"
	"concord/profiles/terminology"
)

// conceptMapRules checks the codes of a ConceptMap against the code systems that they come from and lead to (the ConceptMap
// page of R4), as far as those are loaded.
func (j *judge) conceptMapRules(m map[string]any) {
	for i, group := range objectsOf(m, "group") {
		j.push("group", "group", "")
		j.at(i)
		source := j.mapped(group, "source")
		target := j.mapped(group, "target")
		for k, element := range objectsOf(group, "element") {
			j.push("element", "element", "")
			j.at(k)
			j.mappedCode(source, element)
			for n, to := range objectsOf(element, "target") {
				j.push("target", "target", "")
				j.at(n)
				j.mappedCode(target, to)
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
}

func (j *judge) mapped(group map[string]any, side string) mappedSystem {
	url, _ := group[side].(string)
	version, _ := group[side+"Version"].(string)
	s := mappedSystem{url: url, severity: result.SeverityError}
	if url == "" {
		return s
	}
	if s.system = j.system(url); s.system == nil {
		return s
	}
	// The loaded release may lack what an earlier or later one has.
	if outlived(url) || version != "" && version != s.system.Version() {
		s.severity = result.SeverityWarning
	}
	return s
}

func (j *judge) mappedCode(s mappedSystem, element map[string]any) {
	code, given := element["code"].(string)
	if !given || s.system == nil || s.system.Check(code) != terminology.Out || j.failing(s.severity) {
		return
	}
	j.push("code", "code", "")
	j.report(nil, note{
		rule: RuleConceptMap, severity: s.severity, code: codeCodeInvalid, actual: code,
		message: fmt.Sprintf("code system %s (version %s), which the map names, has no code %q", s.url, s.system.Version(), code),
	})
	j.pop()
}
