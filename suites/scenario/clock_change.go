package scenario

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
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
	// A service that answers at no hour has not closed for the night.
	if _, err := record.MustFind(ctx, env.System, c.person.NHSNumber); err != nil {
		return nil, err
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Advance, Delay: untilTwo(env.Ledger.Now())}); err != nil {
		return nil, err
	}
	closed, err := declaredClosed(ctx, env.System, c.person.NHSNumber)
	if err != nil {
		return nil, err
	}
	if closed {
		env.By("Then %s says that it is not available at this hour", env.System.Title)
		return nil, nil
	}
	found, err := record.MustFind(ctx, env.System, c.person.NHSNumber)
	if err != nil {
		return nil, err
	}
	env.By("Then %s shows both in the right order, at the instants they happened", env.System.Title)
	contacts := []fixtures.Fact{summer, winter}
	times := map[string]int{}
	var findings []result.Finding
	var exchanges []string
	// A person can have several linked Patients, and each answer has an order of its own.
	for _, patient := range found.Patients {
		answer, err := inOrder(ctx, env.System, string(fixtures.Encounter), patient, "date")
		sorted := answer != nil
		if err == nil && !sorted {
			answer, err = env.System.Search(ctx, string(fixtures.Encounter), url.Values{"patient": {patient.ID()}})
		}
		if err != nil {
			return findings, err
		}
		exchanges = append(exchanges, answer.Exchanges...)
		var shown []record.Shown
		for _, resource := range answer.Resources() {
			shown = append(shown, record.TruthOf(env).Match(contacts, []fhir.Resource{resource})...)
		}
		for i, s := range shown {
			times[s.Fact.ID]++
			findings = append(findings, atItsInstant(env.System.Name, s, answer.Exchanges)...)
			if i > 0 && sorted && startOf(shown[i-1].Fact.Effective).After(startOf(s.Fact.Effective)) {
				findings = append(findings, result.Finding{
					Rule: "clock-change-order", Severity: result.SeverityError, Path: "Bundle.entry", Exchanges: answer.Exchanges,
					Message:  fmt.Sprintf("%s shows the two contacts of that night in the wrong order", env.System.Name),
					Expected: summer.Source + " before " + winter.Source, Actual: winter.Source + " before " + summer.Source,
				})
			}
		}
	}
	for _, contact := range contacts {
		if times[contact.ID] == 0 {
			findings = append(findings, result.Finding{
				Rule: "clock-change-shown", Severity: result.SeverityError, Path: "Encounter", Exchanges: exchanges, Expected: contact.Effective, Actual: "not shown",
				Message: fmt.Sprintf("%s does not show the contact at %s in the night in which the clocks went back", env.System.Name, contact.Source),
			})
		}
	}
	return findings, nil
}

// atItsInstant says when a contact is shown at another time than it happened.
func atItsInstant(system string, s record.Shown, exchanges []string) []result.Finding {
	stated := s.Resource.Text("period", "start")
	if at := startOf(stated); !at.IsZero() && at.Equal(startOf(s.Fact.Effective)) {
		return nil
	}
	return []result.Finding{{
		Rule: "clock-change-instant", Severity: result.SeverityError, Path: "Encounter.period.start", Exchanges: exchanges, Expected: s.Fact.Effective, Actual: stated,
		Message: fmt.Sprintf("%s shows the contact at %s at another time than it happened", system, s.Fact.Source),
	}}
}

// startOf reads an instant; the zero time stands for what is none.
func startOf(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// untilTwo is how long it is until the next two in the morning, UTC, which is also local time in winter.
func untilTwo(now time.Time) time.Duration {
	two := time.Date(now.Year(), now.Month(), now.Day(), 2, 0, 0, 0, time.UTC)
	if !two.After(now) {
		two = two.AddDate(0, 0, 1)
	}
	return two.Sub(now)
}

// declaredClosed reports whether a system says that it does not answer now, which a service class may allow at night: with
// status 503 and an OperationOutcome. A gateway's error page, or an answer that lacks a part, says no such thing.
func declaredClosed(ctx context.Context, system *check.Endpoint, nhsNumber string) (bool, error) {
	got, err := system.Ask(ctx, exchange.Request{URL: "Patient?" + url.Values{"identifier": {record.NHSNumberToken(nhsNumber)}}.Encode()})
	if err != nil || got.Status != http.StatusServiceUnavailable {
		return false, err
	}
	object, err := fhir.DecodeObject([]byte(got.Body))
	return err == nil && fhir.Resource(object).Type() == "OperationOutcome", nil //nolint:nilerr // what is not JSON declares nothing
}
