package bucket_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"concord.example/concord/internal/bucket"
)

// storage is object storage on loopback.
type storage struct {
	*httptest.Server
	backend *s3mem.Backend
	// puts counts what was sent. From the one numbered fail on, nothing is taken; 0 takes all.
	puts, fail atomic.Int64
}

func newStorage(t *testing.T) *storage {
	t.Helper()
	s := &storage{backend: s3mem.New()}
	if err := s.backend.CreateBucket("runs"); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(s.backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			if n := s.puts.Add(1); s.fail.Load() > 0 && n >= s.fail.Load() {
				w.WriteHeader(http.StatusForbidden) // a status that clients do not try again
				return
			}
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *storage) environ(name string) string {
	return map[string]string{"AWS_ACCESS_KEY_ID": "ann", "AWS_SECRET_ACCESS_KEY": "a-secret-of-ann", "AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "eu-west-2"}[name]
}

func (s *storage) open(t *testing.T, address string) *bucket.Place {
	t.Helper()
	p, err := bucket.Open(address, s.environ)
	if err != nil {
		t.Fatal(err)
	}
	p.SetPart(5 << 20)
	return p
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFolderComesBackAsItWasAndIsNotCopiedTwice(t *testing.T) {
	s := newStorage(t)
	files := map[string]string{"run.json": "{}", "exchanges/a.log": strings.Repeat("exchange ", 1000), "exchanges/large.log": strings.Repeat("0123456789abcdef", 768<<10), "empty": ""}
	dir := folder(t, files)
	p := s.open(t, "s3://runs/nightly/shards/1/")
	done, err := p.Upload(t.Context(), dir, "run.json")
	if err != nil || done.Files != 4 || done.Sent != 4 || done.Bytes < 12<<20 {
		t.Fatalf("%+v %v", done, err)
	}
	if done, err = p.Upload(t.Context(), dir, "run.json"); err != nil || done.Sent != 0 || done.Files != 4 {
		t.Errorf("sent again: %+v %v", done, err)
	}
	to := t.TempDir()
	if done, err = s.open(t, "s3://runs/nightly").Download(t.Context(), to); err != nil || done.Sent != 4 {
		t.Fatalf("%+v %v", done, err)
	}
	got := read(t, filepath.Join(to, "shards", "1"))
	for name, want := range files {
		if got[name] != want {
			t.Errorf("%s is not what it was", name)
		}
	}
	if len(got) != len(files) {
		t.Errorf("%d files", len(got))
	}
	if err := os.WriteFile(filepath.Join(to, "shards", "1", "run.json"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if done, err = s.open(t, "s3://runs/nightly").Download(t.Context(), to); err != nil || done.Sent != 1 || read(t, to)["shards/1/run.json"] != "{}" {
		t.Errorf("fetched again: %+v %v", done, err)
	}
}

func TestWhatIsLeftOfAnEarlierFolderIsRemovedAndOfAnythingElseIsNot(t *testing.T) {
	s := newStorage(t)
	p := s.open(t, "s3://runs/shards/1")
	for _, files := range []map[string]string{{"run.json": "1", "exchanges/old.log": "x", "same": "x"}, {"run.json": "2", "exchanges/new.log": "y", "same": "x"}} {
		if _, err := p.Upload(t.Context(), folder(t, files), "run.json"); err != nil {
			t.Fatal(err)
		}
		to := t.TempDir()
		if _, err := p.Download(t.Context(), to); err != nil || len(read(t, to)) != 3 || read(t, to)["run.json"] != files["run.json"] {
			t.Errorf("%v: %v %v", files, read(t, to), err)
		}
	}
	for _, address := range []string{"s3://runs/shards", "s3://runs"} {
		if _, err := s.open(t, address).Upload(t.Context(), folder(t, map[string]string{"run.json": "3"}), "run.json"); err == nil || !strings.Contains(err.Error(), "a place of its own") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := s.open(t, "s3://runs/shards/10").Upload(t.Context(), folder(t, map[string]string{"run.json": "3"}), "run.json"); err != nil {
		t.Errorf("a place whose name begins like another: %v", err)
	}
}

func TestAnUploadThatIsBrokenOffGoesOnWhereItWasAndSendsWhatMakesItWholeLast(t *testing.T) {
	s := newStorage(t)
	dir := folder(t, map[string]string{"a": "first", "run.json": "{}", "large": strings.Repeat("0123456789abcdef", 1280<<10)}) // 20 MB in four parts
	p := s.open(t, "s3://runs/x")
	s.fail.Store(4) // a and two parts are sent
	if _, err := p.Upload(t.Context(), dir, "run.json"); err == nil || !strings.Contains(err.Error(), "refuses it") {
		t.Fatalf("%v", err)
	}
	to := t.TempDir()
	if done, err := p.Download(t.Context(), to); err != nil || done.Files != 1 || read(t, to)["run.json"] != "" {
		t.Errorf("what is half there is %+v %v", done, err)
	}
	s.fail.Store(0)
	s.puts.Store(0)
	done, err := p.Upload(t.Context(), dir, "run.json")
	if err != nil || done.Sent != 2 {
		t.Fatalf("%+v %v", done, err)
	}
	if n := s.puts.Load(); n != 3 { // two parts and run.json
		t.Errorf("%d were sent, want 3", n)
	}
	if _, err := p.Download(t.Context(), to); err != nil || read(t, to)["large"] != read(t, dir)["large"] {
		t.Errorf("what is there now is not what was sent: %v", err)
	}
}

func TestWhatWasBegunForAnotherFileIsNotGoneOnWith(t *testing.T) {
	s := newStorage(t)
	dir := folder(t, map[string]string{"large": strings.Repeat("0123456789abcdef", 768<<10)})
	p := s.open(t, "s3://runs/x")
	s.fail.Store(2)
	if _, err := p.Upload(t.Context(), dir); err == nil {
		t.Fatal("it was not broken off")
	}
	s.fail.Store(0)
	other := folder(t, map[string]string{"large": strings.Repeat("fedcba9876543210", 768<<10)})
	if _, err := p.Upload(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if _, err := p.Download(t.Context(), to); err != nil || read(t, to)["large"] != read(t, other)["large"] {
		t.Errorf("%v", err)
	}
}

func TestNothingIsWrittenOutsideAndNothingIsTakenThatIsNotWhatWasSent(t *testing.T) {
	put := func(s *storage, key, digest, content string) {
		_, err := s.backend.PutObject("runs", key, map[string]string{"X-Amz-Meta-Sha256": digest}, io.NopCloser(bytes.NewReader([]byte(content))), int64(len(content)), nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	const ofX = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // SHA-256 of x
	for key, says := range map[string]string{"p/../../out": "no path", "p/a\\..\\b": "no path", "p/C:x": "no path", "p//x": "no path"} {
		s := newStorage(t)
		put(s, key, ofX, "x")
		if _, err := s.open(t, "s3://runs/p").Download(t.Context(), filepath.Join(t.TempDir(), "in")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", key, err)
		}
	}
	for name, one := range map[string][2]string{"changed": {ofX, "y"}, "unknown": {"", "x"}} {
		s := newStorage(t)
		put(s, "p/file", one[0], one[1])
		to := t.TempDir()
		if _, err := s.open(t, "s3://runs/p").Download(t.Context(), to); err == nil || len(read(t, to)) != 0 {
			t.Errorf("%s: %v, %d files", name, err, len(read(t, to)))
		}
	}
	if _, err := newStorage(t).open(t, "s3://runs/nothing").Download(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds nothing") {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := newStorage(t).open(t, "s3://other/x").Upload(t.Context(), folder(t, map[string]string{"a": "a"})); err == nil || !strings.Contains(err.Error(), "no such bucket") {
		t.Errorf("no bucket: %v", err)
	}
	linked := folder(t, map[string]string{"a": "a"})
	if err := os.Symlink("/etc/hostname", filepath.Join(linked, "link")); err != nil {
		t.Skip("no links here")
	}
	if _, err := newStorage(t).open(t, "s3://runs/x").Upload(t.Context(), linked); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a link: %v", err)
	}
}

func TestAnAddressAndItsCredentialsAreHeldToWhatTheyMustBe(t *testing.T) {
	given := map[string]string{"AWS_ACCESS_KEY_ID": "ann", "AWS_SECRET_ACCESS_KEY": "a-secret-of-ann"}
	for name, one := range map[string]struct {
		address string
		environ map[string]string
		says    string
	}{
		"another scheme":       {"https://runs/x", given, "no address"},
		"no bucket":            {"s3:///x", given, "no address"},
		"a password":           {"s3://a:b@runs/x", given, "no address"},
		"a prefix that climbs": {"s3://runs/../x", given, "no path"},
		"nobody":               {"s3://runs/x", nil, "AWS_ACCESS_KEY_ID"},
		"storage without TLS":  {"s3://runs/x", map[string]string{"AWS_ACCESS_KEY_ID": "ann", "AWS_SECRET_ACCESS_KEY": "a-secret-of-ann", "AWS_ENDPOINT_URL": "http://s3.example.test"}, "no https"},
	} {
		_, err := bucket.Open(one.address, func(name string) string { return one.environ[name] })
		if err == nil || !strings.Contains(err.Error(), one.says) || strings.Contains(err.Error(), "a-secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bucket.Open("s3://runs/x", func(name string) string { return given[name] }); err != nil {
		t.Error(err)
	}
	s := newStorage(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.open(t, "s3://runs/x").Upload(ctx, folder(t, map[string]string{"a": "a"})); err == nil {
		t.Error("it went on after its end")
	}
}
