package record_test

import (
	"context"
	"fmt"
	"testing"

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
