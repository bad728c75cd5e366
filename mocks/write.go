package mocks

import (
	"encoding/binary"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// maxResource bounds the body of one resource or transaction.
const maxResource = 16 << 20

// splitList splits a comma list.
func splitList(text string) []string { return strings.Split(text, ",") }

// create answers a create interaction (FHIR R4 3.1.0.8).
func (s *Server) create(c *call) (*reply, error) {
	resource, err := s.readResource(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.refresh()
	s.auditResult(c, "C", "create", []fhir.Resource{resource})
	return s.createLocked(c, resource, c.request.Header.Get("If-None-Exist"))
}

func (s *Server) createLocked(c *call, resource fhir.Resource, ifNoneExist string) (*reply, error) {
	if ifNoneExist != "" {
		existing, err := s.existing(c, resource.Type(), ifNoneExist)
		if err != nil {
			return nil, err
		}
		if existing != nil {
			return s.written(http.StatusOK, existing), nil
		}
	}
	resource["id"] = s.newID(resource.Type())
	return s.written(http.StatusCreated, s.commit(resource, http.MethodPost)), nil
}

// existing finds the one resource a conditional create asks about.
func (s *Server) existing(c *call, resourceType, query string) (fhir.Resource, error) {
	list, err := parseParams(strings.TrimPrefix(query, "?"))
	if err != nil {
		return nil, err
	}
	parsed, err := s.parse(resourceType, list, 0)
	if err != nil {
		return nil, err
	}
	found, err := s.store.index.Matches(c.request.Context(), parsed)
	switch {
	case err != nil:
		return nil, searchFailure(err)
	case len(parsed.Applied()) == 0 || len(found) > 1:
		return nil, fail(http.StatusPreconditionFailed, "multiple-matches", "the condition %q does not name one resource", query)
	case len(found) == 1:
		return found[0], nil
	default:
		return nil, nil
	}
}

// update answers an update interaction (FHIR R4 3.1.0.5). An id that is not known yet is taken as the client gives it.
func (s *Server) update(c *call, id string) (*reply, error) {
	resource, err := s.readResource(c)
	if err != nil {
		return nil, err
	}
	if resource.ID() != id {
		return nil, fail(http.StatusBadRequest, "value", "the body's id is %q and the URL's is %q", resource.ID(), id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.refresh()
	s.auditResult(c, "U", "update", []fhir.Resource{resource})
	return s.updateLocked(resource, c.request.Header.Get("If-Match"))
}

// updateFound answers a conditional update (FHIR R4 3.1.0.5.3): of the one resource that a search finds, or a create where it finds
// none.
func (s *Server) updateFound(c *call) (*reply, error) {
	resource, err := s.readResource(c)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	existing, err := s.existing(c, resource.Type(), c.request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	switch {
	case existing == nil && resource.ID() == "":
		resource["id"] = s.newID(resource.Type())
	case existing != nil && resource.ID() != "" && resource.ID() != existing.ID():
		return nil, fail(http.StatusBadRequest, "value", "the body's id is %q and the search finds %q", resource.ID(), existing.ID())
	case existing != nil:
		resource["id"] = existing.ID()
	}
	defer s.refresh()
	s.auditResult(c, "U", "update", []fhir.Resource{resource})
	return s.updateLocked(resource, c.request.Header.Get("If-Match"))
}

func (s *Server) updateLocked(resource fhir.Resource, ifMatch string) (*reply, error) {
	current, known := s.store.index.Get(resource.Type(), resource.ID())
	if err := matchVersion(current, known, ifMatch); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if !known {
		status = http.StatusCreated
	}
	return s.written(status, s.commit(resource, http.MethodPut)), nil
}

func matchVersion(current fhir.Resource, known bool, ifMatch string) error {
	switch {
	case ifMatch == "":
		return nil
	case !known:
		return fail(http.StatusPreconditionFailed, "conflict", "If-Match %s: there is no such resource", ifMatch)
	case !tagged(ifMatch, versionTag(current)):
		return fail(http.StatusPreconditionFailed, "conflict", "If-Match %s: the current version is %s", ifMatch, versionTag(current))
	default:
		return nil
	}
}

// remove answers a delete interaction (FHIR R4 3.1.0.7).
func (s *Server) remove(c *call, id string) (*reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.refresh()
	s.auditResult(c, "D", "delete", nil)
	return s.removeLocked(c.resourceType, id, c.request.Header.Get("If-Match"))
}

func (s *Server) removeLocked(resourceType, id, ifMatch string) (*reply, error) {
	current, known := s.store.index.Get(resourceType, id)
	if err := matchVersion(current, known, ifMatch); err != nil {
		return nil, err
	}
	if known {
		s.discard(current)
	}
	return newReply(http.StatusNoContent, nil), nil
}

// readResource reads and checks a body: FHIR JSON of the type in the URL, of at most 16 MB, with no NHS number outside
// the test range.
func (s *Server) readResource(c *call) (fhir.Resource, error) {
	if err := requireMedia(c.request.Header, fhirJSON, "application/json"); err != nil {
		return nil, err
	}
	body, err := readBody(c, maxResource)
	if err != nil {
		return nil, err
	}
	resource, err := decodeResource(body)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "structure", "the body is not one FHIR resource: %v", err)
	}
	if resource.Type() != c.resourceType {
		return nil, fail(http.StatusBadRequest, "value", "the body is a %s and the URL is for %s", resource.Type(), c.resourceType)
	}
	return resource, checkSynthetic(resource)
}

// checkSynthetic refuses an NHS number that could belong to a living person, wherever in a resource it stands.
func checkSynthetic(value any) error {
	switch value := value.(type) {
	case fhir.Resource:
		return checkSynthetic(map[string]any(value))
	case map[string]any:
		if value["system"] == fhir.NHSNumberSystem {
			if number := fhir.Text(value["value"]); number != "" && !fhir.InTestRange(number) {
				return fail(http.StatusUnprocessableEntity, "business-rule",
					"an NHS number outside 999 000 0000 to 999 999 9999 could belong to a person: this mock holds synthetic data only")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if err := checkSynthetic(value[name]); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range value {
			if err := checkSynthetic(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// newID makes an id in the system's style, the same for the same sequence of writes.
func (s *Server) newID(resourceType string) string {
	for n := s.store.generation(); ; n++ {
		d := digest(s.name, "new", resourceType, strconv.FormatInt(n, 10))
		id := uuidOf(d)
		if s.name == OHC {
			raw, _ := hex.DecodeString(d[:16]) // a digest is hex
			id = strconv.FormatUint(100_000_000_000_000_000+binary.BigEndian.Uint64(raw)%800_000_000_000_000_000, 10)
		}
		if _, taken := s.store.index.Get(resourceType, id); !taken {
			return id
		}
	}
}

// commit makes a resource the current version of itself. s.mu must be held, and refresh called before it is let go.
func (s *Server) commit(resource fhir.Resource, method string) fhir.Resource {
	reference := resource.Reference()
	s.store.remember(resource.Type(), resource.ID())
	history := s.store.begun(resource.Type(), resource.ID())
	number := 1
	if len(history) > 0 {
		last, _ := strconv.Atoi(history[len(history)-1].id) // the store's own version ids are numbers
		number = last + 1
	}
	meta, ok := resource["meta"].(map[string]any)
	if !ok {
		meta = map[string]any{}
	}
	meta["versionId"], meta["lastUpdated"] = strconv.Itoa(number), s.instant(s.Now())
	resource["meta"] = meta
	_ = s.store.index.Put(resource) // it has a type that is offered and an id
	if len(history) == 0 {
		s.store.make(reference)
	}
	s.store.keep(reference, append(history, asVersion(resource, method)))
	s.store.learn(resource)
	return resource
}

// discard deletes a resource. s.mu must be held.
func (s *Server) discard(current fhir.Resource) {
	s.store.remember(current.Type(), current.ID())
	history := s.store.begun(current.Type(), current.ID())
	last, _ := strconv.Atoi(history[len(history)-1].id) // the store's own version ids are numbers
	s.store.index.Remove(current.Type(), current.ID())
	s.store.keep(current.Reference(), append(history, version{id: strconv.Itoa(last + 1), method: http.MethodDelete, at: s.Now()}))
	s.store.unmake(current.Reference(), len(history)+1)
}

// written answers a write with the resource as it is now.
func (s *Server) written(status int, resource fhir.Resource) *reply {
	answer := resourceReply(status, resource, appendJSON(nil, resource))
	answer.header.Set("Location", s.base+"/"+resource.Reference()+"/_history/"+resource.Text("meta", "versionId"))
	return answer
}

// begun returns the written versions of a resource, beginning with the one the ledger gave.
func (st *store) begun(resourceType, id string) []version {
	st.mu.RLock()
	history := slices.Clone(st.written[resourceType+"/"+id])
	st.mu.RUnlock()
	if len(history) > 0 {
		return history
	}
	if resource, ok := st.index.Get(resourceType, id); ok {
		return []version{asVersion(resource, http.MethodPost)}
	}
	return nil
}

func (st *store) keep(reference string, history []version) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.written[reference] = history
	st.writes.Add(1)
	if st.eventful && st.before != nil {
		st.before.writes++
	}
}

// make notes that a client makes a resource. What an event makes a reset takes away.
func (st *store) make(reference string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.eventful {
		st.made[reference] = true
	}
}

// unmake notes that a resource is deleted after so many writes. Where a client had made it, what is held is what it was before.
func (st *store) unmake(reference string, writes int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.made[reference] && !st.eventful {
		st.undone.Add(int64(writes))
	}
	delete(st.made, reference)
}

// learn notes the identifiers and profiles of a new or changed resource.
func (st *store) learn(resource fhir.Resource) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.register(resource)
	if written := st.written[resource.Reference()]; len(written) == 1 {
		st.attribute(resource)
	}
}

// styleOf is how a system writes what the ledger holds.
func styleOf(kind personality, base string) fixtures.Style {
	if kind.name == OHC {
		return fixtures.OHCStyle(base)
	}
	return fixtures.CCRStyle()
}
