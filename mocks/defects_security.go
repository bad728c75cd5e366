package mocks

import (
	"net/http"
	"strings"

	"concord.example/concord/internal/fhir"
)

// securityDefects are faults in who is let in, and in what those learn who are not. They show at guarded ways in alone (see
// Guarded).
func securityDefects() []Defect {
	stranger := "somebody who was never let in opens the record"
	atReply := func(change func(c *call, a *reply)) hooks { return hooks{reply: change} }
	var defects []Defect
	for _, d := range []struct {
		id, severity, title, breaks string
		hooks                       hooks
	}{
		{"D300", "S1", "a request without a token is answered", stranger, hooks{needsNoToken: true}},
		{"D301", "S1", "a token that has expired is accepted", "whoever once had access keeps it for ever", hooks{takesExpired: true}},
		{"D302", "S1", "a token for another system is accepted", "whoever may ask one system opens the records of every other", hooks{skipsAudience: true}},
		{"D303", "S1", "the scope of a token is not looked at", "a program that may read a directory reads records", hooks{acceptsAnyScope: true}},
		{"D304", "S1", "the signature of a token is not checked", "anybody can write a token and open every record", hooks{skipsSignature: true}},
		{"D305", "S1", "a token without a signature is accepted", "anybody can write a token and open every record", hooks{takesUnsigned: true}},
		{"D306", "S4", "a refusal does not say how to be let in", "a client cannot tell that it must get a new token, and shows an error", atReply(func(_ *call, a *reply) {
			a.header.Del("WWW-Authenticate")
		})},
		{"D307", "S1", "an assertion is taken twice", "whoever overhears an assertion gets a token of their own", hooks{takesReplays: true}},
		{"D308", "S1", "assertions are believed unchecked", "anybody who knows a client's name gets its tokens", hooks{believesAssertions: true}},
		{"D309", "S1", "a client without a certificate is let in", stranger, hooks{needsNoCertificate: true}},
		{"D310", "S1", "a client certificate that has expired is accepted", "a system that was taken out of service still opens records", hooks{takesOldCertificates: true}},
		{"D311", "S1", "a client certificate from any authority is accepted", "anybody can make a certificate and connect", hooks{takesStrangers: true}},
		{"D312", "S1", "the name in a client certificate is not looked at", "any organisation with a certificate connects in the place of another", hooks{takesAnyName: true}},
		{"D313", "S2", "TLS 1.1 is spoken", "what is sent can be read on the way", hooks{speaksOldTLS: true}},
		{"D314", "S2", "records may be kept by caches", "the record of one person is left on a shared computer, or given to the next one who asks", atReply(func(_ *call, a *reply) {
			a.header.Set("Cache-Control", "max-age=600")
		})},
		{"D315", "S2", "a refusal shows a stack trace", "whoever looks for a way in is told where to look", atReply(func(c *call, a *reply) {
			if c.refused {
				a.body = appendJSON(nil, operationOutcome(issue{severity: "error", code: "login", text: "java.lang.IllegalStateException: no token\n\tat org.example.Filter.doFilter(Filter.java:42)"}))
			}
		})},
		{"D316", "S4", "answers name the version of the software", "whoever looks for a way in knows which faults to try", atReply(func(_ *call, a *reply) {
			a.header.Set("Server", "Example-Server/9.0.41")
		})},
		{"D317", "S2", "an NHS number stands in a URL that the system writes", "the number is left in the logs of everybody on the way", atReply(func(c *call, a *reply) {
			if number := numberAsked(c.request); number != "" {
				a.header.Set("Content-Location", c.server.base+"/Patient/"+number)
			}
		})},
		{"D318", "S2", "an error repeats the NHS number that was asked for", "the number is left in the error logs of everybody on the way", atReply(func(c *call, a *reply) {
			if number := numberAsked(c.request); number != "" && a.status >= http.StatusBadRequest {
				a.body = appendJSON(nil, operationOutcome(issue{severity: "error", code: "invalid", text: "the search for " + number + " failed"}))
			}
		})},
		{"D319", "S1", "a token for one patient opens the records of others", "a patient reads the record of somebody else", hooks{ignoresBinding: true}},
		{"D320", "S1", "a refusal tells whether somebody is known", "whoever tries numbers learns who is a patient here, also somebody who must not be found", atReply(func(c *call, a *reply) {
			if c.refused && c.server.store.leading(numberKey(numberAsked(c.request))) != "" {
				a.status = http.StatusForbidden
			}
		})},
		{"D321", "S1", "an access is not written down", "nobody can say who has looked at a patient", hooks{forgetsAccess: true}},
		{"D322", "S2", "a refusal is not written down", "nobody notices that somebody is trying to get in", hooks{forgetsRefusals: true}},
		{"D361", "S1", "the secret of a client is not looked at", "anybody who knows a client's name gets its tokens", hooks{takesAnySecret: true}},
		{"D362", "S1", "a client that shows no secret is believed", "anybody who knows a client's name gets its tokens", hooks{takesNoSecret: true}},
		{"D363", "S1", "a client's secret serves for every client", "a program gets the tokens of another that may do more", hooks{takesOthersSecret: true}},
	} {
		d.hooks.atTheDoor = true
		if change := d.hooks.reply; change != nil {
			d.hooks.reply = func(c *call, a *reply) {
				if c.guard.apart {
					change(c, a)
				}
			}
		}
		defects = append(defects, Defect{ID: d.id, Family: "security", Severity: d.severity, Title: d.title, Breaks: d.breaks, hooks: d.hooks})
	}
	return defects
}

// numberAsked is the NHS number that a search in the URL is for, "" for none.
func numberAsked(r *http.Request) string {
	number, _ := strings.CutPrefix(r.URL.Query().Get("identifier"), fhir.NHSNumberSystem+"|")
	return number
}
