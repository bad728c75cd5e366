package record

import (
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// then stands between the codes, the words and the displays of a concept's leaf.
const then = "\x1e"

// conceptLeaf gives the canonical form of a CodeableConcept or a Coding: its codes, its words, and its displays, which are
// only looked at to tell whether words say what a code says.
func conceptLeaf(concept map[string]any) string {
	codes := codings(concept)
	slices.Sort(codes)
	text := words(fhir.Text(concept["text"]))
	if len(codes) == 0 && text == "" {
		return ""
	}
	terms := termsOf([]any{concept})
	displays := make([]string, 0, len(terms))
	for _, term := range terms {
		displays = append(displays, term.Display)
	}
	slices.Sort(displays)
	return strings.Join(slices.Compact(codes), "\n") + then + text + then + strings.Join(slices.Compact(displays), "\n")
}

func cutConcept(leaf string) (codes, text string, displays []string) {
	fields := strings.SplitN(leaf, then, 3)
	fields = append(fields, "", "")
	return fields[0], fields[1], strings.Split(fields[2], "\n")
}

// sameConcept compares concepts: no expected code may be lost, and what somebody wrote must be kept. A code may be added
// in a code system of its own, as a map does; a second code in a system that has one already says something else. Words that are the
// display of a code say nothing that the code does not, so a system may leave them out, or put another display there.
func sameConcept(want, got string) bool {
	wantCodes, wantText, wantDisplays := cutConcept(want)
	gotCodes, gotText, gotDisplays := cutConcept(got)
	if len(lost(wantCodes, gotCodes)) > 0 {
		return false
	}
	if wantCodes != "" && slices.ContainsFunc(lost(gotCodes, wantCodes), func(added string) bool { return sharesSystem(wantCodes, added) }) {
		return false
	}
	display := func(text string) bool {
		return slices.Contains(wantDisplays, text) || slices.Contains(gotDisplays, text)
	}
	return wantText == gotText || wantText == "" || display(wantText) && (gotText == "" || display(gotText))
}

// conceptSpoken writes a concept's leaf for people.
func conceptSpoken(leaf string) string {
	codes, text, _ := cutConcept(leaf)
	if text == "" {
		return codes
	}
	return strings.TrimSpace(codes + " \"" + text + "\"")
}

// sharesSystem reports whether two lists of codes, a line each, have codes of one system.
func sharesSystem(a, b string) bool {
	systems := func(codes string) []string {
		var all []string
		for code := range strings.SplitSeq(codes, "\n") {
			system, _, _ := strings.Cut(code, "|")
			all = append(all, system)
		}
		return all
	}
	others := systems(b)
	return slices.ContainsFunc(systems(a), func(system string) bool { return slices.Contains(others, system) })
}
