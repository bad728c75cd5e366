package command

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
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

func TestWhatSeldomTakesLongSaysNothingInTheFirstSecond(t *testing.T) {
	var told strings.Builder
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := newProgress(&told, func() time.Time { return now })
	p.what = "run folders read"
	p.late(1, 40)
	if told.Len() > 0 {
		t.Errorf("at once: %q", told.String())
	}
	now = now.Add(3 * time.Second)
	p.late(20, 40)
	if want := "  3.0s  20 of 40 run folders read (50 %)\n"; told.String() != want {
		t.Errorf("%q", told.String())
	}
}
