package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func TestWhatDidNotComeOutTheSameEachTimeIsTold(t *testing.T) {
	at := func(check, provider string, status result.Status) result.Result {
		return result.Result{Check: check, Scope: result.Scope{System: "ohc", Provider: provider}, Status: status}
	}
	runs := []result.Run{
		{Results: []result.Result{at("B", "", result.Pass), at("A", "RRK", result.Fail), at("C", "", result.Pass)}},
		{Results: []result.Result{at("B", "", result.Fail), at("A", "RRK", result.Fail), at("C", "", result.Pass)}},
		{Results: []result.Result{at("B", "", result.Fail), at("A", "RRK", result.Fail)}},
	}
	flakes, compared := result.Flakes(runs)
	want := "3 runs: 2 of 3 results (66.67 %) did not come out the same each time\nB (ohc): fail 2, pass 1\nC (ohc): pass 2, absent 1\n"
	if got := reports.Flakes(flakes, compared, len(runs), "flakes.csv"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var table bytes.Buffer
	if err := reports.FlakesCSV(&table, flakes, len(runs)); err != nil {
		t.Fatal(err)
	}
	if want := "check,system,peer,provider,run 1,run 2,run 3\nB,ohc,,,pass,fail,fail\nC,ohc,,,pass,pass,\n"; table.String() != want {
		t.Errorf("%q, want %q", table.String(), want)
	}
	flakes, compared = result.Flakes([]result.Run{runs[1], runs[1]})
	if got := reports.Flakes(flakes, compared, 2, ""); got != "2 runs: all of 3 results came out the same each time\n" {
		t.Errorf("%q", got)
	}
	var many []result.Result
	for i := range 30 {
		many = append(many, at(fmt.Sprintf("D%02d", i), "", result.Fail))
	}
	flakes, compared = result.Flakes([]result.Run{{Results: many}, {}})
	if got := reports.Flakes(flakes, compared, 2, "all.csv"); strings.Count(got, "\n") != 22 || !strings.HasSuffix(got, "and 10 more, see all.csv\n") {
		t.Errorf("%q", got)
	}
}
