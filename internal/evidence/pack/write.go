package pack

import (
	"archive/zip"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
)

// Written says what a pack holds.
type Written struct {
	Manifest Manifest
	// LeftOut names what lies in the folder and is not Concord's.
	LeftOut []string
}

// Write packs a run folder, whose run.json is run. With keys, the statement about it is signed by each of them. The error names
// what cannot be packed, and a file that was changed meanwhile.
func Write(ctx context.Context, dir string, run result.Run, keys []Key, w io.Writer) (Written, error) {
	fail := func(err error) (Written, error) { return Written{}, fmt.Errorf("pack %s: %w", dir, err) }
	names, foreign, err := evidence.Contents(dir)
	if err != nil {
		return fail(err)
	}
	done := Written{Manifest: Manifest{Schema: Schema, Run: run.ID, Files: []evidence.SealedFile{}}, LeftOut: foreign}
	var sum int64
	for _, name := range names {
		if err := errors.Join(ctx.Err(), checkName(name)); err != nil {
			return fail(err)
		}
		file, err := evidence.HashFile(dir, name)
		if err != nil {
			return fail(err)
		}
		done.Manifest.Files = append(done.Manifest.Files, file)
		sum += file.Bytes
	}
	if len(names) > mostEntries || sum > mostBytes {
		return fail(fmt.Errorf("%d files of %d bytes are more than a pack may hold (%d files, %d GB)", len(names), sum, mostEntries, mostBytes>>30))
	}
	manifestText, err := done.Manifest.text()
	if err != nil {
		return fail(err)
	}
	statementText, err := state(run, manifestText, done.Manifest.Files)
	if err != nil {
		return fail(err)
	}
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.DefaultCompression) })
	err = errors.Join(addText(archive, ManifestEntry, manifestText), addText(archive, StatementEntry, statementText))
	if err == nil && len(keys) > 0 {
		err = addSigned(ctx, archive, statementText, keys)
	}
	for _, file := range done.Manifest.Files {
		if err == nil {
			err = errors.Join(ctx.Err(), addFile(archive, dir, file))
		}
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		return fail(err)
	}
	return done, nil
}

// header is that of an entry. The time is the first that an archive can hold, so that the same folder gives the same bytes.
func header(name string) *zip.FileHeader {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	h.SetMode(0o644)
	if strings.HasSuffix(name, ".zst") {
		h.Method = zip.Store // it is compressed already
	}
	return h
}

func addText(archive *zip.Writer, name string, text []byte) error {
	entry, err := archive.CreateHeader(header(name))
	if err != nil {
		return err
	}
	_, err = entry.Write(text)
	return err
}

func addSigned(ctx context.Context, archive *zip.Writer, statementText []byte, keys []Key) error {
	envelope, err := sign(ctx, statementText, keys)
	if err != nil {
		return err
	}
	text, err := encodeEnvelope(envelope)
	if err != nil {
		return err
	}
	return addText(archive, EnvelopeEntry, text)
}

// addFile adds a file and holds what was read against its hash.
func addFile(archive *zip.Writer, dir string, want evidence.SealedFile) error {
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(want.Path))) //nolint:gosec // listed as a regular file of the run
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	entry, err := archive.CreateHeader(header(want.Path))
	if err != nil {
		return err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(entry, hash), io.LimitReader(file, want.Bytes+1))
	if err != nil {
		return err
	}
	if n != want.Bytes || hex.EncodeToString(hash.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("%s was changed while it was packed: wait until nothing writes into the folder", want.Path)
	}
	return nil
}

// Sign signs the statement of an opened pack. earlier is an envelope that stands beside the pack, empty for none: the new
// signatures are added to those in it, and a key that has signed there does so only once.
func (o *Opened) Sign(ctx context.Context, earlier []byte, keys []Key) ([]byte, error) {
	fresh := &dsse.Envelope{}
	if len(earlier) > 0 {
		var err error
		if fresh, err = readEnvelope(earlier, o.statement); err != nil {
			return nil, fmt.Errorf("add to the signatures beside the pack: %w", err)
		}
	}
	signed := map[string]bool{}
	for _, key := range signedBy(ctx, fresh, keys) {
		signed[key.ID] = true
	}
	var missing []Key
	for _, key := range keys {
		if !signed[key.ID] {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return nil, errors.New("sign: every one of these keys has signed already")
	}
	added, err := sign(ctx, o.statement, missing)
	if err != nil {
		return nil, err
	}
	added.Signatures = append(fresh.Signatures, added.Signatures...)
	return encodeEnvelope(added)
}
