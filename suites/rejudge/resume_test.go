package rejudge_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites"
	"concord.example/concord/suites/operate"
)

// bench is a pair of mocks and what asks them a few checks: one that changes what the systems say among them.
func bench(t *testing.T) suites.Config {
	t.Helper()
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	published, err := waiver.Published()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger, PeerBudget: 8 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	config := suites.Config{
		Ledger: ledger, Judge: suites.NewUKCore(registry, ledger, published.InForce(registry.Packages(), ledger.Now())), Seed: 1, Timeout: 20 * time.Second,
		Operators: operate.Embedded(pair), Clock: ledger.Now,
		Selection: suites.Selection{Checks: []string{"PAR-DATE-001", "PAR-UPDATED-001"}, Providers: []string{"RRK"}},
	}
	for _, e := range pair.Endpoints() {
		config.Systems = append(config.Systems, suites.System{Name: e.System, Title: e.System, Supplier: e.System, BaseURL: e.BaseURL, ConnectTo: e.Address, Roles: mocks.Roles(), Mock: true})
	}
	return config
}

// asks makes a run that records into a folder, and returns run.json's content.
func asks(t *testing.T, config suites.Config, recorder *exchange.Folder) string {
	t.Helper()
	config.Recorder = recorder
	run, err := suites.Run(t.Context(), config)
	if err = errors.Join(err, recorder.Close()); err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Results {
		if r.Status == result.Error {
			t.Fatalf("%s: %s", r.Check, r.Message)
		}
	}
	text, err := json.MarshalIndent(run, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// records reads what a folder holds.
func records(t *testing.T, dir string) []evidence.Record {
	t.Helper()
	log, err := evidence.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // it was only read
	var all []evidence.Record
	for record, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, record)
	}
	return all
}

func TestARunThatWasKilledAnywhereGoesOnToTheSameRunAndAsksNothingTwice(t *testing.T) {
	config, secrets := bench(t), redact.New()
	whole := filepath.Join(t.TempDir(), "whole")
	recorder, err := exchange.NewFolder(whole, secrets)
	if err != nil {
		t.Fatal(err)
	}
	want := asks(t, config, recorder)
	lines, err := os.ReadFile(filepath.Join(whole, evidence.RecordsFile))
	if err != nil {
		t.Fatal(err)
	}
	bodies, err := os.ReadFile(filepath.Join(whole, evidence.BodiesFile))
	if err != nil {
		t.Fatal(err)
	}
	draw := rand.New(rand.NewPCG(18, 20)) // the same places in every test
	const places = 20
	repeated := 0
	for range places {
		cut := draw.IntN(len(lines) + 1)
		dir := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, evidence.RecordsFile), lines[:cut], 0o600), os.WriteFile(filepath.Join(dir, evidence.BodiesFile), bodies, 0o600)); err != nil {
			t.Fatal(err)
		}
		recorder, err := exchange.ReopenFolder(dir, secrets)
		if err != nil {
			t.Fatal(err)
		}
		log, err := evidence.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		resumed := config
		resumed.Replay = &exchange.Replay{Log: log}
		got := asks(t, resumed, recorder)
		_ = log.Close()
		if got != want {
			t.Fatalf("cut at %d of %d bytes: the run is another one", cut, len(lines))
		}
		seen := map[string]bool{}
		for _, record := range records(t, dir) {
			if seen[record.ID] && record.Request.Repeat == "" {
				t.Errorf("cut at %d: %s %s was asked twice", cut, record.Request.Method, record.Request.URL)
			} else if seen[record.ID] {
				repeated++
			}
			seen[record.ID] = true
		}
	}
	if repeated == 0 {
		t.Error("no cut fell behind the beginning of a check that is asked at one go: the test shows nothing of those")
	}
}
