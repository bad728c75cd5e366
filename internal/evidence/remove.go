package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Remove deletes from a run folder what Concord wrote there, and the folder itself when nothing else is in it. What is not
// Concord's stays, and is returned: slash-separated, relative and in order. The run.json goes last and the manifest before it, so
// that a deletion that was cut off is found again, and can be finished.
func Remove(run string) (foreign []string, err error) {
	ours, foreign, err := Contents(run)
	if err != nil {
		return nil, fmt.Errorf("delete the run in %s: %w", run, err)
	}
	// A deletion that was cut off may have left folders of files that are gone.
	folders := []string{"exchanges", "exchanges/" + looseBodies, InputsFolder}
	for name := range written(run) {
		for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
			folders = append(folders, dir)
		}
	}
	last := []string{ManifestFile, "run.json"}
	for _, name := range ours {
		if !slices.Contains(last, name) {
			if err := removeFile(run, name); err != nil {
				return foreign, err
			}
		}
	}
	// The deepest first; one that still holds something stays.
	slices.Sort(folders)
	for _, dir := range slices.Backward(slices.Compact(folders)) {
		if at := filepath.Join(run, filepath.FromSlash(dir)); fs.ValidPath(dir) && isFolder(at) {
			_ = os.Remove(at)
		}
	}
	for _, name := range last {
		if slices.Contains(ours, name) {
			if err := removeFile(run, name); err != nil {
				return foreign, err
			}
		}
	}
	if len(foreign) > 0 {
		return foreign, nil
	}
	if err := os.Remove(run); err != nil {
		return nil, fmt.Errorf("delete the run in %s: %w", run, err)
	}
	return nil, nil
}

// isFolder reports whether a path is a folder itself, and no link to one.
func isFolder(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

func removeFile(run, name string) error {
	if err := os.Remove(filepath.Join(run, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete the run in %s: %w", run, err)
	}
	return nil
}
