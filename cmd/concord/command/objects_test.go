package command_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestShardsThatKeepTheirFoldersInObjectStorageGiveTheWholeRun performs the manifests without a cluster, as the test with a
// shared volume does: each pod has a folder of its own, and nothing but the storage is shared.
func TestShardsThatKeepTheirFoldersInObjectStorageGiveTheWholeRun(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it starts eleven processes")
	}
	backend := s3mem.New()
	if err := backend.CreateBucket("concord-runs"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	environ := []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=pod", "AWS_SECRET_ACCESS_KEY=a-secret-of-pods", "AWS_REGION=eu-west-2"}
	shards, merge := objectManifests(t)
	etc := t.TempDir()
	conf := "checks: [CAP-STATEMENT-*, PAR-FACTS-ALLERGY]\nproviders: [RRK, RXK]\nclock: \"2026-03-02T09:00:00Z\"\n"
	if err := os.WriteFile(filepath.Join(etc, "concord.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	// all runs the containers of a pod one after the other, and returns the last exit code.
	all := func(spec jobSpec, index int, mounts map[string]string) int {
		code := 0
		for _, c := range slices.Concat(spec.Template.Spec.InitContainers, spec.Template.Spec.Containers) {
			if code = c.run(t, index, mounts, false, environ...); code != 0 {
				break
			}
		}
		return code
	}
	for index := range shards.Completions {
		if code := all(shards, index, map[string]string{"/etc/concord": etc, "/runs": t.TempDir()}); code != 0 {
			t.Fatalf("shard %d ended with %d", index, code)
		}
	}
	runs := t.TempDir()
	if code := all(merge, 0, map[string]string{"/etc/concord": etc, "/runs": runs}); code != 4 || merge.act(code) != "FailJob" {
		t.Errorf("the merge ended with %d", code)
	}
	whole := container{Args: []string{"run", "--config=/etc/concord/concord.yaml", "--quiet", "--out=/runs/whole"}}
	if code := whole.run(t, 0, map[string]string{"/etc/concord": etc, "/runs": runs}, false); code != 4 {
		t.Errorf("the whole run ended with %d", code)
	}
	fetch := container{Args: []string{"copy", "s3://concord-runs/merged", "/runs/fetched"}}
	if code := fetch.run(t, 0, map[string]string{"/runs": runs}, false, environ...); code != 0 {
		t.Errorf("fetching ended with %d", code)
	}
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(runs, name, "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if !bytes.Equal(read("fetched"), read("whole")) {
		t.Error("the shards do not make the whole run")
	}
	for _, args := range [][]string{{"copy", "a", "b"}, {"copy", "s3://concord-runs/x", "s3://concord-runs/y"}, {"copy", "http://concord-runs/x", "s3:/y"}} {
		if code := (container{Args: args}).run(t, 0, nil, false, environ...); code != 2 {
			t.Errorf("%s ended with %d", strings.Join(args, " "), code)
		}
	}
	if code := fetch.run(t, 0, map[string]string{"/runs": t.TempDir(), "merged": "nothing"}, false, environ...); code != 3 {
		t.Errorf("fetching what is not there ended with %d", code)
	}
}
