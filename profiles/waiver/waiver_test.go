package waiver_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
)

func published(t *testing.T) *waiver.List {
	t.Helper()
	l, err := waiver.Published()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func registry(t *testing.T, sequence profiles.Sequence) *profiles.Registry {
	t.Helper()
	r, err := profiles.Embedded(sequence)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// stale says of each published waiver which of the sequences that it claims to be about do not show its defect: its example
// in testdata, judged by that sequence, has no finding that it excuses.
func stale(t *testing.T, l *waiver.List, sequences ...profiles.Sequence) []string {
	t.Helper()
	var list []string
	for _, sequence := range sequences {
		r := registry(t, sequence)
		for _, w := range l.InForce(r.Packages(), day(t, "2026-01-01")).All() {
			data, err := os.ReadFile(filepath.Join("testdata", w.ID+".json"))
			if err != nil {
				t.Fatalf("waiver %s has no example: %v", w.ID, err)
			}
			findings, err := r.Validate(t.Context(), data, profiles.Options{Rules: ukrules.New(ukrules.Options{}), Waivers: l})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Waiver == w.ID }) {
				list = append(list, string(sequence)+" "+w.ID)
			}
		}
	}
	return list
}

func TestNoPublishedWaiverIsStale(t *testing.T) {
	l := published(t)
	if got := stale(t, l, profiles.STU3, profiles.STU2); len(got) > 0 {
		t.Errorf("these packages do not have the defects any more; give the waivers versions, or remove them: %v", got)
	}
	r := registry(t, profiles.STU3)
	for _, w := range l.All() {
		for _, canonical := range w.Profiles {
			s, err := r.Structure(canonical)
			if err != nil || s == nil {
				t.Errorf("%s names profile %s, which UK Core STU3 does not have: %v", w.ID, canonical, err)
				continue
			}
			if w.Element != "" && !slices.ContainsFunc(s.Snapshot, func(e definition.Element) bool { return e.ID == w.Element }) {
				t.Errorf("%s names element %s, which %s does not have", w.ID, w.Element, canonical)
			}
		}
	}
	for _, file := range examples(t) {
		if _, known := l.Find(strings.TrimSuffix(file, ".json")); !known {
			t.Errorf("%s is the example of no waiver", file)
		}
	}
}

