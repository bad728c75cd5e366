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

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/mocks"
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

	b.Run("mock", func(b *testing.B) { load(b, func(n int) string { return queries[n%len(queries)] }) })
	b.Run("bare", func(b *testing.B) { load(b, func(int) string { return bare.URL }) })
}

// BenchmarkFederatedSearch is a search that has to ask the neighbour.
func BenchmarkFederatedSearch(b *testing.B) {
	pair := start(b, "")
	about := patient(b, pair.CCR, person("P32"))
	load(b, func(int) string { return pair.CCR.URL + "/Observation?" + about })
}

// load sends b.N requests over 64 connections and reports their rate and 99th percentile.
func load(b *testing.B, address func(int) string) {
	b.Helper()
	const connections = 64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var sent atomic.Int64
	times := make([][]time.Duration, connections)
	var workers sync.WaitGroup
	b.ResetTimer()
	for worker := range connections {
		workers.Go(func() {
			for {
				n := int(sent.Add(1))
				if n > b.N {
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
				times[worker] = append(times[worker], time.Since(began))
			}
		})
	}
	workers.Wait()
	b.StopTimer()
	all := slices.Concat(times...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkBuild builds both systems over the default ledger.
func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		whole, err := fixtures.New(fixtures.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, system := range fixtures.Systems() {
			server, err := mocks.New(mocks.Options{System: system, Ledger: whole})
			if err != nil {
				b.Fatal(err)
			}
			server.Close()
		}
	}
}
