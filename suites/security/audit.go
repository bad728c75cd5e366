package security

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// correlation is an id that marks one question, the same in every run.
func correlation(env *check.Env) string {
	sum := sha256.Sum256([]byte("correlation " + env.Label))
	x := hex.EncodeToString(sum[:16])
	return strings.Join([]string{x[:8], x[8:12], "8" + x[13:16], "8" + x[17:20], x[20:]}, "-")
}

// marked asks at a door with an id in X-Correlation-ID.
func marked(ctx context.Context, env *check.Env, door string, question exchange.Request) (*exchange.Exchange, error) {
	at, err := way(env, door)
	if err != nil {
		return nil, err
	}
	question.Header = http.Header{"X-Correlation-Id": {correlation(env)}}
	return at.Afresh(env.Label).Ask(ctx, question)
}

// accessAudited opens a record and looks for the AuditEvent.
func accessAudited(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	who, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	t := trail{env, url.Values{"patient": {who.patient.ID()}, "_sort": {"-date"}}}
	before, err := t.read(ctx, "before")
	if err != nil {
		return nil, err
	}
	got, err := marked(ctx, env, check.DoorInvited, exchange.Request{URL: "Patient/" + who.patient.ID()})
	if err != nil {
		return nil, err
	}
	if !got.Succeeded() {
		return nil, check.NoData("%s does not show %s again (status %d), so there is no access to look for", env.System.Name, who.patient.Reference(), got.Status)
	}
	return t.traced(ctx, got, before, "access-unaudited", "an access")
}

// refusalAudited asks without a token and looks for the AuditEvent.
func refusalAudited(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	who, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	t := trail{env, url.Values{"outcome": {"4,8,12"}, "_sort": {"-date"}}}
	before, err := t.read(ctx, "before")
	if err != nil {
		return nil, err
	}
	got, err := marked(ctx, env, check.DoorNoToken, exchange.Request{URL: "Patient/" + who.patient.ID()})
	if err != nil {
		return nil, err
	}
	if got.Status < 400 {
		return nil, check.NoData("%s answers requests without a token, which SEC-TOKEN-NONE charges, so there is no refusal to look for", env.System.Name)
	}
	return t.traced(ctx, got, before, "refusal-unaudited", "a refusal")
}

// trail is the audit trail of a system, narrowed to what is looked for.
type trail struct {
	env *check.Env
	by  url.Values
}

// mostTrail is how many AuditEvents are looked through: what is looked for was written just now.
const mostTrail = 200

// read returns the newest AuditEvents. What a system cannot search or sort by is left out. when tells one look from another.
func (t trail) read(ctx context.Context, when string) (*check.Answer, error) {
	invited, err := way(t.env, check.DoorInvited)
	if err != nil {
		return nil, err
	}
	var answer *check.Answer
	for _, narrowed := range []url.Values{t.by, {"_sort": {"-date"}}, nil} {
		answer, err = invited.Afresh(t.env.Label+" "+when).UpTo(mostTrail).Search(ctx, "AuditEvent", narrowed)
		var refused *check.BrokenAnswer
		if !errors.As(err, &refused) || refused.Status < 400 || refused.Status >= 500 {
			break
		}
		err = &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf(
			"%s answers a search of AuditEvent with status %d, so nobody can see whether it writes down who asked", t.env.System.Name, refused.Status)}
	}
	return answer, err
}

// about are the ids of the AuditEvents of an answer that mention one of some texts.
func (t trail) about(answer *check.Answer, texts []string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, event := range answer.Resources() {
		body, err := json.Marshal(event)
		if err != nil {
			return nil, fmt.Errorf("read an AuditEvent: %w", err)
		}
		if slices.ContainsFunc(texts, func(text string) bool { return text != "" && strings.Contains(string(body), text) }) {
			found[event.ID()] = true
		}
	}
	return found, nil
}

// traced looks for an exchange in the trail. What was there before the exchange is the trace of an earlier run.
func (t trail) traced(ctx context.Context, got *exchange.Exchange, before *check.Answer, rule, what string) ([]result.Finding, error) {
	after, err := t.read(ctx, "after")
	if err != nil {
		return nil, err
	}
	texts := []string{correlation(t.env), got.Header.Get("X-Request-Id")}
	old, err := t.about(before, texts)
	if err != nil {
		return nil, err
	}
	now, err := t.about(after, texts)
	if err != nil {
		return nil, err
	}
	for id := range now {
		if !old[id] {
			return nil, nil
		}
	}
	one := finding(t.env, got, rule, fmt.Sprintf("%s writes no AuditEvent about %s", t.env.System.Name, what), "an AuditEvent that names the request by its X-Correlation-ID or X-Request-ID",
		fmt.Sprintf("none among the newest %d", len(after.Matches)))
	one.Exchanges = append(one.Exchanges, after.Exchanges...)
	return []result.Finding{one}, nil
}
