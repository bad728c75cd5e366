package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/reports"
)

// Folder is the folder in the directory that holds what the console writes itself: the index of the list, and who did what.
const Folder = ".concord-console"

const (
	indexFile = "index.json"
	// indexSchema changes when rows do, so that an index of another build is made again.
	indexSchema = "concord/console-index/v1"
	// mostDepth is how many folders deep run folders are looked for.
	mostDepth = 4
	// fresh is how long a look at the directory is good for.
	fresh = 2 * time.Second
	// patience is how long a page waits for a look before it shows what is known.
	patience = 100 * time.Millisecond
	// mostRun is the largest run.json that is shown, in bytes.
	mostRun = 256 << 20
)

// errNoRun says that no run folder has the name.
var errNoRun = errors.New("no run folder of this directory has this name")

// store knows the run folders of a directory. It reads through an os.Root, so that no link leads out of it. It is safe for
// concurrent use.
type store struct {
	dir   string
	root  *os.Root
	clock func() time.Time

	// looking lets one look at the directory be taken at a time.
	looking sync.Mutex
	closing atomic.Bool
	mu      sync.Mutex
	rows    map[string]Row
	sorted  []Row
	looked  time.Time
	// writing are the folders into which a run is being written, in order, when they were looked for.
	writing []string
	// unread is how many run folders were found and not read yet.
	unread int
	// kept says whether the index could be written; why not, if not.
	kept error
}

// openStore opens a directory and reads the index that an earlier process left, if there is one that can be read.
func openStore(dir string, clock func() time.Time) (*store, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("serve %s: %w: name a directory that holds run folders", dir, errors.Unwrap(err))
	}
	s := &store{dir: dir, root: root, clock: clock, rows: map[string]Row{}}
	s.readIndex()
	return s, nil
}

// close lets go of the directory. A look that is under way is cut short, and leaves what it has read in the index.
func (s *store) close() error {
	s.closing.Store(true)
	s.looking.Lock()
	defer s.looking.Unlock()
	return s.root.Close()
}

type index struct {
	Schema string `json:"schema"`
	Rows   []Row  `json:"rows"`
}

// readIndex takes what an earlier process knew. Whatever is wrong with it, the index is made again.
func (s *store) readIndex() {
	text, err := s.read(path.Join(Folder, indexFile), mostRun)
	var i index
	if err != nil || json.Unmarshal(text, &i) != nil || i.Schema != indexSchema {
		return
	}
	for _, r := range i.Rows {
		s.rows[r.Name] = r
	}
	s.sort()
}

// writeIndex leaves what is known to the next process.
func (s *store) writeIndex(rows []Row) error {
	text, err := json.Marshal(index{indexSchema, rows})
	if err != nil {
		return err
	}
	if err := s.root.Mkdir(Folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	beside := path.Join(Folder, indexFile+".new")
	if err := s.root.WriteFile(beside, text, 0o600); err != nil {
		return err
	}
	return s.root.Rename(beside, path.Join(Folder, indexFile))
}

// look finds what has changed in the directory since the last look and reads it. It returns when everything is read, or
// the deadline is over and the rest is read in the background.
func (s *store) look(deadline time.Duration) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.refresh()
	}()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

