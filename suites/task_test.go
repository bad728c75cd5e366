package suites

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

func ask(ctx context.Context, level result.Level, run func(context.Context, *check.Env) ([]result.Finding, error)) result.Result {
	t := &task{check: check.Check{ID: "X-1", Suite: "x", Level: level, Run: run}, env: &check.Env{}, done: make(chan struct{}), scope: result.Scope{System: "ccr", Peer: "ohc"}}
	t.perform(ctx, func() time.Time { return time.Time{} }, time.Minute)
	return t.result
}

func TestWhatACheckReturnsDecidesItsStatus(t *testing.T) {
	finding := func(severity result.Severity) []result.Finding { return []result.Finding{{Severity: severity}} }
	waived := func(severity result.Severity) []result.Finding {
		return []result.Finding{{Severity: severity, Waiver: "X"}}
	}
	unanswered := func(kind exchange.Kind) error {
		return fmt.Errorf("wrapped: %w", &exchange.Error{Kind: kind, Err: errors.New("x")})
	}
	for _, c := range []struct {
		name     string
		level    result.Level
		findings []result.Finding
		err      error
		status   result.Status
		reason   result.Reason
	}{
		{"nothing wrong", result.Must, nil, nil, result.Pass, result.NoReason},
		{"an error finding of a must", result.Must, finding(result.SeverityError), nil, result.Fail, result.Broken},
		{"an error finding of a should", result.Should, finding(result.SeverityError), nil, result.Warning, result.Broken},
		{"an error finding of a may", result.May, finding(result.SeverityError), nil, result.Pass, result.NoReason},
		{"a warning", result.Must, finding(result.SeverityWarning), nil, result.Warning, result.Broken},
		{"information", result.Must, finding(result.Information), nil, result.Pass, result.NoReason},
		{"an error that a waiver covers", result.Must, waived(result.SeverityError), nil, result.Waived, result.Accepted},
		{"a warning that a waiver covers", result.Should, waived(result.SeverityWarning), nil, result.Waived, result.Accepted},
		{"information that a waiver covers", result.Must, waived(result.Information), nil, result.Pass, result.NoReason},
		{"a waived error beside another", result.Must, append(waived(result.SeverityError), finding(result.SeverityError)...), nil, result.Fail, result.Broken},
		{"no data", result.Must, nil, check.NoData("x"), result.NotRun, result.NoData},
		{"a refusal", result.Must, nil, &check.Inconclusive{Reason: result.NotAllowed}, result.NotRun, result.NotAllowed},
		{"an incomplete answer", result.Must, nil, &check.Inconclusive{Reason: result.Unreachable}, result.Error, result.Unreachable},
		{"findings beside an incomplete answer", result.Must, finding(result.SeverityError), &check.Inconclusive{Reason: result.Unreachable}, result.Error, result.Unreachable},
		{"nobody there", result.Must, nil, unanswered(exchange.Unreachable), result.Error, result.Unreachable},
		{"too slow", result.Must, nil, unanswered(exchange.TimedOut), result.Error, result.Unreachable},
		{"stopped", result.Must, nil, unanswered(exchange.Interrupted), result.Error, result.Interrupted},
		{"refused to send", result.Must, nil, unanswered(exchange.Refused), result.Error, result.HarnessFault},
		{"a wrong answer", result.Must, nil, &check.BrokenAnswer{Finding: result.Finding{Severity: result.SeverityError}}, result.Fail, result.Broken},
		{"a wrong answer of whom it is compared with", result.Must, nil, &check.BrokenAnswer{System: "ohc", Finding: result.Finding{Severity: result.SeverityError}}, result.NotRun, result.NoData},
		{"findings beside it", result.Must, finding(result.SeverityError), &check.BrokenAnswer{System: "ohc", Finding: result.Finding{Severity: result.SeverityError}}, result.Fail, result.Broken},
		{"everybody where one person was looked for", result.Must, nil, &check.BrokenAnswer{OfPerson: true, Finding: result.Finding{Rule: check.RuleEverybody, Severity: result.SeverityError}}, result.NotRun, result.NoData},
		{"findings beside that", result.Must, finding(result.SeverityError), &check.BrokenAnswer{OfPerson: true, Finding: result.Finding{Rule: check.RuleEverybody, Severity: result.SeverityError}}, result.Fail, result.Broken},
		{"everybody where one person's records were asked for", result.Must, nil, &check.BrokenAnswer{Finding: result.Finding{Rule: check.RuleEverybody, Severity: result.SeverityError}}, result.Fail, result.Broken},
		{"out of time", result.Must, nil, context.DeadlineExceeded, result.Error, result.Unreachable},
		{"our own fault", result.Must, nil, errors.New("no story"), result.Error, result.HarnessFault},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask(t.Context(), c.level, func(context.Context, *check.Env) ([]result.Finding, error) { return c.findings, c.err })
			if r.Status != c.status || r.Reason != c.reason {
				t.Errorf("got %s (%s), want %s (%s)", r.Status, r.Reason, c.status, c.reason)
			}
			if r.Status != result.Pass && r.Message == "" && len(r.Findings) == 0 {
				t.Error("a status that is not a pass says nothing")
			}
		})
	}
}

