package search

import (
	_ "embed" // for the tables
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Kind is the type of a search parameter.
type Kind string

// The search parameter types of R4.
const (
	Number    Kind = "number"
	Date      Kind = "date"
	String    Kind = "string"
	Token     Kind = "token"
	Reference Kind = "reference"
	Composite Kind = "composite"
	Quantity  Kind = "quantity"
	URI       Kind = "uri"
	Special   Kind = "special"
)

// Parameter is a search parameter of R4 as it applies to one resource type.
type Parameter struct {
	// Code is the name used in a query.
	Code string
	// Kind is its type.
	Kind Kind
	// Targets are the resource types a reference parameter may point at; "*" alone means any.
	Targets []string
	// Unsupported is why the parameter is refused; "" when it is evaluated.
	Unsupported string

	paths      []path
	components []Parameter
}

// Definition returns the elements the parameter is evaluated over, as element paths with their types.
func (p *Parameter) Definition() []string {
	texts := make([]string, len(p.paths))
	for i := range p.paths {
		texts[i] = p.paths[i].text
	}
	return texts
}

func (p *Parameter) pointsAt(resourceType string) bool {
	return slices.Contains(p.Targets, resourceType) || len(p.Targets) == 1 && p.Targets[0] == "*"
}

//go:embed parameters.tsv
var parameterTable string

// parameterSet is the parsed table: for each resource type its parameters by code.
type parameterSet struct {
	types  []string
	byType map[string]map[string]*Parameter
	sorted map[string][]*Parameter
}

//nolint:gochecknoglobals // the embedded table never changes and is parsed once
var parameters = sync.OnceValue(func() *parameterSet {
	set := &parameterSet{byType: map[string]map[string]*Parameter{}, sorted: map[string][]*Parameter{}}
	for line := range strings.Lines(parameterTable) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		owner := columns[0]
		if set.byType[owner] == nil {
			set.byType[owner] = map[string]*Parameter{}
		}
		set.byType[owner][columns[1]] = parseParameter(columns)
	}
	for line := range strings.Lines(elementTable) {
		owner, _, _ := strings.Cut(line, "\t")
		set.types = append(set.types, owner)
		if set.byType[owner] == nil {
			set.byType[owner] = map[string]*Parameter{}
		}
		for code, parameter := range set.byType["Resource"] {
			set.byType[owner][code] = parameter
		}
		for _, parameter := range set.byType[owner] {
			set.sorted[owner] = append(set.sorted[owner], parameter)
		}
		slices.SortFunc(set.sorted[owner], func(a, b *Parameter) int { return strings.Compare(a.Code, b.Code) })
	}
	return set
})

// parseParameter reads a line of the table: type, code, kind, then either "!reason" or targets, paths and components.
func parseParameter(columns []string) *Parameter {
	parameter := &Parameter{Code: columns[1], Kind: Kind(columns[2])}
	if reason, ok := strings.CutPrefix(columns[3], "!"); ok {
		parameter.Unsupported = reason
		return parameter
	}
	if columns[3] != "" {
		parameter.Targets = strings.Split(columns[3], ",")
	}
	parameter.paths = parsePaths(columns[4])
	for _, column := range columns[5:] {
		code, rest, _ := strings.Cut(column, " ")
		kind, paths, _ := strings.Cut(rest, " ")
		parameter.components = append(parameter.components, Parameter{Code: code, Kind: Kind(kind), paths: parsePaths(paths)})
	}
	return parameter
}

// Types returns the resource types of R4, sorted.
func Types() []string { return slices.Clone(parameters().types) }

// Parameters returns the search parameters of a resource type, sorted by code, those for all resources among them and
// unsupported ones included. It returns nil for a type R4 does not have.
func Parameters(resourceType string) []*Parameter {
	return slices.Clone(parameters().sorted[resourceType])
}

// Lookup returns one search parameter of a resource type.
func Lookup(resourceType, code string) (*Parameter, bool) {
	parameter, ok := parameters().byType[resourceType][code]
	return parameter, ok
}

func isType(name string) bool { return parameters().sorted[name] != nil }

// lookup is Lookup with an error that can be shown for a parameter that is not there or not supported.
func lookup(resourceType, code, written string) (*Parameter, error) {
	parameter, ok := Lookup(resourceType, code)
	switch {
	case !ok:
		return nil, &ParamError{Param: written, Unknown: true, Problem: fmt.Sprintf("is unknown: FHIR R4 defines no search parameter %q for %s", code, resourceType)}
	case parameter.Unsupported != "":
		return nil, &ParamError{Param: written, Unknown: true, Problem: "is not supported: " + parameter.Unsupported}
	}
	return parameter, nil
}
