package suites_test

import (
	"testing"
	"time"

	"concord/fixtures"
	"concord/internal/result"
	"concord/mocks"
	"concord/profiles"
	"concord/suites"
)

func TestScratch(t *testing.T) {
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Stop()
	var systems []suites.System
	for _, e := range pair.Endpoints() {
		systems = append(systems, suites.System{Name: e.System, BaseURL: e.BaseURL, ConnectTo: e.Address, Mock: true})
	}
	start := time.Now()
	run, err := suites.Run(t.Context(), suites.Config{Systems: systems, Ledger: ledger, Judge: suites.NewUKCore(registry), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start), run.Verdict)
	n := 0
	for _, r := range run.Results {
		if r.Status != result.Pass && n < 60 {
			n++
			t.Log(r.Check, r.Scope, r.Status, r.Reason, r.Message, len(r.Findings))
			for i, f := range r.Findings {
				if i < 3 {
					t.Log("    ", f.Rule, f.Path, f.Message, "|", f.Expected, "|", f.Actual)
				}
			}
		}
	}
}
