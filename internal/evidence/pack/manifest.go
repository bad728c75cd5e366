package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"concord.example/concord/internal/evidence"
)

// The entries of a pack besides the files of the run, in the order in which they stand before those.
const (
	// ManifestEntry names every file of the run with its SHA-256.
	ManifestEntry = "pack.json"
	// StatementEntry is what is signed: an in-toto statement about the manifest and what the verdicts rest on.
	StatementEntry = "statement.json"
	// EnvelopeEntry is a DSSE envelope around the statement; missing when the pack was made without a key.
	EnvelopeEntry = "statement.dsse.json"
)

// Schema names the version of the layout of a pack.
const Schema = "concord/pack/v1"

// Manifest names what is in a pack.
type Manifest struct {
	Schema string                `json:"schema"`
	Run    string                `json:"run"`
	Files  []evidence.SealedFile `json:"files"`
}

func (m Manifest) text() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// readManifest reads a manifest and refuses one that names what no run folder holds.
func readManifest(text []byte) (Manifest, error) {
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return Manifest{}, fmt.Errorf("read %s: %w", ManifestEntry, err)
	}
	if version.Schema != Schema {
		return Manifest{}, fmt.Errorf("read %s: the schema is %q and this build of concord reads %q: use the build that wrote it", ManifestEntry, version.Schema, Schema)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var m Manifest
	if err := decoder.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("read %s: %w", ManifestEntry, err)
	}
	last := ""
	var sum int64
	for _, file := range m.Files {
		if err := checkName(file.Path); err != nil {
			return Manifest{}, fmt.Errorf("read %s: %w", ManifestEntry, err)
		}
		if file.Path <= last {
			return Manifest{}, fmt.Errorf("read %s: %q is named twice or out of order", ManifestEntry, file.Path)
		}
		if sum += file.Bytes; file.Bytes < 0 || sum < 0 || sum > mostBytes {
			return Manifest{}, fmt.Errorf("read %s: the files have more than %d GB, which no run has", ManifestEntry, mostBytes>>30)
		}
		last = file.Path
	}
	return m, nil
}

// checkName refuses a name that leads out of a folder, here or on another system, or that is one of the pack's own.
func checkName(name string) error {
	switch {
	case !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\:\x00"):
		return fmt.Errorf("%q is not the name of a file inside a run folder", name)
	case name == ManifestEntry || name == StatementEntry || name == EnvelopeEntry:
		return fmt.Errorf("%q is the name of a part of the pack itself", name)
	}
	return nil
}
