package check_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

func TestSharedMakesOnceAndKeepsNoErrors(t *testing.T) {
	var (
		shared check.Shared
		made   int
		group  sync.WaitGroup
	)
	for range 20 {
		group.Go(func() {
			value, err := shared.Do(t.Context(), "key", func(context.Context) (any, error) { made++; return made, nil })
			if err != nil || value != 1 {
				t.Errorf("%v, %v", value, err)
			}
		})
	}
	group.Wait()
	fail := errors.New("interrupted")
	if _, err := shared.Do(t.Context(), "other", func(context.Context) (any, error) { return nil, fail }); !errors.Is(err, fail) {
		t.Errorf("%v", err)
	}
	if value, err := shared.Do(t.Context(), "other", func(context.Context) (any, error) { return 2, nil }); err != nil || value != 2 {
		t.Errorf("an error was kept: %v, %v", value, err)
	}
	var none *check.Shared
	for want := 1; want <= 2; want++ {
		if value, _ := none.Do(t.Context(), "key", func(context.Context) (any, error) { return want, nil }); value != want {
			t.Errorf("without anything shared: %v, want %d", value, want)
		}
	}
}

func TestWhatWasWorkedOutFromAnAnswerThatChangedIsNotKept(t *testing.T) {
	var shared check.Shared
	work := func(ids ...string) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			for _, id := range ids {
				if see := exchange.Watcher(ctx); see != nil {
					see(id)
				}
			}
			return ids, nil
		}
	}
	for range 2 { // who comes second depends on the same answers
		var seen []string
		ctx := exchange.Watch(t.Context(), func(id string) { seen = append(seen, id) })
		_, _ = shared.Do(ctx, "outer", func(ctx context.Context) (any, error) { return shared.Do(ctx, "inner", work("a", "b")) })
		_, _ = shared.Do(ctx, "other", work("c"))
		_, _ = shared.Do(ctx, "none", work())
		if slices.Sort(seen); !slices.Equal(slices.Compact(seen), []string{"a", "b", "c"}) {
			t.Errorf("%v was seen", seen)
		}
	}
	left := shared.Without(func(id string) bool { return id == "b" })
	for key, want := range map[string]any{"outer": "new", "inner": "new", "other": "old", "none": "old"} {
		got, err := left.Do(t.Context(), key, func(context.Context) (any, error) { return "new", nil })
		if (got == "new") != (want == "new") || err != nil {
			t.Errorf("%s: %v, %v, want %s", key, got, err, want)
		}
	}
}
