package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"concord.example/concord/reports"
)

type watchView struct {
	underWay
	// Ended is a run that was ordered here and left no folder.
	Ended *jobView
	// Control says that the person may cancel and attest, Resumable that they may go on with a run whose process has ended.
	Control, Resumable bool
	Form               string
}

// watch shows a run that is under way; one that is finished is shown as such.
func (c *Console) watch(w http.ResponseWriter, r *http.Request) {
	v, to := c.watched(r)
	switch {
	case to != "":
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a page of this console
	case v.Name == "":
		c.problem(w, r, http.StatusNotFound, "No such run is under way", "It was stopped before it wrote anything, or there never was one.")
	case v.Ended != nil:
		c.render(w, r, http.StatusOK, "watch", "Ended: "+v.Name, v)
	default:
		c.renderReloading(w, r, http.StatusOK, "watch", "Under way: "+v.Name, v, 3)
	}
}

// watched returns the run, or where else to look.
func (c *Console) watched(r *http.Request) (watchView, string) {
	name := r.PathValue("name")
	person, _ := personOf(r)
	v := watchView{Control: person.May(Runner), Form: c.formToken(r)}
	last := c.queue.last(name)
	if u, ok := c.finding(name); ok {
		// A process that was killed leaves behind how far it was.
		if over := u.Job == nil && last != nil && u.Progress.At.Before(last.Over); !over {
			v.underWay = u
			v.Resumable = v.Control && u.Silent && u.Job == nil && c.stopped(name)
			return v, ""
		}
	}
	c.store.mu.Lock()
	c.store.looked = time.Time{} // the folder may have come this moment
	c.store.mu.Unlock()
	c.store.look(5 * time.Second)
	row, ok := c.store.row(name)
	if ok && (last == nil || time.Unix(0, row.Modified).After(last.Asked)) {
		return v, runURL(name)
	}
	if last != nil {
		v.Name, v.Ended = name, last
	}
	return v, ""
}

// events streams the progress of a run as server-sent events: "progress" with the part of the page that changes, "done"
// with where the run is shown.
func (c *Console) events(w http.ResponseWriter, r *http.Request) {
	if c.streams.Add(1) > mostStreams {
		c.streams.Add(-1)
		http.Error(w, "Too many pages are watched at once: reload this one now and then instead.", http.StatusServiceUnavailable)
		return
	}
	defer c.streams.Add(-1)
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	before := ""
	for {
		v, to := c.watched(r)
		if to == "" && (v.Name == "" || v.Ended != nil) {
			to = watchURL(r.PathValue("name"))
		}
		name, data := "done", to
		if to == "" {
			var b bytes.Buffer
			if err := c.pages["watch"].ExecuteTemplate(&b, "live", v); err != nil {
				return
			}
			name, data = "progress", b.String()
		}
		if data != before {
			before = data
			text, err := json.Marshal(data)
			if err != nil {
				return
			}
			_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, text); err != nil || control.Flush() != nil {
				return
			}
		}
		if name == "done" {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		case <-c.ending:
			return
		}
	}
}

// mostStreams is how many pages are kept up to date at once.
const mostStreams = 200

// cancel stops a run that was started here.
func (c *Console) cancel(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !c.may(w, r, Runner) {
		return
	}
	if c.queue.view(name) == nil {
		c.problem(w, r, http.StatusConflict, "This run cannot be stopped here", "It was not started by this console, or it has ended.")
		return
	}
	if !c.written(w, r, "cancel", name, "") {
		return
	}
	c.queue.cancel(name)
	http.Redirect(w, r, watchURL(name), http.StatusSeeOther) //nolint:gosec // a page of this console
}

// attest passes on what a person says they did to a system.
func (c *Console) attest(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if !c.may(w, r, Runner) {
		return
	}
	line := ""
	if r.PostForm.Get("done") == "yes" {
		who, role := attested(r.PostForm.Get("who")), attested(r.PostForm.Get("role"))
		if who == "" || role == "" {
			c.problem(w, r, http.StatusBadRequest, "Who did it?", "Give your name and your role. Nothing was attested.")
			return
		}
		line = who + ", " + role + ": " + attested(r.PostForm.Get("remark"))
	}
	u, ok := c.finding(name)
	if !ok || u.Progress.Waiting == "" || reports.OneLine(r.PostForm.Get("step")) != reports.OneLine(u.Progress.Waiting) {
		c.problem(w, r, http.StatusConflict, "Nobody waits for this any more", "The step was attested by somebody else, or its time is over. Nothing was attested.")
		return
	}
	if !c.written(w, r, "attest", name, line) {
		return
	}
	if err := c.queue.say(name, line); err != nil {
		c.problem(w, r, http.StatusConflict, "It could not be attested", err.Error())
		return
	}
	http.Redirect(w, r, watchURL(name), http.StatusSeeOther) //nolint:gosec // a page of this console
}

