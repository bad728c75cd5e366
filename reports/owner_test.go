package reports

import (
	"testing"

	"concord.example/concord/internal/result"
)

func TestACauseHasTheOwnersOfTheSystemsThatItShowsAtAndSaysForWhomNobodyIsNamed(t *testing.T) {
	all := []result.System{{Name: "ccr", Title: "Care Record", Owner: "the desk\nof A"}, {Name: "ohc", Title: "One Health", Owner: "the desk of B"}, {Name: "new", Title: "New"}}
	for want, at := range map[string][]string{
		"the desk of A":                       {"ccr"},
		"the desk of A and the desk of B":     {"ccr", "ohc"},
		"the desk of A; nobody named for New": {"ccr", "new"},
		"nobody named":                        {"new"},
	} {
		if got := ownerText(all, at); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	if got := ownerText(all, nil); got != "nobody named" {
		t.Errorf("a cause at no system is owned by %q", got)
	}
}
