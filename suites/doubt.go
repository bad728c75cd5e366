package suites

import (
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

// Doubt asks again for answers, and then the checks that rest on those that are not what they were, one after the other, until
// one says enough. It is Again for a change of a few answers at the cost of those. Outcome.Results are those of the checks
// that were asked. What a system declares of itself must not be among what changes.
func (b *Baseline) Doubt(ctx context.Context, doubt Doubt) Outcome {
	defer b.client.Recall(b.memory)
	outcome := Outcome{Answers: len(b.leans()), Reached: len(doubt.IDs)}
	changed, leaning := map[string]bool{}, map[int]bool{}
	for _, id := range b.client.Refresh(ctx, doubt.IDs, runtime.NumCPU()) {
		changed[id] = true
		for _, i := range b.leans()[id] {
			leaning[i] = true
		}
	}
	outcome.Changed = len(changed)
	if len(leaning) == 0 {
		return outcome
	}
	shared, tasks := b.shared.Without(func(id string) bool { return changed[id] }), b.tasks()
	again := slices.Sorted(maps.Keys(leaning))
	if doubt.Order != nil {
		slices.SortStableFunc(again, func(i, j int) int { return doubt.Order(b.results[i], b.results[j]) })
	}
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
