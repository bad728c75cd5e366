package snomed

import (
	"archive/zip"
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The concepts of SNOMED CT's own model that are needed to read a release.
const (
	isA                   = 116680003
	fullySpecifiedName    = "900000000000003001"
	inferredRelationship  = "900000000000011006"
	additionalRelation    = "900000000000227009"
	preferred             = "900000000000548007"
	usEnglishRefset       = 900000000000509007
	internationalEdition  = "900000000000207008"
	unitedKingdomEdition  = "83821000000107"
	unitedKingdomInFile   = "_GB10000"
	descriptionCharacters = math.MaxUint16
)

// The marks of a term.
const (
	markFSN       = 1 << iota // it is the fully specified name
	markPreferred             // it is preferred in a language refset other than that of the United States
	markUS                    // it is preferred in the United States
)

// description is an active term of a concept.
type description struct {
	id      uint64
	at      uint64 // in release.text
	concept uint32
	length  uint16
	marks   uint8
}

type pair struct{ from, to uint32 }

// attribute is a relationship other than is-a.
type attribute struct{ source, typ, destination uint32 }

// member is a concept in a refset.
type member struct {
	refset  uint64
	concept uint32
}

// association says what stands in for an inactive concept.
type association struct {
	source         uint32
	refset, target uint64
}

// release is what was read of one.
type release struct {
	ids          []uint64
	active       []bool
	descriptions []description
	text         []byte
	parents      []pair
	attributes   []attribute
	members      []member
	associations []association
	meta         Meta
}

// Meta says what an index was made of.
type Meta struct {
	// Version is the URI of the edition and its date, for example http://snomed.info/sct/83821000000107/version/20240410.
	Version string
	// Concepts, Active, Terms, Relationships and Members count what is in the index; Refsets are the reference sets.
	Concepts, Active, Terms, Relationships, Refsets, Members int
}

// read reads the snapshot of a release from one or more archives, for example the International Edition and the extensions.
func read(ctx context.Context, archives []*zip.Reader) (*release, error) {
	var files []releaseFile
	for _, a := range archives {
		list, err := snapshotFiles(a)
		if err != nil {
			return nil, err
		}
		files = append(files, list...)
	}
	slices.SortStableFunc(files, func(a, b releaseFile) int { return int(a.kind - b.kind) })
	r := &release{}
	date, edition := "", internationalEdition
	read := otherFile
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read release: %w", err)
		}
		if f.kind != read {
			r.finish(read)
			read = f.kind
		}
		date = max(date, f.date)
		if strings.Contains(f.Name, unitedKingdomInFile) {
			edition = unitedKingdomEdition
		}
		if err := r.file(f); err != nil {
			return nil, fmt.Errorf("read release: %w", err)
		}
	}
	r.finish(read)
	r.meta.Version = fmt.Sprintf("http://snomed.info/sct/%s/version/%s", edition, date)
	return r, nil
}

func (r *release) file(f releaseFile) error {
	switch f.kind {
	case conceptFile:
		return eachRow(f, conceptHead, false, r.concept)
	case descriptionFile:
		r.text = slices.Grow(r.text, int(min(f.UncompressedSize64/2, math.MaxInt32)))
		return eachRow(f, descriptionHead, false, r.description)
	case relationshipFile:
		return eachRow(f, relationshipHead, false, r.relationship)
	case languageFile:
		return eachRow(f, refsetHead+"\tacceptabilityId", false, r.language)
	case associationFile:
		return eachRow(f, refsetHead+"\ttargetComponentId", false, r.association)
	default:
		return eachRow(f, refsetHead, true, r.member)
	}
}

// finish sorts what the next kind of file looks things up in.
func (r *release) finish(k kind) {
	switch k {
	case conceptFile:
		order := make([]int, len(r.ids))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(r.ids[a], r.ids[b]) })
		ids, active := make([]uint64, 0, len(order)), make([]bool, 0, len(order))
		for _, i := range order {
			if n := len(ids); n > 0 && ids[n-1] == r.ids[i] {
				// A concept of two of the archives is active if either says so.
				active[n-1] = active[n-1] || r.active[i]
				continue
			}
			ids, active = append(ids, r.ids[i]), append(active, r.active[i])
		}
		r.ids, r.active = ids, active
	case descriptionFile:
		slices.SortFunc(r.descriptions, func(a, b description) int { return cmp.Compare(a.id, b.id) })
	default:
	}
}

