package pack

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
)

const (
	// mostEntries and mostBytes are how many files a pack may hold, and how many bytes they may have in all.
	mostEntries = 200_000
	mostBytes   = 64 << 30
	// mostText is how many bytes a part of the pack itself may have.
	mostText = 64 << 20
	// mostShrunk is how many times smaller than itself an entry of more than smallEntry bytes may be: text of exchanges shrinks
	// some thirty times, and an archive that is made to fill a disk a thousand times.
	mostShrunk = 200
	smallEntry = 1 << 20
)

// RefusedError says that an archive is not one that this package writes.
type RefusedError struct {
	// Entry is the entry that is concerned, "" when it is the archive.
	Entry string
	What  string
}

// Error names the entry.
func (e *RefusedError) Error() string {
	if e.Entry == "" {
		return "the pack is refused: " + e.What
	}
	return fmt.Sprintf("the pack is refused: entry %q %s", e.Entry, e.What)
}

// Opened is a pack that was taken apart.
type Opened struct {
	Manifest Manifest
	// Changed names files that are not as the manifest says.
	Changed                           []*evidence.Damage
	manifestText, statement, envelope []byte
}

// Extract takes a pack apart into a folder that is empty. The error is a *RefusedError for an archive that is not as Write writes
// it: nothing of it is written outside the folder, and no more than its manifest says.
func Extract(ctx context.Context, archive io.ReaderAt, size int64, to string) (*Opened, error) {
	reader, err := zip.NewReader(archive, size)
	if err != nil {
		return nil, &RefusedError{What: fmt.Sprintf("it is no whole ZIP archive (%v): it was cut short, or is something else", err)}
	}
	if len(reader.File) > mostEntries+3 {
		return nil, &RefusedError{What: fmt.Sprintf("it has %d entries, and no run has more than %d files", len(reader.File), mostEntries)}
	}
	o := &Opened{}
	entries := reader.File
	own := func(name string) ([]byte, error) {
		if len(entries) == 0 || entries[0].Name != name {
			return nil, &RefusedError{Entry: name, What: "is not in its place"}
		}
		first := entries[0]
		entries = entries[1:]
		return readText(first)
	}
	if o.manifestText, err = own(ManifestEntry); err != nil {
		return nil, err
	}
	if o.statement, err = own(StatementEntry); err != nil {
		return nil, err
	}
	if len(entries) > 0 && entries[0].Name == EnvelopeEntry {
		if o.envelope, err = own(EnvelopeEntry); err != nil {
			return nil, err
		}
	}
	if o.Manifest, err = readManifest(o.manifestText); err != nil {
		return nil, &RefusedError{What: err.Error()}
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return nil, fmt.Errorf("take a pack apart: %w", err)
	}
	defer root.Close() //nolint:errcheck // what was written in it is closed
	for i, want := range o.Manifest.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if i >= len(entries) || entries[i].Name != want.Path {
			return nil, &RefusedError{Entry: want.Path, What: "is in the manifest and not in its place in the archive"}
		}
		if err := o.extract(root, entries[i], want); err != nil {
			return nil, err
		}
	}
	if more := entries[len(o.Manifest.Files):]; len(more) > 0 {
		return nil, &RefusedError{Entry: more[0].Name, What: "is not in the manifest"}
	}
	return o, nil
}

// checkEntry refuses an entry that is no plain file, or is compressed further than what Concord writes can be.
func checkEntry(f *zip.File) error {
	switch {
	case !f.Mode().IsRegular():
		return &RefusedError{Entry: f.Name, What: "is not a regular file"}
	case f.Method != zip.Store && f.Method != zip.Deflate || f.Flags&1 != 0:
		return &RefusedError{Entry: f.Name, What: "is packed in a way that Concord does not use"}
	case f.UncompressedSize64 > smallEntry && f.UncompressedSize64/mostShrunk > f.CompressedSize64:
		return &RefusedError{Entry: f.Name, What: fmt.Sprintf("has %d bytes and was compressed to %d, which is more than what Concord writes can be", f.UncompressedSize64, f.CompressedSize64)}
	}
	return nil
}

