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
	"runtime"
	"slices"
	"strings"
	"testing"
)

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "concord/...")
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
		all[p.ImportPath] = p
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
	// The arrows of the house. A room may always import itself and what lies below it.
	mayImport := map[string][]string{
		"concord/cmd":                 {"concord/internal/cli"},
		"concord/internal/cli":        {"concord/suites", "concord/mocks", "concord/fixtures", "concord/profiles", "concord/reports", "concord/internal"},
		"concord/suites":              {"concord/profiles", "concord/fixtures", "concord/mocks", "concord/internal"},
		"concord/profiles":            {"concord/internal/fhir", "concord/internal/fhirpath", "concord/internal/result", "concord/internal/strictyaml"},
		"concord/mocks":               {"concord/fixtures", "concord/internal/fhir", "concord/internal/search"},
		"concord/mocks/container":     {},
		"concord/fixtures":            {"concord/internal/fhir"},
		"concord/reports":             {"concord/internal/result"},
		"concord/internal/check":      {"concord/fixtures", "concord/internal/fhir", "concord/internal/exchange", "concord/internal/search", "concord/internal/result", "concord/internal/policy"},
		"concord/internal/exchange":   {"concord/internal/fhir"},
		"concord/internal/latency":    {},
		"concord/internal/load":       {"concord/fixtures", "concord/internal/fhir", "concord/internal/exchange"},
		"concord/internal/search":     {"concord/internal/fhir"},
		"concord/internal/fhirpath":   {},
		"concord/internal/fhir":       {},
		"concord/internal/config":     {"concord/internal/strictyaml", "concord/internal/fhir"},
		"concord/internal/result":     {},
		"concord/internal/policy":     {"concord/internal/strictyaml"},
		"concord/internal/strictyaml": {},
		"concord/internal/need":       {},
		"concord/internal/peak":       {},
		"concord/internal/fences":     {},
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
			if !strings.HasPrefix(imported, "concord/") || room(imported, mayImport) == from {
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

func TestOutsideLibrariesStayInTheirRooms(t *testing.T) {
	only := map[string]string{
		"github.com/onsi/ginkgo":                "concord/suites",
		"github.com/onsi/gomega":                "concord/suites",
		"github.com/santhosh-tekuri/jsonschema": "concord/profiles",
		"github.com/testcontainers":             "concord/mocks/container",
		"html/template":                         "concord/reports",
		"github.com/spf13/cobra":                "concord/internal/cli",
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
	for _, path := range []string{"concord/internal/result", "concord/reports"} {
		for _, dependency := range all[path].Deps {
			if strings.HasPrefix(dependency, "concord/") && dependency != "concord/internal/result" {
				t.Errorf("%s depends on %s", path, dependency)
			}
		}
	}
}

func TestOnlyALoadMayWrite(t *testing.T) {
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("this file does not know where it is")
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(here)))
	uses := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "AllowWrites") {
			folder, err := filepath.Rel(root, filepath.Dir(path))
			uses[filepath.ToSlash(folder)] = true
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(uses)); !slices.Equal(got, []string{"internal/exchange", "internal/load"}) {
		t.Errorf("AllowWrites is used in %v: everything but a load must be unable to write", got)
	}
}
