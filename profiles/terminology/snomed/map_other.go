//go:build !unix

package snomed

import "os"

// mapFile reads a file, as mapping it is not done on this system.
func mapFile(name string) (data []byte, unmap func() error, err error) {
	data, err = os.ReadFile(name)
	return data, func() error { return nil }, err
}