func readText(f *zip.File) ([]byte, error) {
	if err := checkEntry(f); err != nil {
		return nil, err
	}
	if f.UncompressedSize64 > mostText {
		return nil, &RefusedError{Entry: f.Name, What: fmt.Sprintf("has more than %d MB", mostText>>20)}
	}
	content, err := f.Open()
	if err != nil {
		return nil, &RefusedError{Entry: f.Name, What: "cannot be read: " + err.Error()}
	}
	defer content.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(content, mostText+1))
	if err != nil {
		return nil, &RefusedError{Entry: f.Name, What: "cannot be read: " + err.Error()}
	}
	return text, nil
}

// extract writes one entry. What is not as the manifest says is noted, and written as it is, so that more can be said of it.
func (o *Opened) extract(root *os.Root, f *zip.File, want evidence.SealedFile) (err error) {
	if err := checkEntry(f); err != nil {
		return err
	}
	if f.UncompressedSize64 > uint64(want.Bytes) { //nolint:gosec // checked not to be negative
		return &RefusedError{Entry: f.Name, What: fmt.Sprintf("has %d bytes, and %d in the manifest", f.UncompressedSize64, want.Bytes)}
	}
	if err := root.MkdirAll(path.Dir(want.Path), 0o750); err != nil {
		return fmt.Errorf("take a pack apart: %w", err)
	}
	file, err := root.OpenFile(want.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("take a pack apart: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	damage := &evidence.Damage{File: want.Path}
	content, err := f.Open()
	if err != nil {
		damage.What = "the entry cannot be read: " + err.Error()
		o.Changed = append(o.Changed, damage)
		return nil
	}
	defer content.Close() //nolint:errcheck // it was only read
	hash, written := sha256.New(), &target{Writer: file}
	n, err := io.Copy(io.MultiWriter(written, hash), io.LimitReader(content, want.Bytes))
	switch sum := hex.EncodeToString(hash.Sum(nil)); {
	case written.failed != nil:
		return fmt.Errorf("take a pack apart: %w", written.failed)
	case err != nil:
		damage.Offset, damage.What = n, "the entry was changed: "+err.Error()
	case n != want.Bytes || sum != want.SHA256:
		damage.What = fmt.Sprintf("the file was changed: %d bytes with SHA-256 %s were packed, these are %d with %s", want.Bytes, want.SHA256, n, sum)
	default:
		return nil
	}
	o.Changed = append(o.Changed, damage)
	return nil
}

// target remembers that writing failed, which is none of the archive's doing.
type target struct {
	io.Writer
	failed error
}

// Write writes.
func (t *target) Write(b []byte) (int, error) {
	n, err := t.Writer.Write(b)
	if err != nil {
		t.failed = err
	}
	return n, err
}

// CheckStatement says what of the statement that is signed is not so of the run that is in the pack.
func (o *Opened) CheckStatement(run result.Run) error {
	return checkStatement(o.statement, o.manifestText, o.Manifest, run)
}

// Signatures are what was found of signatures on a pack.
type Signatures struct {
	// By are the keys, among those that were given, that signed. Each is another key.
	By []Key
	// Unknown is how many signatures are there that none of the keys made.
	Unknown int
}

// Signatures looks for signatures by keys: in the pack, and in an envelope that stands beside it, which may be empty. The error
// says that an envelope is not about this pack.
func (o *Opened) Signatures(ctx context.Context, beside []byte, keys []Key) (Signatures, error) {
	var found Signatures
	counted := map[string]bool{}
	for _, one := range []struct {
		where string
		text  []byte
	}{{EnvelopeEntry, o.envelope}, {"the signatures beside the pack", beside}} {
		if len(one.text) == 0 {
			continue
		}
		envelope, err := readEnvelope(one.text, o.statement)
		if err != nil {
			return Signatures{}, fmt.Errorf("%s: %w", one.where, err)
		}
		signed := signedBy(ctx, envelope, keys)
		found.Unknown += max(len(envelope.Signatures)-len(signed), 0)
		for _, key := range signed {
			if !counted[key.ID] {
				counted[key.ID] = true
				found.By = append(found.By, key)
			}
		}
	}
	return found, nil
}
