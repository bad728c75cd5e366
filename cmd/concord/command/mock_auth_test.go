package command_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// authority issues certificates for one test.
type authority struct {
	dir, name string
	key       *ecdsa.PrivateKey
	root      *x509.Certificate
}

func newAuthority(t *testing.T, dir, name string) *authority {
	t.Helper()
	a := &authority{dir: dir, name: name}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.path(), "CERTIFICATE", der)
	return a
}

// path is where the authority's own certificate is.
func (a *authority) path() string { return filepath.Join(a.dir, a.name+".pem") }

// issue writes a certificate for a name and 127.0.0.1, good until a time, and returns the paths of it and its key.
func (a *authority) issue(t *testing.T, name string, until time.Time) (certificate, key string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &own.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(a.dir, a.name+"-"+name)
	writePEM(t, base+".crt", "CERTIFICATE", der)
	writePEM(t, base+".key", "PRIVATE KEY", private)
	return base + ".crt", base + ".key"
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// spare is an address on loopback that nothing listens on.
func spare(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// runMocks runs commands "concord mock" until the test ends, and returns when each has said where it serves.
func runMocks(t *testing.T, commands ...[]string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	for _, arguments := range commands {
		said, saying := io.Pipe()
		ended := make(chan string, 1)
		running.Go(func() {
			var stderr bytes.Buffer
			code := command.Main(ctx, append([]string{"mock", "--people", "1"}, arguments...), strings.NewReader(""), saying, &stderr)
			ended <- fmt.Sprintf("exit code %d: %s", code, stderr.String())
			_ = saying.Close()
		})
		line := make([]byte, 512)
		if n, err := said.Read(line); err != nil || !strings.Contains(string(line[:n]), "://") {
			t.Fatalf("%v: %q, %v, %s", arguments, line[:n], err, <-ended)
		}
		go func() { _, _ = io.Copy(io.Discard, said) }()
	}
}

// caller asks with a certificate, or without one for "".
func caller(t *testing.T, trust *authority, certificate, key string) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(trust.root)
	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			t.Fatal(err)
		}
		// Shown whatever authorities the server says it knows.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// status asks and returns the status, or 0 when the handshake fails.
func status(t *testing.T, client *http.Client, method, address, bearer, body string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	if strings.HasSuffix(address, "/token") {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, text
}

func TestTwoMocksFederateOverTLSWithCertificatesAndTokens(t *testing.T) {
	dir := t.TempDir()
	trusted, stranger := newAuthority(t, dir, "trusted"), newAuthority(t, dir, "stranger")
	soon := time.Now().Add(time.Hour)
	ccrCert, ccrKey := trusted.issue(t, "ccr.mock.test", soon)
	ohcCert, ohcKey := trusted.issue(t, "ohc.mock.test", soon)
	mineCert, mineKey := trusted.issue(t, "concord.mock.test", soon)
	signing, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&signing.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	publicKey, privateKey := filepath.Join(dir, "jwt.pub"), filepath.Join(dir, "jwt.key")
	writePEM(t, publicKey, "PUBLIC KEY", public)
	writePEM(t, privateKey, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(signing))
	secretFile := filepath.Join(dir, "secret")
	if err := os.WriteFile(secretFile, []byte("s3cret of ohc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CONCORD_TEST_READER", "s3cret of reader")
	ccr, ohc, admin := spare(t), spare(t), spare(t)
	common := []string{"--client-ca", trusted.path(), "--peer-ca", trusted.path(), "--client", "id=reader,secret=env:CONCORD_TEST_READER", "--client-name", "concord.mock.test"}
	runMocks(t,
		append([]string{
			"--system", "ccr", "--listen", ccr, "--admin", admin, "--peer", "https://" + ohc + "/fhir", "--tls-cert", ccrCert, "--tls-key", ccrKey,
			"--peer-cert", ccrCert, "--peer-key", ccrKey, "--client-name", "ohc.mock.test",
			"--client", "id=ohc,secret=file:" + secretFile, "--peer-client", "id=ccr,kid=k1,key=" + privateKey,
		}, common...),
		append([]string{
			"--system", "ohc", "--listen", ohc, "--peer", "https://" + ccr + "/fhir", "--tls-cert", ohcCert, "--tls-key", ohcKey,
			"--peer-cert", ohcCert, "--peer-key", ohcKey, "--client-name", "ccr.mock.test",
			"--client", "id=ccr,kid=k1,key=" + publicKey, "--peer-client", "id=ohc,secret=file:" + secretFile,
		}, common...),
	)
	mine := caller(t, trusted, mineCert, mineKey)
	tokens := map[string]string{}
	for _, address := range []string{ccr, ohc} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {"s3cret of reader"}}
		code, body := status(t, mine, http.MethodPost, "https://"+address+"/oauth2/token", "", form.Encode())
		var granted struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(body, &granted); err != nil || granted.Token == "" {
			t.Fatalf("token at %s: %d %s", address, code, body)
		}
		tokens[address] = granted.Token
		// P02 has results in both systems.
		code, body = status(t, mine, http.MethodGet, "https://"+address+"/fhir/Observation?patient.identifier=9990000441", granted.Token, "")
		text := string(body)
		if code != http.StatusOK || !strings.Contains(text, "https://ccr.concord.test/") || !strings.Contains(text, "https://ohc.concord.test/") || strings.Contains(text, "OperationOutcome") {
			t.Errorf("%s: %d %.500s", address, code, text)
		}
		if code, body := status(t, mine, http.MethodGet, "https://"+address+"/fhir/Patient?_count=1", "", ""); code != http.StatusUnauthorized {
			t.Errorf("%s without a token: %d %s", address, code, body)
		}
	}
	expiredCert, expiredKey := trusted.issue(t, "expired.mock.test", time.Now().Add(-time.Hour))
	strangeCert, strangeKey := stranger.issue(t, "concord.mock.test", soon)
	otherCert, otherKey := trusted.issue(t, "somebody.else.test", soon)
	// What a client can show, and what comes of it: 0 is a handshake that fails.
	for _, client := range []struct {
		name, certificate, key string
		want                   int
	}{
		{"none", "", "", http.StatusForbidden},
		{"expired", expiredCert, expiredKey, 0},
		{"another authority", strangeCert, strangeKey, 0},
		{"another name", otherCert, otherKey, http.StatusForbidden},
		{"right", mineCert, mineKey, http.StatusOK},
	} {
		for _, lax := range []bool{false, true} {
			setDefects(t, admin, map[bool]string{false: `[]`, true: `[{"id":"D62"}]`}[lax])
			want := client.want
			if lax {
				want = http.StatusOK
			}
			got, body := status(t, caller(t, trusted, client.certificate, client.key), http.MethodGet, "https://"+ccr+"/fhir/Patient?_count=1", tokens[ccr], "")
			if got != want {
				t.Errorf("certificate %s, D62 %v: %d, want %d: %.300s", client.name, lax, got, want, body)
			}
			form := "grant_type=client_credentials&client_id=reader&client_secret=s3cret+of+reader"
			given, _ := status(t, caller(t, trusted, client.certificate, client.key), http.MethodPost, "https://"+ccr+"/oauth2/token", "", form)
			if (given == http.StatusOK) != (want == http.StatusOK) {
				t.Errorf("certificate %s, D62 %v: the token endpoint answers %d", client.name, lax, given)
			}
			if want == http.StatusForbidden {
				var outcome fhir.Resource
				if err := json.Unmarshal(body, &outcome); err != nil || outcome.Type() != "OperationOutcome" {
					t.Errorf("certificate %s is refused with %s", client.name, body)
				}
			}
		}
	}
	setDefects(t, admin, `[{"id":"D61"}]`)
	if code, body := status(t, mine, http.MethodGet, "https://"+ccr+"/fhir/Patient?_count=1", "forged", ""); code != http.StatusOK {
		t.Errorf("D61: a forged token gives %d %s", code, body)
	}
}

func setDefects(t *testing.T, admin, body string) {
	t.Helper()
	if code, text := status(t, http.DefaultClient, http.MethodPut, "http://"+admin+"/defects", "", body); code != http.StatusOK {
		t.Fatalf("set defects %s: %d %s", body, code, text)
	}
}

func TestAMockRefusesFlagsThatWouldLeaveTheDoorOpen(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "trusted")
	certificate, key := ca.issue(t, "ccr.mock.test", time.Now().Add(time.Hour))
	nothing := filepath.Join(dir, "nothing.pem")
	if err := os.WriteFile(nothing, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		says      string
		arguments []string
	}{
		{"need TLS", []string{"--client-ca", ca.path()}},
		{"need TLS", []string{"--client-name", "x"}},
		{"--client-name needs --client-ca", []string{"--tls-cert", certificate, "--tls-key", key, "--client-name", "x"}},
		{"no pair", []string{"--tls-cert", certificate}},
		{"no pair", []string{"--tls-cert", certificate, "--tls-key", nothing}},
		{"no certificate", []string{"--tls-cert", certificate, "--tls-key", key, "--client-ca", nothing}},
		{"no pair", []string{"--peer-cert", certificate}},
		{"no certificate", []string{"--peer-ca", nothing}},
		{"can be seen by others", []string{"--client", "id=a,secret=hunter2"}},
		{"is empty", []string{"--client", "id=a,secret=env:CONCORD_TEST_UNSET"}},
		{"read the secret", []string{"--client", "id=a,secret=file:" + filepath.Join(dir, "none")}},
		{"want id=ID", []string{"--client", "secret=file:" + nothing}},
		{"want id=ID", []string{"--client", "id=a"}},
		{"none of id, secret", []string{"--client", "id=a,password=hunter2"}},
		{"has no value", []string{"--client", "hunter2"}},
		{"PEM", []string{"--client", "id=a,key=" + nothing}},
		{"not an RSA key", []string{"--peer-client", "id=a,key=" + key}},
		{"no public key", []string{"--client", "id=a,key=" + certificate}},
		{"no defect", []string{"--defect", "D999"}},
		{"neither provider", []string{"--defect", "D71:colour=red"}},
	} {
		var stdout, stderr bytes.Buffer
		code := command.Main(t.Context(), append([]string{"mock", "--system", "ccr", "--listen", "127.0.0.1:0"}, test.arguments...), strings.NewReader(""), &stdout, &stderr)
		if code != result.ExitUsage || !strings.Contains(stderr.String(), test.says) || strings.Contains(stderr.String(), "hunter2") {
			t.Errorf("%v: exit code %d, %q, want %q", test.arguments, code, stderr.String(), test.says)
		}
	}
}

func TestAMockTakesADefectForSomeProvidersOnly(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t, dir, "trusted")
	certificate, key := ca.issue(t, "ccr.mock.test", time.Now().Add(time.Hour))
	ccr, admin := spare(t), spare(t)
	runMocks(t, []string{
		"--system", "ccr", "--listen", ccr, "--admin", admin, "--peer", "none", "--tls-cert", certificate, "--tls-key", key,
		"--defect", "D71:provider=RRK,provider=RBK,ohc:D12,ccr:D33",
	})
	_, body := status(t, http.DefaultClient, http.MethodGet, "http://"+admin+"/defects", "", "")
	var lines []struct {
		ID      string
		InForce *struct{ Providers []string }
	}
	if err := json.Unmarshal(body, &lines); err != nil {
		t.Fatal(err)
	}
	var inForce []string
	for _, line := range lines {
		if line.InForce != nil {
			inForce = append(inForce, line.ID+" "+strings.Join(line.InForce.Providers, "+"))
		}
	}
	if got := strings.Join(inForce, ", "); got != "D33 , D71 RRK+RBK" {
		t.Errorf("in force: %s", got)
	}
}
