package ukrules

import (
	"maps"
	"regexp"
	"slices"
	"strconv"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// Options say how strict a Set is and what it knows.
type Options struct {
	// Synthetic says that the data is made up, so that an NHS number outside 999 000 0000 to 999 999 9999 is an error: it
	// could be a living person's. The data of real people says nothing about the range.
	Synthetic bool
	// Terms are the displays that are known of codes. Without them no display is judged.
	Terms []Term
}

// Term is a display that a code may be shown with.
type Term struct{ System, Code, Display string }

// Set judges resources by the rules. It does not change once it is made and is safe for concurrent use.
type Set struct {
	rules     map[string]Rule
	systems   nearMisses
	terms     terms
	synthetic bool
	registers []register
	number    *regexp.Regexp
}

// New returns a set of all rules.
func New(options Options) *Set {
	s := &Set{
		rules: map[string]Rule{}, systems: newNearMisses(), registers: registers(), number: numberInText(),
		terms: newTerms(options.Terms), synthetic: options.Synthetic,
	}
	for _, r := range Rules() {
		s.rules[r.ID] = r
	}
	return s
}

// Fault is one broken rule. The finding has no path, line or column.
type Fault struct {
	// Pointer is the place as a JSON pointer (RFC 6901).
	Pointer string
	Finding result.Finding
}

// mostFaults bounds the faults of one resource, so that a hostile document does not fill the memory.
const mostFaults = 10000

// Judge returns the faults of a decoded resource, in no particular order.
func (s *Set) Judge(resource map[string]any) []Fault {
	v := visit{set: s}
	v.value(resource)
	if len(v.faults) == mostFaults {
		// Which of them come first must not depend on the order of a map.
		v = visit{set: s, sorted: true}
		v.value(resource)
	}
	return v.faults
}

// visit is one walk over a resource.
type visit struct {
	set    *Set
	sorted bool
	steps  []step
	// resources are the resources that the place is in, the nearest last.
	resources []map[string]any
	faults    []Fault
}

// step is one part of a JSON pointer: a position in an array, or where that is -1 a property.
type step struct {
	name  string
	index int
}

// value walks over a value and everything below it.
func (v *visit) value(value any) {
	switch value := value.(type) {
	case map[string]any:
		if name, isResource := value["resourceType"].(string); isResource {
			if defines(name) {
				return
			}
			v.resources = append(v.resources, value)
			v.resource(name, value)
			defer func() { v.resources = v.resources[:len(v.resources)-1] }()
		}
		v.object(value)
		if v.sorted {
			for _, name := range slices.Sorted(maps.Keys(value)) {
				v.below(name, value[name])
			}
			return
		}
		for name, child := range value {
			v.below(name, child)
		}
	case []any:
		for i, item := range value {
			switch item.(type) {
			case map[string]any, []any:
				v.steps = append(v.steps, step{index: i})
				v.value(item)
				v.steps = v.steps[:len(v.steps)-1]
			}
		}
	}
}

func (v *visit) below(name string, child any) {
	switch child := child.(type) {
	case string:
		v.time(name, child)
	case map[string]any, []any:
		v.steps = append(v.steps, step{name: name, index: -1})
		v.value(child)
		v.steps = v.steps[:len(v.steps)-1]
	}
}

// defines says whether resources of a type speak about codes and identifiers rather than use them.
func defines(resourceType string) bool {
	switch resourceType {
	case "CapabilityStatement", "CodeSystem", "ConceptMap", "GraphDefinition", "ImplementationGuide", "NamingSystem",
		"OperationDefinition", "SearchParameter", "StructureDefinition", "StructureMap", "TerminologyCapabilities", "ValueSet":
		return true
	default:
		return false
	}
}

// resource applies the rules about whole resources.
func (v *visit) resource(name string, r map[string]any) {
	switch name {
	case "Patient":
		v.patient(r)
	case "AllergyIntolerance":
		v.allergy(r)
	case "Observation":
		v.observation(r)
	}
}

// object applies the rules about data types, which are told by their properties.
func (v *visit) object(o map[string]any) {
	if _, is := o["coding"]; is {
		v.concept(o)
	}
	system, ok := o["system"].(string)
	if !ok {
		return
	}
	code, coded := o["code"].(string)
	value, valued := o["value"]
	text, isText := value.(string)
	switch {
	case valued && isText:
		v.identifier(o, system, text)
	case valued || o["unit"] != nil:
		v.quantity(o, system, code)
	case coded:
		v.coding(o, system, code)
	}
}

// identifier applies the rules about identifiers.
func (v *visit) identifier(o map[string]any, system, value string) {
	if v.identifierSystem(system) {
		return
	}
	if system == fhir.NHSNumberSystem {
		v.nhsNumber(o, value)
		return
	}
	v.organisation(system, value)
	v.practitioner(system, value)
}

// coding applies the rules about codings.
func (v *visit) coding(o map[string]any, system, code string) {
	if v.codeSystem(system) {
		return
	}
	switch system {
	case fhir.SNOMEDSystem:
		v.snomed(o, code)
	case dmdSystem:
		v.dmd(code)
	case readV2System, ctv3System:
		v.read(system, code)
	case ethnicEnglandSystem:
		v.ethnic(code)
	}
	v.display(o, system, code)
}

// at is where a fault is, from the place of the walk.
type at []string

// report adds a fault.
func (v *visit) report(rule string, where at, message, expected, actual string) {
	if len(v.faults) == mostFaults {
		return
	}
	var pointer []byte
	for _, s := range v.steps {
		pointer = append(pointer, '/')
		if s.index >= 0 {
			pointer = strconv.AppendInt(pointer, int64(s.index), 10)
			continue
		}
		pointer = append(pointer, fhir.EscapePointer(s.name)...)
	}
	for _, name := range where {
		pointer = append(append(pointer, '/'), fhir.EscapePointer(name)...)
	}
	r := v.set.rules[rule]
	v.faults = append(v.faults, Fault{Pointer: string(pointer), Finding: result.Finding{
		Rule: rule, Severity: r.Severity, Code: r.Code, Message: message + "; " + r.Fix, Expected: expected, Actual: actual,
	}})
}

// in says whether the walk is just below the property of a resource of the type, for example Patient and identifier.
func (v *visit) in(resourceType, property string) bool {
	if len(v.resources) == 0 || v.resources[len(v.resources)-1]["resourceType"] != resourceType {
		return false
	}
	for i := len(v.steps) - 1; i >= 0; i-- {
		if v.steps[i].index >= 0 {
			continue
		}
		// The property is that of the resource itself, not of something deeper that is called the same.
		return v.steps[i].name == property && v.depth(i)
	}
	return false
}

// depth says whether step i is a property of the nearest resource.
func (v *visit) depth(i int) bool {
	var owner any = v.resources[0]
	for _, s := range v.steps[:i] {
		switch o := owner.(type) {
		case map[string]any:
			owner = o[s.name]
		case []any:
			if s.index >= 0 {
				owner = o[s.index]
			}
		}
	}
	o, _ := owner.(map[string]any)
	_, isResource := o["resourceType"]
	return isResource
}
