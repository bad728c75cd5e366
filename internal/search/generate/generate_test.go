package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packages returns the directory of FHIR packages, or skips the test when it is not at hand.
func packages(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "packages")
	if _, err := os.Stat(filepath.Join(dir, "hl7.fhir.r4.core-4.0.1.tgz")); err != nil {
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			t.Fatalf("the FHIR packages are required: %v", err)
		}
		t.Skipf("the FHIR R4 core package is not at hand: %v", err)
	}
	return dir
}

func TestTheTablesAreWhatTheDefinitionsGive(t *testing.T) {
	tables, err := generate(packages(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"parameters.tsv": tables.parameters, "elements.tsv": tables.elements} {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the definitions give: run go run ./internal/search/generate -packages DIR", name)
		}
	}
}

// Only these parameters of R4 cannot be expressed in the table; any other is a shape that has to be handled.
func TestEveryOtherExpressionIsHandled(t *testing.T) {
	tables, err := generate(packages(t))
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{
		".extension('", "hasExtension('", "entry[0]", "%resource", "phonetic", "no expression", "of type special",
	}
	for line := range strings.Lines(string(tables.parameters)) {
		_, reason, refused := strings.Cut(line, "\t!")
		if !refused {
			continue
		}
		known := false
		for _, text := range allowed {
			known = known || strings.Contains(reason, text)
		}
		if !known {
			t.Errorf("not handled: %s", line)
		}
	}
}