func examples(t *testing.T) []string {
	t.Helper()
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestAWaiverForAPackageWithoutTheDefectIsFoundStale(t *testing.T) {
	text, err := os.ReadFile("published.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// STU2 does not fix the status of vital signs.
	wrong := strings.Replace(string(text), "package: fhir.r4.ukcore.stu3\n    rule: fhir-fixed", "package: fhir.r4.ukcore\n    rule: fhir-fixed", 1)
	l, err := waiver.Read(written(t, wrong))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stale(t, l, profiles.STU3, profiles.STU2), []string{"stu2 UKC-OBSERVATION-FINAL"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAWaiverExcusesWhatItNamesAndNothingElse(t *testing.T) {
	const medication = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationRequest"
	found := func(change func(*result.Finding)) result.Finding {
		f := result.Finding{
			Rule: "fhir-required", Severity: result.SeverityError, Path: "MedicationRequest", Profile: medication, Element: "MedicationRequest.substitution",
		}
		if change != nil {
			change(&f)
		}
		return f
	}
	vital := func(actual string) result.Finding {
		return result.Finding{
			Rule: "fhir-fixed", Path: "Observation.status", Profile: "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation-VitalSigns-BMI",
			Element: "Observation.status", Actual: actual,
		}
	}
	entry := func(path string) result.Finding {
		return result.Finding{Rule: "fhir-bundle", Path: path, Severity: result.SeverityError}
	}
	community := map[string]any{
		"resourceType": "MedicationRequest", "category": []any{map[string]any{"coding": []any{map[string]any{"code": "community"}}}},
	}
	bundled := map[string]any{"resourceType": "Bundle", "entry": []any{
		map[string]any{"resource": map[string]any{"resourceType": "MedicationRequest"}}, map[string]any{"resource": community},
	}}
	news2 := map[string]any{"resourceType": "Bundle", "id": "UKCore-Bundle-NEWS2Observations-Example"}
	tests := map[string]struct {
		resource map[string]any
		finding  result.Finding
		want     string
	}{
		"the defect":              {community, found(nil), "UKC-MEDREQ-SUBSTITUTION"},
		"in a Bundle":             {bundled, found(func(f *result.Finding) { f.Path = "Bundle.entry[1].resource" }), "UKC-MEDREQ-SUBSTITUTION"},
		"another in the Bundle":   {bundled, found(func(f *result.Finding) { f.Path = "Bundle.entry[0].resource" }), ""},
		"past the Bundle":         {bundled, found(func(f *result.Finding) { f.Path = "Bundle.entry[9].resource" }), ""},
		"another kind of order":   {map[string]any{"resourceType": "MedicationRequest"}, found(nil), ""},
		"another rule":            {community, found(func(f *result.Finding) { f.Rule = "fhir-too-many" }), ""},
		"another profile":         {community, found(func(f *result.Finding) { f.Profile += "-Own" }), ""},
		"another element":         {community, found(func(f *result.Finding) { f.Element = "MedicationRequest.intent" }), ""},
		"a value it names":        {nil, vital("amended"), "UKC-OBSERVATION-FINAL"},
		"a value it does not":     {nil, vital("preliminary"), ""},
		"the example":             {news2, entry("Bundle.entry[7]"), "UKC-EXAMPLE-NEWS2-URLS"},
		"another place":           {news2, entry("Bundle.entry[7].fullUrl"), ""},
		"another resource":        {map[string]any{"resourceType": "Bundle", "id": "x"}, entry("Bundle.entry[7]"), ""},
		"a resource without id":   {map[string]any{"resourceType": "Bundle"}, entry("Bundle.entry[7]"), ""},
		"brackets the wrong way":  {news2, entry("Bundle.entry]7["), ""},
		"nothing that is covered": {nil, result.Finding{Rule: "dom-6"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			findings := []result.Finding{test.finding}
			published(t).Mark(t.Context(), test.resource, findings)
			if findings[0].Waiver != test.want {
				t.Errorf("got %q, want %q", findings[0].Waiver, test.want)
			}
		})
	}
}

func TestWaivedFindingsAreNotTheWorst(t *testing.T) {
	findings := []result.Finding{{Severity: result.SeverityError, Waiver: "X"}, {Severity: result.SeverityWarning}}
	if got := result.WorstSeverity(findings); got != result.SeverityWarning {
		t.Errorf("got %s, want a warning", got)
	}
}

const own = `schema: concord/waivers/v1
waivers:
  - id: OWN-1
    package: example.package
    versions: ["1.0.0"]
    rule: fhir-required
    element: Patient.name
    why: the ward has none
    approver: A. Person
    expires: "2026-12-31"
`

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "waivers.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWaiverCountsForItsPackageUntilItsDay(t *testing.T) {
	l, err := waiver.Read(written(t, own))
	if err != nil {
		t.Fatal(err)
	}
	pack := func(name, version string) []definition.Package {
		return []definition.Package{{Name: name, Version: version}}
	}
	tests := map[string]struct {
		loaded []definition.Package
		day    string
		want   int
	}{
		"in force":         {pack("example.package", "1.0.0"), "2026-06-01", 1},
		"part of it":       {pack("example.package.part", "1.0.0"), "2026-06-01", 1},
		"the last day":     {pack("example.package", "1.0.0"), "2026-12-31", 1},
		"the day after":    {pack("example.package", "1.0.0"), "2027-01-01", 0},
		"another version":  {pack("example.package", "1.0.1"), "2026-06-01", 0},
		"another package":  {pack("example.packages", "1.0.0"), "2026-06-01", 0},
		"nothing is there": {nil, "2026-06-01", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := len(l.InForce(test.loaded, day(t, test.day)).All()); got != test.want {
				t.Errorf("%d waivers are in force, want %d", got, test.want)
			}
		})
	}
}

func TestABadWaiverFileIsRefusedWithTheLine(t *testing.T) {
	change := func(old, replacement string) string { return strings.Replace(own, old, replacement, 1) }
	tests := map[string]struct {
		text string
		want []string
	}{
		"an unknown key":     {change("why:", "wy:"), []string{"[8:5]", "wy"}},
		"a wrong type":       {change(`["1.0.0"]`, "{a: b}"), []string{"[5:"}},
		"not YAML":           {"schema: [\n", []string{"[1:"}},
		"another schema":     {change("/v1", "/v2"), []string{"line 1", "concord/waivers/v2", "concord/waivers/v1"}},
		"no schema":          {"waivers: []\n", []string{"line 1", "schema"}},
		"no waivers":         {"schema: concord/waivers/v1\nwaivers: []\n", []string{"line 2", "no waivers"}},
		"no id":              {change("id: OWN-1\n    package", "package"), []string{"line 3", "id"}},
		"an id with a space": {change("OWN-1", "OWN 1"), []string{"line 3", "OWN 1"}},
		"no rule":            {change("    rule: fhir-required\n", ""), []string{"line 3", "rule"}},
		"no reason":          {change("the ward has none", `""`), []string{"line 8", "why"}},
		"nobody's word":      {change("    approver: A. Person\n", ""), []string{"line 3", "approver"}},
		"no end":             {change("    expires: \"2026-12-31\"\n", ""), []string{"line 3", "ends"}},
		"no day":             {change("2026-12-31", "31/12/2026"), []string{"line 10", "31/12/2026"}},
		"too wide":           {change("    element: Patient.name\n", ""), []string{"line 6", "hides everything"}},
		"versions of what":   {change("    package: example.package\n", ""), []string{"line 4", "versions"}},
		"no FHIRPath":        {change("element: Patient.name", "when: name.(x"), []string{"line 7", "when", "FHIRPath"}},
		"an id twice":        {own + strings.SplitN(own, "waivers:\n", 2)[1], []string{"line 11", "another waiver"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := waiver.Read(written(t, test.text))
			if err == nil {
				t.Fatal("the file is accepted")
			}
			for _, part := range append(test.want, "waivers.yaml") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error %q does not say %q", err, part)
				}
			}
		})
	}
	if _, err := waiver.Read(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a file that is not there gives %v", err)
	}
}

func TestTwoWaiversOfOneIDAreRefused(t *testing.T) {
	l, err := waiver.Read(written(t, strings.Replace(own, "OWN-1", "UKC-MEDREQ-SUBSTITUTION", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := published(t).With(l); err == nil || !strings.Contains(err.Error(), "UKC-MEDREQ-SUBSTITUTION") {
		t.Errorf("got %v, want an error that names the id", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(own)
	f.Add("schema: concord/waivers/v1\nwaivers: [{id: a}]\n")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := waiver.Read(written(t, text))
		if err == nil && len(l.All()) == 0 {
			t.Error("a list without waivers is accepted")
		}
	})
}

func TestExamplesAreNotDuplicateKeyed(t *testing.T) {
	for _, file := range examples(t) {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fhir.DecodeObject(data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
