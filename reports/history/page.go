package history

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/compare"
)

//go:embed template
var templates embed.FS

// JSON prints the history for a program.
func (h History) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(h)
}

// view is what the page of a history lays out.
type view struct {
	History
	Style   template.CSS
	From    string
	Until   string
	Systems []chart
	// Areas are the integrated care systems, one chart for each and each system that was asked about it.
	Areas []chart
	Rows  []row
}

// chart is a drawing of all runs that say something of its subject, with the same as a table.
type chart struct {
	Title, Sentence string
	Width           int
	Bars            []bar
}

// bar is one run in a chart.
type bar struct {
	X             int
	Title, Figure string
	Parts         []part
}

// part is a piece of a bar, which is 100 high.
type part struct {
	Class     string
	Y, Height int
}

type row struct {
	Point
	When, Word string
	Changed    []string
}

// Page prints the history as one HTML page that needs no script and nothing from elsewhere.
func (h History) Page(w io.Writer) error {
	v := view{History: h, From: day(h.Points[0]), Until: day(h.Points[len(h.Points)-1])}
	var err error
	if v.Style, err = style(); err != nil {
		return err
	}
	var systems []string
	type place struct{ ics, system string }
	var places []place
	for _, p := range h.Points {
		for _, s := range p.Systems {
			if !slices.Contains(systems, s.Name) {
				systems = append(systems, s.Name)
			}
		}
		for _, a := range p.Areas {
			if !slices.Contains(places, place{a.ICS, a.System}) {
				places = append(places, place{a.ICS, a.System})
			}
		}
		v.Rows = append(v.Rows, newRow(p))
	}
	slices.Reverse(v.Rows)
	for _, name := range systems {
		v.Systems = append(v.Systems, h.ofSystem(name))
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.ics+"\x00"+a.system, b.ics+"\x00"+b.system) })
	for _, at := range places {
		v.Areas = append(v.Areas, h.ofArea(at.ics, at.system))
	}
	parsed, err := template.ParseFS(templates, "template/history.html")
	if err != nil {
		return err
	}
	return parsed.Execute(w, v)
}

// step is how far the bars of a chart stand apart, in units of which a bar is 100 high.
const step = 14

// ofSystem draws how much of what was asked of a system was demonstrated.
func (h History) ofSystem(name string) chart {
	c := chart{Title: name}
	for _, p := range h.Points {
		at := slices.IndexFunc(p.Systems, func(s System) bool { return s.Name == name })
		if at < 0 {
			continue
		}
		s := p.Systems[at]
		b := bar{X: step * len(c.Bars), Figure: reports.OutcomeWord(s.Outcome) + ": " + reports.CountsText(s.Counts)}
		b.Title = day(p) + " " + b.Figure
		total := s.Counts.Total() - s.Counts.NotApplicable
		b.Parts = stack(total, piece{"shown", s.Counts.Pass + s.Counts.Warning}, piece{"waived", s.Counts.Waived},
			piece{"untold", s.Counts.NotRun + s.Counts.Skipped + s.Counts.Error}, piece{"failed", s.Counts.Fail})
		c.Bars = append(c.Bars, b)
	}
	return c.done()
}

// ofArea draws how many providers of an integrated care system a system showed.
func (h History) ofArea(ics, system string) chart {
	c := chart{Title: ics + ", by asking " + system}
	for _, p := range h.Points {
		at := slices.IndexFunc(p.Areas, func(a Area) bool { return a.ICS == ics && a.System == system })
		if at < 0 {
			continue
		}
		a := p.Areas[at]
		b := bar{X: step * len(c.Bars), Figure: fmt.Sprintf("%d of %d providers shown", a.Shown, a.Of)}
		b.Title = day(p) + " " + b.Figure
		b.Parts = stack(a.Of, piece{"shown", a.Shown}, piece{"failed", a.Of - a.Shown})
		c.Bars = append(c.Bars, b)
	}
	return c.done()
}

// done says in words what the chart draws.
func (c chart) done() chart {
	c.Width = max(step*len(c.Bars), 10*step)
	c.Sentence = c.Bars[len(c.Bars)-1].Title
	if len(c.Bars) > 1 {
		c.Sentence = "From " + c.Bars[0].Title + " to " + c.Sentence
	}
	return c
}

type piece struct {
	class string
	count int
}

// stack draws the pieces of a total from the bottom up. What is there is at least one unit high, so that one failure in a thousand
// can be seen.
func stack(total int, pieces ...piece) []part {
	if total <= 0 {
		return nil
	}
	var parts []part
	room, y := 100, 100
	for _, p := range pieces[1:] {
		if p.count > 0 {
			height := max(p.count*100/total, 1)
			room -= height
			parts = append(parts, part{Class: p.class, Height: height})
		}
	}
	if pieces[0].count > 0 {
		parts = slices.Insert(parts, 0, part{Class: pieces[0].class, Height: max(room, 1)})
	}
	for i := range parts {
		y -= parts[i].Height
		parts[i].Y = max(y, 0)
	}
	return parts
}

func newRow(p Point) row {
	r := row{Point: p, When: p.Started.Format("2 January 2006, 15:04 MST"), Word: reports.OutcomeWord(p.Outcome)}
	for _, c := range p.Changed {
		text := c.Who
		if c.System != "" {
			text += " of " + c.System
		}
		if c.Who != "capability" {
			text += fmt.Sprintf(", from %s to %s", orNone(short(c.Before)), orNone(short(c.After)))
		}
		r.Changed = append(r.Changed, text)
	}
	return r
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// short keeps what identifies and leaves out the rest of a hash or a long list.
func short(text string) string {
	text = reports.OneLine(text)
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}

func day(p Point) string { return p.Started.Format("2006-01-02 15:04") }

func style() (template.CSS, error) {
	text, err := reports.Style()
	return template.CSS(text), err //nolint:gosec // it is Concord's own
}

// Compare prints what is different between two runs as one HTML page that needs no script and nothing from elsewhere.
func Compare(w io.Writer, c compare.Comparison) error {
	css, err := style()
	if err != nil {
		return err
	}
	parsed, err := template.New("compare.html").Funcs(template.FuncMap{
		"line": reports.OneLine, "ms": compare.Milliseconds, "word": word,
	}).ParseFS(templates, "template/compare.html")
	if err != nil {
		return err
	}
	type section struct {
		Title   string
		Changes []compare.Change
	}
	return parsed.Execute(w, struct {
		compare.Comparison
		Style    template.CSS
		Sections []section
	}{c, css, []section{
		{"New failures", c.NewFailures},
		{"Fixed", c.Fixed},
		{"Another cause", c.OtherCause},
		{"Failed, and cannot be told now", c.Untold},
		{"Demonstrated before, and not now", c.Lost},
	}})
}

// word is how people read a status of run.json.
func word(text string) string {
	var s result.Status
	if err := s.UnmarshalText([]byte(text)); err != nil {
		return "no result"
	}
	return reports.StatusWord(s)
}
