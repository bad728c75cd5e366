package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

const (
	// mostPretty is the largest body that is indented and marked, in bytes; of a larger one the beginning is shown.
	mostPretty = 4 << 20
	// mostLines is how many lines of a body are shown before only those around marks are.
	mostLines = 1500
	// around is how many lines are shown around a mark then, mostBegin how many of the beginning.
	around, mostBegin = 15, 300
	// mostDeep is how deep an object may nest before it is shown as it came.
	mostDeep = 200
)

// bodyLine is a line of a body as it is shown.
type bodyLine struct {
	// Number is counted from 1 over all lines, also those that are left out.
	Number int
	Text   string
	// Marked says that a finding is about the element that begins in the line.
	Marked bool
	// Left is how many lines before this one are not shown.
	Left int
}

// shownBody is a body made fit to be read.
type shownBody struct {
	Lines []bodyLine
	// Marks is how many lines are marked.
	Marks int
	// Note says what the reader must know: that it is no JSON, or not shown in full.
	Note string
}

// show indents a body and marks what findings are about.
func show(body string, findings []result.Finding) shownBody {
	if len(body) > mostPretty {
		return plain(body[:64<<10], fmt.Sprintf("The answer has %d bytes. This is its beginning, as it came; nothing in it is marked.", len(body)))
	}
	var tree any
	if err := json.Unmarshal([]byte(body), &tree); err != nil {
		if body == "" {
			return shownBody{Note: "The answer has no body."}
		}
		return plain(body, "The answer is not JSON that can be read, so it is shown as it came and nothing in it is marked but the line that cannot be read.", findings...)
	}
	marks := marksOf(tree, findings)
	lines, err := indent(body, marks)
	if err != nil {
		return plain(body, "The answer nests so deep that it is shown as it came.")
	}
	out := shownBody{}
	for _, l := range lines {
		if l.Marked {
			out.Marks++
		}
	}
	out.Lines = window(lines)
	if len(out.Lines) < len(lines) {
		out.Note = fmt.Sprintf("The answer has %d lines. Its beginning, and what is marked with what stands around it, is shown.", len(lines))
	}
	return out
}

// plain shows a body as it came, in lines of a bearable length.
func plain(body, note string, findings ...result.Finding) shownBody {
	out := shownBody{Note: note}
	body = strings.ToValidUTF8(body, "\uFFFD")
	for line := range strings.SplitSeq(body, "\n") {
		if len(out.Lines) == mostLines {
			out.Note += " Not all of it is shown."
			break
		}
		if runes := []rune(line); len(runes) > 2000 {
			line = string(runes[:2000]) + "…"
		}
		number := len(out.Lines) + 1
		marked := slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Line == number && !strings.Contains(f.Path, ".") })
		if marked {
			out.Marks++
		}
		out.Lines = append(out.Lines, bodyLine{Number: number, Text: line, Marked: marked})
	}
	return out
}

// window leaves lines out that are far from every mark, where there are too many.
func window(lines []bodyLine) []bodyLine {
	if len(lines) <= mostLines {
		return lines
	}
	keep := make([]bool, len(lines))
	for i := range min(mostBegin, len(lines)) {
		keep[i] = true
	}
	kept := 0
	for i, l := range lines {
		if !l.Marked {
			continue
		}
		for j := max(0, i-around); j < min(len(lines), i+around+1); j++ {
			keep[j] = true
		}
		if kept++; kept == mostLines/around/2 {
			break
		}
	}
	var out []bodyLine
	left := 0
	for i, l := range lines {
		if !keep[i] {
			left++
			continue
		}
		l.Left, left = left, 0
		out = append(out, l)
	}
	return out
}

// named finds references to resources in what a finding says.
var named = regexp.MustCompile(`\b[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.-]{1,64}\b`)

// marksOf are the paths in a body that findings are about: the element that a finding locates, or the nearest element
// around it that is there, and the resources that it names. A path into a type of resource counts only where it is
// plain which of them is meant: one that the finding names, or the only one.
func marksOf(tree any, findings []result.Finding) map[string]bool {
	resources := map[string][]located{}
	gather(tree, "", 0, resources)
	marks := map[string]bool{}
	for _, f := range findings {
		names := map[string]bool{}
		for _, text := range []string{f.Actual, f.Message} {
			for _, name := range named.FindAllString(text, 20) {
				names[name] = true
			}
		}
		for kind, all := range resources {
			for _, r := range all {
				if r.id != "" && names[kind+"/"+r.id] {
					marks[r.path+".id"] = true
				}
			}
		}
		kind, rest, _ := strings.Cut(f.Path, ".")
		if rest == "" {
			continue
		}
		all := resources[kind]
		for _, r := range all {
			if len(all) == 1 || r.id != "" && names[kind+"/"+r.id] {
				marks[r.path+nearest(r.node, rest)] = true
			}
		}
	}
	return marks
}

