package fhirpath

import (
	"fmt"
	"unicode/utf8"
)

// ErrorKind says in which phase an expression failed.
type ErrorKind uint8

// The kinds of error.
const (
	Syntax        ErrorKind = iota // the text does not follow the grammar
	Semantic                       // an unknown function, type or element, or a wrong number of arguments
	Execution                      // a rule of the specification was broken by the data, such as two items where one is allowed
	LimitExceeded                  // a bound of Limits was reached
	Unavailable                    // a function needs something the environment does not offer, such as a terminology
)

// String is the word the scoring protocol and messages use: syntax, semantic, execution, limit, unavailable.
func (k ErrorKind) String() string {
	switch k {
	case Syntax:
		return "syntax"
	case Semantic:
		return "semantic"
	case Execution:
		return "execution"
	case LimitExceeded:
		return "limit"
	case Unavailable:
		return "unavailable"
	}
	return "unknown"
}

// Error is what Compile and Evaluate return: what went wrong and where in the expression.
type Error struct {
	Kind       ErrorKind
	Expression string // the whole text
	Line       int    // 1-based
	Column     int    // 1-based, in characters
	Message    string
	Cause      error // nil unless a hook or the context failed
}

// Error names the kind, the place and the fault.
func (e *Error) Error() string {
	return fmt.Sprintf("fhirpath %s error at %d:%d: %s", e.Kind, e.Line, e.Column, e.Message)
}

// Unwrap returns the hook's or the context's own error.
func (e *Error) Unwrap() error { return e.Cause }

// newError locates a byte offset of the source.
func newError(kind ErrorKind, source string, offset int, message string) *Error {
	offset = min(max(offset, 0), len(source))
	line, start := 1, 0
	for i := range offset {
		if source[i] == '\n' {
			line++
			start = i + 1
		}
	}
	return &Error{Kind: kind, Expression: source, Line: line, Column: utf8.RuneCountInString(source[start:offset]) + 1, Message: message}
}
