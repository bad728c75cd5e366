package proof_test

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// TestGeneratedDefectsAreDrawnBySeedAndTriedAlone draws a few defects twice. With CONCORD_GENERATED=N it tries N of them once,
// by the seed of CONCORD_GENERATED_SEED, and lists what is not caught, as "concord selftest generated" does.
func TestGeneratedDefectsAreDrawnBySeedAndTriedAlone(t *testing.T) {
	rig := newRig(t)
	few := func(seed uint64, count int) []result.Mutant {
		t.Helper()
		var tried []result.Mutant
		g, err := rig.Generate(t.Context(), seed, count, func(m result.Mutant) { tried = append(tried, m) })
		if err != nil {
			t.Fatal(err)
		}
		total := g.Total()
		if total.Tried != count || total.Killed+len(g.Survivors) != count || g.Seed != seed {
			t.Errorf("%d of %d were tried, %d caught and %d left", total.Tried, count, total.Killed, len(g.Survivors))
		}
		for _, m := range g.Survivors {
			if m.Why == "" {
				t.Errorf("%s is not caught, and nobody says why", m)
			}
			if os.Getenv("CONCORD_GENERATED") != "" {
				t.Logf("%s: %s%s", m, m.Why, strings.TrimRight(" ("+m.Equivalent+")", "()"))
			}
		}
		t.Log(g.Sentence())
		return tried
	}
	if count, err := strconv.Atoi(os.Getenv("CONCORD_GENERATED")); err == nil {
		seed, _ := strconv.ParseUint(os.Getenv("CONCORD_GENERATED_SEED"), 10, 64) // 0 where there is none
		few(seed, count)
		return
	}
	first := few(1, 4)
	if again := few(1, 4); !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed draws\n%v\nand\n%v", first, again)
	}
	for _, complaint := range rig.Clean() {
		t.Errorf("clean, %s", complaint)
	}
}
