package profiles

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// expressions compiles FHIRPath expressions once for a registry and those that build on it.
type expressions struct {
	types      *fhirpath.Types
	isResource func(typ string) bool
	cache      sync.Map // expressionKey -> *compiledExpression
}

type expressionKey struct{ source, typ string }

type compiledExpression struct {
	once       sync.Once
	expression *fhirpath.Expression
	err        error
}

func newExpressions(r *Registry) *expressions {
	return &expressions{types: fhirpath.NewTypes(model{r}), isResource: func(typ string) bool {
		s, err := r.shapeOf(definition.TypeURL(typ))
		return err == nil && s != nil && s.resource
	}}
}

// compile returns the expression for inputs of a type.
func (x *expressions) compile(source, typ string) (*fhirpath.Expression, error) {
	key := expressionKey{source, typ}
	entry, done := x.cache.Load(key)
	if !done {
		entry, _ = x.cache.LoadOrStore(key, &compiledExpression{})
	}
	e := entry.(*compiledExpression) //nolint:forcetypeassert // the map holds nothing else
	e.once.Do(func() {
		e.expression, e.err = fhirpath.Compile(source, fhirpath.WithTypes(x.types), fhirpath.ForType(typ), fhirpath.Lenient())
		if e.err != nil {
			// The type may be one that the model does not know by this name.
			e.expression, e.err = fhirpath.Compile(source, fhirpath.WithTypes(x.types), fhirpath.Lenient())
		}
	})
	return e.expression, e.err
}

// newEvaluator returns an evaluator that asks the judge for what is outside the data.
func (j *judge) newEvaluator() *fhirpath.Evaluator {
	j.variables = map[string]fhirpath.Collection{}
	return fhirpath.NewEvaluator(&fhirpath.Environment{
		Types: j.registry.expressions.types, Variables: j.variables,
		Clock: j.now, Resolver: resolver{j}, Terminology: codes{j}, Conformance: conformance{j},
	})
}

func (j *judge) now() time.Time {
	if j.opts.Clock != nil {
		return j.opts.Clock()
	}
	return time.Now()
}

// meetsInvariant says whether an occurrence meets an invariant, which keeps its compiled expression. One that cannot be
// evaluated is reported and counts as met: R4 has published some (tim-9) that valid data stops.
func (j *judge) meetsInvariant(n *node, inv *invariant, typ string, value any, sibling map[string]any) bool {
	x := inv.compiled.Load()
	if x == nil || x.typ != typ || x.expressions != j.registry.expressions {
		var err error
		if x, err = j.registry.expressions.typed(inv.Expression, typ); err != nil {
			j.unevaluated(n, "constraint "+inv.Key, inv.Expression, err)
			return true
		}
		x.name = "constraint " + inv.Key
		inv.compiled.Store(x)
	}
	truth, err := j.evaluate(x, value, sibling)
	switch {
	case err != nil:
		j.unevaluated(n, x.name, x.expression.String(), err)
		return true
	case truth == fhirpath.Unknown:
		return inv.emptyMeets || j.faultBelow()
	default:
		return truth == fhirpath.True
	}
}

// faultBelow says whether an error was found at the current place or below: what is malformed there is why an expression
// comes out empty, and is said already.
func (j *judge) faultBelow() bool {
	here := j.pointer()
	return slices.ContainsFunc(j.faults, func(f fault) bool {
		rest, below := strings.CutPrefix(strings.ReplaceAll(f.pointer, "/_", "/"), here)
		if rest == "" && f.finding.Code == codeInvariant {
			return false // another constraint of the same place, which says nothing of this one
		}
		return below && (rest == "" || rest[0] == '/') && f.finding.Severity.Rank() >= result.SeverityError.Rank()
	})
}

// evaluate evaluates an expression on a value with what stands beside it.
func (j *judge) evaluate(x *typedExpression, value any, sibling map[string]any) (fhirpath.Truth, error) {
	j.setResource()
	input := fhirpath.Element(value, sibling, x.input)
	if obj, ok := value.(map[string]any); ok && x.resource {
		input = x.expressions.types.Resource(obj)
	}
	return j.evaluator.Test(j.ctx, x.expression, input) //nolint:wrapcheck // it names the expression and the place
}

