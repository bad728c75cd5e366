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

// known are defects in what records say, each of another kind: an amount, a code, a status, a day, a link, what is withheld.
func known() []string { return []string{"D31", "D36", "D41", "D57", "D79", "D82"} }

// TestWhatIsLawfulHidesNoDefect switches defects on at systems that know a record by no number but their own: it must be the same record
// all the same, with the same cause. With CONCORD_STYLES those styles are tried, and with CONCORD_KILLS=declared every defect whose cause
// is known.
func TestWhatIsLawfulHidesNoDefect(t *testing.T) {
	rig := newRig(t)
	names := "style-own-numbers"
	if asked := os.Getenv("CONCORD_STYLES"); asked != "" {
		names = asked
	}
	for _, name := range strings.Split(names, ",") {
		style, ok := hostile.Find(name)
		if !ok || style.Kind != hostile.Legal {
			t.Fatalf("%s is no style", name)
		}
		for _, d := range mocks.Defects() {
			if os.Getenv("CONCORD_KILLS") == "" && !slices.Contains(known(), d.ID) || !proof.Explained(d.ID) {
				continue
			}
			t.Run(name+"/"+d.ID, func(t *testing.T) {
				kill, err := rig.KillIn(t.Context(), d, style)
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
