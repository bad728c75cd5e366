package mocks

import (
	"context"
	"hash/crc32"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"concord.example/concord/internal/fhir"
)

// Fault makes a server fail as a process or a network fails, below HTTP. A harness must report such a system as one
// it could not judge, never as one that passed or failed.
type Fault int32

const (
	// NoFault serves requests.
	NoFault Fault = iota
	// Hang accepts requests and never answers, until the client gives up or the server stops.
	Hang
	// Drop closes the connection without an answer.
	Drop
)

// String returns the fault's name as the admin API takes it.
func (f Fault) String() string {
	switch f {
	case Hang:
		return "hang"
	case Drop:
		return "drop"
	default:
		return "none"
	}
}

// faultSwitch holds the fault in force.
type faultSwitch struct{ current atomic.Int32 }

// SetFault puts a fault in force for requests that arrive from now on; NoFault ends it. Requests that hang already
// keep hanging until their clients give up.
func (s *Server) SetFault(f Fault) { s.fault.current.Store(int32(f)) }

// Fault returns the fault in force.
func (s *Server) Fault() Fault { return Fault(s.fault.current.Load()) }

// suffer applies the fault in force and reports whether the request is over.
func (s *Server) suffer(w http.ResponseWriter, r *http.Request) bool {
	switch s.Fault() {
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.stopping:
		}
		drop(w)
		return true
	case Drop:
		drop(w)
		return true
	default:
		return false
	}
}

// tail is how long a slow request takes: longer than any budget of a clinical query.
const tail = 3500 * time.Millisecond

// dawdle makes one request in a hundred slow, by its address, when a defect says so.
func (s *Server) dawdle(ctx context.Context, c *call) {
	if !c.hides(func(h hooks) bool { return h.slowTail }) {
		return
	}
	sum := crc32.ChecksumIEEE([]byte(c.request.URL.RequestURI()))
	if sum%100 == 0 {
		pause(ctx, tail)
	}
}

// linger makes a client wait for an answer that holds a record of a provider that a defect makes slow.
func (s *Server) linger(c *call, shown []fhir.Resource) {
	for _, defect := range c.defects {
		if !defect.slowProvider || c.fromNeighbour || directory(c.resourceType) {
			continue
		}
		slow := s.store.providersOf(defect.setting)
		if slices.ContainsFunc(shown, func(r fhir.Resource) bool { return slices.Contains(slow, sourceODS(r)) }) {
			pause(c.request.Context(), tail)
		}
	}
}

// drop closes the connection under a request. Where the connection cannot be taken over (HTTP/2, a recorder in a
// test) it answers 503 without a body, which is the closest there is.
func drop(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_ = connection.Close() // the point is that the client sees it closed
}
