package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/peak"
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
