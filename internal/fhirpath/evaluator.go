package fhirpath

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Environment is what the world offers to expressions: variables, a clock, and hooks for what needs more than the data at hand.
// It must not change while it is used; one may serve many Evaluators.
type Environment struct {
	Types *Types // types of elements reached through hooks and %variables; nil is the empty model

	// Variables are the values of %name; they come before the standard ones. Names have no leading %.
	Variables map[string]Collection

	// Clock gives now(), today() and timeOfDay(); it is read at most once per evaluation. Nil makes those functions fail.
	Clock func() time.Time

	Resolver    Resolver    // for resolve(); nil resolves contained resources only
	Terminology Terminology // for memberOf(), subsumes() and subsumedBy(); nil makes them fail
	Conformance Conformance // for conformsTo(); nil makes it fail

	// Trace receives what trace() is given. The items are valid during the call only. Nil discards.
	Trace func(name string, items Collection)

	Limits Limits
}

// Resolver finds the resources that references and canonicals point to.
type Resolver interface {
	// Resolve returns the resource, or false when there is none; an error ends the evaluation.
	Resolve(ctx context.Context, reference string, from Item) (Item, bool, error)
}

// Terminology answers what only code systems and value sets know. Unknown is an answer: the expression then gets an empty collection.
type Terminology interface {
	// MemberOf reports whether a code, Coding or CodeableConcept is in a value set.
	MemberOf(ctx context.Context, coded Item, valueSet string) (Truth, error)
	// Subsumes reports whether the first concept is the second or an ancestor of it.
	Subsumes(ctx context.Context, ancestor, descendant Item) (Truth, error)
}

// Conformance answers whether an element or resource follows a profile.
type Conformance interface {
	// ConformsTo returns an error when the profile is not known.
	ConformsTo(ctx context.Context, item Item, profile string) (Truth, error)
}

// Evaluator runs expressions in an environment and keeps its buffers from one to the next. It serves one goroutine at a time.
type Evaluator struct {
	env      *Environment
	limits   Limits
	resource Item
	root     Item

	// State of one evaluation.
	ctx     context.Context //nolint:containedctx // lives for one call of Evaluate or Test
	source  string
	types   *Types
	input   Item
	this    Item
	index   int64
	total   Collection
	vars    *binding
	stack   []Item
	steps   int
	text    int
	depth   int
	now     *Temporal
	regexes map[string]*regexp.Regexp
}

// binding is a variable of defineVariable(), visible to what follows it in its chain.
type binding struct {
	name  string
	items Collection
	outer *binding
}

// NewEvaluator prepares an evaluator. A nil environment offers nothing.
func NewEvaluator(env *Environment) *Evaluator {
	if env == nil {
		env = &Environment{}
	}
	return &Evaluator{env: env, limits: env.Limits.withDefaults(), stack: make([]Item, 0, 64)}
}

// SetResource sets %resource and %rootResource for the evaluations that follow. Until it is called, and for invalid items, both are
// the input of the evaluation. For a contained resource, root is the resource that contains it.
func (e *Evaluator) SetResource(resource, root Item) {
	e.resource, e.root = resource, root
	if cap(e.stack) > keptStack {
		e.stack = make([]Item, 0, keptStack)
	}
	clear(e.stack[:cap(e.stack)]) // let the previous resource go
}

const keptStack = 512 // items a stack may have room for and still be kept for the next resource

// Evaluate runs an expression on one input and returns its result. An invalid input is the empty collection.
func (e *Evaluator) Evaluate(ctx context.Context, x *Expression, input Item) (Collection, error) {
	e.begin(ctx, x, input)
	if err := x.root.eval(e); err != nil {
		return nil, err
	}
	out := make(Collection, len(e.stack))
	copy(out, e.stack)
	return out, nil
}

// Test runs an expression on one input and evaluates the result as a Boolean, as invariants need: Unknown for an empty result,
// True for a single item that is not a Boolean, and an error for several items.
func (e *Evaluator) Test(ctx context.Context, x *Expression, input Item) (Truth, error) {
	e.begin(ctx, x, input)
	return x.root.test(e)
}

