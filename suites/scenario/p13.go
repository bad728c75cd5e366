package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/suites/record"
)

// clockChange asks at two in the morning about two contacts at half past one in the night in which the clocks went back,
// an hour apart. Their order and their instants must be right, and the service must answer or say that it is closed.
func clockChange(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P13")
	if err != nil {
		return nil, err
	}
	summer, ok := c.story.Fact("summer-contact")
	winter, both := c.story.Fact("winter-contact")
	if !ok || !both {
		return nil, fmt.Errorf("story P13 lacks a contact")
	}
	env.By("Given two emergency contacts at 01:30 on the night the clocks went back, an hour apart, at %s and %s", summer.Source, winter.Source)
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Advance, Delay: untilTwo(env.Ledger.Now())}); err != nil {
		return nil, err
	}
	found, err := record.MustFind(ctx, env.System, c.person.NHSNumber)
	if closed := declaredClosed(err); closed {
		env.By("Then %s says that it is not available at this hour", env.System.Title)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	env.By("Then %s shows both in the right order, at the instants they happened", env.System.Title)
	part, err := found.Resources(ctx, env.System, string(fixtures.Encounter), url.Values{"_sort": {"date"}})
	if err != nil {
		return nil, err
	}
	contacts := []fixtures.Fact{summer, winter}
	var findings []result.Finding
	var shown []record.Shown
	for _, resource := range part.Resources {
		shown = append(shown, record.Match(contacts, []fhir.Resource{resource})...)
	}
	for _, s := range shown {
		at, err := time.Parse(time.RFC3339, s.Resource.Text("period", "start"))
		want, _ := time.Parse(time.RFC3339, s.Fact.Effective)
		if err != nil || !at.Equal(want) {
			findings = append(findings, result.Finding{
				Rule: "clock-change-instant", Severity: result.SeverityError, Path: "Encounter.period.start", Exchanges: part.Exchanges,
				Message:  fmt.Sprintf("%s shows the contact at %s at another time than it happened", env.System.Name, s.Fact.Source),
				Expected: s.Fact.Effective, Actual: s.Resource.Text("period", "start"),
			})
		}
	}
	order := make([]string, 0, len(shown))
	for _, s := range shown {
		order = append(order, s.Fact.Source)
	}
	if want := []string{summer.Source, winter.Source}; !slices.Equal(order, want) {
		findings = append(findings, result.Finding{
			Rule: "clock-change-order", Severity: result.SeverityError, Path: "Bundle.entry", Exchanges: part.Exchanges,
			Message:  fmt.Sprintf("%s does not show the two contacts of that night once each, in the order in which they happened", env.System.Name),
			Expected: fmt.Sprint(want), Actual: fmt.Sprint(order),
		})
	}
	return findings, nil
}

// untilTwo is how long it is until the next two in the morning, UTC, which is also local time in winter.
func untilTwo(now time.Time) time.Duration {
	two := time.Date(now.Year(), now.Month(), now.Day(), 2, 0, 0, 0, time.UTC)
	if !two.After(now) {
		two = two.AddDate(0, 0, 1)
	}
	return two.Sub(now)
}

// declaredClosed reports whether a system answered that it does not answer now, which a service class may allow at night.
func declaredClosed(err error) bool {
	var inconclusive *check.Inconclusive
	return errors.As(err, &inconclusive) && inconclusive.Reason == result.Unreachable
}
