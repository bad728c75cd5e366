package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
)

// ProgressFile is the file in which a run that is under way says how far it is. It lies in the run folder, in the folder of
// those who write there, so that it is no part of the run.
const ProgressFile = ".concord-run/progress.json"

// ProgressSchema names the layout of a ProgressFile.
const ProgressSchema = "concord/progress/v1"

// MostFirst is how many of the first problems are told while a run is under way.
const MostFirst = 10

// Progress is how far a run is.
type Progress struct {
	Schema string `json:"schema"`
	// Began and At are when the run began and when this was written. A run writes at least every two seconds.
	Began time.Time `json:"began"`
	At    time.Time `json:"at"`
	// Step is what is being done, Done and Total count results.
	Step  string `json:"step"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
	// Counts are the results so far.
	Counts result.Counts `json:"counts"`
	// Systems are the systems that were asked, by name.
	Systems []SystemProgress `json:"systems"`
	// First are the first results that failed or ended in an error, at most MostFirst.
	First []Problem `json:"first"`
	// Waiting is what a person is asked to do, and attest; empty when nobody is waited for.
	Waiting string `json:"waiting,omitempty"`
}

// SystemProgress is how much one system was asked.
type SystemProgress struct {
	Name string `json:"name"`
	// Requests counts what was answered or failed, PerSecond over the last seconds.
	Requests  int     `json:"requests"`
	PerSecond float64 `json:"perSecond"`
	// Throttled counts requests that had to be sent again and answers that asked to be left alone for a while (429, 503),
	// Failed requests without an answer.
	Throttled int `json:"throttled"`
	Failed    int `json:"failed"`
}

// Problem is a result that is not as it should be.
type Problem struct {
	Check   string        `json:"check"`
	Title   string        `json:"title"`
	Scope   string        `json:"scope"`
	Status  result.Status `json:"status"`
	Message string        `json:"message"`
}

// silentFor is how long a run may say nothing before it is shown as one that has ended without a word.
const silentFor = 15 * time.Second

// mostProgress is the largest ProgressFile that is read, in bytes.
const mostProgress = 1 << 20

// underWay is a run that is not finished, as a page shows it.
type underWay struct {
	// Name is the name that its run folder will have.
	Name     string
	Progress Progress
	// Silent says that the run has not said anything for longer than one that lives does.
	Silent bool
	// Job is what was started here; nil for a run of somebody else.
	Job *jobView
	// Position is the place in the queue, 0 when it has begun.
	Position int
}

// URL is where the run is watched.
func (u underWay) URL() string { return watchURL(u.Name) }

func watchURL(name string) string {
	return "/watch" + strings.TrimPrefix(runURL(name), "/run")
}

// Says is how far it is, in a few words.
func (u underWay) Says() string {
	switch {
	case u.Position > 0:
		return fmt.Sprintf("waits in the queue, at place %d", u.Position)
	case u.Silent:
		return "has said nothing for a while: its process has probably ended"
	case u.Progress.Waiting != "":
		return "waits for somebody to attest a step"
	case u.Progress.Total > 0:
		return fmt.Sprintf("%d of %d results", u.Progress.Done, u.Progress.Total)
	default:
		return u.Progress.Step
	}
}

// Percent is how much of the run is done.
func (u underWay) Percent() int {
	if u.Progress.Total <= 0 {
		return 0
	}
	return max(0, min(100, u.Progress.Done*100/u.Progress.Total))
}

// underWay finds the runs that are not finished: those whose folders are being written, and those that wait here.
func (c *Console) underWay() []underWay {
	var all []underWay
	seen := map[string]bool{}
	for _, name := range c.store.beingWritten() {
		u, err := c.readProgress(name)
		if err != nil {
			continue
		}
		seen[name] = true
		u.Job = c.queue.view(name)
		all = append(all, u)
	}
	for _, u := range c.queue.waiting() {
		if !seen[u.Name] {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b underWay) int {
		if a.Position != b.Position {
			return a.Position - b.Position
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// readProgress reads how far the run into a folder is.
func (c *Console) readProgress(name string) (underWay, error) {
	u := underWay{Name: name}
	text, err := c.store.read(path.Join(name, ProgressFile), mostProgress)
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(text, &u.Progress); err != nil {
		return u, err
	}
	if u.Progress.Schema != ProgressSchema {
		return u, errors.New("it is not the progress of a run")
	}
	u.Silent = c.options.Clock().Sub(u.Progress.At) > silentFor
	u.Progress.First = u.Progress.First[:min(len(u.Progress.First), MostFirst)]
	return u, nil
}

// finding returns the run that is under way by the name of its folder.
func (c *Console) finding(name string) (underWay, bool) {
	if filepath.IsLocal(filepath.FromSlash(name)) {
		if u, err := c.readProgress(name); err == nil {
			u.Job = c.queue.view(name)
			return u, true
		}
	}
	for _, u := range c.queue.waiting() {
		if u.Name == name {
			return u, true
		}
	}
	return underWay{}, false
}
