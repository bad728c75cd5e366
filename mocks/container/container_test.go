package container_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"concord.example/concord/internal/need"
	"concord.example/concord/mocks/container"
)

// binary builds concord as an image from scratch needs it.
func binary(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "concord")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, "concord.example/concord/cmd/concord")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build concord: %v\n%s", err, output)
	}
	return path
}

// ask puts one request to a mock and returns the status and the resource.
func ask(t testing.TB, system *container.System, path string, deadline time.Duration) (int, map[string]any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+system.ConnectTo+"/fhir/"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/fhir+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	resource := map[string]any{}
	err = json.NewDecoder(response.Body).Decode(&resource)
	return response.StatusCode, resource, err
}

// outcomes counts the entries of a searchset that are OperationOutcomes, and the others.
func outcomes(bundle map[string]any) (said, matches int) {
	entries, _ := bundle["entry"].([]any)
	for _, entry := range entries {
		if strings.Contains(fmt.Sprint(entry), "OperationOutcome") {
			said++
		} else {
			matches++
		}
	}
	return said, matches
}

func TestThePairFederatesAndCanBePausedKilledPartitionedAndHealed(t *testing.T) {
	need.Docker(t)
	pair, err := container.Start(t.Context(), container.Options{Binary: binary(t), Arguments: map[string][]string{
		"ccr": {"--people", "1", "--peer-budget", "1s"}, "ohc": {"--people", "1", "--peer-budget", "1s"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	ccr, ohc := pair.Systems()[0], pair.Systems()[1]
	const question = "Encounter?_count=5"
	whole := func(when string, want int) {
		t.Helper()
		status, bundle, err := ask(t, ccr, question, 10*time.Second)
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s: status %d, %v", when, status, err)
		}
		if said, matches := outcomes(bundle); said != want || matches == 0 {
			t.Errorf("%s: %d outcomes and %d matches, want %d outcomes and some matches", when, said, matches, want)
		}
	}
	whole("at first", 0)

	if err := pair.Partition(t.Context(), "ohc"); err != nil {
		t.Fatal(err)
	}
	whole("while ohc is cut off", 1)
	if status, _, err := ask(t, ohc, "metadata", 10*time.Second); err != nil || status != http.StatusOK {
		t.Errorf("a partition cut ohc off from the harness as well: %d, %v", status, err)
	}
	if err := pair.Heal(t.Context(), "ohc"); err != nil {
		t.Fatal(err)
	}
	whole("after the partition was healed", 0)

	if err := pair.Pause(t.Context(), "ohc"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ask(t, ohc, "metadata", 500*time.Millisecond); err == nil {
		t.Error("a paused system answered")
	}
	whole("while ohc is paused", 1)
	if err := pair.Resume(t.Context(), "ohc"); err != nil {
		t.Fatal(err)
	}
	whole("after ohc was resumed", 0)

	if err := pair.Kill(t.Context(), "ohc"); err != nil {
		t.Fatal(err)
	}
	whole("after ohc was killed", 1)
}

// left counts the containers, networks and images that belong to a process.
func left(t *testing.T, owner int) int {
	t.Helper()
	engine, err := testcontainers.NewDockerClientWithOpts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	filters := client.Filters{}.Add("label", "uk.concord.owner="+strconv.Itoa(owner))
	containers, err := engine.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	networks, err := engine.NetworkList(t.Context(), client.NetworkListOptions{Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	images, err := engine.ImageList(t.Context(), client.ImageListOptions{Filters: filters})
	if err != nil {
		t.Fatal(err)
	}
	return len(containers.Items) + len(networks.Items) + len(images.Items)
}

func TestWhatACrashedProcessLeftBehindIsSweptAway(t *testing.T) {
	need.Docker(t)
	const program = "CONCORD_TEST_CRASH"
	if path := os.Getenv(program); path != "" {
		_, err := container.Start(t.Context(), container.Options{Binary: path, Arguments: map[string][]string{
			"ccr": {"--people", "1"}, "ohc": {"--people", "1"},
		}})
		if err == nil {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		t.Fatalf("the pair did not start: %v", err)
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestWhatACrashedProcessLeftBehindIsSweptAway$")
	command.Env = append(os.Environ(), program+"="+binary(t))
	output, err := command.CombinedOutput()
	if err == nil || command.ProcessState.ExitCode() != -1 {
		t.Fatalf("the process was not killed: %v\n%s", err, output)
	}
	if n := left(t, command.Process.Pid); n < 5 {
		t.Fatalf("it left %d containers, networks and images, want two, two and one", n)
	}
	// The next start sweeps before anything else, and this one goes no further.
	if _, err := container.Start(t.Context(), container.Options{Binary: os.DevNull}); err == nil {
		t.Fatal("nothing was made into an image")
	}
	if n := left(t, command.Process.Pid); n != 0 {
		t.Errorf("%d containers, networks and images are still there", n)
	}
}

func TestWhatCannotBecomeAnImageIsNamed(t *testing.T) {
	need.Docker(t)
	for name, c := range map[string]struct{ path, want string }{
		"a file that is not there": {filepath.Join(t.TempDir(), "none"), "none"},
		"a file that is no program": {func() string {
			path := filepath.Join(t.TempDir(), "text")
			if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}(), "not a Linux program"},
	} {
		if _, err := container.Start(t.Context(), container.Options{Binary: c.path}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