func (s *store) refresh() {
	s.looking.Lock()
	defer s.looking.Unlock()
	if s.closing.Load() {
		return
	}
	s.mu.Lock()
	if !s.looked.IsZero() && s.clock().Sub(s.looked) < fresh {
		s.mu.Unlock()
		return
	}
	before := s.rows
	s.mu.Unlock()

	found := map[string]Row{}
	var writing []string
	s.find(".", 0, found, &writing)
	slices.Sort(writing)
	s.mu.Lock()
	s.writing = writing
	s.mu.Unlock()
	var changed []string
	for name, row := range found {
		if earlier, ok := before[name]; ok && earlier.Size == row.Size && earlier.Modified == row.Modified && (row.Problem == "" || row.Problem == earlier.Problem) {
			found[name] = earlier
		} else if row.Problem == "" {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	toRead := make(map[string]bool, len(changed))
	for _, name := range changed {
		toRead[name] = true
	}
	different := len(changed) > 0 || len(found) != len(before)
	known := map[string]Row{}
	for name, row := range found {
		if !toRead[name] {
			known[name] = row
			different = different || before[name].Problem != row.Problem
		}
	}
	s.publish(known, len(changed))
	for i, name := range changed {
		if s.closing.Load() {
			break
		}
		row := found[name]
		if run, err := s.load(name); err != nil {
			row.Problem = reports.OneLine(err.Error())
		} else {
			full := rowOf(run.Run())
			full.Name, full.Size, full.Modified = row.Name, row.Size, row.Modified
			row = full
		}
		s.mu.Lock()
		s.rows[name] = row
		s.unread = len(changed) - i - 1
		if s.unread%256 == 0 {
			s.sort()
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	first := s.looked.IsZero()
	s.looked = s.clock()
	rows := s.sorted
	s.mu.Unlock()
	if first || len(changed) > 0 {
		// Runs are large beside what a list keeps of them, and mostly nothing else is read for a long time.
		defer debug.FreeOSMemory()
	}
	if different {
		err := s.writeIndex(rows)
		s.mu.Lock()
		s.kept = err
		s.mu.Unlock()
	}
}

func (s *store) publish(rows map[string]Row, unread int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows, s.unread = rows, unread
	s.sort()
}

// sort makes the list anew; the caller holds mu.
func (s *store) sort() {
	s.sorted = make([]Row, 0, len(s.rows))
	for _, row := range s.rows {
		s.sorted = append(s.sorted, row)
	}
	slices.SortFunc(s.sorted, newest)
}

// list returns the runs, the newest first, and how many more there are that are not read yet. The caller must not change it.
func (s *store) list() ([]Row, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sorted, s.unread
}

// unsure reports whether the directory has not been looked through yet, so that what is listed is what the index says.
func (s *store) unsure() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looked.IsZero()
}

// beingWritten returns the folders into which a run was being written at the last look. The caller must not change it.
func (s *store) beingWritten() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writing
}

// row returns one run folder by its name.
func (s *store) row(name string) (Row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[name]
	return row, ok
}

// find gathers the run folders below a folder. Links are not followed. A folder without run.json that holds other files
// of a run is named as damaged.
func (s *store) find(folder string, depth int, found map[string]Row, writing *[]string) {
	entries, err := s.readDir(folder)
	if err != nil {
		if folder != "." {
			found[folder] = Row{Name: folder, Problem: "the folder cannot be read: " + causeOf(err).Error()}
		}
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		name := path.Join(folder, entry.Name())
		under := false
		// Not through the root, which opens every folder on the way: that this one is no link has been seen, and nothing
		// but size and time is taken.
		at := filepath.Join(s.dir, filepath.FromSlash(name))
		if info, err := os.Lstat(filepath.Join(at, filepath.FromSlash(ProgressFile))); err == nil && info.Mode().IsRegular() {
			under = true
			*writing = append(*writing, name)
		}
		info, err := os.Lstat(filepath.Join(at, reports.RunFile))
		switch {
		case err == nil && info.Mode().IsRegular():
			found[name] = Row{Name: name, Size: info.Size(), Modified: info.ModTime().UnixNano()}
		case err == nil:
			found[name] = Row{Name: name, Problem: reports.RunFile + " is not a file"}
		case !errors.Is(err, fs.ErrNotExist):
			found[name] = Row{Name: name, Problem: reports.RunFile + ": " + causeOf(err).Error()}
		case under: // it is moved into place file by file, run.json last
		case s.looksLikeRun(name):
			found[name] = Row{Name: name, Problem: "there is no " + reports.RunFile + ": the run was not finished, or the file was deleted"}
		case depth+1 < mostDepth:
			s.find(name, depth+1, found, writing)
		}
	}
}

// readDir reads a folder through the root.
func (s *store) readDir(folder string) ([]fs.DirEntry, error) {
	file, err := s.root.Open(folder)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	return file.ReadDir(-1)
}

func (s *store) looksLikeRun(name string) bool {
	for _, other := range []string{reports.HTMLFile, reports.JUnitFile, reports.SummaryFile, reports.ExchangesFolder} {
		if _, err := s.root.Lstat(path.Join(name, other)); err == nil {
			return true
		}
	}
	return false
}

// load reads the run in a run folder.
func (s *store) load(name string) (reports.Recorded, error) {
	file, err := s.open(path.Join(name, reports.RunFile), mostRun)
	if err != nil {
		return reports.Recorded{}, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	return reports.ReadRecorded(file)
}

// open opens a regular file of at most so many bytes.
func (s *store) open(name string, most int64) (*os.File, error) {
	info, err := s.root.Lstat(name)
	if err != nil {
		return nil, causeOf(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > most {
		return nil, fmt.Errorf("it is larger than %d MB", most>>20)
	}
	file, err := s.root.Open(name)
	if err != nil {
		return nil, causeOf(err)
	}
	return file, nil
}

// read reads a regular file of at most so many bytes.
func (s *store) read(name string, most int64) ([]byte, error) {
	file, err := s.open(name, most)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it is only read
	return io.ReadAll(io.LimitReader(file, most))
}

// exchanges opens the recorded exchanges of a run folder.
func (s *store) exchanges(name string) (evidence.Log, error) {
	inside := path.Join(name, reports.ExchangesFolder)
	info, err := s.root.Lstat(inside)
	if err != nil || !info.IsDir() {
		return nil, errors.New("the run folder holds no recorded exchanges: they were deleted, or the run was written without them")
	}
	return evidence.Open(filepath.Join(s.dir, filepath.FromSlash(inside)))
}

// causeOf takes the path out of an error of package os.
func causeOf(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}
