package mocks

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
)

// Inside carries requests to a handler of this process, without a connection: the answer is the one that a client over HTTP
// reads, but for what a connection adds. A connection that the handler drops is an error, as it is over HTTP.
type Inside struct{ handler atomic.Pointer[http.Handler] }

// Lead makes requests go to a handler from now on.
func (i *Inside) Lead(handler http.Handler) { i.handler.Store(&handler) }

// RoundTrip has the handler answer.
func (i *Inside) RoundTrip(r *http.Request) (*http.Response, error) {
	handler := i.handler.Load()
	if handler == nil {
		return nil, fmt.Errorf("%s: nothing answers yet", r.URL.Host)
	}
	served := r.Clone(r.Context())
	served.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if served.Host == "" {
		served.Host = r.URL.Host
	}
	if served.Body == nil {
		served.Body = http.NoBody
	}
	w := &insideWriter{header: http.Header{}}
	(*handler).ServeHTTP(w, served)
	switch err := r.Context().Err(); {
	case err != nil:
		return nil, err
	case w.taken != nil:
		return w.taken.answer(r)
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent,
		Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// insideWriter keeps an answer.
type insideWriter struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
	// taken is the connection that the handler took over, nil for none.
	taken *insideConnection
}

// Header is what is still to be sent.
func (w *insideWriter) Header() http.Header { return w.header }

// WriteHeader sends the header, once. What comes before an answer is passed over, as a client does.
func (w *insideWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write sends a part of the body.
func (w *insideWriter) Write(part []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(part)
}

// Hijack takes the connection over, which a mock does to drop it, or to write what is no whole answer.
func (w *insideWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	ours, theirs := net.Pipe()
	w.taken = &insideConnection{Conn: ours}
	return w.taken, bufio.NewReadWriter(bufio.NewReader(ours), bufio.NewWriter(w.taken)), theirs.Close()
}

// insideConnection keeps what is written to it.
type insideConnection struct {
	net.Conn
	written bytes.Buffer
}

// Write keeps a part of what a client would read.
func (c *insideConnection) Write(part []byte) (int, error) { return c.written.Write(part) }

// answer reads what was written as a client does. A connection that ends before there is a whole answer is an error.
func (c *insideConnection) answer(r *http.Request) (*http.Response, error) {
	if c.written.Len() == 0 {
		return nil, io.EOF
	}
	response, err := http.ReadResponse(bufio.NewReader(&c.written), r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// InsidePair is both mocks in this process, and further ones beside them, asked and asking each other without connections.
type InsidePair struct {
	// Servers are the systems, ccr first, then ohc; Transports lead to them.
	Servers    []*Server
	Transports []*Inside
}

// NewInsidePair makes both mocks, and further ones. The options' System, Name, BaseURL, Peer and HTTPClient are filled in for each.
func NewInsidePair(options Options, further ...Further) (*InsidePair, error) {
	p := &InsidePair{}
	all, peers := sides(further)
	for range all {
		p.Transports = append(p.Transports, &Inside{})
	}
	for i, one := range all {
		mine := options
		mine.System, mine.Name, mine.BaseURL, mine.Peer = one.Part, one.Name, DefaultBaseURL(one.Name), DefaultBaseURL(all[peers[i]].Name)
		mine.HTTPClient = &http.Client{Transport: p.Transports[peers[i]]}
		server, err := New(mine)
		if err != nil {
			return nil, err
		}
		p.Transports[i].Lead(server.Handler())
		p.Servers = append(p.Servers, server)
	}
	return p, nil
}

// Close ends requests that hang.
func (p *InsidePair) Close() {
	for _, server := range p.Servers {
		server.Close()
	}
}
