package suggest_test

import (
	"slices"
	"testing"

	"concord.example/concord/internal/suggest"
)

func TestTheNearestWordComesFirst(t *testing.T) {
	for name, c := range map[string]struct {
		word  string
		known []string
		want  []string
	}{
		"a letter in the wrong case":  {"baseUrl", []string{"adminURL", "baseURL", "title"}, []string{"baseURL"}},
		"a letter too many":           {"provders", []string{"people", "providers"}, []string{"providers"}},
		"the beginning of an id":      {"PAR-DATE", []string{"PAR-DATE-001", "PAR-DATE-002", "PRO-PATIENT-001"}, []string{"PAR-DATE-001", "PAR-DATE-002"}},
		"ties in order of the words":  {"RRX", []string{"RRK", "RRJ", "QQQ"}, []string{"RRJ", "RRK"}},
		"a word like nothing":         {"elephant", []string{"suites", "checks"}, nil},
		"a short word is not guessed": {"x", []string{"parity"}, nil},
		"nothing":                     {" ", []string{"a"}, nil},
		"a word that stands twice":    {"suite", []string{"suites", "suites"}, []string{"suites"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := suggest.Nearest(c.word, c.known, 3); !slices.Equal(got, c.want) {
				t.Errorf("Nearest(%q) is %q, want %q", c.word, got, c.want)
			}
		})
	}
}

func TestASuggestionIsAQuestionAtTheEndOfAMessage(t *testing.T) {
	if got := suggest.Meant("profil", []string{"parity", "profile"}); got != ` (did you mean "profile"?)` {
		t.Error(got)
	}
	if got := suggest.Meant("elephant", []string{"parity"}); got != "" {
		t.Errorf("suggests %q for a word like nothing", got)
	}
}

func FuzzASuggestionIsAlwaysAKnownWord(f *testing.F) {
	f.Add("PAR-DATE-1", "PAR-DATE-001")
	f.Add("\xff\x00", "é")
	f.Fuzz(func(t *testing.T, word, known string) {
		for _, got := range suggest.Nearest(word, []string{known, "suites"}, 2) {
			if got != known && got != "suites" {
				t.Errorf("suggests %q, which nobody knows", got)
			}
		}
	})
}
