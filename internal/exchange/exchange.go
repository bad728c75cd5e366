package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is one question to one system.
type Request struct {
	// System is the name of a configured target.
	System string
	// Method is GET, or POST for a _search.
	Method string
	// URL is absolute, or relative to the target's base URL ("Patient?identifier=...").
	URL string
	// Accept is the media type asked for; empty means application/fhir+json.
	Accept string
	// ContentType and Body go with a POST.
	ContentType string
	Body        string
	// Header holds further request headers.
	Header http.Header
	// As is the name of the role in which is asked, AsHeader the names of the headers that say so. Their values may be
	// credentials, so the role stands for them in the id.
	As       string
	AsHeader []string
	// Cached leaves it to the system, and to what stands between, whether an answer that was kept may be given again. Any
	// other request asks for a fresh one.
	Cached bool
	// Repeat tells deliberate repeats of one request apart: asking again, after something happened, needs another text.
	Repeat string
	// Control says that the repeat only asks whether the system says the same twice. Where recorded exchanges are judged
	// again and it was not asked, the first answer stands for it.
	Control bool
}

// Exchange is a request and its answer, as evidence.
type Exchange struct {
	// ID is derived from the request alone, so the same question has the same id in every run.
	ID      string
	Request Request
	// Status is the HTTP status code, Header the response headers that matter as evidence, Body the whole body.
	Status int
	Header http.Header
	Body   string
	// Repeated is how often the request was sent before this answer came, because a connection broke or the endpoint asked to
	// be left alone for a while.
	Repeated int
	// Duration runs from sending the request to the last byte of the body, by the run's clock.
	Duration time.Duration
	// limits are all headers of the answer, for what they say of limits; it is forgotten when that was read.
	limits http.Header
	// Waited is the same in real time, also when the run's clock stands still, without HeldUp: how long this process was kept
	// from working meanwhile.
	Waited, HeldUp time.Duration
}

// size is about how many bytes of memory the exchange takes.
func (e *Exchange) size() int64 {
	size := len(e.Body) + len(e.Request.URL) + len(e.Request.Body)
	for _, values := range e.Header {
		for _, value := range values {
			size += len(value)
		}
	}
	return int64(size)
}

// Succeeded reports whether the answer is what was asked for: 200, or 203, which says the same and that somebody between the
// client and the system has changed headers or the body on the way (RFC 9110, 15.3.4).
func (e *Exchange) Succeeded() bool {
	return e.Status == http.StatusOK || e.Status == http.StatusNonAuthoritativeInfo
}

// ContentType returns the media type of the answer without its parameters, in lower case.
func (e *Exchange) ContentType() string {
	mediaType, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(mediaType))
}

// id digests everything that makes a request distinct.
func (r Request) id() string {
	h := sha256.New()
	for _, part := range []string{r.System, r.Method, r.URL, r.Accept, r.ContentType, r.Body} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := strings.Join(r.Header[name], ",")
		if slices.Contains(r.AsHeader, name) {
			value = "as " + r.As
		}
		h.Write([]byte(name + ":" + value))
		h.Write([]byte{0})
	}
	if r.Cached {
		h.Write([]byte("cached"))
		h.Write([]byte{0})
	}
	h.Write([]byte(r.Repeat))
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// evidenceHeaders lists the response headers that are kept: those a reader needs to judge the answer. The rest (dates,
// connection details, cookies) would make equal runs differ or leak.
func evidenceHeaders(header http.Header) http.Header {
	kept := http.Header{}
	for _, name := range EvidenceHeaders() {
		if values := header.Values(name); len(values) > 0 {
			for _, value := range values[:min(len(values), mostValues)] {
				kept[name] = append(kept[name], Clip(value, longestValue))
			}
		}
	}
	return kept
}

// mostValues and longestValue bound what is kept of one header.
const mostValues, longestValue = 8, 4 << 10

// EvidenceHeaders are the canonical names of the response headers that an Exchange keeps. Nothing can be said about others.
func EvidenceHeaders() []string {
	return []string{
		"Content-Type", "Etag", "Last-Modified", "Location", "Cache-Control", "Content-Encoding", "X-Request-Id", "X-Correlation-Id", "X-Concord-Mock",
		"Retry-After", "Www-Authenticate", "Preference-Applied", "Content-Location", "Server", "X-Powered-By", "X-Aspnet-Version",
	}
}
