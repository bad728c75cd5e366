package mocks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/peak"
	"concord.example/concord/mocks"
)

// BenchmarkSearch measures search by patient and date over the default ledger, on loopback with the client in the same
// process, against a bare handler that writes the same bytes. The ratio of the two is what matters on another machine.
func BenchmarkSearch(b *testing.B) {
	whole, err := fixtures.New(fixtures.Options{})
	if err != nil {
		b.Fatal(err)
	}
	server, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: whole})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	web := httptest.NewServer(server.Handler())
	b.Cleanup(web.Close)
	var queries []string
	var bodies [][]byte
	for n, provider := range whole.Providers() {
		person, fact, ok := whole.SweepFact(provider.ODS)
		if !ok || provider.System != fixtures.CCR || fact.Kind != fixtures.Observation || n%4 != 0 {
			continue
		}
		id := fhir.Entries(get(b, web.URL+"/fhir/Patient?identifier="+person.NHSNumber).resource)[0].Resource.ID()
		query := web.URL + "/fhir/Observation?patient=" + id + "&date=ge2025-06-01"
		queries = append(queries, query)
		bodies = append(bodies, get(b, query).body)
	}
	var next atomic.Int64
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write(bodies[int(next.Add(1))%len(bodies)])
	}))
	b.Cleanup(bare.Close)

	// Both in the same run, in turns, so that what else the machine does weighs on both alike.
	var mock, plain measurement
	for b.Loop() {
		mock.add(b, func(n int) string { return queries[n%len(queries)] })
		plain.add(b, func(int) string { return bare.URL })
	}
	b.ReportMetric(0, "ns/op") // a round of both says nothing
	mock.report(b)
	b.ReportMetric(3000, "requests/s-wanted")
	b.ReportMetric(25, "p99-ms-wanted")
	b.ReportMetric(plain.rate(), "bare-requests/s")
	b.ReportMetric(plain.p99(), "bare-p99-ms")
	b.ReportMetric(mock.rate()/plain.rate(), "ratio")
	b.ReportMetric(1.0/3, "ratio-wanted")
}

// BenchmarkFederatedSearch is a search that has to ask the neighbour, in the same process.
func BenchmarkFederatedSearch(b *testing.B) {
	pair := start(b, "")
	about := patient(b, pair.CCR, person("P32"))
	var federated measurement
	for b.Loop() {
		federated.add(b, func(int) string { return pair.CCR.URL + "/Observation?" + about })
	}
	b.ReportMetric(0, "ns/op") // a round says nothing
	federated.report(b)
}

// connections is how many clients ask at once, perRound how much they ask in one round.
const (
	connections = 64
	perRound    = 2000
)

// measurement is what rounds of requests have taken.
type measurement struct {
	times   []time.Duration
	elapsed time.Duration
}

// add sends one round of requests over 64 connections.
func (m *measurement) add(b *testing.B, address func(int) string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var sent atomic.Int64
	times := make([][]time.Duration, connections)
	var workers sync.WaitGroup
	start := time.Now()
	for worker := range connections {
		workers.Go(func() {
			for {
				n := int(sent.Add(1))
				if n > perRound {
					return
				}
				began := time.Now()
				response, err := client.Get(address(n))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					b.Errorf("%s: %s", address(n), response.Status)
					return
				}
				times[worker] = append(times[worker], time.Since(began))
			}
		})
	}
	workers.Wait()
	m.elapsed += time.Since(start)
	m.times = append(m.times, slices.Concat(times...)...)
}

func (m *measurement) rate() float64 { return float64(len(m.times)) / m.elapsed.Seconds() }

// report gives the rate and the 99th percentile.
func (m *measurement) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(m.rate(), "requests/s")
	b.ReportMetric(m.p99(), "p99-ms")
}

// p99 is the time in milliseconds that 99 of 100 requests have taken at most.
func (m *measurement) p99() float64 {
	slices.Sort(m.times)
	return float64(m.times[len(m.times)*99/100].Microseconds()) / 1000
}

// BenchmarkBuild makes the default ledger of 848 providers and both systems over it, every resource indexed, and reports
// the most memory the process has held meanwhile.
func BenchmarkBuild(b *testing.B) {
	measured := peak.Reset()
	for b.Loop() {
		whole, err := fixtures.New(fixtures.Options{Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		var servers []*mocks.Server
		for _, system := range fixtures.Systems() {
			server, err := mocks.New(mocks.Options{System: system, Ledger: whole})
			if err != nil {
				b.Fatal(err)
			}
			servers = append(servers, server)
		}
		for _, server := range servers {
			server.Close()
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	b.ReportMetric(3, "s-wanted")
	if most, ok := peak.Megabytes(); ok && measured {
		b.ReportMetric(most, "peak-MB")
		b.ReportMetric(600, "peak-MB-wanted")
	}
}
