package profiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
)

// Options say what a resource is judged against besides its type and the profiles that it claims.
type Options struct {
	// Profiles are canonicals of profiles that the resource must meet.
	Profiles []string
	// Clock tells the time to invariants that ask for it; nil is the clock of the machine.
	Clock func() time.Time
	// Rules are rules for England that profiles cannot say; nil asks for none. What a profile finds wrong at the same place
	// is said once, by the profile.
	Rules *ukrules.Set
	// VitalSigns says how an Observation is judged whose code is a vital sign; empty is the default of the registry.
	VitalSigns VitalSigns
	// Waivers excuse findings that published defects cause, or that somebody has accepted; nil excuses nothing.
	Waivers *waiver.List
}

// Validate judges a resource in FHIR JSON, or in FHIR XML, against its type, the profiles that it claims in meta.profile, and those of the
// options. It returns every finding in document order, with line and column.
//
// A text that is not JSON, or not a resource, is a finding. An error means that no judgement was made: a profile that was
// asked for is not loaded (*UnknownProfileError), or the context is done.
func (r *Registry) Validate(ctx context.Context, data []byte, opts Options) ([]result.Finding, error) {
	return r.ValidateText(ctx, string(data), opts)
}

// ValidateText is Validate for a text that the caller holds as a string, of which no copy is made. The entries of a large
// Bundle in JSON are judged as they are read, so that it takes little more memory than its text.
func (r *Registry) ValidateText(ctx context.Context, text string, opts Options) ([]result.Finding, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	if isXML(text) {
		return r.validateXML(ctx, []byte(text), opts)
	}
	j := r.idleJudge()
	defer r.done(j)
	if err := j.known(opts.Profiles); err != nil {
		return nil, err
	}
	if len(text) >= r.wholeBelow {
		findings, judged, err := j.judgeEntries(ctx, text, opts)
		if judged || err != nil {
			return withMark(findings, text), err
		}
	}
	doc, err := readJSON(&j.reader, text)
	if err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	if !doc.read {
		return doc.unread, nil
	}
	faults, err := j.judge(ctx, doc.tree, opts)
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 && len(doc.repeated) == 0 && len(doc.unread) == 0 {
		return withMark(nil, text), nil
	}
	findings := append(doc.unread, locate(&j.reader, faults, doc.repeated, doc.tree)...)
	opts.Waivers.Mark(ctx, object(doc.tree), findings)
	slices.SortFunc(findings, result.CompareFindings)
	return withMark(findings, text), nil
}

// withMark adds what is wrong with a byte order mark to the findings on a text, if it has one.
func withMark(findings []result.Finding, text string) []result.Finding {
	if strings.HasPrefix(text, fhir.ByteOrderMark) {
		findings = append([]result.Finding{{
			Rule: RuleJSON, Severity: result.SeverityError, Code: codeStructure, Line: 1, Column: 1,
			Message: "a byte order mark stands before the document, which RFC 8259 forbids",
		}}, findings...)
	}
	return findings
}

// mostMended bounds the slips in a text that are put right in order to read on.
const mostMended = 20

// document is a text that was read.
type document struct {
	tree     any
	repeated []fhir.DuplicateKey
	// unread says what kept the text from being JSON; read says that it was read in the end all the same.
	unread []result.Finding
	read   bool
}

// readJSON reads a text. Where it is not JSON, it notes why and, as long as the slips are common ones, reads on.
func readJSON(reader *fhir.Reader, data string) (document, error) {
	var doc document
	text := data
	for range mostMended {
		tree, repeated, err := reader.Read(text)
		if err == nil {
			doc.tree, doc.repeated, doc.read = tree, repeated, true
			return doc, nil
		}
		var syntax *fhir.SyntaxError
		if !errors.As(err, &syntax) {
			return document{}, err
		}
		doc.unread = append(doc.unread, result.Finding{
			Rule: RuleJSON, Severity: result.Fatal, Code: codeStructure, Line: syntax.Line, Column: syntax.Column,
			Path:    pathOfPointer(resourceTypeIn(data), syntax.Pointer),
			Message: "this is not JSON that FHIR allows: " + syntax.Message,
		})
		mended, ok := fhir.Mend([]byte(text), syntax)
		if !ok {
			// It is the text that is broken, not an element of it; the line and column say where.
			doc.unread[len(doc.unread)-1].Path = ""
			break
		}
		text = string(mended)
	}
	return doc, nil
}

