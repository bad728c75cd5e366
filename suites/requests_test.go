package suites_test

import (
	"net/http"
	"sync"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/capability"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/security"
)

// counted counts the requests of a run.
type counted struct {
	mu            sync.Mutex
	sent, written int
}

func (c *counted) Record(request exchange.Request, _ http.Header, _ *exchange.Exchange, _ *exchange.Error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent++
	if request.Method != http.MethodGet && request.ContentType != "application/x-www-form-urlencoded" {
		c.written++
	}
	return nil
}

// TestWhatADryRunTellsOfFurtherRequestsIsWhatIsSent asks a guarded mock about its security, topic by topic, and writes to it.
func TestWhatADryRunTellsOfFurtherRequestsIsWhatIsSent(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	ask := func(suite string, scope, checks []string) *counted {
		guarded, stop, err := suites.GuardMocks(t.Context(), ledger, pair.CCR.Server)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		asked := *guarded["ccr"]
		asked.Scope = scope
		tally := &counted{}
		run, err := suites.Run(t.Context(), suites.Config{
			Ledger: ledger, Seed: 1, Recorder: tally, Selection: suites.Selection{Suites: []string{suite}, Checks: checks},
			Systems: []suites.System{{Name: "ccr", BaseURL: pair.CCR.BaseURL, ConnectTo: pair.CCR.Address, Mock: true, Security: &asked, Writes: true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range run.Results {
			if r.Status != result.Pass && r.Status != result.NotApplicable {
				t.Errorf("%s is %s: %s", r.Check, r.Status, r.Message)
			}
		}
		return tally
	}
	const metadata = 1
	for _, scope := range [][]string{
		{check.TopicTokens}, {check.TopicCertificates}, {check.TopicTLS}, {check.TopicCaching}, {check.TopicDisclosure}, {check.TopicIsolation}, {check.TopicAudit}, check.Topics(),
	} {
		const about = 4
		if got, want := ask("security", scope, nil).sent-metadata, security.Requests(scope); got > want || got < want-about {
			t.Errorf("%v: %d requests are sent, and %d are told", scope, got, want)
		}
	}
	written := ask("capability", nil, []string{"CAP-WRITE-*"})
	if sent, writes := capability.Writes(); written.sent-metadata != sent || written.written != writes {
		t.Errorf("%d requests are sent, %d of them writes, and %d and %d are told", written.sent-metadata, written.written, sent, writes)
	}
}
