package mocks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Endpoint is one mock that listens.
type Endpoint struct {
	// Server is the mock itself, for its switches and events.
	Server *Server
	// System is what the system is called: "ccr", "ohc" or the name of a further one. Part is the part of the ledger that it holds.
	System, Part string
	// BaseURL is the address the system believes it has and writes into links, such as http://ccr.mock.test/fhir.
	BaseURL string
	// Address is the host:port that really listens.
	Address string
	// URL is the FHIR base at the real address.
	URL string
	// AdminAddress is the host:port of the admin API, "" when there is none.
	AdminAddress string

	servers []*http.Server
}

// Further is a mock beside the two: a system of its own that holds the part of one of them, and federates with the other.
type Further struct{ Name, Part string }

// sides are the systems of a pair with further ones, and of each the place of the one that it federates with.
func sides(further []Further) (all []Further, peers []int) {
	all = append([]Further{{CCR, CCR}, {OHC, OHC}}, further...)
	for _, one := range all {
		peer := 0
		if one.Part == CCR {
			peer = 1
		}
		peers = append(peers, peer)
	}
	return all, peers
}

// Pair is both mocks on loopback, federating with each other over HTTP, and further ones beside them.
type Pair struct {
	// CCR and OHC are the two systems, Further those beside them.
	CCR, OHC *Endpoint
	Further  []*Endpoint

	cancel context.CancelFunc
	done   chan struct{}
}

// Endpoints returns all systems, ccr first, then ohc.
func (p *Pair) Endpoints() []*Endpoint { return append([]*Endpoint{p.CCR, p.OHC}, p.Further...) }

// Endpoint returns a system by name.
func (p *Pair) Endpoint(system string) (*Endpoint, bool) {
	for _, endpoint := range p.Endpoints() {
		if endpoint.System == system {
			return endpoint, true
		}
	}
	return nil, false
}

// StartPair starts both systems, and further ones, on free loopback ports. The options' System, Name, BaseURL and Peer are filled
// in for each; configure, when not nil, may change the options of one system before it is built (its defects, for example).
// All stop when ctx ends or Stop is called.
func StartPair(ctx context.Context, options Options, configure func(system string, o *Options), further ...Further) (*Pair, error) {
	ctx, cancel := context.WithCancel(ctx)
	pair := &Pair{cancel: cancel, done: make(chan struct{})}
	all, peers := sides(further)
	listeners, err := listenAll(ctx, 2*len(all))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start mocks: %w", err)
	}
	address := func(i int) string { return listeners[i].Addr().String() }
	for i, one := range all {
		system, mine := one.Name, options
		mine.System, mine.Name = one.Part, one.Name
		mine.BaseURL = DefaultBaseURL(system)
		mine.Peer = "http://" + address(peers[i]) + basePath
		if configure != nil {
			configure(system, &mine)
		}
		server, err := New(mine)
		if err != nil {
			cancel()
			closeAll(listeners)
			return nil, err
		}
		endpoint := &Endpoint{
			Server: server, System: system, Part: one.Part, BaseURL: mine.BaseURL, Address: address(i),
			URL: "http://" + address(i) + basePath, AdminAddress: address(len(all) + i),
			servers: []*http.Server{newHTTPServer(server.Handler()), newHTTPServer(server.AdminHandler())},
		}
		switch i {
		case 0:
			pair.CCR = endpoint
		case 1:
			pair.OHC = endpoint
		default:
			pair.Further = append(pair.Further, endpoint)
		}
	}
	for i, endpoint := range pair.Endpoints() {
		for j, server := range endpoint.servers {
			go func() { _ = server.Serve(listeners[i+len(all)*j]) }() // Serve ends with ErrServerClosed when the pair stops
		}
	}
	go func() {
		defer close(pair.done)
		<-ctx.Done()
		pair.shutdown(context.WithoutCancel(ctx))
	}()
	return pair, nil
}

// Stop stops all systems: requests under way get two seconds to finish. It returns when all have stopped.
func (p *Pair) Stop() {
	p.cancel()
	<-p.done
}

func (p *Pair) shutdown(ctx context.Context) {
	grace, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for _, endpoint := range p.Endpoints() {
		endpoint.Server.Close()
	}
	for _, endpoint := range p.Endpoints() {
		for _, server := range endpoint.servers {
			if err := server.Shutdown(grace); err != nil {
				_ = server.Close() // a request that outlives its grace is cut off
			}
		}
	}
}

// Serve serves one mock on a listener until ctx ends, then gives requests under way five seconds.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := newHTTPServer(handler)
	stopped := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := server.Shutdown(grace); err != nil {
			_ = server.Close() // a request that outlives its grace is cut off
		}
	})
	err := server.Serve(listener)
	if release() {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	<-stopped
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", listener.Addr(), err)
}

// newHTTPServer bounds every phase of a request, so that a client that stalls costs one connection for a while.
func newHTTPServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
}

func listenAll(ctx context.Context, n int) ([]net.Listener, error) {
	var config net.ListenConfig
	listeners := make([]net.Listener, 0, n)
	for range n {
		listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			closeAll(listeners)
			return nil, fmt.Errorf("listen on loopback: %w", err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, listener := range listeners {
		_ = listener.Close() // nothing was served on it
	}
}
