package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// put writes files into a new folder.
func putFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const slips = `{"resourceType": "Patient",
 "gender": "femail",
 "maritalStatus": {"coding": [{"system": "http://Snomed.info/sct", "code": "87915002"}]}}`

func TestAFindingSaysWhatWasFoundWhatIsAllowedAndWhatMayHaveBeenMeant(t *testing.T) {
	dir := putFiles(t, map[string]string{"p.json": slips})
	text, _ := printed(t, "validate", filepath.Join(dir, "p.json"))
	for _, want := range []string{
		`found "femail", allowed: male, female, other, unknown (did you mean "female"?)`,
		`found "http://Snomed.info/sct", expected "http://snomed.info/sct"`,
		"there is no narrative (text.div)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the findings do not say %q:\n%s", want, text)
		}
	}
}

func TestAFindingOfAWrongTypeSaysWhichTypesAreAllowed(t *testing.T) {
	dir := putFiles(t, map[string]string{"p.json": `{"resourceType": "Patient", "deceasedString": "no", "generalPractitioner": [{"reference": "Patient/1"}],
 "managingOrganization": {"reference": "Organization/1", "type": "Location"}}`})
	text, _ := printed(t, "validate", filepath.Join(dir, "p.json"))
	for _, want := range []string{
		"must not be of type string here; allowed: boolean, dateTime\n",
		"must not lead to a Patient; allowed: Organization, Practitioner, PractitionerRole\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the findings do not say %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "allowed:") != 2 {
		t.Errorf("what is allowed is said more than once, or of what is right:\n%s", text)
	}
}

func TestAFindingOfADateSaysHowOneIsWritten(t *testing.T) {
	dir := putFiles(t, map[string]string{"p.json": `{"resourceType": "Patient", "meta": {"lastUpdated": "yesterday"}, "birthDate": "25/12/1980",
 "deceasedDateTime": "2020-01-01T10:00:00", "id": "a b"}`})
	text, _ := printed(t, "validate", filepath.Join(dir, "p.json"))
	for _, want := range []string{
		`found "25/12/1980", expected a date such as 2015-02-07`,
		`found "2020-01-01T10:00:00", expected a dateTime such as 2015-02-07 or 2015-02-07T13:28:17+00:00`,
		`found "yesterday", expected an instant such as 2015-02-07T13:28:17.239+00:00`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the findings do not say %q:\n%s", want, text)
		}
	}
	if strings.Count(text, "such as") != 3 {
		t.Errorf("an example is given of what needs none:\n%s", text)
	}
}

func TestACodeThatIsMeantInAnotherSystemIsNotToldTheCodesInstead(t *testing.T) {
	dir := putFiles(t, map[string]string{"c.json": `{"resourceType": "Condition", "subject": {"display": "x"},
 "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/codesystem/condition-clinical", "code": "active"}]}}`})
	text, _ := printed(t, "validate", filepath.Join(dir, "c.json"))
	if strings.Contains(text, "did you mean") ||
		!strings.Contains(text, `it has "active" with the system http://terminology.hl7.org/CodeSystem/condition-clinical`) {
		t.Errorf("the finding does not say which system is meant:\n%s", text)
	}
}

func TestAMissingNarrativeIsToldOnceAFile(t *testing.T) {
	dir := putFiles(t, map[string]string{"a.ndjson": `{"resourceType": "Patient"}` + "\n" + `{"resourceType": "Patient"}` + "\n"})
	text, code := printed(t, "validate", filepath.Join(dir, "a.ndjson"))
	if strings.Count(text, "dom-6") != 1 || !strings.Contains(text, "so it is with 2 resources") || code != 0 {
		t.Errorf("exit %d:\n%s", code, text)
	}
}

func TestBulkDataIsReadLineByLineAndAFindingNamesItsLine(t *testing.T) {
	dir := putFiles(t, map[string]string{
		"a.ndjson": `{"resourceType": "Patient"}` + "\r\n\n" + `{"resourceType": "Patient", "gender": "x"}` + "\n" + `{"resourceType"`,
	})
	text, code := printed(t, "validate", dir)
	if code != 1 || !strings.Contains(text, "1 of 3 resources without errors") || !regexp.MustCompile(`a\.ndjson:3:\d+: error Patient\.gender`).MatchString(text) ||
		!regexp.MustCompile(`a\.ndjson:4:\d+: fatal`).MatchString(text) {
		t.Errorf("exit %d:\n%s", code, text)
	}
	empty := putFiles(t, map[string]string{"a.ndjson": "\n\n"})
	if text, code := printed(t, "validate", empty); code != 2 || !strings.Contains(text, "holds no resource") {
		t.Errorf("exit %d for no resource at all:\n%s", code, text)
	}
}

