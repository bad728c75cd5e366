package parity

import (
	"context"
	"errors"
	"net/http"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// past keeps an answer that is none as what is known of one person: an error, a refusal, or word that it cannot be answered.
func past(ask func(context.Context, fixtures.Person) (seen, error)) func(context.Context, fixtures.Person) (seen, error) {
	return func(ctx context.Context, person fixtures.Person) (seen, error) {
		s, err := ask(ctx, person)
		var broken *check.BrokenAnswer
		if errors.As(err, &broken) && broken.Status >= http.StatusBadRequest || check.Unanswered(err) {
			return seen{person: person, unseen: err}, nil
		}
		return s, err
	}
}

// brokenOver takes out of what was shown those people of whom nothing is known. Where the system broke over one of them that is a finding; where it
// refused to answer, or could not, it is doubt: no verdict on them can be good, and what is wrong with others is wrong all the same. Where
// nothing is known of anybody the error is the first answer.
func brokenOver(shown []seen) (rest []seen, findings []result.Finding, doubt, err error) {
	var first, unsure error
	for _, s := range shown {
		var broken *check.BrokenAnswer
		switch {
		case s.unseen == nil:
			rest = append(rest, s)
		case errors.As(s.unseen, &broken):
			if first == nil {
				first = s.unseen
			}
		case unsure == nil:
			unsure = s.unseen
		}
	}
	if first == nil && unsure == nil {
		return shown, nil, nil, nil
	}
	if len(rest) == 0 {
		if first != nil {
			return nil, nil, nil, first
		}
		return nil, nil, nil, unsure
	}
	missed := len(shown) - len(rest)
	var broken *check.BrokenAnswer
	if errors.As(check.OfSome(first, missed, len(shown)), &broken) {
		findings = []result.Finding{broken.Finding}
	}
	return rest, findings, check.OfSome(unsure, missed, len(shown)), nil
}