// validateXML is Validate for XML, which is judged as the JSON that it stands for.
func (r *Registry) validateXML(ctx context.Context, data []byte, opts Options) ([]result.Finding, error) {
	j := r.idleJudge()
	defer r.done(j)
	if err := j.known(opts.Profiles); err != nil {
		return nil, err
	}
	tree, read, err := r.decodeXML(data)
	var syntax *fhir.SyntaxError
	switch {
	case errors.As(err, &syntax):
		root, pointer, _ := strings.Cut(syntax.Pointer, "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		return []result.Finding{{
			Rule: RuleXML, Severity: result.Fatal, Code: codeStructure, Line: syntax.Line, Column: syntax.Column,
			Path:    pathOfPointer(root, pointer),
			Message: "this is not XML that FHIR allows: " + syntax.Message,
		}}, nil
	case err != nil:
		return nil, fmt.Errorf("validate: %w", err)
	}
	faults, err := j.judge(ctx, tree, opts)
	if err != nil || len(faults)+len(read.misfits) == 0 {
		return nil, err
	}
	findings := make([]result.Finding, len(faults), len(faults)+len(read.misfits))
	for i, f := range faults {
		pointer := strings.ReplaceAll(f.pointer, "/_", "/")
		at, known := read.places[pointer]
		for !known && pointer != "" {
			pointer = pointer[:strings.LastIndexByte(pointer, '/')]
			at, known = read.places[pointer]
		}
		findings[i] = f.finding
		findings[i].Line, findings[i].Column = lineOf(data, at)
	}
	findings = append(findings, r.misfitting(data, tree, read)...)
	opts.Waivers.Mark(ctx, tree, findings)
	slices.SortFunc(findings, result.CompareFindings)
	return findings, nil
}

// lineOf returns the line and the column of an offset, from 1.
func lineOf(data []byte, at int64) (line, column int) {
	return bytes.Count(data[:at], []byte("\n")) + 1, int(at) - bytes.LastIndexByte(data[:at], '\n')
}

// mostMisfits bounds the findings on the form of XML, of which one slip can cause many.
const mostMisfits = 100

// misfitting reports what has a form in XML that FHIR does not have, with elements that stand after one that they must come
// before (section 2.6.1 of R4, XML representation: the order of elements is that of the definitions).
func (r *Registry) misfitting(data []byte, tree map[string]any, read *xmlReader) []result.Finding {
	misfits := read.misfits[:min(len(read.misfits), mostMisfits)]
	findings := make([]result.Finding, len(misfits))
	for i, m := range misfits {
		findings[i] = result.Finding{
			Rule: RuleXML, Severity: result.SeverityError, Code: codeStructure, Message: m.message, Actual: m.name,
			Path: r.expressionOf(tree, m.pointer),
		}
		if m.mild {
			findings[i].Severity = result.SeverityWarning
		}
		findings[i].Line, findings[i].Column = lineOf(data, m.at)
	}
	return findings
}

// resourceTypeIn finds the resourceType in a text that could not be read to its end.
func resourceTypeIn(text string) string {
	_, rest, found := strings.Cut(text, `"resourceType"`)
	if !found {
		return ""
	}
	_, rest, _ = strings.Cut(rest, `"`)
	name, _, found := strings.Cut(rest, `"`)
	if !found || checkID(name) != "" {
		return ""
	}
	return name
}

// ValidateTree is Validate for a resource that fhir.Decode has read already. Its findings have no line and column and are
// in the order of their paths.
func (r *Registry) ValidateTree(ctx context.Context, tree any, opts Options) ([]result.Finding, error) {
	faults, err := r.judge(ctx, tree, opts)
	if err != nil || len(faults) == 0 {
		return nil, err
	}
	findings := make([]result.Finding, len(faults))
	for i, f := range faults {
		findings[i] = f.finding
	}
	opts.Waivers.Mark(ctx, object(tree), findings)
	slices.SortFunc(findings, result.CompareFindings)
	return findings, nil
}

// object returns a JSON object as a map, and nothing for everything else.
func object(tree any) map[string]any {
	o, _ := tree.(map[string]any)
	return o
}

// known checks that the profiles that are asked for are loaded and usable.
func (j *judge) known(canonicals []string) error {
	for _, canonical := range canonicals {
		if _, done := j.usable[canonical]; done {
			continue
		}
		s, err := j.registry.shapeOf(canonical)
		if err != nil {
			return fmt.Errorf("validate against %s: %w", canonical, err)
		}
		if s == nil {
			return &UnknownProfileError{Canonical: canonical, Near: j.registry.near(canonical)}
		}
		if len(j.usable) < mostKept {
			j.usable[canonical] = struct{}{}
		}
	}
	return nil
}

// judge walks a resource that the caller holds.
func (r *Registry) judge(ctx context.Context, tree any, opts Options) ([]fault, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("validate: %w", err)
	}
	j := r.idleJudge()
	defer r.done(j)
	if err := j.known(opts.Profiles); err != nil {
		return nil, err
	}
	return j.judge(ctx, tree, opts)
}

