package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
)

// decidesAndWithdraws is about a run folder that is whole and that nobody has decided about.
func decidesAndWithdraws(t *testing.T, dir string) {
	key, public := signer(t, 4)
	other, _ := signer(t, 5)
	beside := dir + signoff.Beside
	if got := says(t, result.ExitConformant, "signoff", dir); !strings.Contains(got, "Nobody has decided") {
		t.Error(got)
	}
	ann := []string{"--who", "Ann Other", "--role", "Programme manager"}
	with := func(more ...string) []string { return append(append([]string{"signoff", dir}, ann...), more...) }
	for _, wrong := range [][]string{
		with("--decision", "accept"),
		with("--decision", "yes", "--key", key),
		with("--decision", "accept-with-conditions", "--key", key),
		with("--decision", "accept", "--key", public),
		{"signoff", dir, "--decision", "accept", "--key", key},
		with("--withdraw", "0", "--key", key),
		with("--decision", "accept", "--withdraw", "0", "--key", key),
	} {
		says(t, result.ExitUsage, wrong...)
	}
	if _, err := os.Stat(beside); err == nil {
		t.Fatal("a decision that was refused was written")
	}
	says(t, result.ExitConformant, with("--decision", "accept", "--key", key)...)
	says(t, result.ExitConformant, "signoff", dir, "--who", "Bob Other", "--role", "Clinical safety officer", "--decision", "accept-with-conditions", "--condition", "asked again in March", "--key", other)
	if got := says(t, result.ExitConformant, "signoff", dir, "--trust", public); !strings.Contains(got, "signed by the key in "+public) || strings.Count(got, "which nobody vouched for") != 1 {
		t.Error(got)
	}
	var listed []struct{ ID, Who string }
	if err := json.Unmarshal([]byte(says(t, result.ExitConformant, "signoff", dir, "--json")), &listed); err != nil || len(listed) != 2 {
		t.Fatalf("%v %v", listed, err)
	}
	if got := says(t, result.ExitConformant, "verify", dir, "--hashes"); !strings.Contains(got, "accepted with conditions by Bob Other (Clinical safety officer)") {
		t.Error(got)
	}
	says(t, result.ExitConformant, "report", dir, "--quiet")
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || !strings.Contains(string(page), "Condition: asked again in March") {
		t.Errorf("the report does not show what was decided: %v", err)
	}
	says(t, result.ExitConformant, with("--withdraw", listed[0].ID[:8], "--key", key)...)
	if got := says(t, result.ExitConformant, "signoff", dir); !strings.Contains(got, "it was withdrawn since") {
		t.Error(got)
	}

	// The pack holds the same bytes, so the decisions hold beside it too.
	zip := filepath.Join(t.TempDir(), "evidence.zip")
	says(t, result.ExitConformant, "pack", dir, "--out", zip)
	text, err := os.ReadFile(beside)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(zip+signoff.Beside, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := says(t, result.ExitConformant, "verify", zip, "--hashes"); !strings.Contains(got, "Bob Other") {
		t.Error(got)
	}
	// What was written into the file by hand is told.
	if err := os.WriteFile(beside, append(text, "{}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := says(t, result.ExitNotConformant, "verify", dir, "--hashes"); !strings.Contains(got, "a decision counts for nothing: line 4") {
		t.Error(got)
	}
	says(t, result.ExitNotConformant, "signoff", dir)
	if err := os.Remove(beside); err != nil {
		t.Fatal(err)
	}
}
