package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Lock keeps a folder for one process. The system gives it back when the process ends, however it ends, so that no lock
// outlives who took it.
type Lock struct {
	file *os.File
	path string
}

// BusyError says that another process has a lock.
type BusyError struct {
	// Holder is what the other process said of itself when it took the lock; "" when it has not yet.
	Holder string
}

// Error names the holder.
func (e *BusyError) Error() string {
	if e.Holder == "" {
		return "another process has it"
	}
	return e.Holder + " has it"
}

// longestHolder bounds what is read of a holder, in bytes.
const longestHolder = 200

// TakeLock takes the lock that a file stands for, and writes into it who has it. The folder of the file is made when it is
// missing. The error is a *BusyError when another process has the lock.
func TakeLock(path, holder string) (*Lock, error) {
	// Whoever lets go removes the file and its folder, so both may vanish between two steps here.
	const most = 100
	for range most {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the caller's own folder
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lock, err := lockFile(file, path, holder)
		if lock != nil {
			return lock, nil
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("lock %s: it is taken and let go without an end", path)
}

// lockFile locks an open file. It returns nothing at all when the file is no longer the one at the path.
func lockFile(file *os.File, path, holder string) (*Lock, error) {
	free, err := tryLock(file)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !free {
		said, _ := io.ReadAll(io.LimitReader(file, longestHolder)) // without it the error says less
		return nil, &BusyError{Holder: strings.TrimSpace(string(said))}
	}
	mine, err := file.Stat()
	if err != nil {
		return nil, err
	}
	there, err := os.Lstat(path)
	if err != nil || !os.SameFile(mine, there) {
		return nil, nil //nolint:nilerr,nilnil // somebody let go of it in between and removed it
	}
	if err := file.Truncate(0); err != nil {
		return nil, err
	}
	if _, err := file.WriteAt([]byte(holder+"\n"), 0); err != nil {
		return nil, err
	}
	return &Lock{file: file, path: path}, nil
}

// Release lets go of the lock and removes its file.
func (l *Lock) Release() error {
	removed := os.Remove(l.path)
	if errors.Is(removed, fs.ErrNotExist) {
		removed = nil
	}
	return errors.Join(removed, l.file.Close())
}
