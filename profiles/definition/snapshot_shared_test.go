package definition

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sharedPackages returns the folder of the official packages, or skips the test when it is not at hand.
func sharedPackages(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("CONCORD_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "packages")
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("CONCORD_REQUIRE"), "shared") {
			t.Fatalf("the official FHIR packages are required but not at hand: %v", err)
		}
		t.Skip("the official FHIR packages are not at hand; name their parent folder with CONCORD_SHARED")
	}
	return dir
}

// lookupIn returns a Lookup that generates every snapshot it can anew, in the given sets.
func lookupIn(sets ...*Set) Lookup {
	cache := map[string]*Structure{}
	var lookup Lookup
	lookup = func(canonical string) (*Structure, error) {
		url, _ := SplitCanonical(canonical)
		if s, done := cache[url]; done {
			return s, nil
		}
		for _, set := range sets {
			s, err := set.Structure(url)
			if err != nil || s == nil {
				continue
			}
			cache[url] = nil
			if len(s.Snapshot) == 0 {
				made := *s
				if made.Snapshot, err = GenerateSnapshot(s, lookup); err != nil {
					return nil, err
				}
				s = &made
			}
			cache[url] = s
			return s, nil
		}
		return nil, nil
	}
	return lookup
}

func TestGeneratedSnapshotsOfCoreProfilesAreThePublishedOnes(t *testing.T) {
	core := NewSet()
	if err := core.AddPath(filepath.Join(sharedPackages(t), "hl7.fhir.r4.core-4.0.1.tgz")); err != nil {
		t.Fatal(err)
	}
	lookup := lookupIn(core)
	total, same := 0, 0
	for _, sum := range core.Summaries("StructureDefinition") {
		if sum.Derivation != "constraint" || sum.Kind == "logical" {
			continue
		}
		published, err := core.Structure(sum.URL)
		if err != nil {
			t.Fatal(err)
		}
		total++
		got, err := GenerateSnapshot(published, lookup)
		if err != nil {
			t.Logf("%s: %v", sum.URL, err)
			continue
		}
		if diff := compareSnapshots(published.Snapshot, got); len(diff) > 0 {
			t.Logf("%s:\n  %s", sum.URL, strings.Join(diff[:min(len(diff), 8)], "\n  "))
			continue
		}
		same++
	}
	t.Logf("%d of %d published snapshots generated alike", same, total)
}

func compareSnapshots(want, got []Element) []string {
	var diff []string
	byID := map[string]*Element{}
	for i := range got {
		byID[got[i].ID] = &got[i]
	}
	for i := range want {
		w := &want[i]
		g := byID[w.ID]
		if g == nil {
			diff = append(diff, "missing "+w.ID)
			continue
		}
		delete(byID, w.ID)
		if w.Min != g.Min || w.Max != g.Max {
			diff = append(diff, w.ID+" cardinality")
		}
		if !slices.EqualFunc(w.Types, g.Types, func(a, b Type) bool {
			return a.Code == b.Code && slices.Equal(a.Targets, b.Targets) && slices.Equal(a.Profiles, b.Profiles)
		}) {
			diff = append(diff, w.ID+" types")
		}
		if (w.Binding == nil) != (g.Binding == nil) || w.Binding != nil && !reflect.DeepEqual(w.Binding, g.Binding) {
			diff = append(diff, w.ID+" binding")
		}
		if (w.Fixed == nil) != (g.Fixed == nil) || (w.Pattern == nil) != (g.Pattern == nil) || (w.Slicing == nil) != (g.Slicing == nil) {
			diff = append(diff, w.ID+" fixed, pattern or slicing")
		}
		for _, c := range w.Constraints {
			if !slices.ContainsFunc(g.Constraints, func(o Constraint) bool { return o.Key == c.Key }) {
				diff = append(diff, w.ID+" lacks constraint "+c.Key)
			}
		}
	}
	for id := range byID {
		diff = append(diff, "extra "+id)
	}
	slices.Sort(diff)
	return diff
}

func TestSnapshotsOfUKCoreAreGenerated(t *testing.T) {
	dir := sharedPackages(t)
	core, uk := NewSet(), NewSet()
	for set, name := range map[*Set]string{core: "hl7.fhir.r4.core-4.0.1.tgz", uk: "fhir.r4.ukcore.stu3.develop-3.0.0-develop.tgz"} {
		if err := set.AddPath(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	lookup := lookupIn(uk, core)
	for _, sum := range uk.Summaries("StructureDefinition") {
		s, err := lookup(sum.URL)
		if err != nil || s == nil {
			t.Errorf("%s: %v", sum.URL, err)
		}
	}
}
