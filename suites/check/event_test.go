package check_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// obliging lets everything happen.
type obliging struct{ events []check.Event }

func (o *obliging) Happen(_ context.Context, event check.Event) (*result.Attestation, error) {
	o.events = append(o.events, event)
	return &result.Attestation{By: "A. Begum"}, nil
}

func (*obliging) Reset(context.Context) error { return nil }

func TestAnEventIsAStepWithItsWitness(t *testing.T) {
	system := check.NewEndpoint(nil, "ohc", "One Health and Care")
	operator := &obliging{}
	env := &check.Env{System: system, Operators: map[string]check.Operator{"ohc": operator}, Label: "SCN-X ohc"}
	env.By("Given %d people", 2)
	if err := env.Happen(t.Context(), env.System, check.Event{Type: check.ProviderDown, Provider: "RXW"}); err != nil {
		t.Fatal(err)
	}
	steps := env.Steps()
	if len(steps) != 2 || steps[0].Text != "Given 2 people" || !strings.HasPrefix(steps[1].Text, "When we make the records of provider RXW unreachable") ||
		steps[1].Attested == nil || steps[1].Attested.By != "A. Begum" {
		t.Errorf("the steps are %+v", steps)
	}
	if env.System == system {
		t.Error("after an event, the system still shares the answers from before")
	}
	if !env.Happened() || len(operator.events) != 1 {
		t.Errorf("happened %v, events %v", env.Happened(), operator.events)
	}
}

func TestWithoutAnOperatorAnEventNeedsAWitness(t *testing.T) {
	env := &check.Env{System: check.NewEndpoint(nil, "ohc", "One Health and Care")}
	err := env.Happen(t.Context(), env.System, check.Event{Type: check.Object, Person: "9990003114"})
	var inconclusive *check.Inconclusive
	if !errors.As(err, &inconclusive) || inconclusive.Reason != result.NeedsWitness || !strings.Contains(err.Error(), "--witness") {
		t.Errorf("got %v", err)
	}
	if env.Happened() || len(env.Steps()) != 0 {
		t.Error("what did not happen is a step")
	}
}

func TestAClockDoesNotRunBackwards(t *testing.T) {
	operator := &obliging{}
	env := &check.Env{System: check.NewEndpoint(nil, "ohc", ""), Operators: map[string]check.Operator{"ohc": operator}}
	for _, delay := range []time.Duration{0, -time.Minute} {
		if err := env.Happen(t.Context(), env.System, check.Event{Type: check.Advance, Delay: delay}); err == nil || len(operator.events) != 0 {
			t.Errorf("by %s: %v, %d events", delay, err, len(operator.events))
		}
	}
}
