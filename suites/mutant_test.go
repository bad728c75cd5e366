package suites_test

import (
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/record"
)

// TestEveryChangeOfARecordIsSeen makes every mutation of the ledger's records and compares the whole record of the person
// with the ledger, as the checks do. What is not seen must be exempt, by a row of record.Exemptions.
func TestEveryChangeOfARecordIsSeen(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	oracle, truth := record.NewOracle(h.ledger), record.NewTruth(h.ledger)
	made, exempt := 0, 0
	for _, m := range mutations(t, h.ledger) {
		var shown []fhir.Resource
		names := record.Names{}
		lawful := false
		for _, fact := range truth.About(m.person).Visible {
			resource := truth.Resource(fact)
			names.Learn([]fhir.Resource{resource})
			if fact.Kind != m.kind {
				continue
			}
			if fact.ID == m.fact.ID {
				resource = resource.Clone()
				lawful = m.lawful(resource)
				if !m.apply(resource) {
					t.Errorf("%s cannot be made", m)
				}
			}
			shown = append(shown, resource)
		}
		made++
		differences := oracle.Compare(m.person, record.Facts(h.ledger, m.person, m.kind), shown, names)
		switch {
		case lawful:
			exempt++
		case len(differences) == 0:
			t.Errorf("%s is not seen", m)
		case !pointsAt(differences, m.path):
			t.Errorf("%s is seen at %s only: %s", m, differences[0].Path, differences[0].Finding(nil).Message)
		}
	}
	t.Logf("%d mutations, %d of them exempt", made, exempt)
}

// TestAChangedRecordFailsItsCheck shows ccr through a stand-in that makes one mutation of one record in every answer, and runs
// the check of that kind of record. A few mutations are drawn by seed; with CONCORD_MUTANTS=all all are tried, which takes
// some minutes.
func TestAChangedRecordFailsItsCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this runs a check once for each mutation")
	}
	s := newStage(t, "ccr")
	checks := map[string]string{}
	for _, c := range suites.Catalogue() {
		if strings.HasPrefix(c.ID, "PAR-FACTS-") {
			checks[c.Needs[1].Resource] = c.ID
		}
	}
	all := mutations(t, s.ledger)
	drawn := rand.New(rand.NewPCG(1, 1)).Perm(len(all))
	tried := 0
	for _, i := range drawn {
		m := all[i]
		if m.lawful(record.NewTruth(s.ledger).Resource(m.fact).Clone()) {
			continue
		}
		if tried++; tried > 5 && os.Getenv("CONCORD_MUTANTS") != "all" {
			break
		}
		t.Run(m.String(), func(t *testing.T) {
			var changed, beside atomic.Bool
			run := s.play(t, twist{answer: func(_ question, answer map[string]any) {
				resources(answer, func(resource map[string]any) {
					if !slices.Contains(record.Identifiers(resource), m.key) {
						return
					}
					before := fhir.Resource(resource).Clone()
					parent, _ := m.parent(resource).(map[string]any)
					m.apply(resource)
					if !reflect.DeepEqual(map[string]any(before), resource) {
						changed.Store(true)
						// A reference is followed where it has no identifier, and leads to the same.
						if name, _ := m.steps[len(m.steps)-1].(string); name == "identifier" && m.op == "left out" && parent["reference"] != nil {
							beside.Store(true)
						}
					}
				})
			}}, checks[string(m.kind)])
			if !changed.Load() || beside.Load() {
				for _, r := range run.Results {
					if r.Status != result.Pass {
						t.Errorf("%s for %s is %s, and nothing has changed: %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
					}
				}
				t.Skip("the system shows the element in another form that the mutation leaves as it is, or the reference still leads to the same record")
			}
			for _, r := range run.Results {
				if fails := r.Status == result.Fail; fails != (r.Scope.System == "ccr") {
					t.Errorf("%s for %s is %s: %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
				}
			}
		})
	}
}

// pointsAt reports whether a difference names the element that the path leads to, or says that the record as a whole is
// another because what it is about has changed.
func pointsAt(differences []record.Difference, path string) bool {
	element := func(path string) string {
		_, rest, _ := strings.Cut(path, ".")
		first, _, _ := strings.Cut(rest, ".")
		return first
	}
	for _, d := range differences {
		// The row of a choice is named without its type ("onset").
		if d.Path != "" && (strings.HasPrefix(element(path), element(d.Path)) || strings.HasPrefix(element(d.Path), element(path))) {
			return true
		}
	}
	return false
}
