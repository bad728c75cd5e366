package check_test

import (
	"errors"
	"sync"
	"testing"

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
			value, err := shared.Do("key", func() (any, error) { made++; return made, nil })
			if err != nil || value != 1 {
				t.Errorf("%v, %v", value, err)
			}
		})
	}
	group.Wait()
	fail := errors.New("interrupted")
	if _, err := shared.Do("other", func() (any, error) { return nil, fail }); !errors.Is(err, fail) {
		t.Errorf("%v", err)
	}
	if value, err := shared.Do("other", func() (any, error) { return 2, nil }); err != nil || value != 2 {
		t.Errorf("an error was kept: %v, %v", value, err)
	}
	var none *check.Shared
	for want := 1; want <= 2; want++ {
		if value, _ := none.Do("key", func() (any, error) { return want, nil }); value != want {
			t.Errorf("without anything shared: %v, want %d", value, want)
		}
	}
}
