package exchange_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
)

func TestAnAnswerThatIsLateForOneIsThereForAnother(t *testing.T) {
	goOn := make(chan struct{})
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		<-goOn
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle"}`))
	}, exchange.Options{}, nil)
	question := exchange.Request{System: "ccr", URL: "Observation"}
	_, err := c.Do(exchange.Within(t.Context(), 30*time.Millisecond), question)
	var late *exchange.Error
	if !errors.As(err, &late) || late.Kind != exchange.TimedOut {
		t.Fatalf("error %v, want one of kind %s", err, exchange.TimedOut)
	}
	close(goOn)
	if _, err := c.Do(t.Context(), question); err != nil {
		t.Errorf("whoever waits longer has no answer: %v", err)
	}
	if _, err := c.Do(exchange.Within(t.Context(), 30*time.Millisecond), question); err == nil {
		t.Error("an answer that was late once is not when it is asked for again")
	}
}

// TestATurnThatIsWaitedForCostsNoTime asks an endpoint that is asked one question at a time.
func TestATurnThatIsWaitedForCostsNoTime(t *testing.T) {
	began, goOn := make(chan struct{}), make(chan struct{})
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fhir/Observation" {
			close(began)
			<-goOn
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(`{"resourceType":"Bundle"}`))
	}, exchange.Options{Concurrency: 1}, nil)
	const limit = time.Second
	ask := func(ctx context.Context, resourceType string) chan error {
		answered := make(chan error, 1)
		go func() {
			_, err := c.Do(ctx, exchange.Request{System: "ccr", URL: resourceType})
			answered <- err
		}()
		return answered
	}
	first := ask(t.Context(), "Observation")
	<-began
	second := ask(exchange.Within(t.Context(), limit), "Encounter")
	ended, cancel := context.WithTimeout(t.Context(), limit+limit/2)
	defer cancel()
	if err := <-ask(ended, "Condition"); err == nil {
		t.Fatal("a question is answered before its turn")
	}
	close(goOn)
	for _, answered := range []chan error{first, second} {
		if err := <-answered; err != nil {
			t.Errorf("waiting for a turn counts: %v", err)
		}
	}
}
