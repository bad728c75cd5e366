package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
)

// Limits bound what a package may cost. A limit that is 0 is that of DefaultLimits.
type Limits struct {
	// Download and Unpacked bound the bytes of the archive and of what is in it.
	Download, Unpacked int64
	// Files bounds the number of files.
	Files int
	// Time bounds a whole fetch.
	Time time.Duration
}

// DefaultLimits leave room for ten times the largest packages that HL7 publishes.
func DefaultLimits() Limits {
	return Limits{Download: 512 << 20, Unpacked: 4 << 30, Files: 200_000, Time: 10 * time.Minute}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Download == 0 {
		l.Download = d.Download
	}
	if l.Unpacked == 0 {
		l.Unpacked = d.Unpacked
	}
	if l.Files == 0 {
		l.Files = d.Files
	}
	if l.Time == 0 {
		l.Time = d.Time
	}
	return l
}

// Fetcher brings packages from one registry into one cache. Several may work on the same cache.
type Fetcher struct {
	// Registry is the base URL: the manifest of a package is at Registry/name.
	Registry *url.URL
	// Cache is the folder of the package cache, usually ~/.fhir/packages. It is made when it is not there.
	Cache  string
	Limits Limits
	// Client makes the requests; nil is a plain one.
	Client *http.Client
	// Progress, if any, is told how many bytes of an archive have come, and how many there are, or -1 if that is unknown.
	Progress func(done, total int64)
}

// Fetched says what became of a fetch.
type Fetched struct {
	// Folder is where the package is.
	Folder string
	// Already says that it was in the cache, so nobody was asked.
	Already bool
	// Bytes is the size of the archive and Files the number of files in it; both are 0 for one that was there.
	Bytes int64
	Files int
}

func (f *Fetcher) client() *http.Client {
	if f.Client != nil {
		return f.Client
	}
	return &http.Client{}
}

// Fetch brings a package into the cache, unless it is there. Every error says which package and what was wrong, and leaves
// the cache as it was.
func (f *Fetcher) Fetch(ctx context.Context, n Name) (Fetched, error) {
	limits := f.Limits.orDefault()
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	fetched, err := f.fetch(ctx, n, limits)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("it took longer than %s: %w", limits.Time, err)
		}
		return Fetched{}, fmt.Errorf("fetch package %s: %w", n, err)
	}
	return fetched, nil
}

func (f *Fetcher) fetch(ctx context.Context, n Name, limits Limits) (fetched Fetched, err error) {
	fetched.Folder = filepath.Join(f.Cache, n.String())
	if fetched.Already, err = f.cached(fetched.Folder); fetched.Already || err != nil {
		return fetched, err
	}
	m, err := f.manifestOf(ctx, n.Name)
	if err != nil {
		return fetched, err
	}
	version, found := m.Versions[n.Version]
	if !found {
		return fetched, fmt.Errorf("the registry does not have version %s; %s", n.Version, m.versions())
	}
	sums, err := checksumsOf(version.Dist)
	if err != nil {
		return fetched, err
	}
	at, err := f.archiveOf(n, version.Dist)
	if err != nil {
		return fetched, err
	}
	if err := os.MkdirAll(f.Cache, 0o750); err != nil {
		return fetched, fmt.Errorf("make the package cache: %w", err)
	}
	// Within the cache, because a folder can only be moved in one step on the same file system.
	temporary, err := os.MkdirTemp(f.Cache, ".fetch-")
	if err != nil {
		return fetched, fmt.Errorf("write to the package cache: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	archive, err := os.Create(filepath.Join(temporary, "archive.tgz")) //nolint:gosec // the folder is our own
	if err != nil {
		return fetched, fmt.Errorf("write to the package cache: %w", err)
	}
	defer archive.Close() //nolint:errcheck // it goes with its folder
	if fetched.Bytes, err = f.download(ctx, at, archive, sums, limits); err != nil {
		return fetched, err
	}
	// From here on the bytes are those that the registry speaks of.
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return fetched, err
	}
	unpacked := filepath.Join(temporary, "unpacked")
	if err := os.Mkdir(unpacked, 0o750); err != nil {
		return fetched, err
	}
	if fetched.Files, err = unpack(archive, unpacked, limits); err != nil {
		return fetched, fmt.Errorf("unpack the archive: %w", err)
	}
	if err := isPackage(unpacked, n); err != nil {
		return fetched, err
	}
	if err := ctx.Err(); err != nil {
		return fetched, err
	}
	if err := os.Rename(unpacked, fetched.Folder); err != nil {
		// Somebody else may have brought it in the meantime.
		if there, _ := f.cached(fetched.Folder); there {
			return fetched, nil
		}
		return fetched, fmt.Errorf("put it into the cache: %w", err)
	}
	return fetched, nil
}

// cached says whether a package is in the cache.
func (f *Fetcher) cached(folder string) (bool, error) {
	if _, err := os.Stat(folder); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return false, fmt.Errorf("look into the package cache: %w", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "package", "package.json")); err != nil {
		return false, fmt.Errorf("folder %s is in the way: it holds no package; remove it and try again", folder)
	}
	return true, nil
}

