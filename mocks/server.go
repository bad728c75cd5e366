package mocks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// basePath is where FHIR is served below the listener's root.
const basePath = "/fhir"

// Options say which system to build and what it talks to.
type Options struct {
	// System is "ccr" or "ohc": the part of the ledger that is held, and in whose style.
	System string
	// Name is what the system is called, where it is a further one beside those two; "" means System.
	Name string
	// Ledger is the golden ledger the system holds its part of. Both systems of a pair share one.
	Ledger *fixtures.Ledger
	// Defects are in force from the start; SetDefects changes them later.
	Defects []Setting
	// Clock is the system's time, which its answers carry; nil means the ledger's reference time, standing still.
	Clock func() time.Time
	// BaseURL is the address the system believes it has, without a trailing slash; "" means DefaultBaseURL(System).
	BaseURL string
	// Peer is the neighbour's FHIR base as it can be dialled; "" means the system stands alone and says so.
	Peer string
	// HTTPClient asks the neighbour; nil means one of the server's own, which Close empties.
	HTTPClient *http.Client
	// PeerTLS is how the neighbour's certificate is checked and which one is shown to it, unless HTTPClient is given; nil
	// means the machine's own authorities and no certificate.
	PeerTLS *tls.Config
	// Credentials prove at the neighbour who asks; nil when it lets everybody in.
	Credentials *Credentials
	// PeerBudget is how long the neighbour may take before the system answers without it; 0 means 5 s.
	PeerBudget time.Duration
	// Auth says how clients prove who they are; the zero value lets everybody in.
	Auth Auth
	// RequestBudget is how long one request may take altogether; 0 means 20 s.
	RequestBudget time.Duration
}

// DefaultBaseURL is the address a system believes it has when nobody says otherwise.
func DefaultBaseURL(system string) string { return "http://" + system + ".mock.test" + basePath }

// Server is one mock system. It is safe for concurrent use.
type Server struct {
	personality
	options Options
	base    string
	peer    *peer
	store   *store
	pages   *pageStore
	// answers are the bodies of searches by what they asked; only a defect keeps them.
	answers  sync.Map
	fault    faultSwitch
	trail    auditLog
	copies   copies
	door     *guard
	advance  atomic.Int64
	stopping chan struct{}
	stop     func()

	mu      sync.Mutex // serialises writers: events, defects, policies
	defects []activeDefect
	world   circumstances
	bases   [2]*defectView      // what defects make of the store, for clients and for the neighbour
	moved   map[string][]string // what merges have moved, by the id of the Patient it was about
	waiting []Event             // events at providers whose feed is frozen
	reserve []fhir.Resource     // what a provider that joins brings, once it has been worked out
	state   atomic.Pointer[state]
}

// state is everything that can be switched and that one request must see as one.
type state struct {
	defects []activeDefect
	world   circumstances
	// clients is what a client sees of the own store, neighbour what the neighbour sees.
	clients, neighbour *view
}

// New builds a system over its part of the ledger. It fails for an unknown system or defect, a missing ledger, a URL
// that is none, and a ledger whose resources cannot be held.
func New(options Options) (*Server, error) {
	kind, err := newFurther(options.System, options.Name)
	if err != nil {
		return nil, fmt.Errorf("new mock: %w", err)
	}
	if options.Auth.required() && len(options.Auth.Key) == 0 {
		return nil, fmt.Errorf("new mock %s: clients need tokens, and there is no key to sign them with", options.System)
	}
	if options.Ledger == nil {
		return nil, fmt.Errorf("new mock %s: no ledger", options.System)
	}
	if options.BaseURL == "" {
		options.BaseURL = DefaultBaseURL(kind.called)
	}
	options.BaseURL = strings.TrimRight(options.BaseURL, "/")
	if err := checkURL(options.BaseURL); err != nil {
		return nil, fmt.Errorf("new mock %s: base URL: %w", options.System, err)
	}
	if options.PeerBudget == 0 {
		options.PeerBudget = 5 * time.Second
	}
	if options.RequestBudget == 0 {
		options.RequestBudget = 20 * time.Second
	}
	if options.Clock == nil {
		now := options.Ledger.Now()
		options.Clock = func() time.Time { return now }
	}
	s := &Server{personality: kind, options: options, base: options.BaseURL, pages: newPageStore(), stopping: make(chan struct{})}
	s.stop = sync.OnceFunc(func() { close(s.stopping) })
	s.door = &guard{server: s, auth: options.Auth, base: options.BaseURL}
	if s.peer, err = newPeer(options, kind, s.door.tokenTime); err != nil {
		return nil, fmt.Errorf("new mock %s: %w", options.System, err)
	}
	if s.store, err = newStore(options.Ledger, kind, options.BaseURL); err != nil {
		return nil, fmt.Errorf("new mock %s: %w", options.System, err)
	}
	if err := s.SetDefects(options.Defects...); err != nil {
		return nil, fmt.Errorf("new mock %s: %w", options.System, err)
	}
	return s, nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is not an absolute http or https URL", text)
	}
	return nil
}