func TestWhatIsNotReadIsSaidAndConcordsOwnManifestIsNoResource(t *testing.T) {
	dir := putFiles(t, map[string]string{
		"p.json": `{"resourceType": "Patient"}`, "manifest.json": `{"schema": "concord/manifest/v1", "files": []}`, "notes.txt": "x", "more.TXT": "x", "package.json": "{}",
	})
	text, code := printed(t, "validate", dir)
	if code != 0 || !strings.Contains(text, "not read, because they hold no resource: .TXT (1), .txt (1), manifest.json (1), package.json (1)") || !strings.Contains(text, "1 of 1 resources") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	other := putFiles(t, map[string]string{"manifest.json": `{"resourceType": "Patient", "gender": "x"}`})
	if text, code := printed(t, "validate", other); code != 1 {
		t.Errorf("a resource in a file of that name ends with %d:\n%s", code, text)
	}
}

func TestGitHubCommandsHoldOneFindingALineWhateverAFileIsCalled(t *testing.T) {
	dir := putFiles(t, map[string]string{"a,b:100%.json": slips})
	text, code := printed(t, "validate", dir, "--format", "github")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if code != 1 || !strings.Contains(text, "a%2Cb%3A100%25.json,line=2,col=") {
		t.Errorf("exit %d:\n%s", code, text)
	}
	for _, line := range lines[:len(lines)-1] {
		if !regexp.MustCompile(`^::(error|warning|notice) file=[^,:]+,line=\d+,col=\d+,title=[^,:]+::\S`).MatchString(line) {
			t.Errorf("no workflow command: %s", line)
		}
	}
}

func TestAGitLabReportHasAFingerprintOfItsOwnForEachFinding(t *testing.T) {
	// The same slip twice, and a line more above it the second time.
	fingerprints := func(text string) []string {
		dir := putFiles(t, map[string]string{"a.json": text})
		t.Chdir(dir)
		said, _ := printed(t, "validate", filepath.Join(dir, "a.json"), "--format", "gitlab")
		var issues []struct {
			Description, Fingerprint, Severity string
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		if err := json.NewDecoder(strings.NewReader(said)).Decode(&issues); err != nil {
			t.Fatalf("%v:\n%s", err, said)
		}
		var all []string
		for _, one := range issues {
			all = append(all, one.Fingerprint)
			if one.Location.Path != "a.json" || one.Location.Lines.Begin < 1 || !strings.Contains("info minor major blocker", one.Severity) {
				t.Errorf("%+v", one)
			}
		}
		return all
	}
	first, second := fingerprints(slips), fingerprints("\n"+slips)
	if len(first) < 3 || strings.Join(first, " ") != strings.Join(second, " ") {
		t.Errorf("%v became %v", first, second)
	}
	seen := map[string]bool{}
	for _, one := range first {
		if seen[one] {
			t.Errorf("%s is there twice", one)
		}
		seen[one] = true
	}
}

func TestAMarkStandsBelowItsPlaceAndNothingOfTheLineActs(t *testing.T) {
	long := strings.Repeat("a", 300) + "X" + strings.Repeat("b", 300)
	for line, column := range map[string]int{"ab\x1bcXd": 5, long: 301, "X": 1, "é\tX": 3, "": 7} {
		shown := strings.Split(marked(line, column), "\n")
		if strings.ContainsAny(shown[0], "\x1b\t") || len([]rune(shown[0])) > mostOfLine+4 {
			t.Errorf("%q is shown as %q", line, shown[0])
		}
		at := strings.Index(shown[1], "^")
		if runes := []rune(shown[0]); line != "" && (at >= len(runes) || runes[at] != 'X') {
			t.Errorf("the mark stands at %d of %q", at, shown[0])
		}
	}
}
