package capability

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// mistake is something that a client does wrong without harm.
type mistake struct {
	what, url string
	// statuses are those that fit, codes the issue types that fit.
	statuses []int
	codes    []string
	// answered says that a system may also answer: then there is no error to look at.
	answered bool
}

const (
	noSuchType = "NoSuchType"
	noSuchID   = "concord-no-such-id-7f3a"
)

// mistakes are what the checks of errors ask. Whether a parameter may be passed over is for the search to judge; here it is
// only looked at how a system refuses.
func mistakes(patient fhir.Resource) []mistake {
	bad := []int{http.StatusBadRequest, http.StatusUnprocessableEntity}
	return []mistake{
		{what: "a type that FHIR does not have", url: noSuchType + "?_count=1", statuses: []int{404, 400}, codes: []string{"not-supported", "not-found", "invalid", "value", "structure"}},
		{what: "an id that there is not", url: "Patient/" + noSuchID, statuses: []int{404}, codes: []string{"not-found", "deleted"}},
		{what: "what is no id", url: "Patient/" + url.PathEscape("not an id!"), statuses: []int{400, 404, 422}, codes: []string{"value", "invalid", "not-found", "structure"}},
		{what: "a date that is none", url: "Patient?_id=" + patient.ID() + "&birthdate=notadate", statuses: bad, codes: []string{"value", "invalid", "processing", "not-supported"}, answered: true},
		{what: "a boolean that is none", url: "Patient?_id=" + patient.ID() + "&birthdate:missing=maybe", statuses: bad, codes: []string{"value", "invalid", "processing", "not-supported"}, answered: true},
		{what: "a path that there is not", url: patient.Reference() + "/no/such/path", statuses: []int{404, 400, 405}, codes: []string{"not-found", "not-supported", "invalid", "value"}},
	}
}

