package security

import (
	"context"
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// oldTLS asks with versions of TLS before 1.2 alone, or charges that there is none at all.
func oldTLS(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(invited.Base(), "http:") {
		return []result.Finding{{
			Rule: "no-tls", Severity: result.SeverityError, Message: env.System.Name + " is asked without TLS: " + invited.Base(),
			Expected: "https, with TLS 1.2 or later", Actual: "http",
		}}, nil
	}
	all, err := refusals(ctx, env, check.DoorOldTLS)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.got != nil {
			// Whatever was answered, it was said over that version.
			return []result.Finding{finding(env, r.got, "old-tls", env.System.Name+" answers over TLS 1.1 or 1.0", "no connection", fmt.Sprintf("status %d", r.got.Status))}, nil
		}
	}
	return nil, nil
}
