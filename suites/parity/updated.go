package parity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	var (
		findings []result.Finding
		nobody   []string
		compared int
	)
	truth := record.TruthOf(env)
	for n, kind := range record.Kinds() {
		shown, err := look(ctx, env, env.System, kind)
		if err != nil {
			return findings, err
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
			claim := "claim to have been last updated at " + updated
			if updated == "" {
				claim = "do not say when they were last updated"
			}
			findings = append(findings, result.Finding{
				Rule: "updated-at-loading", Severity: result.SeverityError, Path: string(kind) + ".meta.lastUpdated",
				Message:  fmt.Sprintf("%s that were recorded on %d different days all %s", noun(kind), len(recorded), claim),
				Expected: "the time of each record's last change", Actual: orNone(updated), Query: curl, Exchanges: exchanges,
			})
		}
	}
	return findings, complete(env, findings, nobody, compared)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
