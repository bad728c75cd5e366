package profiles

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// binding ties an element to a value set.
type binding struct {
	strength, valueSet, maxValueSet string
	// additional are bindings that hold besides.
	additional []*binding
	// set is the value set in the terminology that was asked last, which is nearly always the same.
	set atomic.Pointer[boundSet]
}

type boundSet struct {
	terms *terminology.Service
	set   *terminology.Set
}

func (b *binding) values(j *judge) *terminology.Set {
	terms := j.registry.terms
	if bound := b.set.Load(); bound != nil && bound.terms == terms {
		return bound.set
	}
	set := terms.Set(b.valueSet)
	set.Ask()
	b.set.Store(&boundSet{terms, set})
	return set
}

// coded is a code with its system.
type coded struct {
	system, code, version string
	place                 int
}

// codesIn lists the codes of a value that a binding speaks of.
func codesIn(t string, v any, room []coded) (codes []coded, text bool) {
	switch value := v.(type) {
	case string:
		return append(room, coded{code: value}), false
	case map[string]any:
		if t == "CodeableConcept" {
			list, _ := value["coding"].([]any)
			for i, item := range list {
				if c, ok := item.(map[string]any); ok {
					if one := codingOf(c); one.code != "" {
						one.place = i
						room = append(room, one)
					}
				}
			}
			_, text = value["text"].(string)
			return room, text
		}
		if t == "CodeableReference" {
			return codesIn("CodeableConcept", value["concept"], room)
		}
		if one := codingOf(value); one.code != "" {
			room = append(room, one)
		}
		return room, false
	case json.Number:
		return append(room, coded{code: value.String()}), false
	default:
		return room, false
	}
}

func codingOf(c map[string]any) coded {
	system, _ := c["system"].(string)
	code, _ := c["code"].(string)
	version, _ := c["version"].(string)
	return coded{system: system, code: code, version: version}
}

// noSystem is asked about in place of the empty system, so that a Coding without a system is in no set.
const noSystem = "urn:concord:no-system"

func (b *binding) verdict(set *terminology.Set, t string, codes []coded) terminology.Verdict {
	verdict := terminology.Out
	for _, c := range codes {
		system := c.system
		if system == "" && isCoding(t) {
			system = noSystem
		}
		switch set.Check(system, c.code) {
		case terminology.In:
			return terminology.In
		case terminology.Unknown:
			verdict = terminology.Unknown
		default:
		}
	}
	return verdict
}

func isCoding(t string) bool {
	return t == "Coding" || t == "CodeableConcept" || t == "CodeableReference" || t == "Quantity"
}

// holds is for slices that a required binding tells apart.
func (b *binding) holds(j *judge, v any) bool {
	var room [4]coded
	t := ""
	if obj, ok := v.(map[string]any); ok {
		t = "Coding"
		if _, many := obj["coding"]; many {
			t = "CodeableConcept"
		}
	}
	codes, _ := codesIn(t, v, room[:0])
	return b.verdict(b.values(j), t, codes) == terminology.In
}

// bound checks the value of a bound element.
func (j *judge) bound(n *node, t *typeRef, v any) {
	j.boundBy(n, n.binding, t, v)
	for _, b := range n.binding.additional {
		j.boundBy(n, b, t, v)
	}
}

func (j *judge) boundBy(n *node, b *binding, t *typeRef, v any) {
	if b.strength == "example" && b.maxValueSet == "" {
		return
	}
	code := ""
	if t != nil {
		code = t.Code
	}
	if isCoding(code) && unreadable(code, v) {
		return
	}
	var room [4]coded
	codes, text := codesIn(code, v, room[:0])
	if len(codes) == 0 {
		if b.strength == "required" && code == "CodeableConcept" && !text && codeExcused(v) {
			return
		}
		if b.strength == "required" && isCoding(code) && code != "Quantity" {
			j.noCode(n, b, v)
		}
		return
	}
	set := b.values(j)
	switch j.asked(b, code, codes, b.verdict(set, code, codes)) {
	case terminology.In:
	case terminology.Out:
		if j.allUnknown(b, code, codes) {
			break
		}
		j.outside(n, b, codes)
		if b.strength == "required" {
			return // what is outside the value set needs no word about the widest one
		}
	default:
		if b.strength == "required" || b.strength == "extensible" {
			j.notCheckable(n, b, set.Reason, codes)
		}
	}
	if b.maxValueSet != "" {
		most := j.registry.terms.Set(b.maxValueSet)
		if b.verdict(most, code, codes) == terminology.Out && !j.failing(result.SeverityError) {
			j.report(n, note{
				rule: RuleBinding, severity: result.SeverityError, code: codeCodeInvalid,
				message: fmt.Sprintf("%s has no code from value set %s, beyond which its binding must not go", n.label(), b.maxValueSet),
				actual:  showCodes(codes),
			})
		}
	}
}

// unreadable says whether a code or a system of a value is written in a way that FHIR has no meaning for. That is reported at its
// own place, and nobody can tell which code was meant.
func unreadable(t string, v any) bool {
	obj, _ := v.(map[string]any)
	switch t {
	case "CodeableReference":
		return unreadable("CodeableConcept", obj["concept"])
	case "CodeableConcept":
		list, _ := obj["coding"].([]any)
		for _, item := range list {
			if unreadable("Coding", item) {
				return true
			}
		}
		return false
	default:
		for _, name := range [...]string{"system", "code"} {
			text, isText := obj[name].(string)
			switch {
			case obj[name] == nil:
			case !isText, name == "system" && strings.ContainsAny(text, " \t\r\n"), name == "code" && checkCode(text) != "":
				return true
			}
		}
		return false
	}
}

