package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
)

func client(t *testing.T, handler http.HandlerFunc, options exchange.Options, header http.Header) (*exchange.Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir", Header: header}}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, server
}

func kindOf(t *testing.T, err error) exchange.Kind {
	t.Helper()
	var failure *exchange.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want an *exchange.Error", err)
	}
	return failure.Kind
}

func TestEachDistinctRequestIsSentOnce(t *testing.T) {
	var asked atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, `{}`)
	}, exchange.Options{}, nil)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/1"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := asked.Load(); got != 1 {
		t.Errorf("the endpoint was asked %d times", got)
	}
	if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/1", Repeat: "1"}); err != nil || asked.Load() != 2 {
		t.Errorf("a deliberate repeat was not sent: %v", err)
	}
}

// liveRange has a right check digit outside the test range. It is put together here so that no whole number of that kind
// stands anywhere in the repository.
const liveRange = "450" + "5577104"

func TestWhatMustNotBeSentIsRefused(t *testing.T) {
	c, server := client(t, func(http.ResponseWriter, *http.Request) {
		t.Error("the endpoint was asked")
	}, exchange.Options{}, nil)
	for name, request := range map[string]exchange.Request{
		"a create":                    {Method: http.MethodPost, URL: "Patient"},
		"a delete":                    {Method: http.MethodDelete, URL: "Patient/1"},
		"a patch":                     {Method: http.MethodPatch, URL: "Patient/1"},
		"another host":                {URL: "http://other.test/fhir/Patient"},
		"a live-range NHS number":     {URL: "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + liveRange},
		"one without a system":        {URL: "Patient?identifier=" + liveRange},
		"one in a chained parameter":  {URL: "Observation?patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C" + liveRange},
		"one in the body of a search": {Method: http.MethodPost, URL: "Patient/_search", Body: "identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C" + liveRange},
		"the first of several":        {URL: "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + liveRange + ",https://fhir.nhs.uk/Id/nhs-number%7C9990000018"},
		"the last of several":         {URL: "Patient?identifier=9990000018," + liveRange},
		"one in groups":               {URL: "Patient?identifier=" + liveRange[:3] + "+" + liveRange[3:6] + "+" + liveRange[6:]},
		"one with a modifier":         {URL: "Observation?subject:Patient.identifier=" + liveRange},
		"one as a name":               {URL: "Patient?family=" + liveRange},
		"one in a header":             {URL: "Patient", Header: http.Header{"X-Subject": {liveRange}}},
		"one in a header with words":  {URL: "Patient", Header: http.Header{"X-Subject": {"https://fhir.nhs.uk/Id/nhs-number|" + liveRange}}},
		"an unknown system":           {System: "other", URL: "Patient"},
	} {
		if request.System == "" {
			request.System = "ccr"
		}
		_, err := c.Do(t.Context(), request)
		if got := kindOf(t, err); got != exchange.Refused {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(err.Error(), liveRange) {
			t.Errorf("%s: the error repeats the number", name)
		}
	}
	_ = server
}

// logged keeps what a client records.
type logged struct{ requests []exchange.Request }

func (l *logged) Record(request exchange.Request, _ http.Header, _ *exchange.Exchange, failure *exchange.Error) error {
	if failure != nil && failure.Kind == exchange.Refused {
		l.requests = append(l.requests, request)
	}
	return nil
}

func TestARefusedNumberIsLoggedWithoutTheNumber(t *testing.T) {
	log := &logged{}
	c, _ := client(t, func(http.ResponseWriter, *http.Request) { t.Error("the endpoint was asked") }, exchange.Options{Recorder: log}, nil)
	for _, request := range []exchange.Request{
		{System: "ccr", URL: "Patient?identifier=" + liveRange},
		{System: "ccr", Method: http.MethodPost, URL: "Patient/_search", Body: "identifier=" + liveRange},
		{System: "ccr", URL: "Patient?identifier=" + liveRange[:3] + "%20" + liveRange[3:6] + "%20" + liveRange[6:]},
		{System: "ccr", URL: "Patient?active=true", Header: http.Header{"X-Subject": {liveRange}}},
	} {
		if _, err := c.Do(t.Context(), request); kindOf(t, err) != exchange.Refused {
			t.Errorf("got %v", err)
		}
	}
	if len(log.requests) != 4 {
		t.Fatalf("%d refusals were logged, want 4", len(log.requests))
	}
	for _, request := range log.requests {
		logged := request.URL + request.Body + request.Header.Get("X-Subject")
		if strings.Contains(logged, liveRange[6:]) || !strings.Contains(logged, "**********") {
			t.Errorf("logged as %s", logged)
		}
	}
}

func TestATestRangeNumberAndASnomedCodeAreSent(t *testing.T) {
	var asked atomic.Int32
	c, _ := client(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }, exchange.Options{}, nil)
	for _, url := range []string{"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990000018", "Observation?code=http://snomed.info/sct%7C" + liveRange} {
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: url}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestWhyThereIsNoAnswer(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "hang"):
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		case strings.Contains(r.URL.Path, "large"):
			_, _ = w.Write(make([]byte, 2000))
		case strings.Contains(r.URL.Path, "cut"):
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}
	}
	c, server := client(t, handler, exchange.Options{Timeout: 50 * time.Millisecond, MaxBody: 1000, GiveUpAfter: 100}, nil)
	for path, want := range map[string]exchange.Kind{"hang": exchange.TimedOut, "large": exchange.TooLarge, "cut": exchange.Unreachable} {
		_, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: path})
		if got := kindOf(t, err); got != want {
			t.Errorf("%s: got %v, want %v: %v", path, got, want, err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Do(cancelled, exchange.Request{System: "ccr", URL: "hang/2"})
	if got := kindOf(t, err); got != exchange.Interrupted {
		t.Errorf("a cancelled run: %v", err)
	}
	server.Close()
	_, err = c.Do(t.Context(), exchange.Request{System: "ccr", URL: "gone"})
	if got := kindOf(t, err); got != exchange.Unreachable {
		t.Errorf("a dead host: %v", err)
	}
}

func TestASystemThatIsDownIsNotAskedForEver(t *testing.T) {
	var asked atomic.Int32
	c, _ := client(t, func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}, exchange.Options{GiveUpAfter: 3, Concurrency: 1, Wait: func(context.Context, time.Duration) error { return nil }}, nil)
	for i := range 20 {
		_, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient", Repeat: strconv.Itoa(i)})
		if got := kindOf(t, err); got != exchange.Unreachable {
			t.Errorf("request %d: got %v: %v", i, got, err)
		}
	}
	// The transport itself may retry a connection that died before it was answered.
	if got := asked.Load(); got > 6 {
		t.Errorf("asked %d times", got)
	}
}

