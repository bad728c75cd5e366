package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"concord.example/concord/internal/result"
)

// Badge prints a badge of a system's part in a run, or of the whole run where no system is named, as SVG that needs nothing from
// elsewhere. It says the verdict in words, the day of the run, and that a mock is one. The error names the systems that there are.
func Badge(w io.Writer, run result.Run, system string) error {
	run, err := prepare(run)
	if err != nil {
		return err
	}
	subject := "interoperability"
	if system != "" {
		subject = ""
		var names []string
		for _, s := range run.Systems {
			names = append(names, s.Name)
			if s.Name == system {
				subject = s.Name
				if s.Mock {
					subject += " (mock)"
				}
			}
		}
		if subject == "" {
			return fmt.Errorf("there is no system %q in the run; there are %s", system, strings.Join(names, ", "))
		}
		run = run.Of(system)
	}
	said := strings.ToLower(outcomeWord(run.Verdict.Outcome)) + " on " + run.StartedAt.Format("2006-01-02")
	left, right := oneLine("Concord: "+subject), oneLine(said)
	// Letters of Arial at 11 px are 6 px wide on average, and 7.5 at most but for m and w.
	wide := func(text string) int { return 7*len([]rune(text)) + 12 }
	a, b := wide(left), wide(right)
	_, err = fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s"><title>%s</title>`+
		`<rect width="%d" height="20" fill="#212b32"/><rect x="%d" width="%d" height="20" fill="%s"/>`+
		`<g fill="#fff" font-family="Arial,sans-serif" font-size="11" text-anchor="middle"><text x="%d" y="14">%s</text><text x="%d" y="14">%s</text></g></svg>`+"\n",
		a+b, escaped(left+": "+right), escaped(left+": "+right), a, a, b, badgeColour(run.Verdict.Outcome), a/2, escaped(left), a+b/2, escaped(right))
	return err
}

// badgeColour has white text stand out from it by at least 4.5 to 1.
func badgeColour(o result.Outcome) string {
	switch o {
	case result.Conformant:
		return "#007f3b"
	case result.NotConformant:
		return "#d5281b"
	case result.SelectionPassed:
		return "#005eb8"
	default:
		return "#4c6272"
	}
}

// escaped makes text fit for XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
