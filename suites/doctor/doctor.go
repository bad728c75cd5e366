package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"concord.example/concord/internal/exchange"
)

// State is how one line came out.
type State string

// The states. Only Failed stands in the way of a run.
const (
	OK      State = "ok"
	Warning State = "warning"
	Failed  State = "failed"
	// Skipped says that the question could not be put, or need not be.
	Skipped State = "skipped"
)

// The probes, in the order in which they are made.
const (
	DNS      = "dns"
	TCP      = "tcp"
	TLS      = "tls"
	Auth     = "auth"
	Metadata = "metadata"
	Clock    = "clock"
	Search   = "search"
	Paging   = "paging"
	Guard    = "read-only"
	Security = "security"
	Limits   = "limits"
	// Apart is of several systems together, and said where two of them are one.
	Apart = "apart"
)

// Probes returns the probes in their order.
func Probes() []string {
	return []string{DNS, TCP, TLS, Auth, Metadata, Clock, Search, Paging, Guard, Security, Limits}
}

// Line is what one probe found.
type Line struct {
	Probe string `json:"probe"`
	State State  `json:"state"`
	// Said is what was found, or the exact cause.
	Said string `json:"said"`
	// Do is what to do about it; "" where there is nothing to do.
	Do string `json:"do,omitempty"`
}

// Report is what was found of one system.
type Report struct {
	System  string `json:"system"`
	BaseURL string `json:"baseURL"`
	// Ready says that nothing stands in the way of a run.
	Ready bool `json:"ready"`
	// Lines hold one line for each of Probes, in their order, and one of Apart where there is something to say about it.
	Lines []Line `json:"lines"`
	// Self is the base URL that the system writes into the self links of its searches: the address by which it knows itself. It is ""
	// where it writes none.
	Self string `json:"self,omitempty"`
	// SameAs is the system before it that is the same server (TellApart); "" for none.
	SameAs string `json:"sameAs,omitempty"`
	// Seen are the records that its searches showed, each with its version and when it was last changed.
	Seen []string `json:"-"`
}

// Options say what a run would ask. The zero value asks about whatever people the system lists.
type Options struct {
	// Subjects are NHS numbers of the test range of whom the system should hold some; none means whom it lists.
	Subjects []string
	// Ledger says that the subjects are people of the golden ledger.
	Ledger bool
	// Within is how long it may all take. Default 10 s. Timeout is the deadline of one request, at most half of it.
	Within, Timeout time.Duration
	// Writes says that a run may write there what it makes for itself. Scope are the topics of security that are asked, Requests about
	// how many requests that is, and Missing what the owner has not given for it.
	Writes         bool
	Scope, Missing []string
	Requests       int
	// UserAgent names the program.
	UserAgent string
	// Now says whether certificates are in force, and is held against the system's clock. Default time.Now.
	Now func() time.Time
}

// most is how many subjects are asked about.
const most = 6

// examination is one look at one system.
type examination struct {
	target  exchange.Target
	options Options
	client  *exchange.Client
	lines   []Line
	// failed is the probe that failed and that what follows needs; "" for none.
	failed string
	// self and seen are what Report.Self and Report.Seen are.
	self string
	seen []string
}

