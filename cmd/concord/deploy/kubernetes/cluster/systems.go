package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"
)

// systems are the two mocks, each behind a door that speaks TLS, lets nobody in without its token and counts who asks.
type systems struct {
	mu    sync.Mutex
	asked map[string]int // requests, by the address of the pod
	shut  int            // requests without the token
}

// system is one of them.
type system struct {
	name, token string
	port, door  int
}

func both() []system {
	return []system{
		{name: "ccr", token: "token-of-ccr-for-the-cluster", port: 8401, door: 9401},
		{name: "ohc", token: "token-of-ohc-for-the-cluster", port: 8402, door: 9402},
	}
}

func (s system) url() string { return fmt.Sprintf("https://%s:%d/fhir", address, s.door) }

func (s *systems) from(pod string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[pod]
}

// refused is how many requests came without the token.
func (s *systems) refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shut
}

// systems starts the mocks and their doors.
func (p *plane) systems(ctx context.Context, clock string) (*systems, error) {
	s := &systems{asked: map[string]int{}}
	for _, one := range both() {
		args := []string{"mock", "--system", one.name, "--base-url", one.url(), "--clock", clock}
		link := p.path("bin", "mock-"+one.name)
		if err := os.Symlink("concord", link); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if err := p.start(ctx, link, args...); err != nil {
			return nil, err
		}
		behind := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", one.port)}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("%s:%d", address, one.door))
		if err != nil {
			return nil, err
		}
		door := &http.Server{Handler: s.door(one.token, httputil.NewSingleHostReverseProxy(behind)), ReadHeaderTimeout: time.Minute, TLSConfig: p.tls, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = door.ServeTLS(listener, "", "") }()
		if err := soon(time.Minute, func() error {
			connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", behind.Host)
			if err != nil {
				return err
			}
			return connection.Close()
		}); err != nil {
			return nil, fmt.Errorf("the mock %s does not start: %w", one.name, err)
		}
	}
	return s, nil
}

func (s *systems) door(token string, to http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := r.Header.Get("Authorization") == "Bearer "+token
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		s.mu.Lock()
		s.asked[host]++
		if !allowed {
			s.shut++
		}
		s.mu.Unlock()
		if !allowed {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		to.ServeHTTP(w, r)
	})
}
