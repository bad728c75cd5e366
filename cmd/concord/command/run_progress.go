package command

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports/console"
	"concord.example/concord/suites/check"
)

// progressFile tells others how far a run is, by a file in the folder that is being written. It is safe for concurrent use,
// and whatever goes wrong with it, the run goes on.
type progressFile struct {
	path    string
	clock   func() time.Time
	secrets *redact.Redactor
	stopped chan struct{}
	done    sync.WaitGroup
	once    sync.Once

	mu      sync.Mutex
	now     console.Progress
	systems map[string]*console.SystemProgress
	// rates are the numbers of requests at the last ticks, the newest last, by system.
	rates   map[string][]int
	changed bool
}

// progressEvery is how often the file is written at most, progressRate over how many times of that a rate is taken.
const progressEvery, progressRate = 500 * time.Millisecond, 8

// tellProgress begins to write the file. The clock is the real one: others judge by it whether the run lives.
func tellProgress(folder *runFolder, secrets *redact.Redactor, clock func() time.Time) *progressFile {
	p := &progressFile{
		path: filepath.Join(folder.final, filepath.FromSlash(console.ProgressFile)), clock: clock, secrets: secrets, stopped: make(chan struct{}),
		now:     console.Progress{Schema: console.ProgressSchema, Began: clock().UTC(), Step: "starting"},
		systems: map[string]*console.SystemProgress{}, rates: map[string][]int{}, changed: true,
	}
	p.write()
	p.done.Go(p.keep)
	return p
}

// keep writes the file whenever something has changed, and now and then to show that the run lives.
func (p *progressFile) keep() {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for quiet := 0; ; {
		select {
		case <-p.stopped:
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		moves := p.changed
		for name, s := range p.systems {
			counts := append(p.rates[name], s.Requests)
			counts = counts[max(0, len(counts)-progressRate-1):]
			p.rates[name] = counts
			over := float64(len(counts)-1) * progressEvery.Seconds()
			if over > 0 {
				s.PerSecond = math.Round(float64(counts[len(counts)-1]-counts[0])/over*10) / 10
			}
		}
		p.mu.Unlock()
		if quiet++; moves || quiet >= 4 {
			quiet = 0
			p.write()
		}
	}
}

// write puts the file in its place in one step.
func (p *progressFile) write() {
	p.mu.Lock()
	p.changed = false
	p.now.At = p.clock().UTC()
	p.now.Systems = nil
	for _, s := range p.systems {
		p.now.Systems = append(p.now.Systems, *s)
	}
	slices.SortFunc(p.now.Systems, func(a, b console.SystemProgress) int { return strings.Compare(a.Name, b.Name) })
	text, err := json.Marshal(p.now)
	p.mu.Unlock()
	if err != nil {
		return
	}
	if os.WriteFile(p.path+".new", []byte(p.secrets.Text(string(text))), 0o600) == nil {
		_ = os.Rename(p.path+".new", p.path)
	}
}

// stop takes the file away: a finished run does not need it.
func (p *progressFile) stop() {
	p.once.Do(func() {
		close(p.stopped)
		p.done.Wait()
		_ = os.Remove(p.path)
		_ = os.Remove(p.path + ".new")
	})
}

func (p *progressFile) set(change func(*console.Progress)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.now)
	p.changed = true
}

// step says what is being done now.
func (p *progressFile) step(text string) { p.set(func(now *console.Progress) { now.Step = text }) }

// update says how many of how many results are in.
func (p *progressFile) update(done, total int) {
	p.set(func(now *console.Progress) { now.Done, now.Total = done, total })
}

// ended counts a result.
func (p *progressFile) ended(c check.Check, r result.Result) {
	p.set(func(now *console.Progress) {
		now.Counts.Add(r.Status)
		if (r.Status == result.Fail || r.Status == result.Error) && len(now.First) < console.MostFirst {
			message := r.Message
			if len(r.Findings) > 0 {
				message = r.Findings[0].Message
			}
			now.First = append(now.First, console.Problem{
				Check: r.Check, Title: c.Title, Scope: r.Scope.String(), Status: r.Status, Message: exchange.Clip(message, 500),
			})
		}
	})
}

// counting returns a recorder that counts requests on their way to another.
func (p *progressFile) counting(to exchange.Recorder) exchange.Recorder {
	return countingRecorder{to, p}
}

type countingRecorder struct {
	to exchange.Recorder
	p  *progressFile
}

// Record counts the exchange and passes it on.
func (c countingRecorder) Record(request exchange.Request, sent http.Header, answer *exchange.Exchange, failure *exchange.Error) error {
	c.p.set(func(*console.Progress) {
		s := c.p.systems[request.System]
		if s == nil {
			s = &console.SystemProgress{Name: request.System}
			c.p.systems[request.System] = s
		}
		s.Requests++
		switch {
		case answer != nil:
			s.Throttled += answer.Repeated
			if answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusServiceUnavailable {
				s.Throttled++
			}
		case failure != nil:
			s.Failed++
		}
	})
	return c.to.Record(request, sent, answer, failure)
}

// waitingFor is an operator that tells what a person is waited for.
type waitingFor struct {
	check.Operator
	p     *progressFile
	title string
}

// Happen tells what is to be done while it is waited for.
func (w waitingFor) Happen(ctx context.Context, event check.Event) (*result.Attestation, error) {
	w.p.set(func(now *console.Progress) { now.Waiting = "Please " + event.Words(w.title) + "." })
	defer w.p.set(func(now *console.Progress) { now.Waiting = "" })
	return w.Operator.Happen(ctx, event)
}

// Reset tells that what was done is to be undone while it is waited for.
func (w waitingFor) Reset(ctx context.Context) error {
	w.p.set(func(now *console.Progress) {
		now.Waiting = fmt.Sprintf("If anything was done to %s for the last step, please put it back to what it was.", w.title)
	})
	defer w.p.set(func(now *console.Progress) { now.Waiting = "" })
	return w.Operator.Reset(ctx)
}
