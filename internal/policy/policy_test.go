package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/policy"
)

func systems() []string { return []string{"ccr", "ohc"} }

func TestWhatNobodyDecidedHasADefaultThatIsStated(t *testing.T) {
	d := policy.Policy{}.For("ccr")
	if d.Objection != policy.Origin || d.ObjectionWithin != 5*time.Minute || d.Masking != policy.Announce || d.Deceased != policy.Show || d.Federation != policy.Full {
		t.Errorf("the defaults are %+v", d)
	}
	for _, line := range d.Lines() {
		if line.Value == "" || line.Meaning == "" {
			t.Errorf("%s states nothing: %+v", line.Decision, line)
		}
	}
}

func TestASystemsOwnDecisionComesFirst(t *testing.T) {
	p, err := policy.Parse([]byte("defaults:\n  deceased: hide\n  objectionWithin: 15m\nsystems:\n  ohc:\n    deceased: show\n    sensitiveCodes: [http://snomed.info/sct|1]\n"), systems())
	if err != nil {
		t.Fatal(err)
	}
	if ccr, ohc := p.For("ccr"), p.For("ohc"); ccr.Deceased != policy.Hide || ohc.Deceased != policy.Show || ohc.ObjectionWithin != 15*time.Minute ||
		len(ohc.SensitiveCodes) != 1 || len(ccr.SensitiveCodes) != 0 {
		t.Errorf("ccr %+v, ohc %+v", ccr, ohc)
	}
}

func TestAMistakeIsShownWithItsLine(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"defaults:\n  objection: nowhere\n", `line 2: defaults.objection: "nowhere" is neither origin nor everywhere`},
		{"defaults:\n  masking: announce\nsystems:\n  other:\n    deceased: show\n", `there is no system "other"`},
		{"systems:\n  ccr:\n    sensitiveCodes:\n      - http://snomed.info/sct|1\n      - wrong\n", "line 5"},
		{"defaults:\n  objectionWithin: -1m\n", "line 2"},
		{"defaults:\n  masking: silent\n  lag: -1m\n", "line 3"},
		{"defaults:\n  sensitiveCodes: [\"https://fhir.nhs.uk/Id/nhs-number|9990000018\"]\n", "an NHS number is not a code"},
		{"systems:\n  ccr:\n    federation: some\n", `line 3: systems.ccr.federation: "some" is neither full nor none`},
		{"defaults:\n  mask: announce\n", "[2:"},
		{"defaults: [\n", "["},
	} {
		if _, err := policy.Parse([]byte(c.text), systems()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q gives %v, want %q", c.text, err, c.says)
		}
	}
}

func TestAFileIsNamedInItsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if _, err := policy.Read(path, systems()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("defaults:\n  deceased: maybe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := policy.Read(path, systems()); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a wrong file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("defaults:\n  objection: origin\n"))
	f.Add([]byte("systems: {ccr: {sensitiveCodes: [a|b]}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.Parse(text, systems())
		if err == nil && p.For("ccr").Objection == "" {
			t.Error("an accepted policy leaves something undecided")
		}
	})
}

func TestAPolicyIsToldFromAConfigurationWhateverItsSystemsAreCalled(t *testing.T) {
	for text, want := range map[string]bool{
		"defaults: {lag: 5m}\nsystems:\n  viewer: {masking: silent}\n": true,
		"systems:\n  - {name: viewer, baseURL: http://x}\n":            false,
		"concurrency: 4\n": false,
		"policy: decided.yaml\nsystems:\n  - {name: a, baseURL: http:}\n": false,
	} {
		if got := policy.Looks([]byte(text)); got != want {
			t.Errorf("%q is taken for a policy: %t", text, got)
		}
	}
}
