package check_test

import (
	"slices"
	"testing"

	"concord.example/concord/suites/check"
)

// What happens between two can be judged where it is known whose records are whose; what is compared, in any case.
func TestOfWhatPassesBetweenTwoNobodyIsAskedWhosePartIsUnknown(t *testing.T) {
	for _, c := range []struct {
		peers check.Peers
		parts []string
		want  []int
	}{
		{check.Neighbour, []string{"ccr", "ohc"}, []int{1}},
		{check.Neighbour, []string{"", ""}, nil},
		{check.Neighbour, []string{"ccr", ""}, nil},
		{check.EachOther, []string{"", ""}, []int{1}},
		{check.NoOther, []string{"", "ohc"}, []int{1}},
		{check.Across, []string{"", ""}, []int{1}},
		{check.EachOther, []string{"ccr", "", "none"}, []int{1, 2}},
		{check.Neighbour, []string{"ccr", "", "ohc"}, []int{2}},
	} {
		if got := c.peers.Of(c.parts, 0); !slices.Equal(got, c.want) {
			t.Errorf("%q of %q: %v, want %v", c.peers, c.parts, got, c.want)
		}
	}
}
