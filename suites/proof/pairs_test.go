package proof_test

import (
	"reflect"
	"testing"

	"concord.example/concord/mocks/hostile"
	"concord.example/concord/suites/proof"
)

func TestEveryTwoStylesThatGoTogetherAreTriedTogether(t *testing.T) {
	sets := proof.Pairs(1)
	if again := proof.Pairs(1); !reflect.DeepEqual(names(sets), names(again)) {
		t.Error("one seed gives two arrays")
	}
	if other := proof.Pairs(2); reflect.DeepEqual(names(sets), names(other)) {
		t.Error("two seeds give one array")
	}
	styles := proof.Styles()
	met := map[[2]string]bool{}
	for _, set := range names(sets) {
		for _, a := range set {
			for _, b := range set {
				met[[2]string{a, b}] = true
			}
		}
	}
	apart := 0
	for i, a := range styles {
		for _, b := range styles[:i] {
			if !met[[2]string{a.Name, b.Name}] {
				apart++
			}
		}
	}
	for _, never := range [][2]string{{"style-summer-time", "style-other-zone"}, {"no-total", "total-on-later-pages-only"}} {
		if met[never] {
			t.Errorf("%v are tried together, and no server can do both", never)
		}
	}
	// Pairs grow with the square of the styles; what is run grows with the styles.
	if apart > 60 || len(sets) > 9*len(styles)/2 {
		t.Errorf("%d pairs are never tried, and there are %d runs", apart, len(sets))
	}
	t.Logf("%d styles, %d runs, %d pairs that exclude each other", len(styles), len(sets), apart)
	parts := 0
	for n := 1; n <= 7; n++ {
		part, err := proof.PairsPart(sets, n, 7)
		if err != nil {
			t.Fatal(err)
		}
		parts += len(part)
	}
	if _, err := proof.PairsPart(sets, 8, 7); err == nil || parts != len(sets) {
		t.Errorf("the parts have %d of %d runs, and there is an eighth of seven: %v", parts, len(sets), err)
	}
}

func names(sets [][]hostile.Behaviour) [][]string {
	var all [][]string
	for _, set := range sets {
		var one []string
		for _, b := range set {
			one = append(one, b.Name)
		}
		all = append(all, one)
	}
	return all
}
