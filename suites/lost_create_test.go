package suites_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// A create may have been carried out though its answer never came: what it made is looked for and taken away.
func TestWhatACreateMadeWhoseAnswerWasLostIsTakenAway(t *testing.T) {
	b := newBench(t)
	inner := b.pair.CCR.Server.Handler()
	var creates, deletes atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/_search"):
			made := httptest.NewRecorder()
			inner.ServeHTTP(made, r)
			if made.Code == http.StatusCreated {
				creates.Add(1)
			}
			panic(http.ErrAbortHandler)
		case r.Method == http.MethodDelete:
			deletes.Add(1)
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	run := b.run(t.Context(), t, func(c *suites.Config) {
		for i := range c.Systems {
			if c.Systems[i].Name == "ccr" {
				c.Systems[i].ConnectTo, c.Systems[i].Writes = server.Listener.Addr().String(), true
			}
		}
		c.Selection.Checks = []string{"CAP-WRITE-CREATE"}
	})
	for _, r := range run.Results {
		if r.Scope.System == "ccr" && (r.Status == result.Pass || r.Status == result.Fail) {
			t.Errorf("%s: %s, of an answer that never came", r.Check, r.Status)
		}
	}
	if creates.Load() == 0 || deletes.Load() < creates.Load() {
		t.Errorf("%d were made, and %d deletes were sent", creates.Load(), deletes.Load())
	}
	for _, s := range run.Systems {
		for _, remark := range s.Remarks {
			if strings.Contains(remark, "could not take away") {
				t.Errorf("%s: %s", s.Name, remark)
			}
		}
	}
}
