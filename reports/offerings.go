package reports

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// offering is one row of the table of what the contract asks for, what a system declares, and what was observed of it.
type offering struct {
	system, resource, kind, name string
	// level is empty for what the contract does not ask for.
	level        result.Level
	requirements []string
	// declared is nil where nobody knows.
	declared *bool
	// observed is what came of asking for it, "" where it was not asked for; measured are the searches by it.
	observed result.Observation
	measured *result.Parameter
}

// offerings joins what the contract asks for with what was declared and observed, by resource, kind, name and system.
func offerings(run result.Run) []offering {
	type key struct{ system, resource, kind, name string }
	var rows []offering
	at := map[key]int{}
	row := func(k key) *offering {
		i, known := at[k]
		if !known {
			i = len(rows)
			at[k] = i
			rows = append(rows, offering{system: k.system, resource: k.resource, kind: k.kind, name: k.name})
		}
		return &rows[i]
	}
	for _, c := range run.Capabilities {
		r := row(key{c.System, c.Resource, c.Kind, c.Name})
		r.declared = &c.Declared
		if r.observed == "" || r.observed == result.CapabilityWorks {
			r.observed = c.Observed // the worst of what was seen
		}
	}
	for _, p := range run.Parameters {
		r := row(key{p.System, p.Resource, "parameter", p.Parameter})
		r.level, r.requirements, r.measured = p.Level, p.Requirements, &p
		if p.Declared != nil {
			r.declared = p.Declared
		}
	}
	slices.SortStableFunc(rows, func(a, b offering) int {
		return cmp.Or(strings.Compare(a.resource, b.resource), strings.Compare(a.kind, b.kind), strings.Compare(a.name, b.name), strings.Compare(a.system, b.system))
	})
	return rows
}

// isDeclared says whether it is declared, in a word.
func (o offering) isDeclared() string {
	switch {
	case o.declared == nil:
		return "not known"
	case *o.declared:
		return "yes"
	default:
		return "no"
	}
}

// works reports whether it was asked for and is answered rightly.
func (o offering) works() bool {
	asked := o.observed != "" || o.measured != nil && o.measured.Asked > 0
	return asked && (o.observed == "" || o.observed == result.CapabilityWorks) && (o.measured == nil || o.measured.Wrong == 0)
}

// saw says what was observed, in words.
func (o offering) saw() string {
	var words []string
	if o.observed != "" && (o.observed != result.CapabilityWorks || o.measured == nil || o.measured.Asked == 0) {
		words = append(words, string(o.observed))
	}
	switch m := o.measured; {
	case m == nil:
	case m.Asked == 0 && o.observed == "":
		words = append(words, "not asked: "+m.Unasked)
	case m.Wrong > 0:
		words = append(words, fmt.Sprintf("%s of %s wrong", number(m.Wrong), plural(m.Asked, "search", "searches")))
	case m.Asked > 0:
		words = append(words, fmt.Sprintf("works in %s", plural(m.Asked, "search", "searches")))
	}
	return strings.Join(words, ", ")
}

// asks is the level at which the contract asks for it, in its own word.
func (o offering) asks() string {
	if o.level == "" {
		return "not asked for"
	}
	return levelWord(o.level)
}

// agrees reports whether what is asked for, declared and observed are one: what the contract asks for, or the system declares,
// is declared and works.
func (o offering) agrees() bool { return o.declared != nil && *o.declared && o.works() }

// Offerings prints, as CSV with a header, one row for each thing that the contract asks of a system or that the system declares:
// the level at which it is asked for, whether it is declared, and what was observed. A cell that a spreadsheet would take for a
// formula begins with an apostrophe.
func Offerings(w io.Writer, run result.Run) error {
	table := csv.NewWriter(w)
	lines := [][]string{{"system", "resource", "kind", "name", "contract", "requirements", "declared", "observed", "searches", "wrong"}}
	for _, o := range offerings(run) {
		asked, wrong := "", ""
		if o.measured != nil {
			asked, wrong = strconv.Itoa(o.measured.Asked), strconv.Itoa(o.measured.Wrong)
		}
		line := []string{o.system, o.resource, o.kind, o.name, o.asks(), strings.Join(o.requirements, " "), o.isDeclared(), o.saw(), asked, wrong}
		for i, cell := range line {
			if line[i] = oneLine(cell); line[i] != "" && strings.ContainsRune("=+-@", rune(line[i][0])) {
				line[i] = "'" + line[i]
			}
		}
		lines = append(lines, line)
	}
	if err := table.WriteAll(lines); err != nil {
		return fmt.Errorf("print what is asked for, declared and observed: %w", err)
	}
	return nil
}

