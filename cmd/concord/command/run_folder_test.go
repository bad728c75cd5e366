package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, folder, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "run.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestANewRunReplacesTheEarlierOneAndLeavesNothingBeside(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "run")
	for _, text := range []string{"first", "second"} {
		folder, err := reserve(final, false)
		if err != nil {
			t.Fatal(err)
		}
		write(t, folder.temporary, text)
		if err := folder.publish(); err != nil {
			t.Fatal(err)
		}
		folder.discard()
		if got := content(t, final); got != text {
			t.Errorf("the folder holds %q, want %q", got, text)
		}
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
		t.Errorf("beside the run folder lies %v, %v", left, err)
	}
}

func TestARunThatCannotBeMovedIsNotLost(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "run")
	folder, err := reserve(final, false)
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder.temporary, "new")
	written := folder.temporary
	// The parent of the final place goes away, as when a disk is unmounted.
	folder.final = filepath.Join(parent, "gone", "run")
	err = folder.publish()
	folder.discard()
	if err == nil || !strings.Contains(err.Error(), written) {
		t.Errorf("the error does not say where the run is: %v", err)
	}
	if got := content(t, written); got != "new" {
		t.Errorf("the run is lost: %q", got)
	}
}
