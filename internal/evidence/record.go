package evidence

import (
	"errors"
	"net/http"
)

// Record is one exchange: what was asked of a system, and the answer or why there was none. Secrets were taken out before.
type Record struct {
	// ID is derived from the request alone: the same question has the same id in every run.
	ID      string   `json:"id"`
	System  string   `json:"system"`
	Request Request  `json:"request"`
	Reply   *Reply   `json:"response,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
}

// Request is the request as it was sent, without credentials.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
	Body   string      `json:"body,omitempty"`
	// Repeat tells deliberate repeats of one request apart.
	Repeat string `json:"repeat,omitempty"`
}

// Reply is the answer. Its body lies in the log of bodies.
type Reply struct {
	Status     int         `json:"status"`
	Header     http.Header `json:"header"`
	BodySHA256 string      `json:"bodySHA256"`
	BodyBytes  int64       `json:"bodyBytes"`
	DurationMs int64       `json:"durationMs"`
	// Ns is the same in nanoseconds by the run's clock, RealNs in real time, also where the run's clock stands still.
	Ns     int64 `json:"ns,omitempty"`
	RealNs int64 `json:"realNs,omitempty"`
	// HeldUpNs is for how long the harness was kept from working meanwhile, which RealNs leaves out.
	HeldUpNs int64 `json:"heldUpNs,omitempty"`
	// Repeated is how often the request was sent before this answer came.
	Repeated int `json:"repeated,omitempty"`
	// Altered says that the answer held something that must not be kept, so what is kept is not what the checks saw.
	Altered bool `json:"altered,omitempty"`
	// Body says where the compressed body lies; nil in a folder of loose files.
	Body *Place `json:"body,omitempty"`
}

// Place is a part of the log of bodies, in bytes.
type Place struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// Failure says why there is no answer.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	// NotSent says that the request was never sent.
	NotSent bool `json:"notSent,omitempty"`
}

// ErrNotFound says that no exchange of the id was recorded.
var ErrNotFound = errors.New("no exchange with this id was recorded")

// The files of a packed log.
const (
	// RecordsFile has one line for each exchange: a JSON object with the record and the SHA-256 of the record's text.
	RecordsFile = "records.jsonl"
	// BodiesFile has each distinct body once, as Zstandard frames (RFC 8878) one behind the other.
	BodiesFile = "bodies.zst"
	// IndexFile says where in RecordsFile the record of an id begins. It can be made again from RecordsFile.
	IndexFile = "index"
)

// mostBody is the largest body that is read back, in bytes. No answer is read that is longer (see exchange.Options.MaxBody);
// masking may make it a little longer.
const mostBody = 256 << 20

// mostLine is the longest line of RecordsFile that is read, in bytes.
const mostLine = 64 << 20