// answersToMistakes asks all mistakes, once for all checks.
func answersToMistakes(ctx context.Context, env *check.Env) ([]mistake, []*exchange.Exchange, error) {
	patient, err := subject(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	all := mistakes(patient)
	answers := make([]*exchange.Exchange, len(all))
	for i, m := range all {
		if answers[i], err = get(ctx, env, m.url); err != nil {
			return nil, nil, err
		}
		if err := unavailable(env, answers[i]); err != nil {
			return nil, nil, err
		}
	}
	return all, answers, nil
}

// statusOf asks the mistakes whose URL a condition chooses and looks at the status.
func statusOf(ctx context.Context, env *check.Env, choose func(m mistake) bool) ([]result.Finding, error) {
	all, answers, err := answersToMistakes(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for i, m := range all {
		got := answers[i]
		if !choose(m) || slices.Contains(m.statuses, got.Status) || m.answered && got.Succeeded() {
			continue
		}
		findings = append(findings, wrong(env, got, "error-status", fmt.Sprintf("%s answers a request for %s with status %d", env.System.Name, m.what, got.Status),
			fmt.Sprintf("status %d with an OperationOutcome", m.statuses[0]), statusLine(got)))
	}
	return findings, nil
}

func unknownType(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	return statusOf(ctx, env, func(m mistake) bool { return strings.HasPrefix(m.url, noSuchType) })
}

func unknownID(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	return statusOf(ctx, env, func(m mistake) bool {
		return strings.HasPrefix(m.url, "Patient/") && !strings.Contains(m.url, "/no/such")
	})
}

func malformedValue(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	return statusOf(ctx, env, func(m mistake) bool { return m.answered })
}

// failsCheck is a number of ten digits from the test range that fails the check digit, so that nobody can have it.
const failsCheck = "9990000001"

// badNHSNumber asks for somebody by a number that nobody can have.
func badNHSNumber(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	got, err := get(ctx, env, "Patient?identifier="+url.QueryEscape(fhir.NHSNumberSystem+"|"+failsCheck))
	if err != nil {
		return nil, err
	}
	if err := unavailable(env, got); err != nil {
		return nil, err
	}
	entries := fhir.Entries(resourceOf(got))
	found := slices.IndexFunc(entries, func(e fhir.Entry) bool { return e.Resource.Type() == "Patient" })
	switch {
	case got.Status >= http.StatusInternalServerError:
		return []result.Finding{wrong(env, got, "error-status", env.System.Name+" breaks on a number that fails the check digit", "nobody, or status 400", statusLine(got))}, nil
	case found >= 0:
		finding := wrong(env, got, "bad-nhs-number-found", env.System.Name+" finds somebody by a number that fails the NHS number's check digit", "nobody", fmt.Sprintf("%d entries, such as %s", len(entries), entries[found].Resource.Reference()))
		finding.Cause = result.CauseExtra
		return []result.Finding{finding}, nil
	}
	return nil, nil
}

// errorOutcome looks at the form of errors.
func errorOutcome(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	all, answers, err := answersToMistakes(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for i, m := range all {
		got := answers[i]
		if got.Status < http.StatusBadRequest {
			continue
		}
		if len(got.Body) > mostSearched {
			findings = append(findings, wrong(env, got, "answer-oversized", fmt.Sprintf("%s refuses %s with an error of %d MB", env.System.Name, m.what, len(got.Body)>>20), "an error of a size that somebody reads", got.Body))
		}
		outcome := resourceOf(got)
		if outcome.Type() != "OperationOutcome" {
			findings = append(findings, wrong(env, got, "error-not-outcome", fmt.Sprintf("%s refuses %s without an OperationOutcome", env.System.Name, m.what), "an OperationOutcome",
				fmt.Sprintf("status %d %s: %s", got.Status, orNone(got.ContentType()), orNone(got.Body))))
			continue
		}
		if issues := outcome.Objects("issue"); len(issues) == 0 || fhir.Text(issues[0]["severity"]) == "" || fhir.Text(issues[0]["code"]) == "" {
			findings = append(findings, wrong(env, got, "error-outcome-issue", fmt.Sprintf("%s refuses %s with an OperationOutcome that has no issue with a severity and a code", env.System.Name, m.what),
				"issue.severity and issue.code", got.Body))
			continue
		}
		for _, f := range shell(ctx, env, got, "refuses "+m.what) {
			if !slices.ContainsFunc(findings, func(known result.Finding) bool { return known.Rule == f.Rule && known.Path == f.Path }) {
				findings = append(findings, f)
			}
		}
	}
	return findings, nil
}

// errorCode looks at the codes of errors. A code that stands above the one that is meant (processing above not-found) says less, and
// nothing that is wrong; where all that is wrong in different ways has one such code, nothing can be told by it.
func errorCode(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	all, answers, err := answersToMistakes(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	shown := map[string]bool{}
	vague, errors := 0, 0
	for i, m := range all {
		got := answers[i]
		issues := resourceOf(got).Objects("issue")
		if got.Status < http.StatusBadRequest || len(issues) == 0 || fhir.Text(issues[0]["code"]) == "" {
			continue
		}
		best := other
		for _, issue := range issues {
			best = max(best, fits(fhir.Text(issue["code"]), m.codes))
		}
		code := fhir.Text(issues[0]["code"])
		errors++
		shown[code] = true
		switch best {
		case other:
			findings = append(findings, wrong(env, got, "error-code", fmt.Sprintf("%s refuses %s with a code that says something else", env.System.Name, m.what),
				"code "+m.codes[0], "code "+code))
		case general:
			vague++
			one := wrong(env, got, "error-code-general", fmt.Sprintf("%s refuses %s with a code that stands above the one that is meant", env.System.Name, m.what),
				"code "+m.codes[0], "code "+code)
			one.Severity = result.Information
			findings = append(findings, one)
		case exact:
		}
	}
	if errors > 1 && len(shown) == 1 && vague > 0 {
		// "The system that creates an OperationOutcome SHALL choose the most applicable code".
		at := slices.IndexFunc(answers, func(got *exchange.Exchange) bool {
			return got.Status >= http.StatusBadRequest && len(resourceOf(got).Objects("issue")) > 0
		})
		one := wrong(env, answers[at], "error-code-same", fmt.Sprintf("%s refuses %d mistakes of different kinds with one code", env.System.Name, errors),
			"the most applicable code for each", "code "+slices.Sorted(maps.Keys(shown))[0])
		one.Severity = result.SeverityWarning
		findings = append(findings, one)
	}
	return findings, nil
}

// traces are how programs write where they failed, in the languages that servers are written in.
func traces() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`\bat [\w$.]+\.[\w$<>]+\([\w$]+\.(?:java|kt|scala|groovy):\d+\)`),
		regexp.MustCompile(`\bat [\w.<>` + "`" + `]+\([^)]*\) in [^ ]+:line \d+`),
		regexp.MustCompile(`Traceback \(most recent call last\)`),
		regexp.MustCompile(`goroutine \d+ \[[a-z ]+\]`),
		regexp.MustCompile(`\bat (?:[\w.<>]+ )?\(?[^ ()]+\.(?:js|ts):\d+:\d+\)?`),
		regexp.MustCompile(`\b(?:java|javax|org|com|net)(?:\.[a-z]\w*)+\.[A-Z]\w*(?:Exception|Error)\b`),
		regexp.MustCompile(`\bSystem\.(?:\w+\.)*\w+Exception\b`),
		regexp.MustCompile(`\b(?:ORA-\d{5}|SQLSTATE\[|PSQLException|psycopg2\.)`),
	}
}

// Trace is the first line in a text that shows the inside of a program, "" when there is none.
func Trace(text string) string {
	for _, trace := range traces() {
		if found := trace.FindString(text); found != "" {
			return found
		}
	}
	return ""
}

// mostSearched is how much of an answer is searched for the inside of a program.
const mostSearched = 1 << 20

// stackTrace looks for the inside of the program in the answers to mistakes.
func stackTrace(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, answers, err := answersToMistakes(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, got := range answers {
		if line := Trace(got.Body[:min(len(got.Body), mostSearched)]); line != "" && got.Status >= http.StatusBadRequest {
			return []result.Finding{wrong(env, got, "answer-stack-trace", env.System.Name+" shows the inside of its program in an error", "an OperationOutcome that names what the client did wrong", line)}, nil
		}
	}
	return nil, nil
}
