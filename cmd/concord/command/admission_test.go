package command_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
)

// pair writes a key pair and returns the paths of its public and private halves.
func pair(t *testing.T, dir, name string, private, public any) (publicPath, privatePath string) {
	t.Helper()
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	publicPath, privatePath = filepath.Join(dir, name+".pub"), filepath.Join(dir, name+".key")
	writePEM(t, publicPath, "PUBLIC KEY", publicDER)
	writePEM(t, privatePath, "PRIVATE KEY", privateDER)
	return publicPath, privatePath
}

func TestARunIsLetInByEveryFormOfProof(t *testing.T) {
	if testing.Short() {
		t.Skip("it serves two mocks and asks them four times")
	}
	dir := t.TempDir()
	trusted := newAuthority(t, dir, "trusted")
	soon := time.Now().Add(time.Hour)
	ccrCert, ccrKey := trusted.issue(t, "ccr.mock.test", soon)
	ohcCert, ohcKey := trusted.issue(t, "ohc.mock.test", soon)
	mineCert, mineKey := trusted.issue(t, "concord.mock.test", soon)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaPublic, rsaPrivate := pair(t, dir, "rsa", rsaKey, rsaKey.Public())
	ecPublic, ecPrivate := pair(t, dir, "ec", ecKey, ecKey.Public())
	t.Setenv("CONCORD_TEST_SECRET", "s3cret of concord")
	ccr, ohc := spare(t), spare(t)
	serve := func(system, listen, peer, certificate, key string) []string {
		return []string{
			"--system", system, "--people", "1", "--listen", listen, "--peer", "https://" + peer + "/fhir", "--tls-cert", certificate, "--tls-key", key,
			"--client-ca", trusted.path(), "--peer-ca", trusted.path(), "--peer-cert", certificate, "--peer-key", key,
			"--peer-client", "id=" + system + ",kid=k1,key=" + rsaPrivate, "--client", "id=" + fixtures.Peer(system) + ",kid=k1,key=" + rsaPublic,
			"--client", "id=secretive,secret=env:CONCORD_TEST_SECRET", "--client", "id=nhs,kid=k2,key=" + rsaPublic, "--client", "id=smart,kid=k3,key=" + ecPublic,
			"--token-life", "5s",
		}
	}
	runMocks(t, serve("ccr", ccr, ohc, ccrCert, ccrKey), serve("ohc", ohc, ccr, ohcCert, ohcKey))
	for name, proof := range map[string]string{
		"a secret":    `{type: client-credentials, clientID: secretive, clientSecret: "${CONCORD_TEST_SECRET}"}`,
		"RS512":       `{type: client-credentials, clientID: nhs, privateKey: "` + rsaPrivate + `", kid: k2, algorithm: RS512}`,
		"RS384":       `{type: client-credentials, clientID: nhs, privateKey: "` + rsaPrivate + `", kid: k2}`,
		"ES384":       `{type: client-credentials, clientID: smart, privateKey: "` + ecPrivate + `", kid: k3, tokenURL: "https://%s/oauth2/token"}`,
		"another kid": `{type: client-credentials, clientID: smart, privateKey: "` + ecPrivate + `", kid: k9}`,
		"nothing":     `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			config := "people: 1\nsystems:\n"
			for system, address := range map[string]string{"ccr": ccr, "ohc": ohc} {
				config += fmt.Sprintf("  - name: %s\n    baseURL: https://%s/fhir\n    tls: {ca: %q, certificate: %q, key: %q}\n    auth: %s\n",
					system, address, trusted.path(), mineCert, mineKey, strings.ReplaceAll(proof, "%s", address))
			}
			path, out := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".yaml"), filepath.Join(dir, "run-"+strings.ReplaceAll(name, " ", "-"))
			if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr strings.Builder
			code := command.Main(t.Context(), []string{"run", "--config", path, "--out", out, "--checks", "PAR-IDENTITY-001"}, strings.NewReader(""), io.MultiWriter(&stdout), &stderr)
			want, said := result.ExitConformant, ""
			switch name {
			case "another kid":
				want, said = result.ExitUndetermined, "check clientID, kid, algorithm and audience"
			case "nothing":
				want, said = result.ExitUndetermined, "not-allowed: ccr refused"
			}
			if want == result.ExitConformant && code != result.ExitConformant && code != 4 || want != result.ExitConformant && code != want || !strings.Contains(stdout.String()+stderr.String(), said) {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, want, stdout.String(), stderr.String())
			}
			silent(t, "", stdout.String(), stderr.String())
		})
	}
}
