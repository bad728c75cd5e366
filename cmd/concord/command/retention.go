package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// retention says which runs are kept: those that are young enough, and the newest of the same systems. One of the two at least
// is given.
type retention struct {
	// oldest is how old a run may become; 0 when age does not matter.
	oldest time.Duration
	// newest is how many runs of the same systems stay, however old they are.
	newest int
	// decided lets runs go that somebody decided about.
	decided bool
}

// heldRun is a run folder as retention sees it.
type heldRun struct {
	Folder  string    `json:"folder"`
	Run     string    `json:"run,omitempty"`
	Started time.Time `json:"started,omitzero"`
	// Systems names them, in order.
	Systems []string `json:"systems,omitempty"`
	Verdict string   `json:"verdict,omitempty"`
	// Bytes is what Concord wrote there.
	Bytes int64 `json:"bytes"`
	// Held says why the run stays whatever its age; "" when nothing holds it.
	Held string `json:"held,omitempty"`
	// Decided says that somebody decided about the run.
	Decided bool `json:"decided,omitempty"`
	// Goes says that the run is past its retention, and Deleted that it was deleted.
	Goes    bool `json:"goes"`
	Deleted bool `json:"deleted"`
	// Left are files in its folder that are not Concord's and stay.
	Left []string `json:"left,omitempty"`
}

// apply decides about each run at a time.
func (r retention) apply(runs []heldRun, now time.Time) {
	newest := slices.Clone(runs)
	slices.SortStableFunc(newest, func(a, b heldRun) int { return b.Started.Compare(a.Started) })
	kept, stays := map[string]int{}, map[string]bool{}
	for _, run := range newest {
		of := strings.Join(run.Systems, "\n")
		if run.Run != "" && kept[of] < r.newest {
			kept[of]++
			stays[run.Folder] = true
		}
	}
	for i := range runs {
		run := &runs[i]
		if run.Held == "" && run.Decided && !r.decided {
			run.Held = "somebody decided about it (--decided lets it go all the same)"
		}
		run.Goes = run.Held == "" && !stays[run.Folder] && (r.oldest == 0 || now.Sub(run.Started) > r.oldest)
	}
}

// age is a flag for how old something may become: 90d, 12w, or as Go writes a duration.
type age time.Duration

// String returns the age as it is written in a flag.
func (a *age) String() string {
	if *a == 0 {
		return ""
	}
	if d := time.Duration(*a); d%(24*time.Hour) != 0 {
		return d.String()
	}
	return strconv.Itoa(int(time.Duration(*a)/(24*time.Hour))) + "d"
}

// Type names the kind of value in the help.
func (a *age) Type() string { return "age" }

// Set reads an age. Anything that is not longer than nothing is an error: it would let every run go.
func (a *age) Set(text string) error {
	unit := map[byte]time.Duration{'d': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if n := len(text); n > 1 && unit[text[n-1]] > 0 {
		many, err := strconv.Atoi(text[:n-1])
		const most = 100 * 366
		if err == nil && many > 0 && many <= most {
			*a = age(time.Duration(many) * unit[text[n-1]])
			return nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		*a = age(d)
		return nil
	}
	return fmt.Errorf("%q is no age: write 90d for days, 12w for weeks or 36h for hours", text)
}