// typedExpression is an expression compiled for inputs of a type.
type typedExpression struct {
	expressions *expressions
	name        string
	typ         string
	input       *fhirpath.Type
	resource    bool
	expression  *fhirpath.Expression
}

func (x *expressions) typed(source, typ string) (*typedExpression, error) {
	e, err := x.compile(source, typ)
	if err != nil {
		return nil, err
	}
	return &typedExpression{
		expressions: x, name: anExpression, typ: typ, input: x.types.Lookup(typ), expression: e, resource: x.isResource(typ),
	}, nil
}

// selectFrom evaluates an expression on a resource. ok is false when that was not possible, which is reported.
func (j *judge) selectFrom(n *node, source string, resource map[string]any) (items fhirpath.Collection, ok bool) {
	x, err := j.registry.expressions.compile(source, rootType(resource))
	if err == nil {
		j.setResource()
		if items, err = j.evaluator.Evaluate(j.ctx, x, j.registry.expressions.types.Resource(resource)); err == nil {
			return items, true
		}
	}
	j.unevaluated(n, anExpression, source, err)
	return nil, false
}

// anExpression is what an expression is called that has no name of its own.
const anExpression = "an expression"

// unevaluated reports an expression that could not be evaluated, by its name.
func (j *judge) unevaluated(n *node, name, source string, err error) {
	severity := result.SeverityWarning
	var fault *fhirpath.Error
	if errors.As(err, &fault) && fault.Kind == fhirpath.Unavailable {
		severity = result.Information
	}
	if !j.failing(severity) {
		j.report(n, note{
			rule: RuleNotCheckable, severity: severity, code: codeNotSupported, expected: source,
			message: fmt.Sprintf("%s could not be evaluated: %v", name, err),
		})
	}
}

// setResource tells the evaluator the resource that is judged and the one that contains it.
func (j *judge) setResource() {
	if j.evaluator == nil {
		j.evaluator = j.newEvaluator()
	}
	current := j.currentResource()
	if j.evaluated != nil && sameMap(j.evaluated, current) {
		return
	}
	j.evaluated = current
	types := j.registry.expressions.types
	resource := types.Resource(current)
	root := resource
	if c := j.container(); c != nil && j.inContained() {
		root = types.Resource(c.obj)
	}
	j.evaluator.SetResource(resource, root)
}

// resolver finds the targets of references in the document.
type resolver struct{ judge *judge }

// Resolve returns the resource that a reference leads to, if it is in the document.
func (r resolver) Resolve(_ context.Context, reference string, from fhirpath.Item) (fhirpath.Item, bool, error) {
	to, _ := r.judge.resolveAny(reference)
	target := to.resource()
	if target == nil {
		target = r.judge.resolveFrom(reference, from.JSON())
	}
	if target == nil {
		return fhirpath.Item{}, false, nil
	}
	return r.judge.registry.expressions.types.Resource(target), true, nil
}

// resolveFrom finds the target of a reference that is held by another resource than the one that is judged.
func (j *judge) resolveFrom(reference string, from any) map[string]any {
	holder, ok := from.(map[string]any)
	if !ok {
		return nil
	}
	owner := ownerOf(j.root, holder, nil, 0)
	if owner == nil {
		return nil
	}
	id, local := strings.CutPrefix(reference, "#")
	if !local {
		return j.inBundle(reference).resource()
	}
	return containedIn(owner, id)
}

