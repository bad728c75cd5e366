package reports

import (
	"bytes"
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

	"concord.example/concord/internal/result"
)

// maxRunBytes bounds what Read takes in. A sweep of 848 providers is about 1 MB.
const maxRunBytes = 512 << 20

// Load reads the run in a run folder, or in a run.json that is named itself.
func Load(path string) (result.Run, error) {
	info, err := os.Stat(path)
	if err != nil {
		return result.Run{}, fmt.Errorf("read run %s: %w: name a run folder or a %s", path, cause(err), RunFile)
	}
	if info.IsDir() {
		path = filepath.Join(path, RunFile)
	}
	file, err := os.Open(path) //nolint:gosec // the path is the one the user asked for
	if err != nil {
		return result.Run{}, fmt.Errorf("read run %s: %w: a run folder holds a %s", path, cause(err), RunFile)
	}
	defer func() { _ = file.Close() }()
	run, err := Read(file)
	if err != nil {
		return result.Run{}, fmt.Errorf("read run %s: %w", path, err)
	}
	return run, nil
}

// Read reads a run.json. It refuses a schema version it does not know, a field it does not know, anything after the
// run, and a run that contradicts itself; the error says where.
func Read(r io.Reader) (result.Run, error) {
	recorded, err := ReadRecorded(r)
	return recorded.run, err
}

// Recorded is a run as it lies in a folder.
type Recorded struct {
	run  result.Run
	hash string
}

// Run returns the run, which must not be changed.
func (r Recorded) Run() result.Run { return r.run }

// Hash returns the SHA-256 of the run.json that it was read from, in hexadecimal.
func (r Recorded) Hash() string { return r.hash }

// ReadRecorded reads a run.json as Read does.
func ReadRecorded(r io.Reader) (Recorded, error) {
	text, err := readAll(r)
	if err != nil {
		return Recorded{}, fmt.Errorf("read run.json: %w", err)
	}
	if len(text) > maxRunBytes {
		return Recorded{}, fmt.Errorf("run.json is larger than %d MB, which no run is", maxRunBytes>>20)
	}
	run, err := decode(text)
	if err != nil {
		return Recorded{}, err
	}
	sum := sha256.Sum256(text)
	run, err = prepare(run)
	if err != nil {
		return Recorded{run: run}, err
	}
	return Recorded{run: run, hash: hex.EncodeToString(sum[:])}, nil
}

// readAll reads what is there and one byte more than may be. A file is read into memory of its size at once.
func readAll(r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if file, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := file.Stat(); err == nil && info.Size() < maxRunBytes {
			b.Grow(int(info.Size()) + bytes.MinRead)
		}
	}
	_, err := b.ReadFrom(io.LimitReader(r, maxRunBytes+1))
	return b.Bytes(), err
}

// decode reads the run. What another build wrote is said to be that before anything else about it.
func decode(text []byte) (result.Run, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var run result.Run
	err := decoder.Decode(&run)
	if err == nil && run.Schema == result.Schema && len(bytes.TrimLeft(text[decoder.InputOffset():], " \t\r\n")) == 0 {
		return recast(run), nil
	}
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return result.Run{}, located(text, err)
	}
	if version.Schema != result.Schema {
		return result.Run{}, fmt.Errorf("the schema is %q and this build of concord reads %q: use the build that wrote it",
			version.Schema, result.Schema)
	}
	return result.Run{}, located(text, err)
}

// recast gives the verdict of a run by an older build the words of this one.
func recast(run result.Run) result.Run {
	if older := !slices.ContainsFunc(run.Checks, func(c result.Check) bool { return c.Area != "" }); older && run.Verdict.Outcome == result.Conformant {
		// Builds that knew no areas called a selection conformant.
		if judged := run.Judge(); judged.Outcome == result.SelectionPassed {
			run.Verdict = judged
		}
	}
	return run
}

// located adds the line and column to an error of package encoding/json that knows its offset.
func located(text []byte, err error) error {
	var offset int64
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	default:
		return fmt.Errorf("not a run.json of version %s: %w", result.Schema, err)
	}
	before := text[:min(max(offset, 0), int64(len(text)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Errorf("not a run.json, line %d, column %d: %w", line, max(column, 1), err)
}
