package command

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"concord.example/concord/internal/redact"
	"concord.example/concord/reports"
)

// progress tells a person how far a run is: a bar on a terminal, plain lines elsewhere.
type progress struct {
	w       io.Writer
	clock   func() time.Time
	bar     *progressbar.ProgressBar
	started time.Time
	tenth   int
	// doing and what name the work and its pieces.
	doing, what string
	// file tells others than who reads w; nil tells nobody.
	file *progressFile
}

// silent tells nobody anything.
func silent(clock func() time.Time) *progress { return newProgress(io.Discard, clock) }

func newProgress(w io.Writer, clock func() time.Time) *progress {
	return &progress{w: w, clock: clock, started: clock(), tenth: -1, doing: "asking", what: "results"}
}

// update is told how many of how many results are in.
func (p *progress) update(done, total int) {
	if total == 0 {
		return
	}
	if p.file != nil {
		p.file.update(done, total)
	}
	if isTerminal(p.w) {
		if p.bar == nil {
			p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(p.doing),
				progressbar.OptionShowCount(), progressbar.OptionSetWidth(40), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
		}
		_ = p.bar.Set(done)
		return
	}
	if tenth := done * 10 / total; tenth != p.tenth {
		p.tenth = tenth
		_, _ = fmt.Fprintf(p.w, "%5.1fs  %d of %d %s (%d %%)\n", p.clock().Sub(p.started).Seconds(), done, total, p.what, tenth*10)
	}
}

// late is update for what seldom takes long: it says nothing in the first second.
func (p *progress) late(done, total int) {
	if p.clock().Sub(p.started) > time.Second {
		p.update(done, total)
	}
}

// step says what is being done now.
func (p *progress) step(format string, args ...any) {
	if p.file != nil {
		p.file.step(fmt.Sprintf(format, args...))
	}
	_, _ = fmt.Fprintf(p.w, "%5.1fs  %s\n", p.clock().Sub(p.started).Seconds(), fmt.Sprintf(format, args...))
}

func isTerminal(w io.Writer) bool { return terminalOf(w) != nil }

// terminalOf returns the terminal that is written to, also through what takes secrets out; nil where there is none.
func terminalOf(w io.Writer) *os.File {
	if through, ok := w.(*redact.Writer); ok {
		w = through.To()
	}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return file
	}
	return nil
}

// screenOf says how wide the terminal is that is printed to, and whether it may have colours (https://no-color.org).
func screenOf(w io.Writer, quiet bool) reports.Screen {
	screen := reports.Screen{Quiet: quiet}
	if file := terminalOf(w); file != nil {
		screen.Colour = colours()
		screen.Width = 80
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			screen.Width = max(width, 40)
		}
	}
	return screen
}

// colours reports whether a terminal may have them: not where NO_COLOR is set, nor on one that says that it has none.
func colours() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }
