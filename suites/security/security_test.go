package security

import (
	"net/http"
	"testing"

	"concord.example/concord/internal/exchange"
)

func TestANumberIsSeenHoweverItIsWritten(t *testing.T) {
	for text, want := range map[string]bool{
		"no record of 9990000018": true, "999 000 0018 is unknown": true, "999-000-0018": true, "/Patient?x=999%20000%200018": true,
		"9990000026": false, "99900 00018": false, "": false,
	} {
		if holds(text, "9990000018") != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
	if holds("anything", "") {
		t.Error("no number is in every text")
	}
}

func TestAVersionIsSeenAndANumberIsNoVersion(t *testing.T) {
	for text, want := range map[string]bool{
		"Apache Tomcat/9.0.41": true, "nginx/1.18.0": true, "HAPI FHIR 8.8.0": true, "served by Example-Server/2.4": true, "OpenSSL 3.0": true,
		"FHIR 4.0.1": false, "a bearer token is required": false, "RFC 6750 3.1": false, "express yourself": false,
	} {
		if versioned.MatchString(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestWhatEveryAnswerHasOfItsOwnTellsNobodyApart(t *testing.T) {
	answer := func(status int, body string) *exchange.Exchange {
		return &exchange.Exchange{Status: status, Body: body, Header: http.Header{}}
	}
	a := answer(401, `{"resourceType":"OperationOutcome","id":"11111111-1111-8111-8111-111111111111","issue":[{"diagnostics":"9990000018 at 2026-03-01T09:00:00Z"}]}`)
	same := answer(401, `{"resourceType":"OperationOutcome","id":"22222222-2222-8222-8222-222222222222","issue":[{"diagnostics":"9990000026 at 2026-03-01T09:00:01.5+00:00"}]}`)
	if told := difference(a, same, "9990000018", "9990000026"); told != "" {
		t.Errorf("told apart by %s", told)
	}
	for _, other := range []*exchange.Exchange{answer(403, a.Body), answer(401, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"restricted"}]}`)} {
		if difference(a, other, "9990000018", "9990000026") == "" {
			t.Errorf("%d %s is not told apart", other.Status, other.Body)
		}
	}
}
