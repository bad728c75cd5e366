package suites_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites"
	"concord.example/concord/suites/operate"
)

// house is what the tests of this package share: the definitions and the ledger never change, and take a second to make.
type house struct {
	judge  *suites.UKCore
	ledger *fixtures.Ledger
}

var shared = sync.OnceValues(func() (*house, error) { return newHouse(fixtures.Options{Seed: 1, PeoplePerProvider: 1}) }) //nolint:gochecknoglobals // immutable, and slow to make

// newHouse makes a ledger, and what judges answers about it.
func newHouse(options fixtures.Options) (*house, error) {
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		return nil, err
	}
	ledger, err := fixtures.New(options)
	if err != nil {
		return nil, err
	}
	published, err := waiver.Published()
	if err != nil {
		return nil, err
	}
	return &house{suites.NewUKCore(registry, ledger, published.InForce(registry.Packages(), ledger.Now())), ledger}, nil
}

// bench is a pair of mocks and everything to run suites against it.
type bench struct {
	*house
	pair *mocks.Pair
}

// standing is the pair that tests take turns at: mocks take seconds to make, and go on after a run as they were before it.
var standing = sync.OnceValues(func() (*bench, error) { //nolint:gochecknoglobals // slow to make
	h, err := shared()
	if err != nil {
		return nil, err
	}
	pair, err := mocks.StartPair(context.Background(), mocks.Options{Ledger: h.ledger, PeerBudget: 8 * time.Second}, nil)
	if err != nil {
		return nil, err
	}
	return &bench{h, pair}, nil
})

// newBench is a clean pair, which other tests use afterwards. A test that breaks it for longer than a defect takes newBenchOfItsOwn.
func newBench(t *testing.T) *bench {
	t.Helper()
	b, err := standing()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, e := range b.pair.Endpoints() {
			if err := e.Server.SetDefects(); err != nil {
				t.Error(err)
			}
		}
	})
	return b
}

func newBenchOfItsOwn(t *testing.T) *bench {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return h.start(t)
}

// newFullBench is a pair over as many people as a run has. All others have one for each provider, which takes a third of the time.
func newFullBench(t *testing.T) *bench {
	t.Helper()
	h, err := newHouse(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return h.start(t)
}

func (h *house) start(t *testing.T) *bench {
	t.Helper()
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: h.ledger, PeerBudget: 8 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return &bench{h, pair}
}

// run asks the pair. change, when not nil, changes the configuration first.
func (b *bench) run(ctx context.Context, t *testing.T, change func(*suites.Config)) result.Run {
	t.Helper()
	config := suites.Config{Ledger: b.ledger, Judge: b.judge, Seed: 1, Timeout: time.Minute, Operators: operate.Embedded(b.pair), Questions: 39}
	for _, e := range b.pair.Endpoints() {
		config.Systems = append(config.Systems, suites.System{Name: e.System, Title: e.System, Supplier: e.System, BaseURL: e.BaseURL, ConnectTo: e.Address, Roles: mocks.Roles(), Mock: true})
	}
	if change != nil {
		change(&config)
	}
	run, err := suites.Run(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	return claimed(run)
}

// claimed leaves out what is said of the security of systems whose owners did not put it in scope, and of writing to those that
// may only be read.
func claimed(run result.Run) result.Run {
	open := func(suite, id string) bool { return suite == "security" || strings.HasPrefix(id, "CAP-WRITE-") }
	run.Results = slices.DeleteFunc(run.Results, func(r result.Result) bool {
		return open(r.Suite, r.Check) && r.Status == result.NotApplicable && r.Reason == result.NotClaimedReason
	})
	run.Checks = slices.DeleteFunc(run.Checks, func(c result.Check) bool {
		return open(c.Suite, c.ID) && !slices.ContainsFunc(run.Results, func(r result.Result) bool { return r.Check == c.ID })
	})
	run.Unclaimed = slices.DeleteFunc(run.Unclaimed, func(u result.Unclaimed) bool { return u.Area == result.AreaSecurity || u.Area == result.AreaCapability })
	run.Verdict.Areas = slices.DeleteFunc(run.Verdict.Areas, func(a result.AreaVerdict) bool {
		return a.Area == result.AreaSecurity && a.Outcome == result.NotClaimed
	})
	return run
}

// someProviders are a few providers of both systems.
func (b *bench) someProviders() []string {
	var some []string
	for i, p := range b.ledger.Providers() {
		// Not the providers of the sample (every 40th), so that the sweep can fail alone.
		if i%100 == 7 {
			some = append(some, p.ODS)
		}
	}
	return some
}
