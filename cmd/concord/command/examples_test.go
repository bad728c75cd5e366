package command_test

import (
	"crypto/rand"
	"crypto/rsa"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/result"
)

// TestEveryExampleRuns runs every file beside the program that users are told to begin with, against mocks that were started
// by hand as its README says.
func TestEveryExampleRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("it serves six mocks and asks them")
	}
	ccr, ohc, dhc, alone := spare(t), spare(t), spare(t), spare(t)
	runMocks(t,
		[]string{"--system", "ccr", "--listen", ccr, "--peer", "http://" + ohc + "/fhir"},
		[]string{"--system", "ohc", "--listen", ohc, "--peer", "http://" + ccr + "/fhir"},
		[]string{"--system", "digital-health-checks", "--share", "ohc", "--listen", dhc, "--peer", "http://" + ccr + "/fhir"},
		[]string{"--system", "ccr", "--listen", alone},
	)
	plain := map[string]string{"CCR_URL": "http://" + ccr + "/fhir", "OHC_URL": "http://" + ohc + "/fhir", "DHC_URL": "http://" + dhc + "/fhir"}
	examples := map[string]struct {
		environ map[string]string
		options []string
		says    string
	}{
		"two-systems.yaml":       {plain, []string{"--config", "two-systems.yaml", "--checks", "PAR-IDENTITY-001,PAR-PAIR-ALLERGY"}, "search selection passed"},
		"one-system.yaml":        {map[string]string{"CCR_URL": "http://" + alone + "/fhir"}, []string{"--config", "one-system.yaml", "--checks", "PAR-IDENTITY-001"}, "Federation is not claimed"},
		"against-reference.yaml": {plain, []string{"--config", "against-reference.yaml", "--checks", "PAR-PAIR-ALLERGY,SCN-P31"}, "Federation is claimed in part"},
		"three-systems.yaml":     {plain, []string{"--config", "three-systems.yaml", "--checks", "PAR-FACTS-ALLERGY"}, "facts selection passed"},
		"guarded.yaml":           {guarded(t), []string{"--config", "guarded.yaml", "--checks", "PAR-IDENTITY-001"}, "search selection passed"},
		"policy.yaml":            {plain, []string{"--config", "two-systems.yaml", "--policy", "policy.yaml", "--checks", "PAR-IDENTITY-001"}, "search selection passed"},
		"differences.yaml":       {nil, []string{"--defect", "ohc:D33", "--differences", "differences.yaml", "--checks", "PAR-FACTS-ALLERGY"}, "by waiver"},
		"waivers.yaml":           {nil, []string{"--defect", "ccr:D47", "--waivers", "waivers.yaml", "--checks", "PRO-MEDREQ-001"}, "1 result counts by waiver"},
	}
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) != len(examples) {
		t.Fatalf("%d examples are run, and there are %v: %v", len(examples), files, err)
	}
	for name, example := range examples {
		t.Run(name, func(t *testing.T) {
			for variable, value := range example.environ {
				t.Setenv(variable, value)
			}
			options := slices.Clone(example.options)
			for i := range options {
				if filepath.Ext(options[i]) == ".yaml" {
					options[i] = filepath.Join("..", "examples", options[i])
				}
			}
			var stdout, stderr strings.Builder
			code := command.Main(t.Context(), append([]string{"run", "--people", "1", "--out", filepath.Join(t.TempDir(), "out")}, options...), strings.NewReader(""), &stdout, &stderr)
			if code != result.ExitSelection || !strings.Contains(stdout.String(), example.says) {
				t.Errorf("exit code %d, and nothing of %q:\n%s\n%s", code, example.says, stdout.String(), stderr.String())
			}
		})
	}
}

// guarded starts two mocks that ask for a client certificate and a token, and returns what guarded.yaml takes from the environment.
func guarded(t *testing.T) map[string]string {
	t.Helper()
	pki := t.TempDir()
	trusted, soon := newAuthority(t, pki, "authority"), time.Now().Add(time.Hour)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, private := pair(t, pki, "assertion", key, key.Public())
	certificate, certificateKey := trusted.issue(t, "concord.mock.test", soon)
	for from, to := range map[string]string{private: "client-assertion.pem", certificate: "concord.pem", certificateKey: "concord.key"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(pki, to), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addresses := map[string]string{"ccr": spare(t), "ohc": spare(t)}
	var started [][]string
	for system, peer := range map[string]string{"ccr": "ohc", "ohc": "ccr"} {
		served, servedKey := trusted.issue(t, system+".mock.test", soon)
		started = append(started, []string{
			"--system", system, "--listen", addresses[system], "--peer", "https://" + addresses[peer] + "/fhir", "--tls-cert", served, "--tls-key", servedKey,
			"--client-ca", trusted.path(), "--peer-ca", trusted.path(), "--peer-cert", served, "--peer-key", servedKey,
			"--peer-client", "id=" + system + ",kid=k1,key=" + private, "--client", "id=" + peer + ",kid=k1,key=" + public, "--client", "id=concord,kid=k2,key=" + public,
		})
	}
	runMocks(t, started...)
	return map[string]string{
		"CCR_URL": "https://" + addresses["ccr"] + "/fhir", "OHC_URL": "https://" + addresses["ohc"] + "/fhir",
		"CONCORD_CLIENT": "concord", "CONCORD_KID": "k2", "PKI": pki,
	}
}
