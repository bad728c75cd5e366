package evidence

import (
	"bufio"
	"bytes"
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
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// packed reads the log that a Writer wrote.
type packed struct {
	records, bodies, rows   *os.File
	recordBytes, bodyLength int64
	index                   *index
	decoders                sync.Pool
	// scanned is the index of a log that has none, made when it is first needed.
	scanned func() (map[uint64][]row, error)
}

func openPacked(dir string) (*packed, error) {
	p := &packed{}
	var err error
	if p.records, p.recordBytes, err = openRegular(filepath.Join(dir, RecordsFile)); err != nil {
		return nil, fmt.Errorf("open the exchanges: %w", err)
	}
	if p.bodies, p.bodyLength, err = openRegular(filepath.Join(dir, BodiesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("open the exchanges: %w", err), p.Close())
	}
	if rows, length, err := openRegular(filepath.Join(dir, IndexFile)); err == nil {
		p.rows, p.index = rows, openIndex(rows, length, p.recordBytes)
	}
	p.scanned = sync.OnceValues(func() (map[uint64][]row, error) {
		found := map[uint64][]row{}
		for one := range p.scan() {
			if one.err == nil {
				key := keyOf(one.record.ID)
				found[key] = append(found[key], row{key: key, offset: one.offset, length: one.length})
			}
		}
		return found, nil
	})
	return p, nil
}

// Close lets go of the files.
func (p *packed) Close() error {
	var failed error
	for _, file := range []*os.File{p.records, p.bodies, p.rows} {
		if file != nil {
			failed = errors.Join(failed, file.Close())
		}
	}
	return failed
}

// scanned record: where its line lies, and what is wrong with it.
type located struct {
	record         Record
	offset, length int64
	err            error
}

// scan reads the log from its beginning. A line that was changed is told and passed over.
func (p *packed) scan() iter.Seq[located] {
	return func(yield func(located) bool) {
		lines := bufio.NewReaderSize(io.NewSectionReader(p.records, 0, p.recordBytes), 256<<10)
		var at int64
		for {
			line, err := readLine(lines)
			if len(line) == 0 && errors.Is(err, io.EOF) {
				return
			}
			one := located{offset: at, length: int64(len(line))}
			at += one.length
			switch {
			case errors.Is(err, io.EOF):
				one.err = &Damage{File: RecordsFile, Offset: one.offset, What: "the last record is cut short", Cut: true}
			case err != nil:
				one.err = &Damage{File: RecordsFile, Offset: one.offset, What: err.Error()}
				yield(one)
				return
			default:
				one.record, one.err = decodeLine(line, one.offset)
			}
			if !yield(one) {
				return
			}
		}
	}
}

var errLineTooLong = fmt.Errorf("a line is longer than %d MB, which no record is", mostLine>>20)

// readLine reads to the end of a line, its end included. The error is io.EOF when the end is missing.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	whole := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(whole) > mostLine {
			return nil, errLineTooLong
		}
		line, err = r.ReadSlice('\n')
		whole = append(whole, line...)
	}
	return whole, err
}

// decodeLine reads a line of RecordsFile and holds it against its hash.
func decodeLine(line []byte, offset int64) (Record, error) {
	damaged := func(id, what string) (Record, error) {
		return Record{}, &Damage{File: RecordsFile, Offset: offset, Record: id, What: what}
	}
	rest, ok := bytes.CutPrefix(line, []byte(lineBegins))
	if !ok || len(rest) < 2*sha256.Size {
		return damaged("", "not a record")
	}
	hash, rest := rest[:2*sha256.Size], rest[2*sha256.Size:]
	rest, ok = bytes.CutPrefix(rest, []byte(lineGoesOn))
	if !ok || !bytes.HasSuffix(rest, []byte("}\n")) {
		return damaged("", "not a record")
	}
	text := rest[:len(rest)-2]
	var record Record
	err := json.Unmarshal(text, &record)
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != string(hash) {
		return damaged(record.ID, "the record was changed: its SHA-256 is not the one that was written")
	}
	if err != nil {
		return damaged(record.ID, "not a record of this version: "+err.Error())
	}
	if r := record.Reply; r != nil && (r.Body == nil || r.Body.Offset < 0 || r.Body.Length < 0 || r.BodyBytes < 0 || r.BodyBytes > mostBody) {
		return damaged(record.ID, "the record names no place of its body")
	}
	return record, nil
}

