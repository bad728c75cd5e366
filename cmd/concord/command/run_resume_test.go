package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// killed makes of a run folder one whose run was killed when it had recorded so many bytes of exchanges.
func killed(t *testing.T, dir string, bytes int) string {
	t.Helper()
	to := t.TempDir()
	partial := filepath.Join(to, workFolder, "partial")
	if err := errors.Join(os.MkdirAll(filepath.Dir(partial), 0o750), os.CopyFS(partial, os.DirFS(dir))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"run.json", "junit.xml", "report.html", "summary.md", evidence.SealFile, evidence.ManifestFile, "exchanges/" + evidence.IndexFile} {
		if err := os.Remove(filepath.Join(partial, name)); err != nil {
			t.Fatal(err)
		}
	}
	run, err := reports.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"checks=" + strings.Join(run.Selection.Checks, ","), "clock=" + run.StartedAt.Format(time.RFC3339), "providers=" + strings.Join(run.Selection.Providers, ",")}
	text, err := json.Marshal(askedRun{Schema: askedSchema, Began: run.StartedAt, Harness: build(), Flags: flags})
	if err = errors.Join(err, os.WriteFile(filepath.Join(to, workFolder, askedFile), text, 0o600),
		os.Truncate(filepath.Join(partial, reports.ExchangesFolder, evidence.RecordsFile), int64(bytes))); err != nil {
		t.Fatal(err)
	}
	return to
}

// goesOn is about a run folder that is whole.
func goesOn(t *testing.T, dir string) {
	to := killed(t, dir, 100_000)
	for _, further := range [][]string{{"--seed", "2"}, {"--checks", "PAR-DATE-001"}, {"--out", "elsewhere"}} {
		if got := says(t, result.ExitUsage, append([]string{"run", "--resume", to}, further...)...); !strings.Contains(got, "goes on with") && !strings.Contains(got, "goes on as it was asked for") {
			t.Errorf("%v: %s", further, got)
		}
	}
	inputs := filepath.Join(to, workFolder, "partial", evidence.InputsFolder, "inputs.json")
	was, err := os.ReadFile(inputs)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(inputs, bytes.Replace(was, []byte(`"people": `), []byte(`"people": 1`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := says(t, result.ExitUsage, "run", "--resume", to); !strings.Contains(got, "inputs/inputs.json is not as it was when the run began") {
		t.Error(got)
	}
	if err := os.WriteFile(inputs, was, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := says(t, result.ExitConformant, "run", "--resume", to, "--allow-selection"); !strings.Contains(got, "answers are recorded; asked again is only what has to be asked twice") {
		t.Error(got)
	}
	for _, name := range []string{"run.json", "junit.xml", "report.html", "summary.md", "inputs/inputs.json"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		got, other := os.ReadFile(filepath.Join(to, name))
		if err := errors.Join(err, other); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of the whole run, %v", name, err)
		}
	}
	verifies(t, result.ExitConformant, to, "--hashes")
	if _, err := os.Lstat(filepath.Join(to, workFolder)); err == nil {
		t.Error("what the killed run left is still there")
	}
	if got := says(t, result.ExitUsage, "run", "--resume", to); !strings.Contains(got, "no run was killed or stopped there") {
		t.Error(got)
	}
}
