package fences_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// top is the top of the module, from the folder that this package is tested in.
const top = "../.."

type listed struct {
	ImportPath   string
	Module       struct{ Path string }
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// packages lists the packages of this module. Packages of the module are named by their path in it ("suites/check"), so
// that no rule has to say what the module is called.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Module,Imports,TestImports,XTestImports,Deps", "./...")
	command.Dir = top
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]listed{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		short := func(path string) string { return strings.TrimPrefix(path, p.Module.Path+"/") }
		for _, paths := range [][]string{p.Imports, p.TestImports, p.XTestImports, p.Deps} {
			for i, path := range paths {
				paths[i] = short(path)
			}
		}
		all[short(p.ImportPath)] = p
	}
}

// room returns the rule that a package falls under: the longest prefix that has one.
func room(path string, rules map[string][]string) string {
	best := ""
	for prefix := range rules {
		if (path == prefix || strings.HasPrefix(path, prefix+"/")) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best
}

func TestRoomsImportOnlyTheirNeighbours(t *testing.T) {
	// The arrows of the house: what a room may import beside itself, by path in this module. All point down, and the rooms
	// of internal/ are the ground.
	mayImport := map[string][]string{
		"cmd":                         {"suites", "mocks", "fixtures", "profiles", "reports", "internal"},
		"suites":                      {"profiles", "fixtures", "mocks", "internal"},
		"profiles":                    {"internal/fhir", "internal/fhirpath", "internal/result", "internal/search", "internal/strictyaml", "internal/suggest"},
		"profiles/terminology/server": {"profiles", "internal/fhir", "internal/result", "internal/exchange", "internal/auth"},
		"mocks":                       {"fixtures", "internal/fhir", "internal/search"},
		"mocks/container":             {},
		"fixtures":                    {"internal/fhir"},
		"fixtures/load":               {"fixtures", "internal/fhir", "internal/exchange", "internal/auth", "internal/redact"},
		"reports":                     {"internal/result", "internal/evidence", "internal/fhir", "internal/redact", "internal/suggest"},
		"internal/auth":               {"internal/redact", "internal/exchange"},
		"internal/evidence":           {"internal/result", "internal/fhir", "internal/redact"},
		"internal/exchange":           {"internal/fhir", "internal/redact", "internal/evidence"},
		"internal/latency":            {},
		"internal/redact":             {},
		"internal/suggest":            {},
		"internal/search":             {"internal/fhir"},
		"internal/fhirpath":           {},
		"internal/fhir":               {},
		"internal/config":             {"internal/strictyaml", "internal/fhir", "internal/redact", "internal/suggest"},
		"internal/result":             {},
		"internal/policy":             {"internal/strictyaml"},
		"internal/strictyaml":         {},
		"internal/need":               {},
		"internal/peak":               {},
		"internal/testrun":            {},
		"internal/wcag":               {},
		"internal/bucket":             {},
		"internal/fences":             {},
	}
	all := packages(t)
	if len(all) < 15 {
		t.Fatalf("only %d packages were listed", len(all))
	}
	for path, p := range all {
		from := room(path, mayImport)
		if from == "" {
			t.Errorf("%s is in no room of the house: give it one in this test", path)
			continue
		}
		for _, imported := range p.Imports {
			if _, ours := all[imported]; !ours || room(imported, mayImport) == from {
				continue
			}
			if !slices.ContainsFunc(mayImport[from], func(prefix string) bool {
				return imported == prefix || strings.HasPrefix(imported, prefix+"/")
			}) {
				t.Errorf("%s imports %s, which %s may not", path, imported, from)
			}
		}
	}
}

// internal/ is ground: what stands on it may change without it, and tests of it need nothing above either.
func TestTheGroundImportsNothingAboveIt(t *testing.T) {
	all := packages(t)
	for path, p := range all {
		if !strings.HasPrefix(path, "internal/") {
			continue
		}
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if _, ours := all[imported]; ours && !strings.HasPrefix(imported, "internal/") {
				t.Errorf("%s imports %s, which stands above it", path, imported)
			}
		}
	}
}

func TestOutsideLibrariesStayInTheirRooms(t *testing.T) {
	only := map[string]string{
		"github.com/onsi/ginkgo":                "suites",
		"github.com/onsi/gomega":                "suites",
		"github.com/santhosh-tekuri/jsonschema": "profiles",
		"github.com/testcontainers":             "mocks/container",
		"html/template":                         "reports",
		"github.com/spf13/cobra":                "cmd/concord/command",
		"github.com/minio":                      "internal/bucket",
		"github.com/coreos/go-oidc":             "reports/console",
	}
	used := map[string]bool{}
	for path, p := range packages(t) {
		for library, home := range only {
			if !slices.ContainsFunc(p.Imports, func(imported string) bool { return strings.HasPrefix(imported, library) }) {
				continue
			}
			used[library] = true
			if path != home && !strings.HasPrefix(path, home+"/") {
				t.Errorf("%s imports %s, which only %s may", path, library, home)
			}
		}
	}
	for library := range only {
		if !used[library] {
			t.Errorf("nobody imports %s: is the fence still right?", library)
		}
	}
}

func TestResultsAndReportsKnowNothingOfWhereTheyComeFrom(t *testing.T) {
	all := packages(t)
	for path, may := range map[string][]string{
		"internal/result": nil,
		"reports":         {"internal/result", "internal/evidence", "internal/evidence/pack", "internal/evidence/signoff", "internal/fhir", "internal/redact", "internal/suggest", "reports/causes"},
		"reports/causes":  {"internal/result"},
	} {
		for _, dependency := range all[path].Deps {
			if _, ours := all[dependency]; ours && !slices.Contains(may, dependency) {
				t.Errorf("%s depends on %s", path, dependency)
			}
		}
	}
}

func TestOnlyALoadMayWrite(t *testing.T) {
	uses := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "AllowWrites") {
			folder, err := filepath.Rel(top, filepath.Dir(path))
			uses[filepath.ToSlash(folder)] = true
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(uses)); !slices.Equal(got, []string{"fixtures/load", "internal/exchange"}) {
		t.Errorf("AllowWrites is used in %v: everything but a load must be unable to write", got)
	}
}
