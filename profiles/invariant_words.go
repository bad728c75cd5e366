package profiles

import (
	_ "embed"
	"strings"

	"concord.example/concord/profiles/definition"
)

// invariantWords says in words of our own what the invariants of R4 and UK Core ask, one a line after its key: the embedded tables
// keep no prose.
//
//go:embed definitions/words.txt
var invariantWords string

// wordsOf says what an invariant asks: in the words of its definition, else in our own; "" where nobody has any.
func wordsOf(c definition.Constraint) string {
	if c.Human != "" {
		return c.Human
	}
	if strings.HasPrefix(c.Expression, "name.matches('[A-Z]") {
		return "a name is one that programs can use: a capital letter, then letters, digits and underscores"
	}
	if text, found := strings.CutPrefix(invariantWords, c.Key+"|"); found {
		return firstLine(text)
	}
	if _, text, found := strings.Cut(invariantWords, "\n"+c.Key+"|"); found {
		return firstLine(text)
	}
	return ""
}

// InvariantWords says what the invariant of R4 or UK Core with the key asks; "" where nobody has words for it.
func InvariantWords(key string) string { return wordsOf(definition.Constraint{Key: key}) }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
