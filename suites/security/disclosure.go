package security

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/capability"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// mistaken is a search for somebody with a date that is none.
func mistaken(number string) exchange.Request {
	return exchange.Request{URL: "Patient?" + url.Values{"identifier": {record.NHSNumberToken(number)}, "birthdate": {"notadate"}}.Encode()}
}

// errorsOf are answers to somebody who is not let in, and to a mistake of somebody who is.
func errorsOf(ctx context.Context, env *check.Env) (person, []*exchange.Exchange, error) {
	who, good, err := answered(ctx, env)
	if err != nil {
		return who, nil, err
	}
	var all []*exchange.Exchange
	for _, one := range []struct {
		door  string
		asked []exchange.Request
	}{{check.DoorNoToken, good}, {check.DoorTampered, good[:1]}, {check.DoorInvited, []exchange.Request{mistaken(who.number)}}} {
		at := env.System.Doors.Ways[one.door]
		if at == nil {
			continue
		}
		for _, question := range one.asked {
			got, err := at.Ask(ctx, question)
			var failed *exchange.Error
			switch {
			case errors.As(err, &failed) && (failed.Kind == exchange.TurnedAway || failed.Kind == exchange.NotAdmitted):
			case err != nil:
				return who, nil, err
			default:
				all = append(all, got)
			}
		}
	}
	if len(all) == 0 {
		return who, nil, check.NoData("%s ends every request that it refuses without an answer, so there is none to look at", env.System.Name)
	}
	return who, all, nil
}

