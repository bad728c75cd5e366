package profiles_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
)

// xmlDefinitions are a profile, the value set that it binds, and the code system of that, in XML.
func xmlDefinitions() map[string]string {
	return map[string]string{
		"profile.xml": `<?xml version="1.0" encoding="UTF-8"?>
<StructureDefinition xmlns="http://hl7.org/fhir">
  <url value="https://example.org/StructureDefinition/flag"/><version value="1.0"/><name value="OwnFlag"/><status value="active"/>
  <kind value="resource"/><abstract value="false"/><type value="Flag"/>
  <baseDefinition value="http://hl7.org/fhir/StructureDefinition/Flag"/><derivation value="constraint"/>
  <differential>
    <element id="Flag.period"><path value="Flag.period"/><min value="1"/></element>
    <element id="Flag.code"><path value="Flag.code"/>
      <binding><strength value="required"/><valueSet value="https://example.org/ValueSet/flags"/></binding></element>
  </differential>
</StructureDefinition>`,
		"values.xml": `<ValueSet xmlns="http://hl7.org/fhir"><url value="https://example.org/ValueSet/flags"/><status value="active"/>
  <compose><include><system value="https://example.org/CodeSystem/flags"/></include></compose></ValueSet>`,
		"codes.xml": `<CodeSystem xmlns="http://hl7.org/fhir"><url value="https://example.org/CodeSystem/flags"/><status value="active"/>
  <content value="complete"/><concept><code value="red"/></concept></CodeSystem>`,
		"build.xml":    `<project name="ig"/>`,
		"package.json": `{"name":"example.xml","version":"1.0.0"}`,
	}
}

func packed(t *testing.T, files map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "example.tgz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(file)
	archive := tar.NewWriter(zip)
	for base, text := range files {
		if err := archive.WriteHeader(&tar.Header{Name: "package/" + base, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []interface{ Close() error }{archive, zip, file} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDefinitionsInXMLAreLoaded(t *testing.T) {
	base, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	flag := `{"resourceType":"Flag","meta":{"profile":["https://example.org/StructureDefinition/flag"]},"status":"active",` +
		`"code":{"coding":[{"system":"https://example.org/CodeSystem/flags","code":"CODE"}]},"subject":{"display":"x"}}`
	for name, path := range map[string]string{"a folder": folderOf(t, xmlDefinitions()), "a package": packed(t, xmlDefinitions())} {
		t.Run(name, func(t *testing.T) {
			r, err := base.With(path)
			if err != nil {
				t.Fatal(err)
			}
			for code, want := range map[string][]string{
				"red":  {"fhir-required Flag"},
				"blue": {"fhir-required Flag", "fhir-code Flag.code.coding[0].code"},
			} {
				findings, err := r.Validate(context.Background(), []byte(strings.Replace(flag, "CODE", code, 1)), profiles.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got := errorsOf(findings); !slices.Equal(got, want) {
					t.Errorf("%s: got %q, want %q", code, got, want)
				}
			}
		})
	}
}

func TestBrokenDefinitionsInXMLAreRefusedByName(t *testing.T) {
	base, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"not closed":       `<ValueSet xmlns="http://hl7.org/fhir"><url value="https://example.org/x"/>`,
		"billion laughs":   `<!DOCTYPE a [<!ENTITY b "c">]><ValueSet xmlns="http://hl7.org/fhir"/>`,
		"another encoding": `<?xml version="1.0" encoding="UTF-16"?><ValueSet xmlns="http://hl7.org/fhir"/>`,
	} {
		if _, err := base.With(folderOf(t, map[string]string{"broken.xml": text})); err == nil || !strings.Contains(err.Error(), "broken.xml") {
			t.Errorf("%s: got %v, want an error that names the file", name, err)
		}
	}
}
