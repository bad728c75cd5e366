package config_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/config"
)

// FuzzExpand looks for a text whose variables are put in wrongly: a variable that is not set must be an error that tells no
// value, and what is set must stand where its name stood.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"Bearer ${TOKEN}", "${TOKEN}${TOKEN}", "${MISSING}", "$TOKEN", "${", "${}", "${TOKEN", "$${TOKEN}", "${TOKEN}${MISSING}", "${1}"} {
		f.Add(seed)
	}
	const secret = "correct-horse"
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, secret) {
			t.Skip("it holds the value itself")
		}
		got, _, err := config.Expand(text, map[string]string{"TOKEN": secret})
		if err != nil {
			if got != "" || strings.Contains(err.Error(), secret) {
				t.Errorf("%q gives %q and %v", text, got, err)
			}
			return
		}
		if want := strings.ReplaceAll(text, "${TOKEN}", secret); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	})
}
