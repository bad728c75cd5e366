package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// nodeName is what the one node is called.
const nodeName = "node"

// plane is a Kubernetes of one node under way.
type plane struct {
	work, group string
	token       string // of the administrator
	client      *http.Client
	tls         *tls.Config // of the systems and of object storage, by an authority of their own
}

func (p *plane) path(elements ...string) string {
	return filepath.Join(append([]string{p.work}, elements...)...)
}

// start starts a program that stays, with what it says in a file. It ends with this process, which is the first of its namespace.
func (p *plane) start(ctx context.Context, name string, args ...string) error {
	log, err := os.Create(p.path("logs", filepath.Base(name)+".log"))
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, name, args...) // #nosec G204 -- programs and arguments are ours
	command.Stdout, command.Stderr = log, log
	command.Env = append(os.Environ(), "PATH="+p.path("bin")+":"+os.Getenv("PATH"))
	return command.Start()
}

// users are who may speak to the API server, with the groups of each.
func users() map[string]string {
	return map[string]string{
		"admin": "system:masters", "system:kube-controller-manager": "", "system:kube-scheduler": "", "system:node:" + nodeName: "system:nodes",
	}
}

// access writes tokens and a kubeconfig for each user, and the key that signs service accounts.
func (p *plane) access() error {
	var tokens strings.Builder
	for user, groups := range users() {
		secret := make([]byte, 16)
		_, _ = rand.Read(secret)
		token := hex.EncodeToString(secret)
		if user == "admin" {
			p.token = token
		}
		fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", token, user, user, groups)
		conf := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "https://%s:6443", certificate-authority: %q}}]
users: [{name: u, user: {token: %q}}]
`, address, p.path("etc", "certs", "apiserver.crt"), token)
		if err := os.WriteFile(p.kubeconfig(user), []byte(conf), 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(p.path("etc", "tokens"), []byte(tokens.String()), 0o600); err != nil {
		return err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return os.WriteFile(p.path("etc", "accounts.key"), block, 0o600)
}

func (p *plane) kubeconfig(user string) string {
	return p.path("etc", user[strings.LastIndex(user, ":")+1:]+".conf")
}

// control starts etcd, the API server, the controllers and the scheduler.
func (p *plane) control(ctx context.Context) error {
	if err := p.access(); err != nil {
		return err
	}
	const etcd = "http://127.0.0.1:2379"
	if err := p.start(ctx, p.path("bin", "server"), "--data-dir", p.path("etcd"), "--unsafe-no-fsync", "--listen-client-urls", etcd,
		"--advertise-client-urls", etcd); err != nil {
		return err
	}
	key := p.path("etc", "accounts.key")
	if err := p.start(ctx, p.path("bin", "kube-apiserver"), "--etcd-servers="+etcd, "--bind-address="+address, "--advertise-address="+address,
		"--cert-dir="+p.path("etc", "certs"), "--token-auth-file="+p.path("etc", "tokens"), "--anonymous-auth=false", "--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction", "--service-account-issuer=https://concord.test", "--service-account-key-file="+key,
		"--service-account-signing-key-file="+key, "--service-cluster-ip-range=10.96.0.0/16"); err != nil {
		return err
	}
	if err := soon(2*time.Minute, func() error { return p.kubectlOK(ctx, "get", "--raw", "/readyz") }); err != nil {
		return fmt.Errorf("the API server does not become ready: %w", err)
	}
	if err := p.start(ctx, p.path("bin", "kube-controller-manager"), "--kubeconfig="+p.kubeconfig("system:kube-controller-manager"), "--leader-elect=false",
		"--use-service-account-credentials", "--service-account-private-key-file="+key, "--root-ca-file="+p.path("etc", "certs", "apiserver.crt"),
		"--bind-address=127.0.0.1", "--cert-dir="+p.path("etc", "certs-controllers")); err != nil {
		return err
	}
	return p.start(ctx, p.path("bin", "kube-scheduler"), "--kubeconfig="+p.kubeconfig("system:kube-scheduler"), "--leader-elect=false", "--bind-address=127.0.0.1",
		"--cert-dir="+p.path("etc", "certs-scheduler"))
}

// get reads one object or list from the API server as the administrator.
func (p *plane) get(ctx context.Context, path string, into any) error {
	if p.client == nil {
		certificate, err := os.ReadFile(p.path("etc", "certs", "apiserver.crt"))
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(certificate)
		p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+":6443"+path, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the API server says %s to %s", answer.Status, path)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// kubectl asks the API server as the administrator.
func (p *plane) kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	return output(ctx, stdin, p.path("bin", "kubectl"), append([]string{"--kubeconfig", p.kubeconfig("admin"), "--cache-dir", p.path("cache")}, args...)...)
}

func (p *plane) kubectlOK(ctx context.Context, args ...string) error {
	_, err := p.kubectl(ctx, "", args...)
	return err
}
