package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// syntheticOnly plants an NHS number that is outside the test range and tries to ask about it. Concord itself must refuse
// to send it, in every form a question can take, and say which check it came from.
func syntheticOnly(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	story, ok := env.Ledger.Story("P36")
	if !ok {
		return nil, fmt.Errorf("the ledger has no story P36")
	}
	number := story.Value("refused-number")
	env.By("Given an NHS number outside the test range, a published example")
	env.By("When it is put into a question to %s", env.System.Title)
	token := fhir.NHSNumberSystem + "|" + number
	var findings []result.Finding
	for _, question := range []struct {
		form string
		ask  func() error
	}{
		{"a search by identifier", func() error {
			_, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {token}})
			return err
		}},
		{"a search by POST", func() error {
			_, err := env.System.PostSearch(ctx, "Patient", url.Values{"identifier": {token}})
			return err
		}},
		{"a chained search", func() error {
			_, err := env.System.Search(ctx, "Observation", url.Values{"patient.identifier": {token}})
			return err
		}},
		{"a list of identifiers", func() error {
			_, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {token + "," + record.NHSNumberToken("9990000018")}})
			return err
		}},
		{"a header", func() error {
			_, err := env.System.With(http.Header{"X-Subject": {number}}).Search(ctx, "Patient", url.Values{"active": {"true"}})
			return err
		}},
	} {
		err := question.ask()
		var refused *exchange.Error
		if !errors.As(err, &refused) || refused.Kind != exchange.Refused {
			findings = append(findings, result.Finding{
				Rule: "synthetic-only", Severity: result.SeverityError, Expected: "Concord refuses to send it", Actual: fmt.Sprint(err),
				Message: fmt.Sprintf("Concord let %s with an NHS number outside the test range through: stop using it until this is mended", question.form),
			})
		} else if strings.Contains(refused.Error(), number) || refused.System != env.System.Name {
			findings = append(findings, result.Finding{
				Rule: "synthetic-only", Severity: result.SeverityError, Expected: "the place, without the number", Actual: refused.System,
				Message: fmt.Sprintf("Concord refuses to send %s with an NHS number outside the test range, and repeats the number or does not say for whom it was meant", question.form),
			})
		}
	}
	env.By("Then Concord refuses to send it, and says where it came from")
	return findings, nil
}