// attested makes what somebody typed one line, in which a colon ends nothing.
func attested(text string) string {
	text = reports.OneLine(text)
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200])
	}
	return strings.ReplaceAll(text, ":", " ")
}

// written writes an act down, or says on a page that it could not be.
func (c *Console) written(w http.ResponseWriter, r *http.Request, what, on, detail string) bool {
	if err := c.did(r, what, on, detail); err != nil {
		c.problem(w, r, http.StatusInternalServerError, "It was not done", err.Error())
		return false
	}
	return true
}

// plainName is what a run folder may be called that is started here.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$`)

type startView struct {
	Choices  Choices
	Order    Order
	Plan     *Plan
	Problem  string
	Selected map[string]bool
}

// startPage is the form that a run is started with.
func (c *Console) startPage(w http.ResponseWriter, r *http.Request) {
	if !c.mayStart(w, r) {
		return
	}
	order := Order{Failed: r.URL.Query().Get("failed"), Out: c.options.Clock().UTC().Format("2006-01-02-150405")}
	c.startForm(w, r, http.StatusOK, order, nil, "")
}

func (c *Console) mayStart(w http.ResponseWriter, r *http.Request) bool {
	if c.options.Starter == nil {
		c.problem(w, r, http.StatusNotFound, "No run can be started here", "This console shows runs and starts none.")
		return false
	}
	return c.may(w, r, Runner)
}

func (c *Console) startForm(w http.ResponseWriter, r *http.Request, status int, order Order, plan *Plan, problem string) {
	choices, err := c.options.Starter.Choices()
	if err != nil {
		problem = err.Error()
	}
	v := startView{Choices: choices, Order: order, Plan: plan, Problem: problem, Selected: map[string]bool{}}
	for _, suite := range order.Suites {
		v.Selected[suite] = true
	}
	c.render(w, r, status, "start", "Start a run", v)
}

// start plans a run, or starts it.
func (c *Console) start(w http.ResponseWriter, r *http.Request) {
	if !c.mayStart(w, r) {
		return
	}
	f := r.PostForm
	order := Order{
		Configuration: f.Get("configuration"), Policy: f.Get("policy"), Package: f.Get("package"), Suites: f["suite"],
		Checks: words(f.Get("checks")), Providers: words(f.Get("providers")), Failed: f.Get("failed"), Witness: f.Get("witness") == "yes",
		Out: strings.TrimSpace(f.Get("out")),
	}
	if !plainName.MatchString(order.Out) || strings.Contains(order.Out, "..") {
		c.startForm(w, r, http.StatusBadRequest, order, nil, "The name of the folder may have letters, digits, dots, hyphens and underscores, and begins with a letter or a digit.")
		return
	}
	if _, err := c.store.root.Lstat(order.Out); err == nil {
		c.startForm(w, r, http.StatusConflict, order, nil, "There is a folder "+order.Out+" already. A run that is started here replaces none.")
		return
	}
	if order.Failed != "" {
		if row, ok := c.store.row(order.Failed); !ok || row.Problem != "" {
			c.startForm(w, r, http.StatusBadRequest, order, nil, "The run whose failures are to be asked again is not in this directory.")
			return
		}
	}
	dry := f.Get("act") != "start"
	plan, err := c.options.Starter.Plan(r.Context(), order, dry)
	if err != nil {
		c.startForm(w, r, http.StatusUnprocessableEntity, order, nil, err.Error())
		return
	}
	if dry {
		c.startForm(w, r, http.StatusOK, order, &plan, "")
		return
	}
	if !c.written(w, r, "start", order.Out, plan.Command) {
		return
	}
	person, _ := personOf(r)
	if err := c.queue.add(order, plan, person.Name); err != nil {
		c.startForm(w, r, http.StatusConflict, order, nil, err.Error())
		return
	}
	http.Redirect(w, r, watchURL(order.Out), http.StatusSeeOther)
}

// words splits what was typed at commas and spaces.
func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t' })
}
