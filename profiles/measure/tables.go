package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// tables measures the embedded definitions.
func (b *bench) tables(context.Context) ([]figure, error) {
	names, err := filepath.Glob(filepath.Join("profiles", "definitions", "*.pack.gz"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("find the embedded definitions: run this in the root of the module (%w)", err)
	}
	var packed, unpacked int64
	for _, name := range names {
		data, err := os.ReadFile(name) //nolint:gosec // a file of this project
		if err != nil {
			return nil, fmt.Errorf("read embedded definitions: %w", err)
		}
		zip, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("read embedded definitions %s: %w", name, err)
		}
		n, err := io.Copy(io.Discard, zip) //nolint:gosec // a file of this project
		if err != nil {
			return nil, fmt.Errorf("read embedded definitions %s: %w", name, err)
		}
		packed, unpacked = packed+int64(len(data)), unpacked+n
	}
	const mostPacked, mostUnpacked = 250_000, 1_500_000
	return []figure{
		measured("embedded definitions, raw", "<= 1.5 MB", fmt.Sprintf("%.2f MB", float64(unpacked)/1e6), unpacked <= mostUnpacked),
		measured("embedded definitions, compressed", "< 250 kB", fmt.Sprintf("%d kB", packed/1000), packed < mostPacked),
	}, nil
}
