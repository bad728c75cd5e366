package security

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

// way is a door of the system, or what the owner has to give so that it can be tried.
func way(env *check.Env, door string) (*check.Endpoint, error) {
	if env.System.Doors != nil && env.System.Doors.Ways[door] != nil {
		return env.System.Doors.Ways[door], nil
	}
	return nil, check.NotConfigured("nothing was given to ask %s with %s. Please %s", env.System.Name, strings.ReplaceAll(door, "-", " "), lacking(door))
}

// lacking says what an owner gives so that a door can be tried.
func lacking(door string) string {
	switch door {
	case check.DoorExpired:
		return "give a token that has expired as security.tokens.expired"
	case check.DoorAudience:
		return "give a token for another system as security.tokens.otherAudience"
	case check.DoorScope:
		return "give a token whose scope allows no records of patients as security.tokens.otherScope"
	case check.DoorNoToken, check.DoorTampered, check.DoorUnsigned:
		return "say under auth how Concord proves who it is"
	case check.DoorSecret(check.SecretInHeader, check.SecretRight), check.DoorSecret(check.SecretInForm, check.SecretRight):
		return "give auth.tokenURL, and a clientSecret or a privateKey"
	case check.DoorTokens:
		return "give auth.tokenURL, and a privateKey to sign assertions with"
	case check.DoorOldCert:
		return "give a client certificate that has expired as security.certificates.expired"
	case check.DoorOtherName:
		return "give a client certificate for another name, from the same authority, as security.certificates.otherName"
	case check.DoorNoCert, check.DoorStranger:
		return "give the client certificate that is let in under tls"
	case check.DoorOldTLS:
		return "give a baseURL that begins with https"
	case check.DoorPatient:
		return "give a token for one patient, with that patient's NHS number and another's, as security.patient"
	default:
		return "say under auth and tls how Concord is let in"
	}
}

// person is somebody whom the system shows to who is invited.
type person struct {
	number  string
	patient fhir.Resource
}

// subject finds somebody whom the system shows, once for all checks.
func subject(ctx context.Context, env *check.Env) (person, error) {
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return person{}, err
	}
	type key struct{ system string }
	found, err := env.Shared.Do(ctx, key{env.System.Name}, func(ctx context.Context) (any, error) {
		for _, one := range record.Sample(env.Ledger) {
			shown, err := record.Find(ctx, invited, one.NHSNumber)
			if lost := check.Unfound(env.System.Name, err); lost != err { //nolint:errorlint // whether it is the same one
				return lost, nil // kept, so that nobody asks for everybody again
			}
			if err != nil {
				return nil, err
			}
			if len(shown.Patients) > 0 {
				return person{one.NHSNumber, shown.Patients[0]}, nil
			}
		}
		return nil, check.NoData("%s shows none of the people of the sample. %s", env.System.Name, env.Remedy())
	})
	if err != nil {
		return person{}, err
	}
	if lost, is := found.(error); is {
		return person{}, lost
	}
	who, _ := found.(person)
	return who, nil
}

// questions are what is asked about somebody: a read, a search by GET and one by POST, because systems have been seen to guard
// one and not another.
func questions(who person) []exchange.Request {
	return []exchange.Request{
		{URL: "Patient/" + who.patient.ID()},
		byNumber(who.number),
		{Method: http.MethodPost, URL: "Observation/_search", ContentType: "application/x-www-form-urlencoded", Body: url.Values{"patient": {who.patient.ID()}}.Encode()},
	}
}

// byNumber is the search for a Patient by an NHS number.
func byNumber(number string) exchange.Request {
	return exchange.Request{URL: "Patient?" + url.Values{"identifier": {record.NHSNumberToken(number)}}.Encode()}
}

// answered are the questions about somebody that the system answers to who is invited. Where it answers none, a refusal
// proves nothing.
func answered(ctx context.Context, env *check.Env) (person, []exchange.Request, error) {
	who, err := subject(ctx, env)
	if err != nil {
		return who, nil, err
	}
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return who, nil, err
	}
	var good []exchange.Request
	for _, question := range questions(who) {
		got, err := invited.Ask(ctx, question)
		if err != nil {
			return who, nil, err
		}
		if got.Succeeded() {
			good = append(good, question)
		}
	}
	if len(good) == 0 {
		return who, nil, &check.Inconclusive{Reason: result.NotAllowed, Detail: fmt.Sprintf(
			"%s answers nothing to the credentials in the configuration, so that a refusal would prove nothing; check them", env.System.Name)}
	}
	return who, good, nil
}

