package command

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/profiles"
)

// people says findings as people read them: with what was found, what is allowed, and what may have been meant.
type people struct {
	registry *profiles.Registry
	// lines shows the line that a finding is about, with a mark below the place.
	lines bool
}

// mostAllowed is how many allowed codes are named; mostKnown how many are looked through for one that was meant.
const mostAllowed, mostKnown = 12, 2000

// noNarrative is the constraint by which FHIR R4 recommends a narrative.
const noNarrative = "dom-6"

// together says once for a file what is said of many of its resources in the same words.
func (p *people) together(findings []result.Finding) []result.Finding {
	var all []result.Finding
	first := -1
	for _, f := range findings {
		if f.Rule != noNarrative {
			all = append(all, f)
			continue
		}
		if first < 0 {
			first = len(all)
			f.Occurrences = 0
			all = append(all, f)
		}
		all[first].Occurrences++
	}
	return all
}

// said is the message of a finding on one line.
func (p *people) said(f result.Finding) string {
	message := f.Message
	if f.Rule == noNarrative {
		message = "there is no narrative (text.div), which people read where a system cannot show the rest; FHIR recommends one"
		if f.Occurrences > 1 {
			message += fmt.Sprintf("; so it is with %d resources of the file", f.Occurrences)
		}
	}
	return visible(strings.ReplaceAll(message+p.values(f), "\n", " "))
}

// values are what was found and what is allowed.
func (p *people) values(f result.Finding) string {
	if f.Rule == profiles.RuleChoice || f.Rule == profiles.RuleReferenceTarget {
		// The message names the type that was found, and whoever is to mend it must know those that may be there.
		if f.Expected == "" || strings.Contains(f.Message, f.Expected) {
			return ""
		}
		return "; allowed: " + f.Expected
	}
	if f.Actual == "" || strings.Contains(f.Message, f.Actual) {
		return ""
	}
	text := fmt.Sprintf("; found %q", f.Actual)
	if f.Rule != profiles.RuleBinding {
		if example := exampleOf(f); example != "" {
			return fmt.Sprintf("%s, expected %s", text, example)
		}
		if f.Expected != "" && !strings.Contains(f.Message, f.Expected) {
			text += fmt.Sprintf(", expected %q", f.Expected)
		}
		return text
	}
	codes, whole := p.registry.Codes(f.Expected, mostKnown)
	if whole && len(codes) <= mostAllowed {
		text += ", allowed: " + strings.Join(codes, ", ")
	}
	code := f.Actual[strings.LastIndexByte(f.Actual, '|')+1:]
	if slices.Contains(codes, code) {
		return text // it is the system that is another
	}
	return text + suggest.Meant(code, codes)
}

// exampleOf names the type that a finding about the form of a value expects, with a value of it; "" where the name of the type says enough.
func exampleOf(f result.Finding) string {
	if f.Rule != profiles.RuleFormat {
		return ""
	}
	switch f.Expected {
	case "date":
		return "a date such as 2015-02-07"
	case "dateTime":
		return "a dateTime such as 2015-02-07 or 2015-02-07T13:28:17+00:00"
	case "instant":
		return "an instant such as 2015-02-07T13:28:17.239+00:00"
	case "time":
		return "a time such as 13:28:17"
	}
	return ""
}

// most of a line that is shown, in characters.
const mostOfLine = 100

// source is the line that a finding is about and a mark below the place; "" where it cannot be shown.
func (p *people) source(file string, f result.Finding) string {
	if !p.lines || f.Line == 0 || file == "-" || strings.EqualFold(filepath.Ext(file), ".xml") && f.Column == 0 {
		return ""
	}
	opened, err := os.Open(file) //nolint:gosec // the person named the file
	if err != nil {
		return ""
	}
	defer opened.Close() //nolint:errcheck // it was only read
	lines := bufio.NewScanner(opened)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if n == f.Line {
			return marked(lines.Text(), f.Column)
		}
	}
	return "" // a line of a megabyte is none to show
}

// marked is a line, or the part of it around the place, with a mark below the place. Columns count from 1, in characters.
func marked(line string, column int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		return r
	}, line))
	at := min(max(column-1, 0), len(runes))
	from := 0
	if len(runes) > mostOfLine {
		from = min(max(at-mostOfLine/2, 0), len(runes)-mostOfLine)
	}
	shown := runes[from:min(from+mostOfLine, len(runes))]
	for i, r := range shown {
		if visible(string(r)) != string(r) {
			shown[i] = '\uFFFD' // one for one, so that the mark stays below its place
		}
	}
	return "    " + string(shown) + "\n    " + strings.Repeat(" ", at-from) + "^\n"
}
