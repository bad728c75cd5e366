package snomed

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The columns of the files of Release Format 2 that are read (SNOMED CT Release File Specification, chapters 4 and 5).
const (
	conceptHead      = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId"
	descriptionHead  = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId"
	relationshipHead = "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId"
	refsetHead       = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId"
)

// kind is what a file of a release holds.
type kind int

const (
	otherFile kind = iota
	conceptFile
	descriptionFile
	relationshipFile
	languageFile
	associationFile
	refsetFile
)

// releaseFile is a snapshot file of a release.
type releaseFile struct {
	*zip.File
	kind kind
	// folder is that of the release; date is YYYYMMDD.
	folder, date string
}

// fileName matches the names of snapshot files: pattern, content, date.
var fileName = regexp.MustCompile(`^x?(sct2_[A-Za-z]+|der2_[A-Za-z]*Refset)_([^_]*Snapshot[^_]*)_[A-Z0-9]+_([0-9]{8})(?:T[0-9]{6}Z)?\.txt$`)

func kindOf(pattern, content string) kind {
	switch {
	case pattern == "sct2_Concept":
		return conceptFile
	case pattern == "sct2_Description":
		return descriptionFile
	case pattern == "sct2_Relationship":
		return relationshipFile
	case pattern == "der2_cRefset" && strings.HasPrefix(content, "Language"):
		return languageFile
	case pattern == "der2_cRefset" && strings.HasPrefix(content, "Association"):
		return associationFile
	case strings.HasPrefix(pattern, "der2_"):
		return refsetFile
	default:
		return otherFile
	}
}

// snapshotFiles lists the snapshot files of an archive by kind and name, and checks that they make up a release.
func snapshotFiles(archive *zip.Reader) ([]releaseFile, error) {
	var list []releaseFile
	for _, f := range archive.File {
		m := fileName.FindStringSubmatch(path.Base(f.Name))
		if m == nil {
			continue
		}
		k := kindOf(m[1], m[2])
		if k == otherFile {
			continue
		}
		folder, _, _ := strings.Cut(f.Name, "Snapshot/")
		list = append(list, releaseFile{f, k, folder, m[3]})
	}
	slices.SortFunc(list, func(a, b releaseFile) int {
		if a.kind != b.kind {
			return int(a.kind - b.kind)
		}
		return strings.Compare(a.Name, b.Name)
	})
	dates := map[string]releaseFile{}
	has := map[kind]bool{}
	for _, f := range list {
		has[f.kind] = true
		if other, known := dates[f.folder]; known && other.date != f.date {
			return nil, fmt.Errorf("the archive mixes releases: %s is of %s and %s of %s", other.Name, other.date, f.Name, f.date)
		}
		dates[f.folder] = f
	}
	for k, name := range map[kind]string{conceptFile: "sct2_Concept_Snapshot", descriptionFile: "sct2_Description_Snapshot", relationshipFile: "sct2_Relationship_Snapshot"} {
		if !has[k] {
			return nil, fmt.Errorf("the archive is no release in Release Format 2: it has no file %s_..._YYYYMMDD.txt", name)
		}
	}
	return list, nil
}

var (
	errCut    = errors.New("the last line has no line end, so the file is cut")
	errHeader = errors.New("the first line does not name the columns of Release Format 2")
)

// mostColumns bounds the columns of a refset that are looked at; further ones stay in the last.
const mostColumns = 12

// row is a line of a file. Its fields are valid until the next one is read.
type row struct {
	fields [mostColumns][]byte
	count  int
	line   int
	file   *releaseFile
}

func (r *row) fail(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", r.file.Name, r.line, fmt.Errorf(format, args...))
}

// id reads a field as an identifier.
func (r *row) id(column int) (uint64, error) {
	f := r.fields[column]
	if len(f) < 6 || len(f) > 18 {
		return 0, r.fail("column %d is %q, which is no identifier of SNOMED CT", column+1, clip(f))
	}
	var n uint64
	for _, c := range f {
		if c < '0' || c > '9' {
			return 0, r.fail("column %d is %q, which is no identifier of SNOMED CT", column+1, clip(f))
		}
		n = n*10 + uint64(c-'0')
	}
	return n, nil
}

func clip(f []byte) string {
	const most = 40
	if len(f) > most {
		return string(f[:most]) + "..."
	}
	return string(f)
}

// active reads the columns that every component has: whether it is active, after checking its date.
func (r *row) active() (bool, error) {
	date := r.fields[1]
	if len(date) != 8 || len(bytes.Trim(date, "0123456789")) > 0 {
		return false, r.fail("the effective time is %q, not YYYYMMDD", clip(date))
	}
	if string(date) > r.file.date {
		return false, r.fail("the effective time %s is after the release of %s", date, r.file.date)
	}
	switch string(r.fields[2]) {
	case "1":
		return true, nil
	case "0":
		return false, nil
	default:
		return false, r.fail("active is %q, not 0 or 1", clip(r.fields[2]))
	}
}

// eachRow reads a file of a release line by line. A refset may have more columns than are asked for.
func eachRow(f releaseFile, head string, more bool, visit func(r *row) error) error {
	text, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer text.Close() //nolint:errcheck // it is only read
	const buffer = 1 << 20
	in := bufio.NewReaderSize(text, buffer)
	want := strings.Count(head, "\t") + 1
	r := row{file: &f}
	columns := 0
	for {
		line, err := in.ReadSlice('\n')
		r.line++
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			if r.line == 1 {
				return fmt.Errorf("%s:1: %w", f.Name, errHeader)
			}
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("%s:%d: %w", f.Name, r.line, errCut)
		case err != nil:
			return fmt.Errorf("%s:%d: %w", f.Name, r.line, err)
		}
		line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
		if r.line == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			if string(line) != head && (!more || !strings.HasPrefix(string(line), head+"\t")) {
				return fmt.Errorf("%s:1: %w", f.Name, errHeader)
			}
			columns = bytes.Count(line, []byte("\t")) + 1
			continue
		}
		r.split(line)
		if r.count != columns {
			return r.fail("the line has %d columns instead of %d", r.count, columns)
		}
		if r.count < want {
			return r.fail("the line has %d columns, fewer than %d", r.count, want)
		}
		if err := visit(&r); err != nil {
			return err
		}
	}
}

func (r *row) split(line []byte) {
	r.count = 0
	for {
		tab := bytes.IndexByte(line, '\t')
		field := line
		if tab >= 0 {
			field = line[:tab]
		}
		if r.count < mostColumns {
			r.fields[r.count] = field
		}
		r.count++
		if tab < 0 {
			return
		}
		line = line[tab+1:]
	}
}
