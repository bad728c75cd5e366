package console

import (
	"net/http"

	"concord.example/concord/reports"
)

// stopped reports whether the run in a folder can be gone on with here.
func (c *Console) stopped(name string) bool {
	return c.options.Starter != nil && c.options.Starter.Stopped(name)
}

// resume goes on with a run that was killed or stopped.
func (c *Console) resume(w http.ResponseWriter, r *http.Request) {
	if !c.mayStart(w, r) {
		return
	}
	name := r.PostForm.Get("folder")
	_, listed := c.store.row(name)
	if _, written := c.finding(name); !listed && !written || !c.stopped(name) {
		c.problem(w, r, http.StatusConflict, "There is nothing to go on with", "No run was killed or stopped in this folder. What failed, or could not be told, is asked again from the page of the run.")
		return
	}
	order := Order{Resume: true, Out: name}
	plan, err := c.options.Starter.Plan(r.Context(), order, false)
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The run cannot go on here", err.Error())
		return
	}
	if !c.written(w, r, "start", name, plan.Command) {
		return
	}
	person, _ := personOf(r)
	if err := c.queue.add(order, plan, person.Name); err != nil {
		c.problem(w, r, http.StatusConflict, "The run cannot go on now", err.Error())
		return
	}
	http.Redirect(w, r, watchURL(name), http.StatusSeeOther) //nolint:gosec // a page of this console
}

type rejudgeView struct {
	Row              Row
	Choices          Choices
	Sequence, Policy string
	Problem, Said    string
}

// rejudgePage is the form that asks what of a run would newly fail under something else.
func (c *Console) rejudgePage(w http.ResponseWriter, r *http.Request) {
	if row, ok := c.rowOf(w, r); ok && c.mayStart(w, r) {
		c.rejudged(w, r, http.StatusOK, rejudgeView{Row: row})
	}
}

// rejudge says what of a run would newly fail.
func (c *Console) rejudge(w http.ResponseWriter, r *http.Request) {
	if !c.mayStart(w, r) {
		return
	}
	row, ok := c.rowOf(w, r)
	if !ok {
		return
	}
	v := rejudgeView{Row: row, Sequence: r.PostForm.Get("package"), Policy: r.PostForm.Get("policy")}
	if v.Sequence == "" && v.Policy == "" {
		v.Problem = "Choose what is to be other than it was."
		c.rejudged(w, r, http.StatusBadRequest, v)
		return
	}
	// One at a time: it takes as long as the checks do.
	if !c.rehearsing.TryLock() {
		v.Problem = "Somebody else has a run judged again just now. Try it in a minute."
		c.rejudged(w, r, http.StatusConflict, v)
		return
	}
	defer c.rehearsing.Unlock()
	said, err := c.options.Starter.Rehearse(r.Context(), row.Name, v.Sequence, v.Policy)
	if err != nil {
		v.Problem = reports.OneLine(err.Error())
		c.rejudged(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	v.Said = said
	c.rejudged(w, r, http.StatusOK, v)
}

func (c *Console) rejudged(w http.ResponseWriter, r *http.Request, status int, v rejudgeView) {
	var err error
	if v.Choices, err = c.options.Starter.Choices(); err != nil && v.Problem == "" {
		v.Problem = err.Error()
	}
	c.render(w, r, status, "rejudge", "Judge again: "+v.Row.Name, v)
}
