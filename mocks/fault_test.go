package mocks_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"concord.example/concord/mocks"
)

func TestAHungServerNeverAnswersAndADroppedOneHangsUp(t *testing.T) {
	pair := start(t, "")
	ask := func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, pair.CCR.URL+"/metadata", nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	pair.CCR.Server.SetFault(mocks.Hang)
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := ask(impatient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hang gives %v", err)
	}
	pair.CCR.Server.SetFault(mocks.Drop)
	if err := ask(t.Context()); err == nil {
		t.Error("drop gives an answer")
	}
	pair.CCR.Server.SetFault(mocks.NoFault)
	if err := ask(t.Context()); err != nil {
		t.Errorf("after the fault: %v", err)
	}
}

func TestStopEndsHungRequestsAndLeavesNoGoroutine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	pair, err := mocks.StartPair(ctx, mocks.Options{Ledger: ledger()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	matches(t, pair.CCR, "Observation?"+patient(t, pair.CCR, person("P01")))
	pair.CCR.Server.SetFault(mocks.Hang)
	answered := make(chan error, 1)
	go func() {
		request, _ := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, pair.CCR.URL+"/metadata", nil)
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		answered <- err
	}()
	waitFor(t, func() bool { return goroutines("(*Server).suffer") == 1 })
	cancel()
	pair.Stop()
	if err := <-answered; err == nil {
		t.Error("the hung request got an answer")
	}
	for _, e := range pair.Endpoints() {
		if connection, err := net.DialTimeout("tcp", e.Address, time.Second); err == nil {
			_ = connection.Close()
			t.Errorf("%s still listens", e.System)
		}
	}
	waitFor(t, func() bool { return goroutines("concord.example/concord/mocks.") == 0 })
}

// goroutines counts the goroutines that have a function on their stack.
func goroutines(function string) int {
	buffer := make([]byte, 1<<20)
	stacks := string(buffer[:runtime.Stack(buffer, true)])
	n := 0
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		if strings.Contains(stack, function) {
			n++
		}
	}
	return n
}

// waitFor yields until a condition holds, for at most ten seconds.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatal("the condition never held")
		default:
			runtime.Gosched()
		}
	}
}

func TestServeStopsWithItsContext(t *testing.T) {
	server, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: ledger()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- mocks.Serve(ctx, listener, server.Handler()) }()
	if a := get(t, "http://"+listener.Addr().String()+"/fhir/metadata"); a.status != 200 {
		t.Errorf("metadata gives %d", a.status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve ends with %v", err)
	}
}
