package parity

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// selfLinks: whatever way a search comes, the self link names what was applied, under the names that it was asked by.
func selfLinks(ctx context.Context, g ground) ([]result.Finding, error) {
	name, value := g.filter()
	ask := func(pairs ...string) func() (*check.Answer, error) {
		return func() (*check.Answer, error) { return g.ask(ctx, pairs...) }
	}
	var findings []result.Finding
	for _, way := range []func() (*check.Answer, error){
		ask(name, value), ask(name, value, "_count", "0"), ask(name, value, "_summary", "count"),
		func() (*check.Answer, error) { return g.system.PostSearch(ctx, g.resourceType, g.about(name, value)) },
	} {
		answer, err := way()
		if err = orNotOffered(err); err == errNotOffered { //nolint:errorlint // it is returned as it is
			continue
		}
		if err != nil {
			return findings, err
		}
		var lost []string
		for _, asked := range []string{"patient", name} {
			if !linkHas(answer.Self, asked) && (asked != "patient" || !linkHas(answer.Self, "subject")) {
				lost = append(lost, asked)
			}
		}
		message := fmt.Sprintf("the self link of %s leaves out %s", answer.Query, strings.Join(lost, " and "))
		switch {
		case answer.Self == "":
			message = fmt.Sprintf("the answer to %s has no self link, so nobody can see what was applied", answer.Query)
		case len(lost) == 0:
			continue
		}
		findings = append(findings, result.Finding{
			Rule: "self-link-incomplete", Severity: result.SeverityError, Level: result.Should, Path: "Bundle.link", Cause: result.LabelLost, Query: answer.Curl(),
			Message: message, Expected: "self with patient and " + name, Actual: "self " + orNone(answer.Self), Exchanges: answer.Exchanges,
		})
	}
	return findings, nil
}

// countNothing: _count=0 is answered with the number of matches and none of them (R4 3.1.1.5.4: "If _count has the value 0, this
// shall be treated the same as _summary=count").
func countNothing(ctx context.Context, g ground) ([]result.Finding, error) {
	name, value := g.filter()
	for _, pairs := range [][]string{{"_count", "0"}, {name, value, "_count", "0"}} {
		answer, err := g.ask(ctx, pairs...)
		if err != nil {
			return nil, orNotOffered(err)
		}
		if len(answer.Matches) > 0 {
			return []result.Finding{{
				Rule: "count-zero-ignored", Severity: result.SeverityError, Level: result.Must, Cause: result.IgnoredParameter, Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  fmt.Sprintf("%s asks for the number of matches alone and is answered with %d of them", answer.Query, len(answer.Matches)),
				Expected: "the total, and no results", Actual: results(names(answer.Resources()), nil),
			}}, nil
		}
		whole := g.whole
		if len(pairs) > 2 {
			if whole, err = g.ask(ctx, name, value); err != nil {
				return nil, err
			}
		}
		if n := len(found(whole)); answer.Total != n {
			says, cause := "answers without a number", result.IgnoredParameter
			if answer.Total >= 0 {
				says, cause = fmt.Sprintf("says %d", answer.Total), result.WrongTotal
			}
			return []result.Finding{{
				Rule: "count-zero-without-number", Severity: result.SeverityError, Level: result.Must, Path: "Bundle.total", Cause: cause, Query: answer.Curl(),
				Exchanges: append(slices.Clone(whole.Exchanges), answer.Exchanges...),
				Message:   fmt.Sprintf("%s asks %s for the number of matches alone, and it %s", answer.Query, g.system.Name, says),
				Expected:  fmt.Sprintf("total %d, as many as the same search finds", n), Actual: says,
			}}, nil
		}
	}
	return nil, nil
}

// keptAnswers: an answer that a cache has kept stands for no other question. The patient's reference to another server is
// asked after the patient's own, as a client asks that does not say that it wants no kept answer, and then as one that does.
func keptAnswers(ctx context.Context, g ground) ([]result.Finding, error) {
	id := g.patient.Resource.ID()
	kept := g.system.Cached()
	foreign := otherBase + "/Patient/" + id
	var findings []result.Finding
	// Both ways round, and each with an own page size, because either answer may be kept for the other.
	for i, order := range [][2]string{{id, foreign}, {foreign, id}} {
		size := fmt.Sprint(97 + i)
		ask := func(system *check.Endpoint, value string) (*check.Answer, error) {
			return system.Search(ctx, g.resourceType, url.Values{"patient": {value}, "_count": {size}})
		}
		if _, err := ask(kept, order[0]); err != nil {
			return findings, orNotOffered(err)
		}
		second, err := ask(kept, order[1])
		if err != nil {
			return findings, orNotOffered(err)
		}
		fresh, err := ask(g.system, order[1])
		if err != nil {
			return findings, orNotOffered(err)
		}
		if slices.Equal(found(second), found(fresh)) {
			continue
		}
		findings = append(findings, result.Finding{
			Rule: "stale-cache", Severity: result.SeverityError, Level: result.Must, Cause: result.StaleFeed, Query: second.Curl(), PeerQuery: fresh.Curl(),
			Message: fmt.Sprintf("%s has another answer with Cache-Control: no-cache than without, because the answer to patient=%s was kept and given again",
				second.Query, order[0]),
			Expected: results(names(fresh.Resources()), nil), Actual: results(names(second.Resources()), nil), Exchanges: exchangesOf(second, fresh),
		})
	}
	return findings, nil
}

// foreignPatient: a reference to a patient at another server finds nothing here, though the id is one that is known here.
func foreignPatient(ctx context.Context, g ground) ([]result.Finding, error) {
	answer, err := g.system.UpTo(enoughToSee).Search(ctx, g.resourceType, url.Values{"patient": {otherBase + "/Patient/" + g.patient.Resource.ID()}})
	if err != nil {
		return nil, orNotOffered(err)
	}
	if len(answer.Matches) == 0 {
		return nil, nil
	}
	return []result.Finding{{
		Rule: "reference-other-server", Severity: result.SeverityError, Level: result.Must, Cause: result.ReferenceBroken, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("%s asks for the records of a patient of another server, and is answered with those of the patient who has the same id here", answer.Query),
		Expected: "no results", Actual: results(names(answer.Resources()), nil),
	}}, nil
}
