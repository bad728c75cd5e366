package command

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence"
)

// put writes a file and the folders that it lies in.
func put(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// holds wants a folder to hold these files, each given as its name and its text.
func holds(t *testing.T, folder string, want ...string) {
	t.Helper()
	files, err := evidence.Files(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == evidence.ManifestFile {
			continue
		}
		got = append(got, name+"="+string(text))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", folder, got, want)
	}
}

const aRun, another = `{"schema":"concord/run/v1","id":"one"}`, `{"schema":"concord/run/v1","id":"two"}`

// writes reserves a folder, writes a run of some files and publishes it.
func writes(t *testing.T, final string, force bool, run string, more ...string) {
	t.Helper()
	folder, err := reserve(final, force)
	if err != nil {
		t.Fatal(err)
	}
	put(t, run, folder.temporary, "run.json")
	for _, name := range more {
		put(t, "of "+run, folder.temporary, filepath.FromSlash(name))
	}
	if err := folder.publish(); err != nil {
		t.Fatal(err)
	}
	folder.discard()
}

func TestANewRunReplacesTheEarlierOneAndLeavesNothingElse(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "run")
	writes(t, final, false, aRun, "exchanges/bodies", "inputs/deep/scenario.yaml", "report.html")
	writes(t, final, false, another, "exchanges/bodies", "junit.xml")
	holds(t, final, "run.json="+another, "exchanges/bodies=of "+another, "junit.xml=of "+another)
	if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
		t.Errorf("beside the run folder lies %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(final, "inputs")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder of the earlier run is left empty: %v", err)
	}
}

func TestWhatConcordDidNotWriteIsNeverTouched(t *testing.T) {
	for name, foreign := range map[string][]string{
		"a letter":                      {"letter.txt"},
		"a letter beside a run":         {"run.json", "letter.txt"},
		"a folder":                      {"photos/1.jpg"},
		"a folder beside a run":         {"run.json", "photos/deep/1.jpg"},
		"a hidden file":                 {".gitignore"},
		"a run.json inside a folder":    {"sub/run.json"},
		"a report, and nobody's":        {"report.txt"},
		"a manifest of something else":  {"manifest.txt"},
		"what looks like an older file": {"run.json.bak"},
	} {
		t.Run(name, func(t *testing.T) {
			final := t.TempDir()
			var want []string
			for _, file := range foreign {
				if file == "run.json" {
					put(t, aRun, final, file)
					continue
				}
				put(t, "mine", final, filepath.FromSlash(file))
				want = append(want, file+"=mine")
			}
			if _, err := reserve(final, false); err == nil || !strings.Contains(err.Error(), "--force") || !strings.Contains(err.Error(), strings.Split(strings.Split(want[0], "=")[0], "/")[0]) {
				t.Errorf("without --force it is not refused by name: %v", err)
			}
			if _, err := os.Stat(filepath.Join(final, workFolder)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("what was refused left something: %v", err)
			}
			writes(t, final, true, another, "exchanges/bodies")
			writes(t, final, true, another, "exchanges/bodies")
			holds(t, final, append(want, "run.json="+another, "exchanges/bodies=of "+another)...)
		})
	}
}

func TestWhatStandsInTheWayIsRefusedEvenWithForce(t *testing.T) {
	for name, files := range map[string][2]string{
		"a run.json of somebody else":         {"run.json", `{"schema":"other"}`},
		"a manifest of somebody else":         {"manifest.json", `{"schema":"other","files":["run.json"]}`},
		"a folder named as that of evidence":  {"exchanges/mine.txt", "mine"},
		"a folder named as a file of a run":   {"report.html/index.html", "mine"},
		"a summary of somebody else":          {"summary.md", "mine"},
		"a folder named as that of the input": {"inputs/mine.txt", "mine"},
	} {
		t.Run(name, func(t *testing.T) {
			final := t.TempDir()
			put(t, files[1], final, filepath.FromSlash(files[0]))
			top, _, _ := strings.Cut(files[0], "/")
			if _, err := reserve(final, true); err == nil || !strings.Contains(err.Error(), top) {
				t.Errorf("it is not refused by name: %v", err)
			}
			holds(t, final, func() []string {
				if files[0] == "manifest.json" {
					return nil
				}
				return []string{files[0] + "=" + files[1]}
			}()...)
		})
	}
	t.Run("something was put into the evidence of a run", func(t *testing.T) {
		final := t.TempDir()
		writes(t, final, false, aRun, "exchanges/bodies")
		put(t, "mine", final, "exchanges", "mine.txt")
		if _, err := reserve(final, true); err == nil || !strings.Contains(err.Error(), "exchanges/mine.txt") {
			t.Errorf("it is not refused by name: %v", err)
		}
	})
}

func TestAManifestLeadsToNothingOutside(t *testing.T) {
	parent := t.TempDir()
	final := filepath.Join(parent, "run")
	put(t, "mine", parent, "letter.txt")
	put(t, aRun, final, "run.json")
	put(t, `{"schema":"concord/manifest/v1","files":["../letter.txt","linked/letter.txt","run.json","manifest.json"]}`, final, "manifest.json")
	if err := os.Symlink(parent, filepath.Join(final, "linked")); err != nil {
		t.Skip(err)
	}
	writes(t, final, true, another)
	if text, err := os.ReadFile(filepath.Join(parent, "letter.txt")); err != nil || string(text) != "mine" {
		t.Errorf("the letter outside is %q, %v", text, err)
	}
	if to, err := os.Readlink(filepath.Join(final, "linked")); err != nil || to != parent {
		t.Errorf("the link is gone: %v", err)
	}
}

