package reports

import (
	"bytes"
	"html/template"

	"concord.example/concord/internal/result"
)

// Parts are the parts of report.html, for a page that is made of more than the report. They are HTML in which everything
// that came from elsewhere is escaped.
type Parts struct {
	// Title is what the page is about, Word its verdict in one or two words, Hash the SHA-256 of run.json as it was read.
	Title, Word, Hash string
	// Icons must stand before the others, which refer to it.
	Icons template.HTML
	// Board is the part for a programme board, Details all others; Script opens what a link leads to. Details must lie in an
	// element <details id="details">, which Script refers to.
	Board, Details template.HTML
}

// Apart prints the parts of the report of a run.
func Apart(recorded Recorded, options Options) (Parts, error) {
	parsed, err := parse(recorded.run)
	if err != nil {
		return Parts{}, err
	}
	v := newPage(survey(recorded.run), options, recorded.hash)
	parts := Parts{Title: v.Title, Word: v.Word, Hash: recorded.hash}
	names := []string{"summary.html"}
	if v.Sweep != nil {
		names = append(names, "providers.html")
	}
	if v.Latency != nil {
		names = append(names, "latency.html")
	}
	names = append(names, "checks.html")
	if v.Parameters != nil {
		names = append(names, "parameters.html")
	}
	names = append(names, "trace.html")
	for _, part := range []struct {
		to    *template.HTML
		names []string
	}{{&parts.Icons, []string{"icons.html"}}, {&parts.Board, []string{"board.html"}}, {&parts.Details, names}} {
		var b bytes.Buffer
		for _, name := range part.names {
			if err := parsed.ExecuteTemplate(&b, name, v); err != nil {
				return Parts{}, err
			}
		}
		*part.to = template.HTML(b.String()) //nolint:gosec // html/template has just escaped it
	}
	return parts, nil
}

// Page prints report.html as Write does, for somebody who wants the file alone.
func Page(run result.Run, options Options) ([]byte, error) {
	run, err := prepare(run)
	if err != nil {
		return nil, err
	}
	return page(run, options, "")
}

// Style is the style sheet of the report, and Script the script that goes with its parts.
func Style() ([]byte, error) { return templates.ReadFile("template/style.css") }

// Script is the script of the report.
func Script() ([]byte, error) { return templates.ReadFile("template/script.js") }

// OutcomeWord says a verdict in one or two words for people.
func OutcomeWord(o result.Outcome) string { return outcomeWord(o) }

// StatusWord says a status in one or two words for people.
func StatusWord(s result.Status) string { return statusWord(s) }

// CountsText says counts for people, the worst first and without zeros.
func CountsText(c result.Counts) string { return countsText(c) }

// OneLine makes text from elsewhere fit for a line: no control characters, and one space where there are several.
func OneLine(text string) string { return oneLine(text) }
