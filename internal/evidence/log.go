package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// Log reads recorded exchanges. It is safe for concurrent use.
type Log interface {
	// Find returns the last exchange that was recorded with the id. The error is ErrNotFound when there is none, a *Damage
	// when what was written cannot be read as it was.
	Find(id string) (Record, error)
	// Body returns the body of an answer, "" for a record without one. The error is a *Damage when it is not what was recorded.
	Body(record Record) (string, error)
	// All yields every exchange in the order in which they were recorded. What cannot be read is yielded as a *Damage, and
	// the rest goes on where that can be told.
	All() iter.Seq2[Record, error]
	// Len is how many exchanges All yields that can be read; it may have to read all of them to tell.
	Len() (int, error)
	// Close lets go of the files.
	Close() error
}

// Damage says where a log is not as it was written.
type Damage struct {
	// File is the name of the file in the folder of exchanges, Offset the place in it in bytes where the damaged part begins.
	File   string
	Offset int64
	// Record is the id of the exchange that is concerned, "" when it cannot be told.
	Record string
	// What says what is wrong.
	What string
	// Cut says that the end is missing, as when the writer was killed; what stands before is whole.
	Cut bool
}

// Error names file, place and exchange.
func (d *Damage) Error() string {
	of := ""
	if d.Record != "" {
		of = ", exchange " + d.Record
	}
	return fmt.Sprintf("%s, offset %d%s: %s", d.File, d.Offset, of, d.What)
}

// Open opens the exchanges in a folder: a packed log, or the loose files of older builds.
func Open(dir string) (Log, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if run := filepath.Dir(dir); !isDir(run) {
			return nil, fmt.Errorf("open the exchanges of run %s: there is no such folder; name a run folder", run)
		}
		return nil, fmt.Errorf("open the exchanges in %s: there is no such folder; the run was written without exchanges, or they were deleted", dir)
	case err != nil:
		return nil, fmt.Errorf("open the exchanges: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("open the exchanges in %s: it is no folder", dir)
	}
	if _, err := os.Lstat(filepath.Join(dir, RecordsFile)); err == nil {
		return openPacked(dir)
	}
	if info, err := os.Lstat(filepath.Join(dir, looseBodies)); err == nil && info.IsDir() {
		return &loose{dir: dir}, nil
	}
	return nil, fmt.Errorf("open the exchanges in %s: it holds neither %s nor the files of older builds", dir, RecordsFile)
}

// isDir reports whether a folder is there.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// openRegular opens a file that must be a file of its own, not a link to somewhere else.
func openRegular(path string) (*os.File, int64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path) //nolint:gosec // inside the folder that was asked for
	return file, info.Size(), err
}
