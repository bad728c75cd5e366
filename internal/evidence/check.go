package evidence

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Check reads all of a log and returns what is not as it was written, in the order of files and places: each changed record
// and body, what is cut off, and bytes that belong to nothing.
func Check(log Log) []*Damage {
	var problems []*Damage
	add := func(err error) {
		var damage *Damage
		if !errors.As(err, &damage) {
			damage = &Damage{What: err.Error()}
		}
		problems = append(problems, damage)
	}
	var (
		places []Place
		rows   []row
	)
	read := map[Place]bool{}
	for one := range locatedIn(log) {
		if one.err != nil {
			add(one.err)
			continue
		}
		record := one.record
		rows = append(rows, row{key: keyOf(record.ID), offset: one.offset, length: one.length})
		if record.Reply == nil {
			continue
		}
		if place := record.Reply.Body; place != nil {
			if read[*place] {
				continue
			}
			read[*place] = true
			places = append(places, *place)
		}
		if _, err := log.Body(record); err != nil {
			add(err)
		}
	}
	if p, ok := log.(*packed); ok {
		problems = append(problems, p.gaps(places)...)
		problems = append(problems, p.checkIndex(rows)...)
	}
	slices.SortStableFunc(problems, func(a, b *Damage) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset)) })
	return problems
}

// locatedIn yields every record with the place of its line; in a folder of loose files it has none.
func locatedIn(log Log) iter.Seq[located] {
	if p, ok := log.(*packed); ok {
		return p.scan()
	}
	return func(yield func(located) bool) {
		for record, err := range log.All() {
			if !yield(located{record: record, err: err}) {
				return
			}
		}
	}
}

// gaps finds bytes of the log of bodies that no record speaks of.
func (p *packed) gaps(places []Place) (problems []*Damage) {
	slices.SortFunc(places, func(a, b Place) int { return cmp.Compare(a.Offset, b.Offset) })
	var at int64
	for _, place := range append(places, Place{Offset: p.bodyLength}) {
		if place.Offset > at {
			problems = append(problems, &Damage{File: BodiesFile, Offset: at, What: fmt.Sprintf("%d bytes belong to no record", place.Offset-at)})
		}
		at = max(at, place.Offset+place.Length)
	}
	return problems
}

// checkIndex holds the index against the rows of the records that were read.
func (p *packed) checkIndex(rows []row) []*Damage {
	if p.rows == nil {
		return nil
	}
	damaged := func(offset int64, what string) []*Damage {
		return []*Damage{{File: IndexFile, Offset: offset, What: what + "; delete it, it is made again from " + RecordsFile}}
	}
	if p.index == nil {
		return damaged(0, "the index is not that of these records")
	}
	slices.SortFunc(rows, compareRows)
	for i, want := range rows {
		if got, err := p.index.row(i); i >= p.index.rows || err != nil || got != want {
			return damaged(int64(headBytes+i*rowBytes), "the index leads elsewhere")
		}
	}
	if len(rows) != p.index.rows {
		return damaged(int64(headBytes+len(rows)*rowBytes), "the index has rows of no record")
	}
	return nil
}
