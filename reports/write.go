package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
)

// The names of the files in a run folder.
const (
	RunFile     = "run.json"
	JUnitFile   = "junit.xml"
	HTMLFile    = "report.html"
	SummaryFile = "summary.md"
)

// ExchangesFolder is the folder inside a run folder that holds the recorded exchanges (see package evidence).
const ExchangesFolder = "exchanges"

// Options says what a run folder holds besides the reports.
type Options struct {
	// Exchanges is true when the folder holds the recorded exchanges as loose files, so that report.html can link to them.
	Exchanges bool
	// Packed is true when it holds them packed: report.html then says how each is shown.
	Packed bool
	// Link says where an exchange is shown, and overrules Exchanges; nil where the page lies in the run folder.
	Link func(id string) string
	// Kept leaves run.json as it lies in the folder, and the page tells the SHA-256 of that file: printing a run again changes
	// nothing that is sealed or signed.
	Kept bool
	// Before is an earlier run that the page compares with; nil when none was given.
	Before *result.Run
	// Decisions are what people decided about the run, which stands beside its folder.
	Decisions []signoff.Kept
}

// Write prints every report of the run into the folder, which is made when it is missing.
//
// All four are printed in memory before the first byte is written, and each file is written beside its place and then
// renamed into it, so a reader never meets half a report. run.json is put in place first, because the others can be
// printed again from it. An error names the path and what to do; the caller must not exit with 0 after one.
func Write(dir string, run result.Run, options Options) error {
	run, err := prepare(run)
	if err != nil {
		return fmt.Errorf("write reports to %s: %w", dir, err)
	}
	type file struct {
		name    string
		content []byte
	}
	var files []file
	digest := ""
	if options.Kept {
		text, err := os.ReadFile(filepath.Join(dir, RunFile)) //nolint:gosec // the folder that the user named
		if err != nil {
			return fmt.Errorf("print the reports of %s again: %w", dir, cause(err))
		}
		sum := sha256.Sum256(text)
		digest = hex.EncodeToString(sum[:])
	}
	for _, report := range []struct {
		name  string
		print func(result.Run) ([]byte, error)
	}{
		{RunFile, encode},
		{JUnitFile, junit},
		{HTMLFile, func(run result.Run) ([]byte, error) { return page(run, options, digest) }},
		{SummaryFile, func(run result.Run) ([]byte, error) { return summary(run), nil }},
	} {
		content, err := report.print(run)
		if err != nil {
			return fmt.Errorf("print %s: %w", filepath.Join(dir, report.name), err)
		}
		files = append(files, file{report.name, content})
	}
	//nolint:gosec // a report is made to be read by other people: it holds no secret, and a board member is not in our group
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the run folder %s: %w: name a folder you may write to", dir, cause(err))
	}
	for _, f := range files {
		if options.Kept && f.name == RunFile {
			continue
		}
		if err := replace(filepath.Join(dir, f.name), f.content); err != nil {
			return err
		}
	}
	return nil
}

// replace puts the content at the path in one step: readers see the old file or the new one.
func replace(path string, content []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w: check that the folder is writable and the disk has room", path, cause(err))
		}
	}()
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(content); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Chmod(0o644); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// cause takes the path out of an error of package os: the caller names the path that people know, not the one beside it.
func cause(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	if link := (*os.LinkError)(nil); errors.As(err, &link) {
		return link.Err
	}
	return err
}
