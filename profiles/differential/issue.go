package main

import (
	"regexp"
	"strings"
)

// issue is one error of either validator.
type issue struct {
	// place is the path of the element, without indexes, types of choices and slices.
	place string
	// kind is the rule of ours, or the message's id of the other.
	kind string
	text string
}

// kindOf names the kind of an issue of the other validator; invariants are told apart by their keys.
func kindOf(i oracleIssue) string {
	if i.Invariant != "" {
		if key := i.Invariant[strings.LastIndexAny(i.Invariant, "#/")+1:]; key != "" {
			return "invariant " + key
		}
	}
	if i.MessageID == "" {
		return "no id: " + strings.Join(strings.Fields(quoted().ReplaceAllString(i.Message, "...")), " ")
	}
	return i.MessageID
}

func quoted() *regexp.Regexp { return regexp.MustCompile(`'[^']*'|\([^)]*\)`) }

// policy says whether an error of the other validator depends on its settings or on what only a server has, so that it says
// nothing about R4.
func policy(i oracleIssue) bool {
	for _, start := range []string{"Display_Name_", "SLICING_CANNOT_BE_EVALUATED", "Type_Specific_Checks_DT_URL_Resolve", "Extension_EXT_Unknown"} {
		if strings.HasPrefix(i.MessageID, start) {
			return true
		}
	}
	if strings.Contains(i.Message, "xample URL") || strings.Contains(i.Message, "example.org") && strings.Contains(i.Message, "not allowed") {
		return true
	}
	for _, held := range serverOnly() {
		if strings.Contains(i.Message, held) {
			return true
		}
	}
	return false
}

// serverOnly are the value sets and code systems whose codes only a terminology server has.
func serverOnly() []string {
	return []string{
		"ValueSet/mimetypes", "ValueSet/languages", "ValueSet/all-languages", "ValueSet/currencies", "http://snomed.info/sct",
		"http://loinc.org", "urn:ietf:bcp:13", "urn:ietf:bcp:47", "urn:iso:std:iso:4217", "http://unitsofmeasure.org", "ValueSet/ucum-units",
	}
}

// place normalises a FHIRPath expression to the names of elements.
func (b *bench) place(expression string) string {
	expression = annotations().ReplaceAllString(expression, "")
	parts := strings.Split(expression, ".")
	kept := parts[:0]
	for _, part := range parts {
		name := strings.TrimPrefix(strings.TrimSuffix(part, "[x]"), "_")
		if whole := b.names[name]; whole != "" {
			name = whole
		}
		if name != "" {
			kept = append(kept, name)
		}
	}
	return strings.Join(kept, ".")
}

// annotations matches what an expression says besides the names of elements.
func annotations() *regexp.Regexp {
	return regexp.MustCompile(`/\*.*?\*/|\.ofType\([^)]*\)|\.resolve\(\)|\.where\([^)]*\)|\[\d+\]|\('[^']*'\)|:[\w./-]+`)
}

// near says whether two places are the same or one is the parent of the other.
func near(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	rest, below := strings.CutPrefix(b, a+".")
	return a == "" || below && !strings.Contains(rest, ".")
}

// unmatched returns the issues of list that are near none of others.
func unmatched(list, others []issue) []issue {
	var alone []issue
	for _, i := range list {
		found := false
		for _, other := range others {
			found = found || near(i.place, other.place)
		}
		if !found {
			alone = append(alone, i)
		}
	}
	return alone
}
