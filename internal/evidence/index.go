package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"slices"
	"sort"
)

// row says where in RecordsFile a record lies. Rows are sorted by key, then offset.
type row struct {
	key            uint64
	offset, length int64
}

func compareRows(a, b row) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.offset, b.offset))
}

// keyOf digests an id, so that a row has the same length for all.
func keyOf(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:8])
}

// An index is indexMagic, the length of RecordsFile that it is about, and its rows: three numbers each, big-endian.
const (
	indexMagic = "concord index 1\n"
	headBytes  = len(indexMagic) + 8
	rowBytes   = 24
)

func writeIndex(path string, rows []row, size int64) error {
	slices.SortFunc(rows, compareRows)
	text := make([]byte, 0, headBytes+rowBytes*len(rows))
	text = append(text, indexMagic...)
	text = binary.BigEndian.AppendUint64(text, uint64(size)) //nolint:gosec // a length
	for _, r := range rows {
		text = binary.BigEndian.AppendUint64(text, r.key)
		text = binary.BigEndian.AppendUint64(text, uint64(r.offset)) //nolint:gosec // a place in a file
		text = binary.BigEndian.AppendUint64(text, uint64(r.length)) //nolint:gosec // a length
	}
	return os.WriteFile(path, text, 0o600)
}

// index finds rows without reading all of them.
type index struct {
	file io.ReaderAt
	rows int
}

// openIndex reads the head of an index. It is nil when there is none, or none of a log of that size.
func openIndex(file io.ReaderAt, length, size int64) *index {
	head := make([]byte, headBytes)
	if _, err := file.ReadAt(head, 0); err != nil || !bytes.HasPrefix(head, []byte(indexMagic)) {
		return nil
	}
	if int64(binary.BigEndian.Uint64(head[len(indexMagic):])) != size || (length-int64(headBytes))%rowBytes != 0 { //nolint:gosec // compared alone
		return nil
	}
	return &index{file: file, rows: int((length - int64(headBytes)) / rowBytes)}
}

func (x *index) row(i int) (row, error) {
	var text [rowBytes]byte
	if _, err := x.file.ReadAt(text[:], int64(headBytes+i*rowBytes)); err != nil {
		return row{}, err
	}
	return row{
		key:    binary.BigEndian.Uint64(text[:]),
		offset: int64(binary.BigEndian.Uint64(text[8:])),  //nolint:gosec // checked by whoever reads there
		length: int64(binary.BigEndian.Uint64(text[16:])), //nolint:gosec // likewise
	}, nil
}

// find returns the rows with a key.
func (x *index) find(key uint64) ([]row, error) {
	var failed error
	at := sort.Search(x.rows, func(i int) bool {
		r, err := x.row(i)
		if err != nil {
			failed = err
		}
		return err != nil || r.key >= key
	})
	var found []row
	for ; failed == nil && at < x.rows; at++ {
		r, err := x.row(at)
		if err != nil {
			return nil, err
		}
		if r.key != key {
			break
		}
		found = append(found, r)
	}
	return found, failed
}
