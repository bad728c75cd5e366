package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// sweepView is the part of the report about providers.
type sweepView struct {
	Total   int
	Ways    []wayHead
	Aspects []aspectView
	Areas   []areaView
	Types   []areaView
	Groups  []groupView
	Missing []missingView
	// Apart are the providers of a stress profile; nil when there are none.
	Apart *areaView
}

// aspectView is one thing that was asked of every provider.
type aspectView struct {
	Check, Title string
	Ways         []aspectCell
}

// aspectCell says of how many providers it was shown, and what that says when not all were tested.
type aspectCell struct {
	Text, Interval string
	Bar            bar
}

// wayHead is the heading of one direction.
type wayHead struct{ Name, Title string }

// areaView is one integrated care system in the table of bars.
type areaView struct {
	Name, Holder string
	Total        int
	Ways         []barCell
}

// barCell is a bar with the figures that it draws.
type barCell struct {
	Text string
	Bar  bar
}

// groupView is the providers whose records one system holds.
type groupView struct {
	Title string
	Total int
	Areas []matrixArea
}

type matrixArea struct {
	Name  string
	Total int
	Types []matrixType
}

type matrixType struct {
	Name         string
	Shown, Total int
	Cells        []cellView
}

// cellView is one provider in the matrix. Row is the id of its row among the providers not shown, empty when it was.
type cellView struct {
	ODS, Text, Row string
	Status         result.Status
}

// missingView is a provider that at least one way did not show.
type missingView struct {
	result.Provider
	Row  string
	Ways []missingWay
}

type missingWay struct {
	Status     result.Status
	Check, Why string
}

// newSweep returns nil when the run lists no providers.
func newSweep(o overview) *sweepView {
	if len(o.providers) == 0 {
		return nil
	}
	v := &sweepView{Total: len(o.providers)}
	for _, w := range o.ways {
		v.Ways = append(v.Ways, wayHead{w.system.Name, title(w.system)})
	}
	for _, holder := range holders(o) {
		group := groupView{Title: holder.name}
		for _, area := range groupBy(holder.items, func(p providerTally) string { return cmp.Or(p.ICS, p.ICB, "ICS not given") }) {
			v.Areas = append(v.Areas, newArea(area, o, holder.name))
			m := matrixArea{Name: area.name, Total: len(area.items)}
			for _, kind := range groupBy(area.items, func(p providerTally) string { return label(p.Type) }) {
				m.Types = append(m.Types, newType(kind, v.Ways))
			}
			group.Total += m.Total
			group.Areas = append(group.Areas, m)
		}
		v.Groups = append(v.Groups, group)
	}
	for _, kind := range groupBy(o.providers, func(p providerTally) string { return label(p.Type) }) {
		v.Types = append(v.Types, newArea(kind, o, ""))
	}
	v.Aspects = aspects(o)
	if len(o.apart) > 0 {
		apart := newArea(grouped{label(o.apart[0].Type), o.apart}, o, "")
		v.Apart = &apart
	}
	for _, p := range slices.Concat(o.providers, o.apart) {
		if row := newMissing(p); row != nil {
			v.Missing = append(v.Missing, *row)
		}
	}
	return v
}

// aspects counts what each check of the sweep showed, each way.
func aspects(o overview) []aspectView {
	var out []aspectView
	for _, s := range o.suites {
		for _, c := range s.checks {
			a := aspectView{Check: c.ID, Title: c.Title}
			asked := false
			for _, w := range o.ways {
				at := slices.Index(w.checks, c.ID)
				if at < 0 || at >= len(w.perCheck) {
					a.Ways = append(a.Ways, aspectCell{Text: "not asked"})
					continue
				}
				asked = true
				a.Ways = append(a.Ways, newAspect(w.perCheck[at]))
			}
			if asked {
				out = append(out, a)
			}
		}
	}
	return out
}

// newAspect renders the counts of one check and way. What was not tested counts neither for nor against, and the interval
// says how far those that were tested speak for all.
func newAspect(counts result.Counts) aspectCell {
	shown := counts.Pass + counts.Warning
	tested := shown + counts.Waived + counts.Fail
	cell := aspectCell{Text: fmt.Sprintf("%s of %s", number(shown), number(counts.Total())), Bar: countsBar(counts)}
	share := result.ShareOf(shown, tested)
	cell.Interval = fmt.Sprintf("%s tested, %s not; share of those tested %.4f (in 19 of 20 samples from %.4f to %.4f)",
		number(tested), number(counts.Total()-tested), share.Value, share.Low, share.High)
	return cell
}

