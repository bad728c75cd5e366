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
	// System is "ccr" or "ohc".
	System string
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

// Pair is both mocks on loopback, federating with each other over HTTP.
type Pair struct {
	// CCR and OHC are the two systems.
	CCR, OHC *Endpoint

	cancel context.CancelFunc
	done   chan struct{}
}

// Endpoints returns both systems, ccr first.
func (p *Pair) Endpoints() []*Endpoint { return []*Endpoint{p.CCR, p.OHC} }

// Endpoint returns a system by name.
func (p *Pair) Endpoint(system string) (*Endpoint, bool) {
	for _, endpoint := range p.Endpoints() {
		if endpoint.System == system {
			return endpoint, true
		}
	}
	return nil, false
}

// StartPair starts both systems on free loopback ports. The options' System, BaseURL and Peer are filled in for each;
// configure, when not nil, may change the options of one system before it is built (its defects, for example). Both
// stop when ctx ends or Stop is called.
func StartPair(ctx context.Context, options Options, configure func(system string, o *Options)) (*Pair, error) {
	ctx, cancel := context.WithCancel(ctx)
	pair := &Pair{cancel: cancel, done: make(chan struct{})}
	listeners, err := listenAll(ctx, 4)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start mocks: %w", err)
	}
	address := func(i int) string { return listeners[i].Addr().String() }
	for i, system := range []string{CCR, OHC} {
		mine := options
		mine.System = system
		mine.BaseURL = DefaultBaseURL(system)
		mine.Peer = "http://" + address(1-i) + basePath
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
			Server: server, System: system, BaseURL: mine.BaseURL, Address: address(i),
			URL: "http://" + address(i) + basePath, AdminAddress: address(2 + i),
			servers: []*http.Server{newHTTPServer(server.Handler()), newHTTPServer(server.AdminHandler())},
		}
		if system == CCR {
			pair.CCR = endpoint
		} else {
			pair.OHC = endpoint
		}
	}
	for i, endpoint := range pair.Endpoints() {
		for j, server := range endpoint.servers {
			go func() { _ = server.Serve(listeners[i+2*j]) }() // Serve ends with ErrServerClosed when the pair stops
		}
	}
	go func() {
		defer close(pair.done)
		<-ctx.Done()
		pair.shutdown(context.WithoutCancel(ctx))
	}()
	return pair, nil
}

// Stop stops both systems: requests under way get two seconds to finish. It returns when both have stopped.
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
