package mocks_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// locked starts a pair that asks for tokens: ccr proves itself at ohc with a key, ohc at ccr with a secret.
func locked(t *testing.T, change func(system string, o *mocks.Options)) *mocks.Pair {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger()}, func(system string, o *mocks.Options) {
		o.Auth = mocks.Auth{Key: []byte("key of " + system), Clients: []mocks.Client{{ID: "reader", Secret: "s3cret"}}}
		if system == mocks.OHC {
			o.Auth.Neighbour = mocks.CCR
			o.Auth.Clients = append(o.Auth.Clients, mocks.Client{ID: mocks.CCR, Keys: map[string]crypto.PublicKey{"k1": &key.PublicKey}})
			o.Credentials = &mocks.Credentials{ClientID: mocks.OHC, Secret: "another"}
		} else {
			o.Auth.Neighbour = mocks.OHC
			o.Auth.Clients = append(o.Auth.Clients, mocks.Client{ID: mocks.OHC, Secret: "another"})
			o.Credentials = &mocks.Credentials{ClientID: mocks.CCR, Key: key, KeyID: "k1", Audience: "http://ohc.mock.test/oauth2/token"}
		}
		if change != nil {
			change(system, o)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return pair
}

// withToken asks as the reader does.
func withToken(t *testing.T, e *mocks.Endpoint, path string) answer {
	t.Helper()
	bearer, a := token(t, e, url.Values{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {"s3cret"}})
	if bearer == "" || !strings.Contains(string(a.body), `"expires_in":300`) {
		t.Fatalf("no token: %s", a.body)
	}
	return do(t, http.MethodGet, e.URL+"/"+path, map[string]string{"Authorization": "Bearer " + bearer}, "")
}

func TestAPairThatAsksForTokensFederates(t *testing.T) {
	pair := locked(t, nil)
	query := "Observation?patient.identifier=" + person("P02")
	ask := func(e *mocks.Endpoint) (bySystem map[string]int, outcomes int) {
		bySystem = map[string]int{}
		entries := fhir.Entries(withToken(t, e, query).resource)
		for _, r := range mode(entries, "match") {
			bySystem[strings.TrimPrefix(r.Text("meta", "source"), "https://")[:3]]++
		}
		return bySystem, len(mode(entries, "outcome"))
	}
	for _, e := range pair.Endpoints() {
		if got, outcomes := ask(e); got["ccr"] == 0 || got["ohc"] == 0 || outcomes != 0 {
			t.Errorf("%s shows %v with %d outcomes", e.System, got, outcomes)
		}
	}
	// The tokens that the two hold of each other expire.
	for _, e := range pair.Endpoints() {
		happen(t, e, mocks.Event{Type: "advance", Delay: "10m"})
	}
	for _, e := range pair.Endpoints() {
		if got, outcomes := ask(e); got["ccr"] == 0 || got["ohc"] == 0 || outcomes != 0 {
			t.Errorf("%s shows %v with %d outcomes when its token has expired", e.System, got, outcomes)
		}
	}
}

func TestANeighbourThatIsNotLetInIsNamed(t *testing.T) {
	pair := locked(t, func(system string, o *mocks.Options) {
		if system == mocks.OHC {
			o.Credentials.Secret = "wrong"
		} else {
			o.Credentials.KeyID = "k2"
		}
	})
	for _, e := range pair.Endpoints() {
		a := withToken(t, e, "Observation?patient.identifier="+person("P02"))
		outcomes := mode(fhir.Entries(a.resource), "outcome")
		if a.status != http.StatusOK || len(outcomes) != 1 || !strings.Contains(outcomes[0].Text("issue", "diagnostics"), "401") {
			t.Errorf("%s: %d, %v", e.System, a.status, outcomes)
		}
	}
}

func TestOnlyTheNeighbourMayAskAsTheNeighbour(t *testing.T) {
	pair := locked(t, nil)
	bearer, _ := token(t, pair.CCR, url.Values{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {"s3cret"}})
	a := do(t, http.MethodGet, pair.CCR.URL+"/Patient?_count=1", map[string]string{"Authorization": "Bearer " + bearer, "X-Federated-By": "ohc"}, "")
	if a.status != http.StatusForbidden || a.resource.Text("issue", "code") != "security" {
		t.Errorf("a client that says it is the neighbour gets %d %s", a.status, a.body)
	}
}
