package security

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"concord.example/concord/internal/auth"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// challenge looks at how a request without a token is refused.
func challenge(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	all, err := refusals(ctx, env, check.DoorNoToken)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	refused := false
	for _, r := range all {
		if r.got == nil || r.got.Status < 300 {
			continue // that it is answered is for SEC-TOKEN-NONE to charge
		}
		refused = true
		switch said := r.got.Header.Get("Www-Authenticate"); {
		case r.got.Status != http.StatusUnauthorized:
			findings = append(findings, finding(env, r.got, "refusal-not-401", env.System.Name+" refuses a request without a token with another status than 401", "status 401", fmt.Sprintf("status %d", r.got.Status)))
		case said == "":
			findings = append(findings, finding(env, r.got, "refusal-unexplained", env.System.Name+" refuses with 401 and does not say how to be let in", "WWW-Authenticate: Bearer …", "no WWW-Authenticate"))
		}
	}
	if !refused {
		return nil, check.NoData("%s ends no request without a token with an answer that refuses it, so there is none to look at", env.System.Name)
	}
	return findings, nil
}

// grant asks the token endpoint for a token with an assertion, in which something is wrong, and reports whether it gave one.
func grant(ctx context.Context, env *check.Env, wrong, repeat string) (bool, *exchange.Exchange, error) {
	if shows(env) {
		return false, nil, &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
			"Concord proves itself to the token endpoint of %s with a secret, and so has no assertion that could be wrong", env.System.Name)}
	}
	return token(ctx, env, check.DoorTokens, url.Values{"client_assertion": {wrong}}, repeat)
}

// shows reports whether Concord shows a secret to a system's token endpoint, and signs nothing.
func shows(env *check.Env) bool {
	return env.System.Doors != nil && env.System.Doors.Ways[check.DoorTokens] == nil && env.System.Doors.Ways[check.DoorSecret(check.SecretInForm, check.SecretRight)] != nil
}

// token asks for a token at a door of the token endpoint, with a form, and reports whether one was given.
func token(ctx context.Context, env *check.Env, door string, form url.Values, repeat string) (bool, *exchange.Exchange, error) {
	endpoint, err := way(env, door)
	if err != nil {
		return false, nil, err
	}
	form.Set("grant_type", "client_credentials")
	got, err := endpoint.Afresh(repeat).Ask(ctx, exchange.Request{
		Method: http.MethodPost, URL: endpoint.Base(), Accept: "application/json", ContentType: "application/x-www-form-urlencoded", Body: form.Encode(),
	})
	if err != nil {
		return false, nil, err
	}
	if err := unavailable(env, got); err != nil {
		return false, nil, err
	}
	object, _ := fhir.DecodeObject([]byte(got.Body)) // what cannot be read holds no token
	return got.Status < 300 && fhir.Text(object["access_token"]) != "", got, nil
}

// granted is the answer of the token endpoint to a right assertion; an error when it gives no token for one.
func granted(ctx context.Context, env *check.Env, wrong string) (*exchange.Exchange, error) {
	gave, got, err := grant(ctx, env, wrong, "")
	if err == nil && !gave {
		err = &check.Inconclusive{Reason: result.NotAllowed, Detail: fmt.Sprintf(
			"the token endpoint of %s gives no token for a right assertion (status %d), so that a refusal would prove nothing; check auth", env.System.Name, got.Status)}
	}
	return got, err
}

// assertions asks for tokens with assertions that are wrong in one thing each.
func assertions(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if _, err := granted(ctx, env, auth.AssertionRight); err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, wrong := range []struct{ name, what string }{
		{auth.AssertionExpired, "that has expired"},
		{auth.AssertionAudience, "for another token endpoint"},
		{auth.AssertionTampered, "with a wrong signature"},
		{auth.AssertionUnsigned, "without a signature (alg none)"},
	} {
		gave, got, err := grant(ctx, env, wrong.name, "")
		if err != nil {
			return nil, err
		}
		if gave {
			findings = append(findings, finding(env, got, "assertion-accepted", fmt.Sprintf("the token endpoint of %s gives a token for an assertion %s", env.System.Name, wrong.what),
				"status 400 or 401 and invalid_client", fmt.Sprintf("status %d and a token", got.Status)))
		}
	}
	return findings, nil
}

