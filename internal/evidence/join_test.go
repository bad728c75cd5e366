package evidence_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"concord.example/concord/internal/evidence"
)

// logOf writes a log of answers with a status of 200: an id and a body each.
func logOf(t *testing.T, date string, answers ...[2]string) evidence.Log {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "exchanges")
	w, err := evidence.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		made := func() (evidence.Record, string) {
			return evidence.Record{
				ID: a[0], System: "ccr", Request: evidence.Request{Method: "GET", URL: "http://ccr.test/" + a[0]},
				Reply: &evidence.Reply{Status: 200, Header: http.Header{"Date": {date}}, Ns: int64(len(date))},
			}, a[1]
		}
		if err := w.Add(1, made); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := evidence.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

func TestAJoinedLogHoldsWhatWasAnsweredAlikeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "joined")
	joined, err := evidence.Join(dir, []evidence.Log{
		logOf(t, "Sun", [2]string{"a", "same"}, [2]string{"b", "first"}),
		logOf(t, "Monday", [2]string{"a", "same"}, [2]string{"b", "second"}, [2]string{"c", "own"}),
	})
	if want := (evidence.Joined{Exchanges: 4, Shared: 1, Differing: 1}); err != nil || joined != want {
		t.Fatalf("%+v, %v", joined, err)
	}
	log, err := evidence.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // it was only read
	if damage := evidence.Check(log); len(damage) > 0 {
		t.Errorf("%v", damage[0])
	}
	var bodies []string
	for record, err := range log.All() {
		body, failed := log.Body(record)
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		bodies = append(bodies, record.ID+" "+body)
	}
	if len(bodies) != 4 || bodies[0] != "a same" || bodies[1] != "b first" || bodies[2] != "b second" || bodies[3] != "c own" {
		t.Errorf("%q", bodies)
	}
}
