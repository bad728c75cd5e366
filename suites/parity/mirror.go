package parity

import (
	"context"
	"fmt"
	"net/http"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// idsComeBack sends a request that carries a request id and a correlation id, and looks for both in the answer. What the
// request id was is the client's secret; that the answer has one is enough.
func idsComeBack(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	const correlation = "5a0e3c52-7f0d-4d6b-9a53-0c1e7a64d064"
	system := env.System.With(http.Header{"X-Correlation-Id": {correlation}})
	got, err := system.Ask(ctx, exchange.Request{URL: "metadata"})
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	missing := func(name, expected string) {
		actual := got.Header.Get(name)
		if actual == "" {
			actual = "no such header"
		}
		findings = append(findings, result.Finding{
			Rule: "id-not-mirrored", Severity: result.SeverityError, Path: name, Exchanges: []string{got.ID}, Expected: expected, Actual: actual,
			Cause: result.CauseMissing, Query: system.CurlRead("metadata"),
			Message: fmt.Sprintf("%s does not send the %s of a request back with its answer", env.System.Name, name),
		})
	}
	if got.Header.Get("X-Request-Id") == "" {
		missing("X-Request-ID", "the id that was sent")
	}
	if got.Header.Get("X-Correlation-Id") != correlation {
		missing("X-Correlation-ID", correlation)
	}
	return findings, nil
}
