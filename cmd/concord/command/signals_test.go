//go:build unix

package command_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"concord.example/concord/reports"
)

// TestARunThatIsToldToStopWritesWhatItHas sends each signal to a run that waits for an answer.
func TestARunThatIsToldToStopWritesWhatItHas(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this starts Concord once for each signal")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		t.Run(fmt.Sprint(signal), func(t *testing.T) {
			asked, over := make(chan struct{}), make(chan struct{})
			var once sync.Once
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/fhir+json")
				if strings.HasSuffix(r.URL.Path, "/metadata") {
					_, _ = io.WriteString(w, `{"resourceType":"CapabilityStatement","status":"active","date":"2026-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],`+
						`"implementation":{"description":"x"},"software":{"name":"x"},"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"search-type"}]}]}]}`)
					return
				}
				once.Do(func() { close(asked) })
				select {
				case <-over:
				case <-r.Context().Done():
				}
			}))
			defer server.Close()
			defer close(over)
			dir := t.TempDir()
			config := fmt.Sprintf("systems:\n  - {name: one, baseURL: %s/fhir}\n  - {name: two, baseURL: %s/fhir}\n", server.URL, server.URL)
			if err := os.WriteFile(filepath.Join(dir, "concord.yaml"), []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			command := &exec.Cmd{Path: self, Args: []string{"concord", "run", "--config", "concord.yaml", "--out", "run"}, Dir: dir, Stdout: &printed, Stderr: &printed}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = command.Wait() // the code says how it ended
			if code := command.ProcessState.ExitCode(); code != 3 {
				t.Errorf("exit code %d, want 3:\n%s", code, printed.String())
			}
			if signal == syscall.SIGQUIT {
				if !strings.Contains(printed.String(), "goroutine ") {
					t.Errorf("SIGQUIT does not say what every goroutine does:\n%s", printed.String())
				}
				return
			}
			run, err := reports.Load(filepath.Join(dir, "run"))
			if err != nil {
				t.Fatalf("no run folder: %v\n%s", err, printed.String())
			}
			if run.Verdict.Outcome != "undetermined" || !strings.Contains(printed.String(), "interrupted") {
				t.Errorf("verdict %s:\n%s", run.Verdict.Outcome, printed.String())
			}
		})
	}
}
