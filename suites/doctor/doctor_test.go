package doctor_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/doctor"
)

const (
	statement = `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"S","version":"1"},"rest":[{"resource":[{"type":"Patient","searchParam":[{"name":"identifier"}]}]}]}`
	number    = "9990000018"
)

// patient is a Patient with an NHS number.
func patient(id, number string) string {
	return fmt.Sprintf(`{"search":{"mode":"match"},"resource":{"resourceType":"Patient","id":%q,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}]}}`, id, number)
}

// searchset is a Bundle of entries with a link to the next page.
func searchset(next string, entries ...string) string {
	link := ""
	if next != "" {
		link = fmt.Sprintf(`"link":[{"relation":"next","url":%q}],`, next)
	}
	return `{"resourceType":"Bundle","type":"searchset",` + link + `"entry":[` + strings.Join(entries, ",") + `]}`
}

// sound is a server with which everything is in order. change answers first, and says whether it did.
func sound(change func(http.ResponseWriter, *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if change != nil && change(w, r) {
			return
		}
		body := searchset("")
		switch {
		case strings.HasSuffix(r.URL.Path, "/metadata"):
			body = statement
		case r.URL.Query().Get("identifier") == "https://fhir.nhs.uk/Id/nhs-number|"+number:
			body = searchset("", patient("1", number))
		case r.URL.Query().Get("page") == "2":
			body = searchset("", patient("2", "9990000387"))
		case r.URL.Query().Get("_count") != "":
			body = searchset("Patient?page=2", patient("1", number))
		}
		_, _ = w.Write([]byte(body))
	})
}

func answering(status int, headers map[string]string, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func when(part string, then func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.Contains(r.URL.String(), part) && then(w, r)
	}
}

func examine(t *testing.T, target exchange.Target, options doctor.Options) doctor.Report {
	t.Helper()
	target.Name = "ccr"
	report, err := doctor.Examine(t.Context(), target, options)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Lines) != len(doctor.Probes()) {
		t.Fatalf("%d lines for %d probes: %+v", len(report.Lines), len(doctor.Probes()), report.Lines)
	}
	for i, probe := range doctor.Probes() {
		line := report.Lines[i]
		if line.Probe != probe || line.Said == "" {
			t.Errorf("line %d is %+v, want one about %s", i, line, probe)
		}
		if (line.State == doctor.Failed || line.State == doctor.Warning) == (line.Do == "") {
			t.Errorf("%s is %s and says to do %q", probe, line.State, line.Do)
		}
	}
	return report
}

func lineOf(t *testing.T, report doctor.Report, probe string) doctor.Line {
	t.Helper()
	for _, line := range report.Lines {
		if line.Probe == probe {
			return line
		}
	}
	t.Fatalf("no line about %s", probe)
	return doctor.Line{}
}

func TestASystemInOrderIsReady(t *testing.T) {
	server := httptest.NewServer(sound(nil))
	defer server.Close()
	for name, options := range map[string]doctor.Options{
		"people of the ledger": {Subjects: []string{"9990000999", number}, Ledger: true},
		"whoever is there":     {},
	} {
		report := examine(t, exchange.Target{BaseURL: server.URL + "/fhir"}, options)
		if !report.Ready {
			t.Errorf("%s: not ready: %+v", name, report.Lines)
		}
		for _, probe := range []string{doctor.TCP, doctor.Metadata, doctor.Clock, doctor.Search, doctor.Paging, doctor.Guard, doctor.Limits} {
			if line := lineOf(t, report, probe); line.State != doctor.OK {
				t.Errorf("%s: %+v", name, line)
			}
		}
	}
}

