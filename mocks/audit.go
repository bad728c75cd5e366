package mocks

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// maxAudited bounds how many accesses are remembered; the oldest go first.
const maxAudited = 20_000

// auditLog remembers every access to what is about people. It becomes AuditEvents when somebody looks.
type auditLog struct {
	mu sync.Mutex
	// n counts all accesses; records are the last of them, oldest first.
	n       int
	records []auditRecord
}

// auditRecord is an access with who made it and when.
type auditRecord struct {
	access
	n  int
	at time.Time
	// who is the client, or the neighbour, that asked; user is the role in which somebody asked through it.
	who, user, organisation string
	// purpose is why the record was opened, as a code of v3-ActReason, and reason what the user gave for it.
	purpose, reason string
	ids             [2]string
}

// access is one interaction as the audit trail needs it.
type access struct {
	// action is C, R, U, D or E (http://hl7.org/fhir/audit-event-action), interaction the RESTful interaction's code.
	action, interaction string
	// patients are the references of the Patients concerned; an access that concerned nobody is recorded too.
	patients []string
	query    string
	// matches is how many resources a search gave, -1 where that is no question.
	matches int
	outcome string
}

// audit records an access (IHE BALP "Patient Query" and "Read" in their essentials).
func (s *Server) audit(c *call, a access) {
	if c.fromNeighbour && slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.unaudited }) ||
		c.lax(func(h hooks) bool { return c.refused && h.forgetsRefusals || !c.refused && h.forgetsAccess }) {
		return
	}
	record := auditRecord{access: a, at: s.Now(), who: c.client, organisation: bounded(c.request.Header.Get(organisationHeader))}
	switch {
	case c.fromNeighbour:
		record.who = bounded(c.request.Header.Get(hopHeader))
	case record.who == "":
		record.who = "anonymous"
	}
	if !slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.hidesUser }) {
		record.user = bounded(c.request.Header.Get(userHeader))
	}
	if !c.hidesOverride() {
		record.purpose, record.reason = bounded(c.request.Header.Get(purposeHeader)), bounded(c.request.Header.Get(reasonHeader))
	}
	for i, name := range mirrored() {
		record.ids[i] = bounded(c.request.Header.Get(name))
	}
	s.remember(&record)
}

// auditMerge records that two Patients became one, or two again: no request of a client did it, but the registration.
func (s *Server) auditMerge(patients ...string) {
	if s.defective(func(h hooks) bool { return h.forgetsMerges }) {
		return
	}
	s.remember(&auditRecord{
		access: access{action: "U", interaction: "update", patients: patients, matches: -1, outcome: "0"}, at: s.Now(), who: "registration",
	})
}

// remember keeps a record, and lets go of the oldest when there are too many.
func (s *Server) remember(record *auditRecord) {
	s.trail.mu.Lock()
	defer s.trail.mu.Unlock()
	s.trail.n++
	record.n = s.trail.n
	s.trail.records = append(s.trail.records, *record)
	if len(s.trail.records) >= 2*maxAudited {
		s.trail.records = slices.Clone(s.trail.records[maxAudited:])
	}
}

// bounded drops a header that is too long to be what it should be.
func bounded(text string) string {
	if len(text) > 256 {
		return ""
	}
	return text
}

// auditIndex is the trail as AuditEvents. A search by patient makes only those that concern one of the patients, and one by outcome those
// that ended so, because the trail is long and most who look at it want to know about one person, or about refusals.
func (s *Server) auditIndex(query params) *search.Index {
	s.trail.mu.Lock()
	records := s.trail.records[max(0, len(s.trail.records)-maxAudited):]
	s.trail.mu.Unlock()
	if asked, _, err := s.paging(query); err == nil {
		query = asked // a later page is of what the first one asked for
	}
	wanted := map[string]bool{}
	if list, ok := query.get("patient"); ok {
		for _, value := range splitList(list) {
			if ref, ok := referenceValue(value, s.base); ok {
				wanted[ref.ID] = true
			}
		}
	}
	outcomes := map[string]bool{}
	if list, ok := query.get("outcome"); ok {
		for _, value := range splitList(list) {
			outcomes[value[strings.LastIndexByte(value, '|')+1:]] = true
		}
	}
	// The newest stand first, also among those of one instant, unless the oldest are asked for.
	if order, ok := query.get("_sort"); !ok || strings.HasPrefix(order, "-") {
		records = slices.Clone(records)
		slices.Reverse(records)
	}
	index := s.store.newIndex()
	for i := range records {
		if len(outcomes) > 0 && !outcomes[records[i].outcome] {
			continue
		}
		if len(wanted) > 0 && !slices.ContainsFunc(records[i].patients, func(reference string) bool {
			return wanted[reference[strings.LastIndexByte(reference, '/')+1:]]
		}) {
			continue
		}
		_ = index.Put(s.auditEvent(&records[i])) // it has a type and an id
	}
	return index
}

