package parity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// severalDays is how many days of recording must share one time of last update before that is taken for the time of
// loading: two records are often corrected together, three of different days hardly ever.
const severalDays = 3

// updates finds records that were recorded on different days and claim to have been updated at the very same time: the
// time at which a system loaded them. A client that asks what has changed since yesterday gets all of them, or none.
func updates(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if alone := env.Ledger.Part(); alone != "" {
		return nil, &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
			"%s stands alone (federation: none): it was filled by loading, and a server gives what it is sent the time of that", alone)}
	}
	if env.System.Partly {
		return nil, &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
			"%s was filled by loading some of the people (--loaded), and a server gives what it is sent the time of that", env.System.Name)}
	}
	var (
		at       loadings
		nobody   []string
		compared int
	)
	truth := record.TruthOf(env)
	for n, kind := range record.Kinds() {
		shown, err := look(ctx, env, env.System, kind)
		if err != nil {
			return at.findings(), err
		}
		days := map[string][]string{}
		var (
			exchanges []string
			curl      string
		)
		for _, s := range shown {
			if !s.found {
				if n == 0 {
					nobody = append(nobody, s.person.NHSNumber)
				}
				continue
			}
			held := truth.About(s.person).Set(kind)
			for _, fact := range truth.About(s.person).Of(kind) {
				key := fact.Identifier.Token()
				got, ok := s.set.Carries(key)
				want, known := held.Carries(key)
				if !ok || !known {
					continue
				}
				compared++
				day, _, _ := strings.Cut(want.Updated, "T")
				if !slices.Contains(days[got.Updated], day) {
					days[got.Updated] = append(days[got.Updated], day)
					if len(days[got.Updated]) == severalDays {
						exchanges, curl = s.exchanges, env.System.Curl(string(kind), about(s.record.Patients, nil))
					}
				}
			}
		}
		for _, updated := range slices.Sorted(maps.Keys(days)) {
			recorded := days[updated]
			if len(recorded) < severalDays {
				continue
			}
			at = append(at, loading{kind: kind, updated: updated, days: len(recorded), curl: curl, exchanges: exchanges})
		}
	}
	return at.findings(), complete(env, at.findings(), nobody, compared)
}

// loading is one time that records of one kind have for that of their last update, and on how many days they were recorded.
type loading struct {
	kind      fixtures.Kind
	updated   string
	days      int
	curl      string
	exchanges []string
}

// loadings are those of one system. A load takes some minutes and all kinds of records: that is one weakness, however many times of
// the clock it left behind.
type loadings []loading

func (all loadings) findings() []result.Finding {
	if len(all) == 0 {
		return nil
	}
	first := all[0]
	claim := "claim to have been last updated at " + first.updated
	if first.updated == "" {
		claim = "do not say when they were last updated"
	}
	message := fmt.Sprintf("%s that were recorded on %d different days all %s", noun(first.kind), first.days, claim)
	if len(all) > 1 {
		kinds, times := map[fixtures.Kind]bool{}, map[string]bool{}
		for _, one := range all {
			kinds[one.kind], times[one.updated] = true, true
		}
		message += fmt.Sprintf("; in all it is so of %d of %d kinds of records, at %d different times", len(kinds), len(record.Kinds()), len(times))
	}
	return []result.Finding{{
		Rule: "updated-at-loading", Severity: result.SeverityError, Path: string(first.kind) + ".meta.lastUpdated", Message: message,
		Expected: "the time of each record's last change", Actual: orNone(first.updated), Query: first.curl, Exchanges: first.exchanges,
	}}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
