package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"concord.example/concord/internal/strictyaml"
	"concord.example/concord/internal/suggest"
)

// Problem is one fault of a scenario file and where it is.
type Problem struct {
	File string
	// Line and Column count from 1.
	Line, Column int
	Message      string
}

// Error names the place and the fault, in the form that editors turn into a link.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// kind is what a YAML value is.
type kind int

const (
	scalar kind = iota
	list
	object
	nothing
)

// String names the kind as a writer of YAML would.
func (k kind) String() string {
	return map[kind]string{scalar: "text", list: "a list", object: "a mapping", nothing: "nothing"}[k]
}

// node is a YAML value with its place.
type node struct {
	line, column int
	kind         kind
	text         string
	items        []node
	fields       []field
}

type field struct{ key, value node }

// These bound what a scenario file may be: bytes of the file and of a line, nesting of what was read, and brackets that
// are open at one time. The YAML parser's work grows with the square of them.
const (
	maxFile     = 64 << 10
	maxLine     = 2000
	maxDepth    = 20
	maxBrackets = 40
)

// bounded notes a text that is too large to be given to the YAML parser.
func (r *reading) bounded(data []byte) bool {
	if len(data) > maxFile {
		r.fault(node{line: 1, column: 1}, "the file is larger than %d bytes", maxFile)
		return false
	}
	open, number := 0, 0
	for line := range strings.Lines(string(data)) {
		number++
		open += strings.Count(line, "[") + strings.Count(line, "{") - strings.Count(line, "]") - strings.Count(line, "}")
		if len(line) > maxLine || open > maxBrackets {
			r.fault(node{line: number, column: 1}, "the line is longer than %d bytes, or more than %d brackets are open", maxLine, maxBrackets)
			return false
		}
	}
	return true
}

// reading collects the faults of one file.
type reading struct {
	file     string
	problems []error
}

func (r *reading) fault(n node, format string, args ...any) {
	r.problems = append(r.problems, &Problem{File: r.file, Line: n.line, Column: n.column, Message: fmt.Sprintf(format, args...)})
}

// noted reports whether a fault was found at the place already.
func (r *reading) noted(n node) bool {
	return slices.ContainsFunc(r.problems, func(err error) bool {
		var problem *Problem
		return errors.As(err, &problem) && problem.Line == n.line && problem.Column == n.column
	})
}

// err returns all faults in the order of their places, or nil.
func (r *reading) err() error {
	slices.SortStableFunc(r.problems, func(a, b error) int {
		var left, right *Problem
		if !errors.As(a, &left) || !errors.As(b, &right) {
			return 0
		}
		if left.Line != right.Line {
			return left.Line - right.Line
		}
		return left.Column - right.Column
	})
	return errors.Join(r.problems...)
}

// tree reads YAML into nodes. It returns false after noting why it could not.
func (r *reading) tree(data []byte) (node, bool) {
	start := node{line: 1, column: 1}
	if !r.bounded(data) {
		return node{}, false
	}
	file, err := strictyaml.Parse(data)
	if err != nil {
		r.fault(syntaxPlace(err), "this is not YAML: %s", syntaxMessage(err))
		return node{}, false
	}
	var bodies []ast.Node
	for _, document := range file.Docs {
		if document.Body != nil {
			bodies = append(bodies, document.Body)
		}
	}
	switch len(bodies) {
	case 0:
		r.fault(start, "the file is empty; a scenario is a mapping with id, title and steps")
		return node{}, false
	case 1:
		return r.convert(bodies[0], 0), len(r.problems) == 0
	default:
		r.fault(place(bodies[1]), "one file holds one scenario; put this one into a file of its own")
		return node{}, false
	}
}

func place(n ast.Node) node {
	p := node{line: 1, column: 1}
	if token := n.GetToken(); token != nil && token.Position != nil {
		p.line, p.column = token.Position.Line, token.Position.Column
	}
	return p
}

