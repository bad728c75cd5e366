package mocks

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"concord/internal/fhir"
	"concord/internal/search"
)

// maxAudited bounds how many accesses are remembered; the oldest go first.
const maxAudited = 20_000

// auditLog remembers every access to what is about people, as AuditEvents that can be searched.
type auditLog struct {
	mu    sync.Mutex
	n     int
	index *search.Index
}

// access is one interaction as the audit trail needs it.
type access struct {
	// action is C, R, U, D or E (http://hl7.org/fhir/audit-event-action), interaction the RESTful interaction's code.
	action, interaction string
	// patients are the references of the Patients concerned; an access that concerned nobody is recorded too.
	patients []string
	query    string
	outcome  string
}

// audit records an access (IHE BALP "Patient Query" and "Read" in their essentials).
func (s *Server) audit(c *call, a access) {
	if c.fromNeighbour && slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.unaudited }) {
		return
	}
	s.trail.mu.Lock()
	defer s.trail.mu.Unlock()
	s.trail.n++
	event := s.auditEvent(c, a, s.trail.n)
	_ = s.trail.index.Put(event) // it has a type and an id
	if s.trail.n > maxAudited {
		s.trail.index.Remove("AuditEvent", s.auditID(s.trail.n-maxAudited))
	}
}

func (s *Server) auditID(n int) string {
	if s.name == OHC {
		return strconv.Itoa(n)
	}
	return uuidOf(digest(s.name, "audit", strconv.Itoa(n)))
}

func (s *Server) auditEvent(c *call, a access, n int) fhir.Resource {
	header := c.request.Header
	who := c.client
	switch {
	case c.fromNeighbour:
		who = header.Get(hopHeader)
	case who == "":
		who = "anonymous"
	}
	agent := map[string]any{
		"requestor": true, "who": map[string]any{"display": who},
		"type": map[string]any{"coding": []any{map[string]any{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110153", "display": "Source Role ID"}}},
	}
	agents := []any{agent}
	if ods := header.Get(organisationHeader); ods != "" && len(ods) <= 64 {
		agents = append(agents, map[string]any{"requestor": false, "who": map[string]any{
			"identifier": map[string]any{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": ods},
		}})
	}
	var entities []any
	for _, patient := range a.patients {
		entities = append(entities, map[string]any{
			"what": map[string]any{"reference": patient},
			"role": map[string]any{"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient"},
		})
	}
	if a.query != "" {
		entities = append(entities, map[string]any{
			"query": base64.StdEncoding.EncodeToString([]byte(a.query)),
			"role":  map[string]any{"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "24", "display": "Query"},
		})
	}
	for _, name := range mirrored() {
		if value := header.Get(name); value != "" && len(value) <= 256 {
			entities = append(entities, map[string]any{
				"what": map[string]any{"identifier": map[string]any{"system": "https://concord.test/Id/" + name, "value": value}},
				"type": map[string]any{"system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId"},
			})
		}
	}
	event := fhir.Resource{
		"resourceType": "AuditEvent",
		"id":           s.auditID(n),
		"meta":         map[string]any{"versionId": "1", "lastUpdated": s.instant(s.Now())},
		"type":         map[string]any{"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation"},
		"subtype":      []any{map[string]any{"system": "http://hl7.org/fhir/restful-interaction", "code": a.interaction}},
		"action":       a.action,
		"recorded":     s.instant(s.Now()),
		"outcome":      a.outcome,
		"agent":        agents,
		"source":       map[string]any{"observer": map[string]any{"display": s.title}, "site": s.name},
	}
	if len(entities) > 0 {
		event["entity"] = entities
	}
	return event
}

// subjects are the references of the Patients that resources are about, each once, at most a hundred.
func subjects(resources []fhir.Resource) []string {
	var found []string
	seen := map[string]bool{}
	for _, r := range resources {
		reference := r.Reference()
		if r.Type() != "Patient" {
			reference = r.Text("subject", "reference")
			if reference == "" {
				reference = r.Text("patient", "reference")
			}
		}
		if reference != "" && !seen[reference] && len(found) < 100 {
			seen[reference] = true
			found = append(found, reference)
		}
	}
	return found
}

// auditFailure records an interaction with what is about people that was refused.
func (s *Server) auditFailure(c *call, status int) {
	if c.resourceType == "" || c.resourceType == "AuditEvent" || c.audited || directory(c.resourceType) && c.resourceType != "Patient" {
		return
	}
	outcome := "4"
	if status >= http.StatusInternalServerError {
		outcome = "8"
	}
	action, interaction := "R", "read"
	switch c.request.Method {
	case http.MethodPut:
		action, interaction = "U", "update"
	case http.MethodDelete:
		action, interaction = "D", "delete"
	case http.MethodPost:
		action, interaction = "C", "create"
	}
	s.audit(c, access{action: action, interaction: interaction, query: c.request.URL.RequestURI(), outcome: outcome})
}

// auditResult records an interaction that returned resources.
func (s *Server) auditResult(c *call, action, interaction string, resources []fhir.Resource) {
	if c.resourceType == "AuditEvent" || directory(c.resourceType) && c.resourceType != "Patient" {
		return
	}
	c.audited = true
	a := access{action: action, interaction: interaction, patients: subjects(resources), outcome: "0"}
	if interaction == "search-type" {
		a.query = c.request.URL.RequestURI()
	}
	s.audit(c, a)
}

// organisationHeader names the organisation the end user works for (NHS API platform).
const organisationHeader = "Nhsd-End-User-Organisation-Ods"

// forwarded are the headers that go along when the neighbour is asked, so that it can audit who really asked.
func forwarded() []string {
	return append(mirrored(), organisationHeader, "Nhsd-Session-Urid")
}