func TestEachFaultIsNamedOnItsLineWithWhatToDo(t *testing.T) {
	html := map[string]string{"Content-Type": "text/html"}
	for name, c := range map[string]struct {
		change            func(http.ResponseWriter, *http.Request) bool
		probe             string
		state             doctor.State
		said, do, skipped string
	}{
		"no credentials": {
			answering(401, map[string]string{"WWW-Authenticate": `Bearer realm="fhir"`}, ""), doctor.Metadata, doctor.Failed, `401 \(WWW-Authenticate: Bearer`, "auth", doctor.Search,
		},
		"no scope":         {answering(403, nil, ""), doctor.Metadata, doctor.Failed, "403", "scope", doctor.Search},
		"another path":     {answering(404, html, "<html>"), doctor.Metadata, doctor.Failed, "404", "path of baseURL", doctor.Search},
		"a redirect":       {answering(302, map[string]string{"Location": "https://elsewhere.test/login?x=1"}, ""), doctor.Metadata, doctor.Failed, "to https://elsewhere.test/login", "redirect", doctor.Search},
		"a page":           {answering(200, html, "<html>"), doctor.Metadata, doctor.Failed, "an HTML page", "portal", doctor.Search},
		"nothing":          {answering(200, nil, ""), doctor.Metadata, doctor.Failed, "an empty body", "portal", doctor.Search},
		"another resource": {answering(200, nil, `{"resourceType":"Patient"}`), doctor.Metadata, doctor.Failed, "type Patient", "portal", doctor.Search},
		"an outcome":       {answering(500, nil, "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"diagnostics\":\"out of \\u001b[31m memory\"}]}"), doctor.Metadata, doctor.Failed, "out of", "log", doctor.Search},
		"a gateway":        {answering(502, nil, ""), doctor.Metadata, doctor.Failed, "502", "gateway", doctor.Search},
		"R5":               {when("metadata", answering(200, nil, strings.Replace(statement, "4.0.1", "5.0.0", 1))), doctor.Metadata, doctor.Failed, "FHIR 5.0.0", "R4", doctor.Search},
		"4.0.0":            {when("metadata", answering(200, nil, strings.Replace(statement, "4.0.1", "4.0.0", 1))), doctor.Metadata, doctor.Warning, "FHIR 4.0.0", "4.0.1", ""},
		"no search":        {when("metadata", answering(200, nil, strings.Replace(statement, `"identifier"`, `"name"`, 1))), doctor.Metadata, doctor.Warning, "declares no search", "statement", ""},
		"clocks": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
			return false
		}, doctor.Clock, doctor.Warning, "behind", "NTP", ""},
		"strangers":         {when("identifier=", answering(200, nil, searchset("", patient("1", number), patient("2", "9990000387")))), doctor.Search, doctor.Failed, "1 people who do not have it", "gateways", ""},
		"nobody":            {when("identifier=", answering(200, nil, searchset(""))), doctor.Search, doctor.Failed, "none of 1 people of the golden ledger", "fixtures load", ""},
		"search forbidden":  {when("identifier=", answering(403, nil, "")), doctor.Search, doctor.Failed, "403", "scope", ""},
		"links to the back": {when("_count=1", answering(200, nil, searchset("http://backend.test/fhir?page=2", patient("1", number)))), doctor.Paging, doctor.Failed, "http://backend.test", "forwarded", ""},
		"links to nowhere":  {when("page=2", answering(404, nil, "")), doctor.Paging, doctor.Failed, "leads nowhere.*404", "path", ""},
		"links that stay":   {when("page=2", answering(200, nil, searchset("", patient("1", number)))), doctor.Paging, doctor.Failed, "same Patient", "never ends", ""},
		"a limit": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("X-RateLimit-Limit", "60")
			return false
		}, doctor.Limits, doctor.OK, "X-RateLimit-Limit: 60", "", ""},
		"too many": {when("page=2", answering(429, map[string]string{"Retry-After": "5"}, "")), doctor.Limits, doctor.Warning, "1 of 4 requests", "--rate", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(sound(c.change))
			defer server.Close()
			report := examine(t, exchange.Target{BaseURL: server.URL + "/fhir"}, doctor.Options{Subjects: []string{number}, Ledger: true})
			line := lineOf(t, report, c.probe)
			if line.State != c.state || !matches(t, c.said, line.Said) || !strings.Contains(line.Do, c.do) {
				t.Errorf("%+v, want %s, said %q, do %q", line, c.state, c.said, c.do)
			}
			if strings.ContainsAny(line.Said, "\x1b\n") {
				t.Errorf("a control character is printed: %q", line.Said)
			}
			if report.Ready && c.state == doctor.Failed {
				t.Errorf("ready is %v", report.Ready)
			}
			if c.skipped != "" && lineOf(t, report, c.skipped).State != doctor.Skipped {
				t.Errorf("%s is not skipped: %+v", c.skipped, lineOf(t, report, c.skipped))
			}
		})
	}
}