// archiveOf returns where the archive is: where the manifest says, or where the npm protocol of FHIR registries puts it.
func (f *Fetcher) archiveOf(n Name, d dist) (*url.URL, error) {
	if d.Tarball == "" {
		return f.Registry.JoinPath(n.Name, n.Version), nil
	}
	at, err := f.Registry.JoinPath(n.Name).Parse(d.Tarball)
	if err != nil || !isWeb(at) {
		return nil, fmt.Errorf("the manifest says that the archive is at %q, which is not a web address", d.Tarball)
	}
	return at, nil
}

// download writes an archive and checks its size and checksums.
func (f *Fetcher) download(ctx context.Context, at *url.URL, to io.Writer, sums []*checksum, limits Limits) (int64, error) {
	response, err := f.get(ctx, at, "application/gzip, application/octet-stream, */*")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	tooLarge := fmt.Errorf("download %s: the archive is larger than %s", at.Redacted(), size(limits.Download))
	if response.ContentLength > limits.Download {
		return 0, tooLarge
	}
	writers := []io.Writer{to, &meter{total: response.ContentLength, tell: f.Progress}}
	for _, sum := range sums {
		writers = append(writers, sum.seen)
	}
	n, err := io.Copy(io.MultiWriter(writers...), io.LimitReader(response.Body, limits.Download+1))
	switch {
	case n > limits.Download:
		return 0, tooLarge
	case errors.Is(err, io.ErrUnexpectedEOF) && response.ContentLength > 0:
		return 0, fmt.Errorf("download %s: it broke off after %d of %d bytes; try again", at.Redacted(), n, response.ContentLength)
	case err != nil:
		return 0, fmt.Errorf("download %s: %w", at.Redacted(), err)
	}
	for _, sum := range sums {
		if err := sum.check(); err != nil {
			return 0, fmt.Errorf("download %s: %w", at.Redacted(), err)
		}
	}
	return n, nil
}

// meter tells how much was written.
type meter struct {
	done, total int64
	tell        func(done, total int64)
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	if m.tell != nil {
		m.tell(m.done, m.total)
	}
	return len(p), nil
}

// isPackage checks that an unpacked archive is the package that was asked for.
func isPackage(folder string, n Name) error {
	file, err := os.Open(filepath.Join(folder, "package", "package.json")) //nolint:gosec // the folder is our own
	if err != nil {
		return errors.New("the archive is not a FHIR package: it holds no package/package.json")
	}
	defer file.Close() //nolint:errcheck // it was only read
	const most = 1 << 20
	data, err := io.ReadAll(io.LimitReader(file, most))
	if err != nil {
		return fmt.Errorf("read package/package.json: %w", err)
	}
	var says struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte(fhir.ByteOrderMark)), &says); err != nil {
		return fmt.Errorf("read package/package.json: %w", err)
	}
	if !strings.EqualFold(says.Name, n.Name) || says.Version != n.Version {
		return fmt.Errorf("the archive holds the package %s#%s instead", says.Name, says.Version)
	}
	return nil
}

// size writes a number of bytes for people.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
