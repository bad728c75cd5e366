package mocks

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

// operation is one entry of a transaction or batch.
type operation struct {
	fullURL, method, url, ifMatch, ifNoneExist string
	resource                                   fhir.Resource
}

// transaction answers a transaction or batch interaction (FHIR R4 3.1.0.11) of creates, updates and deletes. A
// transaction is applied whole or not at all; the entries of a batch stand alone.
func (s *Server) transaction(c *call) (*reply, error) {
	c.resourceType = "Bundle"
	bundle, err := s.readResource(c)
	if err != nil {
		return nil, err
	}
	kind := bundle.Text("type")
	if kind != "transaction" && kind != "batch" {
		return nil, fail(http.StatusBadRequest, "value", "Bundle.type %q is not transaction or batch", kind)
	}
	operations, err := s.operations(bundle)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.refresh()
	if kind == "transaction" {
		if err := s.checkOperations(c, operations); err != nil {
			return nil, err
		}
		s.resolveURNs(operations)
	}
	entries := make([]any, 0, len(operations))
	for i := range operations {
		answer, err := s.perform(c, &operations[i])
		var failed *failure
		switch {
		case err == nil:
		case errors.As(err, &failed):
			answer = failureReply(failed)
		default:
			return nil, err
		}
		entries = append(entries, responseEntry(answer))
	}
	return newReply(http.StatusOK, appendJSON(nil, fhir.Resource{
		"resourceType": "Bundle",
		"id":           uuidOf(digest(s.name, kind, strconv.FormatInt(s.store.generation(), 10))),
		"type":         kind + "-response",
		"entry":        entries,
	})), nil
}

func responseEntry(answer *reply) map[string]any {
	response := map[string]any{"status": strconv.Itoa(answer.status) + " " + http.StatusText(answer.status)}
	for element, header := range map[string]string{"location": "Location", "etag": "ETag"} {
		if value := answer.header.Get(header); value != "" {
			response[element] = value
		}
	}
	if answer.status >= http.StatusBadRequest {
		if outcome, err := decodeResource(answer.body); err == nil {
			response["outcome"] = map[string]any(outcome)
		}
	}
	return map[string]any{"response": response}
}

// operations reads the entries and refuses those no interaction is offered for.
func (s *Server) operations(bundle fhir.Resource) ([]operation, error) {
	var operations []operation
	for i, entry := range bundle.Objects("entry") {
		op := operation{
			fullURL: fhir.Text(entry["fullUrl"]), method: fhir.Text(fhir.Get(entry, "request", "method")),
			url:     strings.TrimPrefix(strings.TrimPrefix(fhir.Text(fhir.Get(entry, "request", "url")), s.base), "/"),
			ifMatch: fhir.Text(fhir.Get(entry, "request", "ifMatch")), ifNoneExist: fhir.Text(fhir.Get(entry, "request", "ifNoneExist")),
		}
		if resource, ok := entry["resource"].(map[string]any); ok {
			op.resource = resource
		}
		resourceType, id, _ := strings.Cut(op.url, "/")
		bad := func(format string, args ...any) error {
			f := fail(http.StatusBadRequest, "value", format, args...)
			f.text = "entry " + strconv.Itoa(i) + ": " + f.text
			return f
		}
		switch {
		case !s.store.offers(resourceType):
			return nil, bad("request.url %q names no type that is offered", op.url)
		case op.method == http.MethodPost && id == "" && op.resource.Type() == resourceType:
		case op.method == http.MethodPut && isID(id) && op.resource.Type() == resourceType:
			op.resource["id"] = id
		case op.method == http.MethodDelete && isID(id):
		default:
			return nil, bad("request %s %q with a resource of type %q is not a create, update or delete", op.method, op.url, op.resource.Type())
		}
		operations = append(operations, op)
	}
	return operations, nil
}

// checkOperations finds what would fail before anything is changed.
func (s *Server) checkOperations(c *call, operations []operation) error {
	for i := range operations {
		op := &operations[i]
		if op.method == http.MethodPost {
			if op.ifNoneExist == "" {
				continue
			}
			if _, err := s.existing(c, op.resource.Type(), op.ifNoneExist); err != nil {
				return err
			}
			continue
		}
		resourceType, id, _ := strings.Cut(op.url, "/")
		current, known := s.store.index.Get(resourceType, id)
		if err := matchVersion(current, known, op.ifMatch); err != nil {
			return err
		}
	}
	return nil
}

// resolveURNs gives the created resources their ids and rewrites references to their urns.
func (s *Server) resolveURNs(operations []operation) {
	resolved := map[string]string{}
	for i := range operations {
		op := &operations[i]
		if op.resource == nil || !strings.HasPrefix(op.fullURL, "urn:") {
			continue
		}
		if op.method == http.MethodPost {
			id := s.newID(op.resource.Type())
			if s.name == CCR {
				id = uuidOf(digest(id, strconv.Itoa(i)))
			} else {
				id = id[:len(id)-6] + strconv.Itoa(1_000_000 + i)[1:]
			}
			op.resource["id"] = id
		}
		resolved[op.fullURL] = s.reference(s.base, op.resource.Type(), op.resource.ID())
	}
	for i := range operations {
		replaceReferences(operations[i].resource, resolved)
	}
}

func replaceReferences(value any, resolved map[string]string) {
	switch value := value.(type) {
	case fhir.Resource:
		replaceReferences(map[string]any(value), resolved)
	case map[string]any:
		if local, ok := resolved[fhir.Text(value["reference"])]; ok {
			value["reference"] = local
		}
		for _, item := range value {
			replaceReferences(item, resolved)
		}
	case []any:
		for _, item := range value {
			replaceReferences(item, resolved)
		}
	}
}

func (s *Server) perform(c *call, op *operation) (*reply, error) {
	resourceType, id, _ := strings.Cut(op.url, "/")
	switch op.method {
	case http.MethodDelete:
		return s.removeLocked(resourceType, id, op.ifMatch)
	case http.MethodPut:
		return s.updateLocked(op.resource, op.ifMatch)
	default:
		if op.ifNoneExist == "" && op.resource.ID() != "" && strings.HasPrefix(op.fullURL, "urn:") {
			if _, taken := s.store.index.Get(resourceType, op.resource.ID()); !taken {
				return s.written(http.StatusCreated, s.commit(op.resource, http.MethodPost)), nil
			}
		}
		return s.createLocked(c, op.resource, op.ifNoneExist)
	}
}