func TestARunOfABuildWithoutManifestIsReplaced(t *testing.T) {
	final := t.TempDir()
	put(t, aRun, final, "run.json")
	body, id := strings.Repeat("ab", 32), "0123456789abcdef"
	for _, name := range []string{"junit.xml", "report.html", "summary.md", "exchanges/" + id + ".json", "exchanges/bodies/" + body} {
		put(t, "old", final, filepath.FromSlash(name))
	}
	writes(t, final, false, another)
	holds(t, final, "run.json="+another)
}

func TestOnlyOneRunWritesIntoAFolder(t *testing.T) {
	final := filepath.Join(t.TempDir(), "run")
	first, err := reserve(final, false)
	if err != nil {
		t.Fatal(err)
	}
	link := final + "-by-another-name"
	if err := os.Symlink(final, link); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{final, link, final + "/", filepath.Join(final, ".", "..", "run")} {
		if _, err := reserve(name, true); err == nil || !strings.Contains(err.Error(), "another run is writing") || !strings.Contains(err.Error(), "process ") {
			t.Errorf("the second, into %s, was told %v", name, err)
		}
	}
	if _, err := os.Stat(first.temporary); err != nil {
		t.Errorf("the second harmed the first: %v", err)
	}
	first.discard()
	if _, err := os.Stat(final); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a run that was not written left its folder: %v", err)
	}
}

func TestAnyNameOfAFolderWillDo(t *testing.T) {
	t.Run("a link", func(t *testing.T) {
		parent := t.TempDir()
		final, link := filepath.Join(parent, "run"), filepath.Join(parent, "latest")
		if err := errors.Join(os.Mkdir(final, 0o750), os.Symlink("run", link)); err != nil {
			t.Skip(err)
		}
		writes(t, link, false, aRun)
		writes(t, link, false, another)
		holds(t, final, "run.json="+another)
		if to, err := os.Readlink(link); err != nil || to != "run" {
			t.Errorf("the link is gone: %v", err)
		}
	})
	t.Run("the working directory", func(t *testing.T) {
		final := t.TempDir()
		t.Chdir(final)
		writes(t, ".", false, aRun)
		writes(t, "", false, another)
		holds(t, ".", "run.json="+another)
		holds(t, final, "run.json="+another)
	})
}

func TestWhatCannotBeWrittenIsRefusedAtOnce(t *testing.T) {
	parent := t.TempDir()
	put(t, "text", parent, "file")
	closed := filepath.Join(parent, "closed")
	if err := errors.Join(os.Symlink("nowhere", filepath.Join(parent, "dangling")), os.Mkdir(closed, 0o500), os.Mkdir(filepath.Join(parent, "linked"), 0o750),
		os.Symlink(parent, filepath.Join(parent, "linked", workFolder))); err != nil {
		t.Skip(err)
	}
	for name, want := range map[string]string{"file": "it is a file", "file/below": "cannot be written", "dangling": "cannot be written", "linked": "is not a folder", "closed": "cannot be written"} {
		if name == "closed" && os.Getuid() == 0 {
			continue // nothing is closed to root
		}
		_, err := reserve(filepath.Join(parent, name), true)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--out") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARunThatCannotBeMovedIsNotLost(t *testing.T) {
	final := filepath.Join(t.TempDir(), "run")
	writes(t, final, false, aRun)
	folder, err := reserve(final, false)
	if err != nil {
		t.Fatal(err)
	}
	put(t, another, folder.temporary, "run.json")
	put(t, "page", folder.temporary, "report.html")
	put(t, "in the way", final, "report.html", "index.html") // came while the run was asked
	err = folder.publish()
	folder.discard()
	at := filepath.Join(final, workFolder, "whole")
	if err == nil || !strings.Contains(err.Error(), at) {
		t.Fatalf("the error does not say where the run is: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(at, "run.json")); err != nil || string(text) != another {
		t.Errorf("the run is lost: %q, %v", text, err)
	}
	if err := os.RemoveAll(filepath.Join(final, "report.html")); err != nil {
		t.Fatal(err)
	}
	// The next one puts it into its place before anything else.
	next, err := reserve(final, false)
	if err != nil {
		t.Fatal(err)
	}
	next.discard()
	holds(t, final, "run.json="+another, "report.html=page")
}

func TestARunThatWasKilledWhileItMovedLosesNoRun(t *testing.T) {
	t.Run("the earlier one was on its way out", func(t *testing.T) {
		final := t.TempDir()
		put(t, aRun, final, workFolder, "earlier", "run.json")
		put(t, "page", final, "report.html")
		put(t, another, final, workFolder, "partial", "run.json")
		next, err := reserve(final, false)
		if err != nil {
			t.Fatal(err)
		}
		next.discard()
		holds(t, final, "run.json="+aRun, "report.html=page")
	})
	t.Run("the new one was on its way in", func(t *testing.T) {
		final := t.TempDir()
		put(t, aRun, final, workFolder, "earlier", "run.json")
		put(t, "new page", final, "report.html")
		put(t, another, final, workFolder, "whole", "run.json")
		next, err := reserve(final, false)
		if err != nil {
			t.Fatal(err)
		}
		next.discard()
		holds(t, final, "run.json="+another, "report.html=new page")
	})
	t.Run("it had not come that far", func(t *testing.T) {
		final := t.TempDir()
		put(t, aRun, final, "run.json")
		put(t, "half", final, workFolder, "partial", "exchanges", "records.jsonl")
		next, err := reserve(final, false)
		if err != nil {
			t.Fatal(err)
		}
		if !next.dropped {
			t.Error("nobody is told that an interrupted run is dropped")
		}
		next.discard()
		holds(t, final, "run.json="+aRun)
	})
}
