package command

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

func count(most int) func() (int, bool) {
	n := 0
	return func() (int, bool) {
		n++
		return n, n <= most
	}
}

func TestInOrderKeepsTheOrder(t *testing.T) {
	var got []int
	// Odd items wait for the even one after them, so that results come out of order.
	const most = 100
	ready := map[int]chan struct{}{}
	for i := range most + 2 {
		ready[i] = make(chan struct{})
	}
	err := inOrder(t.Context(), 4, count(most), func(n int) int {
		if n%2 == 0 {
			close(ready[n])
		} else if n < most {
			<-ready[n+1]
		}
		return n * n
	}, func(n int) error {
		got = append(got, n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != most || !slices.IsSorted(got) {
		t.Errorf("got %v", got)
	}
}

func TestInOrderHoldsFewItems(t *testing.T) {
	var mu sync.Mutex
	open, highest := 0, 0
	given := count(1000)
	err := inOrder(t.Context(), 2, func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		open++
		highest = max(highest, open)
		return given()
	}, func(n int) int { return n }, func(int) error {
		mu.Lock()
		defer mu.Unlock()
		open--
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if most := 8; highest > most {
		t.Errorf("%d items were on the way at once, more than %d", highest, most)
	}
}

func TestInOrderStopsAtAnError(t *testing.T) {
	wrong := errors.New("wrong")
	done := 0
	err := inOrder(t.Context(), 3, count(1<<30), func(n int) int { return n }, func(n int) error {
		done++
		if n == 5 {
			return wrong
		}
		return nil
	})
	if !errors.Is(err, wrong) || done != 5 {
		t.Errorf("got %v after %d", err, done)
	}
}

func TestInOrderStopsWithItsContextWhileItWaitsForInput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	err := inOrder(ctx, 2, func() (int, bool) {
		cancel()
		<-never
		return 0, false
	}, func(n int) int { return n }, func(int) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
