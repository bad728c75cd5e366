package command_test

import (
	"strings"
	"testing"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/result"
)

// The configuration of a system that is held against a partner is one of the other commands too, which need no partner.
func TestAConfigurationWithAPartnerServesTheOtherCommands(t *testing.T) {
	t.Setenv("CCR_URL", "http://"+spare(t)+"/fhir") // nobody listens
	for _, arguments := range [][]string{
		{"doctor", "--config", "../examples/against-reference.yaml"},
		{"fixtures", "load", "--config", "../examples/against-reference.yaml", "--system", "ccr", "--people", "1", "--out", t.TempDir() + "/load"},
	} {
		var stdout, stderr strings.Builder
		code := command.Main(t.Context(), arguments, strings.NewReader(""), &stdout, &stderr)
		if said := stdout.String() + stderr.String(); code == result.ExitConformant || code == result.ExitUsage || !strings.Contains(said, "viewer") {
			t.Errorf("%v: exit code %d\n%s", arguments, code, said)
		}
	}
}
