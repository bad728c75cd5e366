package record

import (
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// codeRule compares plain codes and flags as a set: exactly, because a status is what a program acts on.
func codeRule() rule {
	return rule{name: "code", differ: unlike, read: func(values []any, _ scope) string {
		codes := make([]string, 0, len(values))
		for _, value := range values {
			codes = append(codes, fhir.Text(value))
		}
		slices.Sort(codes)
		return strings.Join(slices.Compact(codes), "\n")
	}}
}

// conceptRule compares CodeableConcepts, and Codings, by system and code. The order of the codings is free, and so are
// their displays, which another row looks at; a coding that is added is lawful, one that is lost is not. Without any
// code the words count.
func conceptRule() rule {
	return rule{name: "concept", read: func(values []any, _ scope) string {
		var all []string
		for _, value := range values {
			all = append(all, codings(value)...)
		}
		if len(all) == 0 {
			for _, value := range values {
				if text := words(fhir.Text(fhir.Get(value, "text"))); text != "" {
					all = append(all, "\""+text)
				}
			}
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), "\n")
	}, differ: func(expected, actual string) bool { return len(lost(expected, actual)) > 0 }}
}

// codings lists the codes of a CodeableConcept, or of a Coding, as system|code.
func codings(concept any) []string {
	list := fhir.Objects(fhir.Get(concept, "coding"))
	if object, ok := concept.(map[string]any); ok && object["code"] != nil && len(list) == 0 {
		list = []map[string]any{object}
	}
	codes := make([]string, 0, len(list))
	for _, coding := range list {
		codes = append(codes, codeSystem(fhir.Text(coding["system"]))+"|"+fhir.Text(coding["code"]))
	}
	return codes
}

// codeSystem gives the usual form of a code system's URI. The dictionary of medicines and devices (dm+d) is met with a
// slash at its end; the conformance suite warns of that, and it is the same code.
func codeSystem(uri string) string {
	if uri == "https://dmd.nhs.uk/" {
		return "https://dmd.nhs.uk"
	}
	return uri
}

// lost lists the lines of the expected text that the actual one lacks.
func lost(expected, actual string) []string {
	if expected == actual || expected == "" {
		return nil
	}
	shown := strings.Split(actual, "\n")
	var missing []string
	for line := range strings.SplitSeq(expected, "\n") {
		if !slices.Contains(shown, line) {
			missing = append(missing, line)
		}
	}
	return missing
}
