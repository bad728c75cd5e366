package reports

import (
	"strings"

	"concord.example/concord/internal/result"
)

// Word is a word of a closed list that reports print, with what it means.
type Word struct {
	// Kind says which list it is of: status, reason, cause, level or term.
	Kind string
	// Word is the word as run.json has it, Meaning what it says in a sentence.
	Word, Meaning string
}

// Words lists every status, reason, cause, level and term that a report prints, list by list.
func Words() []Word {
	var words []Word
	for _, s := range result.Statuses() {
		words = append(words, Word{"status", s.String(), statusMeaning(s)})
	}
	for _, r := range result.Reasons() {
		words = append(words, Word{"reason", string(r), reasonMeaning(r)})
	}
	for _, c := range result.Causes() {
		words = append(words, Word{"cause", string(c), c.Meaning()})
	}
	for _, l := range levels() {
		words = append(words, Word{"level", string(l), levelMeaning(l)})
	}
	for _, f := range glossary() {
		words = append(words, Word{"term", strings.ToLower(f.Label), f.Value})
	}
	return words
}
