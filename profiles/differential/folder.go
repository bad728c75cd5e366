package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// folders judges every resource in JSON below the folders.
func (b *bench) folders(ctx context.Context, folders []string) error {
	for _, folder := range folders {
		var list []pair
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".json") {
				return err
			}
			data, err := os.ReadFile(name) //nolint:gosec // the developer names the folder
			if err != nil {
				return err
			}
			data = bytes.TrimSpace(data)
			var head struct {
				Type string `json:"resourceType"`
			}
			const largest = 400_000 // the other validator takes minutes for more
			if json.Unmarshal(data, &head) != nil || head.Type == "" || len(data) > largest {
				return nil
			}
			list = append(list, pair{id: filepath.Base(name), about: "file", typ: head.Type, text: data})
			return nil
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", folder, err)
		}
		if _, err := b.judge(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

func contains(s, part string) bool { return strings.Contains(s, part) }
