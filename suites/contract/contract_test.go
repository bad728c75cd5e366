package contract_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/contract"
)

func TestTheEmbeddedContractHoldsTogether(t *testing.T) {
	c, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	layers := map[int]int{}
	for _, row := range c.Rows {
		layers[row.Layer]++
		if row.Source == "" || row.Level == "" {
			t.Errorf("row %s lacks source or level", row.ID)
		}
	}
	for _, layer := range []int{contract.Access, contract.Query, contract.Parity} {
		if layers[layer] == 0 {
			t.Errorf("layer %d has no rows", layer)
		}
	}
	if len(c.Hash) != 64 || len(c.Waivers) == 0 {
		t.Errorf("hash %q, %d waivers", c.Hash, len(c.Waivers))
	}
}

// TestUKCoreAccessIsTheTableOfItsSHALLs holds the first layer against the SHALLs of the draft, counted by hand.
func TestUKCoreAccessIsTheTableOfItsSHALLs(t *testing.T) {
	c, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range c.Rows {
		if row.Layer == contract.Access && row.Level == result.Must {
			got[row.Resource] += " " + strings.Join(row.Parameters, "+")
		}
	}
	want := map[string]string{
		"Patient":                  " identifier name gender",
		"AllergyIntolerance":       " patient clinical-status",
		"Immunization":             " patient status",
		"MedicationAdministration": " patient status effective-time",
		"MedicationDispense":       " patient status",
		"MedicationRequest":        " patient status",
		"MedicationStatement":      " patient status",
	}
	for resource, parameters := range want {
		if got[resource] != parameters {
			t.Errorf("%s SHALL%s, want%s", resource, got[resource], parameters)
		}
	}
	if len(got) != len(want) {
		t.Errorf("SHALLs for %d resource types, want %d", len(got), len(want))
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const head = "name: Own\nversion: \"1\"\nsource: Own rules\n"

func TestAProgrammeAddsAndOverridesRows(t *testing.T) {
	before, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c, err := contract.Read(write(t, head+`rows:
  - id: OWN-GOAL
    resource: Goal
    parameters: [patient]
    level: SHALL
overrides:
  - id: UKCA-PATIENT-ID
    level: MAY
    reason: ids are private here
`))
	if err != nil {
		t.Fatal(err)
	}
	own, ok := c.Row("OWN-GOAL")
	if !ok || own.Layer != contract.Programme || own.Level != result.Must || own.Source != "Own rules" {
		t.Errorf("the added row is %+v", own)
	}
	changed, _ := c.Row("UKCA-PATIENT-ID")
	original, _ := before.Row("UKCA-PATIENT-ID")
	if changed.Level != result.May || changed.Layer != contract.Access || changed.Source != original.Source || len(changed.Parameters) != 1 {
		t.Errorf("the overridden row is %+v", changed)
	}
	if c.Hash == before.Hash || !strings.HasPrefix(c.Name, "Own") {
		t.Errorf("the contract is still called %s with hash %s", c.Name, c.Hash)
	}
}

func TestWhatIsWrongIsNamedWithItsLine(t *testing.T) {
	row := func(lines string) string { return head + "rows:\n  - id: OWN-1\n" + lines }
	for name, c := range map[string]struct {
		text, want string
	}{
		"unknown key":            {row("    resource: Patient\n    parametres: [name]\n"), `own.yaml:7: unknown field "parametres"`},
		"bad level":              {row("    resource: Patient\n    parameters: [name]\n    level: MUST\n"), `own.yaml:8: row OWN-1: level "MUST" is not SHALL, SHOULD or MAY`},
		"no level":               {row("    resource: Patient\n    parameters: [name]\n"), "own.yaml:5: row OWN-1 has no level"},
		"duplicate id":           {head + "rows:\n  - id: UKCA-PATIENT-ID\n    resource: Patient\n    parameters: [_id]\n    level: MAY\n", "own.yaml:5: row UKCA-PATIENT-ID is there already"},
		"unknown type":           {row("    resource: Pacient\n    parameters: [name]\n    level: MAY\n"), `own.yaml:6: row OWN-1: "Pacient" is not a resource type`},
		"unknown parameter":      {row("    resource: Patient\n    parameters: [nick]\n    level: MAY\n"), `own.yaml:7: row OWN-1: Patient has no search parameter "nick"`},
		"override of nothing":    {head + "overrides:\n  - id: OWN-2\n    level: MAY\n    reason: x\n", "own.yaml:5: there is no row OWN-2 to override"},
		"override unreasoned":    {head + "overrides:\n  - id: UKCA-PATIENT-ID\n    level: MAY\n", "own.yaml:5: the override of UKCA-PATIENT-ID has no reason"},
		"comparator on a token":  {row("    resource: Patient\n    parameters: [gender]\n    level: MAY\n    comparators: [ge]\n"), "own.yaml:9: row OWN-1: comparators apply to dates"},
		"bad comparator":         {row("    resource: Patient\n    parameters: [birthdate]\n    level: MAY\n    comparators: [gte]\n"), `own.yaml:9: row OWN-1: "gte" is not one of eq`},
		"bad include":            {row("    resource: Patient\n    level: MAY\n    includes: [Patient:name]\n"), `own.yaml:8: row OWN-1: "Patient:name" is not Type:parameter`},
		"bad error rule":         {row("    resource: Patient\n    level: MAY\n    errors: [shout]\n"), `own.yaml:8: row OWN-1: "shout" is not one of`},
		"ap":                     {row("    resource: Patient\n    parameters: [birthdate]\n    level: MAY\n    comparators: [ap]\n"), `own.yaml:9: row OWN-1: "ap" is not one of eq`},
		"modifier of a string":   {row("    resource: Patient\n    parameters: [gender]\n    level: MAY\n    modifiers: [exact]\n"), `own.yaml:9: row OWN-1: "exact" is not one of missing, not`},
		"modifier by a display":  {row("    resource: Observation\n    parameters: [code]\n    level: MAY\n    modifiers: [text]\n"), `own.yaml:9: row OWN-1: "text" is not one of missing, not`},
		"modifier of several":    {row("    resource: Observation\n    parameters: [code, status]\n    level: MAY\n    modifiers: [not]\n"), "own.yaml:9: row OWN-1: modifiers go with one parameter"},
		"results of nobody":      {row("    resource: Organization\n    level: MAY\n    results: [_sort]\n"), "own.yaml:6: row OWN-1: includes, results and errors are asked about the records of a person"},
		"asks for nothing":       {row("    resource: Patient\n    level: MAY\n"), "own.yaml:5: row OWN-1 asks for nothing"},
		"waiver without its row": {head + "waivers:\n  - id: W\n    rows: [OWN-9]\n    says: a\n    instead: b\n", "own.yaml:6: waiver W: there is no row OWN-9"},
		"kind without waiver":    {row("    resource: Flag\n    parameters: [patient]\n    kind: [token]\n    level: MAY\n"), "row OWN-1 gives patient the type token, and FHIR R4 reference"},
		"layer":                  {"layer: 1\n" + row("    resource: Patient\n    parameters: [name]\n    level: MAY\n"), "own.yaml:1: only the contract that Concord brings has layers"},
		"empty":                  {"", "own.yaml:1: the file is empty"},
		"not YAML":               {"name: [\n", "own.yaml:1: "},
		"a list":                 {"- a\n", "own.yaml:1: "},
		"nothing in it":          {head, "own.yaml:1: the contract has no rows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := contract.Read(write(t, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := contract.Read("nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
}
