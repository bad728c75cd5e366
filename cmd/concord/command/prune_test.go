package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// runBegun writes a run folder of systems, so many days ago.
func runBegun(t *testing.T, dir string, days int, systems ...string) {
	t.Helper()
	run := result.Run{Schema: result.Schema, ID: fmt.Sprintf("%s-%d", strings.Join(systems, "-"), days), StartedAt: time.Now().AddDate(0, 0, -days)}
	for _, name := range systems {
		run.Systems = append(run.Systems, result.System{Name: name, Title: name})
	}
	run.Verdict = run.Judge()
	if err := reports.Write(dir, run, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := evidence.WriteManifest(dir); err != nil {
		t.Fatal(err)
	}
}

// gone lists the names that are no longer in a directory.
func gone(t *testing.T, dir string, names ...string) []string {
	t.Helper()
	var all []string
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); os.IsNotExist(err) {
			all = append(all, name)
		}
	}
	return all
}

func TestRunsPastTheirRetentionAreDeletedAndWrittenDown(t *testing.T) {
	dir := t.TempDir()
	names := []string{"a", "b", "c", "d", "e"}
	for i, days := range []int{200, 150, 120, 10, 300} {
		systems := []string{"ccr", "ohc"}
		if names[i] == "e" {
			systems = []string{"third"}
		}
		runBegun(t, filepath.Join(dir, names[i]), days, systems...)
	}
	told := says(t, result.ExitConformant, "prune", dir, "--older-than", "90d", "--keep", "2")
	if got := gone(t, dir, names...); len(got) > 0 || !strings.Contains(told, "2 of 5 runs would be deleted") || !strings.Contains(told, "Nothing was") {
		t.Fatalf("without --yes %v are gone: %s", got, told)
	}
	// The third system has one run, and c and d are the newest of the two.
	told = says(t, result.ExitConformant, "prune", dir, "--older-than", "90d", "--keep", "2", "--yes")
	if got := gone(t, dir, names...); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("%v are gone, want a and b: %s", got, told)
	}
	text, err := os.ReadFile(filepath.Join(dir, deletedFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	var first deletion
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) != 2 || first.Run != "ccr-ohc-200" || first.Folder != "a" || len(first.SHA256) != 64 || first.Verdict == "" {
		t.Errorf("written down is %v %+v", err, lines)
	}
	told = says(t, result.ExitConformant, "prune", dir, "--older-than", "90d", "--yes")
	if got := gone(t, dir, names...); !slices.Equal(got, []string{"a", "b", "c", "e"}) {
		t.Errorf("by age alone %v are gone, want a, b, c and e: %s", got, told)
	}
}

func TestARunThatSomethingHoldsIsNotDeleted(t *testing.T) {
	dir := t.TempDir()
	names := []string{"broken", "decided", "linked", "loose", "running"}
	for _, name := range names {
		runBegun(t, filepath.Join(dir, name), 100, "ccr", "ohc")
	}
	for path, text := range map[string]string{
		"decided" + signoff.Beside: "",
		"broken/run.json":          `{"schema": "concord/run/v1", `,
		"loose/notes.txt":          "somebody's",
	} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "running", workFolder), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("linked", filepath.Join(dir, "latest")); err != nil {
		t.Fatal(err)
	}
	told := says(t, result.ExitConformant, "prune", dir, "--older-than", "4w", "--yes")
	if got := gone(t, dir, append(names, "loose/run.json")...); !slices.Equal(got, []string{"loose/run.json"}) {
		t.Errorf("%v are gone, want the run in loose alone: %s", got, told)
	}
	if _, err := os.Stat(filepath.Join(dir, "loose", "notes.txt")); err != nil {
		t.Errorf("what Concord did not write was deleted: %v", err)
	}
	for _, why := range []string{"broken: stays: it cannot be read", "decided: stays: somebody decided about it", "linked: stays: the link latest names it", "running: stays: a run writes into it", "did not write it: notes.txt"} {
		if !strings.Contains(told, why) {
			t.Errorf("nobody is told %q: %s", why, told)
		}
	}
	says(t, result.ExitConformant, "prune", dir, "--older-than", "4w", "--decided", "--yes")
	if got := gone(t, dir, "decided", "decided"+signoff.Beside); !slices.Equal(got, []string{"decided"}) {
		t.Errorf("%v are gone, want the run and not what was decided about it", got)
	}
}

func TestRetentionThatWouldKeepNothingIsRefused(t *testing.T) {
	dir := t.TempDir()
	runBegun(t, filepath.Join(dir, "a"), 100, "ccr")
	for _, args := range [][]string{
		{"prune", dir, "--yes"},
		{"prune", dir, "--keep", "0", "--yes"},
		{"prune", dir, "--keep", "-1", "--older-than", "1d", "--yes"},
		{"prune", dir, "--older-than", "0d", "--yes"},
		{"prune", dir, "--older-than", "-3d", "--yes"},
		{"prune", dir, "--older-than", "90", "--yes"},
		{"prune", dir, "--older-than", "9999999999d", "--yes"},
		{"prune", filepath.Join(dir, "elsewhere"), "--keep", "1", "--yes"},
	} {
		says(t, result.ExitUsage, args...)
	}
	if got := gone(t, dir, "a", deletedFile); !slices.Equal(got, []string{deletedFile}) {
		t.Errorf("%v are gone, and nothing should be", got)
	}
}

func TestNothingIsDeletedThatCannotBeWrittenDown(t *testing.T) {
	dir := t.TempDir()
	runBegun(t, filepath.Join(dir, "a"), 100, "ccr")
	if err := os.Mkdir(filepath.Join(dir, deletedFile), 0o700); err != nil {
		t.Fatal(err)
	}
	told := says(t, result.ExitUndetermined, "prune", dir, "--older-than", "4w", "--yes")
	if got := gone(t, dir, "a/run.json"); len(got) > 0 || !strings.Contains(told, "a: could not be deleted") {
		t.Errorf("a run was deleted that was not written down: %s", told)
	}
	if _, err := os.Lstat(filepath.Join(dir, "a", workFolder)); err == nil {
		t.Error("the lock is still there")
	}
}
