package command

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rhysd/actionlint"
)

func recipe(t *testing.T, name string) (string, []byte) {
	t.Helper()
	path := filepath.Join("..", "deploy", "ci", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, text
}

func TestEveryPipelineRunsCommandsThatExistAndPublishesWhatWasFound(t *testing.T) {
	for _, name := range []string{"github.yml", "gitlab.yml", "azure.yml", "Jenkinsfile"} {
		_, text := recipe(t, name)
		if strings.HasSuffix(name, ".yml") {
			var value map[string]any
			if err := yaml.Unmarshal(text, &value); err != nil || len(value) == 0 {
				t.Errorf("%s does not parse: %v", name, err)
			}
		}
		commands := printedCommand.FindAllStringSubmatch(string(text), -1)
		if len(commands) == 0 {
			t.Errorf("%s runs nothing", name)
		}
		for _, match := range commands {
			if wrong := unknownIn(match[1]); wrong != "" {
				t.Errorf("%s runs %q: %s", name, match[0], wrong)
			}
		}
		for _, want := range []string{"runs/ci/junit.xml", "always"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s does not name %s", name, want)
			}
		}
		// A gate that swallows the exit code is none.
		for _, bad := range []string{"|| true", "continue-on-error", "allow_failure: true", "continueOnError: true", "catchError"} {
			if strings.Contains(string(text), bad) {
				t.Errorf("%s goes on after a failure: %s", name, bad)
			}
		}
	}
}

func TestTheRecipeForGitHubPassesItsLinter(t *testing.T) {
	path, text := recipe(t, "github.yml")
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.Lint(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
	broken := bytes.Replace(text, []byte("runs-on"), []byte("run-on"), 1)
	if faults, err := linter.Lint(path, broken, nil); err != nil || len(faults) == 0 {
		t.Errorf("the linter finds nothing in a broken recipe: %v", err)
	}
}

func TestTwoReleasesOfTheSameSourceAreTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this links the binary twice")
	}
	var sums []string
	for range 2 {
		out := t.TempDir()
		build := exec.CommandContext(t.Context(), "go", "run", "./cmd/concord/deploy/release", "-out", out, "-platforms", "linux/amd64")
		build.Dir = filepath.Join("..", "..", "..")
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		text, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(text))
		bom, err := os.ReadFile(filepath.Join(out, "concord.cdx.json"))
		if err != nil || !strings.Contains(string(bom), "github.com/spf13/cobra") {
			t.Errorf("the bill of materials does not name what was built in: %v", err)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ:\n%s\n%s", sums[0], sums[1])
	}
}
