package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SealFile is the file of a run folder that holds the hashes of what its verdicts rest on.
const SealFile = "seal.json"

// SealSchema names the version of the layout of a Seal.
const SealSchema = "concord/seal/v1"

// Seal names every file that the verdicts of a run rest on: run.json, the exchanges and the inputs. Reports are printed from
// those and are not sealed.
type Seal struct {
	Schema string       `json:"schema"`
	Files  []SealedFile `json:"files"`
}

// SealedFile is one file as it was sealed.
type SealedFile struct {
	// Path is slash-separated and relative to the run folder.
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ErrNotSealed says that a run folder holds no seal.
var ErrNotSealed = errors.New("the run is not sealed: it was written by a build that sealed none, or was interrupted")

// sealed reports whether a file belongs to what is sealed.
func sealed(path string) bool {
	return path == "run.json" || strings.HasPrefix(path, "exchanges/") || strings.HasPrefix(path, InputsFolder+"/")
}

// Files lists the files of a run folder that are regular ones, slash-separated and in order. Anything else is an error.
func Files(run string) ([]string, error) {
	var files []string
	// Not filepath.WalkDir: a run folder may be named by a link to it.
	err := fs.WalkDir(os.DirFS(run), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is not a regular file", name)
		}
		files = append(files, name)
		return nil
	})
	slices.Sort(files)
	return files, err
}

// MakeSeal hashes what the verdicts of a run rest on.
func MakeSeal(run string) (Seal, error) {
	files, err := Files(run)
	if err != nil {
		return Seal{}, fmt.Errorf("seal %s: %w", run, err)
	}
	seal := Seal{Schema: SealSchema, Files: []SealedFile{}}
	for _, name := range files {
		if !sealed(name) {
			continue
		}
		one, err := HashFile(run, name)
		if err != nil {
			return Seal{}, fmt.Errorf("seal %s: %w", run, err)
		}
		seal.Files = append(seal.Files, one)
	}
	return seal, nil
}

// HashFile hashes one file of a folder.
func HashFile(dir, name string) (SealedFile, error) {
	file, _, err := openRegular(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return SealedFile{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	n, err := io.Copy(h, file)
	return SealedFile{Path: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// Write writes the seal into its run folder.
func (s Seal) Write(run string) error {
	text, err := s.Text()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(run, SealFile), text, 0o644); err != nil { //nolint:gosec // made to be read by others
		return fmt.Errorf("seal %s: %w", run, err)
	}
	return nil
}

// Text is the seal as it is written.
func (s Seal) Text() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// ReadSeal reads the seal of a run folder. The error is ErrNotSealed when it has none.
func ReadSeal(run string) (Seal, error) {
	text, err := readBounded(filepath.Join(run, SealFile), mostLine)
	if errors.Is(err, fs.ErrNotExist) {
		return Seal{}, ErrNotSealed
	}
	if err != nil {
		return Seal{}, fmt.Errorf("read the seal: %w", err)
	}
	var seal Seal
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&seal); err != nil {
		return Seal{}, fmt.Errorf("read %s: %w", SealFile, err)
	}
	if seal.Schema != SealSchema {
		return Seal{}, fmt.Errorf("read %s: the schema is %q and this build of concord reads %q: use the build that wrote it", SealFile, seal.Schema, SealSchema)
	}
	return seal, nil
}

// Differences returns what is not as it was sealed: files that were changed, are missing, or were added.
func (s Seal) Differences(run string) ([]*Damage, error) {
	now, err := MakeSeal(run)
	if err != nil {
		return nil, err
	}
	there := map[string]SealedFile{}
	for _, file := range now.Files {
		there[file.Path] = file
	}
	var problems []*Damage
	for _, was := range s.Files {
		is, found := there[was.Path]
		delete(there, was.Path)
		switch {
		case !found:
			problems = append(problems, &Damage{File: was.Path, What: "the file is missing"})
		case is != was:
			problems = append(problems, &Damage{File: was.Path, What: fmt.Sprintf("the file was changed: %d bytes with SHA-256 %s were sealed, these are %d with %s", was.Bytes, was.SHA256, is.Bytes, is.SHA256)})
		}
	}
	for name := range there {
		problems = append(problems, &Damage{File: name, What: "the file was added after the run was sealed"})
	}
	slices.SortFunc(problems, func(a, b *Damage) int { return cmp.Compare(a.File, b.File) })
	return problems, nil
}
