package command

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAProviderIsNamedByItsIssuerAndGivesRolesByValues(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/a", "token_endpoint": server.URL + "/t", "jwks_uri": server.URL + "/k",
		})
	}))
	t.Cleanup(server.Close)
	sound := providerFlags{
		issuer: server.URL, client: "concord", home: "https://console.example.test", claim: "roles", roles: []string{"runner=testers", "signer=testers", "reader=cn=all,dc=x"},
		session: time.Hour,
	}
	if provider, err := sound.open(t.Context()); err != nil || provider == nil {
		t.Errorf("%v", err)
	}
	if provider, err := (&providerFlags{claim: "roles", session: time.Hour}).open(t.Context()); err != nil || provider != nil {
		t.Errorf("without an issuer: %v %v", provider, err)
	}
	for says, change := range map[string]func(*providerFlags){
		"need --oidc-issuer": func(p *providerFlags) { p.issuer = "" },
		"ROLE=VALUE":         func(p *providerFlags) { p.roles = []string{"testers"} },
		"reader, runner":     func(p *providerFlags) { p.roles = []string{"admin=testers"} },
		"nobody would be":    func(p *providerFlags) { p.roles = nil },
		"client id":          func(p *providerFlags) { p.client = "" },
		"own address":        func(p *providerFlags) { p.home = "" },
		"longer than no":     func(p *providerFlags) { p.session = 0 },
	} {
		wrong := sound
		change(&wrong)
		if _, err := wrong.open(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestARunThatIsStartedIsNotToldTheSecretOfTheConsole(t *testing.T) {
	t.Setenv(clientSecret, "mine")
	t.Setenv("CONCORD_OF_A_SYSTEM", "theirs")
	command := exec.Command("concord")
	command.Dir = t.TempDir()
	withhold(command)
	if slices.ContainsFunc(command.Env, func(one string) bool { return strings.Contains(one, clientSecret) }) {
		t.Error("it is told")
	}
	for _, want := range []string{"CONCORD_OF_A_SYSTEM=theirs", "PWD=" + command.Dir} {
		if !slices.Contains(command.Env, want) {
			t.Errorf("%s is missing", want)
		}
	}
}