func TestSecretsNeverReachTheEvidence(t *testing.T) {
	dir := t.TempDir()
	header := http.Header{"Authorization": {"Bearer s3cr3t-token-value"}, "X-Api-Key": {"k3y-k3y-k3y"}, "X-Organisation": {"RXK"}}
	secrets := redact.New()
	if err := secrets.AddHeader("ccr", header); err != nil {
		t.Fatal(err)
	}
	folder, err := exchange.NewFolder(dir, secrets)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		w.Header().Set("Set-Cookie", "session=s3cr3t-token-value")
		_, _ = io.WriteString(w, `{"echo":"`+r.Header.Get("Authorization")+" "+r.Header.Get("X-Api-Key")+`"}`)
	}, exchange.Options{Recorder: folder}, header)
	answer, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient?token=k3y-k3y-k3y"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(answer.Body), "s3cr3t") {
		t.Error("the judge must see the answer as it was")
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	kept := readBack(t, dir)
	if len(kept) != 1 || !strings.Contains(fmt.Sprint(kept), "RXK") {
		t.Errorf("an innocent header is missing: %v", kept)
	}
	for _, secret := range []string{"s3cr3t-token-value", "k3y-k3y-k3y"} {
		if strings.Contains(fmt.Sprint(kept), secret) {
			t.Errorf("the evidence holds %s: %v", secret, kept)
		}
	}
	files := 0
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, secret := range []string{"s3cr3t-token-value", "k3y-k3y-k3y"} {
			if strings.Contains(string(content), secret) {
				t.Errorf("%s holds %s:\n%s", path, secret, content)
			}
		}
		return err
	})
	if err != nil || files != 3 {
		t.Errorf("%d files, %v", files, err)
	}
}

// readBack returns what is recorded in a folder, record and body of each exchange as text.
func readBack(t *testing.T, dir string) (kept []string) {
	t.Helper()
	log, err := evidence.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	for record, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		body, err := log.Body(record)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, string(text)+"\n"+body)
	}
	return kept
}

func TestRequestIDsAreReproducible(t *testing.T) {
	var ids []string
	for range 2 {
		_, server := client(t, func(_ http.ResponseWriter, r *http.Request) { ids = append(ids, r.Header.Get("X-Request-Id")) },
			exchange.Options{Seed: 7}, nil)
		c, err := exchange.NewClient([]exchange.Target{{
			Name: "ccr", BaseURL: "http://ccr.mock.test/fhir", ConnectTo: strings.TrimPrefix(server.URL, "http://"),
		}}, exchange.Options{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/1"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 2 || ids[0] != ids[1] || len(ids[0]) != 36 {
		t.Errorf("request ids are %v", ids)
	}
}

func TestABadBaseURLIsNamed(t *testing.T) {
	for _, base := range []string{"", "ccr.test/fhir", "ftp://ccr.test", "http://", "http://a b"} {
		_, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: base}}, exchange.Options{})
		if err == nil || !strings.Contains(err.Error(), "ccr") {
			t.Errorf("%q: %v", base, err)
		}
	}
}