// insideShown looks for the inside of the program in refusals and errors.
func insideShown(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, all, err := errorsOf(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, got := range all {
		if line := capability.Trace(exchange.Clip(got.Body, mostSearched)); line != "" && got.Status >= 400 {
			return []result.Finding{finding(env, got, "refusal-stack-trace", env.System.Name+" shows the inside of its program to who is refused", "an OperationOutcome that says what is wrong", line)}, nil
		}
	}
	return nil, nil
}

// mostSearched is how much of an answer is searched, in bytes.
const mostSearched = 1 << 20

// versioned is a product with its version, as servers write them.
var versioned = regexp.MustCompile(`(?i)\b(?:[a-z][a-z-]*(?:server|httpd)|apache|tomcat|jetty|nginx|iis|kestrel|php|express|node\.js|asp\.net|wildfly|jboss|weblogic|openssl|gunicorn|werkzeug|python|hapi fhir|undertow|envoy|haproxy|varnish|caddy)[ /]v?\d+(?:\.\d+)+`)

// versionShown looks for the version of the software in headers, and in refusals and errors.
func versionShown(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, all, err := errorsOf(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, got := range all {
		for _, name := range []string{"Server", "X-Powered-By", "X-Aspnet-Version"} {
			if value := got.Header.Get(name); regexp.MustCompile(`\d+\.\d+`).MatchString(value) {
				return []result.Finding{finding(env, got, "version-header", env.System.Name+" names the version of its software in a header", name+" without a version, or none", name+": "+value)}, nil
			}
		}
		if found := versioned.FindString(exchange.Clip(got.Body, mostSearched)); found != "" && got.Status >= 400 {
			return []result.Finding{finding(env, got, "version-shown", env.System.Name+" names the version of its software to who is refused", "no version", found)}, nil
		}
	}
	return nil, nil
}

// numberRepeated looks for the NHS number that was asked for in refusals and errors.
func numberRepeated(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	who, all, err := errorsOf(ctx, env)
	if err != nil {
		return nil, err
	}
	for _, got := range all {
		if got.Status >= 400 && holds(got.Body, who.number) {
			return []result.Finding{finding(env, got, "number-in-error", env.System.Name+" repeats an NHS number in an error", "an error without it", fmt.Sprintf("status %d: the number stands in it", got.Status))}, nil
		}
	}
	return nil, nil
}

// holds reports whether an NHS number stands in a text, written together or in groups.
func holds(text, number string) bool {
	if len(number) != 10 {
		return false
	}
	for _, between := range []string{"", " ", "-", "%20"} {
		if strings.Contains(text, number[:3]+between+number[3:6]+between+number[6:]) {
			return true
		}
	}
	return false
}

// numberInURL looks for an NHS number in the URLs that a system writes for somebody: ids, full URLs, references and headers.
// A self link repeats what was asked, as FHIR says it must.
func numberInURL(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	who, good, err := answered(ctx, env)
	if err != nil {
		return nil, err
	}
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return nil, err
	}
	for _, question := range good {
		got, err := invited.Ask(ctx, question)
		if err != nil {
			return nil, err
		}
		resource := resourceOf(got)
		written := []string{got.Header.Get("Location"), got.Header.Get("Content-Location")}
		if resource.Type() != "Bundle" {
			written = append(written, resource.ID())
		}
		for _, entry := range fhir.Entries(resource) {
			written = append(written, entry.FullURL, entry.Resource.ID(), entry.Resource.Text("subject", "reference"), entry.Resource.Text("patient", "reference"))
		}
		for _, text := range written {
			if holds(text, who.number) {
				return []result.Finding{finding(env, got, "number-in-url", env.System.Name+" writes an NHS number into a URL", "ids and URLs that say nothing about a person", exchange.Printable(text))}, nil
			}
		}
	}
	return nil, nil
}

// sameForAll asks for somebody whom nobody knows, somebody who is restricted and somebody who has died: a refusal is the same
// for all of them, and so is the answer to who is let in where the policy hides people who have died.
func sameForAll(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	who, err := subject(ctx, env)
	if err != nil {
		return nil, err
	}
	unknown := unknownNumber(env)
	known := map[string]string{"somebody who is known": who.number}
	hidden := map[string]string{}
	for _, one := range record.Sample(env.Ledger) {
		switch {
		case one.Deceased != "":
			known["somebody who has died"] = one.NHSNumber
			if env.Policy.For(env.System.Name).Deceased == policy.Hide {
				hidden["somebody who has died"] = one.NHSNumber
			}
		case one.Restricted:
			known["somebody who is restricted"] = one.NHSNumber
		}
	}
	findings, err := sameAt(ctx, env, check.DoorNoToken, unknown, known)
	if err != nil || len(hidden) == 0 {
		return findings, err
	}
	further, err := sameAt(ctx, env, check.DoorInvited, unknown, hidden)
	return append(findings, further...), err
}

// unknownNumber is an NHS number from the test range that nobody of the ledger has.
func unknownNumber(env *check.Env) string {
	for serial := 999_900_000; serial < 999_999_999; serial++ {
		for digit := range 10 {
			number := fmt.Sprintf("%d%d", serial, digit)
			if fhir.CheckNHSNumber(number) != nil {
				continue
			}
			if _, taken := env.Ledger.Person(number); !taken {
				return number
			}
		}
	}
	return ""
}

// sameAt compares, at one door, the answers about people with the answer about nobody.
func sameAt(ctx context.Context, env *check.Env, door, unknown string, people map[string]string) ([]result.Finding, error) {
	at, err := way(env, door)
	if err != nil {
		return nil, err
	}
	nobody, err := at.Ask(ctx, byNumber(unknown))
	if err != nil {
		return nil, err
	}
	if door == check.DoorNoToken && nobody.Status < 300 {
		return nil, check.NoData("%s answers requests without a token, which SEC-TOKEN-NONE charges, so there is no refusal to look at", env.System.Name)
	}
	var findings []result.Finding
	for _, what := range []string{"somebody who is known", "somebody who is restricted", "somebody who has died"} {
		number := people[what]
		if number == "" {
			continue
		}
		got, err := at.Ask(ctx, byNumber(number))
		if err != nil {
			return nil, err
		}
		if told := difference(nobody, got, unknown, number); told != "" {
			findings = append(findings, finding(env, got, "answer-tells", fmt.Sprintf("%s tells %s from nobody in an answer that must not", env.System.Name, what), "the answer about nobody", told))
		}
	}
	return findings, nil
}

// difference says in what two answers differ, the numbers that were asked for and what every answer has of its own left out;
// "" for nothing.
func difference(a, b *exchange.Exchange, numberA, numberB string) string {
	if a.Status != b.Status {
		return fmt.Sprintf("status %d, and status %d for nobody", b.Status, a.Status)
	}
	plain := func(got *exchange.Exchange, number string) string {
		text := strings.ReplaceAll(got.Body, number, "")
		resource := resourceOf(got)
		for _, own := range []string{resource.ID(), resource.Text("meta", "lastUpdated"), resource.Text("timestamp"), got.Header.Get("X-Request-Id")} {
			if own != "" {
				text = strings.ReplaceAll(text, own, "")
			}
		}
		return uuid.ReplaceAllString(instant.ReplaceAllString(text, ""), "")
	}
	if plain(a, numberA) != plain(b, numberB) {
		return "other words: " + b.Body
	}
	return ""
}

var (
	uuid    = regexp.MustCompile(`[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}`)
	instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.]*(?:Z|[+-]\d\d:\d\d)?`)
)
