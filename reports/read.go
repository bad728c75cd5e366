package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	text, err := io.ReadAll(io.LimitReader(r, maxRunBytes+1))
	if err != nil {
		return result.Run{}, fmt.Errorf("read run.json: %w", err)
	}
	if len(text) > maxRunBytes {
		return result.Run{}, fmt.Errorf("run.json is larger than %d MB, which no run is", maxRunBytes>>20)
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
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var run result.Run
	if err := decoder.Decode(&run); err != nil {
		return result.Run{}, located(text, err)
	}
	if older := !slices.ContainsFunc(run.Checks, func(c result.Check) bool { return c.Area != "" }); older && run.Verdict.Outcome == result.Conformant {
		// Builds that knew no areas called a selection conformant.
		if judged := run.Judge(); judged.Outcome == result.SelectionPassed {
			run.Verdict = judged
		}
	}
	return prepare(run)
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
