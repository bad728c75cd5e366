package suites

import (
	"context"
	"crypto/tls"
	"net/http"
	"slices"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/declared"
	"concord.example/concord/suites/parity"
)

// System is one endpoint under test.
type System struct {
	Name, Title, Supplier string
	// Share is the part of the golden ledger that the system holds: "ccr", "ohc" or "none". "" is the part that it is called after,
	// and of one that is called otherwise nobody said what it holds.
	Share              string
	BaseURL, ConnectTo string
	Header             http.Header
	// Auth proves who asks, TLS is how the system's certificate is judged; nil means none, and the machine's authorities.
	Auth exchange.Authorizer
	TLS  *tls.Config
	// Transport carries requests instead of a connection; nil means one.
	Transport http.RoundTripper
	// Roles are further headers that make the system take who asks for somebody in a role, by the name of the role.
	Roles map[string]http.Header
	// Security is what of the system's security is in scope; nil means nothing.
	Security *Security
	// NoSecurity says why nothing can be asked about its security, in a sentence's second half; "" where the owner decides.
	NoSecurity string
	// Writes lets the run write to the system, what it has made there for itself and nothing else (see exchange.Scratch).
	Writes bool
	// Reference says that it is no system under test, but the partner that Concord supplies for one that is asked alone.
	Reference bool
	// SameAs is the system before it that is the same server, as far as could be seen; "" for none. What is compared with itself
	// agrees, so nothing is said about the two together.
	SameAs string
	// Authorized and Operated say, where recorded exchanges are judged again, that a proof of who asks was sent with them, and
	// that events were made to happen.
	Authorized, Operated bool
	// Mock says that the endpoint was started as a mock, with Defects switched on. What answers decides whether it is one, when
	// it answers.
	Mock    bool
	Defects []string
}

// Target is the system as it is asked.
func (s System) Target() exchange.Target {
	return exchange.Target{Name: s.Name, BaseURL: s.BaseURL, Header: s.Header, Auth: s.Auth, TLS: s.TLS, ConnectTo: s.ConnectTo, Transport: s.Transport}
}

// Manners are how much a system is asked of; zero values mean no limit, and five minutes of Patience.
type Manners struct {
	// Rate is the most requests a second to one system.
	Rate float64
	// Patience is how long a system may go on asking to be left alone.
	Patience time.Duration
	// MaxRequests and MaxTime are how many requests one system is sent at most, and for how long.
	MaxRequests int
	MaxTime     time.Duration
	// Now and Wait are the time by which a system is left alone, and how it passes; nil means the real one.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Config is what a run needs. Systems and Judge are required, and one of Ledger and Discovery; everything else has a
// default.
type Config struct {
	Systems []System
	Ledger  *fixtures.Ledger
	Judge   check.Judge
	// Discovery makes it a run about whatever people the systems hold; only the checks that need no golden ledger are asked.
	Discovery *Discovery
	Packages  []result.Artefact
	// Contract says what to search by; nil is the contract that Concord brings.
	Contract  *contract.Contract
	Harness   result.Harness
	Seed      uint64
	Selection Selection
	// Further are checks that come on top of the built-in ones, such as scenarios that were read from files.
	Further check.Catalogue
	// Timeout is the deadline of one request, CheckTimeout that of one check. Defaults 10 s and 2 min.
	Timeout, CheckTimeout time.Duration
	// Concurrency bounds the requests under way at one system. Default 8.
	Concurrency int
	// Cached lets caches answer: no question is sent with Cache-Control: no-cache.
	Cached bool
	// Manners bound what is asked of a system.
	Manners Manners
	// Started is when the run began, if it goes on where it was stopped; zero means now.
	Started time.Time
	// Clock is the run's clock. Default time.Now; a frozen clock gives byte-identical runs.
	Clock func() time.Time
	// Recorder keeps the exchanges; nil keeps none.
	Recorder exchange.Recorder
	// Replay gives recorded answers instead of asking the systems again; nil asks for everything.
	Replay *exchange.Replay
	// Policy is what the parties have decided where no rule says.
	Policy policy.Policy
	// Questions is how many questions of a clinician are timed at each system. Default 240.
	Questions int
	// Shard makes it one share of a run; the zero value is all of it. What Manners and Concurrency allow holds over all shards
	// together.
	Shard Shard
	// Refused are systems that cannot be asked, where the others can be all the same (GoesOn): what is about them is not run.
	Refused []Refusal
	// Declared are the differences that people have declared to be lawful; nil means none.
	Declared *declared.Register
	// Operators make events happen at the systems, by name. A check that needs one which is not there is not run.
	Operators map[string]check.Operator
	// Progress is told how many of how many results are in; it is called from one goroutine at a time.
	Progress func(done, total int)
	// Ended is told each result when it is in, in no order, from one goroutine at a time; nil tells nobody. What a run says
	// in the end may differ: waivers and declared differences are applied when all are in.
	Ended func(check.Check, result.Result)

	// withoutSpecs leaves Ginkgo out; only tests set it.
	withoutSpecs bool
}

// GCPercent is how much the heap may grow between two collections of garbage, as GOGC says it, in a process that runs the
// suites. A run is short and makes much that it needs once: at Go's own 100, a fifth of its processor time was collecting.
const GCPercent = 200

// started is when the run began.
func (c Config) started() time.Time {
	if !c.Started.IsZero() {
		return c.Started.UTC()
	}
	return c.Clock().UTC()
}

// AtOneGo returns the ids of the selected checks whose questions are about one moment: where a run goes on after it was stopped,
// they are asked from their beginning.
func (c Config) AtOneGo() ([]string, error) {
	_, selected, err := c.chosen()
	var ids []string
	for _, one := range selected {
		if one.First || one.Exclusive {
			ids = append(ids, one.ID)
		}
	}
	return ids, err
}

// chosen returns the catalogue of a run and the checks of it that were selected and can be asked.
func (c Config) chosen() (all, selected check.Catalogue, err error) {
	all = slices.Concat(catalogue(parity.NewQuestions(c.Contract, c.Seed)), c.Further)
	if err := all.Validate(); err != nil {
		return nil, nil, err
	}
	if err := c.resolveDeclared(all); err != nil {
		return nil, nil, err
	}
	if selected, err = c.Selection.Select(all); err != nil {
		return nil, nil, err
	}
	selected, err = c.answerable(selected)
	return all, selected, err
}

// resolveDeclared sees to it that the declared differences name checks and systems that there are.
func (c Config) resolveDeclared(catalogue check.Catalogue) error {
	var checks, systems []string
	for _, row := range catalogue {
		checks = append(checks, row.ID)
	}
	for _, s := range c.Systems {
		systems = append(systems, s.Name)
	}
	return c.Declared.Resolve(checks, systems)
}

func (c Config) withDefaults() Config {
	if c.CheckTimeout <= 0 {
		c.CheckTimeout = 2 * time.Minute
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 8
	}
	if c.Questions <= 0 {
		c.Questions = 240
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Progress == nil {
		c.Progress = func(int, int) {}
	}
	return c
}

// offline reports whether recorded exchanges are judged again and nothing is asked.
func (c Config) offline() bool { return c.Replay != nil && c.Replay.Offline }

// keptOffline is how many bytes of answers are kept in memory when they can be had from the log again at any time.
const keptOffline = 32 << 20

// kept is how many bytes of answers are kept in memory; 0 is the default.
func (c Config) kept() int64 {
	if c.offline() {
		return keptOffline
	}
	return 0
}
