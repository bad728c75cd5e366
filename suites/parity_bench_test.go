package suites_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/internal/exchange"
	"concord/internal/result"
	"concord/suites"
)

// tally counts requests, and those that were sent before and not asked again on purpose.
type tally struct {
	mu                sync.Mutex
	seen              map[string]bool
	requests, repeats int
}

// Record counts one request.
func (t *tally) Record(request exchange.Request, _ http.Header, _ *exchange.Exchange, _ *exchange.Error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := fmt.Sprint(request)
	if t.requests++; t.seen[name] {
		t.repeats++
	}
	t.seen[name] = true
	return nil
}

// BenchmarkParity asks two mocks, each a process of its own, everything that the parity suite asks, and prints the
// requests, those sent twice, and the harness's share of all processor time.
func BenchmarkParity(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("processor time of other processes is read from /proc, which only Linux has")
	}
	h, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	program := filepath.Join(b.TempDir(), "concord")
	if output, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, "concord/cmd/concord").CombinedOutput(); err != nil {
		b.Fatalf("build concord: %v\n%s", err, output)
	}
	names := []string{"ccr", "ohc"}
	addresses := []string{free(b), free(b)}
	processes := make([]int, len(names))
	var systems []suites.System
	for i, name := range names {
		base := "http://" + addresses[i] + "/fhir"
		processes[i] = mock(b, program, "--system", name, "--listen", addresses[i], "--base-url", base, "--peer", "http://"+addresses[1-i]+"/fhir")
		systems = append(systems, suites.System{Name: name, Title: name, Supplier: name, BaseURL: base, Mock: true})
	}
	for _, system := range systems {
		await(b, system.BaseURL+"/metadata")
	}
	own := os.Getpid()
	for b.Loop() {
		counted := &tally{seen: map[string]bool{}}
		harness, all := spent(b, own), spent(b, append(processes, own)...)
		started := time.Now()
		run, err := suites.Run(b.Context(), suites.Config{
			Systems: systems, Ledger: h.ledger, Judge: h.judge, Seed: 1, Recorder: counted, Selection: suites.Selection{Suites: []string{"parity"}},
		})
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range run.Results {
			if r.Status != result.Pass && r.Reason != result.NeedsWitness {
				b.Fatalf("%s for %s: %s %s", r.Check, r.Scope, r.Status, r.Message)
			}
		}
		b.ReportMetric(time.Since(started).Seconds(), "s/run")
		b.ReportMetric(float64(counted.requests), "requests/run")
		b.ReportMetric(float64(counted.repeats), "repeats/run")
		harness, all = spent(b, own)-harness, spent(b, append(processes, own)...)-all
		b.ReportMetric(harness.Seconds(), "harness-cpu-s/run")
		b.ReportMetric(all.Seconds(), "cpu-s/run")
		b.ReportMetric(100*harness.Seconds()/all.Seconds(), "harness-%")
	}
}

// free returns an address that nobody listens on.
func free(b *testing.B) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// mock starts a mock and returns its process.
func mock(b *testing.B, program string, arguments ...string) int {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	command := exec.CommandContext(ctx, program, append([]string{"mock"}, arguments...)...)
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		_ = command.Wait() // it was told to stop
	})
	return command.Process.Pid
}

// await asks until a mock answers; loading the ledger takes it a second.
func await(b *testing.B, address string) {
	b.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			return
		}
		runtime.Gosched()
	}
	b.Fatalf("nobody answers at %s", address)
}

// spent is the processor time that processes have used, in all threads.
func spent(b *testing.B, processes ...int) time.Duration {
	b.Helper()
	var ticks int64
	for _, process := range processes {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(process), "stat"))
		if err != nil {
			b.Fatal(err)
		}
		// proc_pid_stat(5): utime and stime are fields 14 and 15; the name, field 2, may hold spaces and ends with ")".
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, field := range fields[11:13] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / 100)
}
