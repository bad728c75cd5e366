package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/terminology"
)

// coding checks a Coding against its own code system, whatever its binding says: a code that a complete code system does
// not have, and a display that the code system does not give.
func (j *judge) coding(n *node, obj map[string]any) {
	c := codingOf(obj)
	if c.system == "" || c.code == "" {
		return
	}
	system := j.system(c.system)
	if system == nil {
		return
	}
	switch system.Check(c.code) {
	case terminology.Out:
		version, _ := obj["version"].(string)
		severity := result.SeverityError
		if outlived(c.system) || version != "" && version != system.Version() {
			severity = result.SeverityWarning
		}
		if j.failing(severity) {
			return
		}
		j.push("code", "code", "")
		j.report(n, note{
			rule: RuleCode, severity: severity, code: codeCodeInvalid,
			message: fmt.Sprintf("code system %s (version %s) has no code %q", c.system, system.Version(), c.code), actual: c.code,
		})
		j.pop()
	case terminology.In:
		display, given := obj["display"].(string)
		if !given || system.Display(c.code, display) != terminology.Out || j.failing(result.SeverityWarning) {
			return
		}
		j.push("display", "display", "")
		j.report(n, note{
			rule: RuleDisplay, severity: result.SeverityWarning, code: codeInvalid,
			message:  fmt.Sprintf("the display is not one that code system %s gives for code %q", c.system, c.code),
			expected: system.Concept(c.code).Display, actual: display,
		})
		j.pop()
	default:
	}
}

// outlived says whether a code system is maintained apart from the release of FHIR that is loaded, so that a code that the
// loaded table lacks may have been added since.
func outlived(system string) bool {
	return strings.HasPrefix(system, "http://terminology.hl7.org/CodeSystem/v")
}