// All yields every exchange as it was recorded.
func (p *packed) All() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for one := range p.scan() {
			if !yield(one.record, one.err) {
				return
			}
		}
	}
}

// Len is how many exchanges there are.
func (p *packed) Len() (int, error) {
	if p.index != nil {
		return p.index.rows, nil
	}
	found, err := p.scanned()
	count := 0
	for _, rows := range found {
		count += len(rows)
	}
	return count, err
}

// Find reads one record.
func (p *packed) Find(id string) (Record, error) {
	var (
		rows []row
		err  error
	)
	if p.index != nil {
		rows, err = p.index.find(keyOf(id))
	} else {
		var all map[uint64][]row
		all, err = p.scanned()
		rows = all[keyOf(id)]
	}
	if err != nil {
		return Record{}, &Damage{File: IndexFile, Record: id, What: err.Error()}
	}
	// A run that went on after it was stopped asked some things again: what its verdicts rest on came last.
	for _, r := range slices.Backward(rows) {
		if r.offset < 0 || r.length <= 0 || r.length > mostLine || r.offset > p.recordBytes-r.length {
			return Record{}, &Damage{File: IndexFile, Record: id, What: "the index names a place that is not in " + RecordsFile + "; delete the index, it is made again from it"}
		}
		line := make([]byte, r.length)
		if _, err := p.records.ReadAt(line, r.offset); err != nil {
			return Record{}, &Damage{File: RecordsFile, Offset: r.offset, Record: id, What: err.Error()}
		}
		record, err := decodeLine(line, r.offset)
		if err != nil {
			return Record{}, err
		}
		if record.ID == id {
			return record, nil
		}
	}
	return Record{}, ErrNotFound
}

// Body reads one body and holds it against its hash.
func (p *packed) Body(record Record) (string, error) {
	if record.Reply == nil || record.Reply.Body == nil {
		return "", nil
	}
	place, size := *record.Reply.Body, record.Reply.BodyBytes
	damaged := func(what string) (string, error) {
		return "", &Damage{File: BodiesFile, Offset: place.Offset, Record: record.ID, What: what}
	}
	if p.bodies == nil {
		return damaged("the file is missing")
	}
	if place.Offset < 0 || place.Length <= 0 || place.Offset > p.bodyLength-place.Length {
		return damaged("the body is not in the file: it was cut short")
	}
	if size < 0 || size > mostBody {
		return damaged(fmt.Sprintf("the record says that the body has %d bytes, which no answer has", size))
	}
	decoder, _ := p.decoders.Get().(*zstd.Decoder)
	if decoder == nil {
		var err error
		if decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true)); err != nil {
			return damaged(err.Error())
		}
	}
	defer p.decoders.Put(decoder)
	if err := decoder.Reset(io.NewSectionReader(p.bodies, place.Offset, place.Length)); err != nil {
		return damaged("the body was changed: " + err.Error())
	}
	// Never more than was recorded, however far it was compressed.
	var body bytes.Buffer
	body.Grow(int(min(size+1, 1<<20)))
	if _, err := body.ReadFrom(io.LimitReader(decoder, size+1)); err != nil {
		return damaged("the body was changed: " + err.Error())
	}
	if sum := sha256.Sum256(body.Bytes()); int64(body.Len()) != size || hex.EncodeToString(sum[:]) != record.Reply.BodySHA256 {
		return damaged("the body was changed: its SHA-256 is not the one that was recorded")
	}
	return body.String(), nil
}
