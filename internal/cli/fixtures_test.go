package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord/internal/cli"
	"concord/internal/result"
)

func TestAnInterruptedExportLeavesNothingAndSaysSo(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	parent := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := cli.Main(cancelled, []string{"fixtures", "export", "--system", "ccr", "--people", "1", "--out", filepath.Join(parent, "out")},
		strings.NewReader(""), &stdout, &stderr)
	if code != result.ExitUndetermined || !strings.Contains(stderr.String(), "interrupted") || stdout.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, stdout.String(), stderr.String())
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
