package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord/fixtures"
	"concord/internal/exchange"
	"concord/internal/fhir"
)

// Mode is how resources are sent.
type Mode string

// The modes of a load.
const (
	// Transaction sends transaction Bundles: each is loaded whole or not at all, and each person lies in one.
	Transaction Mode = "transaction"
	// Batch sends batch Bundles, whose entries stand alone and refer only to what was loaded before.
	Batch Mode = "batch"
	// Put sends one update for each resource.
	Put Mode = "put"
	// In Batch and Put, resources that refer to each other in a circle (an Encounter and its diagnosis) go in a small
	// transaction of their own; an endpoint that takes no transactions gets them by Put, one after the other.
)

// Modes returns the modes in the order of the documentation.
func Modes() []Mode { return []Mode{Transaction, Batch, Put} }

// Options say what to load where.
type Options struct {
	Ledger *fixtures.Ledger
	// LedgerName tells one ledger from another in the mapping file ("seed 1, 5 people per provider").
	LedgerName string
	// System is fixtures.CCR or fixtures.OHC.
	System string
	// Target is the endpoint; its Name is the name in messages.
	Target exchange.Target
	Mode   Mode
	// ServerIDs lets the endpoint choose ids (POST); otherwise resources keep the ledger's ids (PUT). Not with Put.
	ServerIDs bool
	// Dir is the folder of MappingFile and ReportFile: a new one, or that of an earlier load to be continued.
	Dir string
	// PerSecond is the largest number of requests a second; 0 means 10.
	PerSecond float64
	// PerBundle is the number of resources in one Bundle, exceeded only by a person who has more; 0 means 250.
	PerBundle int
	// Timeout is the deadline of one request; 0 means 60 s.
	Timeout time.Duration
	// Clock and Wait are the time and how it is waited for; nil means the real ones.
	Clock func() time.Time
	Wait  func(context.Context, time.Duration) error
	// Progress is told how many of how many people are done; nil tells nobody.
	Progress func(done, total int)
}

// Failure is something that could not be loaded.
type Failure struct {
	// What names the resource ("Patient/1"), or the Bundle by its first and last.
	What string `json:"what"`
	// Resources is how many resources were not loaded because of it.
	Resources int `json:"resources"`
	// Status is the HTTP status, 0 when nothing was answered or sent.
	Status int `json:"status,omitempty"`
	// Text is what the endpoint said, or why nothing was sent.
	Text string `json:"text"`
}

// Summary says how a load went.
type Summary struct {
	// Resources is how many the system holds; it is the sum of Loaded, Before and Missing when the load came to its end.
	Resources int `json:"resources"`
	// Loaded were loaded now, Before by an earlier load into the same folder, Missing could not be.
	Loaded  int `json:"loaded"`
	Before  int `json:"before"`
	Missing int `json:"missing"`
	// Requests is how many writes were sent.
	Requests int       `json:"requests"`
	Failures []Failure `json:"failures"`
	// Stopped says why the load ended before its end; "" when it did not.
	Stopped string `json:"stopped,omitempty"`
}

// Complete reports whether everything is loaded.
func (s Summary) Complete() bool {
	return s.Stopped == "" && s.Missing == 0 && s.Resources > 0 && s.Loaded+s.Before == s.Resources
}

// Loader loads one system's part of the ledger into one endpoint. It is used once.
type Loader struct {
	options Options
	client  *exchange.Client
	secrets exchange.Secrets
	mapping *mapping
	summary Summary
	// queue waits to be sent together.
	queue []item
	// lastSent is when the latest write began; refusals counts those in a row that the endpoint refused as a whole.
	lastSent time.Time
	refusals int
	// noTransactions says that the endpoint takes updates only.
	noTransactions bool
}

// item is a resource that is to be sent.
type item struct {
	key      string
	resource fhir.Resource
	// needs are the keys of other resources that it refers to.
	needs []string
}

// errStop ends a load early; the summary says why.
var errStop = errors.New("stopped")

