package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/fhirpath/ucum"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// coding checks a Coding against its own code system, whatever its binding says: a system that is none, a code that a
// complete code system does not have, a display that the code system does not give, and what is no longer to be used.
func (j *judge) coding(n *node, obj map[string]any) {
	if unreadable("Coding", obj) {
		return
	}
	c := codingOf(obj)
	if c.system == "" {
		if _, extended := obj["_system"]; c.code != "" && !extended && !j.failing(result.SeverityWarning) {
			j.report(n, note{
				rule: RuleCode, severity: result.SeverityWarning, code: codeCodeInvalid, actual: c.code,
				message: "the coding has no system, so nobody can tell what its code means",
			})
		}
		return
	}
	j.versionInSystem(n, c.system)
	system := j.systemOf(c)
	if system == nil && !j.codeSystemURI(n, c.system) || c.code == "" {
		return
	}
	if c.system == uriSystem && !isAbsolute(c.code) && !j.failing(result.SeverityError) {
		j.push("code", "code", "")
		j.report(n, note{
			rule: RuleCode, severity: result.SeverityError, code: codeCodeInvalid, actual: c.code,
			message: "the codes of urn:ietf:rfc:3986 are URIs, and this is none",
		})
		j.pop()
	}
	if c.system == ucumSystem {
		j.notUnit(n, c.code)
		return
	}
	if system == nil {
		return
	}
	j.systemInUse(n, c.system, system)
	if !j.unknownCode(n, c, system) && system.Check(c.code) == terminology.In {
		j.knownCode(n, obj, c, system)
	}
}

// quantity checks the code of a Quantity against its system, which need not be UCUM (Quantity.code of R4: "a computer
// processable form of the unit in some unit representation system").
func (j *judge) quantity(n *node, obj map[string]any) {
	var c coded
	c.system, _ = obj["system"].(string)
	c.code, _ = obj["code"].(string)
	if c.system == "" || c.code == "" {
		return
	}
	if c.system == ucumSystem {
		j.notUnit(n, c.code)
		return
	}
	if system := j.system(c.system); system != nil {
		j.unknownCode(n, c, system)
		return
	}
	j.codeSystemURI(n, c.system)
}

// notUnit warns of a code of UCUM that its grammar and its table of units do not make, as no reader can convert or compare it. It is no
// error where nothing binds the unit to UCUM's: R4's own examples have two dozen of them.
func (j *judge) notUnit(n *node, unit string) {
	problem, known := j.units[unit]
	if !known {
		if err := ucum.Validate(unit); err != nil {
			problem = err.Error()
		}
		if len(j.units) < mostKept {
			j.units[unit] = problem
		}
	}
	if problem == "" || j.failing(result.SeverityWarning) {
		return
	}
	message := fmt.Sprintf("UCUM has no unit %q: %s", unit, problem)
	meant := unitMeant(unit)
	if meant != "" {
		message += fmt.Sprintf("; %s is likely to be meant", meant)
	}
	j.push("code", "code", "")
	j.report(n, note{rule: RuleCode, severity: result.SeverityWarning, code: codeCodeInvalid, message: message, actual: unit, expected: meant})
	j.pop()
}

// unitMeant returns the code in UCUM of what is often written in other ways, or "".
func unitMeant(unit string) string {
	switch strings.ToLower(unit) {
	case "mmhg", "mm hg":
		return "mm[Hg]"
	case "bpm", "beats/min", "beats/minute", "breaths/min", "breaths/minute":
		return "/min"
	case "mcg", "µg", "μg":
		return "ug"
	case "iu":
		return "[iU]"
	case "degc", "°c", "celsius":
		return "Cel"
	case "degf", "°f":
		return "[degF]"
	case "lb", "lbs":
		return "[lb_av]"
	case "sec", "secs", "seconds":
		return "s"
	case "mins", "minutes":
		return "min"
	case "hr", "hrs", "hour", "hours":
		return "h"
	case "day", "days":
		return "d"
	case "week", "weeks":
		return "wk"
	case "month", "months":
		return "mo"
	case "yr", "yrs", "year", "years":
		return "a"
	case "tablet", "tablets":
		return "{tablet}"
	default:
		return ""
	}
}

// systemOf returns the code system of a code, in the version that the coding names where that is loaded.
func (j *judge) systemOf(c coded) *terminology.System {
	system := j.system(c.system)
	if system != nil && c.version != "" && c.version != system.Version() {
		return j.registry.terms.Release(c.system, c.version)
	}
	return system
}

