package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeneratingAgainChangesNothing(t *testing.T) {
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	packages := filepath.Join(shared, "data", "packages")
	if _, err := os.Stat(packages); err != nil {
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			t.Fatalf("the official FHIR packages are required but not at hand: %v", err)
		}
		t.Skip("the official FHIR packages are not at hand; name their parent folder with CONCORD_SHARED")
	}
	files, err := generate(packages)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, f := range files {
		embedded, err := os.ReadFile(filepath.Join("..", "definitions", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(embedded, f.data) {
			t.Errorf("%s is not what the packages give; run the generator and commit the result", f.name)
		}
		total += len(f.data)
	}
	const most = 500_000
	if total > most {
		t.Errorf("the tables take %d bytes, which is more than the %d that the binary has room for", total, most)
	}
}

func TestGenerateNeedsAFolder(t *testing.T) {
	var stderr bytes.Buffer
	if code := run(nil, &stderr); code != 2 || !strings.Contains(stderr.String(), "-packages") {
		t.Errorf("got exit code %d and %q, want 2 and a word on -packages", code, stderr.String())
	}
	if code := run([]string{"-packages", t.TempDir()}, &stderr); code != 1 {
		t.Errorf("an empty folder gave exit code %d, want 1", code)
	}
}
