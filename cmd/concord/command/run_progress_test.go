package command

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"concord.example/concord/internal/redact"
	"concord.example/concord/reports/console"
)

func TestProgressIsToldBesideWhatIsSealedAndTakenAwayInTheEnd(t *testing.T) {
	if path.Dir(console.ProgressFile) != workFolder {
		t.Fatalf("%s is outside %s", console.ProgressFile, workFolder)
	}
	out := filepath.Join(t.TempDir(), "out")
	folder, err := reserve(out, false)
	if err != nil {
		t.Fatal(err)
	}
	p := tellProgress(folder, redact.New(), time.Now)
	if _, err := os.Stat(filepath.Join(out, filepath.FromSlash(console.ProgressFile))); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	if entries, err := os.ReadDir(folder.temporary); err != nil || len(entries) != 0 {
		t.Errorf("what is sealed holds %v %v", entries, err)
	}
	p.stop()
	folder.discard()
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in the end: %v", err)
	}
}
