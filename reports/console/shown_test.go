package console

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func TestTheFirstRunOfTheListIsPrintedBeforeItIsOpened(t *testing.T) {
	dir := t.TempDir()
	for name, day := range map[string]int{"older": 1, "newer": 2} {
		run := result.Run{
			Schema: result.Schema, ID: name, StartedAt: time.Date(2026, 3, day, 9, 0, 0, 0, time.UTC), Harness: result.Harness{Name: "concord"},
			Systems: []result.System{{Name: "ccr"}}, Checks: []result.Check{{ID: "PAR-1", Title: "a search finds", Suite: "parity", Area: result.AreaSearch, Level: result.Must}},
			Results: []result.Result{{Check: "PAR-1", Suite: "parity", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: result.Pass}},
		}
		run.Verdict = run.Judge()
		if err := reports.Write(filepath.Join(dir, name), run, reports.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	c, err := New(Options{Dir: dir, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // it was only read
	for _, address := range []string{"/?verdict=conformant", "/"} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+address, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", address, w.Code)
		}
		c.shown.ahead.Wait()
		if printed := len(c.shown.parts); address == "/" != (printed == 1) {
			t.Errorf("after %s %d runs are printed", address, printed)
		}
	}
	if row := c.shown.parts[0].row; row.Name != "newer" {
		t.Errorf("what is printed is %s", row.Name)
	}
	// The page of the run takes it from there.
	before := c.shown.parts[0].parts.Details
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/run/newer", nil))
	if w.Code != http.StatusOK || len(c.shown.parts) != 1 || c.shown.parts[0].parts.Details != before {
		t.Errorf("the page is printed again: %d, %d", w.Code, len(c.shown.parts))
	}
}
