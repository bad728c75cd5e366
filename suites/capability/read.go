package capability

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// readSubject reads the Patient that was found, by its id.
func readSubject(ctx context.Context, env *check.Env, header ...string) (fhir.Resource, *exchange.Exchange, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	got, err := get(ctx, env, patient.Reference(), header...)
	if err != nil {
		return nil, nil, err
	}
	return patient, got, unavailable(env, got)
}

// readable is readSubject for checks that look at what comes with a good read. One that is none is another check's finding.
func readable(ctx context.Context, env *check.Env) (fhir.Resource, *exchange.Exchange, error) {
	patient, got, err := readSubject(ctx, env)
	if err == nil && !got.Succeeded() {
		err = check.NoData("%s does not give %s, which its search shows (status %d)", env.System.Name, patient.Reference(), got.Status)
	}
	return patient, got, err
}

// reads reads a Patient that a search has shown.
func reads(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, got, err := readSubject(ctx, env)
	if err != nil {
		return nil, err
	}
	resource := resourceOf(got)
	switch {
	case !got.Succeeded():
		return []result.Finding{wrong(env, got, "read-status", fmt.Sprintf("%s does not give %s, which its search shows", env.System.Name, patient.Reference()), "status 200", statusLine(got))}, nil
	case resource.Reference() != patient.Reference():
		return []result.Finding{wrong(env, got, "read-another", fmt.Sprintf("%s gives another resource than the one that is read", env.System.Name), patient.Reference(), resource.Reference()+" "+got.Body)}, nil
	}
	return nil, nil
}

// versionRead reads a Patient by the version that it says it has.
func versionRead(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := declares(ctx, env, "vread")
	if err != nil {
		return nil, err
	}
	version := patient.Text("meta", "versionId")
	if version == "" {
		return nil, check.NoData("%s gives %s no meta.versionId to ask for", env.System.Name, patient.Reference())
	}
	got, err := get(ctx, env, patient.Reference()+"/_history/"+url.PathEscape(version))
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil {
		return nil, err
	}
	if resource := resourceOf(got); !got.Succeeded() || resource.Reference() != patient.Reference() || resource.Text("meta", "versionId") != version {
		return []result.Finding{wrong(env, got, "vread-another", fmt.Sprintf("%s does not give version %s of %s", env.System.Name, version, patient.Reference()),
			patient.Reference()+" with versionId "+version, fmt.Sprintf("status %d, %s with versionId %s", got.Status, resource.Reference(), orNone(resource.Text("meta", "versionId"))))}, nil
	}
	return nil, nil
}

// declares returns the Patient when an interaction with Patients is declared.
func declares(ctx context.Context, env *check.Env, code string) (fhir.Resource, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	if !interacts(offer(statement, "Patient"), code) {
		return nil, notOffered(env, code+" of Patient")
	}
	return subject(ctx, env)
}

// history looks for a Patient's present version in its history.
func history(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := declares(ctx, env, "history-instance")
	if err != nil {
		return nil, err
	}
	got, err := get(ctx, env, patient.Reference()+"/_history")
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil {
		return nil, err
	}
	bundle := resourceOf(got)
	if !got.Succeeded() || bundle.Type() != "Bundle" || bundle.Text("type") != "history" {
		return []result.Finding{wrong(env, got, "history-not-a-history", fmt.Sprintf("%s does not answer a history with one", env.System.Name), "Bundle of type history", statusLine(got))}, nil
	}
	entries := fhir.Entries(bundle)
	if len(entries) == 0 {
		return []result.Finding{wrong(env, got, "history-lacks-present", fmt.Sprintf("%s shows no version of %s", env.System.Name, patient.Reference()), "its present version", "an empty history")}, nil
	}
	if newest := entries[0].Resource; newest.Reference() != patient.Reference() || newest.Text("meta", "versionId") != patient.Text("meta", "versionId") {
		return []result.Finding{wrong(env, got, "history-lacks-present", fmt.Sprintf("the history of %s does not begin with its present version", patient.Reference()),
			"versionId "+orNone(patient.Text("meta", "versionId")), newest.Reference()+" versionId "+orNone(newest.Text("meta", "versionId")))}, nil
	}
	return shell(ctx, env, got, "answers the history of "+patient.Reference()), nil
}

