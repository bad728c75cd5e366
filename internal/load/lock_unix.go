//go:build unix

package load

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other loads away from the folder until the file is closed or the process ends, however it ends.
func lock(file *os.File, dir string) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return fmt.Errorf("another load into %s is under way: wait until it ends, or choose another folder", dir)
	case err != nil:
		return fmt.Errorf("lock %s: %w", file.Name(), err)
	default:
		return nil
	}
}