// ownerOf finds the resource that holds an object and is not contained in another.
func ownerOf(v any, holder, owner map[string]any, depth int) map[string]any {
	if depth > deepestLink {
		return nil
	}
	switch value := v.(type) {
	case map[string]any:
		if sameMap(value, holder) {
			return owner
		}
		if _, isResource := value["resourceType"]; isResource {
			owner = value
		}
		for name, child := range value {
			inner := owner
			if name == "contained" {
				// What is contained refers to what its container contains.
				if list, ok := child.([]any); ok && holds(list, holder, depth+1) {
					return owner
				}
				continue
			}
			if found := ownerOf(child, holder, inner, depth+1); found != nil {
				return found
			}
		}
	case []any:
		for _, child := range value {
			if found := ownerOf(child, holder, owner, depth+1); found != nil {
				return found
			}
		}
	}
	return nil
}

func holds(list []any, holder map[string]any, depth int) bool {
	marker := map[string]any{}
	for _, item := range list {
		if ownerOf(item, holder, marker, depth) != nil {
			return true
		}
	}
	return false
}

// codes answers questions about codes from the loaded terminology.
type codes struct{ judge *judge }

// MemberOf says whether a code, Coding or CodeableConcept is in a value set.
func (c codes) MemberOf(_ context.Context, coded fhirpath.Item, valueSet string) (fhirpath.Truth, error) {
	set := c.judge.registry.terms.Set(valueSet)
	list, _ := codesIn(codedType(coded.JSON()), coded.JSON(), nil)
	b := binding{valueSet: valueSet}
	return truthOf(b.verdict(set, codedType(coded.JSON()), list)), nil
}

// Subsumes says whether the first concept is the second or a broader one.
func (c codes) Subsumes(_ context.Context, ancestor, descendant fhirpath.Item) (fhirpath.Truth, error) {
	broader, _ := codesIn(codedType(ancestor.JSON()), ancestor.JSON(), nil)
	narrower, _ := codesIn(codedType(descendant.JSON()), descendant.JSON(), nil)
	truth := fhirpath.False
	for _, b := range broader {
		system := c.judge.registry.terms.System(b.system)
		for _, n := range narrower {
			switch {
			case b.system != n.system:
			case b.code == n.code || system.Subsumes(b.code, n.code):
				return fhirpath.True, nil
			case system == nil || !system.Complete():
				truth = fhirpath.Unknown
			}
		}
	}
	return truth, nil
}

func codedType(v any) string {
	obj, ok := v.(map[string]any)
	if !ok {
		return "code"
	}
	if _, many := obj["coding"]; many {
		return "CodeableConcept"
	}
	if _, isCoding := obj["code"]; isCoding {
		return "Coding"
	}
	return "CodeableConcept"
}

func truthOf(v terminology.Verdict) fhirpath.Truth {
	switch v {
	case terminology.In:
		return fhirpath.True
	case terminology.Out:
		return fhirpath.False
	default:
		return fhirpath.Unknown
	}
}

// conformance answers conformsTo().
type conformance struct{ judge *judge }

// ConformsTo says whether a resource or element meets a profile.
func (c conformance) ConformsTo(_ context.Context, item fhirpath.Item, profile string) (fhirpath.Truth, error) {
	s, err := c.judge.lookup(profile)
	if err != nil {
		return fhirpath.Unknown, err
	}
	if s == nil {
		return fhirpath.Unknown, &UnknownProfileError{Canonical: profile}
	}
	obj, ok := item.JSON().(map[string]any)
	if !ok {
		return fhirpath.Unknown, nil
	}
	if s.definition.Abstract {
		// Nothing is of an abstract type by itself, so it is judged as what it is.
		if own := c.judge.resourceType(rootType(obj)); own != nil {
			s = own
		}
	}
	// The judge is in the middle of an evaluation with its own evaluator, so another one judges.
	other := c.judge.registry.newJudge()
	other.ctx, other.opts, other.root = c.judge.ctx, c.judge.opts, obj
	other.depth = c.judge.depth + 1
	if other.depth > deepestConformance {
		return fhirpath.Unknown, nil
	}
	other.resources = append(other.resources, resourceFrame{obj: obj})
	if s.fits(obj) && other.try(func() { other.against(s.root, obj) }) {
		return fhirpath.True, nil
	}
	return fhirpath.False, nil
}

const deepestConformance = 5

func sameMap(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}
