package container

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// dockerfile has no RUN and no syntax line: both would need an image from a registry.
const dockerfile = "FROM scratch\nCOPY concord /concord\nENTRYPOINT [\"/concord\", \"mock\"]\n"

// buildContext packs the Dockerfile and the binary for the engine's build call.
func buildContext(binary string) (io.ReadSeeker, error) {
	program, err := os.ReadFile(binary) //nolint:gosec // our own binary, or one the person names
	if err != nil {
		return nil, fmt.Errorf("read the binary for the mock image: %w", err)
	}
	if err := static(program); err != nil {
		return nil, fmt.Errorf("build the mock image from %s: %w; build it with CGO_ENABLED=0 GOOS=linux go build ./cmd/concord", binary, err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, file := range []struct {
		name string
		mode int64
		body []byte
	}{{"Dockerfile", 0o644, []byte(dockerfile)}, {"concord", 0o755, program}} {
		if err := w.WriteHeader(&tar.Header{Name: file.name, Mode: file.mode, Size: int64(len(file.body))}); err != nil {
			return nil, fmt.Errorf("pack %s for the mock image: %w", file.name, err)
		}
		if _, err := w.Write(file.body); err != nil {
			return nil, fmt.Errorf("pack %s for the mock image: %w", file.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack the mock image: %w", err)
	}
	return bytes.NewReader(archive.Bytes()), nil
}

// static refuses a program that cannot run in an image without a system around it.
func static(program []byte) error {
	file, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("it is not a Linux program: %w", err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("it is linked dynamically, and an image from scratch has no libraries")
		}
	}
	return nil
}
