package history_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/history"
)

// run has one check that is asked about two providers of one system.
func run(day int, statuses ...result.Status) result.Run {
	r := result.Run{
		Schema: result.Schema, ID: "run-" + string(rune('a'+day)), StartedAt: time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC), Harness: result.Harness{Name: "concord", Version: "v1"},
		Systems: []result.System{{Name: "ccr", Title: "<script>alert(1)</script>"}},
		Checks:  []result.Check{{ID: "X-1", Title: "One", Suite: "scenario", Area: result.AreaFederation, Level: result.Must, Scope: "provider", Requirement: []result.Ref{{ID: "R", Source: "a source"}}, Hazard: "a hazard", Fix: "a fix"}},
		Providers: []result.Provider{
			{ODS: "RRK", Name: "One", Type: "acute-trust", ICB: "QHL", ICS: "Birmingham and Solihull", System: "ccr"},
			{ODS: "RXK", Name: "Two", Type: "acute-trust", ICB: "QHL", ICS: "Birmingham and Solihull", System: "ccr"},
			{ODS: "FA001", Name: "Apart", Type: "pharmacy", ICB: "QHL", ICS: "Birmingham and Solihull", System: "ccr", Apart: true},
		},
	}
	for i, s := range statuses {
		one := result.Result{Check: "X-1", Suite: "scenario", Level: result.Must, Scope: result.Scope{System: "ccr", Provider: r.Providers[i].ODS}, Status: s}
		if s != result.Pass {
			one.Reason, one.Message = result.NoData, "why"
		}
		r.Results = append(r.Results, one)
	}
	r.Verdict = r.Judge()
	return r
}

func write(t *testing.T, dir string, r result.Run) {
	t.Helper()
	if err := reports.Write(dir, r, reports.Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestAHistoryIsInTheOrderOfTimeAndNamesWhatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "zzz-first"), run(1, result.Pass, result.Pass))
	write(t, filepath.Join(dir, "aaa-second"), run(2, result.Pass, result.Fail))
	write(t, filepath.Join(dir, "copy-of-second"), run(2, result.Pass, result.Fail))
	bad := filepath.Join(dir, "bad")
	if err := os.Mkdir(bad, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bad, reports.RunFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := history.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Points) != 2 || h.Points[0].Folder != "zzz-first" || h.Points[1].Outcome != result.NotConformant {
		t.Errorf("the runs are %+v", h.Points)
	}
	if len(h.Problems) != 1 || !strings.Contains(h.Problems[0], "bad") {
		t.Errorf("the problems are %q", h.Problems)
	}
	if got := h.Points[1].Areas; len(got) != 1 || got[0].Shown != 1 || got[0].Of != 2 {
		t.Errorf("the areas are %+v, want 1 of 2 and nobody apart", got)
	}
	if _, err := history.Read(filepath.Join(dir, "bad")); err == nil || !strings.Contains(err.Error(), "there is no run") {
		t.Error(err)
	}
}

func TestAPageDrawsNothingAsShownThatWasNot(t *testing.T) {
	for _, status := range result.Statuses() {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "one"), run(1, status, status))
		h, err := history.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := h.Page(&page); err != nil {
			t.Fatal(err)
		}
		drawn := strings.Contains(page.String(), `<rect class="shown"`)
		if want := status == result.Pass || status == result.Warning; drawn != want {
			t.Errorf("%s is drawn as shown: %t, want %t", status, drawn, want)
		}
	}
}

func TestOneFailureInAThousandCanBeSeenAndNothingLeavesTheChart(t *testing.T) {
	dir := t.TempDir()
	r := run(1, result.Fail, result.Pass)
	for i := range 999 {
		more, one := r.Checks[0], r.Results[1]
		more.ID = fmt.Sprintf("X-%d", i+2)
		one.Check = more.ID
		r.Checks, r.Results = append(r.Checks, more), append(r.Results, one)
	}
	r.Verdict = r.Judge()
	write(t, filepath.Join(dir, "one"), r)
	h, err := history.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := h.Page(&page); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`class="failed" x="\d+" y="\d+" width="12" height="1"`).MatchString(page.String()) {
		t.Error("the one failure is not drawn")
	}
	if regexp.MustCompile(`(y|height)="-`).MatchString(page.String()) {
		t.Error("a part has a negative place")
	}
	svg := page.String()[strings.Index(page.String(), "<svg"):]
	decoder := xml.NewDecoder(strings.NewReader(svg[:strings.Index(svg, "</svg>")+len("</svg>")]))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(page.String(), "<script") {
		t.Error("the page holds a script")
	}
}
