package reports_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files instead of comparing with them")
	flag.String("screenshot", "", "write the screenshot of the report to this path, and that of its providers beside it as NAME-providers.png")
	m.Run()
}

// golden compares with testdata/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); run go test with -update if the change is meant:\n%s", path, diff)
	}
}

// written writes the run and returns the content of every file in the folder.
func written(t testing.TB, run result.Run, options reports.Options) map[string][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a", "run")
	if err := reports.Write(dir, run, options); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = content
	}
	return files
}

func TestGoldenReports(t *testing.T) {
	files := written(t, smallRun(), reports.Options{})
	for _, name := range []string{reports.RunFile, reports.JUnitFile, reports.SummaryFile} {
		golden(t, "small."+name, files[name])
	}
	if len(files) != 4 {
		t.Errorf("the folder holds %d files, want the four reports and nothing left over", len(files))
	}
}

func TestEqualRunsGiveEqualBytes(t *testing.T) {
	run := fullRun(t)
	want := written(t, run, reports.Options{Exchanges: true})
	for seed := range uint64(3) {
		for name, got := range written(t, shuffled(run, seed), reports.Options{Exchanges: true}) {
			if !bytes.Equal(want[name], got) {
				t.Errorf("%s depends on the order in which the run was put together", name)
			}
		}
	}
}

func TestARunReadBackPrintsTheSameReports(t *testing.T) {
	dir := t.TempDir()
	if err := reports.Write(dir, smallRun(), reports.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, reports.RunFile)} {
		run, err := reports.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		want, got := written(t, smallRun(), reports.Options{}), written(t, run, reports.Options{})
		for name := range want {
			if !bytes.Equal(want[name], got[name]) {
				t.Errorf("%s changed when it was printed again from %s", name, path)
			}
		}
	}
}

func TestWritingDoesNotChangeTheCallersRun(t *testing.T) {
	run, same := shuffled(smallRun(), 5), shuffled(smallRun(), 5)
	written(t, run, reports.Options{})
	if diff := cmp.Diff(same, run); diff != "" {
		t.Errorf("Write changed the run (-before +after):\n%s", diff)
	}
}

func TestReportsReplaceEarlierOnes(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, reports.HTMLFile)
	if err := os.WriteFile(old, []byte("an older report"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := reports.Write(dir, smallRun(), reports.Options{}); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(old); !strings.Contains(string(text), "Not conformant") {
		t.Error("the older report was not replaced")
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(file, "run")
	err := reports.Write(dir, smallRun(), reports.Options{})
	if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "name a folder you may write to") {
		t.Errorf("Write into a file says %v", err)
	}
}

func TestAReportThatCannotBePutInPlaceLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, reports.RunFile)
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := reports.Write(dir, smallRun(), reports.Options{})
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "check that") {
		t.Errorf("Write over a folder says %v", err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left %v behind", entries)
	}
}

func TestARunThatContradictsItselfIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*result.Run)
		want  string
	}{
		{"unknown schema", func(r *result.Run) { r.Schema = "concord/run/v2" }, `schema is "concord/run/v2"`},
		{"no id", func(r *result.Run) { r.ID = "" }, "no id"},
		{"a verdict better than the results", func(r *result.Run) { r.Verdict.Outcome = result.Conformant }, `the results make it "not-conformant"`},
		{"counts that hide a failure", func(r *result.Run) { r.Verdict.Counts.Fail-- }, "the results make it"},
		{"no reason", func(r *result.Run) { at(r, "SCN-MED-001").Reason = "" }, "result SCN-MED-001 of ccr → ohc is not-run with the reason"},
		{"unknown reason", func(r *result.Run) { at(r, "SCN-MED-001").Reason = "tired" }, `"tired"`},
		{"a pass with a reason", func(r *result.Run) { at(r, "PRO-PAT-001").Reason = result.Broken }, "is a pass and yet has the reason"},
		{"an unset status", func(r *result.Run) { at(r, "SCN-MED-001").Status = 0 }, "has no status"},
		{"an unlisted check", func(r *result.Run) { at(r, "SCN-MED-001").Check = "SCN-MED-002" }, "does not list that check"},
		{"another level", func(r *result.Run) { at(r, "SCN-MED-001").Level = result.May }, "are not the check's"},
		{"an unlisted system", func(r *result.Run) { at(r, "SCN-MED-001").Scope.Peer = "xyz" }, `does not list system "xyz"`},
		{"an unlisted provider", func(r *result.Run) { at(r, "SCN-848-ORG").Scope.Provider = "XYZ" }, `does not list provider "XYZ"`},
		{"the same question twice", func(r *result.Run) { r.Results = append(r.Results, r.Results[0]) }, "is given twice"},
		{"a check twice", func(r *result.Run) { r.Checks = append(r.Checks, r.Checks[0]) }, "listed twice"},
		{"a finding without a rule", func(r *result.Run) { at(r, "PRO-ALG-001").Findings = []result.Finding{{Message: "x"}} }, "a finding needs a rule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := smallRun()
			c.spoil(&run)
			dir := t.TempDir()
			err := reports.Write(dir, run, reports.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 0 {
				t.Errorf("wrote %v", entries)
			}
		})
	}
}

