package mocks

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// reply is an answer before it is written, so that it can still be looked at as a whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func newReply(status int, body []byte) *reply {
	header := http.Header{}
	if body != nil {
		header.Set("Content-Type", contentType)
	}
	return &reply{status: status, header: header, body: body}
}

// resourceReply answers with one resource, its version and its age.
func resourceReply(status int, resource fhir.Resource, body []byte) *reply {
	answer := newReply(status, body)
	answer.header.Set("ETag", versionTag(resource))
	if updated, err := time.Parse(time.RFC3339Nano, resource.Text("meta", "lastUpdated")); err == nil {
		answer.header.Set("Last-Modified", updated.UTC().Format(http.TimeFormat))
	}
	return answer
}

// failureReply answers with an OperationOutcome, as every error of a FHIR server does.
func failureReply(f *failure) *reply {
	outcome := operationOutcome(issue{severity: "error", code: f.code, text: f.text})
	answer := newReply(f.status, appendJSON(nil, outcome))
	for name, values := range f.header {
		answer.header[name] = values
	}
	return answer
}

// write sends the reply with the headers every answer carries. The Date is the server's own clock, so that two runs
// with one clock record the same bytes.
func (a *reply) write(w http.ResponseWriter, r *http.Request, now time.Time) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	header.Set("Date", now.UTC().Format(http.TimeFormat))
	if header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
	}
	header.Set("X-Content-Type-Options", "nosniff")
	if a.status != http.StatusNotModified && a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead && a.status != http.StatusNotModified {
		_, _ = w.Write(a.body) //nolint:gosec // JSON, said to be so; and a client that has gone is not our error
	}
}

// mirrored are the request headers that come back unchanged, so that both sides' logs can be joined (NHS API platform).
func mirrored() []string { return []string{"X-Request-Id", "X-Correlation-Id"} }

func mirror(request, response http.Header) {
	for _, name := range mirrored() {
		if value := request.Get(name); value != "" && len(value) <= 256 {
			response.Set(name, value)
		}
	}
}

// target is the place a request asks for, below the base path.
type target struct {
	// segments are the unescaped path segments below the base.
	segments []string
}

// parseTarget splits the path below base ("/fhir"). An escaped slash stays inside its segment, where it makes an id
// invalid, instead of pretending to be a path.
func parseTarget(base string, u *url.URL) (target, error) {
	path := u.EscapedPath()
	rest, ok := strings.CutPrefix(path, base)
	if !ok || (rest != "" && rest[0] != '/') {
		return target{}, fail(http.StatusNotFound, "not-found", "there is nothing at %q: the FHIR base is %s", path, base)
	}
	rest = strings.Trim(rest, "/")
	if rest == "" {
		return target{}, nil
	}
	var t target
	for part := range strings.SplitSeq(rest, "/") {
		segment, err := decodePath(part)
		if err != nil {
			return target{}, err
		}
		t.segments = append(t.segments, segment)
	}
	return t, nil
}

func decodePath(part string) (string, error) {
	segment, err := url.PathUnescape(part)
	if err != nil || !validText(segment) {
		return "", fail(http.StatusBadRequest, "invalid", "path segment %q is not valid", part)
	}
	return segment, nil
}

// isID applies the id type's rule: 1 to 64 of A-Z, a-z, 0-9, "-" and ".".
func isID(s string) bool {
	ref, ok := fhir.ParseReference("Patient/" + s)
	return ok && ref.ID == s && ref.Version == ""
}
