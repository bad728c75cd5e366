package exchange_test

import (
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
)

// tape records exchanges and gives them again.
type tape struct {
	records map[string]evidence.Record
	bodies  map[string]string
}

func (p *tape) Record(request exchange.Request, _ http.Header, answer *exchange.Exchange, _ *exchange.Error) error {
	p.records[answer.ID] = evidence.Record{ID: answer.ID, System: request.System, Reply: &evidence.Reply{Status: answer.Status, Header: answer.Header}}
	p.bodies[answer.ID] = answer.Body
	return nil
}

func (p *tape) Find(id string) (evidence.Record, error) {
	if record, ok := p.records[id]; ok {
		return record, nil
	}
	return evidence.Record{}, evidence.ErrNotFound
}

func (p *tape) Body(record evidence.Record) (string, error) { return p.bodies[record.ID], nil }
func (p *tape) Len() (int, error)                           { return len(p.records), nil }
func (p *tape) Close() error                                { return nil }
func (p *tape) All() iter.Seq2[evidence.Record, error] {
	return func(func(evidence.Record, error) bool) {}
}

func TestWhatWasAskedAgainIsComparedAlsoWhereTheFirstAnswerWasLetGoOf(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strconv.FormatInt(asked.Add(1), 10) + strings.Repeat(" ", 1000)))
	}))
	defer server.Close()
	recorded := &tape{map[string]evidence.Record{}, map[string]string{}}
	ask := func(options exchange.Options) (then, now *exchange.Exchange, ok bool) {
		t.Helper()
		options.Concurrency = 1
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, options)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		first, err := client.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient"})
		if err != nil {
			t.Fatal(err)
		}
		if options.MaxKept > 0 { // there is room for one answer
			if _, err := client.Do(t.Context(), exchange.Request{System: "ccr", URL: "Flag"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, ok := client.Again(t.Context(), "ohc", first.ID, "again"); ok {
			t.Error("another system's answer is compared")
		}
		return client.Again(t.Context(), "ccr", first.ID, "again")
	}
	if then, now, ok := ask(exchange.Options{Recorder: recorded}); !ok || then.Body[:1] != "1" || now.Body[:1] != "2" {
		t.Fatalf("asked again at once: %v %+v %+v", ok, then, now)
	}
	if _, _, ok := ask(exchange.Options{MaxKept: 1100}); ok {
		t.Error("what is not known any more is compared")
	}
	flag(t, server.URL, recorded)
	sent := asked.Load()
	if then, now, ok := ask(exchange.Options{Replay: &exchange.Replay{Log: recorded, Offline: true}, MaxKept: 1100}); !ok || then.Body[:1] != "1" || now.Body[:1] != "2" || asked.Load() != sent {
		t.Errorf("as it was recorded: %v %+v %+v, %d sent", ok, then, now, asked.Load()-sent)
	}
}

// flag records one more answer, by which an earlier one is let go of.
func flag(t *testing.T, address string, to *tape) {
	t.Helper()
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: address + "/fhir"}}, exchange.Options{Recorder: to})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Do(t.Context(), exchange.Request{System: "ccr", URL: "Flag"}); err != nil {
		t.Fatal(err)
	}
}
