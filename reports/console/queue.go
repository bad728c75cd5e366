package console

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// mostQueued is how many runs may wait.
const mostQueued = 50

// mostEnded is how many runs that ended without a folder are remembered, so that somebody can read why.
const mostEnded = 50

// queue starts runs one after the other where they ask the same endpoint. It lives as long as the process: a run folder is
// all that is kept.
type queue struct {
	starter Starter
	clock   func() time.Time
	mu      sync.Mutex
	jobs    []*job
	ended   []*job
	closed  bool
	running sync.WaitGroup
}

// job is a run that was ordered here.
type job struct {
	order     Order
	plan      Plan
	by        string
	asked     time.Time
	process   Process
	cancelled bool
	// code and said are those of a run that has ended; failed says why it could not begin.
	code   int
	said   string
	failed string
	over   time.Time
}

// jobView is a job as a page shows it.
type jobView struct {
	Order   Order
	Command string
	By      string
	Asked   time.Time
	// Stopping says that it was asked to end, Ended that it has.
	Stopping, Ended bool
	Code            int
	Said            string
	// Over is when it ended.
	Over time.Time
}

func newQueue(c *Console) *queue { return &queue{starter: c.options.Starter, clock: c.options.Clock} }

func (j *job) view() *jobView {
	return &jobView{Order: j.order, Command: j.plan.Command, By: j.by, Asked: j.asked, Stopping: j.cancelled, Code: j.code, Said: j.said + j.failed, Over: j.over}
}

// add puts an order into the queue and starts what can be.
func (q *queue) add(order Order, plan Plan, by string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return fmt.Errorf("the console is ending")
	}
	if len(q.jobs) >= mostQueued {
		return fmt.Errorf("%d runs wait already: wait until one has ended, or cancel one", len(q.jobs))
	}
	if slices.ContainsFunc(q.jobs, func(j *job) bool { return j.order.Out == order.Out }) {
		return fmt.Errorf("a run to the folder %s waits or is under way already", order.Out)
	}
	q.jobs = append(q.jobs, &job{order: order, plan: plan, by: by, asked: q.clock()})
	q.next()
	return nil
}

// next starts every job whose endpoints nobody before it asks; the caller holds mu.
func (q *queue) next() {
	busy := map[string]bool{}
	var still []*job
	for _, j := range q.jobs {
		free := !slices.ContainsFunc(j.plan.Endpoints, func(e string) bool { return busy[e] })
		for _, e := range j.plan.Endpoints {
			busy[e] = true
		}
		if j.process == nil && free && !q.closed {
			process, err := q.starter.Start(j.order)
			if err != nil {
				j.failed = err.Error()
				q.end(j)
				continue
			}
			j.process = process
			q.running.Go(func() { q.wait(j) })
		}
		still = append(still, j)
	}
	q.jobs = still
}

// end remembers a job that is over; the caller holds mu.
func (q *queue) end(j *job) {
	j.over = q.clock()
	q.ended = append(q.ended, j)
	if len(q.ended) > mostEnded {
		q.ended = q.ended[1:]
	}
}

func (q *queue) wait(j *job) {
	code, said := j.process.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	j.code, j.said = code, said
	q.jobs = slices.DeleteFunc(q.jobs, func(other *job) bool { return other == j })
	q.end(j)
	q.next()
}

// cancel stops a run, or takes it out of the queue. It reports whether there was one.
func (q *queue) cancel(name string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, j := range q.jobs {
		if j.order.Out != name {
			continue
		}
		j.cancelled = true
		if j.process != nil {
			j.process.Stop()
			return true
		}
		j.failed = "it was cancelled before it began"
		q.jobs = slices.Delete(q.jobs, i, i+1)
		q.end(j)
		q.next()
		return true
	}
	return false
}

// say gives a run a line of input.
func (q *queue) say(name, line string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		if j.order.Out == name && j.process != nil {
			return j.process.Say(line)
		}
	}
	return fmt.Errorf("%s was not started here: whoever started it attests in its terminal", name)
}

// view returns the job of a run that waits or is under way; nil when it was not ordered here.
func (q *queue) view(name string) *jobView {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		if j.order.Out == name {
			return j.view()
		}
	}
	return nil
}

// last returns the job of a run that has ended; nil when none of that name was ordered here.
func (q *queue) last(name string) *jobView {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range slices.Backward(q.ended) {
		if j.order.Out == name {
			v := j.view()
			v.Ended = true
			return v
		}
	}
	return nil
}

// waiting lists the jobs: those that have begun with position 0.
func (q *queue) waiting() []underWay {
	q.mu.Lock()
	defer q.mu.Unlock()
	var all []underWay
	position := 0
	for _, j := range q.jobs {
		u := underWay{Name: j.order.Out, Job: j.view(), Progress: Progress{Step: "is being started"}}
		if j.process == nil {
			position++
			u.Position = position
		}
		all = append(all, u)
	}
	return all
}

// close stops every run and waits until they have written what they have.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	for _, j := range q.jobs {
		if j.process != nil {
			j.cancelled = true
			j.process.Stop()
		}
	}
	q.mu.Unlock()
	q.running.Wait()
}
