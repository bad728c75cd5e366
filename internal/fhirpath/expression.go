package fhirpath

import (
	"context"
	"strings"
)

// Expression is a compiled expression. It is immutable and safe for concurrent use.
type Expression struct {
	source string
	types  *Types
	root   expr
}

// String is the source text.
func (x *Expression) String() string { return x.source }

// Evaluate runs the expression on one input with an evaluator of its own; use an Evaluator to run many.
// %resource and %rootResource are the input.
func (x *Expression) Evaluate(ctx context.Context, env *Environment, input Item) (Collection, error) {
	return NewEvaluator(env).Evaluate(ctx, x, input)
}

// Test runs the expression on one input and evaluates the result as a Boolean; see Evaluator.Test.
func (x *Expression) Test(ctx context.Context, env *Environment, input Item) (Truth, error) {
	return NewEvaluator(env).Test(ctx, x, input)
}

// Option changes how an expression is compiled.
type Option func(*compiler)

// WithTypes gives the types of the data. Without it, elements are found by their JSON names alone.
func WithTypes(types *Types) Option {
	return func(c *compiler) { c.types = types }
}

// ForType names the type of the input, "Patient" or "Observation.component", so that paths are resolved when the expression is compiled.
// The expression still works on inputs of other types.
func ForType(name string) Option {
	return func(c *compiler) { c.inputType = name }
}

// Strict makes it an error to name an element that the type does not have, to start with the name of another type, or to use the
// order of a collection that has none. It needs WithTypes and ForType.
func Strict() Option {
	return func(c *compiler) { c.strict = true }
}

// Lenient accepts what published FHIR R4 constraints and search parameters rely on and the specification forbids: as() over several
// items, the JSON name of a choice element (valueQuantity), a System type name for a FHIR primitive (Boolean for boolean), and the
// names of unknown types.
func Lenient() Option {
	return func(c *compiler) { c.lenient = true }
}

// WithLimits bounds the size and nesting of the expression itself. Bounds of evaluation are set in the Environment.
func WithLimits(limits Limits) Option {
	return func(c *compiler) { c.limits = limits }
}

// Compile parses an expression and prepares it for evaluation. The error is an *Error with line and column.
func Compile(source string, options ...Option) (*Expression, error) {
	c := &compiler{source: source}
	for _, o := range options {
		o(c)
	}
	tree, err := parse(source, c.limits)
	if err != nil {
		return nil, err
	}
	if c.inputType != "" && c.types != nil {
		t := c.types.Lookup(c.inputType)
		if t == nil {
			return nil, newError(Semantic, source, 0, "the input type "+c.inputType+" is not known")
		}
		c.context = ofTypes(t)
	}
	c.this = c.context
	c.variables = strings.Contains(source, "defineVariable")
	root, _, err := c.compile(tree)
	if err != nil {
		return nil, err
	}
	return &Expression{source: source, types: c.types, root: root}, nil
}