// headLikeGet compares HEAD with GET on a read, a search and the CapabilityStatement.
func headLikeGet(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, place := range []string{"metadata", patient.Reference(), "Patient?_id=" + patient.ID()} {
		full, err := get(ctx, env, place)
		if err != nil {
			return findings, err
		}
		head, err := env.System.Ask(ctx, exchange.Request{Method: http.MethodHead, URL: place})
		if err != nil {
			return findings, err
		}
		if err := unavailable(env, head); err != nil {
			return findings, err
		}
		query := "curl -sS -I '" + full.Request.URL + "'"
		say := func(rule, message, expected, actual string) {
			f := wrong(env, head, rule, message, expected, actual)
			f.Query = query
			findings = append(findings, f)
		}
		switch {
		case head.Status != full.Status:
			say("head-status", fmt.Sprintf("%s answers HEAD %s otherwise than GET", env.System.Name, place), fmt.Sprintf("status %d", full.Status), fmt.Sprintf("status %d", head.Status))
		case head.ContentType() == full.ContentType() && head.Header.Get("ETag") != full.Header.Get("ETag") && !sameTag(ctx, env, full):
			// What has another tag each time (a statement with the present time in it) tells nothing about HEAD.
		case head.ContentType() != full.ContentType() || head.Header.Get("ETag") != full.Header.Get("ETag"):
			say("head-header", fmt.Sprintf("%s gives HEAD %s other headers than GET", env.System.Name, place),
				full.ContentType()+" "+full.Header.Get("ETag"), orNone(head.ContentType()+" "+head.Header.Get("ETag")))
		}
	}
	return findings, nil
}

// sameTag reports whether what was got has the same ETag when it is asked for again.
func sameTag(ctx context.Context, env *check.Env, full *exchange.Exchange) bool {
	again, err := env.System.Afresh(env.Label+", its tag").Ask(ctx, exchange.Request{URL: full.Request.URL})
	return err == nil && again.Header.Get("ETag") == full.Header.Get("ETag")
}

// conditionalRead asks whether something has changed that has not.
func conditionalRead(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	declared := fhir.Text(offer(statement, "Patient")["conditionalRead"])
	undeclared := declared == "" || declared == "not-supported"
	patient, got, err := readable(ctx, env)
	if err != nil {
		return nil, err
	}
	findings, err := alwaysUnchanged(ctx, env, patient, got)
	if undeclared && err == nil && len(findings) == 0 {
		err = notOffered(env, "conditional read of Patient")
	}
	if undeclared || err != nil {
		return findings, err
	}
	ignored := func(again *exchange.Exchange, name, value string) result.Finding {
		f := wrong(env, again, "conditional-read-ignored", fmt.Sprintf("%s declares conditionalRead %s and does not heed %s", env.System.Name, declared, name),
			"status 304", fmt.Sprintf("status %d", again.Status))
		f.Query = env.System.CurlWith(patient.Reference(), name, value)
		return f
	}
	if tag := got.Header.Get("ETag"); declared != "modified-since" && tag != "" {
		again, err := get(ctx, env, patient.Reference(), "If-None-Match", tag)
		if err != nil {
			return findings, err
		}
		if again.Status != http.StatusNotModified {
			findings = append(findings, ignored(again, "If-None-Match", tag))
		}
	}
	modified := got.Header.Get("Last-Modified")
	at, err := http.ParseTime(modified)
	if declared == "not-match" || err != nil {
		return findings, nil
	}
	again, err := get(ctx, env, patient.Reference(), "If-Modified-Since", modified)
	if err != nil || again.Status == http.StatusNotModified {
		return findings, err
	}
	f := ignored(again, "If-Modified-Since", modified)
	// A server that keeps fractions of a second, which the header cannot say, takes its own Last-Modified for older than the record.
	second, err := get(ctx, env, patient.Reference(), "If-Modified-Since", at.Add(time.Second).UTC().Format(http.TimeFormat))
	if err != nil {
		return findings, err
	}
	if second.Status == http.StatusNotModified {
		f.Rule = "conditional-read-fraction"
		f.Message = fmt.Sprintf("%s takes its own Last-Modified (%s) for a time before the last change, and not one a second later: it compares fractions of a second that the header has not",
			env.System.Name, short(modified))
		f.Exchanges = append(f.Exchanges, second.ID)
	}
	return append(findings, f), nil
}

