package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/config"
)

// withSecurity is a configuration of one system with a text under security.
func withSecurity(t *testing.T, text string, environ ...string) (config.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "concord.yaml")
	whole := "federation: none\nsystems:\n  - name: ccr\n    baseURL: https://ccr.example.test/fhir\n    security: " + text + "\n"
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	if err := c.Read(path); err != nil {
		return c, err
	}
	if err := c.Environ(environ); err != nil {
		return c, err
	}
	return c, c.Validate()
}

func TestNothingIsAskedAboutSecurityThatTheOwnerDidNotPutInScope(t *testing.T) {
	for text, want := range map[string]int{"{}": 0, "{scope: [tls, tokens]}": 2, "{scope: [all]}": len(config.SecurityTopics())} {
		c, err := withSecurity(t, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := c.Systems[0].Security.Topics(); len(got) != want {
			t.Errorf("%s puts %v in scope", text, got)
		}
	}
}

func TestTokensForSecurityAreSecrets(t *testing.T) {
	c, err := withSecurity(t, `{scope: [tokens], tokens: {expired: "${OLD}"}}`, "OLD=an-old-token")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(c.Secrets(), func(s config.Secret) bool { return s.Value == "an-old-token" }) || strings.Contains(c.Print(), "an-old-token") {
		t.Errorf("secrets %v; printed:\n%s", c.Secrets(), c.Print())
	}
}

func TestAScopeThatCannotBeMeantIsRefused(t *testing.T) {
	for text, says := range map[string]string{
		"{scope: [passwords]}":           `"passwords" is none of tokens`,
		"{tokens: {expired: something}}": "security.scope: it is empty",
		"{scope: [certificates], certificates: {expired: {certificate: a.pem}}}":                              "certificate and key go together",
		"{scope: [isolation], patient: {token: something, nhsNumber: \"9990000018\"}}":                        "go together",
		"{scope: [isolation], patient: {token: something, nhsNumber: \"9434765919\", other: \"9990000018\"}}": "test range",
	} {
		if _, err := withSecurity(t, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
