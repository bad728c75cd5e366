package command_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/result"
)

func TestAnInterruptedExportLeavesNothingAndSaysSo(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	parent := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := command.Main(cancelled, []string{"fixtures", "export", "--system", "ccr", "--people", "1", "--out", filepath.Join(parent, "out")},
		strings.NewReader(""), &stdout, &stderr)
	if code != result.ExitUndetermined || !strings.Contains(stderr.String(), "interrupted") || stdout.Len() > 0 {
		t.Errorf("exit code %d, %q, %q", code, stdout.String(), stderr.String())
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestALoadThatIsRefusedSaysWhatTheEndpointSaid(t *testing.T) {
	t.Setenv("LOAD_TOKEN", "s3cr3t-token")
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		sent = r.Header.Get("Authorization")
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"resourceType":"CapabilityStatement"}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden","diagnostics":"`+sent+` may not write"}]}`)
	}))
	defer server.Close()
	out := filepath.Join(t.TempDir(), "load")
	var stdout, stderr bytes.Buffer
	code := command.Main(t.Context(), []string{
		"fixtures", "load", "--to", server.URL, "--system", "ccr", "--people", "1", "--rate", "1000", "--out", out, "--header", "Authorization: Bearer ${LOAD_TOKEN}",
	}, strings.NewReader(""), &stdout, &stderr)
	if code != result.ExitUndetermined || sent != "Bearer s3cr3t-token" {
		t.Errorf("exit code %d, sent %q", code, sent)
	}
	for _, want := range []string{"not loaded: 250 resources (", "(403): forbidden: Bearer [redacted] may not write", "the endpoint takes nothing, and always for one reason"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in %s", want, stderr.String())
		}
	}
	if !strings.HasPrefix(stdout.String(), "0 loaded, 0 loaded before") || strings.Contains(stderr.String()+stdout.String(), "s3cr3t") {
		t.Errorf("%s\n%s", stdout.String(), stderr.String())
	}
}
