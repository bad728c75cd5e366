package load_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"concord/internal/fhir"
)

// server is a FHIR service that holds what it is sent and checks that references lead somewhere.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	held map[string]fhir.Resource
	// writes counts how often each resource was written, requests how many requests would write.
	writes   map[string]int
	requests int
	// trusting does not look where references lead.
	trusting bool
	// refuse says why a resource is not taken, or "".
	refuse func(fhir.Resource) string
	// before may answer a write itself.
	before func(w http.ResponseWriter, r *http.Request, number int) bool
	// after may spoil an answer.
	after func(number int, answer []byte) []byte
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{held: map[string]fhir.Resource{}, writes: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/fhir+json")
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, `{"resourceType":"CapabilityStatement"}`)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if s.before != nil && s.before(w, r, s.requests) {
		return
	}
	text, _ := io.ReadAll(r.Body)
	var body fhir.Resource
	if err := json.Unmarshal(text, &body); err != nil {
		answer(w, http.StatusBadRequest, outcome("structure", err.Error()))
		return
	}
	status, said := s.write(r, body)
	if s.after != nil {
		encoded, _ := json.Marshal(said)
		w.WriteHeader(status)
		_, _ = w.Write(s.after(s.requests, encoded))
		return
	}
	answer(w, status, said)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func outcome(code, text string) map[string]any {
	return map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": code, "diagnostics": text}}}
}

func (s *server) write(r *http.Request, body fhir.Resource) (int, map[string]any) {
	if r.Method == http.MethodPut {
		if problem := s.problem(body, nil); problem != "" {
			return http.StatusUnprocessableEntity, outcome("business-rule", problem)
		}
		s.keep(body)
		return http.StatusCreated, body
	}
	entries := body.Objects("entry")
	// In a transaction, references may lead to other entries.
	beside, ids := map[string]bool{}, map[string]string{}
	transaction := body.Text("type") == "transaction"
	for i, entry := range entries {
		resource := fhir.Resource(entry["resource"].(map[string]any))
		if fhir.Text(fhir.Get(entry, "request", "method")) == http.MethodPost {
			resource["id"] = fmt.Sprintf("%d-%d", s.requests, i)
			ids[fhir.Text(entry["fullUrl"])] = resource.Reference()
		}
		if transaction {
			beside[resource.Reference()] = true
		}
	}
	var answers []any
	var taken []fhir.Resource
	for i, entry := range entries {
		resource := fhir.Resource(entry["resource"].(map[string]any))
		if transaction {
			for _, reference := range references(map[string]any(resource)) {
				if id, ok := ids[fhir.Text(reference["reference"])]; ok {
					reference["reference"] = id
				}
			}
		}
		problem := s.problem(resource, beside)
		if problem != "" && transaction {
			return http.StatusUnprocessableEntity, outcome("business-rule", fmt.Sprintf("entry %d: %s", i, problem))
		}
		if problem != "" {
			answers = append(answers, map[string]any{"response": map[string]any{"status": "422 Unprocessable Entity", "outcome": outcome("business-rule", problem)}})
			continue
		}
		if taken = append(taken, resource); !transaction {
			s.keep(resource)
		}
		answers = append(answers, map[string]any{"response": map[string]any{"status": "201 Created", "location": resource.Reference() + "/_history/1"}})
	}
	if transaction {
		for _, resource := range taken {
			s.keep(resource)
		}
	}
	return http.StatusOK, map[string]any{"resourceType": "Bundle", "type": body.Text("type") + "-response", "entry": answers}
}

func (s *server) keep(resource fhir.Resource) {
	s.held[resource.Reference()] = resource
	s.writes[resource.Reference()]++
}

func (s *server) problem(resource fhir.Resource, beside map[string]bool) string {
	if s.refuse != nil {
		if why := s.refuse(resource); why != "" {
			return why
		}
	}
	for _, reference := range references(map[string]any(resource)) {
		to := fhir.Text(reference["reference"])
		if _, known := s.held[to]; !s.trusting && !known && !beside[to] && to != resource.Reference() && !strings.HasPrefix(to, "#") {
			return to + " is not known"
		}
	}
	return ""
}

// references returns the objects that are literal references.
func references(value any) []map[string]any {
	var found []map[string]any
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value["reference"].(string); ok {
			found = append(found, value)
		}
		for _, part := range value {
			found = append(found, references(part)...)
		}
	case []any:
		for _, part := range value {
			found = append(found, references(part)...)
		}
	}
	return found
}
