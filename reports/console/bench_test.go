package console_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/peak"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/console"
)

// BenchmarkTenThousandRuns says what the list of 10,000 small runs costs: the first look at the directory, the first list of
// a console that starts with the index, how long it takes until every folder has been looked at again, and the memory that
// the process holds at most meanwhile. Each is made once: go test ./reports/console -run '^$' -bench TenThousandRuns -benchtime 1x
func BenchmarkTenThousandRuns(b *testing.B) {
	dir := b.TempDir()
	for i := range 10_000 {
		text, err := json.Marshal(aRun(fmt.Sprintf("r%05d", i), at.Add(time.Duration(i)*time.Minute), ""))
		folder := filepath.Join(dir, fmt.Sprintf("run-%05d", i))
		if err == nil {
			err = os.Mkdir(folder, 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, reports.RunFile), text, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	whole := func(c *console.Console) bool {
		page := get(c, "/")
		return page.Code == http.StatusOK && strings.Contains(page.Body.String(), ">10000 runs<") && !strings.Contains(page.Body.String(), "not read yet")
	}
	for b.Loop() {
		began := time.Now()
		c := open(b, console.Options{Dir: dir, Clock: steady()})
		for !whole(c) {
			if time.Since(began) > 5*time.Minute {
				b.Fatal("the list is not whole after five minutes")
			}
		}
		b.ReportMetric(time.Since(began).Seconds(), "s/first-index")
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		peak.Reset()

		began = time.Now()
		c = open(b, console.Options{Dir: dir, Clock: steady()})
		if !whole(c) {
			b.Fatal("the first list of a console with an index is not whole")
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/first-list")
		began = time.Now()
		get(c, "/?page=200")
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/further-list")
		if most, known := peak.Megabytes(); known {
			b.ReportMetric(most, "MB-most")
		}
	}
}

var folder = flag.String("folder", "", "a run folder that BenchmarkFirstView shows instead of one that it makes") //nolint:gochecknoglobals // a flag of the test binary

// BenchmarkFirstView says what the first look at a run costs in a console that was just started and has an index: a run as
// large as the default one (848 providers, 261 checks, 12,000 results), or the one that -folder names. ms/cold is the page that
// nobody has asked for, ms/from-list the page of the run that stands first on a list that was shown: go test ./reports/console -run '^$' -bench FirstView -benchtime 10x
func BenchmarkFirstView(b *testing.B) {
	dir := b.TempDir()
	if *folder == "" {
		write(b, dir, "run", aLargeRun(), patient)
	} else if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS(*folder)); err != nil {
		b.Fatal(err)
	}
	get(open(b, console.Options{Dir: dir, Clock: steady()}), "/") // makes the index
	var cold, listed time.Duration
	view := func(c *console.Console) time.Duration {
		began := time.Now()
		if page := get(c, "/run/run"); page.Code != http.StatusOK {
			b.Fatalf("%d: %.500s", page.Code, page.Body)
		}
		return time.Since(began)
	}
	rounds := 0
	for b.Loop() {
		rounds++
		runtime.GC()
		c := open(b, console.Options{Dir: dir, Clock: steady()})
		cold += view(c)
		c = open(b, console.Options{Dir: dir, Clock: steady()})
		get(c, "/")
		c.WaitAhead()
		listed += view(c)
	}
	b.ReportMetric(float64(cold.Microseconds())/1000/float64(rounds), "ms/cold")
	b.ReportMetric(float64(listed.Microseconds())/1000/float64(rounds), "ms/from-list")
	b.ReportMetric(0, "ns/op")
}

// aLargeRun is as large as the default run.
func aLargeRun() result.Run {
	run := aRun("large", at, "")
	run.Systems = append(run.Systems, result.System{Name: "ohc", Title: "Other record", Supplier: "Other", BaseURL: "https://ohc.example.test/fhir", Mock: true})
	for i := range 848 {
		run.Providers = append(run.Providers, result.Provider{
			ODS: fmt.Sprintf("R%03d", i), Name: fmt.Sprintf("Hospital %d", i), Type: "acute", ICB: fmt.Sprintf("Q%02d", i%42), ICS: fmt.Sprintf("Care system %d", i%42), System: run.Systems[i%2].Name,
		})
	}
	for i := range 259 {
		c := run.Checks[1]
		c.ID, c.Title = fmt.Sprintf("PAR-%d", 100+i), fmt.Sprintf("search number %d finds what was recorded", i)
		c.Requirement = []result.Ref{{ID: fmt.Sprintf("R%d", i), Source: "a source of requirements"}}
		run.Checks = append(run.Checks, c)
		scopes := []result.Scope{{System: "ccr"}, {System: "ohc"}}
		if i < 7 {
			scopes = nil
			for _, p := range run.Providers {
				scopes = append(scopes, result.Scope{System: "ccr", Provider: p.ODS}, result.Scope{System: "ohc", Provider: p.ODS})
			}
		}
		for _, scope := range scopes {
			run.Results = append(run.Results, result.Result{Check: c.ID, Suite: c.Suite, Level: c.Level, Scope: scope, Status: result.Pass})
		}
	}
	run.Verdict = run.Judge()
	return run
}
