package script_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
)

// bare takes the identifiers out of all references, and leaves the literal ones.
func bare(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			bare(item)
		}
	case map[string]any:
		if _, literal := value["reference"].(string); literal {
			delete(value, "identifier")
		}
		for _, member := range value {
			bare(member)
		}
	}
}

// literal stands before a mock and takes the identifiers out of the references of its answers.
func literal(t *testing.T, endpoint *mocks.Endpoint) exchange.Target {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: endpoint.Address})
	proxy.ModifyResponse = func(answer *http.Response) error {
		var body any
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			return err
		}
		bare(body)
		text, err := json.Marshal(body)
		answer.Body = io.NopCloser(bytes.NewReader(text))
		answer.ContentLength = int64(len(text))
		answer.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return err
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return exchange.Target{Name: endpoint.System, BaseURL: endpoint.BaseURL, ConnectTo: server.Listener.Addr().String()}
}

// A system may refer by ids of its own alone. The scenarios about chains of records mean what is referred to, not how.
func TestAReferenceByIDAloneNamesWhatItLeadsTo(t *testing.T) {
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: vocabulary(t).Ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	scene := env(t, time.Now, literal(t, pair.CCR), literal(t, pair.OHC))
	for _, name := range []string{"gp_referral", "social_care"} {
		text, err := os.ReadFile("../" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		findings, err := parsed(t, string(text)).Run(t.Context(), scene())
		if err != nil || len(findings) > 0 {
			t.Errorf("%s: %v %+v", name, err, findings)
		}
	}
}

// A system may have numbers of its own for records, and refer by those alone.
func TestAReferenceByANumberOfTheSystemsOwnNamesWhatItLeadsTo(t *testing.T) {
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: vocabulary(t).Ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	styles := []hostile.Setting{{Name: "style-own-numbers"}}
	scene := env(t, time.Now, styled(t, pair.CCR, styles), styled(t, pair.OHC, styles))
	text, err := os.ReadFile("../gp_referral.yaml")
	if err != nil {
		t.Fatal(err)
	}
	findings, err := parsed(t, string(text)).Run(t.Context(), scene())
	if err != nil || len(findings) > 0 {
		t.Errorf("%v %+v", err, findings)
	}
}

// styled stands before a mock and answers in styles.
func styled(t *testing.T, endpoint *mocks.Endpoint, styles []hostile.Setting) exchange.Target {
	t.Helper()
	handler, err := hostile.Wrap(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: endpoint.Address}), hostile.Options{Base: "/fhir"}, styles...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return exchange.Target{Name: endpoint.System, BaseURL: endpoint.BaseURL, ConnectTo: server.Listener.Addr().String()}
}
