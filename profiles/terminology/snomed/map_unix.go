//go:build unix

package snomed

import (
	"fmt"
	"os"
	"syscall"
)

// mapFile maps a file into memory, to be read only.
func mapFile(name string) (data []byte, unmap func() error, err error) {
	file, err := os.Open(name) //nolint:gosec // the path is the one that the user asked to be read
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // the caller says what was opened
	}
	defer file.Close() //nolint:errcheck // the mapping outlives the file
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // as above
	}
	if info.Size() == 0 || !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s: %w", name, errNoIndex)
	}
	data, err = syscall.Mmap(int(file.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, nil, fmt.Errorf("map %s: %w", name, err)
	}
	return data, func() error { return syscall.Munmap(data) }, nil
}
