package parity

import (
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/record"
)

// fewestLeftOut is how many records must be missing, and of how many sources, before what they have in common is taken for the
// reason; and how many must be shown to hold them against.
const fewestLeftOut, fewestSources = 3, 2

// leftOut says why records are missing all over a system by what all of them have in common and none has that it shows: a feed
// that reaches back so far only, or a list of what is active alone. It is a plain Missing where nothing tells the two apart.
func leftOut(missing, shown []record.Statement) result.Cause {
	sources := map[string]bool{}
	for _, st := range missing {
		for _, source := range st.Sources {
			sources[source] = true
		}
	}
	if len(missing) < fewestLeftOut || len(sources) < fewestSources || len(shown) == 0 {
		return result.CauseMissing
	}
	if apart(missing, shown, func(st record.Statement) string { return st.Value("clinicalStatus") }) || apart(missing, shown, record.Statement.Status) {
		return result.StatusFilter
	}
	latest, earliest := "", ""
	dated := 0
	for _, st := range missing {
		if st.When() == "" {
			return result.CauseMissing
		}
		latest = max(latest, st.When())
	}
	for _, st := range shown {
		if when := st.When(); when != "" {
			dated++
			if earliest == "" || when < earliest {
				earliest = when
			}
		}
	}
	// A part of the other, such as the year that a day lies in, is neither before nor after it.
	if dated >= fewestLeftOut && latest < earliest && !strings.HasPrefix(earliest, latest) {
		return result.HistoryCut
	}
	return result.CauseMissing
}

// apart reports whether all that is missing has a status, and nothing that is shown has one of those.
func apart(missing, shown []record.Statement, status func(record.Statement) string) bool {
	of := map[string]bool{}
	for _, st := range missing {
		of[status(st)] = true
	}
	return !of[""] && !slices.ContainsFunc(shown, func(st record.Statement) bool { return of[status(st)] })
}

// leaveOut gives the records that are missing for no reason of their own the one that they have in common.
func (b *blame) leaveOut(steady func(*placed) bool) {
	var missing, shown []record.Statement
	plain := func(p *placed) bool {
		return steady(p) && p.difference.Kind == record.Missing && p.difference.Cause == result.CauseMissing
	}
	for i := range b.differences {
		if p := &b.differences[i]; plain(p) {
			missing = append(missing, p.difference.Want)
		}
	}
	if len(missing) < fewestLeftOut {
		return
	}
	for _, s := range b.shown {
		if s.found {
			shown = append(shown, s.set.Statements()...)
		}
	}
	cause := leftOut(missing, shown)
	if cause == result.CauseMissing {
		return
	}
	for i := range b.differences {
		p := &b.differences[i]
		// What looked as if somebody's decision were behind it has the same reason when it is like the others.
		if plain(p) || steady(p) && p.difference.Kind == record.Missing && p.difference.Cause == result.Withheld && leftOut(slices.Concat(missing, []record.Statement{p.difference.Want}), shown) == cause {
			p.difference.Cause = cause
		}
	}
}
