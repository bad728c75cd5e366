package parity

import (
	"context"

	"concord.example/concord/suites/check"
)

// secondAsking marks what is asked a second time, to tell what differs from the truth from what differs from itself.
const secondAsking = "noise"

// steady reports whether a system answers a question in the same way each of three more times. Before that is known, a
// different answer to another question shows nothing.
func steady(ctx context.Context, system *check.Endpoint, same func(context.Context, *check.Endpoint) bool) bool {
	for _, again := range []string{"again", "a third time", "a fourth time"} {
		if !same(ctx, system.Control(secondAsking+" "+again)) {
			return false
		}
	}
	return true
}

// noise asks the systems again about everybody about whom something differs, and returns by the ids of those people the
// system that now says something else than before. People about whom nothing differs need no second question: noise that
// changes nothing blames nobody.
func (b *blame) noise(ctx context.Context) (map[string]*check.Endpoint, error) {
	asked := map[string]bool{}
	noisy := map[string]*check.Endpoint{}
	for _, p := range b.differences {
		if asked[p.seen.person.ID] {
			continue
		}
		asked[p.seen.person.ID] = true
		system, before := b.env.System, p.seen
		unlike, err := b.unlikeItself(ctx, system, before)
		if err == nil && !unlike && b.peer != nil {
			system, before = b.peer, p.peer
			unlike, err = b.unlikeItself(ctx, system, before)
		}
		if err != nil {
			return nil, err
		}
		if unlike {
			noisy[p.seen.person.ID] = system
		}
	}
	return noisy, nil
}

// unlikeItself reports whether a system says something else about a person when it is asked again.
func (b *blame) unlikeItself(ctx context.Context, system *check.Endpoint, before seen) (bool, error) {
	if !before.found {
		return false, nil
	}
	again, err := show(system.Control(secondAsking), nil, b.truth.Reader(), b.kind)(ctx, before.person)
	if err != nil {
		return false, err
	}
	return before.found != again.found || !before.set.Same(again.set), nil
}
