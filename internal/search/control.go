package search

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Total is what the client asks of Bundle.total with _total.
type Total string

// The values of _total; TotalUnstated means the parameter was not given.
const (
	TotalUnstated Total = ""
	TotalNone     Total = "none"
	TotalEstimate Total = "estimate"
	TotalAccurate Total = "accurate"
)

// Summary is the form of the resources the client asks for with _summary.
type Summary string

// The values of _summary; SummaryUnstated means the parameter was not given, which is the same as SummaryFalse.
const (
	SummaryUnstated Summary = ""
	SummaryTrue     Summary = "true"
	SummaryText     Summary = "text"
	SummaryData     Summary = "data"
	SummaryCount    Summary = "count"
	SummaryFalse    Summary = "false"
)

// SortRule is one rule of _sort.
type SortRule struct {
	// Code is a search parameter of every type searched.
	Code       string
	Descending bool
}

// Include is one _include or _revinclude.
type Include struct {
	// Reverse is set for _revinclude, Iterate for the modifier :iterate.
	Reverse, Iterate bool
	// Source is the type of the referring resource, or "*" for any.
	Source string
	// Code is its reference parameter, or "*" for all.
	Code string
	// Target is the type that must be referred to; "" is any.
	Target string
}

// control holds the parameters that control the result and do not filter it.
type control struct {
	seen     []string
	count    int
	counted  bool
	total    Total
	summary  Summary
	elements []string
	sort     []SortRule
	includes []Include
}

// Count returns _count, and whether it was given. A value too large for an int32 is math.MaxInt32.
func (q *Query) Count() (int, bool) { return q.count, q.counted }

// OnlyCount reports whether the client wants no resources, only their number: _summary=count or _count=0.
func (q *Query) OnlyCount() bool { return q.summary == SummaryCount || q.counted && q.count == 0 }

// Total returns _total.
func (q *Query) Total() Total { return q.total }

// Summary returns _summary.
func (q *Query) Summary() Summary { return q.summary }

// Elements returns the element names of _elements; nil when it was not given.
func (q *Query) Elements() []string { return q.elements }

// SortRules returns the rules of _sort in their order.
func (q *Query) SortRules() []SortRule { return q.sort }

// Includes returns the _include and _revinclude parameters in their order.
func (q *Query) Includes() []Include { return q.includes }

// add reads a parameter that controls the result. It reports false for one that filters it.
func (c *control) add(types []string, p pair) (known bool, err error) {
	fail := func(format string, args ...any) (bool, error) {
		return true, &ParamError{Param: p.name, Value: p.value, Problem: fmt.Sprintf(format, args...)}
	}
	name, modifier, modified := strings.Cut(p.name, ":")
	switch name {
	case "_include", "_revinclude":
		if modified && modifier != "iterate" {
			return fail("has the modifier :%s; only :iterate applies", modifier)
		}
		return true, c.addInclude(p, name == "_revinclude", modified)
	case "_count", "_total", "_summary", "_elements", "_sort", "_format", "_pretty", "_type", "_contained", "_containedType":
		if modified {
			return fail("has a modifier, but none applies")
		}
		if slices.Contains(c.seen, name) {
			return fail("is given more than once")
		}
		c.seen = append(c.seen, name)
	case "_query":
		return fail("names a query that is not known; R4 requires it to be refused")
	case "_list", "_score":
		return true, &ParamError{Param: p.name, Value: p.value, Unknown: true, Problem: "is not supported"}
	default:
		return false, nil
	}
	switch name {
	case "_count":
		return true, c.addCount(p)
	case "_total":
		c.total = Total(p.value)
		if !slices.Contains([]Total{TotalNone, TotalEstimate, TotalAccurate}, c.total) {
			return fail("is not none, estimate or accurate")
		}
	case "_summary":
		c.summary = Summary(p.value)
		if !slices.Contains([]Summary{SummaryTrue, SummaryText, SummaryData, SummaryCount, SummaryFalse}, c.summary) {
			return fail("is not true, text, data, count or false")
		}
	case "_elements":
		c.elements = strings.Split(p.value, ",")
		for _, element := range c.elements {
			if !isElementName(element) {
				return fail("is not a list of top-level element names")
			}
		}
	case "_sort":
		return true, c.addSort(types, p)
	case "_type":
		if len(types) == 1 && p.value != types[0] {
			return true, &ParamError{Param: p.name, Value: p.value, Unknown: true, Problem: "applies to a search over all types only"}
		}
	case "_contained", "_containedType":
		if p.value != "false" && p.value != "container" {
			return true, &ParamError{Param: p.name, Value: p.value, Unknown: true, Problem: "is not supported: contained resources are not returned by themselves"}
		}
	}
	return true, nil
}

func (c *control) addCount(p pair) error {
	if !isDigits(p.value) {
		return &ParamError{Param: p.name, Value: p.value, Problem: "is not a whole number of 0 or more"}
	}
	n, err := strconv.ParseInt(p.value, 10, 32)
	if err != nil {
		n = math.MaxInt32 // more digits than fit: the client sets no limit that matters
	}
	c.count, c.counted = int(n), true
	return nil
}

func (c *control) addSort(types []string, p pair) error {
	for _, rule := range strings.Split(p.value, ",") {
		code, descending := strings.CutPrefix(rule, "-")
		for _, typ := range types {
			parameter, err := lookup(typ, code, p.name)
			if err != nil {
				c.sort = nil
				return err
			}
			if parameter.Kind == Composite {
				return &ParamError{Param: p.name, Value: p.value, Problem: fmt.Sprintf("sorts by %s, a composite, which has no order", code)}
			}
		}
		c.sort = append(c.sort, SortRule{Code: code, Descending: descending})
	}
	return nil
}

func (c *control) addInclude(p pair, reverse, iterate bool) error {
	fail := func(format string, args ...any) error {
		return &ParamError{Param: p.name, Value: p.value, Problem: fmt.Sprintf(format, args...)}
	}
	if strings.Contains(p.value, ",") {
		return fail("has several values; give the parameter once for each")
	}
	parts := strings.Split(p.value, ":")
	if p.value == "*" {
		parts = []string{"*", "*"}
	}
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return fail("is not [type]:[reference parameter] or [type]:[reference parameter]:[target type]")
	}
	include := Include{Reverse: reverse, Iterate: iterate, Source: parts[0], Code: parts[1]}
	if include.Source != "*" && !isType(include.Source) {
		return fail("names %q, which is not a resource type of FHIR R4", include.Source)
	}
	if include.Source == "*" && include.Code != "*" {
		return fail("names no source type")
	}
	if include.Code != "*" {
		parameter, err := lookup(include.Source, include.Code, p.name)
		if err != nil {
			return err
		}
		if parameter.Kind != Reference {
			return fail("goes through %s, which is not a reference", include.Code)
		}
		if len(parts) == 3 && isType(parts[2]) && !parameter.pointsAt(parts[2]) {
			return fail("goes through %s, which does not refer to %s", include.Code, parts[2])
		}
	}
	if len(parts) == 3 {
		if include.Target = parts[2]; !isType(include.Target) {
			return fail("names %q, which is not a resource type of FHIR R4", include.Target)
		}
	}
	c.includes = append(c.includes, include)
	return nil
}

// check refuses combinations that make no sense.
func (c *control) check() error {
	if c.summary == SummaryText && len(c.includes) > 0 {
		return &ParamError{Param: "_summary", Value: string(c.summary), Problem: "cannot be mixed with _include or _revinclude (R4 section 3.1.1.5.8)"}
	}
	return nil
}

func isElementName(name string) bool {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