// System returns what the system is called: "ccr", "ohc" or the name of a further mock.
func (s *Server) System() string { return s.called }

// Part returns the part of the ledger that the system holds, "ccr" or "ohc".
func (s *Server) Part() string { return s.name }

// BaseURL returns the address the system believes it has.
func (s *Server) BaseURL() string { return s.base }

// Close ends requests that hang and drops idle connections to the neighbour. The handler must not be used afterwards.
func (s *Server) Close() {
	s.stop()
	s.peer.close()
}

// Now is the system's time: its clock plus what events have advanced it by.
func (s *Server) Now() time.Time { return s.options.Clock().Add(time.Duration(s.advance.Load())) }

// SetDefects puts exactly these defects in force, for requests that arrive from now on.
func (s *Server) SetDefects(settings ...Setting) error {
	active, err := activate(settings)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.defects, s.bases = active, [2]*defectView{}
	s.pages.clear()
	s.answers.Clear()
	s.refresh()
	return nil
}

// refresh puts what was changed in force for requests that arrive from now on. s.mu must be held.
func (s *Server) refresh() {
	next := &state{defects: s.defects, world: s.world}
	next.clients = s.buildView(s.defects, false)
	next.neighbour = s.buildView(s.defects, true)
	if old := s.state.Swap(next); old != nil && (old.clients.index != s.store.index || old.neighbour.index != s.store.index) {
		// Nothing else holds on to what the old views showed in place of the store.
		s.store.encoded.Clear()
	}
}

// Handler serves FHIR under /fhir.
func (s *Server) Handler() http.Handler { return s.door.handler() }

func (g *guard) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.server.serve(g, w, r) })
}

func (s *Server) serve(g *guard, w http.ResponseWriter, r *http.Request) {
	if s.suffer(w, r) {
		return
	}
	if r.URL.Path == basePath+smartPath && g.auth.required() {
		g.smart(w)
		return
	}
	if r.URL.Path == tokenPath && g.auth.required() {
		g.token(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.options.RequestBudget)
	defer cancel()
	r = r.WithContext(ctx)
	c := s.newCall(r, g)
	for _, defect := range c.defects {
		if defect.request != nil && !c.fromNeighbour {
			c.request = c.request.Clone(ctx)
			defect.request(c.request)
		}
	}
	s.dawdle(ctx, c)
	answer := s.answer(c) //nolint:contextcheck // the call holds the request, and the request its context
	answer.header.Set(MockHeader, s.called)
	mirror(r.Header, answer.header)
	if g.apart {
		g.lead(answer)
	}
	for _, defect := range c.defects {
		if defect.reply != nil {
			defect.reply(c, answer)
		}
	}
	answer.write(w, r, s.Now())
}

func (s *Server) newCall(r *http.Request, g *guard) *call {
	now := s.state.Load()
	c := &call{server: s, guard: g, request: r, state: now, defects: g.defects(now), view: now.clients, fromNeighbour: FromNeighbour(r)}
	if c.fromNeighbour {
		c.view = now.neighbour
	}
	return c
}

// answer turns whatever went wrong into an OperationOutcome, a defect in this program included.
func (s *Server) answer(c *call) (answer *reply) {
	defer func() {
		if problem := recover(); problem != nil {
			answer = failureReply(fail(http.StatusInternalServerError, "exception",
				"the mock failed on this request, which is a bug in Concord: %v", problem))
		}
	}()
	err := c.guard.admit(c)
	if err != nil {
		c.refused = true
		if asked := typeAsked(c.request.URL); s.store.offers(asked) {
			c.resourceType = asked // the trail says what was refused
		}
	} else {
		if answer, err = s.route(c); err == nil {
			return answer
		}
	}
	defer func() { s.auditFailure(c, answer.status) }()
	var failed *failure
	if errors.As(err, &failed) {
		return failureReply(failed)
	}
	if c.request.Context().Err() != nil {
		return failureReply(fail(http.StatusServiceUnavailable, "timeout", "the request took longer than %s", s.options.RequestBudget))
	}
	return failureReply(fail(http.StatusInternalServerError, "exception", "%v", err))
}
