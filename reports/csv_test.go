package reports

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

func TestEveryTableHasARowOfNamesAndOneForEachOfItsThings(t *testing.T) {
	file, err := os.Open("testdata/small.run.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	run, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	findings := 0
	for i := range run.Results {
		findings += len(run.Results[i].Findings)
	}
	for table, want := range map[string]int{"checks": len(run.Results), "hazards": len(run.Results), "findings": findings, "requirements": -1, "providers": len(run.Providers) * len(run.Systems)} {
		var b bytes.Buffer
		if err := CSV(&b, run, table); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) < 2 || want >= 0 && len(rows) != want+1 {
			t.Errorf("%s: %d rows, want %d and the names, %v", table, len(rows), want, err)
		}
	}
	if err := CSV(&bytes.Buffer{}, run, "other"); err == nil || !strings.Contains(err.Error(), "checks, findings, requirements, hazards, providers") {
		t.Error(err)
	}
}

func TestWhatASystemSentIsNoFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "@x": "'@x", " \t-2": "'  -2", "+44": "'+44", "a=b": "a=b", "": "", "\x1b[2J": " [2J", "\r\n=1": "' \n=1",
	} {
		if got := inert(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
