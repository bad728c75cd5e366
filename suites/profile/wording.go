package profile

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// damaged finds words that are shown in the writing of another layer: with character references of HTML or XML, escapes of
// JSON, or in UTF-8 that was read as another encoding.
func damaged(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, targets, err := followed(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, s := range append(sample, entries(targets)...) {
		words := readWords(s.resource)
		for _, path := range slices.Sorted(maps.Keys(words)) {
			text := words[path]
			problem := garbled(text)
			if problem == "" {
				continue
			}
			findings = append(findings, result.Finding{
				Rule: "text-damaged", Severity: result.SeverityError, Path: s.resource.Type() + "." + path,
				Message: fmt.Sprintf("%s: %s holds %s", s.resource.Reference(), path, problem), Expected: "the words as they were written", Actual: text, Exchanges: s.exchanges,
			})
		}
	}
	return findings, nil
}

// readWords are the texts of a resource that people read, by path. Markdown, which may hold character references, and narratives,
// which are XHTML, are not among them.
func readWords(resource fhir.Resource) map[string]string {
	found := map[string]string{}
	var walk func(path, name string, value any)
	walk = func(path, name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for key, child := range v {
				if key == "div" || key == "note" || key == "contained" && path != "" {
					continue
				}
				walk(join(path, key), key, child)
			}
		case []any:
			for i, child := range v {
				walk(path+"["+strconv.Itoa(i)+"]", name, child)
			}
		case string:
			if slices.Contains(worded(), name) {
				found[path] = v
			}
		}
	}
	walk("", "", map[string]any(resource))
	return found
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// worded are the elements of the type string that hold words.
func worded() []string {
	return []string{
		"display", "text", "title", "family", "given", "prefix", "suffix", "name", "line", "city", "district", "state", "valueString",
		"patientInstruction", "conclusion", "unit",
	}
}

var (
	reference = regexp.MustCompile(`&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#x[0-9a-fA-F]{1,6});`)
	escape    = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|["'/])`)
	// The first byte of a letter in UTF-8 and one that can follow, each read as Latin-1 or Windows-1252.
	misread = regexp.MustCompile("[\u00c2-\u00c5\u00c9\u00ce\u00cf\u00d0\u00d1\u00e1\u00e2\u00ef][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]")
)

// garbled says what a text holds that nobody wrote into it; "" for nothing.
func garbled(text string) string {
	if found := reference.FindString(text); found != "" {
		return "the character reference " + found + " of HTML or XML, which a reader sees as it stands"
	}
	if found := escape.FindString(text); found != "" {
		return "the escape " + found + " of another layer, which a reader sees as it stands"
	}
	if found := misread.FindString(text); found != "" {
		return fmt.Sprintf("%q, as UTF-8 reads where it is taken for another encoding", found)
	}
	if slices.Contains([]rune(text), '\ufffd') {
		return "U+FFFD, which stands where a letter could not be read"
	}
	return ""
}
