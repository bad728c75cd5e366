package definition

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// phrases are the texts that come again and again in the tables. In a pack each is one byte that neither JSON nor UTF-8
// uses, which halves what the embedded tables take in memory. Whoever changes the list must write the packs again.
func phrases() []string {
	return []string{
		CoreURL, `{"code":"`, `,"type":[`, `}]},{"id":"`, `":"`, "http://hl7.org/fhir/ValueSet/", `","`, "Extension", `"},`,
		"Observation", "StructureDefinition", `{"binding":{"strength`, `targetProfile":["`, "https://fhir.hl7.org.uk/",
		"CodeableConcept", `{"expression`, `representation":["xmlAttr"]`, "extension", `"differential":{"element":[{"id`,
		`mustSupport":true`, `isModifier":true`, "%resource.descendants().", "ExplanationOfBenefit.",
		") or descendants().where(", `{"compose":{"include":[{"`, "max", "valueSet", `"}]`, `property":[`, "Reference",
		"http://terminology.hl7.org/CodeSystem/", "constraint", `min":`, `slicing":{"discriminator":[{"path`, "contained",
		"subsumedBy", "http://hl7.org/fhir/", "as(canonical) = '#').exists", "severity", "string", "display",
	}
}

// phraseBytes are the bytes that stand for the phrases, in their order: control characters, which JSON escapes, and bytes
// that no character has in UTF-8.
const phraseBytes = "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	"\xc0\xc1\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff"

// folder replaces phrases by their bytes, longer ones first.
func folder() *strings.Replacer {
	list := phrases()
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(list[b]) - len(list[a]) })
	pairs := make([]string, 0, 2*len(list))
	for _, i := range order {
		pairs = append(pairs, list[i], phraseBytes[i:i+1])
	}
	return strings.NewReplacer(pairs...)
}

var errPhraseByte = errors.New("it holds a byte that stands for a phrase")

// fold replaces the phrases of the fields of a line by their bytes and joins the fields with tabs.
func fold(r *strings.Replacer, fields ...string) (string, error) {
	folded := make([]string, len(fields))
	for i, text := range fields {
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && strings.ContainsRune(phraseBytes, c) }) || !utf8.ValidString(text) {
			return "", errPhraseByte
		}
		folded[i] = r.Replace(text)
	}
	return strings.Join(folded, "\t"), nil
}

// unfolder puts phrases back in place of their bytes.
type unfolder [256]string

func newUnfolder() *unfolder {
	var u unfolder
	for i, phrase := range phrases() {
		u[phraseBytes[i]] = phrase
	}
	return &u
}

// text puts the phrases of a text back.
func (u *unfolder) text(folded string) string {
	size := len(folded)
	for i := range len(folded) {
		size += max(0, len(u[folded[i]])-1)
	}
	if size == len(folded) {
		return folded
	}
	text := make([]byte, 0, size)
	start := 0
	for i := range len(folded) {
		if phrase := u[folded[i]]; phrase != "" {
			text = append(append(text, folded[start:i]...), phrase...)
			start = i + 1
		}
	}
	return string(append(text, folded[start:]...))
}

// once is text for texts that come again: each is made once and kept in made.
func (u *unfolder) once(folded string, made map[string]string) string {
	text, known := made[folded]
	if !known {
		text = u.text(folded)
		made[folded] = text
	}
	return text
}
