package need

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// ending stands in for a test and remembers how it was ended.
type ending struct {
	testing.TB
	how, why string
}

func (e *ending) Helper() {}

func (e *ending) end(how, why string) {
	if e.how == "" {
		e.how, e.why = how, why
	}
}
func (e *ending) Skipf(format string, args ...any)  { e.end("skip", fmt.Sprintf(format, args...)) }
func (e *ending) Fatalf(format string, args ...any) { e.end("fail", fmt.Sprintf(format, args...)) }
func (e *ending) Fatal(args ...any)                 { e.end("fail", fmt.Sprint(args...)) }

func TestAMissingThingSkipsUnlessItIsRequired(t *testing.T) {
	for _, c := range []struct{ require, how, why string }{
		{"", "skip", "install Debian's chromium"},
		{"docker", "skip", "install Debian's chromium"},
		{"browser", "fail", "install Debian's chromium"},
		{" docker , browser ", "fail", `requires "browser"`},
		{"chromium", "fail", `names "chromium"`},
	} {
		t.Run(c.require, func(t *testing.T) {
			t.Setenv(Variable, c.require)
			t.Setenv("PATH", t.TempDir())
			e := &ending{TB: t}
			Chromium(e)
			if e.how != c.how || !strings.Contains(e.why, c.why) {
				t.Errorf("ended by %q saying %q, want %q saying %q", e.how, e.why, c.how, c.why)
			}
		})
	}
}

func TestSharedFindsTheNamedFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(SharedVariable, filepath.Dir(dir))
	t.Setenv(Variable, "shared")
	if got := Shared(t, filepath.Base(dir)); got != dir {
		t.Errorf("Shared = %q, want %q", got, dir)
	}
	e := &ending{TB: t}
	Shared(e, "no such folder")
	if e.how != "fail" {
		t.Errorf("a missing folder ended by %q", e.how)
	}
}

func TestDockerAsksTheEngine(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/_ping" {
			w.WriteHeader(http.StatusNotFound)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Setenv(Variable, "docker")
	t.Setenv("DOCKER_HOST", "tcp://"+listener.Addr().String())
	e := &ending{TB: t}
	Docker(e)
	if e.how != "" {
		t.Errorf("an engine that answers ended the test by %q: %s", e.how, e.why)
	}
	_ = server.Close()
	Docker(e)
	if e.how != "fail" || !strings.Contains(e.why, "start dockerd") {
		t.Errorf("a dead engine ended by %q: %s", e.how, e.why)
	}
}

// TestThisMachineHas says for each thing whether tests that need it run here; make test prints what it skips.
func TestThisMachineHas(t *testing.T) {
	for name, look := range map[string]func(testing.TB){
		"browser": func(t testing.TB) { Chromium(t) },
		"docker":  func(t testing.TB) { Docker(t) },
		"shared":  func(t testing.TB) { Shared(t) },
		"xmllint": func(t testing.TB) { XMLLint(t) },
	} {
		t.Run(name, func(t *testing.T) { look(t) })
	}
}