// alwaysUnchanged asks whether something has changed since a version that it never had: who says no, declared or not, lets nobody see a change.
func alwaysUnchanged(ctx context.Context, env *check.Env, patient fhir.Resource, got *exchange.Exchange) ([]result.Finding, error) {
	const never = `W/"concord-never-was"`
	if got.Header.Get("ETag") == "" {
		return nil, nil
	}
	other, err := get(ctx, env, patient.Reference(), "If-None-Match", never)
	if err != nil || other.Status != http.StatusNotModified {
		return nil, err
	}
	f := wrong(env, other, "conditional-read-always", env.System.Name+" says that "+patient.Reference()+" has not changed since a version that it never had (If-None-Match: "+never+"), so that whoever keeps a copy never sees a change",
		"status 200 and the resource", "status 304")
	f.Query = env.System.CurlWith(patient.Reference(), "If-None-Match", never)
	return []result.Finding{f}, nil
}

// etagForm looks at how the ETag of a read is written. FHIR's own form is W/"[versionId]"; what stands inside is the
// server's business.
func etagForm(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, got, err := readable(ctx, env)
	if err != nil {
		return nil, err
	}
	tag := got.Header.Get("ETag")
	if tag == "" {
		return nil, notSent(env, "ETag")
	}
	if isEntityTag(tag) {
		return nil, nil
	}
	return []result.Finding{wrong(env, got, "etag-form", env.System.Name+" writes an ETag that is none", `W/"[versionId]"`, tag)}, nil
}

// notSent says that reads come without a header: a server need not send it, and there is nothing to be looked at.
func notSent(env *check.Env, header string) error {
	return &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " sends no " + header + " with what is read"}
}

// isEntityTag applies the grammar of RFC 9110 8.8.3.
func isEntityTag(text string) bool {
	if len(text) > 2 && text[:2] == "W/" {
		text = text[2:]
	}
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return false
	}
	for _, c := range []byte(text[1 : len(text)-1]) {
		if c < 0x21 || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// etagStable reads a Patient twice, where the tag may not change, and two versions of a record, where it must.
func etagStable(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	patient, first, err := readable(ctx, env)
	if err != nil {
		return nil, err
	}
	env.Afresh()
	second, err := get(ctx, env, patient.Reference())
	if err != nil {
		return nil, err
	}
	before, after := first.Header.Get("ETag"), second.Header.Get("ETag")
	if before == "" && after == "" {
		return nil, notSent(env, "ETag")
	}
	if !second.Succeeded() || before == after || resourceOf(first).Text("meta", "versionId") != resourceOf(second).Text("meta", "versionId") || first.Body != second.Body {
		return etagOfVersions(ctx, env)
	}
	finding := wrong(env, second, "etag-moves", fmt.Sprintf("%s gives %s another ETag each time it is read, and nothing has changed", env.System.Name, patient.Reference()), before, orNone(after))
	finding.Exchanges = []string{first.ID, second.ID}
	return []result.Finding{finding}, nil
}

// lastModified looks at Last-Modified of a read.
func lastModified(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, got, err := readable(ctx, env)
	if err != nil {
		return nil, err
	}
	text := got.Header.Get("Last-Modified")
	if text == "" {
		return nil, notSent(env, "Last-Modified")
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return []result.Finding{wrong(env, got, "last-modified-form", env.System.Name+" writes a Last-Modified that is no date of HTTP", "a date as Mon, 02 Mar 2026 09:00:00 GMT", text)}, nil
	}
	updated, err := time.Parse(time.RFC3339Nano, resourceOf(got).Text("meta", "lastUpdated"))
	if err != nil {
		return nil, nil // resources without one are the profile suite's business
	}
	if apart := at.Sub(updated); apart > time.Second || apart < -time.Second {
		finding := wrong(env, got, "last-modified-otherwise", env.System.Name+" says one time in Last-Modified and another in meta.lastUpdated", updated.UTC().Format(http.TimeFormat), text)
		finding.Severity = result.SeverityWarning
		return []result.Finding{finding}, nil
	}
	return nil, nil
}