// refusal is how the system answered somebody who is not to be let in: an answer, or nil for an end of the connection.
type refusal struct {
	question exchange.Request
	got      *exchange.Exchange
}

// refusals asks at a door what is answered to who is invited.
func refusals(ctx context.Context, env *check.Env, door string) ([]refusal, error) {
	wrong, err := way(env, door)
	if err != nil {
		return nil, err
	}
	_, good, err := answered(ctx, env)
	if err != nil {
		return nil, err
	}
	var all []refusal
	for _, question := range good {
		got, err := wrong.Ask(ctx, question)
		var failed *exchange.Error
		switch {
		case errors.As(err, &failed) && failed.Kind == exchange.TurnedAway:
			all = append(all, refusal{question, nil})
			continue
		case errors.As(err, &failed) && failed.Kind == exchange.NotAdmitted:
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: failed.Err.Error()}
		case err != nil:
			return nil, err
		}
		if err := unavailable(env, got); err != nil {
			return nil, err
		}
		all = append(all, refusal{question, got})
	}
	return all, nil
}

// unavailable turns answers that say that nobody is answered now into what could not be told.
func unavailable(env *check.Env, got *exchange.Exchange) error {
	reason := result.Unreachable
	switch got.Status {
	case http.StatusTooManyRequests:
		reason = result.Throttled
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
	default:
		return nil
	}
	return &check.Inconclusive{Reason: reason, Detail: fmt.Sprintf("%s answers %s with status %d, which says that it cannot answer anybody now", env.System.Name, got.Request.URL, got.Status)}
}

// turnedAway judges whether who comes to a door is refused. mayBeEmpty says that an answer with nobody in it refuses too.
func turnedAway(door, with string, mayBeEmpty bool) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		all, err := refusals(ctx, env, door)
		if err != nil {
			return nil, err
		}
		var findings []result.Finding
		for _, r := range all {
			if r.got == nil || r.got.Status >= 300 && r.got.Status < 500 {
				continue
			}
			shown := people(r.got)
			switch {
			case r.got.Status >= http.StatusInternalServerError:
				findings = append(findings, finding(env, r.got, "refusal-breaks", fmt.Sprintf("%s breaks when it is asked %s", env.System.Name, with), "status 401 or 403", fmt.Sprintf("status %d", r.got.Status)))
			case shown == 0 && mayBeEmpty:
			case shown == 0:
				findings = append(findings, finding(env, r.got, "refusal-looks-empty", fmt.Sprintf("%s answers a request %s as if there were no record", env.System.Name, with), "status 401 or 403",
					fmt.Sprintf("status %d and nobody", r.got.Status)))
			default:
				findings = append(findings, finding(env, r.got, "let-in", fmt.Sprintf("%s answers a request %s as one that may be answered", env.System.Name, with), "status 401 or 403, or no connection",
					fmt.Sprintf("status %d with %d resources about a person", r.got.Status, shown)))
			}
		}
		return findings, nil
	}
}

// people is how many resources an answer shows that are not about what went wrong.
func people(got *exchange.Exchange) int {
	resource := resourceOf(got)
	switch resource.Type() {
	case "", "OperationOutcome":
		return 0
	case "Bundle":
		n := 0
		for _, entry := range fhir.Entries(resource) {
			if entry.Resource.Type() != "OperationOutcome" {
				n++
			}
		}
		return n
	default:
		return 1
	}
}

func resourceOf(got *exchange.Exchange) fhir.Resource {
	object, err := fhir.DecodeObject([]byte(strings.TrimPrefix(got.Body, fhir.ByteOrderMark)))
	if err != nil || fhir.Text(object["resourceType"]) == "" {
		return nil
	}
	return object
}

// finding is one about an answer. It names no cause: those are of why a record is not as it should be.
func finding(env *check.Env, got *exchange.Exchange, rule, message, expected, actual string) result.Finding {
	one := result.Finding{
		Rule: rule, Severity: result.SeverityError, Message: message, Expected: expected, Actual: exchange.Clip(actual, mostShown), Exchanges: []string{got.ID},
	}
	if door := env.System.Doors.Ways[strings.TrimPrefix(got.Request.System, env.System.Name+"/")]; door != nil {
		one.Query = door.CurlRead(got.Request.URL)
	}
	return one
}

// mostShown is how much of what a system wrote is shown, in bytes.
const mostShown = 400
