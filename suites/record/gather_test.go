package record_test

import (
	"context"
	"fmt"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

func TestGatherKeepsTheOrderAndTheFirstError(t *testing.T) {
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	double := func(_ context.Context, i int) (int, error) { return 2 * i, nil }
	doubled, err := record.Gather(t.Context(), items, double)
	if err != nil || len(doubled) != 100 {
		t.Fatal(doubled, err)
	}
	for i := range doubled {
		if doubled[i] != 2*i {
			t.Errorf("answer %d is %d", i, doubled[i])
		}
	}
	_, err = record.Gather(t.Context(), items, func(_ context.Context, i int) (int, error) {
		if i%10 == 7 {
			return 0, fmt.Errorf("item %d", i)
		}
		return i, nil
	})
	if err == nil || err.Error() != "item 7" {
		t.Errorf("the error is %v", err)
	}
	if none, err := record.Gather(t.Context(), []int(nil), double); err != nil || len(none) != 0 {
		t.Errorf("nothing gives %v, %v", none, err)
	}
}

// What was answered wrongly may be why another answer was not read on, so it is what is said.
func TestGatherSaysWhatIsWrongBeforeWhatWasNotHad(t *testing.T) {
	_, err := record.Gather(t.Context(), []int{0, 1, 2}, func(_ context.Context, i int) (int, error) {
		if i == 1 {
			return 0, fmt.Errorf("item %d: %w", i, &check.BrokenAnswer{Finding: result.Finding{Message: "does not end"}})
		}
		return 0, &check.Inconclusive{Reason: result.NotAsked, Detail: "not read on"}
	})
	if err == nil || err.Error() != "item 1: does not end" {
		t.Errorf("the error is %v", err)
	}
}