// unknownCode reports a code that a complete code system does not have, and says whether it did.
func (j *judge) unknownCode(n *node, c coded, system *terminology.System) bool {
	if system.Check(c.code) != terminology.Out {
		return false
	}
	severity := severityOfUnknown(c, system, j.inFreeConcept(n))
	if j.failing(severity) {
		return true
	}
	if j.ofPinnedRelease(n, c) {
		return false
	}
	message := fmt.Sprintf("code system %s (version %s) has no code %q", c.system, system.Version(), c.code)
	if severity == result.SeverityWarning {
		message += fmt.Sprintf("; version %s, which the coding names, is not loaded", c.version)
	}
	j.push("code", "code", "")
	j.report(n, note{rule: RuleCode, severity: severity, code: codeCodeInvalid, message: message, actual: c.code})
	j.pop()
	return true
}

// ofPinnedRelease says whether a code that names no version is one of a value set that is bound here, which names another release of the
// code system than the latest one: without a version, any may be meant (Coding.version of R4).
func (j *judge) ofPinnedRelease(n *node, c coded) bool {
	if c.version != "" {
		return false
	}
	bound := func(n *node) bool {
		return n != nil && n.binding != nil && j.registry.terms.Set(n.binding.valueSet).Check(c.system, c.code) == terminology.In
	}
	const around = 2 // the coding and the concept that it is of
	for _, f := range j.frames[max(0, len(j.frames)-around):] {
		if bound(f.node) {
			return true
		}
	}
	return bound(n)
}

// severityOfUnknown says how bad it is that a complete code system has not the code: an error, unless the coding names a later
// version than the one that is loaded, to which the code may have been added. In a concept that may be free of a value set it may
// name any other version: that the meaning of codes is the same in all of them "cannot consistently be assured" (Coding.version of R4).
func severityOfUnknown(c coded, system *terminology.System, free bool) result.Severity {
	if later(c.version, system.Version()) || free && c.version != "" && c.version != system.Version() {
		return result.SeverityWarning
	}
	return result.SeverityError
}

// inFreeConcept says whether a coding is one of a CodeableConcept that need not have a code of its value set.
func (j *judge) inFreeConcept(n *node) bool {
	const around = 2 // the coding and the concept that it is of
	if len(j.frames) < around {
		return false
	}
	for _, n := range [...]*node{n, j.frames[len(j.frames)-1].node, j.frames[len(j.frames)-around].node} {
		if n != nil && n.binding != nil && n.binding.strength == "required" {
			return false
		}
	}
	t := j.frames[len(j.frames)-around].typ
	return t != nil && t.Code == "CodeableConcept"
}

// later says whether a version comes after the one that is loaded. Only numbers with points are compared: a date beside a
// number says nothing.
func later(version, loaded string) bool {
	return version != "" && strings.Trim(version, "0123456789.") == "" && strings.Trim(loaded, "0123456789.") == "" &&
		definition.CompareVersions(version, loaded) > 0
}

// knownCode checks the display of a code that the system has, and whether the code is still to be used.
func (j *judge) knownCode(n *node, obj map[string]any, c coded, system *terminology.System) {
	severity := result.Information
	if system.Outside() {
		// A release says that the concept is no longer to be recorded, and mostly what is.
		severity = result.SeverityWarning
	}
	if status := system.Standing(c.code); status != "" && !j.failing(severity) {
		j.push("code", "code", "")
		j.report(n, note{
			rule: RuleRetired, severity: severity, code: codeBusinessRule, actual: c.code,
			message: fmt.Sprintf("code %q of %s is %s", c.code, c.system, status),
		})
		j.pop()
	}
	display, given := obj["display"].(string)
	if !given || system.Display(c.code, display) != terminology.Out || j.inAnotherLanguage(obj) || j.failing(result.SeverityWarning) {
		return
	}
	j.push("display", "display", "")
	j.report(n, note{
		rule: RuleDisplay, severity: result.SeverityWarning, code: codeInvalid,
		message:  fmt.Sprintf("the display is not one that code system %s gives for code %q", c.system, c.code),
		expected: system.Best(c.code), actual: display,
	})
	j.pop()
}

// inAnotherLanguage says whether the displays of the resource around a coding are said to be in a language other than
// English, the one that the loaded code systems are in.
func (j *judge) inAnotherLanguage(obj map[string]any) bool {
	if sibling, ok := obj["_display"].(map[string]any); ok && sibling["extension"] != nil {
		return true
	}
	for i := len(j.resources) - 1; i >= 0; i-- {
		if language, said := j.resources[i].obj["language"].(string); said {
			return language != "en" && !strings.HasPrefix(language, "en-")
		}
	}
	return false
}

// systemInUse notes a code system that is retired.
func (j *judge) systemInUse(n *node, url string, system *terminology.System) {
	if system.Status() != "retired" || j.failing(result.Information) {
		return
	}
	j.push("system", "system", "")
	j.report(n, note{
		rule: RuleRetired, severity: result.Information, code: codeBusinessRule, actual: url,
		message: fmt.Sprintf("code system %s (version %s) is retired", url, system.Version()),
	})
	j.pop()
}
