package command

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrintingReportsAgainLeavesRunJSONAsItIsAndTellsItsHash(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(smallRun)
	if err != nil {
		t.Fatal(err)
	}
	// As another build may have written it.
	text = append([]byte("\n\n"), text...)
	path := filepath.Join(dir, "run.json")
	for _, named := range []string{dir, path} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if said, code := printed(t, "report", named, "--quiet"); code != 0 {
			t.Fatal(said)
		}
		now, err := os.ReadFile(path)
		if err != nil || string(now) != string(text) {
			t.Errorf("run.json was written again: %v", err)
		}
		page, err := os.ReadFile(filepath.Join(dir, "report.html"))
		sum := sha256.Sum256(text)
		if err != nil || !strings.Contains(string(page), hex.EncodeToString(sum[:])) {
			t.Errorf("the page does not tell the hash of the file: %v", err)
		}
	}
}