func (r *reading) convert(n ast.Node, depth int) node {
	made := place(n)
	if depth > maxDepth {
		r.fault(made, "this is nested more than %d deep", maxDepth)
		return made
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		made.kind = object
		for i, value := range n.Values {
			if i == 0 && !n.IsFlowStyle {
				// The token of a block mapping is its first colon; its place is its first key.
				first := place(value.Key)
				made.line, made.column = first.line, first.column
			}
			made.fields = append(made.fields, r.pair(value, depth))
		}
	case *ast.MappingValueNode:
		made = place(n.Key)
		made.kind = object
		made.fields = []field{r.pair(n, depth)}
	case *ast.SequenceNode:
		made.kind = list
		for _, value := range n.Values {
			made.items = append(made.items, r.convert(value, depth+1))
		}
	case *ast.StringNode:
		made.text = n.Value
	case *ast.LiteralNode:
		made.text = strings.TrimSpace(n.Value.Value)
	case *ast.NullNode:
		made.kind = nothing
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		made.text = n.GetToken().Value
	default:
		r.fault(made, "a scenario is plain YAML: %s is not understood here", strings.ToLower(n.Type().String()))
	}
	return made
}

func (r *reading) pair(value *ast.MappingValueNode, depth int) field {
	key := r.convert(value.Key, depth+1)
	content := r.convert(value.Value, depth+1)
	if content.kind == nothing {
		// What is not there has no place; its key has.
		content.line, content.column = key.line, key.column
	}
	return field{key, content}
}

// syntaxPlace finds the [line:column] that the YAML parser puts before its message.
func syntaxPlace(err error) node {
	at := node{line: 1, column: 1}
	// A message without a place is about the whole file.
	_, _ = fmt.Sscanf(err.Error(), "[%d:%d]", &at.line, &at.column)
	return at
}

// syntaxMessage is the first line of the parser's message without the place.
func syntaxMessage(err error) string {
	message, _, _ := strings.Cut(err.Error(), "\n")
	if _, rest, ok := strings.Cut(message, "] "); ok {
		message = rest
	}
	return message
}

// mapping reads the fields of a mapping and notes the unknown ones.
type mapping struct {
	*reading
	node
	what  string
	known []string
}

// object reads n as a mapping. It notes the fault and returns false when it is none.
func (r *reading) object(n node, what string) (*mapping, bool) {
	if n.kind != object {
		r.fault(n, "%s must be a mapping, and this is %s", what, n.kind)
		return nil, false
	}
	return &mapping{reading: r, node: n, what: what}, true
}

// get returns the value of a key, and remembers that the key is known.
func (m *mapping) get(key string) (node, bool) {
	m.known = append(m.known, key)
	for _, f := range m.fields {
		if f.key.text == key {
			return f.value, true
		}
	}
	return node{}, false
}

// need is get for a key that must be there.
func (m *mapping) need(key string) (node, bool) {
	value, ok := m.get(key)
	if !ok {
		m.fault(m.node, "%s has no %q", m.what, key)
	}
	return value, ok
}

// text returns a key's text, "" when it is not there.
func (m *mapping) text(key string) string {
	value, ok := m.get(key)
	if !ok {
		return ""
	}
	return m.scalar(value, key)
}

// needText is text for a key that must be there and say something.
func (m *mapping) needText(key string) string {
	value, ok := m.need(key)
	if !ok {
		return ""
	}
	text := m.scalar(value, key)
	if text == "" && value.kind == scalar {
		m.fault(value, "%s is empty", key)
	}
	return text
}

func (r *reading) scalar(n node, what string) string {
	if n.kind != scalar {
		r.fault(n, "%s must be text, and this is %s", what, n.kind)
		return ""
	}
	return strings.Join(strings.Fields(n.text), " ")
}

// texts reads a text, or a list of texts.
func (r *reading) texts(n node, what string) []node {
	switch n.kind {
	case scalar:
		return []node{n}
	case list:
		for _, item := range n.items {
			r.scalar(item, "every "+what)
		}
		return n.items
	default:
		r.fault(n, "%s must be text or a list of texts, and this is %s", what, n.kind)
		return nil
	}
}

// finish notes the keys that nobody asked for.
func (m *mapping) finish() {
	for _, f := range m.fields {
		if !slices.Contains(m.known, f.key.text) {
			m.fault(f.key, "%s has no key %q%s; it may have %s", m.what, f.key.text, suggest.Meant(f.key.text, m.known), strings.Join(m.known, ", "))
		}
	}
}
