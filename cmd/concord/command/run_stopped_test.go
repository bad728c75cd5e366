package command

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"concord.example/concord/internal/evidence"
)

// stopped makes a run folder of a run that was stopped and told, with the reports that say so.
func stoppedRun(t *testing.T) string {
	t.Helper()
	final := filepath.Join(t.TempDir(), "run")
	folder, err := reserve(final, false)
	if err != nil {
		t.Fatal(err)
	}
	put(t, aRun, folder.temporary, "run.json")
	put(t, "answers", folder.temporary, "exchanges", "records.jsonl")
	put(t, "asked", folder.work(askedFile))
	folder.stopped = true
	seal, err := evidence.MakeSeal(folder.temporary)
	if err := errors.Join(err, seal.Write(folder.temporary), folder.keepAsked(), folder.publish()); err != nil {
		t.Fatal(err)
	}
	folder.discard()
	return final
}

func lacks(t *testing.T, path ...string) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(path...)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there: %v", filepath.Join(path...), err)
	}
}

func TestARunThatWasStoppedKeepsHowItWasAskedForUntilItHasEnded(t *testing.T) {
	final := stoppedRun(t)
	if text, err := os.ReadFile(filepath.Join(final, resumeFile)); err != nil || string(text) != "asked" {
		t.Fatalf("%q, %v", text, err)
	}
	lacks(t, final, workFolder)
	folder, err := reopen(final, false)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(folder.temporary, "exchanges"), "records.jsonl=answers")
	put(t, another, folder.temporary, "run.json")
	if err := errors.Join(folder.keepAsked(), folder.publish()); err != nil {
		t.Fatal(err)
	}
	folder.discard()
	lacks(t, final, resumeFile)
	lacks(t, final, workFolder)
	if text, err := os.ReadFile(filepath.Join(final, "run.json")); err != nil || string(text) != another {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAStoppedRunThatIsNotGoneOnWithAfterAllStaysWhereItWas(t *testing.T) {
	final := stoppedRun(t)
	folder, err := reopen(final, false)
	if err != nil {
		t.Fatal(err)
	}
	folder.discard()
	if text, err := os.ReadFile(filepath.Join(final, "run.json")); err != nil || string(text) != aRun {
		t.Errorf("%q, %v", text, err)
	}
	lacks(t, final, workFolder)

	// Once something more was recorded, it is gone on with from where it is.
	if folder, err = reopen(final, false); err != nil {
		t.Fatal(err)
	}
	put(t, "answers and more", folder.temporary, "exchanges", "records.jsonl")
	folder.discard()
	lacks(t, final, "run.json")
	if folder, err = reopen(final, false); err != nil {
		t.Fatal(err)
	}
	holds(t, filepath.Join(folder.temporary, "exchanges"), "records.jsonl=answers and more")
	folder.discard()
}

func TestARunThatIsMadeAnewInTheFolderOfAStoppedOneLeavesNothingOfIt(t *testing.T) {
	final := stoppedRun(t)
	writes(t, final, false, another)
	lacks(t, final, resumeFile)
	lacks(t, final, "exchanges")
}