func (e *Evaluator) begin(ctx context.Context, x *Expression, input Item) {
	e.ctx, e.source, e.types = ctx, x.source, x.types
	if e.types == nil {
		e.types = e.env.Types
	}
	e.input, e.this, e.index = input, input, 0
	e.total, e.vars, e.now = nil, nil, nil
	e.stack = e.stack[:0]
	e.steps, e.text, e.depth = 0, 0, 0
}

const stepsPerContextCheck = 1024

// step counts one unit of work.
func (e *Evaluator) step() error {
	e.steps++
	if e.steps%stepsPerContextCheck == 0 || e.steps > e.limits.Steps {
		return e.checkSteps()
	}
	return nil
}

// work counts several units at once.
func (e *Evaluator) work(n int) error {
	before := e.steps / stepsPerContextCheck
	e.steps += n
	if e.steps/stepsPerContextCheck != before || e.steps > e.limits.Steps {
		return e.checkSteps()
	}
	return nil
}

func (e *Evaluator) checkSteps() error {
	if e.steps > e.limits.Steps {
		return e.limit("more than " + strconv.Itoa(e.limits.Steps) + " steps of work")
	}
	if err := e.ctx.Err(); err != nil {
		out := newError(Execution, e.source, 0, "stopped: "+err.Error())
		out.Cause = err
		return out
	}
	return nil
}

func (e *Evaluator) limit(what string) error {
	return newError(LimitExceeded, e.source, 0, "the evaluation needs "+what)
}

// addText counts text that is built.
func (e *Evaluator) addText(n int) error {
	e.text += n
	if e.text > e.limits.Text || n < 0 {
		return e.limit("more than " + strconv.Itoa(e.limits.Text) + " bytes of text")
	}
	return e.work(n / 1024)
}

// enter goes one level down into data.
func (e *Evaluator) enter() error {
	e.depth++
	if e.depth > e.limits.Depth*dataDepth {
		return e.limit("data nested deeper than " + strconv.Itoa(e.limits.Depth*dataDepth) + " levels")
	}
	return nil
}

func (e *Evaluator) leave() { e.depth-- }

func (e *Evaluator) push(it Item) error {
	if len(e.stack) >= e.limits.Items {
		return e.limit("more than " + strconv.Itoa(e.limits.Items) + " items at one time")
	}
	e.stack = append(e.stack, it)
	return nil
}

// settle moves what lies above end down to base, where an input that is used up began.
func (e *Evaluator) settle(base, end int) {
	n := copy(e.stack[base:], e.stack[end:])
	e.stack = e.stack[:base+n]
}

// fail reports a rule broken at run time.
func (e *Evaluator) fail(pos int, format string, args ...any) error {
	return newError(Execution, e.source, pos, fmt.Sprintf(format, args...))
}

// unavailable reports a hook that is not there.
func (e *Evaluator) unavailable(pos int, function, what string) error {
	return newError(Unavailable, e.source, pos, function+"() needs "+what+", and the environment has none")
}

// hookFailed wraps the error of a hook.
func (e *Evaluator) hookFailed(pos int, function string, err error) error {
	out := newError(Execution, e.source, pos, function+"(): "+err.Error())
	out.Cause = err
	return out
}

// collect evaluates to a collection of its own.
func (e *Evaluator) collect(x expr) (Collection, error) {
	base := len(e.stack)
	if err := x.eval(e); err != nil {
		return nil, err
	}
	out := make(Collection, len(e.stack)-base)
	copy(out, e.stack[base:])
	e.stack = e.stack[:base]
	return out, nil
}

// scope is what a scoped function changes and puts back.
type scope struct {
	this  Item
	index int64
	vars  *binding
}

func (e *Evaluator) saveScope() scope { return scope{e.this, e.index, e.vars} }

func (e *Evaluator) restoreScope(s scope) { e.this, e.index, e.vars = s.this, s.index, s.vars }
