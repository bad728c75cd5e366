package proof_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
	"concord.example/concord/suites/proof"
)

// hiding are styles, and defects in what they write otherwise: amounts, codes, a status, a day, a link and what is withheld of systems that know
// a record by no number but their own, and pages that do not begin with a match.
func hiding() map[string][]string {
	return map[string][]string{
		"style-own-numbers":                            {"D31", "D36", "D41", "D57", "D79", "D82"},
		"outcome-among-matches,style-entries-reversed": {"D18"},
	}
}

// TestWhatIsLawfulHidesNoDefect switches defects on at systems that answer in lawful styles: the same checks must see them, with the same
// cause. With CONCORD_STYLES those styles are tried together, and with CONCORD_KILLS=declared every defect whose cause is known.
func TestWhatIsLawfulHidesNoDefect(t *testing.T) {
	rig := newRig(t)
	tried := hiding()
	if asked := os.Getenv("CONCORD_STYLES"); asked != "" {
		tried = map[string][]string{asked: tried[asked]}
	}
	for names, defects := range tried {
		var styles []hostile.Behaviour
		for name := range strings.SplitSeq(names, ",") {
			style, ok := hostile.Find(name)
			if !ok || style.Kind != hostile.Legal {
				t.Fatalf("%s is no style", name)
			}
			styles = append(styles, style)
		}
		for _, d := range mocks.Defects() {
			if os.Getenv("CONCORD_KILLS") == "" && !slices.Contains(defects, d.ID) || !proof.Explained(d.ID) {
				continue
			}
			t.Run(names+"/"+d.ID, func(t *testing.T) {
				kill, err := rig.KillIn(t.Context(), d, styles...)
				if err != nil {
					t.Fatal(err)
				}
				for _, complaint := range slices.Concat(kill.Undetermined, kill.WrongCauses) {
					t.Errorf("%s: %s", d.ID, complaint)
				}
				if len(kill.Missed) > 0 {
					t.Errorf("%s (%s) is not caught by %v", d.ID, d.Title, kill.Missed)
				}
			})
		}
	}
}