// Examine looks at one system. The error says that there is nothing to look at: the base URL cannot be used.
func Examine(ctx context.Context, target exchange.Target, options Options) (Report, error) {
	if options.Within <= 0 {
		options.Within = 10 * time.Second
	}
	if options.Timeout <= 0 || options.Timeout > options.Within/2 {
		options.Timeout = options.Within / 2
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	options.Subjects = options.Subjects[:min(len(options.Subjects), most)]
	client, err := exchange.NewClient([]exchange.Target{target}, exchange.Options{
		Timeout: options.Timeout, Concurrency: 1, UserAgent: options.UserAgent, Now: options.Now,
		// Whether it asks to be left alone is a finding here, and nothing to wait for.
		Patience: time.Nanosecond,
	})
	if err != nil {
		return Report{}, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, options.Within)
	defer cancel()
	e := &examination{target: target, options: options, client: client}
	e.network(ctx)
	e.step(Auth, func() Line { return e.admission(ctx) })
	e.step(Metadata, func() Line { return e.metadata(ctx) })
	e.step(Clock, e.clock)
	e.step(Search, func() Line { return e.search(ctx) })
	e.step(Paging, func() Line { return e.paging(ctx) })
	e.lines = append(e.lines, e.guard(ctx), e.security())
	e.step(Limits, e.limits)
	report := Report{System: target.Name, BaseURL: target.BaseURL, Ready: true, Lines: e.lines, Self: e.self, Seen: e.seen}
	for _, line := range e.lines {
		if line.State == Failed {
			report.Ready = false
		}
	}
	return report, nil
}

// step makes a probe, unless one that it needs has failed.
func (e *examination) step(probe string, look func() Line) {
	if e.failed != "" {
		e.lines = append(e.lines, Line{Probe: probe, State: Skipped, Said: "not asked, because " + e.failed + " failed"})
		return
	}
	line := look()
	line.Probe = probe
	e.lines = append(e.lines, line)
	// What is wrong with a search or with pages says nothing of the others.
	if line.State == Failed && probe != Search && probe != Paging {
		e.failed = probe
	}
}

func ok(format string, args ...any) Line { return Line{State: OK, Said: fmt.Sprintf(format, args...)} }

func skipped(format string, args ...any) Line {
	return Line{State: Skipped, Said: fmt.Sprintf(format, args...)}
}

func warning(do, format string, args ...any) Line {
	return Line{State: Warning, Said: fmt.Sprintf(format, args...), Do: do}
}

func failed(do, format string, args ...any) Line {
	return Line{State: Failed, Said: fmt.Sprintf(format, args...), Do: do}
}

// guard shows that nothing can be written: a write is refused before it is sent.
func (e *examination) guard(ctx context.Context) Line {
	_, err := e.client.Do(ctx, exchange.Request{System: e.target.Name, Method: http.MethodPut, URL: "Patient/concord-doctor", Body: "{}"})
	var refusal *exchange.Error
	said := "a write is refused before it leaves this machine"
	if e.options.Writes {
		said += ", but for what the run makes for itself (writes: scratch)"
	}
	if errors.As(err, &refusal) && refusal.Kind == exchange.Refused {
		return Line{Probe: Guard, State: OK, Said: said}
	}
	return Line{
		Probe: Guard, State: Failed, Said: "a write was not refused before it was sent",
		Do: "do not run this build of Concord against the system, and report it",
	}
}

// security says what a run asks about the system's security, and what was not given for it. It asks nothing itself.
func (e *examination) security() Line {
	line := skipped("nothing of it is in scope")
	if scope := e.options.Scope; len(scope) > 0 {
		line = ok("in scope: %s; about %d requests", strings.Join(scope, ", "), e.options.Requests)
		if len(e.options.Missing) > 0 {
			line = warning("give it, or take its topic out of security.scope: what is not given is not demonstrated", "%s; not given: %s", line.Said, strings.Join(e.options.Missing, "; "))
		}
	}
	line.Probe = Security
	return line
}

// limits says whether the system limits requests.
func (e *examination) limits() Line {
	traffic := e.client.Traffic(e.target.Name)
	says := ""
	if traffic.Limits != "" {
		says = ", which says " + shown(traffic.Limits)
	}
	if traffic.Throttled > 0 {
		return warning("have the limit raised for the time of a run, or run with --rate below it",
			"%d of %d requests were answered with 429 or 503%s", traffic.Throttled, traffic.Requests, says)
	}
	return ok("%d requests, none of them refused for its rate%s", traffic.Requests, says)
}

// clock holds the system's clock against this machine's.
func (e *examination) clock() Line {
	traffic := e.client.Traffic(e.target.Name)
	if !traffic.Dated {
		return skipped("its answers carry no Date")
	}
	apart, way := traffic.Ahead.Round(time.Second), "ahead of"
	if apart < 0 {
		apart, way = -apart, "behind"
	}
	if apart <= apartEnough {
		return ok("within %v of this machine's", apartEnough)
	}
	// It is in the way of nothing by itself: where tokens depend on it, there is none, and auth says so.
	return warning("set both clocks by NTP: a clock that is wrong has assertions for tokens refused (they live for minutes), and times of change misjudged",
		"its clock is %v %s this machine's", apart, way)
}

// apartEnough is how far clocks may be apart without a word.
const apartEnough = 5 * time.Second

// shown is a text of an endpoint as a terminal may print it: on one line, without control characters, and short.
func shown(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	return exchange.Clip(strings.Join(strings.Fields(text), " "), longestShown)
}

const longestShown = 160
