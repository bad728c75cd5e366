package mocks

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAdminBody bounds an admin request.
const maxAdminBody = 1 << 20

// AdminHandler serves the switches of the mock as JSON, on a listener of its own that those under test must not reach:
//
//	GET  /defects           every defect, and which are in force
//	PUT  /defects           [{"id":"D12"}, {"id":"D71","providers":["RRK"]}] puts exactly these in force
//	GET  /fault             {"fault":"none"}
//	PUT  /fault             {"fault":"hang"}: none, hang or drop
//	GET  /clock             {"now":"2026-03-02T09:00:00Z"}
//	POST /events            one Event
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /defects", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.defectReport()) })
	mux.HandleFunc("PUT /defects", func(w http.ResponseWriter, r *http.Request) {
		var settings []Setting
		s.administer(w, r, &settings, func() (any, error) { return s.defectReport, s.SetDefects(settings...) })
	})
	mux.HandleFunc("GET /fault", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, faultReport{s.Fault().String()})
	})
	mux.HandleFunc("PUT /fault", func(w http.ResponseWriter, r *http.Request) {
		var wanted faultReport
		s.administer(w, r, &wanted, func() (any, error) {
			for _, fault := range []Fault{NoFault, Hang, Drop} {
				if fault.String() == wanted.Fault {
					s.SetFault(fault)
					return func() any { return wanted }, nil
				}
			}
			return nil, fmt.Errorf("fault %q is not none, hang or drop", wanted.Fault)
		})
	})
	mux.HandleFunc("GET /clock", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.clockReport()) })
	mux.HandleFunc("POST /events", func(w http.ResponseWriter, r *http.Request) {
		var event Event
		s.administer(w, r, &event, func() (any, error) { return s.clockReport, s.Happen(event) })
	})
	return mux
}

type faultReport struct {
	Fault string `json:"fault"`
}

type defectLine struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Breaks   string   `json:"breaks"`
	Family   string   `json:"family"`
	Severity string   `json:"severity"`
	Checks   []string `json:"checks,omitempty"`
	InForce  *Setting `json:"inForce,omitempty"`
}

func (s *Server) defectReport() any {
	inForce := map[string]Setting{}
	for _, defect := range s.state.Load().defects {
		inForce[defect.ID] = defect.setting
	}
	var lines []defectLine
	for _, d := range Defects() {
		line := defectLine{ID: d.ID, Title: d.Title, Breaks: d.Breaks, Family: d.Family, Severity: d.Severity, Checks: d.Checks}
		if setting, ok := inForce[d.ID]; ok {
			line.InForce = &setting
		}
		lines = append(lines, line)
	}
	return lines
}

func (s *Server) clockReport() any {
	return map[string]string{"now": s.Now().UTC().Format(time.RFC3339)}
}

// administer reads a JSON body, acts on it and answers with what the action's report says afterwards.
func (s *Server) administer(w http.ResponseWriter, r *http.Request, into any, act func() (any, error)) {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxAdminBody))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "body: " + strings.TrimPrefix(err.Error(), "json: ")})
		return
	}
	report, err := act()
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
		return
	}
	if late, ok := report.(func() any); ok {
		report = late()
	}
	writeJSON(w, http.StatusOK, report)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the report cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that has gone is not this server's error
}
