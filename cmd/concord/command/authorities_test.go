package command_test

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublicAuthoritiesAreTrustedWhereTheMachineHasNone looks at a process that finds no authorities, as in an image FROM scratch.
func TestPublicAuthoritiesAreTrustedWhereTheMachineHasNone(t *testing.T) {
	const asked = "CONCORD_TEST_AUTHORITIES"
	if os.Getenv(asked) != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			t.Fatal(err)
		}
		if pool.Equal(x509.NewCertPool()) {
			t.Error("no authority is trusted, so that no system with TLS can be asked")
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "nothing")
	process := exec.CommandContext(t.Context(), self, "-test.run", "^"+t.Name()+"$")
	process.Env = []string{asked + "=1", "SSL_CERT_FILE=" + nowhere, "SSL_CERT_DIR=" + nowhere}
	if text, err := process.CombinedOutput(); err != nil {
		t.Error(strings.TrimSpace(string(text)), err)
	}
}
