package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestElementsOfOtherVersionsAreWrittenByType(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "p.tgz")
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	tarred := tar.NewWriter(zip)
	for name, text := range map[string]string{
		"1.0": `{"A.b":{"elements":["id","c","d[x]"],"modifier":true},"A.b.c":{"types":["Reference(B)","Reference(C)"]}}`,
		"3.0": `{"A.b":{"elements":["c","d[x]"],"modifier":true},"A.b.c":{},"A.e":{"ref":"#A.b"}}`,
		"5.0": `{"note":"a text","A.b":{"elements":["!c"]},"A.f":{"types":["@A.b"]}}`,
	} {
		if err := tarred.WriteHeader(&tar.Header{Name: "package/other/xver-paths-" + name + ".json", Mode: 0o600, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tarred.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tarred.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := elements(archive)
	if err != nil {
		t.Fatal(err)
	}
	want := "=A\nb.c|1Reference 3\nb|13!{c,d[x] 5{c\ne|3>A.b\nf|5>A.b\n"
	if string(f.data) != want {
		t.Errorf("got\n%swant\n%s", f.data, want)
	}
	if _, err := elements(filepath.Join(t.TempDir(), "none.tgz")); err == nil || !strings.Contains(err.Error(), "none.tgz") {
		t.Errorf("a missing archive gave %v", err)
	}
}
