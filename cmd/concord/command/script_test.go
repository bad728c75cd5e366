package command_test

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"concord.example/concord/cmd/concord/command"
	"concord.example/concord/internal/need"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the scripts") //nolint:gochecknoglobals // a test flag

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"concord": func() { os.Exit(command.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) { runScripts(t, "script", nil) }

func TestContainerScripts(t *testing.T) {
	need.Docker(t)
	static := filepath.Join(t.TempDir(), "concord")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", static, "concord.example/concord/cmd/concord")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build concord: %v\n%s", err, output)
	}
	runScripts(t, "docker", map[string]string{"STATIC_CONCORD": static})
}

func runScripts(t *testing.T, folder string, further map[string]string) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", folder),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// A host that answers, and not with FHIR.
			page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<html><body>It works!</body></html>"))
			}))
			env.Defer(page.Close)
			// An address where nobody listens.
			gone := httptest.NewServer(http.NotFoundHandler())
			gone.Close()
			registry := newPackageHost()
			env.Defer(registry.Close)
			env.Setenv("PACKAGE_HOST", registry.URL)
			env.Setenv("HTML_HOST", page.URL)
			env.Setenv("DEAD_HOST", gone.URL)
			for name, value := range further {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     exitCode,
			"mocks":    startMocks,
			"expanded": expand,
		},
	})
}

// exitCode runs a command and wants an exit code: code 3 concord run ...
func exitCode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: code N command...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// expand replaces $NAME in a file by the script's environment: expanded concord.yaml.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(os.Expand(text, ts.Getenv)), 0o600))
	}
}

// startMocks runs two "concord mock" processes as a person would, and sets CCR_HOST and OHC_HOST to their addresses,
// CCR_ADMIN and OHC_ADMIN to those of their admin APIs.
func startMocks(ts *testscript.TestScript, _ bool, _ []string) {
	ccr, ohc := freeAddress(ts), freeAddress(ts)
	for _, mock := range []struct{ system, listen, peer string }{{"ccr", ccr, ohc}, {"ohc", ohc, ccr}} {
		admin := freeAddress(ts)
		start(ts, "mock", "--system", mock.system, "--listen", mock.listen, "--peer", "http://"+mock.peer+"/fhir", "--admin", admin)
		ts.Setenv(strings.ToUpper(mock.system)+"_ADMIN", "http://"+admin)
	}
	ts.Setenv("CCR_HOST", "http://"+ccr)
	ts.Setenv("OHC_HOST", "http://"+ohc)
	for _, address := range []string{ccr, ohc} {
		ts.Check(answering(fmt.Sprintf("http://%s/fhir/metadata", address)))
	}
}
