package command

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// signer writes a pair of keys and returns the files.
func signer(t *testing.T, seed byte) (secret, public string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	dir := t.TempDir()
	secret, public = filepath.Join(dir, "key.pem"), filepath.Join(dir, "key.pub.pem")
	hidden, err := x509.MarshalPKCS8PrivateKey(private)
	shown, other := x509.MarshalPKIXPublicKey(private.Public())
	if err := errors.Join(err, other,
		os.WriteFile(secret, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: hidden}), 0o600),
		os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: shown}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return secret, public
}

// says runs a command and returns what it prints.
func says(t *testing.T, want int, arguments ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := Main(t.Context(), arguments, nil, &out, &out); code != want {
		t.Fatalf("%v: exit %d, want %d\n%s", arguments, code, want, out.String())
	}
	return out.String()
}

// packsSignsAndVerifies is about a run folder that is whole.
func packsSignsAndVerifies(t *testing.T, dir string) {
	to := filepath.Join(t.TempDir(), "evidence.zip")
	supplier, supplierPublic := signer(t, 1)
	board, boardPublic := signer(t, 2)
	_, stranger := signer(t, 3)
	says(t, result.ExitConformant, "pack", dir, "--out", to, "--key", supplier)
	first, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if got := says(t, result.ExitUsage, "pack", dir, "--out", to); !strings.Contains(got, "is there already") {
		t.Errorf("another file was replaced: %s", got)
	}
	says(t, result.ExitConformant, "pack", dir, "--out", to, "--key", supplier, "--force")
	if again, err := os.ReadFile(to); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the second pack has other bytes, %v", err)
	}
	verifies(t, result.ExitNotConformant, to, "--hashes", "--key", supplierPublic, "--key", boardPublic)
	says(t, result.ExitConformant, "sign", to, "--key", board)
	if got := verifies(t, result.ExitConformant, to, "--key", supplierPublic, "--key", boardPublic); !strings.Contains(got, "2 of 2 verdicts follow") {
		t.Error(got)
	}
	verifies(t, result.ExitConformant, to, "--hashes", "--key", supplierPublic, "--key", stranger, "--signatures", "1")
	if got := verifies(t, result.ExitNotConformant, to, "--hashes", "--key", supplierPublic, "--key", stranger, "--signatures", "2"); !strings.Contains(got, "1 of the 2 keys") {
		t.Error(got)
	}
	verifies(t, result.ExitUsage, to, "--hashes", "--key", supplierPublic, "--signatures", "2")
	verifies(t, result.ExitUsage, dir, "--hashes", "--key", supplierPublic)
	if err := os.WriteFile(to, first[:len(first)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	if got := verifies(t, result.ExitNotConformant, to); !strings.Contains(got, "changed: evidence.zip") {
		t.Error(got)
	}
	says(t, result.ExitUsage, "sign", to, "--key", board)
}
