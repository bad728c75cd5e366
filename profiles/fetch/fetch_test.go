package fetch_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/fetch"
)

const packageJSON = `{"name":"example.test.visit","version":"1.2.0"}`

const visitJSON = `{"resourceType":"StructureDefinition","url":"http://example.test/StructureDefinition/visit","version":"1.2.0",
 "name":"Visit","status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
 "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","differential":{"element":[{"id":"Patient.gender","path":"Patient.gender","min":1}]}}`

// entry is one entry of an archive; the zero type is a file.
type entry struct {
	name, content string
	typ           byte
}

func good() []entry {
	return []entry{{name: "package/package.json", content: packageJSON}, {name: "package/StructureDefinition-visit.json", content: visitJSON}}
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	writer := tar.NewWriter(zip)
	for _, e := range entries {
		head := &tar.Header{Name: e.name, Typeflag: e.typ, Mode: 0o644, Size: int64(len(e.content))}
		if e.typ == tar.TypeSymlink || e.typ == tar.TypeLink {
			head.Linkname, head.Size = e.content, 0
		}
		if err := writer.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if head.Size > 0 {
			if _, err := writer.Write([]byte(e.content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// dist is what the manifest of a test registry states; archive, how the archive is served.
type host struct {
	dist    map[string]any
	archive http.HandlerFunc
	asked   []string
}

// serving is a host of an archive that does everything right.
func serving(data []byte) *host {
	sum, strong := sha1.Sum(data), sha512.Sum512(data)
	return &host{
		dist: map[string]any{
			"shasum":    hex.EncodeToString(sum[:]),
			"integrity": "sha512-" + base64.StdEncoding.EncodeToString(strong[:]),
		},
		archive: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) },
	}
}

func (h *host) start(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked = append(h.asked, r.URL.Path)
		switch r.URL.Path {
		case "/fhir/example.test.visit":
			_ = json.NewEncoder(w).Encode(map[string]any{
				"name":     "example.test.visit",
				"versions": map[string]any{"1.10.0": map[string]any{}, "1.2.0": map[string]any{"dist": h.dist}},
			})
		case "/fhir/example.test.visit/1.2.0":
			h.archive(w, r)
		case "/fhir/not.json":
			_, _ = w.Write([]byte("<html>"))
		case "/fhir/closed":
			w.WriteHeader(http.StatusForbidden)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func fetcher(t *testing.T, h *host) *fetch.Fetcher {
	t.Helper()
	base, err := fetch.ParseRegistry(h.start(t).URL + "/fhir")
	if err != nil {
		t.Fatal(err)
	}
	return &fetch.Fetcher{Registry: base, Cache: filepath.Join(t.TempDir(), ".fhir", "packages")}
}

func visit(t *testing.T) fetch.Name {
	t.Helper()
	n, err := fetch.ParseName("example.test.visit#1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// left lists what is in a cache, which may not be there.
func left(t *testing.T, cache string) []string {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAFetchedPackageIsInTheCacheAndUsable(t *testing.T) {
	data := archive(t, append(good(), entry{name: "package/examples/", typ: tar.TypeDir}, entry{name: "package/examples/one.json", content: "{}"})...)
	h := serving(data)
	f := fetcher(t, h)
	var told []string
	f.Progress = func(done, total int64) { told = append(told, fmt.Sprint(done, " of ", total)) }
	got, err := f.Fetch(t.Context(), visit(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Already || got.Files != 3 || got.Bytes != int64(len(data)) || got.Folder != filepath.Join(f.Cache, "example.test.visit#1.2.0") {
		t.Errorf("got %+v", got)
	}
	if want := fmt.Sprint(len(data), " of ", len(data)); len(told) == 0 || told[len(told)-1] != want {
		t.Errorf("progress ended with %v, want %s", told, want)
	}
	base, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		t.Fatal(err)
	}
	with, err := base.WithCached(f.Cache, "example.test.visit#1.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := with.Structure("http://example.test/StructureDefinition/visit"); err != nil || s == nil {
		t.Errorf("the profile of the package is not there: %v", err)
	}
	if names := left(t, f.Cache); len(names) != 1 {
		t.Errorf("the cache holds %q", names)
	}
	asked := len(h.asked)
	if again, err := f.Fetch(t.Context(), visit(t)); err != nil || !again.Already || len(h.asked) != asked {
		t.Errorf("a second fetch gave %+v, %v and asked %q", again, err, h.asked[asked:])
	}
}

func TestAnyOneChecksumOfThoseStatedIsEnough(t *testing.T) {
	for _, drop := range []string{"shasum", "integrity"} {
		h := serving(archive(t, good()...))
		delete(h.dist, drop)
		if _, err := fetcher(t, h).Fetch(t.Context(), visit(t)); err != nil {
			t.Errorf("without %s: %v", drop, err)
		}
	}
	h := serving(archive(t, good()...))
	h.dist["integrity"] = fmt.Sprint("md5-AAAA sha256-", base64.StdEncoding.EncodeToString(make([]byte, 32)), " ", h.dist["integrity"], "?x")
	if _, err := fetcher(t, h).Fetch(t.Context(), visit(t)); err != nil {
		t.Errorf("the strongest algorithm counts: %v", err)
	}
}

func TestABadFetchIsExplainedAndLeavesNothing(t *testing.T) {
	whole := archive(t, good()...)
	zeros := base64.StdEncoding.EncodeToString(make([]byte, sha512.Size))
	with := func(e ...entry) func(*testing.T) *host {
		return func(t *testing.T) *host { t.Helper(); return serving(archive(t, append(good(), e...)...)) }
	}
	changed := func(change func(*host)) func(*testing.T) *host {
		return func(*testing.T) *host { h := serving(whole); change(h); return h }
	}
	for name, c := range map[string]struct {
		host   func(*testing.T) *host
		limits fetch.Limits
		want   string
	}{
		"poisoned shasum": {changed(func(h *host) { h.dist["shasum"] = strings.Repeat("0", 40) }), fetch.Limits{}, "the sha1 checksum is"},
		"poisoned integrity": {
			changed(func(h *host) { h.dist["integrity"] = "sha512-" + zeros }), fetch.Limits{}, "tampered with",
		},
		"poisoned archive": {changed(func(h *host) {
			forged := archive(t, append(good(), entry{name: "package/more.json", content: "{}"})...)
			h.archive = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(forged) }
		}), fetch.Limits{}, "tampered with"},
		"no checksum":       {changed(func(h *host) { h.dist = map[string]any{} }), fetch.Limits{}, "states no checksum"},
		"unknown checksum":  {changed(func(h *host) { h.dist = map[string]any{"integrity": "md5-AAAA"} }), fetch.Limits{}, "states no checksum"},
		"checksum not hex":  {changed(func(h *host) { h.dist["shasum"] = "xyz" }), fetch.Limits{}, `shasum "xyz"`},
		"checksum too long": {changed(func(h *host) { h.dist["integrity"] = "sha256-" + zeros }), fetch.Limits{}, "not a sha256 sum"},
		"truncated": {changed(func(h *host) {
			h.archive = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
				_, _ = w.Write(whole[:100])
			}
		}), fetch.Limits{}, fmt.Sprintf("broke off after 100 of %d bytes", len(whole))},
		"truncated, of unknown length": {changed(func(h *host) {
			h.archive = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write(whole[:100])
				w.(http.Flusher).Flush()
			}
		}), fetch.Limits{}, "tampered with"},
		"traversal":          {with(entry{name: "package/../../escaped.json", content: "{}"}), fetch.Limits{}, `the path "package/../../escaped.json", which leads out`},
		"traversal inside":   {with(entry{name: "package/a/../b.json", content: "{}"}), fetch.Limits{}, "leads out"},
		"absolute path":      {with(entry{name: "/tmp/escaped.json", content: "{}"}), fetch.Limits{}, "leads out"},
		"path of Windows":    {with(entry{name: `package\..\..\escaped.json`, content: "{}"}), fetch.Limits{}, "leads out"},
		"drive":              {with(entry{name: `C:escaped.json`, content: "{}"}), fetch.Limits{}, "leads out"},
		"symbolic link":      {with(entry{name: "package/link", content: "../..", typ: tar.TypeSymlink}), fetch.Limits{}, "neither a file nor a folder"},
		"hard link":          {with(entry{name: "package/link", content: "package/package.json", typ: tar.TypeLink}), fetch.Limits{}, "neither a file nor a folder"},
		"device":             {with(entry{name: "package/null", typ: tar.TypeChar}), fetch.Limits{}, "neither a file nor a folder"},
		"same path twice":    {with(good()[1]), fetch.Limits{}, "twice"},
		"file as a folder":   {with(entry{name: "package/package.json/x", content: "{}"}), fetch.Limits{}, "package/package.json/x"},
		"oversize":           {with(), fetch.Limits{Download: 50}, "the archive is larger than 50 bytes"},
		"unpacks oversize":   {with(entry{name: "package/bomb.json", content: strings.Repeat(" ", 1<<20)}), fetch.Limits{Unpacked: 1 << 19}, "unpacks to more than 524288 bytes"},
		"too many files":     {with(), fetch.Limits{Files: 1}, "more than 1 files"},
		"not gzip":           {func(*testing.T) *host { return serving([]byte("hello")) }, fetch.Limits{}, "not a gzipped archive"},
		"cut before packing": {func(*testing.T) *host { return serving(whole[:len(whole)/2]) }, fetch.Limits{}, "unexpected EOF"},
		"no package.json":    {func(*testing.T) *host { return serving(archive(t, good()[1])) }, fetch.Limits{}, "no package/package.json"},
		"bad package.json": {
			func(*testing.T) *host { return serving(archive(t, entry{name: "package/package.json", content: "{"})) },
			fetch.Limits{},
			"read package/package.json",
		},
		"another package": {func(*testing.T) *host {
			return serving(archive(t, entry{name: "package/package.json", content: `{"name":"example.test.visit","version":"1.3.0"}`}))
		}, fetch.Limits{}, "example.test.visit#1.3.0 instead"},
		"archive elsewhere": {changed(func(h *host) { h.dist["tarball"] = "file:///etc/passwd" }), fetch.Limits{}, "not a web address"},
		"archive gone": {changed(func(h *host) {
			h.archive = func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
		}), fetch.Limits{}, "does not have it (404)"},
		"never ends": {changed(func(h *host) {
			h.archive = func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}
		}), fetch.Limits{Time: 50 * time.Millisecond}, "took longer than 50ms"},
		"endless redirects": {changed(func(h *host) {
			h.archive = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
		}), fetch.Limits{}, "more than 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			f := fetcher(t, c.host(t))
			f.Limits = c.limits
			_, err := f.Fetch(t.Context(), visit(t))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "example.test.visit#1.2.0") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if names := left(t, f.Cache); len(names) > 0 {
				t.Errorf("the cache holds %q", names)
			}
			if names := left(t, filepath.Dir(filepath.Dir(f.Cache))); len(names) > 1 {
				t.Errorf("beside the cache there is %q", names)
			}
		})
	}
}

func TestOversizeWithoutALengthIsRefused(t *testing.T) {
	whole := archive(t, good()...)
	h := serving(whole)
	h.archive = func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush() // so that no length is sent
		_, _ = w.Write(whole)
	}
	f := fetcher(t, h)
	f.Limits.Download = int64(len(whole) - 1)
	if _, err := f.Fetch(t.Context(), visit(t)); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
	f.Limits.Download = int64(len(whole))
	if _, err := f.Fetch(t.Context(), visit(t)); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestWhatTheRegistryLacksIsNamed(t *testing.T) {
	f := fetcher(t, serving(nil))
	for text, want := range map[string]string{
		"example.test.visit#9.0.0": "does not have version 9.0.0; it has 1.10.0, 1.2.0",
		"no.such#1.0.0":            "the registry does not have it (404)",
		"not.json#1.0.0":           "base URL of a FHIR package registry",
		"closed#1.0.0":             "does not let you (403)",
	} {
		n, err := fetch.ParseName(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Fetch(t.Context(), n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestAFolderInTheWayIsLeftAlone(t *testing.T) {
	f := fetcher(t, serving(archive(t, good()...)))
	if err := os.MkdirAll(filepath.Join(f.Cache, "example.test.visit#1.2.0", "mine"), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fetch(t.Context(), visit(t)); err == nil || !strings.Contains(err.Error(), "is in the way") {
		t.Errorf("got %v", err)
	}
	if names := left(t, filepath.Join(f.Cache, "example.test.visit#1.2.0")); len(names) != 1 || names[0] != "mine" {
		t.Errorf("the folder holds %q", names)
	}
}

func TestAnInterruptedFetchLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := serving(archive(t, good()...))
	serve := h.archive
	h.archive = func(w http.ResponseWriter, r *http.Request) { cancel(); serve(w, r) }
	f := fetcher(t, h)
	if _, err := f.Fetch(ctx, visit(t)); err == nil {
		t.Error("no error")
	}
	if names := left(t, f.Cache); len(names) > 0 {
		t.Errorf("the cache holds %q", names)
	}
}

func TestNamesAndRegistriesAreChecked(t *testing.T) {
	for _, text := range []string{
		"", "hl7.fhir.r4.core", "#1.0.0", "a#", "a#latest", "a#1.x#2", "../a#1.0.0", "a..b#1.0.0", "a#1..0", "a/b#1.0.0", `a\b#1.0.0`, "a#1.0/0",
		"@scope/a#1.0.0", ".a#1.0.0", "a?b#1.0.0", strings.Repeat("a", 200) + "#1.0.0",
	} {
		if n, err := fetch.ParseName(text); err == nil {
			t.Errorf("%q is read as %v", text, n)
		}
	}
	for _, text := range []string{"hl7.fhir.r4.core#4.0.1", "fhir.r4.ukcore.stu3.currentbuild#0.0.8-pre-release", "a#1.0.0+b"} {
		if n, err := fetch.ParseName(text); err != nil || n.String() != text {
			t.Errorf("%q is read as %v, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "packages.example.test", "ftp://example.test", "https://", "http://user:secret@exa mple.test", "ftp://user:secret@example.test"} {
		if _, err := fetch.ParseRegistry(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	f := fetcher(t, serving(nil))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	base, err := fetch.ParseRegistry(strings.Replace(gone.URL, "http://", "http://user:secret@", 1))
	if err != nil {
		t.Fatal(err)
	}
	f.Registry = base
	if _, err := f.Fetch(t.Context(), visit(t)); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

// FuzzFetch looks for an archive that gets anything out of its folder, or that fails and leaves something.
func FuzzFetch(f *testing.F) {
	f.Add("package/x.json", byte(tar.TypeReg), "{}")
	f.Add("../x", byte(tar.TypeReg), "{}")
	f.Add("package/link", byte(tar.TypeSymlink), "/")
	f.Add("package/././x", byte(tar.TypeReg), "")
	f.Add("", byte(tar.TypeDir), "")
	f.Fuzz(func(t *testing.T, name string, typ byte, content string) {
		var out bytes.Buffer
		zip := gzip.NewWriter(&out)
		writer := tar.NewWriter(zip)
		for _, e := range append(good(), entry{name: name, typ: typ, content: content}) {
			head := &tar.Header{Name: e.name, Typeflag: e.typ, Mode: 0o644, Size: int64(len(e.content))}
			if err := writer.WriteHeader(head); err != nil {
				t.Skip("not an archive that tar can write")
			}
			_, _ = writer.Write([]byte(e.content))
		}
		if writer.Close() != nil || zip.Close() != nil {
			t.Skip("not an archive that tar can write")
		}
		get := fetcher(t, serving(out.Bytes()))
		_, err := get.Fetch(t.Context(), visit(t))
		want := 1
		if err != nil {
			want = 0
		}
		if names := left(t, get.Cache); len(names) != want {
			t.Errorf("%v: the cache holds %q", err, names)
		}
		if names := left(t, filepath.Dir(filepath.Dir(get.Cache))); len(names) != 1 {
			t.Errorf("%v: beside the cache there is %q", err, names)
		}
	})
}