// New prepares a load: it makes the folder, or reads how far an earlier load came. Nothing is sent yet.
func New(options Options) (*Loader, error) {
	options = options.withDefaults()
	if !slices.Contains(Modes(), options.Mode) {
		return nil, fmt.Errorf("load: unknown mode %q: want transaction, batch or put", options.Mode)
	}
	if options.ServerIDs && options.Mode == Put {
		return nil, errors.New("load: put keeps the ledger's ids; ids that the server chooses need transaction or batch")
	}
	base, err := url.Parse(options.Target.BaseURL)
	if err == nil && (base.User != nil || base.RawQuery != "" || base.Fragment != "") {
		// The address is written into the mapping file, where no credential belongs.
		return nil, errors.New("load: the base URL must have no user, password, query or fragment; give credentials in a header")
	}
	client, err := exchange.NewClient([]exchange.Target{options.Target},
		exchange.Options{Timeout: options.Timeout, Concurrency: 1, Clock: options.Clock, AllowWrites: true})
	if err != nil {
		return nil, err
	}
	ids := ledgerIDs
	if options.ServerIDs {
		ids = serverIDs
	}
	held, err := openMapping(options.Dir, header{
		Schema: Schema, To: strings.TrimSuffix(options.Target.BaseURL, "/"), System: options.System, Ledger: options.LedgerName, IDs: ids,
	})
	if err != nil {
		return nil, err
	}
	return &Loader{
		options: options, client: client, mapping: held, secrets: exchange.NewSecrets(options.Target.Header),
		summary: Summary{Failures: []Failure{}},
	}, nil
}

func (o Options) withDefaults() Options {
	if o.PerSecond <= 0 {
		o.PerSecond = 10
	}
	if o.PerBundle <= 0 {
		o.PerBundle = 250
	}
	if o.Timeout <= 0 {
		o.Timeout = time.Minute
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return o
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close lets go of the mapping file and of connections.
func (l *Loader) Close() error {
	l.client.Close()
	return l.mapping.close()
}

// Run loads everything that is not loaded yet and writes the report. The error says that the load could not be made at
// all, or that what was loaded could not be noted; what the endpoint refused is in the summary.
func (l *Loader) Run(ctx context.Context) (Summary, error) {
	if err := l.greet(ctx); err != nil {
		return Summary{}, err
	}
	if err := l.everything(ctx); err != nil && !errors.Is(err, errStop) {
		return l.summary, err
	}
	return l.summary, writeReport(l.options.Dir, l.mapping.header, l.summary)
}

// greet makes sure that a FHIR service answers before anything is written to it.
func (l *Loader) greet(ctx context.Context) error {
	answer, err := l.client.Do(ctx, exchange.Request{System: l.options.Target.Name, URL: "metadata"})
	if err != nil {
		return err
	}
	if said, err := fhir.DecodeObject([]byte(answer.Body)); answer.Status == http.StatusOK && err == nil && fhir.Resource(said).Type() == "CapabilityStatement" {
		return nil
	}
	return fmt.Errorf("%s answered its metadata with %d and %s: check that the base URL is that of a FHIR service, and the credentials",
		l.options.Target.BaseURL, answer.Status, l.said(answer))
}

func (l *Loader) everything(ctx context.Context) error {
	style := fixtures.CCRStyle()
	if l.options.System == fixtures.OHC {
		style = fixtures.OHCStyle("")
	}
	renderer := l.options.Ledger.Renderer(l.options.System, style)
	for resource := range renderer.Directory() {
		if err := l.add(ctx, []fhir.Resource{resource}); err != nil {
			return err
		}
	}
	done, total := 0, l.options.Ledger.PeopleCount()
	for person := range l.options.Ledger.People() {
		if err := l.add(ctx, renderer.Person(person)); err != nil {
			return err
		}
		if done++; l.options.Progress != nil {
			l.options.Progress(done, total)
		}
	}
	return l.flush(ctx)
}

// add queues resources that belong together and sends the queue before it grows too long.
func (l *Loader) add(ctx context.Context, resources []fhir.Resource) error {
	group := make([]item, 0, len(resources))
	for _, resource := range resources {
		l.summary.Resources++
		key := resource.Reference()
		switch {
		case l.mapping.server(key) != "":
			l.summary.Before++
		case l.mapping.uncertain[key]:
			l.missing(Failure{What: key, Resources: 1, Text: "it was sent before and its answer was lost, so the endpoint may hold it already: " +
				"not sent again; look for it there, or load into an empty endpoint and a new folder"})
		default:
			group = append(group, item{key: key, resource: resource, needs: needs(resource)})
		}
	}
	if len(l.queue) > 0 && len(l.queue)+len(group) > l.options.PerBundle {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	l.queue = append(l.queue, group...)
	return nil
}

func (l *Loader) missing(failure Failure) {
	failure.Text = l.secrets.Redact(failure.Text)
	l.summary.Missing += failure.Resources
	l.summary.Failures = append(l.summary.Failures, failure)
}

func (l *Loader) stop(format string, args ...any) error {
	l.summary.Stopped = l.secrets.Redact(fmt.Sprintf(format, args...))
	return errStop
}