func newArea(area grouped, o overview, holder string) areaView {
	a := areaView{Name: area.name, Holder: holder, Total: len(area.items)}
	for i := range o.ways {
		var counts result.Counts
		for _, p := range area.items {
			counts.Add(p.perWay[i].status)
		}
		a.Ways = append(a.Ways, barCell{
			Text: fmt.Sprintf("%s of %s", number(counts.Pass+counts.Warning), number(a.Total)),
			Bar:  countsBar(counts),
		})
	}
	return a
}

func newType(kind grouped, ways []wayHead) matrixType {
	t := matrixType{Name: kind.name, Total: len(kind.items)}
	for _, p := range kind.items {
		text := oneLine(fmt.Sprintf("%s (%s): %s.", p.Name, p.ODS, strings.ToLower(statusWord(p.status))))
		for i, w := range p.perWay {
			if w.status != p.status {
				text += fmt.Sprintf(" Asking %s: %s.", ways[i].Name, strings.ToLower(statusWord(w.status)))
			}
		}
		cell := cellView{ODS: p.ODS, Text: text, Status: p.status}
		if shown(p.status) {
			t.Shown++
		}
		if missing(p) {
			cell.Row = rowID(p.ODS)
		}
		t.Cells = append(t.Cells, cell)
	}
	return t
}

// missing reports whether any way failed to show the provider.
func missing(p providerTally) bool {
	return !shown(p.status) || slices.ContainsFunc(p.perWay, func(w wayTally) bool { return !shown(w.status) })
}

func newMissing(p providerTally) *missingView {
	if !missing(p) {
		return nil
	}
	row := &missingView{Provider: p.Provider, Row: rowID(p.ODS)}
	for _, w := range p.perWay {
		cell := missingWay{Status: w.status, Why: "Nothing was asked."}
		if w.worst != nil {
			cell.Check = w.worst.Check
			cell.Why = ""
			if !shown(w.status) {
				cell.Why = oneLine(clip(why(*w.worst), 240))
			}
		}
		row.Ways = append(row.Ways, cell)
	}
	return row
}

func rowID(ods string) string { return "provider-" + slug(ods) }

// grouped is the providers that share a name.
type grouped struct {
	name  string
	items []providerTally
}

// holders divides the providers by the system that holds their records: the systems of the run in configuration order,
// then any other, so that a provider whose system was not asked is still in the matrix.
func holders(o overview) []grouped {
	place := make(map[string]int, len(o.run.Systems))
	for i, s := range o.run.Systems {
		place[s.Name] = i - len(o.run.Systems)
	}
	groups := groupBy(o.providers, func(p providerTally) string { return p.System })
	slices.SortStableFunc(groups, func(a, b grouped) int { return place[a.name] - place[b.name] })
	for i, g := range groups {
		switch at := place[g.name]; {
		case at < 0:
			groups[i].name = title(o.run.Systems[at+len(o.run.Systems)])
		case g.name == "":
			groups[i].name = "a system that is not named"
		default:
			groups[i].name = g.name + " (not part of this run)"
		}
	}
	return groups
}

// groupBy divides providers by a name and sorts by it.
func groupBy(providers []providerTally, name func(providerTally) string) []grouped {
	var out []grouped
	at := make(map[string]int)
	for _, p := range providers {
		n := name(p)
		i, known := at[n]
		if !known {
			i = len(out)
			at[n] = i
			out = append(out, grouped{name: n})
		}
		out[i].items = append(out[i].items, p)
	}
	slices.SortFunc(out, func(a, b grouped) int { return strings.Compare(a.name, b.name) })
	return out
}

// bar is a horizontal bar, drawn over barLength units.
type bar []segment

// segment is the part of a bar that stands for one status.
type segment struct {
	Status   result.Status
	Count    int
	X, Width int
}

const (
	// barLength is the width of a bar in its own units.
	barLength = 1000
	// barLeast is the least width of a part that is not empty, so that 1 missing provider of 848 can be seen.
	barLeast = 14
)

// countsBar draws counts, what was shown first.
func countsBar(c result.Counts) bar {
	total := c.Total()
	var b bar
	widest := 0
	left := barLength
	for _, s := range []result.Status{
		result.Pass, result.Warning, result.Waived, result.NotApplicable, result.Skipped, result.NotRun, result.Error, result.Fail,
	} {
		n := c.Of(s)
		if n == 0 {
			continue
		}
		width := max(n*barLength/total, barLeast)
		left -= width
		b = append(b, segment{Status: s, Count: n, Width: width})
		if b[widest].Width < width {
			widest = len(b) - 1
		}
	}
	if len(b) > 0 {
		b[widest].Width += left
	}
	x := 0
	for i := range b {
		b[i].X = x
		x += b[i].Width
	}
	return b
}
