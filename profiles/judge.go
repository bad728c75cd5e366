package profiles

import (
	"context"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// judge is one walk over a resource. It is reused for the next resource and serves one goroutine at a time.
type judge struct {
	registry *Registry
	compiler *jsonschema.Compiler
	schemas  map[*shape]*jsonschema.Schema
	// compiled are the shapes of the schemas, by the ids that the compiler knows these by.
	compiled map[string]*shape
	reader   fhir.Reader
	ctx      context.Context //nolint:containedctx // a judge lives for one Validate call at a time and the walk is deep
	opts     Options

	evaluator *fhirpath.Evaluator
	// variables are the values of %name that the evaluator knows besides the standard ones.
	variables map[string]fhirpath.Collection
	// shapes and systems keep what this judge has looked up; a registry does not change.
	shapes  map[string]*shape
	systems map[string]*terminology.System
	// slips are the unknown URLs of extensions with those that they are likely to stand for, or "".
	slips map[string]string
	// units are the units that were read, each with what is wrong with it as one of UCUM, or "".
	units map[string]string
	// usable are the profiles that were asked for and found.
	usable map[string]struct{}
	// types are the shapes of resource types by name, nil for what is no type of resource.
	types map[string]*shape
	// standIn is what jsonschema is given in place of the resource.
	standIn map[string]any
	// entries reads the entries of a large Bundle one at a time; nil when the tree of all of them is at hand.
	entries *entrywise
	// evaluated is the resource that the evaluator was told of last.
	evaluated map[string]any
	// depth counts the judges that wait for this one.
	depth int

	root      map[string]any
	path      []step
	frames    []frame
	resources []resourceFrame
	faults    []fault
	seen      map[faultKey]struct{}
	counts    []int
	members   []member
	// trial is above 0 while the judge only asks whether something conforms; failed is the answer.
	trial  int
	failed bool
	// active are the pairs of a profile and a place that are being judged, so that circles end.
	active []activePair
	// ids are the ids of elements that the walk has met; repeatedIDs says that one came twice.
	ids         map[string]struct{}
	repeatedIDs bool
	// byCode is what is added to messages while an Observation is judged by its code; lenient makes errors warnings then.
	byCode  string
	lenient bool
	broken  bool // the limit of faults was reached
	ordered bool // the walk goes in the order of the names, which is slower
}

// step is one part of the path from the root to the place that is judged.
type step struct {
	*name
	index   int  // the position in an array, or -1
	sibling bool // it is the "_name" object of a primitive
}

// name is what a step is called.
type name struct {
	json   string // the JSON property
	path   string // the FHIRPath name
	ofType string // the type that a choice has, for ofType()
}

// frame is the element that is judged at one depth of the path.
type frame struct {
	node *node
	typ  *typeRef
	obj  map[string]any
	// value is that of a primitive, whose id and extensions obj is.
	value any
}

// resourceFrame is a resource that the place that is judged is in.
type resourceFrame struct {
	obj       map[string]any
	contained bool // it is contained in the resource around it
	// fullURL is that of the entry of a Bundle that the resource is in.
	fullURL string
	// contents holds the contained resources by their ids, if they are many; nil until it is needed.
	contents map[string]map[string]any
	// index is of the entries of the resource, if it is a Bundle; nil until it is needed.
	index *bundleIndex
}

type activePair struct {
	node  *node
	depth int
}

type fault struct {
	pointer string
	finding result.Finding
}

type faultKey struct{ pointer, rule, message string }

// maxFaults bounds the findings for one resource; nobody reads more, and a hostile document must not fill the memory.
const maxFaults = 10000

func (j *judge) reset() {
	j.root, j.ctx, j.evaluated = nil, nil, nil
	j.opts = Options{}
	j.path, j.frames, j.counts = j.path[:0], j.frames[:0], j.counts[:0]
	clear(j.resources[:cap(j.resources)])
	j.resources = j.resources[:0]
	j.faults = nil
	clear(j.seen)
	clear(j.ids)
	j.repeatedIDs = false
	j.trial, j.failed, j.broken, j.ordered = 0, false, false, false
	j.byCode, j.lenient = "", false
	j.entries = nil
	j.active = j.active[:0]
}

// push goes down to a property that no element stands for at hand.
func (j *judge) push(json, path, ofType string) { j.enter(&name{json, path, ofType}) }

// enter goes down to a property.
func (j *judge) enter(n *name) { j.path = append(j.path, step{name: n, index: -1}) }

func (j *judge) pop() { j.path = j.path[:len(j.path)-1] }

func (j *judge) at(index int) { j.path[len(j.path)-1].index = index }

// pointer writes the path as a JSON pointer.
func (j *judge) pointer() string {
	var b []byte
	for _, s := range j.path {
		b = append(b, '/')
		if s.sibling {
			b = append(b, '_')
		}
		b = append(b, fhir.EscapePointer(s.json)...)
		if s.index >= 0 {
			b = append(b, '/')
			b = strconv.AppendInt(b, int64(s.index), 10)
		}
	}
	return string(b)
}

// expression writes the path as FHIRPath.
func (j *judge) expression() string {
	typ, _ := j.root["resourceType"].(string)
	b := []byte(typ)
	for _, s := range j.path {
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = append(b, s.path...)
		if s.index >= 0 {
			b = append(b, '[')
			b = strconv.AppendInt(b, int64(s.index), 10)
			b = append(b, ']')
		}
		if s.ofType != "" {
			b = append(b, ".ofType("...)
			b = append(b, s.ofType...)
			b = append(b, ')')
		}
	}
	return string(b)
}

// note is what a rule says about the place that is judged.
type note struct {
	rule             string
	severity         result.Severity
	code             string
	message          string
	expected, actual string
}

// failing says, in a trial, that the thing does not conform, and reports whether the caller need not go on to describe
// the fault. It is asked only once the fault is certain: to ask it is to find the thing at fault.
func (j *judge) failing(severity result.Severity) bool {
	if j.trial == 0 {
		return j.broken
	}
	if severity == result.SeverityError || severity == result.Fatal {
		j.failed = true
	}
	return true
}

// report adds a finding at the current place. n is the element that the rule comes from, or nil.
func (j *judge) report(n *node, t note) {
	if j.failing(t.severity) {
		return
	}
	pointer := j.pointer()
	key := faultKey{pointer, t.rule, t.message}
	if _, again := j.seen[key]; again {
		return
	}
	if j.seen == nil {
		j.seen = map[faultKey]struct{}{}
	}
	j.seen[key] = struct{}{}
	if len(j.faults) >= maxFaults {
		j.overflow()
		return
	}
	if j.lenient && t.severity == result.SeverityError {
		t.severity = result.SeverityWarning
	}
	f := result.Finding{
		Rule: t.rule, Severity: t.severity, Code: t.code, Path: j.expression(), Message: t.message + j.byCode,
		Expected: clip(t.expected), Actual: clip(t.actual),
	}
	if n != nil {
		f.Element = n.ID
		f.Profile = n.shape.url
	}
	j.faults = append(j.faults, fault{pointer, f})
}

// overflow ends the list of faults.
func (j *judge) overflow() {
	j.broken = true
	j.faults = append(j.faults, fault{pointer: "", finding: result.Finding{
		Rule: RuleLimit, Severity: result.SeverityError, Code: codeTooCostly, Path: rootType(j.root),
		Message: "there are more than " + strconv.Itoa(maxFaults) + " findings; the rest are left out",
	}})
}

func rootType(root map[string]any) string {
	s, _ := root["resourceType"].(string)
	return s
}

// clip keeps a text short enough to print on a line.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "..."
}

