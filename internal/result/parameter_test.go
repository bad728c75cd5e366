package result_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/internal/result"
)

// TestShareOfIsTheWilsonInterval holds the arithmetic against published examples: 0 of 20 and 81 of 263 (Newcombe,
// Statistics in Medicine 17, 1998, table I, method 3).
func TestShareOfIsTheWilsonInterval(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        result.Share
	}{
		{81, 263, result.Share{Value: 0.308, Low: 0.2553, High: 0.3662}},
		{15, 148, result.Share{Value: 0.1014, Low: 0.0624, High: 0.1605}},
		{0, 20, result.Share{Value: 0, Low: 0, High: 0.1611}},
		{1, 29, result.Share{Value: 0.0345, Low: 0.0061, High: 0.1718}},
		{20, 20, result.Share{Value: 1, Low: 0.8389, High: 1}},
		{0, 0, result.Share{High: 1}},
		{3, 2, result.Share{High: 1}},
	} {
		if got := result.ShareOf(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %+v, want %+v", c.part, c.whole, got, c.want)
		}
	}
	if got := result.ShareOf(999_999, 1_000_000); got.Value == 1 {
		t.Error("a share that lacks something reads as the whole")
	}
}

func TestWhatIsMeasuredOfOneParameterIsAddedUp(t *testing.T) {
	measured := []result.Parameter{
		{System: "ohc", Resource: "Encounter", Parameter: "date", Level: result.Should, Requirements: []string{"B"}, Unasked: "no data"},
		{System: "ccr", Resource: "Encounter", Parameter: "date", Level: result.Should, Requirements: []string{"B"}, Asked: 2, Wrong: 1, Expected: 4, Returned: 3, Right: 2},
		{System: "ccr", Resource: "Encounter", Parameter: "date", Level: result.Must, Requirements: []string{"A", "B"}, Asked: 1, Expected: 1, Returned: 1, Right: 1},
	}
	want := []result.Parameter{
		{
			System: "ccr", Resource: "Encounter", Parameter: "date", Level: result.Must, Requirements: []string{"A", "B"}, Asked: 3, Wrong: 1,
			Expected: 5, Returned: 4, Right: 3, Precision: result.ShareOf(3, 4), Recall: result.ShareOf(3, 5),
		},
		{
			System: "ohc", Resource: "Encounter", Parameter: "date", Level: result.Should, Requirements: []string{"B"}, Unasked: "no data",
			Precision: result.ShareOf(0, 0), Recall: result.ShareOf(0, 0),
		},
	}
	if diff := cmp.Diff(want, result.AddParameters(measured)); diff != "" {
		t.Error(diff)
	}
}
