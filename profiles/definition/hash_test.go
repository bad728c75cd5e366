package definition_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"concord.example/concord/profiles/definition"
)

func TestAPackageHasOneHashPackedAndUnpackedAndAnotherWhenADefinitionDiffers(t *testing.T) {
	hashes := func(kind string) (packed, unpacked string) {
		files := map[string]string{
			"package.json": `{"name": "own.package", "version": "1.0.0"}`,
			"x.json":       `{"resourceType": "CodeSystem", "url": "https://concord.test/x", "status": "active", "content": "` + kind + `"}`,
		}
		dir := t.TempDir()
		var archive bytes.Buffer
		zip := gzip.NewWriter(&archive)
		writer := tar.NewWriter(zip)
		for _, name := range []string{"x.json", "package.json"} {
			if err := writer.WriteHeader(&tar.Header{Name: "package/" + name, Mode: 0o600, Size: int64(len(files[name]))}); err != nil {
				t.Fatal(err)
			}
			if _, err := writer.Write([]byte(files[name])); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		if err := zip.Close(); err != nil {
			t.Fatal(err)
		}
		a, b := definition.NewSet(), definition.NewSet()
		if err := a.AddTarball(&archive, "x.tgz"); err != nil {
			t.Fatal(err)
		}
		if err := b.AddPath(dir); err != nil {
			t.Fatal(err)
		}
		return a.Packages[0].Hash, b.Packages[0].Hash
	}
	packed, unpacked := hashes("complete")
	other, _ := hashes("fragment")
	if len(packed) != 64 || packed != unpacked || packed == other {
		t.Errorf("packed %s, unpacked %s, with another definition %s", packed, unpacked, other)
	}
}
