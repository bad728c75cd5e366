package container

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// dockerfile has no RUN and no syntax line: both would need an image from a registry.
const dockerfile = "FROM scratch\nCOPY concord /concord\nENTRYPOINT [\"/concord\", \"mock\"]\n"

// buildImage has the engine build the image of a binary and returns its name, which no other process uses. Builds of one
// binary share layers in the engine, and another process that cleans up can take one away in between: then it is built again.
func buildImage(ctx context.Context, engine *testcontainers.DockerClient, binary string) (name string, err error) {
	for range 4 {
		name, err = buildOnce(ctx, engine, binary)
		if err == nil || !strings.Contains(err.Error(), "unknown parent image") {
			break
		}
	}
	return name, err
}

func buildOnce(ctx context.Context, engine *testcontainers.DockerClient, binary string) (string, error) {
	pack, err := buildContext(binary)
	if err != nil {
		return "", err
	}
	name := "concord-mock:" + strconv.Itoa(os.Getpid())
	built, err := engine.ImageBuild(ctx, pack, client.ImageBuildOptions{Tags: []string{name}, Labels: labels(), Remove: true, ForceRemove: true})
	if err != nil {
		return "", fmt.Errorf("build the mock image: %w", err)
	}
	defer func() { _ = built.Body.Close() }() // it was read; there is nothing more to learn
	for lines := json.NewDecoder(built.Body); ; {
		var line struct {
			Error string `json:"error"`
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return name, nil
		case err != nil:
			return "", fmt.Errorf("build the mock image: read what the engine says: %w", err)
		case line.Error != "":
			return "", fmt.Errorf("build the mock image: %s", line.Error)
		}
	}
}

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