// idleJudge returns a judge that nobody uses; done takes it back.
func (r *Registry) idleJudge() *judge {
	select {
	case j := <-r.judges:
		return j
	default:
		return r.newJudge()
	}
}

func (r *Registry) done(j *judge) {
	j.reset()
	j.reader.Release()
	select {
	case r.judges <- j:
	default:
	}
}

// judge walks a resource.
func (j *judge) judge(ctx context.Context, tree any, opts Options) ([]fault, error) {
	obj, ok := tree.(map[string]any)
	if !ok {
		return []fault{{finding: result.Finding{
			Rule: RuleJSON, Severity: result.SeverityError, Code: codeStructure, Actual: kindOf(tree),
			Message: "this is not a resource: a resource is a JSON object",
		}}}, nil
	}
	j.reset()
	j.ctx, j.opts, j.root = ctx, opts, obj
	err := j.run(obj)
	if j.broken && err == nil {
		// Which findings stand before the limit must not depend on the order of a map.
		j.reset()
		j.ctx, j.opts, j.root, j.ordered = ctx, opts, obj, true
		err = j.run(obj)
	}
	if err != nil {
		return nil, err
	}
	faults := saidOnce(j.faults)
	if opts.Rules != nil {
		faults = j.registry.addRules(faults, opts.Rules.Judge(obj), obj)
	}
	return faults, nil
}

// saidOnce leaves out that a system is none where a profile says at the same place which one it has to be.
func saidOnce(faults []fault) []fault {
	if !slices.ContainsFunc(faults, func(f fault) bool { return f.finding.Rule == RuleSystem }) {
		return faults
	}
	fixed := map[string]bool{}
	for _, f := range faults {
		if f.finding.Rule == RuleFixed || f.finding.Rule == RulePattern {
			fixed[f.pointer] = true
		}
	}
	return slices.DeleteFunc(faults, func(f fault) bool { return f.finding.Rule == RuleSystem && fixed[f.pointer] })
}

// run judges the root resource through the JSON Schemas of its type and profiles.
func (j *judge) run(obj map[string]any) error {
	shapes := j.shapesFor(nil, obj, j.opts.Profiles)
	if j.entries != nil && !j.entries.suits(shapes) {
		j.entries.failed = true
		return nil
	}
	if shapes == nil {
		return nil
	}
	j.resources = append(j.resources, resourceFrame{obj: obj})
	for _, s := range shapes {
		j.active = append(j.active, activePair{s.root, 0})
	}
	for _, s := range shapes {
		schema, err := j.schemaOf(s)
		if err != nil {
			return err
		}
		if err := schema.Validate(j.standIn); err != nil {
			return fmt.Errorf("validate against %s: %w", s.url, err)
		}
	}
	j.resourceRules(shapes, obj)
	return nil
}

// locator finds places in a text.
type locator interface {
	Locate(pointers []string) []fhir.Position
}

// locate gives findings their lines and columns and puts them in document order.
func locate(text locator, faults []fault, repeated []fhir.DuplicateKey, tree any) []result.Finding {
	pointers := make([]string, len(faults))
	for i, f := range faults {
		pointers[i] = f.pointer
	}
	findings := make([]result.Finding, 0, len(faults)+len(repeated))
	for i, p := range text.Locate(pointers) {
		f := faults[i].finding
		f.Line, f.Column = p.Line, p.Column
		findings = append(findings, f)
	}
	root, _ := tree.(map[string]any)
	for _, k := range repeated {
		findings = append(findings, result.Finding{
			Rule: RuleJSON, Severity: result.SeverityError, Code: codeStructure, Line: k.Line, Column: k.Column,
			Path:    pathOfPointer(rootType(root), k.Pointer),
			Message: "the property is given more than once; readers disagree on which one counts",
		})
	}
	slices.SortFunc(findings, result.CompareFindings)
	return findings
}

// pathOfPointer writes a JSON pointer as FHIRPath, as far as names alone tell.
func pathOfPointer(root, pointer string) string {
	b := strings.Builder{}
	b.WriteString(root)
	if pointer == "" {
		return root
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		if digits(part) {
			b.WriteString("[" + part + "]")
			continue
		}
		b.WriteString("." + part)
	}
	return b.String()
}

// Structure returns the definition of a type or profile with its snapshot, facts only, or nil if it is not loaded.
func (r *Registry) Structure(canonical string) (*definition.Structure, error) {
	s, err := r.shapeOf(canonical)
	if err != nil || s == nil {
		return nil, err
	}
	return s.definition, nil
}
