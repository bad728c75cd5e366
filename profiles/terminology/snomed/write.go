package snomed

import (
	"archive/zip"
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// An index is a head with the places of its sections, and the sections: numbers in little-endian order.
const (
	magic       = "concord-sct-1\n\x00\x00"
	headSection = 16 // bytes of the place of a section: where it starts and how long it is
)

// The sections of an index.
const (
	metaSection = iota
	idSection
	activeSection
	parentStarts
	parentSection
	childStarts
	childSection
	attributeStarts
	attributeSection
	refsetSection
	memberStarts
	memberSection
	termStarts
	termSection
	associationSection
	sections
)

// Import compiles the snapshot of a release, of one or more archives, into an index at a path. The index appears there
// when it is whole. What is wrong with an archive is an error that names the file in it and the line.
func Import(ctx context.Context, index string, archives ...string) (Meta, error) {
	var readers []*zip.Reader
	for _, name := range archives {
		z, err := zip.OpenReader(name)
		if err != nil {
			return Meta{}, fmt.Errorf("import %s: it is no archive, or it is cut: %w", name, err)
		}
		defer z.Close() //nolint:errcheck // it is only read
		readers = append(readers, &z.Reader)
	}
	r, err := read(ctx, readers)
	if err != nil {
		return Meta{}, fmt.Errorf("import %s: %w", filepath.Base(archives[0]), err)
	}
	if err := os.MkdirAll(filepath.Dir(index), 0o700); err != nil {
		return Meta{}, fmt.Errorf("import: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(index), "*.part")
	if err != nil {
		return Meta{}, fmt.Errorf("import: %w", err)
	}
	err = r.write(file)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), index)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // the error that matters is the one before
		return Meta{}, fmt.Errorf("import: write index: %w", err)
	}
	return r.meta, nil
}

// indexWriter writes sections and notes their places.
type indexWriter struct {
	out    *bufio.Writer
	at     uint64
	places []byte
	err    error
}

func (w *indexWriter) section(fill func()) {
	start := w.at
	fill()
	w.places = binary.LittleEndian.AppendUint64(w.places, start)
	w.places = binary.LittleEndian.AppendUint64(w.places, w.at-start)
}

func (w *indexWriter) bytes(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
	w.at += uint64(len(b))
}

func (w *indexWriter) uint32(n uint32) {
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], n)
	w.bytes(b[:])
}

func (w *indexWriter) uint64(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	w.bytes(b[:])
}

func (r *release) write(file io.WriteSeeker) error {
	const head = len(magic) + sections*headSection
	if _, err := file.Seek(int64(head), io.SeekStart); err != nil {
		return err //nolint:wrapcheck // the caller says what was written
	}
	const buffer = 1 << 20
	w := &indexWriter{out: bufio.NewWriterSize(file, buffer), at: uint64(head)}
	slices.SortFunc(r.members, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.refset, b.refset), cmp.Compare(a.concept, b.concept))
	})
	r.members = slices.Compact(r.members)
	var refsets []uint64
	for i, m := range r.members {
		if i == 0 || m.refset != r.members[i-1].refset {
			refsets = append(refsets, m.refset)
		}
	}
	active := 0
	for _, a := range r.active {
		if a {
			active++
		}
	}
	r.meta.Concepts, r.meta.Active, r.meta.Terms = len(r.ids), active, len(r.descriptions)
	r.meta.Relationships, r.meta.Refsets, r.meta.Members = len(r.parents)+len(r.attributes), len(refsets), len(r.members)
	meta, err := json.Marshal(r.meta)
	if err != nil {
		return err //nolint:wrapcheck // the caller says what was written
	}
	w.section(func() { w.bytes(meta) })
	w.section(func() {
		for _, id := range r.ids {
			w.uint64(id)
		}
	})
	w.section(func() { w.bytes(bitsOf(r.active)) })
	w.edges(len(r.ids), r.parents, func(p pair) (uint32, uint32) { return p.from, p.to })
	w.edges(len(r.ids), r.parents, func(p pair) (uint32, uint32) { return p.to, p.from })
	w.attributes(len(r.ids), r.attributes)
	w.refsets(refsets, r.members)
	w.terms(r)
	w.section(func() {
		slices.SortFunc(r.associations, func(a, b association) int {
			return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.refset, b.refset), cmp.Compare(a.target, b.target))
		})
		for _, a := range r.associations {
			w.uint64(uint64(a.source))
			w.uint64(a.refset)
			w.uint64(a.target)
		}
	})
	if err := errors.Join(w.err, w.out.Flush()); err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err //nolint:wrapcheck // the caller says what was written
	}
	_, err = file.Write(append([]byte(magic), w.places...))
	return err //nolint:wrapcheck // the caller says what was written
}

func bitsOf(list []bool) []byte {
	bits := make([]byte, (len(list)+7)/8)
	for i, set := range list {
		if set {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}

// edges writes, for each concept, where its edges start and the edges.
func (w *indexWriter) edges(concepts int, list []pair, ends func(pair) (from, to uint32)) {
	starts := make([]uint32, concepts+1)
	for _, p := range list {
		from, _ := ends(p)
		starts[from+1]++
	}
	w.starts(starts)
	order := make([]uint32, len(list))
	next := slices.Clone(starts)
	for _, p := range list {
		from, to := ends(p)
		order[next[from]] = to
		next[from]++
	}
	w.section(func() {
		for _, to := range order {
			w.uint32(to)
		}
	})
}

// starts turns counts into positions and writes them.
func (w *indexWriter) starts(counts []uint32) {
	for i := 1; i < len(counts); i++ {
		counts[i] += counts[i-1]
	}
	w.section(func() {
		for _, n := range counts {
			w.uint32(n)
		}
	})
}

func (w *indexWriter) attributes(concepts int, list []attribute) {
	slices.SortFunc(list, func(a, b attribute) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.typ, b.typ), cmp.Compare(a.destination, b.destination))
	})
	starts := make([]uint32, concepts+1)
	for _, a := range list {
		starts[a.source+1]++
	}
	w.starts(starts)
	w.section(func() {
		for _, a := range list {
			w.uint32(a.typ)
			w.uint32(a.destination)
		}
	})
}

func (w *indexWriter) refsets(refsets []uint64, members []member) {
	w.section(func() {
		for _, id := range refsets {
			w.uint64(id)
		}
	})
	starts := make([]uint32, len(refsets)+1)
	at := -1
	for i, m := range members {
		if i == 0 || m.refset != members[i-1].refset {
			at++
		}
		starts[at+1]++
	}
	w.starts(starts)
	w.section(func() {
		for _, m := range members {
			w.uint32(m.concept)
		}
	})
}

// termHead is what stands before a term: its marks and its length.
const termHead = 3

func (w *indexWriter) terms(r *release) {
	starts := make([]uint64, len(r.ids)+1)
	counts := make([]uint32, len(r.ids)+1)
	for _, d := range r.descriptions {
		starts[d.concept+1] += uint64(d.length) + termHead
		counts[d.concept+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
		counts[i] += counts[i-1]
	}
	order := make([]uint32, len(r.descriptions))
	for i, d := range r.descriptions {
		order[counts[d.concept]] = uint32(i)
		counts[d.concept]++
	}
	w.section(func() {
		for _, n := range starts {
			w.uint64(n)
		}
	})
	w.section(func() {
		for _, i := range order {
			d := r.descriptions[i]
			w.bytes([]byte{d.marks, byte(d.length), byte(d.length >> 8)}) //nolint:gosec // the two halves of the length
			w.bytes(r.text[d.at : d.at+uint64(d.length)])
		}
	})
}
