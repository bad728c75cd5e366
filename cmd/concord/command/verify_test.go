package command

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// recordRun makes a run of a few checks over the mocks and returns its folder.
func recordRun(t *testing.T, arguments ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	var out, errors bytes.Buffer
	all := append([]string{"run", "--clock", "2026-03-02T09:00:00Z", "--quiet", "--allow-selection", "--out", dir}, arguments...)
	if code := Main(t.Context(), all, nil, &out, &errors); code != result.ExitConformant {
		t.Fatalf("exit %d\n%s%s", code, out.String(), errors.String())
	}
	return dir
}

// verifies runs verify and returns what it prints.
func verifies(t *testing.T, want int, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := Main(t.Context(), append([]string{"verify"}, arguments...), nil, &out, &out); code != want {
		t.Fatalf("exit %d, want %d\n%s", code, want, out.String())
	}
	return out.String()
}

// rewrite writes the exchanges of a run anew with bodies changed, and seals everything again, as a forger would.
func rewrite(t *testing.T, dir string, change func(record evidence.Record, body string) string) {
	t.Helper()
	folder := filepath.Join(dir, reports.ExchangesFolder)
	log, err := evidence.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(t.TempDir(), "forged")
	w, err := evidence.Create(forged)
	if err != nil {
		t.Fatal(err)
	}
	for record, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		body, err := log.Body(record)
		if err != nil {
			t.Fatal(err)
		}
		body = change(record, body)
		if err := w.Add(0, func() (evidence.Record, string) { return record, body }); err != nil {
			t.Fatal(err)
		}
	}
	_ = log.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(forged, folder); err != nil {
		t.Fatal(err)
	}
	reseal(t, dir)
}

func reseal(t *testing.T, dir string) {
	t.Helper()
	seal, err := evidence.MakeSeal(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.Write(dir); err != nil {
		t.Fatal(err)
	}
}

func TestARunVerifiesAndWhatIsChangedInItIsNamed(t *testing.T) {
	dir := recordRun(t, "--checks", "PAR-FACTS-IMMUNIZATION", "--providers", "RRK")
	if got := verifies(t, result.ExitConformant, dir); !strings.Contains(got, "every hash is right; 2 of 2 verdicts follow") {
		t.Fatal(got)
	}
	path := filepath.Join(dir, reports.RunFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("it goes on where it was killed", func(t *testing.T) { goesOn(t, dir) })

	t.Run("a pack of it that two must have signed", func(t *testing.T) { packsSignsAndVerifies(t, dir) })
	t.Run("what people decided about it", func(t *testing.T) { decidesAndWithdraws(t, dir) })

	t.Run("a changed file of which the seal knows", func(t *testing.T) {
		restore := func() { _ = os.WriteFile(path, whole, 0o600) }
		defer restore()
		if err := os.WriteFile(path, bytes.Replace(whole, []byte(`"seed": 1`), []byte(`"seed": 2`), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := verifies(t, result.ExitNotConformant, dir, "--hashes"); !strings.Contains(got, "changed: run.json, offset 0: the file was changed") {
			t.Error(got)
		}
	})

	t.Run("a verdict changed in run.json and all hashes sealed anew", func(t *testing.T) {
		run, err := reports.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		run.Results[0].Status, run.Results[0].Reason = result.Fail, result.Broken
		run.Results[0].Findings = []result.Finding{{Rule: "invented", Severity: result.SeverityError, Message: "never seen"}}
		run.Verdict = run.Judge()
		if err := reports.Write(dir, run, reports.Options{Packed: true}); err != nil {
			t.Fatal(err)
		}
		reseal(t, dir)
		defer func() {
			_ = os.WriteFile(path, whole, 0o600)
			reseal(t, dir)
		}()
		got := verifies(t, result.ExitNotConformant, dir)
		for _, want := range []string{
			"does not follow: PAR-FACTS-IMMUNIZATION ccr → ohc: run.json says fail (broken), the exchanges say pass", "only in run.json: invented: never seen",
			"every hash is right; 1 of 2 verdicts follow",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
	})

	t.Run("a fact changed in a recorded body and all hashes sealed anew", func(t *testing.T) {
		date := regexp.MustCompile(`"occurrenceDateTime":"20`)
		changed := false
		rewrite(t, dir, func(record evidence.Record, body string) string {
			if changed || record.System != "ccr" || !strings.Contains(record.Request.URL, "Immunization?") || !date.MatchString(body) {
				return body
			}
			changed = true
			at := date.FindStringIndex(body)
			return body[:at[1]-2] + "19" + body[at[1]:]
		})
		if !changed {
			t.Fatal("there was no fact to change")
		}
		got := verifies(t, result.ExitNotConformant, dir)
		for _, want := range []string{"every hash is right", "does not follow: PAR-FACTS-IMMUNIZATION ccr → ohc: run.json says pass, the exchanges say fail (broken)", "only in the exchanges: "} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
	})
}

func TestARunOfAnOlderBuildIsNotSaidToFollow(t *testing.T) {
	dir := recordRun(t, "--checks", "PAR-DATE-001", "--providers", "RRK")
	for _, name := range []string{evidence.InputsFolder, evidence.SealFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	got := verifies(t, result.ExitUndetermined, dir)
	if !strings.Contains(got, "nothing can be judged again") {
		t.Error(got)
	}
}

func TestVerifyRefusesWhatIsNoRunFolder(t *testing.T) {
	if code := Main(t.Context(), []string{"verify", t.TempDir()}, nil, io.Discard, io.Discard); code == result.ExitConformant {
		t.Errorf("exit %d for an empty folder", code)
	}
}
