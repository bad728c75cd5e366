package command_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// canary is a secret that no escape leaves as it is.
const canary = `k4n"4r&y<z>-of-ours`

// spellings are what a search of an output looks for.
func spellings() []string {
	written, _ := json.Marshal(canary)
	return []string{canary, "4r&y", `4r&amp;y`, `4r\u0026y`, "4r%26y", html.EscapeString(canary), url.QueryEscape(canary), strings.Trim(string(written), `"`), "n-0f-0urs-user", "p4ssw0rd-of-ours"}
}

// parrot is an endpoint that repeats every credential wherever it can.
func parrot(t *testing.T) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard := r.Header.Get("X-Trace") + " " + r.Header.Get("Authorization")
		quoted, _ := json.Marshal(heard)
		w.Header().Set("Content-Type", "application/fhir+json")
		w.Header().Set("Location", s.URL+"/fhir/x?token="+url.QueryEscape(heard))
		w.Header().Set("ETag", `W/"`+heard+`"`)
		w.Header().Set("Set-Cookie", "session="+url.QueryEscape(heard))
		w.Header().Set("WWW-Authenticate", "Bearer error_description="+heard)
		if strings.HasSuffix(r.URL.Path, "/metadata") {
			_, _ = fmt.Fprintf(w, `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":%s},"rest":[{"mode":"server","resource":[
				{"type":"Patient","interaction":[{"code":"search-type"}]}]}]}`, quoted)
			return
		}
		switch len(r.URL.RawQuery) % 3 {
		case 0:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":%s}]}`, quoted)
		case 1:
			_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"http://other.test/?token=%s"}],"entry":[{"resource":{"resourceType":"Patient","id":"1","text":{"div":%s}}}]}`,
				url.QueryEscape(heard), quoted)
		default:
			w.WriteHeader(http.StatusFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// configuration writes a configuration of one system.
func configuration(t *testing.T, system string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "concord.yaml")
	if err := os.WriteFile(path, []byte("discover: true\nsubjects: [\"9990000018\"]\nsystems:\n  - "+strings.ReplaceAll(system, "\n", "\n    ")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// silent fails the test when the canary is in what was printed or in any file of a folder.
func silent(t *testing.T, folder string, printed ...string) {
	t.Helper()
	look := func(where, text string) {
		for _, spelling := range spellings() {
			if strings.Contains(text, spelling) {
				at := strings.Index(text, spelling)
				t.Errorf("%s holds %q: %s", where, spelling, text[max(0, at-80):min(len(text), at+80)])
			}
		}
	}
	for _, text := range printed {
		look("what was printed", text)
	}
	if folder == "" {
		return
	}
	files := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		look(path, string(content))
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files in %s: %v", files, folder, err)
	}
	if _, err := os.Stat(filepath.Join(folder, reports.ExchangesFolder)); err == nil {
		silentExchanges(t, folder, look)
	}
}

// silentExchanges looks at the exchanges of a run as they are read: in the files they are compressed.
func silentExchanges(t *testing.T, folder string, look func(where, text string)) {
	t.Helper()
	log, err := evidence.Open(filepath.Join(folder, reports.ExchangesFolder))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() //nolint:errcheck // it is only read
	bodies, redacted := 0, 0
	for record, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		whole, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		look("exchange "+record.ID, string(whole))
		body, err := log.Body(record)
		if err != nil {
			t.Fatal(err)
		}
		look("the body of exchange "+record.ID, body)
		if bodies++; strings.Contains(body, "[redacted]") {
			redacted++
		}
	}
	if bodies == 0 || redacted == 0 {
		t.Errorf("%d exchanges, and %d bodies that repeat the secret", bodies, redacted)
	}
}

func TestASecretIsInNoOutputOfARun(t *testing.T) {
	if testing.Short() {
		t.Skip("a run reads all definitions")
	}
	t.Setenv("CANARY", canary)
	endpoint := parrot(t)
	out := filepath.Join(t.TempDir(), "run")
	path := configuration(t, "name: ccr\nbaseURL: "+endpoint.URL+"/fhir\nheaders:\n  X-Trace: \"${CANARY}\"\n  Authorization: Bearer p4ssw0rd-of-ours")
	var stdout, stderr strings.Builder
	command.Main(t.Context(), []string{"run", "--config", path, "--out", out, "--suites", "parity"}, strings.NewReader(""), &stdout, &stderr)
	silent(t, out, stdout.String(), stderr.String())
	run, err := os.ReadFile(filepath.Join(out, "run.json"))
	if err != nil || !strings.Contains(string(run), "[redacted]") {
		t.Errorf("the endpoint was to repeat the secret: %v", err)
	}
	// What is made of the run later has it no more than the run.
	pack := filepath.Join(t.TempDir(), "run.zip")
	for _, arguments := range [][]string{
		{"show", out},
		{"verify", out},
		{"compare", out, out},
		{"csv", out, "findings"},
		{"report", out, "--capabilities"},
		{"pack", out, "--out", pack},
		{"report", out},
		{"doctor", "--config", path},
	} {
		stdout.Reset()
		stderr.Reset()
		command.Main(t.Context(), arguments, strings.NewReader(""), &stdout, &stderr)
		if strings.Contains(stderr.String(), "unknown") {
			t.Errorf("%v: %s", arguments, stderr.String())
		}
		silent(t, "", stdout.String(), stderr.String())
	}
	silent(t, out)
}

func TestASecretIsInNoErrorOfAConfiguration(t *testing.T) {
	t.Setenv("CANARY", canary)
	t.Setenv("SHORT", "x1y2")
	for name, c := range map[string]struct{ system, want string }{
		"a user in the base URL":       {"name: ccr\nbaseURL: https://n-0f-0urs-user:p4ssw0rd-of-ours@ccr.example.test/fhir", "give credentials under auth"},
		"one that cannot be read":      {"name: ccr\nbaseURL: \"https://n-0f-0urs-user:p4ssw0rd-of-ours%zz@ccr.example.test/fhir\"", "baseURL"},
		"a query in the base URL":      {"name: ccr\nbaseURL: https://ccr.example.test/fhir?api_key=p4ssw0rd-of-ours", "give credentials under auth"},
		"one from the environment":     {"name: ccr\nbaseURL: https://ccr.example.test/fhir?api_key=${secret:CANARY}", "give credentials under auth"},
		"a secret that is too short":   {"name: ccr\nbaseURL: https://ccr.example.test/fhir\nheaders: {X-Org: \"${SHORT}\"}", "header X-Org: a secret of fewer than 6 characters"},
		"YAML that is broken":          {"name: ccr\nbaseURL: https://ccr.example.test/fhir\nheaders:\n  Authorization: Bearer p4ssw0rd-of-ours\n  X: [", "read configuration"},
		"an unknown key beside it":     {"name: ccr\nheaders: {X-Mine: p4ssw0rd-of-ours}\nbaseUrl: https://n-0f-0urs-user:p4ssw0rd-of-ours@a.test", "unknown field"},
		"two ways to say who one is":   {"name: ccr\nbaseURL: https://ccr.example.test/fhir\nheaders: {Authorization: \"${CANARY}\"}\nauth: {type: bearer, token: \"${CANARY}\"}", "keep one"},
		"a field of another auth type": {"name: ccr\nbaseURL: https://ccr.example.test/fhir\nauth: {type: bearer, token: \"${CANARY}\", password: \"${CANARY}\"}", "auth.password"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := command.Main(t.Context(), []string{"run", "--config", configuration(t, c.system)}, strings.NewReader(""), &stdout, &stderr)
			if code != result.ExitUsage || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("exit code %d, %s", code, stderr.String())
			}
			silent(t, "", stdout.String(), stderr.String())
		})
	}
}

func TestASecretIsNotInAPrintedConfiguration(t *testing.T) {
	t.Setenv("CANARY", canary)
	path := configuration(t, "name: ccr\ntitle: \"of p4ssw0rd-of-ours\"\nbaseURL: https://ccr.example.test/fhir\nheaders: {X-Trace: \"${CANARY}\"}\nauth: {type: basic, username: me, password: p4ssw0rd-of-ours}")
	var stdout, stderr strings.Builder
	if code := command.Main(t.Context(), []string{"run", "--print-config", "--config", path}, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr.String())
	}
	silent(t, "", stdout.String(), stderr.String())
}

func TestASecretIsInNoOutputOfALoad(t *testing.T) {
	t.Setenv("CANARY", canary)
	endpoint := parrot(t)
	out := filepath.Join(t.TempDir(), "load")
	var stdout, stderr strings.Builder
	arguments := []string{"fixtures", "load", "--to", endpoint.URL + "/fhir", "--system", "ccr", "--people", "1", "--mode", "put", "--rate", "1000", "--out", out, "--header", "X-Trace: ${CANARY}"}
	if code := command.Main(t.Context(), arguments, strings.NewReader(""), &stdout, &stderr); code != result.ExitUndetermined {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
	silent(t, out, stdout.String(), stderr.String())
	if !strings.Contains(stderr.String(), "[redacted]") {
		t.Errorf("the endpoint was to repeat the secret: %s", stderr.String())
	}
	stderr.Reset()
	arguments[3] = "https://n-0f-0urs-user:p4ssw0rd-of-ours@ccr.example.test"
	if code := command.Main(t.Context(), arguments, strings.NewReader(""), &stdout, &stderr); code != result.ExitUsage {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
	silent(t, "", stderr.String())
}

// collected keeps what is written to it; several may write.
type collected struct {
	mu   sync.Mutex
	text strings.Builder
}

func (c *collected) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

func (c *collected) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

func TestASecretIsInNoOutputOfAMock(t *testing.T) {
	t.Setenv("CANARY", canary)
	ctx, stop := context.WithCancel(t.Context())
	said, saying := io.Pipe()
	var stdout, stderr collected
	listen, admin := spare(t), spare(t)
	ended := make(chan int, 1)
	go func() {
		arguments := []string{"mock", "--system", "ccr", "--people", "1", "--listen", listen, "--admin", admin, "--peer", "none", "--client", "id=reader,secret=env:CANARY"}
		code := command.Main(ctx, arguments, strings.NewReader(""), io.MultiWriter(&stdout, saying), &stderr)
		_ = saying.Close()
		ended <- code
	}()
	if n, err := said.Read(make([]byte, 512)); n == 0 || err != nil {
		t.Fatal(err, stderr.String())
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	base, answers := "http://"+listen, ""
	for _, asked := range []struct{ method, address, bearer, form string }{
		{http.MethodPost, base + "/oauth2/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {canary}}.Encode()},
		{http.MethodPost, base + "/oauth2/token", "", url.Values{"grant_type": {"client_credentials"}, "client_id": {"nobody"}, "client_secret": {canary}}.Encode()},
		{http.MethodPost, base + "/oauth2/token", "", url.Values{"grant_type": {"password"}, "client_secret": {canary}}.Encode()},
		{http.MethodGet, base + "/fhir/metadata", "", ""},
		{http.MethodGet, base + "/fhir/Patient", canary, ""},
		{http.MethodGet, "http://" + admin + "/admin/events", "", ""},
		{http.MethodGet, "http://" + admin + "/admin/defects", "", ""},
	} {
		code, body := status(t, client, asked.method, asked.address, asked.bearer, asked.form)
		answers += fmt.Sprintf("%d %s\n", code, body)
	}
	if !strings.Contains(answers, "access_token") {
		t.Errorf("the mock knows its client by the secret: %s", answers)
	}
	stop()
	if code := <-ended; code != result.ExitConformant {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	silent(t, "", answers, stdout.String(), stderr.String())
}

func TestASecretIsInNoErrorOfAMock(t *testing.T) {
	t.Setenv("SHORT", "x1y2")
	for name, c := range map[string]struct{ flag, value, want string }{
		"a user in its own address":  {"--base-url", "https://n-0f-0urs-user:p4ssw0rd-of-ours@ccr.example.test/fhir", "--base-url: it holds a user or a password"},
		"a query in the neighbour's": {"--peer", "https://ohc.example.test/fhir?key=p4ssw0rd-of-ours", "--peer: it holds a query"},
		"a neighbour of no address":  {"--peer", "ohc.example.test", "is not an absolute http or https URL"},
		"a secret that is too short": {"--client", "id=reader,secret=env:SHORT", "a secret of fewer than 6 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := command.Main(t.Context(), []string{"mock", "--system", "ccr", "--people", "1", "--listen", "127.0.0.1:0", c.flag, c.value}, strings.NewReader(""), &stdout, &stderr)
			if code != result.ExitUsage || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("exit code %d, %s", code, stderr.String())
			}
			silent(t, "", stdout.String(), stderr.String())
		})
	}
}

// broken is an output that fails as no code of Concord's should, with a secret in what it says.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("no such thing as " + canary) }

func TestASecretIsInNothingThatIsSaidOfAFault(t *testing.T) {
	t.Setenv("CANARY", canary)
	path := configuration(t, "name: ccr\nbaseURL: https://ccr.example.test/fhir\nheaders: {X-Trace: \"${CANARY}\"}")
	var stderr strings.Builder
	code := command.Main(t.Context(), []string{"run", "--print-config", "--config", path}, strings.NewReader(""), broken{}, &stderr)
	if code != result.ExitUndetermined || !strings.Contains(stderr.String(), "a fault of Concord's own: no such thing as [redacted]") {
		t.Errorf("exit code %d, %s", code, stderr.String())
	}
	silent(t, "", stderr.String())
}
