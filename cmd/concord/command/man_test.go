package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryCommandHasAManPageThatSaysHowItIsCalled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if said, code := printed(t, "man", dir); code != 0 {
		t.Fatal(said)
	}
	for name, want := range map[string]string{"concord.1": "Exit codes: 0 conformant", "concord-run.1": "--checks", "concord-profiles-rules.1": "rules for England"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s does not say %q: %v", name, want, err)
		}
	}
	if said, code := printed(t, "man", filepath.Join(dir, "concord.1", "below")); code == 0 {
		t.Errorf("a folder inside a file ends with 0: %s", said)
	}
}