func (r *release) concept(row *row) error {
	id, err := row.id(0)
	if err != nil {
		return err
	}
	active, err := row.active()
	if err != nil {
		return err
	}
	r.ids, r.active = append(r.ids, id), append(r.active, active)
	return nil
}

// find returns the position of the concept that a column names.
func (r *release) find(row *row, column int) (uint32, error) {
	id, err := row.id(column)
	if err != nil {
		return 0, err
	}
	i, known := slices.BinarySearch(r.ids, id)
	if !known {
		return 0, row.fail("concept %d is in no concept file; the release is cut, or the edition that it builds on is not with it", id)
	}
	return uint32(i), nil //nolint:gosec // there are fewer than 2^32 concepts
}

func (r *release) description(row *row) error {
	active, err := row.active()
	if err != nil || !active {
		return err
	}
	id, err := row.id(0)
	if err != nil {
		return err
	}
	concept, err := r.find(row, 4)
	if err != nil {
		return err
	}
	term := row.fields[7]
	if len(term) == 0 || len(term) > descriptionCharacters {
		return row.fail("the term has %d bytes", len(term))
	}
	d := description{id: id, at: uint64(len(r.text)), concept: concept, length: uint16(len(term))} //nolint:gosec // checked above
	if string(row.fields[6]) == fullySpecifiedName {
		d.marks = markFSN
	}
	r.text = append(r.text, term...)
	r.descriptions = append(r.descriptions, d)
	return nil
}

func (r *release) relationship(row *row) error {
	active, err := row.active()
	if err != nil || !active {
		return err
	}
	if c := string(row.fields[8]); c != inferredRelationship && c != additionalRelation {
		return nil
	}
	source, err := r.find(row, 4)
	if err != nil {
		return err
	}
	destination, err := r.find(row, 5)
	if err != nil {
		return err
	}
	typ, err := r.find(row, 7)
	if err != nil {
		return err
	}
	if r.ids[typ] == isA {
		r.parents = append(r.parents, pair{source, destination})
		return nil
	}
	r.attributes = append(r.attributes, attribute{source, typ, destination})
	return nil
}

func (r *release) language(row *row) error {
	active, err := row.active()
	if err != nil || !active || string(row.fields[6]) != preferred {
		return err
	}
	refset, err := row.id(4)
	if err != nil {
		return err
	}
	id, err := row.id(5)
	if err != nil {
		return err
	}
	i, known := slices.BinarySearchFunc(r.descriptions, id, func(d description, id uint64) int { return cmp.Compare(d.id, id) })
	if !known {
		return nil // the description is inactive, or a text definition
	}
	mark := uint8(markPreferred)
	if refset == usEnglishRefset {
		mark = markUS
	}
	r.descriptions[i].marks |= mark
	return nil
}

func (r *release) association(row *row) error {
	active, err := row.active()
	if err != nil || !active {
		return err
	}
	refset, err := row.id(4)
	if err != nil {
		return err
	}
	source, err := row.id(5)
	if err != nil {
		return err
	}
	target, err := row.id(6)
	if err != nil {
		return err
	}
	if i, known := slices.BinarySearch(r.ids, source); known {
		r.associations = append(r.associations, association{uint32(i), refset, target}) //nolint:gosec // fewer than 2^32 concepts
	}
	return nil
}

func (r *release) member(row *row) error {
	active, err := row.active()
	if err != nil || !active {
		return err
	}
	refset, err := row.id(4)
	if err != nil {
		return err
	}
	component, err := row.id(5)
	if err != nil {
		return err
	}
	// Refsets also hold descriptions and relationships, which are no codes.
	if i, known := slices.BinarySearch(r.ids, component); known {
		r.members = append(r.members, member{refset, uint32(i)}) //nolint:gosec // fewer than 2^32 concepts
	}
	return nil
}
