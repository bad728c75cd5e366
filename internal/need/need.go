// Package need says what a test lacks.
//
// It promises that a test which needs something the machine may not have (a browser, a container engine, the folder of
// shared test data) says plainly what is missing: it skips with a message, or fails when the environment variable
// CONCORD_REQUIRE names that thing. CONCORD_REQUIRE is a comma-separated list of the names of Names, for example
// "docker,browser". A name it does not know fails the test, because a misspelt requirement would otherwise require
// nothing.
//
// Only tests import it.
package need

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Variable is the environment variable that turns a missing thing into a failure.
const Variable = "CONCORD_REQUIRE"

// SharedVariable is the environment variable that names the folder of shared test data.
const SharedVariable = "CONCORD_SHARED"

const (
	browser = "browser"
	docker  = "docker"
	shared  = "shared"
	xmllint = "xmllint"
)

// Names lists what CONCORD_REQUIRE may name, in alphabetical order.
func Names() []string { return []string{browser, docker, shared, xmllint} }

// Chromium returns the path of a Chromium or Chrome binary, or skips the test (fails it when "browser" is required).
func Chromium(t testing.TB) string {
	t.Helper()
	return command(t, browser, "install Debian's chromium",
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell")
}

// XMLLint returns the path of xmllint, or skips the test (fails it when "xmllint" is required).
func XMLLint(t testing.TB) string {
	t.Helper()
	return command(t, xmllint, "install Debian's libxml2-utils", "xmllint")
}

// Docker returns when a container engine answers a ping within five seconds, and otherwise skips the test (fails it
// when "docker" is required). The engine is the one that DOCKER_HOST names, else the one behind /var/run/docker.sock.
func Docker(t testing.TB) {
	t.Helper()
	host := os.Getenv("DOCKER_HOST")
	if host == "" {
		host = "unix:///var/run/docker.sock"
	}
	if err := ping(t.Context(), host); err != nil {
		lacking(t, docker, fmt.Sprintf("no container engine answers at %s (%v): start dockerd or set DOCKER_HOST", host, err))
	}
}

// Shared returns the path of a file or folder below the folder of shared test data, or skips the test when it is not
// there (fails it when "shared" is required). That folder is the one CONCORD_SHARED names, else the folder called
// "shared" beside the module root.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv(SharedVariable)
	if root == "" {
		module, err := moduleRoot()
		if err != nil {
			lacking(t, shared, fmt.Sprintf("cannot find the module root (%v): set %s", err, SharedVariable))
			return ""
		}
		root = filepath.Join(filepath.Dir(module), "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil { //nolint:gosec // the folder is the one the person who runs the tests named
		lacking(t, shared, fmt.Sprintf("no shared test data (%v): set %s to its folder", err, SharedVariable))
	}
	return path
}

// command returns the path of the first of the commands that is installed.
func command(t testing.TB, name, advice string, candidates ...string) string {
	t.Helper()
	for _, c := range candidates {
		if path, err := exec.LookPath(c); err == nil {
			return path
		}
	}
	lacking(t, name, fmt.Sprintf("none of %s is on the PATH: %s", strings.Join(candidates, ", "), advice))
	return ""
}

// lacking ends the test: skipped, or failed when the thing is required.
func lacking(t testing.TB, name, what string) {
	t.Helper()
	must, err := required(os.Getenv(Variable), name)
	switch {
	case err != nil:
		t.Fatal(err)
	case must:
		t.Fatalf("%s requires %q: %s", Variable, name, what)
	default:
		t.Skipf("skipped for lack of %q: %s", name, what)
	}
}

// required reports whether the comma-separated list names the thing.
func required(list, name string) (bool, error) {
	found := false
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if !slices.Contains(Names(), item) {
			return false, fmt.Errorf("%s names %q: it may only list %s", Variable, item, strings.Join(Names(), ", "))
		}
		found = found || item == name
	}
	return found, nil
}

// ping asks the engine whether it is there.
func ping(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address, err := url.Parse(host)
	if err != nil {
		return err
	}
	network, dial := "tcp", address.Host
	if address.Scheme == "unix" {
		network, dial = "unix", address.Path
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, dial)
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine/_ping", http.NoBody)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", response.Status)
	}
	return nil
}

// moduleRoot walks up from the working directory, which for a test is its package's folder, to the folder with go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = parent
	}
}
