package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// looseBodies is the folder of bodies in a folder of loose files.
const looseBodies = "bodies"

// loose reads what older builds wrote: one file ID.json for each exchange, and each body as a file that is named by its hash.
type loose struct{ dir string }

var looseName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Close has nothing to let go of.
func (l *loose) Close() error { return nil }

// Find reads one file.
func (l *loose) Find(id string) (Record, error) {
	if !looseName.MatchString(id) {
		return Record{}, ErrNotFound
	}
	name := id + ".json"
	text, err := readBounded(filepath.Join(l.dir, name), mostLine)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, ErrNotFound
	}
	var record Record
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if err == nil && record.ID != id {
		err = fmt.Errorf("it holds exchange %q", record.ID)
	}
	if err != nil {
		return Record{}, &Damage{File: name, Record: id, What: err.Error()}
	}
	if record.Reply != nil {
		record.Reply.Body = nil
	}
	return record, nil
}

// Body reads one body and holds it against its name.
func (l *loose) Body(record Record) (string, error) {
	if record.Reply == nil {
		return "", nil
	}
	name := record.Reply.BodySHA256
	damaged := func(what string) (string, error) {
		return "", &Damage{File: looseBodies + "/" + name, Record: record.ID, What: what}
	}
	if !looseName.MatchString(name) {
		return damaged("the record names no body")
	}
	text, err := readBounded(filepath.Join(l.dir, looseBodies, name), mostBody)
	if err != nil {
		return damaged(err.Error())
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != name {
		return damaged("the body was changed: its SHA-256 is not its name")
	}
	return string(text), nil
}

// All yields every file, in the order of their names: when they were recorded is not kept.
func (l *loose) All() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		entries, err := os.ReadDir(l.dir)
		if err != nil {
			yield(Record{}, &Damage{File: ".", What: err.Error()})
			return
		}
		for _, entry := range entries {
			id, ok := strings.CutSuffix(entry.Name(), ".json")
			if !ok || !looseName.MatchString(id) {
				continue
			}
			record, err := l.Find(id)
			if !yield(record, err) {
				return
			}
		}
	}
}

// Len counts the files.
func (l *loose) Len() (int, error) {
	count := 0
	for _, err := range l.All() {
		if err == nil {
			count++
		}
	}
	return count, nil
}

// readBounded reads a regular file of at most so many bytes.
func readBounded(path string, most int64) ([]byte, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	if size > most {
		return nil, fmt.Errorf("it has %d bytes, which no such file has", size)
	}
	return io.ReadAll(io.LimitReader(file, most))
}