func (s *Server) auditID(n int) string {
	if s.name == OHC {
		return strconv.Itoa(n)
	}
	return uuidOf(digest(s.name, "audit", strconv.Itoa(n)))
}

func (s *Server) auditEvent(a *auditRecord) fhir.Resource {
	agents := []any{map[string]any{
		"requestor": a.user == "", "who": map[string]any{"display": a.who},
		"type": map[string]any{"coding": []any{map[string]any{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110153", "display": "Source Role ID"}}},
	}}
	if a.user != "" {
		agents = append(agents, map[string]any{
			"requestor": true, "who": map[string]any{"identifier": map[string]any{"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": a.user}},
			"type": map[string]any{"coding": []any{map[string]any{
				"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP", "display": "information recipient",
			}}},
		})
	}
	if a.organisation != "" {
		agents = append(agents, map[string]any{"requestor": false, "who": map[string]any{
			"identifier": map[string]any{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": a.organisation},
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
		asked := map[string]any{
			"query": base64.StdEncoding.EncodeToString([]byte(a.query)),
			"role":  map[string]any{"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "24", "display": "Query"},
		}
		if a.matches >= 0 {
			asked["detail"] = []any{map[string]any{"type": "matches", "valueString": strconv.Itoa(a.matches)}}
		}
		entities = append(entities, asked)
	}
	for i, name := range mirrored() {
		if value := a.ids[i]; value != "" {
			entities = append(entities, map[string]any{
				"what": map[string]any{"identifier": map[string]any{"system": "https://concord.test/Id/" + name, "value": value}},
				"type": map[string]any{"system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId"},
			})
		}
	}
	subtypes := []any{map[string]any{"system": "http://hl7.org/fhir/restful-interaction", "code": a.interaction}}
	if a.purpose == breakGlass {
		// What a privacy officer is alerted by: somebody without a relationship to the patient has opened the record.
		subtypes = append(subtypes, map[string]any{
			"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110127", "display": "Emergency Override Started",
		})
	}
	event := fhir.Resource{
		"resourceType": "AuditEvent",
		"id":           s.auditID(a.n),
		"meta":         map[string]any{"versionId": "1", "lastUpdated": s.instant(a.at)},
		"type":         map[string]any{"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation"},
		"subtype":      subtypes,
		"action":       a.action,
		"recorded":     s.instant(a.at),
		"outcome":      a.outcome,
		"agent":        agents,
		"source":       map[string]any{"observer": map[string]any{"display": s.title}, "site": s.called},
	}
	if len(entities) > 0 {
		event["entity"] = entities
	}
	if a.purpose != "" {
		purpose := map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": a.purpose}}}
		if a.reason != "" {
			purpose["text"] = a.reason
		}
		event["purposeOfEvent"] = []any{purpose}
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
	s.audit(c, access{action: action, interaction: interaction, query: c.request.URL.RequestURI(), matches: -1, outcome: outcome})
}

// auditResult records an interaction that returned resources.
func (s *Server) auditResult(c *call, action, interaction string, resources []fhir.Resource) {
	if c.resourceType == "AuditEvent" || directory(c.resourceType) && c.resourceType != "Patient" {
		return
	}
	c.audited = true
	a := access{action: action, interaction: interaction, patients: subjects(resources), matches: -1, outcome: "0"}
	if interaction == "search-type" {
		a.query, a.matches = c.request.URL.RequestURI(), len(resources)
	}
	s.audit(c, a)
}

// organisationHeader names the organisation the end user works for (NHS API platform).
const organisationHeader = "Nhsd-End-User-Organisation-Ods"

// userHeader is the role profile of the user (NHS API platform, for access that is restricted to users).
const userHeader = "Nhsd-Session-Urid"

const (
	// purposeHeader says why a record is opened, as a code of v3-ActReason; reasonHeader in the user's words. There is no
	// English standard for either: a gateway in front of a real system would take both from the user's token.
	purposeHeader = "X-Purpose-Of-Use"
	reasonHeader  = "X-Purpose-Reason"
	// breakGlass is the purpose of somebody who opens a record without a relationship to the patient (v3-ActReason BTG).
	breakGlass = "BTG"
)

// hidesOverride reports whether a defect records an emergency override as an ordinary access.
func (c *call) hidesOverride() bool {
	return slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.hidesOverride })
}

// forwarded are the headers that go along when the neighbour is asked, so that it can audit who really asked.
func forwarded() []string {
	return append(mirrored(), organisationHeader, userHeader, purposeHeader, reasonHeader, birthDateHeader)
}
