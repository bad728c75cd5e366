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
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/peak"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
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
	name := strings.Join([]string{request.System, request.Method, request.URL, request.Accept, request.ContentType, request.Body, request.Repeat}, "\n")
	if len(request.Header) > 0 {
		name += fmt.Sprint(request.Header)
	}
	if t.requests++; t.seen[name] {
		t.repeats++
	}
	t.seen[name] = true
	return nil
}

// besides is a pair of mocks in processes of their own, and the harness beside them.
type besides struct {
	*house
	systems   []suites.System
	processes []int
}

// apart starts two mocks over a ledger of so many people per provider.
func apart(b *testing.B, program string, people int) *besides {
	b.Helper()
	h, err := newHouse(fixtures.Options{Seed: 1, PeoplePerProvider: people})
	if err != nil {
		b.Fatal(err)
	}
	pair := &besides{house: h}
	names := []string{"ccr", "ohc"}
	addresses := free(b, 2)
	for i, name := range names {
		base := "http://" + addresses[i] + "/fhir"
		pair.processes = append(pair.processes, mock(b, program, "--system", name, "--people", strconv.Itoa(people), "--listen", addresses[i],
			"--base-url", base, "--peer", "http://"+addresses[1-i]+"/fhir"))
		pair.systems = append(pair.systems, suites.System{Name: name, Title: name, Supplier: name, BaseURL: base, Mock: true})
	}
	for _, system := range pair.systems {
		await(b, system.BaseURL+"/metadata")
	}
	// The tests of this package let the heap grow more than the program does.
	before := debug.SetGCPercent(suites.GCPercent)
	b.Cleanup(func() { debug.SetGCPercent(before) })
	return pair
}

// cost is what runs of the parity suite took: real time, processor time of the harness and of the harness and the mocks,
// and the most memory that the harness held.
type cost struct {
	runs              int
	real              time.Duration
	harness, all      time.Duration
	megabytes         float64
	requests, repeats int
}

// parity runs the parity suite once, and adds what it took.
func (p *besides) parity(b *testing.B, c *cost) {
	b.Helper()
	counted := &tally{seen: map[string]bool{}}
	own := os.Getpid()
	measured := peak.Reset()
	harness, mocks, started := spent(b, own), spent(b, p.processes...), time.Now()
	run, err := suites.Run(b.Context(), suites.Config{
		Systems: p.systems, Ledger: p.ledger, Judge: p.judge, Seed: 1, Recorder: counted, Selection: suites.Selection{Suites: []string{"parity"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range run.Results {
		if r.Status != result.Pass && r.Reason != result.NeedsWitness {
			b.Fatalf("%s for %s: %s %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
	c.runs++
	c.real += time.Since(started)
	harness, mocks = spent(b, own)-harness, spent(b, p.processes...)-mocks
	c.harness, c.all = c.harness+harness, c.all+harness+mocks
	c.requests, c.repeats = counted.requests, counted.repeats
	if most, ok := peak.Megabytes(); ok && measured {
		c.megabytes = max(c.megabytes, most)
	}
}

// stores is the most memory that the mocks have held, both together.
func (p *besides) stores(b *testing.B) float64 {
	b.Helper()
	total := 0.0
	for _, process := range p.processes {
		most, ok := peak.MegabytesOf(process)
		if !ok {
			b.Fatalf("the system does not say how much memory process %d has held", process)
		}
		total += most
	}
	return total
}

// each is a time for one run, in seconds.
func (c *cost) each(total time.Duration) float64 { return total.Seconds() / float64(c.runs) }

// BenchmarkParity asks two mocks, each a process of its own, everything that the parity suite asks, and prints the
// requests, those sent twice, and the harness's share of all processor time.
func BenchmarkParity(b *testing.B) {
	pair := apart(b, build(b), defaultPeople)
	var c cost
	for b.Loop() {
		pair.parity(b, &c)
	}
	b.ReportMetric(0, "ns/op") // the same as s/run
	b.ReportMetric(c.each(c.real), "s/run")
	b.ReportMetric(30, "s/run-wanted")
	b.ReportMetric(float64(c.requests), "requests/run")
	b.ReportMetric(float64(c.repeats), "repeats/run")
	b.ReportMetric(0, "repeats/run-wanted")
	b.ReportMetric(c.each(c.harness), "harness-cpu-s/run")
	b.ReportMetric(c.each(c.all), "cpu-s/run")
	b.ReportMetric(100*c.harness.Seconds()/c.all.Seconds(), "harness-%")
	b.ReportMetric(40, "harness-%-wanted")
}

// BenchmarkParityTenfold compares what the harness takes for ten times the people, the mocks being processes of their own.
// Real time depends on what else the machine does; processor time hardly does.
func BenchmarkParityTenfold(b *testing.B) {
	program := build(b)
	small, large := apart(b, program, defaultPeople), apart(b, program, 10*defaultPeople)
	var one, ten cost
	for b.Loop() {
		// In turns, so that what else the machine does weighs on both alike.
		small.parity(b, &one)
		large.parity(b, &ten)
	}
	b.ReportMetric(0, "ns/op") // a round of both says nothing
	b.ReportMetric(one.each(one.real), "s")
	b.ReportMetric(ten.each(ten.real), "s-tenfold")
	b.ReportMetric(ten.real.Seconds()/one.real.Seconds(), "time-ratio")
	b.ReportMetric(ten.harness.Seconds()/one.harness.Seconds(), "harness-cpu-ratio")
	b.ReportMetric(11, "time-ratio-wanted")
	if one.megabytes > 0 {
		b.ReportMetric(one.megabytes, "peak-MB")
		b.ReportMetric(ten.megabytes, "peak-MB-tenfold")
		b.ReportMetric(ten.megabytes/one.megabytes, "memory-ratio")
		b.ReportMetric(1.5, "memory-ratio-wanted")
		// What a run that holds the mocks in its own process has to hold besides.
		stores, larger := small.stores(b), large.stores(b)
		b.ReportMetric(stores, "mocks-peak-MB")
		b.ReportMetric(larger, "mocks-peak-MB-tenfold")
		b.ReportMetric(larger/stores, "mocks-memory-ratio")
	}
}

// defaultPeople is how many people each provider has in the default ledger.
const defaultPeople = 5

// onLinux skips a benchmark elsewhere.
func onLinux(b *testing.B) {
	b.Helper()
	if runtime.GOOS != "linux" {
		b.Skip("the processor time and the memory of processes are read from /proc, which only Linux has")
	}
}

// build builds the program that is measured.
func build(b *testing.B) string {
	onLinux(b)
	program := filepath.Join(b.TempDir(), "concord")
	if output, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, "concord.example/concord/cmd/concord").CombinedOutput(); err != nil {
		b.Fatalf("build concord: %v\n%s", err, output)
	}
	return program
}

// free returns so many addresses that nobody listens on. They lie below the ports that systems hand out, so that nobody
// else is given one before the mock takes it.
func free(b *testing.B, count int) []string {
	b.Helper()
	var addresses []string
	for port := 20_000 + os.Getpid()%10_000; len(addresses) < count && port < 32_000; port++ {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", address)
		if err != nil {
			continue
		}
		_ = listener.Close()
		addresses = append(addresses, address)
	}
	if len(addresses) < count {
		b.Fatal("no port is free")
	}
	return addresses
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