func TestAGoodVerdictNeedsAResultForEveryMust(t *testing.T) {
	run := cleanRun(t)
	run.Checks = append(run.Checks, result.Check{ID: "SCN-NEW-001", Suite: "scenario", Level: result.Must, Title: "Nobody asked"})
	err := reports.Write(t.TempDir(), run, reports.Options{})
	if err == nil || !strings.Contains(err.Error(), "check SCN-NEW-001 has no result") {
		t.Errorf("a Must nobody asked about went through as conformant: %v", err)
	}
}

// at returns the first result of the check.
func at(run *result.Run, check string) *result.Result {
	for i := range run.Results {
		if run.Results[i].Check == check {
			return &run.Results[i]
		}
	}
	return nil
}

func TestReadRefuses(t *testing.T) {
	good := string(written(t, smallRun(), reports.Options{})[reports.RunFile])
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "not a run.json"},
		{"half a run", good[:len(good)/2], "line"},
		{"another version", strings.Replace(good, "concord/run/v1", "concord/run/v9", 1), "use the build that wrote it"},
		{"an unknown field", strings.Replace(good, `"seed": 848`, `"seed": 848, "mood": 1`, 1), `unknown field "mood"`},
		{"an unknown field deep down", strings.Replace(good, `"status": "fail",`, `"status": "fail", "mood": 1,`, 1), `unknown field "mood"`},
		{"an unknown status", strings.Replace(good, `"status": "fail"`, `"status": "green"`, 1), `status "green" is not one of`},
		{"a wrong type", strings.Replace(good, `"seed": 848`, `"seed": "848"`, 1), "line 4"},
		{"more after the run", good + "{}", "invalid character"},
		{"a flipped verdict", strings.Replace(good, `"outcome": "not-conformant"`, `"outcome": "conformant"`, 1), "contradicts itself"},
		{"HTML", "<html>", "line 1, column 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := reports.Read(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := reports.Load(filepath.Join(t.TempDir(), "no run")); err == nil || !strings.Contains(err.Error(), "name a run folder") {
		t.Errorf("a missing folder says %v", err)
	}
	if _, err := reports.Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "a run folder holds a run.json") {
		t.Errorf("an empty folder says %v", err)
	}
}

// tinyRun has one of everything, so that a fuzzer changes something that matters.
func tinyRun() result.Run {
	run := fakeHead()
	run.Packages, run.Systems = run.Packages[:1], run.Systems[1:]
	run.Checks = fakeChecks()[3:4]
	run.Providers = []result.Provider{{ODS: "ZZ1", Name: "Surgery", Type: "gp-practice", ICS: "Black Country", System: "ohc"}}
	run.Results = []result.Result{dateFailure(run.Checks)}
	run.Results[0].Scope.Provider = "ZZ1"
	run.Results[0].Findings = run.Results[0].Findings[:1]
	run.Verdict = run.Judge()
	return run
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"schema":"concord/run/v1"}`))
	f.Add(written(f, tinyRun(), reports.Options{})[reports.RunFile])
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := reports.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		if err := reports.Write(dir, run, reports.Options{Exchanges: true}); err != nil {
			t.Fatalf("a run that could be read cannot be written: %v", err)
		}
		again, err := reports.Load(dir)
		if err != nil {
			t.Fatalf("a run that was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(run, again); diff != "" {
			t.Errorf("the run changed on the way (-read +read again):\n%s", diff)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	run, dir := fullRun(b), b.TempDir()
	for b.Loop() {
		if err := reports.Write(dir, run, reports.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