// try asks whether something conforms without reporting what does not.
func (j *judge) try(ask func()) bool {
	outer := j.failed
	j.trial++
	j.failed = false
	ask()
	conforms := !j.failed
	j.trial--
	j.failed = outer
	return conforms
}

// lookup returns the shape of a canonical; where its version is not loaded, of another version.
func (j *judge) lookup(canonical string) (*shape, error) {
	if s, known := j.shapes[canonical]; known {
		return s, nil
	}
	s, err := j.lookUp(canonical)
	if err == nil && len(j.shapes) < mostKept {
		j.shapes[canonical] = s
	}
	return s, err
}

// mostKept bounds what a judge keeps, as names may come from data.
const mostKept = 4096

// resourceType returns the shape of a type of resource that can stand by itself, or nil.
func (j *judge) resourceType(name string) *shape {
	if s, known := j.types[name]; known {
		return s
	}
	var s *shape
	if j.registry.isResource(name) {
		s, _ = j.registry.shapeOf(definition.CoreURL + name)
	}
	if len(j.types) < mostKept {
		j.types[name] = s
	}
	return s
}

// system returns the code system with the URL, or nil.
func (j *judge) system(url string) *terminology.System {
	if s, known := j.systems[url]; known {
		return s
	}
	s := j.registry.terms.System(url)
	if len(j.systems) < mostKept {
		j.systems[url] = s
	}
	return s
}

func (j *judge) lookUp(canonical string) (*shape, error) {
	s, err := j.registry.shapeOf(canonical)
	if s != nil || err != nil {
		return s, err
	}
	if url, version := definition.SplitCanonical(canonical); version != "" {
		return j.registry.shapeOf(url)
	}
	return nil, nil //nolint:nilnil // a definition that is not loaded is not an error
}
