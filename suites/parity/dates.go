package parity

import (
	"context"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// dateBoundaries asks on both sides of every instant at which the "dates" story has a measurement, in UTC and in the
// offset of British Summer Time.
func dateBoundaries(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	person, err := storyPerson(env, "dates")
	if err != nil {
		return nil, err
	}
	var questions []question
	asked := map[time.Time]bool{}
	for _, fact := range record.Facts(env.Ledger, person, "Observation") {
		at, err := time.Parse(time.RFC3339, fact.Effective)
		if err != nil || asked[at.UTC()] {
			continue
		}
		asked[at.UTC()] = true
		utc := at.UTC().Format(time.RFC3339)
		summer := at.In(time.FixedZone("BST", 3600)).Format(time.RFC3339)
		questions = append(questions,
			observations("date", "ge"+utc), observations("date", "gt"+utc), observations("date", "le"+summer), observations("date", "lt"+summer),
			observations("date", "ge"+utc, "date", "le"+summer))
	}
	return judge(ctx, env, "dates", "date-boundary", questions)
}

// partialDates asks for years, months and days as a whole.
func partialDates(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var questions []question
	for _, period := range []string{"2018", "2019", "2019-03", "2025", "2025-06", "2024-02-29"} {
		questions = append(questions, observations("date", period))
	}
	for _, period := range []string{"2019", "2025-06"} {
		questions = append(questions,
			observations("date", "ge"+period), observations("date", "le"+period), observations("date", "gt"+period), observations("date", "lt"+period))
	}
	return judge(ctx, env, "dates", "partial-date", questions)
}
