package mocks

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxForm bounds a form of search parameters.
const maxForm = 64 << 10

// route finds the interaction a request asks for (FHIR R4 3.1.0, "Summary").
func (s *Server) route(c *call) (*reply, error) {
	r := c.request
	at, err := parseTarget(basePath, r.URL)
	if err != nil {
		return nil, err
	}
	query, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if err := negotiate(r.Header, query.values()); err != nil {
		return nil, err
	}
	segments := at.segments
	switch {
	case len(segments) == 0:
		return s.routeSystem(c)
	case len(segments) == 1 && segments[0] == "metadata":
		return allow(c, map[string]handler{http.MethodGet: s.capabilities})
	}
	c.resourceType = segments[0]
	if !s.store.offers(c.resourceType) {
		return nil, fail(http.StatusNotFound, "not-supported", "resource type %q is not offered: see %s/metadata", c.resourceType, s.base)
	}
	if c.resourceType == "AuditEvent" {
		return s.routeAudit(c, segments, query)
	}
	switch len(segments) {
	case 1:
		offered := map[string]handler{
			http.MethodGet:  func(c *call) (*reply, error) { return s.search(c, query) },
			http.MethodPost: s.create,
		}
		if r.URL.RawQuery != "" {
			offered[http.MethodPut] = s.updateFound
		}
		return allow(c, offered)
	case 2:
		if segments[1] == "_search" {
			return allow(c, map[string]handler{
				http.MethodPost: func(c *call) (*reply, error) { return s.searchByPost(c, query) },
			})
		}
		if err := checkID(segments[1]); err != nil {
			return nil, err
		}
		return allow(c, map[string]handler{
			http.MethodGet:    func(c *call) (*reply, error) { return s.read(c, segments[1], query) },
			http.MethodPut:    func(c *call) (*reply, error) { return s.update(c, segments[1]) },
			http.MethodDelete: func(c *call) (*reply, error) { return s.remove(c, segments[1]) },
		})
	}
	if err := checkID(segments[1]); err != nil {
		return nil, err
	}
	switch {
	case len(segments) == 3 && segments[2] == "_history":
		return allow(c, map[string]handler{
			http.MethodGet: func(c *call) (*reply, error) { return s.history(c, segments[1]) },
		})
	case len(segments) == 4 && segments[2] == "_history":
		return allow(c, map[string]handler{
			http.MethodGet: func(c *call) (*reply, error) { return s.vread(c, segments[1], segments[3]) },
		})
	case len(segments) == 3 && c.resourceType == "Patient" && segments[2] == "$everything":
		return allow(c, map[string]handler{
			http.MethodGet: func(c *call) (*reply, error) { return s.everything(c, segments[1], query) },
		})
	}
	return nil, fail(http.StatusNotFound, "not-found", "there is nothing at %q", r.URL.Path)
}

// routeAudit serves the audit trail, which can be searched and read and never changed.
func (s *Server) routeAudit(c *call, segments []string, query params) (*reply, error) {
	c.view = &view{index: s.auditIndex(query)}
	switch {
	case len(segments) == 1:
		return allow(c, map[string]handler{http.MethodGet: func(c *call) (*reply, error) { return s.search(c, query) }})
	case len(segments) == 2 && segments[1] == "_search":
		return allow(c, map[string]handler{http.MethodPost: func(c *call) (*reply, error) { return s.searchByPost(c, query) }})
	case len(segments) == 2 && isID(segments[1]):
		return allow(c, map[string]handler{http.MethodGet: func(c *call) (*reply, error) { return s.read(c, segments[1], query) }})
	default:
		return nil, fail(http.StatusNotFound, "not-found", "there is nothing at %q", c.request.URL.Path)
	}
}

type handler func(*call) (*reply, error)

// allow dispatches on the method and refuses others with the list of those allowed.
func allow(c *call, byMethod map[string]handler) (*reply, error) {
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if handle, ok := byMethod[method]; ok {
		return handle(c)
	}
	var allowed []string
	for name := range byMethod {
		allowed = append(allowed, name)
	}
	if _, ok := byMethod[http.MethodGet]; ok {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	return nil, fail(http.StatusMethodNotAllowed, "not-supported", "%s is not offered at %s", c.request.Method, c.request.URL.Path).
		with("Allow", strings.Join(allowed, ", "))
}

func (s *Server) routeSystem(c *call) (*reply, error) {
	return allow(c, map[string]handler{
		http.MethodGet: func(*call) (*reply, error) {
			return nil, fail(http.StatusNotImplemented, "not-supported", "search across all types is not offered: search one type")
		},
		http.MethodPost: s.transaction,
	})
}

func checkID(id string) error {
	if !isID(id) {
		return fail(http.StatusBadRequest, "value", "%q is not a resource id: 1 to 64 of A-Z, a-z, 0-9, - and .", id)
	}
	return nil
}

// searchByPost reads the form and searches with it and the query string together (FHIR R4 3.1.1.2).
func (s *Server) searchByPost(c *call, query params) (*reply, error) {
	if err := requireMedia(c.request.Header, "application/x-www-form-urlencoded"); err != nil {
		return nil, err
	}
	body, err := readBody(c, maxForm)
	if err != nil {
		return nil, err
	}
	form, err := parseParams(string(body))
	if err != nil {
		return nil, err
	}
	if err := negotiate(c.request.Header, form.values()); err != nil {
		return nil, err
	}
	if c.hides(func(h hooks) bool { return h.formOnly }) {
		query = nil
	}
	return s.search(c, slices.Concat(query, form))
}

// maxDrained bounds how much of a body that is too large is read and thrown away.
const maxDrained = 128 << 20

// readBody reads at most limit bytes of a request's body. More is read and thrown away, within reason, because a client
// that is still sending would not see the answer.
func readBody(c *call, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(c.request.Body, limit+1))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "incomplete", "the body ended early: %v", err)
	}
	if int64(len(body)) > limit {
		_, _ = io.CopyN(io.Discard, c.request.Body, maxDrained) // whatever happens, the body is refused
		return nil, fail(http.StatusRequestEntityTooLarge, "too-long", "the body is larger than %d bytes", limit)
	}
	return body, nil
}