// secrets asks for tokens with secrets that are wrong in one thing each, in each of the ways to show one in which the right one is taken.
func secrets(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if env.System.Doors != nil && env.System.Doors.Ways[check.DoorTokens] != nil && env.System.Doors.Ways[check.DoorSecret(check.SecretInForm, check.SecretRight)] == nil {
		return nil, &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
			"Concord proves itself to the token endpoint of %s with a key, and so has no secret that could be wrong", env.System.Name)}
	}
	var (
		findings []result.Finding
		refused  *exchange.Exchange
		taken    bool
	)
	for _, how := range []string{check.SecretInHeader, check.SecretInForm} {
		gave, got, err := token(ctx, env, check.DoorSecret(how, check.SecretRight), url.Values{}, "")
		if err != nil {
			return findings, err
		}
		if !gave {
			refused = got
			continue
		}
		taken = true
		for _, wrong := range []struct{ name, what string }{
			{check.SecretWrong, "that shows a wrong secret"}, {check.SecretNone, "that shows nothing but its name"}, {check.SecretOther, "that shows the secret of another"},
		} {
			door := check.DoorSecret(how, wrong.name)
			if env.System.Doors.Ways[door] == nil {
				continue
			}
			gave, got, err := token(ctx, env, door, url.Values{}, "")
			if err != nil {
				return findings, err
			}
			if gave {
				findings = append(findings, finding(env, got, "secret-accepted", fmt.Sprintf("the token endpoint of %s gives a token to a client %s (in the %s)", env.System.Name, wrong.what, how),
					"status 400 or 401 and invalid_client", fmt.Sprintf("status %d and a token", got.Status)))
			}
		}
	}
	if !taken {
		return nil, &check.Inconclusive{Reason: result.NotAllowed, Detail: fmt.Sprintf(
			"the token endpoint of %s gives no token for the right secret (status %d), so that a refusal would prove nothing; check auth", env.System.Name, refused.Status)}
	}
	return findings, nil
}

// replay uses one assertion twice.
func replay(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	if _, err := granted(ctx, env, auth.AssertionOnce); err != nil {
		return nil, err
	}
	gave, got, err := grant(ctx, env, auth.AssertionOnce, env.Label+" replayed")
	if err != nil || !gave {
		return nil, err
	}
	return []result.Finding{finding(env, got, "assertion-replayed", fmt.Sprintf("the token endpoint of %s gives a second token for an assertion that was used (same jti)", env.System.Name),
		"status 400 or 401 and invalid_client", fmt.Sprintf("status %d and a token", got.Status))}, nil
}

// notStored looks at whether records, and tokens, may be kept by caches.
func notStored(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, good, err := answered(ctx, env)
	if err != nil {
		return nil, err
	}
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	look := func(got *exchange.Exchange, what string) {
		said := strings.ToLower(got.Header.Get("Cache-Control"))
		if strings.Contains(said, "no-store") {
			return
		}
		if said == "" {
			said = "no Cache-Control"
		}
		findings = append(findings, finding(env, got, "answer-storable", fmt.Sprintf("%s lets caches keep %s", env.System.Name, what), "Cache-Control: no-store", said))
	}
	for _, question := range good {
		got, err := invited.Ask(ctx, question)
		if err != nil {
			return nil, err
		}
		look(got, "a record")
	}
	if env.System.Doors.Ways[check.DoorTokens] != nil {
		got, err := granted(ctx, env, auth.AssertionRight)
		if err != nil {
			return nil, err
		}
		look(got, "a token")
	}
	return findings, nil
}
