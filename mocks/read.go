package mocks

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"concord.example/concord/internal/fhir"
)

// read answers a read interaction (FHIR R4 3.1.0.1).
func (s *Server) read(c *call, id string, query params) (*reply, error) {
	for _, item := range query {
		switch item.name {
		case "_format", "_pretty", "_summary", "_elements":
		default:
			if strict(c.request.Header) {
				return nil, fail(http.StatusBadRequest, "not-supported", "parameter %q is not offered on read", item.name)
			}
		}
	}
	resource, own, err := s.lookup(c, c.resourceType, id)
	if err != nil {
		return nil, err
	}
	s.auditResult(c, "R", "read", []fhir.Resource{resource})
	var body []byte
	if own {
		body = s.store.encode(resource)
	} else {
		body = appendJSON(nil, resource)
	}
	answer := resourceReply(http.StatusOK, resource, body)
	if tagged(c.request.Header.Get("If-None-Match"), answer.header.Get("ETag")) {
		answer.status, answer.body = http.StatusNotModified, nil
		answer.header.Del("Content-Type")
	}
	return answer, nil
}

// tagged reports whether an entity tag is among those of a condition, compared weakly (RFC 9110 13.1.2).
func tagged(condition, tag string) bool {
	if condition == "" {
		return false
	}
	for item := range strings.SplitSeq(condition, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// lookup finds a resource in the own store or, by an id that leads there, at the neighbour. own says that it is the
// store's own.
func (s *Server) lookup(c *call, resourceType, id string) (resource fhir.Resource, own bool, err error) {
	if resource, own, err = s.locate(c, resourceType, id); err == nil && c.beyond(resource) {
		return nil, false, notFound(resourceType, id)
	}
	return resource, own, err
}

func (s *Server) locate(c *call, resourceType, id string) (resource fhir.Resource, own bool, err error) {
	if resource, ok := c.view.index.Get(resourceType, id); ok && !c.conceals(resource) {
		resource, own = s.shown(c.view, resource)
		return resource, own, nil
	}
	if c.view.named != nil {
		if resource, ok := c.view.named.Get(resourceType, id); ok {
			return resource, true, nil
		}
	}
	if resourceType == provenance {
		if made, ok := s.madeProvenance(c, id); ok {
			return made, false, nil
		}
	}
	if s.store.deleted(resourceType, id) {
		return nil, false, gone(resourceType, id)
	}
	original, ok := s.ids.neighbour(id)
	if !ok || c.fromNeighbour || !s.peer.configured() {
		return nil, false, notFound(resourceType, id)
	}
	ctx := c.request.Context()
	resource, base, err := s.peer.read(ctx, c.request.Header, resourceType, original)
	if err != nil {
		return nil, false, fail(http.StatusBadGateway, "transient", "%s/%s is held by %s, which could not be asked: %s",
			resourceType, id, titleOf(s.peer.name), plainCause(err))
	}
	if resource == nil {
		return nil, false, notFound(resourceType, id)
	}
	if !s.adopter(ctx, c, base).adopt(resource) {
		return nil, false, notFound(resourceType, id)
	}
	return resource, false, nil
}

func notFound(resourceType, id string) error {
	return fail(http.StatusNotFound, "not-found", "there is no %s with the id %q", resourceType, id)
}

// isTimeout reports whether an error says that time ran out.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