func TestACheckThatPanicsIsOurFaultAndNobodyElses(t *testing.T) {
	r := ask(t.Context(), result.Must, func(context.Context, *check.Env) ([]result.Finding, error) {
		panic("index out of range")
	})
	if r.Status != result.Error || r.Reason != result.HarnessFault || !strings.Contains(r.Message, "X-1") {
		t.Errorf("got %s (%s): %s", r.Status, r.Reason, r.Message)
	}
}

func TestAStoppedRunAsksNothingMore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := ask(ctx, result.Must, func(context.Context, *check.Env) ([]result.Finding, error) {
		t.Error("the check was asked")
		return nil, nil
	})
	if r.Status != result.NotRun || r.Reason != result.Interrupted {
		t.Errorf("got %s (%s)", r.Status, r.Reason)
	}
}

func TestWhatIsNotDeclaredIsAskedAllTheSame(t *testing.T) {
	ran := false
	asked := &task{
		check: check.Check{ID: "X-1", Level: result.Must, Run: func(context.Context, *check.Env) ([]result.Finding, error) {
			ran = true
			return nil, nil
		}},
		env: &check.Env{}, done: make(chan struct{}), unmet: check.Feature{Resource: "Flag"}, scope: result.Scope{System: "ccr"},
	}
	asked.perform(t.Context(), time.Now, time.Minute)
	if !ran || asked.result.Status != result.Pass {
		t.Errorf("got %+v", asked.result)
	}
}

func TestSelection(t *testing.T) {
	catalogue := Catalogue()
	if err := catalogue.Validate(); err != nil {
		t.Fatal(err)
	}
	if all, err := (Selection{}).Select(catalogue); err != nil || len(all) != len(catalogue) {
		t.Errorf("nothing chosen selects %d of %d, %v", len(all), len(catalogue), err)
	}
	if one, err := (Selection{Checks: []string{"PAR-DATE-001"}}).Select(catalogue); err != nil || len(one) != 1 {
		t.Errorf("one check selects %d, %v", len(one), err)
	}
	for _, s := range []Selection{{Suites: []string{"none"}}, {Checks: []string{"NONE"}}, {Suites: []string{"profile"}, Checks: []string{"PAR-DATE-001"}}} {
		if chosen, err := s.Select(catalogue); err == nil {
			t.Errorf("%+v selects %d checks", s, len(chosen))
		}
	}
}

func TestWhatIsDeclaredIsToldFromWhatIsNotKnown(t *testing.T) {
	statement, err := fhir.DecodeObject([]byte(`{"rest":[{"resource":[{"type":"Observation","searchParam":[{"name":"code"},{"name":"date"}]},{"type":"Patient"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	said := offers{statement: statement}
	for _, c := range []struct {
		resourceType, parameters string
		want                     bool
	}{{"Observation", "code", true}, {"Observation", "code+date", true}, {"Observation", "code+status", false}, {"Patient", "code", false}, {"Flag", "code", false}} {
		if got := said.declares(c.resourceType, c.parameters); got == nil || *got != c.want {
			t.Errorf("%s of %s: %v", c.parameters, c.resourceType, got)
		}
	}
	if got := (offers{}).declares("Observation", "code"); got != nil {
		t.Errorf("a system whose statement could not be read declares %v", *got)
	}
}
