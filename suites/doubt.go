package suites

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
)

// Doubt is one answer of a system that became another.
type Doubt struct {
	// IDs are the exchanges whose answers may not be what they were.
	IDs []string
	// Order says which of two checks is asked first, by what they said before; nil is the order of the plan.
	Order func(a, b result.Result) int
	// Enough ends the asking: what a check says now is enough to know. Nil asks everything that rests on what changed.
	Enough func(result.Result) bool
}

// Answers are those that checks rest on which only ask: no check that makes something happen, measures, reads the traces of its
// own questions or lets a cache answer. They are sorted by id.
func (b *Baseline) Answers() []*exchange.Exchange {
	var answers []*exchange.Exchange
	leaning := b.leans()
	for _, id := range slices.Sorted(maps.Keys(leaning)) {
		if answer, ok := b.memory.Answer(id); ok {
			answers = append(answers, answer)
		}
	}
	return answers
}

// Leaning are the ids of the checks that rest on an answer of Answers, in the order of the plan.
func (b *Baseline) Leaning(id string) []string {
	var checks []string
	for _, i := range b.leans()[id] {
		if check := b.results[i].Check; !slices.Contains(checks, check) {
			checks = append(checks, check)
		}
	}
	return checks
}

// leans turns round what each task rests on.
func (b *Baseline) leans() map[string][]int {
	if b.leaning != nil {
		return b.leaning
	}
	b.leaning = map[string][]int{}
	for i, t := range b.tasks() {
		if b.live(i, t) {
			continue
		}
		for id := range b.rests[i] {
			b.leaning[id] = append(b.leaning[id], i)
		}
	}
	return b.leaning
}

// manyAnswers is from how many answers on it is not known of each whether it changed before a check is asked: all of them would take
// minutes where a system answers each with everything that it has.
const manyAnswers = 200

// Doubt asks again for answers, and then the checks that rest on those that are not what they were, one after the other, until
// one says enough. It is Again for a change of a few answers at the cost of those. Outcome.Results are those of the checks
// that were asked. What a system declares of itself must not be among what changes.
//
// Of many answers those are asked for that a check rests on, the fewest first, until one changed. From then on whatever was not asked for
// may have changed: whoever rests on it is asked. Outcome.Changed counts what is known to have changed.
func (b *Baseline) Doubt(ctx context.Context, doubt Doubt) Outcome {
	defer b.client.Recall(b.memory)
	outcome := Outcome{Answers: len(b.leans()), Reached: len(doubt.IDs)}
	open, changed := map[string]bool{}, map[string]bool{}
	for _, id := range doubt.IDs {
		open[id] = true
	}
	again := b.resting(open)
	if doubt.Order != nil {
		slices.SortStableFunc(again, func(i, j int) int { return doubt.Order(b.results[i], b.results[j]) })
	}
	if len(open) > manyAnswers {
		slices.SortStableFunc(again, func(i, j int) int { return cmp.Compare(len(b.within(i, open)), len(b.within(j, open))) })
		again = b.refreshSome(ctx, again, open, changed)
	} else {
		for _, id := range b.client.Refresh(ctx, doubt.IDs, runtime.NumCPU()) {
			changed[id] = true
		}
		clear(open)
		again = slices.DeleteFunc(again, func(i int) bool { return len(b.within(i, changed)) == 0 })
	}
	outcome.Changed = len(changed)
	if len(changed) == 0 {
		return outcome
	}
	shared, tasks := b.shared.Without(func(id string) bool { return changed[id] || open[id] }), b.tasks()
	for _, i := range again {
		t := tasks[i]
		t.env.Shared = shared
		b.config.ask(ctx, []*task{t})
		outcome.Asked++
		outcome.Results = append(outcome.Results, t.result)
		if doubt.Enough != nil && doubt.Enough(t.result) {
			break
		}
	}
	return outcome
}

// resting are the tasks that rest on some answers, in the order of the plan.
func (b *Baseline) resting(on map[string]bool) []int {
	leaning := map[int]bool{}
	for id := range on {
		for _, i := range b.leans()[id] {
			leaning[i] = true
		}
	}
	return slices.Sorted(maps.Keys(leaning))
}

// within are those of some answers on which a task rests, sorted.
func (b *Baseline) within(i int, some map[string]bool) []string {
	var ids []string
	for id := range b.rests[i] {
		if some[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// refreshSome asks again for the open answers that each of some tasks rests on, in their order, until one changed. What was asked for is no
// longer open; what still is, the client forgets. It returns the tasks that rest on what changed or is open.
func (b *Baseline) refreshSome(ctx context.Context, tasks []int, open, changed map[string]bool) []int {
	for n, i := range tasks {
		ids := b.within(i, open)
		for _, id := range ids {
			delete(open, id)
		}
		for _, id := range b.client.Refresh(ctx, ids, runtime.NumCPU()) {
			changed[id] = true
		}
		if len(changed) > 0 {
			b.client.Forget(slices.Collect(maps.Keys(open)))
			return slices.DeleteFunc(slices.Clone(tasks[n:]), func(i int) bool { return len(b.within(i, changed))+len(b.within(i, open)) == 0 })
		}
	}
	return nil
}