// asked puts a question that nothing that is loaded answers to the remote. A value has a code of the set when the remote says
// so of one, and has none when it says so of all.
func (j *judge) asked(b *binding, t string, codes []coded, verdict terminology.Verdict) terminology.Verdict {
	remote := j.registry.remote
	if remote == nil || verdict != terminology.Unknown || b.strength == "example" {
		return verdict
	}
	verdict = terminology.Out
	for _, c := range codes {
		if c.system == "" && isCoding(t) {
			continue
		}
		switch remote.Verdict(b.valueSet, c.system, c.code) {
		case terminology.In:
			return terminology.In
		case terminology.Unknown:
			verdict = terminology.Unknown
		default:
		}
	}
	return verdict
}

// allUnknown says whether none of the codes is in its own code system, which is reported as an error of its own.
func (j *judge) allUnknown(b *binding, t string, codes []coded) bool {
	if t != "Coding" && t != "CodeableConcept" {
		return false
	}
	for _, c := range codes {
		if c.system == "" {
			return false
		}
		if s := j.systemOf(c); s.Check(c.code) != terminology.Out || severityOfUnknown(c, s, t == "CodeableConcept" && b.strength != "required") != result.SeverityError {
			return false
		}
	}
	return true
}

// codeExcused says whether a coding says why it has no code.
func codeExcused(v any) bool {
	obj, _ := v.(map[string]any)
	list, _ := obj["coding"].([]any)
	for _, item := range list {
		if coding, ok := item.(map[string]any); ok && (saysWhyAbsent(coding["_code"]) || saysWhyAbsent(coding)) {
			return true
		}
	}
	return false
}

// saysWhyAbsent says whether an element has the extension that tells why its value is missing (R4 data-absent-reason, "provides a
// reason why the expected value or elements in the element that is extended are missing", or the older one of ISO 21090). No other
// extension answers a binding, which asks for a code.
func saysWhyAbsent(v any) bool {
	obj, _ := v.(map[string]any)
	list, _ := obj["extension"].([]any)
	for _, item := range list {
		e, _ := item.(map[string]any)
		switch e["url"] {
		case definition.TypeURL("data-absent-reason"), definition.TypeURL("iso21090-nullFlavor"):
			return true
		}
	}
	return false
}

func (j *judge) noCode(n *node, b *binding, v any) {
	if obj, _ := v.(map[string]any); saysWhyAbsent(obj) && len(obj) == 1 {
		return
	}
	if j.failing(result.SeverityError) {
		return
	}
	j.report(n, note{
		rule: RuleBinding, severity: result.SeverityError, code: codeCodeInvalid,
		message:  fmt.Sprintf("%s has no code, but one from value set %s is required", n.label(), b.valueSet),
		expected: b.valueSet, actual: show(v),
	})
}

func (j *judge) outside(n *node, b *binding, codes []coded) {
	severity := result.SeverityError
	word := "is required"
	switch b.strength {
	case "extensible":
		severity, word = result.SeverityWarning, "should be used where one fits"
	case "preferred":
		severity, word = result.Information, "is recommended"
	case "example":
		return
	}
	if j.failing(severity) {
		return
	}
	j.report(n, note{
		rule: RuleBinding, severity: severity, code: codeCodeInvalid,
		message:  fmt.Sprintf("%s has a code outside value set %s; one of its codes %s%s", n.label(), b.valueSet, word, j.systemMeant(b, codes)),
		expected: b.valueSet, actual: showCodes(codes),
	})
}

// otherSystem begins the end of a message about a code that the value set has in another system.
const otherSystem = ", and it has "

// OtherSystem reports whether a finding says that a code is in another code system than the one in which the value set has it.
func OtherSystem(f result.Finding) bool {
	return f.Rule == RuleBinding && strings.Contains(f.Message, otherSystem)
}

// systemMeant is the end of a message about codes of which the value set has one, with another system.
func (j *judge) systemMeant(b *binding, codes []coded) string {
	set, err := j.registry.ValueSet(b.valueSet)
	if err != nil || set == nil {
		return ""
	}
	values := b.values(j)
	for _, c := range codes {
		for _, include := range set.Include {
			if c.system != "" && include.System != "" && include.System != c.system && values.Check(include.System, c.code) == terminology.In {
				return fmt.Sprintf(otherSystem+"%q with the system %s", c.code, include.System)
			}
		}
	}
	return ""
}

// notLookedUp begins what is said of a code whose value set is not there.
const notLookedUp = "the code was not checked against value set "

// OnlyCode reports whether a finding of RuleNotCheckable leaves open only whether a code is in a value set, which takes a
// terminology that is not in the box.
func OnlyCode(f result.Finding) bool {
	return f.Rule == RuleNotCheckable && strings.Contains(f.Message, ": "+notLookedUp+f.Expected)
}

func (j *judge) notCheckable(n *node, b *binding, reason string, codes []coded) {
	if j.failing(result.Information) {
		return
	}
	j.report(n, note{
		rule: RuleNotCheckable, severity: result.Information, code: codeNotSupported,
		message:  fmt.Sprintf("%s: %s%s: %s", n.label(), notLookedUp, b.valueSet, reason),
		expected: b.valueSet, actual: showCodes(codes),
	})
}

func showCodes(codes []coded) string {
	text := ""
	for i, c := range codes {
		if i > 0 {
			text += ", "
		}
		if c.system != "" {
			text += c.system + "|"
		}
		text += c.code
	}
	return text
}
