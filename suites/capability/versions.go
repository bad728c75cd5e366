package capability

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// correctedAtMost is how many corrected records are looked for until one is shown with its versions.
const correctedAtMost = 4

// etagOfVersions reads two versions of a record that was corrected. By one tag for both a cache, or a client that asks with If-None-Match,
// is told that the record has not changed (RFC 9110 8.8.1, 13.1.2). Nothing is said where no such record is shown, or no version of it but
// the last.
func etagOfVersions(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	truth, looked := record.TruthOf(env), 0
	for _, person := range record.Sample(env.Ledger) {
		for _, fact := range truth.About(person).Visible {
			offered := offer(statement, string(fact.Kind))
			if fact.Version < 2 || env.System.Part != "" && !env.Ledger.Holds(env.System.Part, fact) || !interacts(offered, "vread") || !interacts(offered, "history-instance") {
				continue
			}
			if looked++; looked > correctedAtMost {
				return nil, nil
			}
			found, err := record.Find(ctx, env.System, person.NHSNumber)
			part := record.Part{}
			if err == nil {
				part, err = found.Resources(ctx, env.System, string(fact.Kind), nil)
			}
			var unanswered *exchange.Error
			if errors.As(err, &unanswered) || ctx.Err() != nil {
				return nil, err
			}
			if err != nil {
				continue // what is wrong with a search the checks of searches say
			}
			for _, shown := range truth.Match([]fixtures.Fact{fact}, part.Resources) {
				now, before, err := twoVersions(ctx, env, shown.Resource)
				if err != nil {
					return nil, err
				}
				if now == nil {
					continue
				}
				tag := now.Header.Get("ETag")
				if tag == "" || plainTag(tag) != plainTag(before.Header.Get("ETag")) {
					return nil, nil
				}
				finding := wrong(env, now, "etag-stays", fmt.Sprintf("%s gives two versions of %s one ETag, so that whoever kept the first is told that nothing has changed", env.System.Name,
					shown.Resource.Reference()), "an ETag of its own for each version", tag)
				finding.Exchanges = []string{before.ID, now.ID}
				return []result.Finding{finding}, nil
			}
		}
	}
	return nil, nil
}

// twoVersions reads the present version of a record and an earlier one; nil where there is none to read, or where both say the same.
func twoVersions(ctx context.Context, env *check.Env, shown fhir.Resource) (now, before *exchange.Exchange, err error) {
	history, err := get(ctx, env, shown.Reference()+"/_history")
	if err != nil || !history.Succeeded() {
		return nil, nil, err
	}
	for _, entry := range fhir.Entries(resourceOf(history)) {
		version := entry.Resource.Text("meta", "versionId")
		if version == "" || entry.Resource.Reference() != shown.Reference() || version == shown.Text("meta", "versionId") {
			continue
		}
		if before, err = get(ctx, env, shown.Reference()+"/_history/"+url.PathEscape(version)); err != nil {
			return nil, nil, err
		}
		if now, err = get(ctx, env, shown.Reference()); err != nil || !now.Succeeded() || !before.Succeeded() || now.Body == before.Body {
			return nil, nil, err
		}
		return now, before, nil
	}
	return nil, nil, nil
}
