package evidence_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"concord.example/concord/internal/evidence"
)

// aRun writes a folder as a run leaves it.
func aRun(t *testing.T, more ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	for _, name := range []string{"run.json", "junit.xml", "exchanges/records.jsonl", "inputs/policy.yaml"} {
		put(t, dir, name, `{"schema": "concord/run/v1"}`)
	}
	if err := evidence.WriteManifest(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range more {
		put(t, dir, name, "somebody's")
	}
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestARunIsDeletedWithItsFolder(t *testing.T) {
	dir := aRun(t)
	if left, err := evidence.Remove(dir); err != nil || len(left) > 0 {
		t.Fatalf("%v %v", left, err)
	}
	if _, err := os.Lstat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestWhatIsNotConcordsOutlivesTheRunBesideIt(t *testing.T) {
	dir := aRun(t, "notes.txt", "exchanges/notes.txt", "mine/run.json")
	left, err := evidence.Remove(dir)
	if want := []string{"exchanges/notes.txt", "mine", "notes.txt"}; err != nil || !slices.Equal(left, want) {
		t.Fatalf("left are %v (%v), want %v", left, err, want)
	}
	files, err := evidence.Files(dir)
	if want := []string{"exchanges/notes.txt", "mine/run.json", "notes.txt"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("the folder holds %v (%v), want %v", files, err, want)
	}
}

func TestADeletionThatWasCutOffCanBeFinished(t *testing.T) {
	for _, rest := range [][]string{{"run.json"}, {"run.json", evidence.ManifestFile}, {"run.json", evidence.ManifestFile, "inputs/policy.yaml"}} {
		dir := aRun(t)
		files, err := evidence.Files(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if !slices.Contains(rest, name) {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !slices.Contains(rest, evidence.ManifestFile) {
			for _, folder := range []string{"exchanges", "inputs"} {
				if err := os.Remove(filepath.Join(dir, folder)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if left, err := evidence.Remove(dir); err != nil || len(left) > 0 {
			t.Errorf("of %v: %v %v", rest, left, err)
		}
	}
}

func TestAManifestThatNamesWhatLiesOutsideDeletesNothingThere(t *testing.T) {
	dir := aRun(t)
	outside := filepath.Join(filepath.Dir(dir), "outside")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "mine")); err != nil {
		t.Fatal(err)
	}
	put(t, dir, evidence.ManifestFile, `{"schema": "concord/manifest/v1", "files": ["run.json", "../outside/file", "mine/file", "manifest.json"]}`)
	left, err := evidence.Remove(dir)
	if want := []string{"exchanges", "inputs", "mine"}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left are %v (%v), want %v", left, err, want)
	}
	for _, path := range []string{outside, filepath.Join(dir, "mine")} {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s is gone", path)
		}
	}
}