// offeringTexts sum the table up, one sentence for each system that it is about.
func offeringTexts(run result.Run) []string {
	rows := offerings(run)
	var texts []string
	for _, s := range run.Systems {
		var known, asked, undeclared, declared, fails, extra int
		for _, o := range rows {
			if o.system != s.Name {
				continue
			}
			if o.declared != nil {
				known++
			}
			if o.level != "" {
				asked++
				if o.isDeclared() == "no" {
					undeclared++
				}
			}
			switch {
			case o.isDeclared() == "yes":
				declared++
				if !o.works() && o.saw() != "" && !o.unasked() {
					fails++
				}
			case o.isDeclared() == "no" && o.works():
				extra++
			}
		}
		if known == 0 {
			continue // the CapabilityStatement could not be read, or it is the run of an older build
		}
		text := fmt.Sprintf("%s declares %s that can be asked for, of which %s not work", title(s), plural(declared, "thing", "things"), doNot(fails))
		if asked > 0 {
			text += fmt.Sprintf("; of %s of the contract it does not declare %s", plural(asked, "search parameter", "search parameters"), number(undeclared))
		}
		if extra > 0 {
			text += fmt.Sprintf("; %s undeclared", plural(extra, "thing works", "things work"))
		}
		texts = append(texts, text+".")
	}
	return texts
}

// unasked reports whether nobody asked for it.
func (o offering) unasked() bool {
	return o.observed == "" && (o.measured == nil || o.measured.Asked == 0)
}

// doNot is a number with its verb.
func doNot(n int) string {
	switch n {
	case 1:
		return "1 does"
	default:
		return number(n) + " do"
	}
}

// offeringsView is the table in report.html: what does not agree is open, the rest is shut.
type offeringsView struct {
	Sentences     []string
	Differ, Agree offeringTable
}

type offeringTable struct {
	ID, Caption string
	Systems     []string
	Rows        []offeringRow
}

type offeringRow struct {
	Resource, Kind, Name, Asks, Requirements string
	// Cells are one for each system, in the order of Systems.
	Cells []offeringCell
}

type offeringCell struct{ Declared, Observed string }

// newOfferings arranges the table; nil when there is nothing to show.
func newOfferings(run result.Run) *offeringsView {
	rows := offerings(run)
	if len(rows) == 0 {
		return nil
	}
	v := &offeringsView{
		Sentences: offeringTexts(run),
		Differ:    offeringTable{ID: "offered-differ", Caption: "What is asked for or declared, and not both declared and working"},
		Agree:     offeringTable{ID: "offered-agree", Caption: "What is declared and works"},
	}
	for _, s := range run.Systems {
		v.Differ.Systems = append(v.Differ.Systems, s.Name)
	}
	v.Agree.Systems = v.Differ.Systems
	for first := 0; first < len(rows); {
		last := first
		row, agrees := offeringRow{Resource: cmp.Or(rows[first].resource, "the whole system"), Kind: rows[first].kind, Name: rows[first].name, Asks: "not asked for"}, true
		for range v.Agree.Systems {
			row.Cells = append(row.Cells, offeringCell{"not known", ""})
		}
		for ; last < len(rows) && rows[last].resource == rows[first].resource && rows[last].kind == rows[first].kind && rows[last].name == rows[first].name; last++ {
			o := rows[last]
			if i := slices.Index(v.Agree.Systems, o.system); i >= 0 {
				row.Cells[i] = offeringCell{o.isDeclared(), o.saw()}
			}
			if o.level != "" {
				row.Asks, row.Requirements = o.asks(), strings.Join(o.requirements, ", ")
			}
			agrees = agrees && o.agrees()
		}
		if agrees {
			v.Agree.Rows = append(v.Agree.Rows, row)
		} else {
			v.Differ.Rows = append(v.Differ.Rows, row)
		}
		first = last
	}
	return v
}
