package evidence

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
)

// ManifestFile is the file of a run folder that names every file which Concord wrote there.
const ManifestFile = "manifest.json"

// ManifestSchema names the version of the layout of a manifest.
const ManifestSchema = "concord/manifest/v1"

type manifest struct {
	Schema string `json:"schema"`
	// Files are slash-separated and relative to the run folder, in order.
	Files []string `json:"files"`
}

// WriteManifest lists what is in a folder, and itself.
func WriteManifest(run string) error {
	files, err := Files(run)
	if err != nil {
		return fmt.Errorf("list what is in %s: %w", run, err)
	}
	if !slices.Contains(files, ManifestFile) {
		files = append(files, ManifestFile)
		slices.Sort(files)
	}
	text, err := json.MarshalIndent(manifest{Schema: ManifestSchema, Files: files}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(run, ManifestFile), append(text, '\n'), 0o644); err != nil { //nolint:gosec // made to be read by others
		return fmt.Errorf("list what is in %s: %w", run, err)
	}
	return nil
}

// Contents tells in a folder what Concord wrote from everything else. Both are slash-separated, relative and in order. Of a
// folder that is not Concord's only the folder is named. Names in skip, at the top, are left out.
func Contents(run string, skip ...string) (ours, foreign []string, err error) {
	listed := written(run)
	// A folder may be anything, the root of a disk too: what cannot hold a file of ours is not looked into.
	folders := map[string]bool{".": true}
	for name := range listed {
		for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
			folders[dir] = true
		}
	}
	theRun := isRun(run)
	earlier := len(listed) == 0 && theRun
	if earlier {
		folders["exchanges"], folders["exchanges/"+looseBodies] = true, true
	}
	// Not filepath.WalkDir: a run folder may be named by a link to it.
	err = fs.WalkDir(os.DirFS(run), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case slices.Contains(skip, name):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir() && folders[name]:
		case entry.IsDir():
			foreign = append(foreign, name)
			return fs.SkipDir
		case entry.Type().IsRegular() && (listed[name] || theRun && printed(name) || earlier && looseFile.MatchString(name)):
			ours = append(ours, name)
		default:
			foreign = append(foreign, name)
		}
		return nil
	})
	return ours, foreign, err
}

// written lists what Concord wrote into a folder by its manifest, or by the seal of a build that wrote none. It is empty for a
// folder that has neither.
func written(run string) map[string]bool {
	listed := map[string]bool{}
	text, err := readBounded(filepath.Join(run, ManifestFile), mostLine)
	var read manifest
	if err == nil && json.Unmarshal(text, &read) == nil && read.Schema == ManifestSchema {
		for _, name := range read.Files {
			listed[name] = true
		}
		return listed
	}
	if seal, err := ReadSeal(run); err == nil {
		for _, file := range seal.Files {
			listed[file.Path] = true
		}
	}
	return listed
}

// isRun reports whether a folder holds a run.json that Concord wrote.
func isRun(run string) bool {
	file, _, err := openRegular(filepath.Join(run, "run.json"))
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // it was only read
	head := make([]byte, 64)
	n, _ := file.Read(head)
	return runHead.Match(head[:n])
}

var runHead = regexp.MustCompile(`^\s*\{\s*"schema"\s*:\s*"concord/run/`)

// printed reports whether a name is that of a report, which may have been printed again after the manifest was written.
func printed(name string) bool {
	switch name {
	case "run.json", "junit.xml", "report.html", "summary.md", SealFile:
		return true
	}
	return false
}

// looseFile is how builds that sealed nothing named what they kept of exchanges.
var looseFile = regexp.MustCompile(`^exchanges/([0-9a-f]{16}\.json|` + looseBodies + `/[0-9a-f]{64}|` + RecordsFile + `|` + BodiesFile + `|` + IndexFile + `)$`)
