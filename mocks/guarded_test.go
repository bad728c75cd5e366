package mocks_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/mocks"
)

// visit is one request at a guarded way in.
type visit struct {
	token, certificate, path string
	oldTLS                   bool
}

// said is the answer: status 0 when there was none.
type said struct {
	status int
	header http.Header
	body   string
}

func ask(t *testing.T, way *mocks.Guarded, v visit) said {
	t.Helper()
	secure := way.TLS(v.certificate)
	if v.oldTLS {
		secure.MinVersion, secure.MaxVersion = 0x0301, 0x0302
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: secure, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, way.Address)
		},
	}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, way.BaseURL+v.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return said{}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return said{response.StatusCode, response.Header, string(body)}
}

// TestAGuardedWayInTurnsAwayWhoeverIsWrongInOneThingUntilADefectLetsThemIn asks with each wrong proof while the system is clean,
// and with the defect that lets it in.
func TestAGuardedWayInTurnsAwayWhoeverIsWrongInOneThingUntilADefectLetsThemIn(t *testing.T) {
	server, way := guardedWay(t)
	var own, other string
	for _, p := range ledger().Providers() {
		person, _, ok := ledger().SweepFact(p.ODS)
		switch {
		case !ok || p.System != mocks.CCR:
		case own == "":
			own = person.NHSNumber
		case other == "":
			other = person.NHSNumber
		}
	}
	number := func(n string) string { return "/Patient?identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C" + n }
	right := way.Token(mocks.Right, "")
	head, _, _ := strings.Cut(right, ".")
	unsigned := "eyJhbGciOiJub25lIn0" + strings.TrimPrefix(right[:strings.LastIndexByte(right, '.')+1], head)
	tampered := right[:strings.LastIndexByte(right, '.')+1] + "AAAA"
	shown := func(a said) bool { return a.status == http.StatusOK && strings.Contains(a.body, `"Patient"`) }
	status := func(want int) func(said) bool { return func(a said) bool { return a.status == want } }
	header := func(name, part string) func(said) bool {
		return func(a said) bool { return a.status != 0 && strings.Contains(a.header.Get(name), part) }
	}
	if a := ask(t, way, visit{right, mocks.Right, number(own), false}); !shown(a) || !strings.Contains(a.body, way.BaseURL+"/Patient/") {
		t.Fatalf("who is right in everything gets %d %.300s", a.status, a.body)
	}
	for defect, c := range map[string]struct {
		visit visit
		fault func(said) bool
	}{
		"D300": {visit{"", mocks.Right, number(own), false}, shown},
		"D301": {visit{way.Token(mocks.Expired, ""), mocks.Right, number(own), false}, shown},
		"D302": {visit{way.Token(mocks.OtherAudience, ""), mocks.Right, number(own), false}, shown},
		"D303": {visit{way.Token(mocks.OtherScope, ""), mocks.Right, number(own), false}, shown},
		"D304": {visit{tampered, mocks.Right, number(own), false}, shown},
		"D305": {visit{unsigned, mocks.Right, number(own), false}, shown},
		"D306": {visit{"", mocks.Right, number(own), false}, func(a said) bool { return a.status == 401 && a.header.Get("WWW-Authenticate") == "" }},
		"D309": {visit{right, "", number(own), false}, shown},
		"D310": {visit{right, mocks.Expired, number(own), false}, shown},
		"D311": {visit{right, mocks.OtherAuthority, number(own), false}, shown},
		"D312": {visit{right, mocks.OtherName, number(own), false}, shown},
		"D313": {visit{right, mocks.Right, number(own), true}, shown},
		"D314": {visit{right, mocks.Right, number(own), false}, header("Cache-Control", "max-age")},
		"D315": {visit{"", mocks.Right, number(own), false}, func(a said) bool { return strings.Contains(a.body, "Filter.java") }},
		"D316": {visit{right, mocks.Right, number(own), false}, header("Server", "/")},
		"D317": {visit{right, mocks.Right, number(own), false}, header("Content-Location", own)},
		"D318": {visit{right, mocks.Right, number(own) + "&birthdate=notadate", false}, func(a said) bool { return a.status >= 400 && strings.Contains(a.body, own) }},
		"D319": {visit{way.Token(mocks.OnePatient, own), mocks.Right, number(other), false}, shown},
		"D320": {visit{"", mocks.Right, number(own), false}, status(http.StatusForbidden)},
		"D61":  {visit{tampered, mocks.Right, number(own), false}, shown},
		"D62":  {visit{right, mocks.OtherAuthority, number(own), false}, shown},
	} {
		if a := ask(t, way, c.visit); c.fault(a) {
			t.Errorf("%s: clean, the answer is %d %.200s", defect, a.status, a.body)
		}
		if err := server.SetDefects(mocks.Setting{ID: defect}); err != nil {
			t.Fatal(err)
		}
		if a := ask(t, way, c.visit); !c.fault(a) {
			t.Errorf("%s: the answer is %d %.200s", defect, a.status, a.body)
		}
		if err := server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestASecretGetsATokenForItsOwnClientAlone asks the token endpoint of a guarded way in, until a defect lets in who is wrong.
func TestASecretGetsATokenForItsOwnClientAlone(t *testing.T) {
	server, way := guardedWay(t)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: way.TLS(mocks.Right),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, way.Address)
		},
	}}
	t.Cleanup(client.CloseIdleConnections)
	given := func(id, secret string) bool {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, way.TokenURL, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		return answer.StatusCode == http.StatusOK
	}
	if !given(way.SecretClient, way.Secret) {
		t.Fatal("the right secret gets no token")
	}
	for defect, wrong := range map[string][2]string{
		"D361": {way.SecretClient, "no such secret"}, "D362": {way.SecretClient, ""}, "D363": {way.OtherClient, way.Secret},
	} {
		if given(wrong[0], wrong[1]) {
			t.Errorf("%s: clean, a token is given", defect)
		}
		if err := server.SetDefects(mocks.Setting{ID: defect}); err != nil {
			t.Fatal(err)
		}
		if !given(wrong[0], wrong[1]) {
			t.Errorf("%s: no token is given", defect)
		}
		if err := server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
}

// guardedWay is a system with a guarded way into it.
func guardedWay(t *testing.T) (*mocks.Server, *mocks.Guarded) {
	t.Helper()
	server, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: ledger()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	ways, stop, err := mocks.StartGuarded(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return server, ways[0]
}
