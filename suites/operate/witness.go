package operate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Witness tells a person what to do and waits until they say that they have done it. Its operators share it, because
// there is one person at one terminal.
type Witness struct {
	out io.Writer
	// deadline is how long the person may take for one step.
	deadline time.Duration
	clock    func() time.Time

	lines chan string
	once  sync.Once
	in    io.Reader
	// turn lets one step be asked for at a time, and guards gone.
	turn sync.Mutex
	// gone says that a step went unanswered. What is typed afterwards could be the late answer to it, so nothing more is
	// asked.
	gone bool
}

// NewWitness returns a witness at a terminal. The deadline bounds each step; the clock dates what is attested.
func NewWitness(in io.Reader, out io.Writer, deadline time.Duration, clock func() time.Time) *Witness {
	return &Witness{in: in, out: out, deadline: deadline, clock: clock, lines: make(chan string)}
}

// Operator returns the operator of one system, which people call by its title.
func (w *Witness) Operator(title string) check.Operator { return &attested{witness: w, title: title} }

// attested operates one system through a person.
type attested struct {
	witness *Witness
	title   string
	// done are the events that were attested since the last reset.
	done []check.Event
}

// Happen asks the person to make the event happen.
func (a *attested) Happen(ctx context.Context, event check.Event) (*result.Attestation, error) {
	said, err := a.witness.ask(ctx, "Please "+event.Words(a.title)+".")
	if err != nil {
		return nil, err
	}
	a.done = append(a.done, event)
	return said, nil
}

// Reset asks the person to put back everything that they did, the last first.
func (a *attested) Reset(ctx context.Context) error {
	if len(a.done) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Please put %s back to what it was. This was done to it:", a.title)
	for i := len(a.done) - 1; i >= 0; i-- {
		text.WriteString("\n  - " + a.done[i].Words(a.title))
	}
	_, err := a.witness.ask(ctx, text.String())
	if err == nil {
		a.done = nil
	}
	return err
}

// ask prints a step and waits for the line in which somebody attests it: a name, and after a colon a remark. An empty
// line says that it was not done.
func (w *Witness) ask(ctx context.Context, step string) (*result.Attestation, error) {
	w.turn.Lock()
	defer w.turn.Unlock()
	if w.gone {
		return nil, notAttested("an earlier step went unanswered, so nobody was asked: %s", step)
	}
	w.once.Do(func() { go w.read() })
	if _, err := fmt.Fprintf(w.out, "\n%s\nWhen it is done, give your name (\"name: remark\"); an empty line says that it cannot be done. You have %s.\n> ",
		step, w.deadline); err != nil {
		return nil, fmt.Errorf("tell the witness: %w", err)
	}
	timer := time.NewTimer(w.deadline)
	defer timer.Stop()
	var line string
	open := true
	select {
	case line, open = <-w.lines:
	case <-timer.C:
		w.gone = true
		return nil, notAttested("nobody attested within %s: %s", w.deadline, step)
	case <-ctx.Done():
		w.gone = true
		return nil, notAttested("the check ended before anybody attested: %s", step)
	}
	name, remark, _ := strings.Cut(line, ":")
	name, remark = strings.TrimSpace(name), strings.TrimSpace(remark)
	switch {
	case !open:
		return nil, notAttested("there is nobody to attest (the input has ended): %s", step)
	case name == "":
		return nil, notAttested("the witness said that it cannot be done: %s", step)
	}
	return &result.Attestation{By: name, At: w.clock().UTC(), Remark: remark}, nil
}

// read passes lines on, because a read from a terminal cannot be given up.
func (w *Witness) read() {
	defer close(w.lines)
	scanner := bufio.NewScanner(w.in)
	for scanner.Scan() {
		w.lines <- scanner.Text()
	}
}

func notAttested(format string, args ...any) error {
	return &check.Inconclusive{Reason: result.NeedsWitness, Detail: fmt.Sprintf(format, args...)}
}
