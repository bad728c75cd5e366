package mocks

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// version is one version of a resource.
type version struct {
	// resource is nil for a deletion.
	resource fhir.Resource
	// id is the version id, method the HTTP method that made it.
	id, method string
	at         time.Time
}

// versions returns what is known of a resource's versions, oldest first: those written here, before them the one the
// ledger gave, and before that the versions the ledger has superseded.
func (st *store) versions(resourceType, id string) []version {
	st.mu.RLock()
	written := slices.Clone(st.written[resourceType+"/"+id])
	st.mu.RUnlock()
	if len(written) == 0 {
		resource, ok := st.index.Get(resourceType, id)
		if !ok {
			return nil
		}
		written = []version{asVersion(resource, http.MethodPost)}
	}
	if first := written[0].resource; first != nil && written[0].id != "1" {
		written = slices.Concat(st.superseded(first), written)
	}
	return written
}

func asVersion(resource fhir.Resource, method string) version {
	at, err := time.Parse(time.RFC3339Nano, resource.Text("meta", "lastUpdated"))
	if err != nil {
		at = time.Time{}
	}
	return version{resource: resource, id: resource.Text("meta", "versionId"), method: method, at: at}
}

// superseded renders the versions of a fact that its current one has replaced in the ledger.
func (st *store) superseded(resource fhir.Resource) []version {
	patient, ok := st.patientOf(resource)
	if !ok {
		return nil
	}
	person, ok := st.ledger.PersonByID(identifierIn(patient, fixtures.PersonSystem))
	if !ok {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock() // a Renderer serves one goroutine at a time
	var earlier []version
	for _, fact := range st.ledger.FactsOf(person) {
		if string(fact.Kind) != resource.Type() || st.style.ID(string(fact.Kind), fact.Record) != resource.ID() {
			continue
		}
		rendered := asVersion(st.renderer.Fact(fact), http.MethodPut)
		if rendered.id == resource.Text("meta", "versionId") {
			continue
		}
		if rendered.id == "1" {
			rendered.method = http.MethodPost
		}
		earlier = append(earlier, rendered)
	}
	return earlier
}

// vread answers a vread interaction (FHIR R4 3.1.0.2).
func (s *Server) vread(c *call, id, versionID string) (*reply, error) {
	for _, v := range s.versionsFor(c, id) {
		switch {
		case v.id != versionID:
		case v.resource == nil:
			return nil, gone(c.resourceType, id)
		case s.withheldNow(c, c.resourceType, id):
			return nil, notFound(c.resourceType, id)
		default:
			s.auditResult(c, "R", "vread", []fhir.Resource{v.resource})
			return resourceReply(http.StatusOK, v.resource, appendJSON(nil, v.resource)), nil
		}
	}
	return nil, fail(http.StatusNotFound, "not-found", "%s/%s has no version %q", c.resourceType, id, versionID)
}

// versionsFor are the versions of what the call asks for.
func (s *Server) versionsFor(c *call, id string) []version {
	versions := s.store.versions(c.resourceType, id)
	if len(versions) == 0 && c.resourceType == provenance {
		return s.provenanceVersions(c, id)
	}
	if len(versions) == 0 {
		// What the neighbour holds has the version here that it is shown with.
		if resource, own, err := s.lookup(c, c.resourceType, id); err == nil && !own {
			return []version{asVersion(resource, http.MethodPut)}
		}
	}
	return versions
}

// withheldNow reports whether a held resource may not be seen by this call, whatever its version.
func (s *Server) withheldNow(c *call, resourceType, id string) bool {
	if _, held := s.store.index.Get(resourceType, id); !held {
		return false
	}
	_, seen := c.view.index.Get(resourceType, id)
	return !seen
}

// history answers an instance history interaction (FHIR R4 3.1.0.12), newest first.
func (s *Server) history(c *call, id string) (*reply, error) {
	versions := s.versionsFor(c, id)
	if len(versions) == 0 || s.withheldNow(c, c.resourceType, id) {
		return nil, notFound(c.resourceType, id)
	}
	if latest := versions[len(versions)-1].resource; latest != nil {
		s.auditResult(c, "R", "history-instance", []fhir.Resource{latest})
	}
	var entries []any
	for _, v := range slices.Backward(versions) {
		entry := map[string]any{
			"fullUrl":  s.base + "/" + c.resourceType + "/" + id,
			"request":  map[string]any{"method": v.method, "url": requestURL(v.method, c.resourceType, id)},
			"response": map[string]any{"status": "200", "etag": `W/"` + v.id + `"`, "lastModified": s.instant(v.at)},
		}
		if v.resource != nil {
			entry["resource"] = map[string]any(v.resource)
		}
		entries = append(entries, entry)
	}
	bundle := fhir.Resource{
		"resourceType": "Bundle",
		"id":           uuidOf(digest(s.name, "history", c.resourceType, id, strconv.Itoa(len(versions)))),
		"meta":         map[string]any{"lastUpdated": s.instant(s.Now())},
		"type":         "history",
		"total":        json.Number(strconv.Itoa(len(entries))),
		"link":         []any{map[string]any{"relation": "self", "url": s.base + "/" + c.resourceType + "/" + id + "/_history"}},
		"entry":        entries,
	}
	return newReply(http.StatusOK, appendJSON(nil, bundle)), nil
}

func requestURL(method, resourceType, id string) string {
	if method == http.MethodPost {
		return resourceType
	}
	return resourceType + "/" + id
}

func gone(resourceType, id string) error {
	return fail(http.StatusGone, "deleted", "%s/%s has been deleted", resourceType, id)
}

// everything answers the Patient $everything operation: the Patient and, of every type, what is about them, whoever
// holds it, with the Provenance of each.
func (s *Server) everything(c *call, id string, list params) (*reply, error) {
	patient, own, err := s.lookup(c, "Patient", id)
	if err != nil {
		return nil, err
	}
	p := &page{id: uuidOf(digest(s.name, "everything", id, strconv.FormatInt(s.store.edition(), 10)))}
	p.links = append(p.links, link{"self", s.base + "/Patient/" + id + "/$everything"})
	p.entries = append(p.entries, s.entry(c, "match", patient, own))
	total := 1
	var issues []issue
	withSources := wanted(list, provenance)
	if withSources {
		for _, made := range s.provenancesOf(c.view.index, "Patient/"+id) {
			p.entries = append(p.entries, s.entry(c, "include", made, false))
		}
	}
	for _, resourceType := range s.store.types() {
		if directory(resourceType) || resourceType == provenance || !isReferenceParam(resourceType, "patient") || !wanted(list, resourceType) {
			continue
		}
		asked := params{{"patient", "Patient/" + id}}
		if withSources {
			asked = append(asked, param{"_revinclude", provenance + ":target"})
		}
		if since, ok := list.get("_since"); ok {
			asked = append(asked, param{"_lastUpdated", "ge" + since})
		}
		about := *c
		about.resourceType = resourceType
		q, err := s.newQuery(&about, asked)
		if err != nil {
			return nil, err
		}
		found, err := s.find(&about, q)
		if err != nil {
			return nil, err
		}
		resources := make([]fhir.Resource, len(found.matches))
		for i, m := range found.matches {
			resources[i] = m.resource
			p.entries = append(p.entries, s.entry(c, "match", m.resource, m.own))
			total++
		}
		included, err := q.parsed.Included(c.request.Context(), resources, &layered{server: s, call: &about, pool: found.pool})
		if err != nil {
			return nil, searchFailure(err)
		}
		for _, resource := range included {
			p.entries = append(p.entries, s.entry(c, "include", resource, false))
		}
		for _, it := range found.issues {
			if !slices.Contains(issues, it) {
				issues = append(issues, it)
			}
		}
	}
	s.auditResult(c, "E", "operation", []fhir.Resource{patient})
	p.total = &total
	if len(issues) > 0 {
		p.entries = append(p.entries, entry{mode: "outcome", resource: operationOutcome(issues...)})
	}
	return newReply(http.StatusOK, s.appendBundle(nil, p)), nil
}

// wanted applies the _type parameter of $everything.
func wanted(list params, resourceType string) bool {
	text, ok := list.get("_type")
	return !ok || slices.Contains(splitList(text), resourceType)
}

// deleted reports whether a resource was deleted here.
func (st *store) deleted(resourceType, id string) bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	history := st.written[resourceType+"/"+id]
	return len(history) > 0 && history[len(history)-1].resource == nil
}
