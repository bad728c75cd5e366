package testscript

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Problem is one thing in a TestScript that Concord does not understand or will not do.
type Problem struct {
	File string
	// Line and Column count from 1; 0 for XML, whose elements have no place once they are read.
	Line, Column int
	// Element is the path of the element, for example "TestScript.test[0].action[1].assert".
	Element string
	Message string
}

// Error names the place, the element and the fault.
func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", p.File, p.Element, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Element, p.Message)
}

// element is a part of the TestScript with its place.
type element struct {
	value   any
	path    string
	pointer string
}

// child is a property of an element.
func (e element) child(name string) element {
	object, _ := e.value.(map[string]any)
	return element{object[name], e.path + "." + name, e.pointer + "/" + fhir.EscapePointer(name)}
}

// there reports whether the element has a value.
func (e element) there() bool { return e.value != nil }

// items are the elements of a list.
func (e element) items() []element {
	list := fhir.List(e.value)
	items := make([]element, 0, len(list))
	for i, value := range list {
		items = append(items, element{value, e.path + "[" + strconv.Itoa(i) + "]", e.pointer + "/" + strconv.Itoa(i)})
	}
	return items
}

// text is the element's text, number or boolean.
func (e element) text() string { return fhir.Text(e.value) }

// reading collects the problems of one TestScript.
type reading struct {
	problems []*Problem
	pointers []string
}

func (r *reading) refuse(e element, format string, args ...any) {
	r.problems = append(r.problems, &Problem{Element: e.path, Message: fmt.Sprintf(format, args...)})
	r.pointers = append(r.pointers, e.pointer)
}

// only refuses every property of an element that is none of the known ones. Prose, ids and extensions, which may not
// change what an element means, are always known; modifier extensions never are.
func (r *reading) only(e element, known ...string) {
	object, ok := e.value.(map[string]any)
	if !ok {
		r.refuse(e, "this must be an object, and it is %s", kindOf(e.value))
		return
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) && !slices.Contains([]string{"id", "extension", "label", "description"}, name) && !strings.HasPrefix(name, "_") {
			r.refuse(e.child(name), "%s is not supported here", name)
		}
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "missing"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "text"
	case json.Number:
		return "a number"
	default:
		return "true or false"
	}
}
