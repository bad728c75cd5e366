// Package strictyaml reads YAML that people write. It promises that a key nobody knows is an error, that an error shows the
// line, and that no text, however odd, stops the program.
package strictyaml

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Decode lays a document over a value. Keys that the value has no field for, and keys that stand twice, are errors. The
// text of an error begins with [line:column] and shows the place.
func Decode(text []byte, into any) (err error) {
	defer rescue(&err)
	if err := bounded(text); err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return errors.New(strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	return nil
}

// Parse reads a text into its syntax tree. The error is the parser's.
func Parse(text []byte) (file *ast.File, err error) {
	defer rescue(&err)
	if err := bounded(text); err != nil {
		return nil, err
	}
	return parser.ParseBytes(text, 0)
}

const (
	// largest is how many bytes a document may have, deepest how many levels. What people write has neither by far, and the
	// library takes a hundred times the memory of a document, and a stack as deep as it.
	largest, deepest = 8 << 20, 200
)

// bounded refuses a document that would take more memory or time than a file of settings can be worth. It counts levels as
// they look: brackets, the dashes of lists in one line, and indentation.
func bounded(text []byte) error {
	if len(text) > largest {
		return fmt.Errorf("[1:1] the file is larger than %d MB, which no file of this kind is", largest>>20)
	}
	line, open, indent, dashes, start := 1, 0, 0, 0, true
	for _, c := range text {
		switch {
		case c == '\n':
			line, indent, dashes, start = line+1, 0, 0, true
			continue
		case c == '[' || c == '{':
			open++
		case (c == ']' || c == '}') && open > 0:
			open--
		}
		switch {
		case start && (c == ' ' || c == '\t'):
			indent++
		case start && (c == '-' || c == '?'):
			dashes++
		default:
			start = false
		}
		if open > deepest || dashes > deepest || indent > 4*deepest {
			return fmt.Errorf("[%d:1] it is nested more than %d levels deep, which no file of this kind is", line, deepest)
		}
	}
	return nil
}

// LineOf returns the line at which a path such as $.rows[2].id starts, 1 when it leads nowhere.
func LineOf(text []byte, path string) int {
	line, err := lineOf(text, path)
	if err != nil {
		return 1
	}
	return line
}

func lineOf(text []byte, path string) (line int, err error) {
	defer rescue(&err)
	at, err := yaml.PathString(path)
	if err != nil {
		return 0, err
	}
	file, err := Parse(text)
	if err != nil {
		return 0, err
	}
	node, err := at.FilterFile(file)
	if err != nil {
		return 0, err
	}
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 0, errors.New("there is no such place")
	}
	return node.GetToken().Position.Line, nil
}

// rescue turns a fault of the YAML library, which stops at some tags and aliases, into an error.
func rescue(err *error) {
	if fault := recover(); fault != nil {
		*err = fmt.Errorf("[1:1] this is not YAML that can be read (%v)", fault)
	}
}
