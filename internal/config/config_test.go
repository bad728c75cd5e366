package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord.example/concord/internal/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "concord.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestThePrintedDefaultIsTheDefault(t *testing.T) {
	want := config.Default()
	var got config.Config
	if err := got.Read(write(t, want.Print())); err != nil {
		t.Fatal(err)
	}
	for _, list := range []*[]string{&got.FurtherMocks, &got.Defects, &got.Suites, &got.Checks, &got.Loaded, &got.Providers, &got.Waivers, &got.Subjects} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	if len(got.Systems) == 0 {
		got.Systems = nil
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(config.Config{})); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func TestTheReadmeShowsTheWholeDefault(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	if !strings.Contains(string(readme), c.Print()) {
		t.Error("README.md does not show what concord run --print-config prints; copy it there")
	}
}

func TestEnvironmentGoesOverTheFile(t *testing.T) {
	c := config.Default()
	err := c.Read(write(t, `
seed: 5
people: 7
systems:
  - { name: ccr, supplier: InterSystems, baseURL: "https://ccr.test/fhir", headers: { Authorization: "Bearer ${TOKEN}" } }
  - { name: ohc, supplier: Graphnet, baseURL: "https://ohc.test/fhir" }
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Environ([]string{"CONCORD_SEED=6", "CONCORD_SUITES=parity,profile", "CONCORD_TIMEOUT=3s", "TOKEN=abc"}); err != nil {
		t.Fatal(err)
	}
	if c.Seed != 6 || c.People != 7 || len(c.Suites) != 2 || c.Timeout.Seconds() != 3 {
		t.Errorf("got %+v", c)
	}
	if got := c.Systems[0].Header().Get("Authorization"); got != "Bearer abc" {
		t.Errorf("the header is %q", got)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestOneSystemIsAskedAloneWhereItStandsAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"federation: none\n": true, "discover: true\n": true, "policy: decided.yaml\n": true, "federation: full\n": false, "federation: full\npolicy: decided.yaml\n": false,
	} {
		conf := config.Default()
		if err := conf.Read(write(t, text+"systems: [{name: ccr, baseURL: http://x}]\n")); err != nil {
			t.Fatal(err)
		}
		if err := conf.Validate(); (err == nil) != want {
			t.Errorf("%s gives %v", text, err)
		}
	}
}

func TestBadConfigurationIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		yaml    string
		environ []string
		want    []string
	}{
		"an unknown key":          {yaml: "seed: 1\nsedd: 2\n", want: []string{"concord.yaml", "sedd", "2"}},
		"an unknown system key":   {yaml: "systems:\n  - name: a\n    url: http://x\n", want: []string{"concord.yaml", "url"}},
		"a wrong type":            {yaml: "people: many\n", want: []string{"concord.yaml", "people"}},
		"not YAML":                {yaml: "systems: [\n", want: []string{"concord.yaml"}},
		"one system":              {yaml: "systems: [{name: ccr, baseURL: http://x}]\n", want: []string{"parity needs two"}},
		"a federation":            {yaml: "federation: some\n", want: []string{"federation", "some", "none nor full"}},
		"a system without URL":    {yaml: "systems: [{name: ccr}, {name: ohc, baseURL: http://x}]\n", want: []string{"baseURL", "ccr"}},
		"a name used twice":       {yaml: "systems: [{name: a, baseURL: http://x}, {name: a, baseURL: http://y}]\n", want: []string{"twice"}},
		"a mock kind":             {yaml: "mocks: cloud\n", want: []string{"mocks", "cloud"}},
		"nobody":                  {yaml: "people: 0\n", want: []string{"people"}},
		"a clock":                 {yaml: "clock: yesterday\n", want: []string{"clock", "yesterday"}},
		"a number in environment": {environ: []string{"CONCORD_SEED=-1"}, want: []string{"CONCORD_SEED", "-1"}},
		"a variable that is not set": {
			yaml: "systems: [{name: a, baseURL: http://x, headers: {Authorization: \"${NO_SUCH}\"}}, {name: b, baseURL: http://y}]\n",
			want: []string{"NO_SUCH", "Authorization"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			conf := config.Default()
			err := conf.Read(write(t, c.yaml))
			if err == nil {
				err = conf.Environ(c.environ)
			}
			if err == nil {
				err = conf.Validate()
			}
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
	conf := config.Default()
	if err := conf.Read(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a missing file: %v", err)
	}
}