// located is a resource in a body.
type located struct {
	path, id string
	node     map[string]any
}

// gather finds every resource in a body by its type.
func gather(node any, at string, depth int, found map[string][]located) {
	if depth > mostDeep {
		return
	}
	switch n := node.(type) {
	case map[string]any:
		if kind, ok := n["resourceType"].(string); ok {
			id, _ := n["id"].(string)
			found[kind] = append(found[kind], located{at, id, n})
		}
		for name, value := range n {
			gather(value, at+"."+name, depth+1, found)
		}
	case []any:
		for i, value := range n {
			gather(value, at+"["+strconv.Itoa(i)+"]", depth+1, found)
		}
	}
}

var step = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d{1,6})\])?$`)

// nearest follows a FHIRPath of plain steps as far as it leads, and returns the path of where it ends.
func nearest(node map[string]any, rest string) string {
	at := ""
	var current any = node
	for part := range strings.SplitSeq(rest, ".") {
		found := step.FindStringSubmatch(part)
		object, ok := current.(map[string]any)
		if found == nil || !ok {
			break
		}
		value, ok := object[found[1]]
		if !ok {
			break
		}
		at += "." + found[1]
		if list, ok := value.([]any); ok {
			i, _ := strconv.Atoi(found[2])
			if found[2] == "" && len(list) != 1 || i >= len(list) {
				break
			}
			at += "[" + strconv.Itoa(i) + "]"
			value = list[i]
		}
		current = value
	}
	if at == "" {
		return ".resourceType"
	}
	return at
}

var errDeep = errors.New("it nests too deep")

// indent prints JSON with an element a line. Names and values are printed as they came.
func indent(body string, marks map[string]bool) ([]bodyLine, error) {
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	p := printer{decoder: decoder, body: body, marks: marks}
	if err := p.value("", "", 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return p.lines, nil
}

type printer struct {
	decoder *json.Decoder
	body    string
	marks   map[string]bool
	lines   []bodyLine
}

// token returns the next token as it stands in the text.
func (p *printer) token() (json.Token, string, error) {
	before := p.decoder.InputOffset()
	token, err := p.decoder.Token()
	if err != nil {
		return nil, "", err
	}
	raw := strings.TrimLeft(p.body[before:p.decoder.InputOffset()], " \t\r\n,:")
	return token, raw, nil
}

func (p *printer) add(depth int, text string, marked bool) {
	p.lines = append(p.lines, bodyLine{Number: len(p.lines) + 1, Text: strings.Repeat("  ", depth) + strings.ToValidUTF8(text, "\uFFFD"), Marked: marked})
}

// value prints what comes next: label stands before it, path is where it is.
func (p *printer) value(path, label string, depth int) error {
	if depth > mostDeep {
		return errDeep
	}
	token, raw, err := p.token()
	if err != nil {
		return err
	}
	opening, ok := token.(json.Delim)
	if !ok {
		p.add(depth, label+raw, p.marks[path])
		return nil
	}
	closing := "}"
	if opening == '[' {
		closing = "]"
	}
	if !p.decoder.More() {
		if _, _, err := p.token(); err != nil {
			return err
		}
		p.add(depth, label+raw+closing, p.marks[path])
		return nil
	}
	p.add(depth, label+raw, p.marks[path])
	for i := 0; p.decoder.More(); i++ {
		inner, name := path+"["+strconv.Itoa(i)+"]", ""
		if opening == '{' {
			key, rawKey, err := p.token()
			if err != nil {
				return err
			}
			inner, name = path+"."+fmt.Sprint(key), rawKey+": "
		}
		if err := p.value(inner, name, depth+1); err != nil {
			return err
		}
		if p.decoder.More() {
			p.lines[len(p.lines)-1].Text += ","
		}
	}
	if _, _, err := p.token(); err != nil {
		return err
	}
	p.add(depth, closing, false)
	return nil
}
