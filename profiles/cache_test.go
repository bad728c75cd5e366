package profiles_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"concord.example/concord/profiles"
)

// ownPackage writes a package with one definition of each kind and returns its folder.
func ownPackage(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "own")
	files := map[string]string{
		"package.json": `{"name":"own","version":"1.0.0"}`,
		"sd.json": `{"resourceType":"StructureDefinition","url":"https://example.org/StructureDefinition/own","version":"1.0.0","name":"Own","status":"retired",
		 "kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
		 "differential":{"element":[{"id":"Patient","path":"Patient","constraint":[{"key":"own-1","severity":"error","human":"has a name","expression":"name.exists()"}]},
		 {"id":"Patient.maritalStatus","path":"Patient.maritalStatus","min":1,"binding":{"strength":"required","valueSet":"https://example.org/ValueSet/own"}}]}}`,
		"vs.json": `{"resourceType":"ValueSet","url":"https://example.org/ValueSet/own","status":"active","compose":{"include":[
		 {"system":"https://example.org/CodeSystem/own","filter":[{"property":"concept","op":"is-a","value":"a"}]}]}}`,
		"cs.json": `{"resourceType":"CodeSystem","url":"https://example.org/CodeSystem/own","status":"active","content":"complete","concept":[
		 {"code":"a","display":"Alpha","designation":[{"value":"First"}],"concept":[{"code":"b"}]},{"code":"c"}]}`,
		"lib.json": `{"resourceType":"Library","url":"https://example.org/Library/own","name":"Own","status":"active","type":{"text":"x"}}`,
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestAPackageFromTheCacheJudgesAsThePackageItself(t *testing.T) {
	folder, cache := ownPackage(t), profiles.Cache{Folder: filepath.Join(t.TempDir(), "cache"), Build: "1"}
	patients := []string{
		`{"resourceType":"Patient","meta":{"profile":["https://example.org/StructureDefinition/own"]}}`,
		`{"resourceType":"Patient","meta":{"profile":["https://example.org/StructureDefinition/own"]},"name":[{"text":"x"}],
		  "maritalStatus":{"coding":[{"system":"https://example.org/CodeSystem/own","code":"c","display":"Gamma"}]}}`,
		`{"resourceType":"Patient","meta":{"profile":["https://example.org/StructureDefinition/own"]},"name":[{"text":"x"}],
		  "maritalStatus":{"coding":[{"system":"https://example.org/CodeSystem/own","code":"a","display":"First"}]}}`,
	}
	plain, err := registry(t).With(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"not in the cache", "in the cache", "damaged in the cache"} {
		if state == "damaged in the cache" {
			damage(t, cache.Folder)
		}
		cached, err := cache.With(registry(t), folder)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(cached.Packages(), plain.Packages()) {
			t.Errorf("%s: packages %v, want %v", state, cached.Packages(), plain.Packages())
		}
		for _, p := range patients {
			want, err := plain.Validate(context.Background(), []byte(p), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := cached.Validate(context.Background(), []byte(p), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(want) == 0 || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: got %+v, want %+v", state, p, got, want)
			}
		}
	}
}

// damage changes a byte of everything in the cache.
func damage(t *testing.T, folder string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the cache holds %q (%v), want one package", names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(names[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAChangedPackageIsNotTakenFromTheCache(t *testing.T) {
	folder, cache := ownPackage(t), profiles.Cache{Folder: t.TempDir(), Build: "1"}
	if _, err := cache.With(registry(t), folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(folder, "sd.json")); err != nil {
		t.Fatal(err)
	}
	changed, err := cache.With(registry(t), folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range changed.Profiles() {
		if p.Name == "Own" {
			t.Error("a profile that was removed from the package is still there")
		}
	}
}

func TestACacheThatCannotBeWrittenIsNoError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (profiles.Cache{Folder: filepath.Join(file, "below")}).With(registry(t), ownPackage(t)); err != nil {
		t.Error(err)
	}
	if _, err := (profiles.Cache{Folder: t.TempDir()}).With(registry(t), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a package that is not there was loaded")
	}
}
