package parity

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// past keeps an answer that is none as what is known of one person, where it says nothing about who may ask, or how often.
func past(ask func(context.Context, fixtures.Person) (seen, error)) func(context.Context, fixtures.Person) (seen, error) {
	return func(ctx context.Context, person fixtures.Person) (seen, error) {
		s, err := ask(ctx, person)
		var broken *check.BrokenAnswer
		if errors.As(err, &broken) && broken.Status == http.StatusInternalServerError {
			return seen{person: person, broken: broken}, nil
		}
		return s, err
	}
}

// brokenOver takes out of what was shown those people over whom the system broke, and says so of the first. Where it broke over everybody
// the error is what it answered.
func brokenOver(shown []seen) (rest []seen, findings []result.Finding, err error) {
	var first *check.BrokenAnswer
	for _, s := range shown {
		if s.broken == nil {
			rest = append(rest, s)
		} else if first == nil {
			first = s.broken
		}
	}
	switch {
	case first == nil:
		return shown, nil, nil
	case len(rest) == 0:
		return nil, nil, first
	}
	f := first.Finding
	f.Message += fmt.Sprintf("; it is so about %d of the %d people who were asked about", len(shown)-len(rest), len(shown))
	return rest, []result.Finding{f}, nil
}
