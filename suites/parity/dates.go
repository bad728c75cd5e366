package parity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
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

// withoutOpen leaves out of the facts that a question should find those that FHIR R4 leaves open and that were not found.
func withoutOpen(known identities, q question, expected []fixtures.Fact, part record.Part) []fixtures.Fact {
	return slices.DeleteFunc(slices.Clone(expected), func(fact fixtures.Fact) bool {
		return leftOpen(q, fact.Effective) && !carries(known, part, fact)
	})
}

// carries reports whether what was found has the record of a fact among it.
func carries(known identities, part record.Part, fact fixtures.Fact) bool {
	return slices.ContainsFunc(part.Resources, func(resource fhir.Resource) bool {
		return slices.Contains(known(resource), fact.Identifier.Token())
	})
}

// settled returns what a question should have found of facts, in their order: what has no offset may be read in UTC or in the local time of
// England (R4 3.1.1.4.5), so what only one of them finds is expected where it was found.
func settled(known identities, a answered, facts []fixtures.Fact, resource func(fixtures.Fact) fhir.Resource) []fixtures.Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(fact fixtures.Fact) bool {
		if Open(string(a.question.kind), a.question.parameters, resource(fact)) {
			return !carries(known, a.part, fact)
		}
		return !slices.ContainsFunc(a.expected, func(expected fixtures.Fact) bool { return expected.Identifier == fact.Identifier })
	})
}

// leftOpen reports whether it is open that ge or le with an instant finds what is recorded to the day, month or year: the instant is the
// whole second that it names, and what begins or ends within that neither lies beyond it nor is contained in it (R4 3.1.1.4.5).
func leftOpen(q question, effective string) bool {
	recorded, err := fhir.ParseDate(effective, nil)
	if err != nil || recorded.Precision > fhir.Day {
		return false
	}
	for _, value := range q.parameters["date"] {
		prefix, text := fhir.CutPrefix(value)
		asked, err := fhir.ParseDate(text, nil)
		if err != nil || asked.Precision <= fhir.Day {
			continue
		}
		switch prefix { //nolint:exhaustive // the others are clear
		case fhir.GreaterOrEqual:
			if recorded.High.After(asked.Low) && !recorded.High.After(asked.High) {
				return true
			}
		case fhir.LessOrEqual:
			if !recorded.Low.Before(asked.Low) && recorded.Low.Before(asked.High) {
				return true
			}
		}
	}
	return false
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
	findings, err := judge(ctx, env, "dates", "partial-date", questions)
	var refused *check.BrokenAnswer
	if errors.As(err, &refused) && unoffered(refused) && strings.Contains(refused.Finding.Message, "date=") {
		// UK Core Access has servers take them only if they can, and whoever is refused knows that nothing was looked for.
		err = &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf(
			"%s. A system need not take a year or a month for a date; that it reads one as the whole period could not be shown", refused.Finding.Message)}
	}
	return findings, err
}

// partialDate reports whether a term of the query is a year or a month for a date.
func (q Query) partialDate() bool {
	return slices.ContainsFunc(q.Terms, func(term Term) bool {
		parameter, ok := search.Lookup(q.Resource, term.Code)
		return ok && parameter.Kind == search.Date && term.Of == nil && yearOrMonth.MatchString(term.Value)
	})
}

// yearOrMonth matches a value of a date parameter that is less than a day.
var yearOrMonth = regexp.MustCompile(`^(eq|ne|gt|lt|ge|le|sa|eb|ap)?[0-9]{4}(-[0-9]{2})?$`)
