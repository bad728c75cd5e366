package profiles_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// tarball writes a package with the files.
func tarball(t *testing.T, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for name, text := range files {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "package.tgz")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const named = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/named","name":"Named","status":"draft",
 "kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
 "differential":{"element":[{"id":"Patient.name","path":"Patient.name","min":1}]}}`

func with(t *testing.T, definitions ...string) *profiles.Registry {
	t.Helper()
	dir := t.TempDir()
	for i, text := range definitions {
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := registry(t).With(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// judge returns what makes a resource invalid against profiles.
func judge(t *testing.T, r *profiles.Registry, resource string, canonicals ...string) []string {
	t.Helper()
	findings, err := r.Validate(context.Background(), []byte(resource), profiles.Options{Profiles: canonicals})
	if err != nil {
		t.Fatal(err)
	}
	return errorsOf(findings)
}

func TestAPackageIsReadFromATarball(t *testing.T) {
	r, err := registry(t).With(tarball(t, map[string]string{
		"package/package.json": `{"name":"example.named","version":"1.0.0"}`, "package/a.json": named, "package/example/bad.json": "not JSON",
	}))
	if err != nil {
		t.Fatal(err)
	}
	packages := r.Packages()
	if last := packages[len(packages)-1]; last.Name != "example.named" || last.Version != "1.0.0" {
		t.Errorf("got package %v", last)
	}
	got := judge(t, r, `{"resourceType":"Patient","active":true}`, "http://example.org/StructureDefinition/named")
	if !slices.Equal(got, []string{"fhir-required Patient"}) {
		t.Errorf("got %v", got)
	}
}

func TestAPackageThatLeadsOutOfItselfIsRefused(t *testing.T) {
	for _, name := range []string{"package/../../evil.json", "/etc/evil.json", `package\..\..\evil.json`} {
		_, err := registry(t).With(tarball(t, map[string]string{name: named}))
		if err == nil || !strings.Contains(err.Error(), "leads out of the package") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestWhatCannotBeLoadedIsAnErrorThatNamesIt(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`{"resourceType":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{bad, filepath.Join(dir, "nothing"), t.TempDir(), "../../etc"} {
		if _, err := registry(t).With(name); err == nil {
			t.Errorf("%s was loaded", name)
		}
	}
	for _, name := range []string{"a#1", "../x#1", "plain"} {
		if _, err := registry(t).WithCached(dir, name); err == nil {
			t.Errorf("%s was loaded from an empty cache", name)
		}
	}
	cached := filepath.Join(dir, "example.named#1.0.0", "package")
	if err := os.MkdirAll(cached, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cached, "a.json"), []byte(named), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := registry(t).WithCached(dir, "example.named#1.0.0"); err != nil {
		t.Error(err)
	}
}

func TestProfilesThatBuildOnEachOtherAreReported(t *testing.T) {
	circle := func(name, base string) string {
		return strings.NewReplacer("/named", "/"+name, "http://hl7.org/fhir/StructureDefinition/Patient", "http://example.org/StructureDefinition/"+base).Replace(named)
	}
	r := with(t, circle("one", "two"), circle("two", "one"))
	_, err := r.Validate(context.Background(), []byte(`{"resourceType":"Patient"}`), profiles.Options{Profiles: []string{"http://example.org/StructureDefinition/one"}})
	if err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("got %v, want an error on the circle", err)
	}
	findings, err := r.Validate(context.Background(), []byte(`{"resourceType":"Patient","active":true,"meta":{"profile":["http://example.org/StructureDefinition/one"]}}`), profiles.Options{})
	if err != nil || len(findings) == 0 || findings[0].Severity != result.SeverityWarning {
		t.Errorf("got %v, %v; want a warning at the claim", findings, err)
	}
}

func TestAnInvariantThatDoesNotParseIsReportedAndNotTakenForAPass(t *testing.T) {
	r := with(t, strings.Replace(named, `"min":1`, `"constraint":[{"key":"x-1","severity":"error","human":"x","expression":"this is not (FHIRPath"}]`, 1))
	findings, err := r.Validate(context.Background(), []byte(`{"resourceType":"Patient","name":[{"family":"x"}]}`), profiles.Options{Profiles: []string{"http://example.org/StructureDefinition/named"}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(findings, func(f result.Finding) bool {
		return f.Rule == profiles.RuleNotCheckable && f.Severity == result.SeverityWarning && strings.HasPrefix(f.Message, "constraint x-1 could not")
	}) {
		t.Errorf("got %v, want a warning that constraint x-1 could not be evaluated", findings)
	}
}

func TestMustSupportListsTheMarkedElements(t *testing.T) {
	list, err := registry(t).MustSupport("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(list, func(e profiles.MustSupportElement) bool {
		return e.Path == "Patient.identifier" && e.ID == "Patient.identifier"
	}) {
		t.Errorf("Patient.identifier is not listed: %v", list)
	}
	if slices.ContainsFunc(list, func(e profiles.MustSupportElement) bool { return e.Path == "Patient.photo" }) {
		t.Error("Patient.photo is listed")
	}
	if _, err := registry(t).MustSupport("http://example.org/none"); err == nil {
		t.Error("a profile that is not loaded has a list")
	}
}

// TestAResourceIsJudgedByTheVersionOfAProfileThatItClaims holds that of two versions that are loaded the one that is named counts, and
// that a claim of one is not taken for covered by a profile that builds on the other.
func TestAResourceIsJudgedByTheVersionOfAProfileThatItClaims(t *testing.T) {
	patient := func(url, version, base, element string) string {
		return `{"resourceType":"StructureDefinition","url":"http://example.org/` + url + `","version":"` + version + `","name":"V","status":"active","kind":"resource",` +
			`"abstract":false,"type":"Patient","baseDefinition":"` + base + `","derivation":"constraint","differential":{"element":[{"id":"Patient.` + element + `","path":"Patient.` + element + `","min":1}]}}`
	}
	const core = "http://hl7.org/fhir/StructureDefinition/Patient"
	r := with(t, patient("p", "1.0.0", core, "name"), patient("p", "2.0.0", core, "gender"), patient("d", "1", "http://example.org/p|1.0.0", "active"))
	const noName, noGender = "fhir-required Patient", "fhir-required Patient"
	for _, c := range []struct {
		claims, rest string
		want         []string
	}{
		{`"http://example.org/p|1.0.0"`, `"name":[{"text":"x"}]`, nil},
		{`"http://example.org/p|1.0.0"`, `"gender":"male"`, []string{noName}},
		{`"http://example.org/p|2.0.0"`, `"gender":"male"`, nil},
		{`"http://example.org/p|2.0.0"`, `"name":[{"text":"x"}]`, []string{noGender}},
		{`"http://example.org/p"`, `"gender":"male"`, nil},
		{`"http://example.org/p"`, `"name":[{"text":"x"}]`, []string{noGender}},
		{`"http://example.org/p|1"`, `"name":[{"text":"x"}]`, nil},
		{`"http://example.org/d"`, `"active":true,"name":[{"text":"x"}]`, nil},
		{`"http://example.org/d","http://example.org/p|2.0.0"`, `"active":true,"name":[{"text":"x"}]`, []string{noGender}},
		{`"http://example.org/p|1.0.0","http://example.org/p|2.0.0"`, `"active":true`, []string{noName, noGender}},
	} {
		got := judge(t, r, `{"resourceType":"Patient","meta":{"profile":[`+c.claims+`]},`+c.rest+`}`)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: got %v, want %v", c.claims, c.rest, got, c.want)
		}
	}
}