func TestACertificateIsJudgedByCause(t *testing.T) {
	server := httptest.NewTLSServer(sound(nil))
	defer server.Close()
	plain := httptest.NewServer(sound(nil))
	defer plain.Close()
	wants := httptest.NewUnstartedServer(sound(nil))
	wants.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12, MinVersion: tls.VersionTLS12}
	wants.StartTLS()
	defer wants.Close()
	trusting := func(of *httptest.Server) *tls.Config {
		pool := x509.NewCertPool()
		pool.AddCert(of.Certificate())
		return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	leaf := server.Certificate()
	for name, c := range map[string]struct {
		target   exchange.Target
		now      time.Time
		state    doctor.State
		said, do string
	}{
		"in order":       {exchange.Target{BaseURL: server.URL, TLS: trusting(server)}, leaf.NotBefore.AddDate(1, 0, 0), doctor.OK, "TLS 1.3", ""},
		"ends soon":      {exchange.Target{BaseURL: server.URL, TLS: trusting(server)}, leaf.NotAfter.AddDate(0, 0, -3), doctor.Warning, "in force until", "renew"},
		"expired":        {exchange.Target{BaseURL: server.URL, TLS: trusting(server)}, leaf.NotAfter.AddDate(0, 0, 1), doctor.Failed, "expired on", "renew"},
		"not yet":        {exchange.Target{BaseURL: server.URL, TLS: trusting(server)}, leaf.NotBefore.AddDate(0, 0, -1), doctor.Failed, "only from", "clock"},
		"authority":      {exchange.Target{BaseURL: server.URL}, leaf.NotBefore.AddDate(1, 0, 0), doctor.Failed, "not trusted", "tls.ca"},
		"name":           {exchange.Target{BaseURL: "https://ccr.invalid", ConnectTo: strings.TrimPrefix(server.URL, "https://"), TLS: trusting(server)}, leaf.NotBefore.AddDate(1, 0, 0), doctor.Failed, "not for ccr.invalid", "connectTo"},
		"no TLS":         {exchange.Target{BaseURL: strings.Replace(plain.URL, "http:", "https:", 1)}, leaf.NotBefore.AddDate(1, 0, 0), doctor.Failed, "does not speak TLS", "scheme"},
		"no certificate": {exchange.Target{BaseURL: wants.URL, TLS: trusting(wants)}, leaf.NotBefore.AddDate(1, 0, 0), doctor.Failed, "refuses the connection", "tls.certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			report := examine(t, c.target, doctor.Options{Now: func() time.Time { return c.now }})
			line := lineOf(t, report, doctor.TLS)
			if line.State != c.state || !strings.Contains(line.Said, c.said) || !strings.Contains(line.Do, c.do) {
				t.Errorf("%+v, want %s, said %q, do %q", line, c.state, c.said, c.do)
			}
		})
	}
}

func TestADeadHostIsOneLineAndTheRestIsNotAsked(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	report := examine(t, exchange.Target{BaseURL: server.URL}, doctor.Options{})
	if line := lineOf(t, report, doctor.TCP); line.State != doctor.Failed || !strings.Contains(line.Said, "refused") {
		t.Errorf("%+v", line)
	}
	for _, probe := range []string{doctor.TLS, doctor.Metadata, doctor.Search, doctor.Paging} {
		if line := lineOf(t, report, probe); line.State != doctor.Skipped || !strings.Contains(line.Said, "because tcp failed") {
			t.Errorf("%+v", line)
		}
	}
}

func TestASilentHostIsGivenUpOnInTime(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	defer server.Close()
	defer close(done)
	report := examine(t, exchange.Target{BaseURL: server.URL}, doctor.Options{Within: 100 * time.Millisecond})
	if line := lineOf(t, report, doctor.Metadata); line.State != doctor.Failed || !strings.Contains(line.Said, "no answer within 50ms") {
		t.Errorf("%+v", line)
	}
}

func TestNothingButAHandfulOfReadsIsSent(t *testing.T) {
	var asked []string
	server := httptest.NewServer(sound(func(_ http.ResponseWriter, r *http.Request) bool {
		asked = append(asked, r.Method)
		return false
	}))
	defer server.Close()
	examine(t, exchange.Target{BaseURL: server.URL}, doctor.Options{Subjects: make([]string, 0)})
	if len(asked) > 8 {
		t.Errorf("%d requests", len(asked))
	}
	for _, method := range asked {
		if method != http.MethodGet {
			t.Errorf("%s was sent", method)
		}
	}
}

// refusing has no proof of who asks.
type refusing struct{}

func (refusing) Authorize(context.Context, http.Header) error {
	return fmt.Errorf("the token endpoint answered 401")
}
func (refusing) Answered(int, http.Header) bool { return false }

func TestWithoutATokenNothingIsAsked(t *testing.T) {
	server := httptest.NewServer(sound(func(http.ResponseWriter, *http.Request) bool {
		t.Error("something was asked")
		return false
	}))
	defer server.Close()
	report := examine(t, exchange.Target{BaseURL: server.URL, Auth: refusing{}}, doctor.Options{})
	if line := lineOf(t, report, doctor.Auth); line.State != doctor.Failed || !strings.Contains(line.Said, "answered 401") {
		t.Errorf("%+v", line)
	}
}

func matches(t *testing.T, pattern, text string) bool {
	t.Helper()
	found, err := regexp.MatchString(pattern, text)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
