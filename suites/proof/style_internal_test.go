package proof

import (
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks/hostile"
)

// TestAStyleIsExcusedForWhatItMustFailAndForNothingElse holds the excuse of a style that offers few types: it is for one check, for a failure,
// and for a style that has it; and it is used.
func TestAStyleIsExcusedForWhatItMustFailAndForNothingElse(t *testing.T) {
	few, other := []hostile.Behaviour{{Name: "few-types"}}, []hostile.Behaviour{{Name: "style-gzip"}}
	relative := []hostile.Behaviour{{Name: "style-gzip"}, {Name: "style-relative-next"}}
	for _, c := range []struct {
		check   string
		status  result.Status
		styles  []hostile.Behaviour
		alarm   bool
		lacking int
	}{
		{"PAR-SEARCH-FURTHER", result.Fail, few, false, 0},
		{"PAR-SEARCH-FURTHER", result.Fail, append(other, few...), false, 0},
		{"PAR-SEARCH-FURTHER", result.Fail, other, true, 0},
		{"PAR-SEARCH-FURTHER", result.Fail, nil, true, 0},
		{"PAR-SEARCH-FURTHER", result.Error, few, true, 1},
		{"PAR-SEARCH-FURTHER", result.Warning, few, true, 1},
		{"PAR-SEARCH-FURTHER", result.Pass, few, false, 1},
		{"PAR-SEARCH-FURTHER", result.Pass, other, false, 0},
		{"PAR-SEARCH-ALLERGY", result.Fail, few, true, 0},
		{"PAR-SEARCH-ALLERGY", result.Pass, few, false, 0},
		{"CAP-PAGE-LINK", result.Warning, relative, false, 0},
		{"CAP-PAGE-LINK", result.Fail, relative, true, 0},
		{"CAP-PAGE-LINK", result.Warning, other, true, 0},
	} {
		r := result.Result{Check: c.check, Status: c.status}
		if alarm := alarming(r, c.styles); alarm != c.alarm {
			t.Errorf("%s ends as %s in %v: alarm %t, want %t", c.check, c.status, c.styles, alarm, c.alarm)
		}
		if lacking := unowed([]result.Result{r}, c.styles); len(lacking) != c.lacking {
			t.Errorf("%s ends as %s in %v: %v", c.check, c.status, c.styles, lacking)
		}
	}
}
