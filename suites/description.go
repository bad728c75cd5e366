package suites

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// describe fills in everything about the run that is known before it starts.
func (c Config) describe(started time.Time, catalogue, selected check.Catalogue, providers []fixtures.Provider) result.Run {
	run := result.Run{
		Schema: result.Schema, ID: c.id(started), Seed: c.Seed, StartedAt: started, Harness: c.Harness, Contract: c.Contract.Artefact(),
		Packages: c.Packages,
		Data: result.Data{
			Synthetic:   true,
			Description: "Every person and every record in this run is synthetic: invented by Concord's golden ledger, with NHS numbers that are never issued.",
			Providers:   len(c.Ledger.Providers()), People: c.Ledger.PeopleCount(), Facts: c.Ledger.FactCount(),
		},
		Selection: result.Selection{
			Suites: c.Selection.Suites, Checks: c.Selection.Checks, NotSelected: len(catalogue) - len(selected), Of: len(catalogue), Found: c.Discovery != nil,
			Loaded: c.Selection.Loaded,
		},
	}
	if left := len(c.Ledger.Providers()) - len(providers); (len(c.Selection.Providers) > 0 || c.Ledger.Partial()) && left > 0 {
		run.Selection.ProvidersNotSelected = left
		for _, p := range providers {
			run.Selection.Providers = append(run.Selection.Providers, p.ODS)
		}
	}
	for _, s := range c.Systems {
		kept := &run.Systems
		if s.Reference {
			kept = &run.Partners
		}
		*kept = append(*kept, result.System{
			Name: s.Name, Title: s.Title, Supplier: s.Supplier, Share: s.Share, BaseURL: s.BaseURL, Mock: s.Mock, Defects: s.Defects, Owner: strings.TrimSpace(c.Policy.Owners[s.Name]),
		})
	}
	run.Unclaimed = c.unclaimed(selected)
	for _, s := range c.underTest() {
		for _, line := range c.Policy.For(s.Name).Lines() {
			run.Decisions = append(run.Decisions, result.Decision{System: s.Name, Name: line.Decision, Value: line.Value, Meaning: line.Meaning})
		}
	}
	harm := harms()
	for _, chosen := range selected {
		info := chosen.Info()
		info.Harm = harm[info.ID]
		if chosen.Scope == check.PerPair && c.several() {
			info.Peers = string(chosen.Peers)
		}
		run.Checks = append(run.Checks, info)
	}
	for _, p := range providers {
		run.Providers = append(run.Providers, result.Provider{
			ODS: p.ODS, Name: p.Name, Type: string(p.Type), ICB: p.ICB, ICS: p.ICS, System: p.System, Apart: p.Type == fixtures.Pharmacy,
		})
	}
	return run
}

// describeData says what the data is, which takes knowing what answers.
func (c Config) describeData(run *result.Run) {
	if slices.ContainsFunc(run.Systems, func(s result.System) bool { return !s.Mock }) {
		run.Data.Description = "The people asked about are synthetic: invented by Concord's golden ledger, with NHS numbers that are never issued. " +
			"What else the endpoints hold was not looked at."
	}
	c.describeFound(run)
}

// id digests what makes the run what it is, so that equal inputs give equal ids.
func (c Config) id(started time.Time) string {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, c.Seed, c.Selection.Suites, c.Selection.Checks, c.Selection.Providers)
	if len(c.Selection.Loaded) > 0 {
		_, _ = fmt.Fprintln(h, c.Selection.Loaded)
	}
	for _, s := range c.Systems {
		_, _ = fmt.Fprintln(h, s.Name, s.BaseURL, s.Defects)
		if s.Share != "" {
			_, _ = fmt.Fprintln(h, s.Share)
		}
	}
	return started.Format("20060102T150405Z") + "-" + hex.EncodeToString(h.Sum(nil)[:4])
}

// longestName bounds what a system can put into every report, in bytes.
const longestName = 200
