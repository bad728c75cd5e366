package record

import "strings"

// Assumed is what a reader has to take an element for that is not there, by the name of the element: the "meaning if missing"
// that R4 gives to it or to the pattern that its type follows (Request, Event), and what Patient says of who is alive. Who
// writes it out says no more than who does not. An element of the name that means something else has other values.
func Assumed(element string) (value string, ok bool) {
	switch element {
	case "active": // Patient, Practitioner, PractitionerRole, Organization, RelatedPerson, HealthcareService
		return "true", true
	case "doNotPerform", "isSubpotent", "deceasedBoolean", "deleted":
		return "false", true
	case "priority": // of a request or a task; an Appointment's is a number
		return "routine", true
	default:
		return "", false
	}
}

// assumedRule compares one code, of which R4 says what is meant where there is none.
func assumedRule(element string) rule {
	r := codeRule()
	assumed, _ := Assumed(element)
	or := func(code string) string {
		if code == "" {
			return assumed
		}
		return code
	}
	r.differ = func(expected, actual string) bool { return or(expected) != or(actual) }
	return r
}

// saysNothingElse reports whether the leaf of an element is what everybody assumes without it.
func saysNothingElse(element string, leaf any) bool {
	assumed, ok := Assumed(element)
	text, isLeaf := leaf.(string)
	if !ok || !isLeaf {
		return false
	}
	_, content, _ := strings.Cut(text, ":")
	return content == assumed
}
