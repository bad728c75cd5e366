package search

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads the query string of a search on a resource type, or on all types when resourceType is "". The error is a
// *ParamError or a *LimitError.
func Parse(resourceType, rawQuery string, options Options) (*Query, error) {
	options.Limits = options.Limits.withDefaults()
	if len(rawQuery) > options.Limits.Length {
		return nil, &LimitError{What: "bytes of query", Limit: options.Limits.Length}
	}
	pairs, err := splitQuery(rawQuery, options.Limits.Parameters)
	if err != nil {
		return nil, err
	}
	q := &Query{options: options}
	if q.types, err = searchedTypes(resourceType, pairs); err != nil {
		return nil, err
	}
	q.filters = make(map[string][]filter, len(q.types))
	for _, typ := range q.types {
		q.filters[typ] = nil
	}
	for _, pair := range pairs {
		if err := q.add(pair); err != nil {
			return nil, err
		}
	}
	if err := q.check(); err != nil {
		return nil, err
	}
	return q, nil
}

// pair is a parameter as written, after percent-decoding.
type pair struct{ name, value string }

func splitQuery(rawQuery string, limit int) ([]pair, error) {
	var pairs []pair
	for field := range strings.SplitSeq(rawQuery, "&") {
		if field == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(field, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil || !utf8.ValidString(name) {
			return nil, &ParamError{Param: strings.ToValidUTF8(rawName, "?"), Problem: "has a name that is not percent-encoded UTF-8"}
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return nil, &ParamError{Param: name, Problem: "has a value that is not percent-encoded UTF-8 text"}
		}
		if pairs = append(pairs, pair{name, value}); len(pairs) > limit {
			return nil, &LimitError{What: "parameters", Limit: limit}
		}
	}
	return pairs, nil
}

func searchedTypes(resourceType string, pairs []pair) ([]string, error) {
	if resourceType != "" {
		if !isType(resourceType) {
			return nil, &ParamError{Param: resourceType, Problem: "is not a resource type of FHIR R4"}
		}
		return []string{resourceType}, nil
	}
	var types []string
	for _, p := range pairs {
		if p.name != "_type" || p.value == "" {
			continue
		}
		for _, typ := range strings.Split(p.value, ",") {
			if !isType(typ) {
				return nil, &ParamError{Param: p.name, Value: p.value, Problem: fmt.Sprintf("names %q, which is not a resource type of FHIR R4", typ)}
			}
			types = append(types, typ)
		}
	}
	if types == nil {
		return Types(), nil
	}
	slices.Sort(types)
	return slices.Compact(types), nil
}

// add takes one parameter into the query, or into what is ignored.
func (q *Query) add(p pair) error {
	if p.value == "" {
		q.ignored = append(q.ignored, Ignored{Param: p.name, Reason: "has no value"})
		return nil
	}
	applied := Applied{Name: p.name, Value: p.value}
	known, err := q.control.add(q.types, p)
	if !known {
		applied.Values = split(p.value, ',')
		if len(applied.Values) > q.options.Limits.Values {
			return &LimitError{What: fmt.Sprintf("values of %q", p.name), Limit: q.options.Limits.Values}
		}
		err = q.addFilter(&applied)
	}
	var problem *ParamError
	if errors.As(err, &problem) && problem.Unknown && q.options.Handling == Lenient {
		q.ignored = append(q.ignored, Ignored{Param: p.name, Value: p.value, Reason: problem.Problem})
		return nil
	}
	if err != nil {
		return err
	}
	q.applied = append(q.applied, applied)
	return nil
}

// addFilter reads a parameter that filters, for every type searched: R4 wants it to be common to them all.
func (q *Query) addFilter(applied *Applied) error {
	filters := make([]filter, len(q.types))
	for i, typ := range q.types {
		reader := filterReader{pair: pair{applied.Name, applied.Value}, values: applied.Values, options: &q.options}
		var err error
		if filters[i], err = reader.read(typ, applied.Name, 0); err != nil {
			return err
		}
		applied.Code, applied.Modifier, applied.Kind = reader.code, reader.modifier, reader.kind
	}
	for i, typ := range q.types {
		q.filters[typ] = append(q.filters[typ], filters[i])
	}
	return nil
}

// filterReader turns a parameter into a filter for one resource type.
type filterReader struct {
	pair
	values  []string
	options *Options

	// what was read of a name that is neither a chain nor _has, and the type of the parameter at the end of any
	code, modifier string
	kind           Kind
}

func (r *filterReader) fail(format string, args ...any) error {
	return &ParamError{Param: r.name, Value: r.value, Problem: fmt.Sprintf(format, args...)}
}

// read reads a name, or what is left of one after some links of a chain.
func (r *filterReader) read(resourceType, name string, links int) (filter, error) {
	if links > r.options.Limits.Chain {
		return nil, &LimitError{What: fmt.Sprintf("links in the chain %q", r.name), Limit: r.options.Limits.Chain}
	}
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return r.has(resourceType, rest, links)
	}
	if first, rest, ok := strings.Cut(name, "."); ok {
		return r.chain(resourceType, first, rest, links)
	}
	code, modifier, _ := strings.Cut(name, ":")
	parameter, err := lookup(resourceType, code, r.name)
	if err != nil {
		return nil, err
	}
	if links == 0 {
		r.code, r.modifier = code, modifier
	}
	r.kind = parameter.Kind
	if strings.HasSuffix(name, ":") {
		return nil, r.fail("has a colon but no modifier after it")
	}
	return r.plain(resourceType, parameter, modifier)
}

// has reads Type:reference:parameter, the name after "_has:".
func (r *filterReader) has(resourceType, name string, links int) (filter, error) {
	parts := strings.SplitN(name, ":", 3)
	if len(parts) < 3 || parts[2] == "" {
		return nil, r.fail("is not _has:[type]:[reference parameter]:[parameter]")
	}
	if !isType(parts[0]) {
		return nil, r.fail("names %q, which is not a resource type of FHIR R4", parts[0])
	}
	parameter, err := lookup(parts[0], parts[1], r.name)
	if err != nil {
		return nil, err
	}
	if parameter.Kind != Reference || !parameter.pointsAt(resourceType) {
		return nil, r.fail("goes through %s of %s, which does not refer to %s", parts[1], parts[0], resourceType)
	}
	inner, err := r.read(parts[0], parts[2], links+1)
	if err != nil {
		return nil, err
	}
	return &hasFilter{resourceType: parts[0], parameter: parameter, inner: inner}, nil
}

// chain reads a chained name: first is the reference parameter, perhaps with a type, rest what is asked of its target.
func (r *filterReader) chain(resourceType, first, rest string, links int) (filter, error) {
	code, typ, typed := strings.Cut(first, ":")
	parameter, err := lookup(resourceType, code, r.name)
	if err != nil {
		return nil, err
	}
	if parameter.Kind != Reference || !referencesResources(parameter) {
		return nil, r.fail("chains through %s of %s, which is not a reference to a resource", code, resourceType)
	}
	targets := parameter.Targets
	switch {
	case typed && (!isType(typ) || !parameter.pointsAt(typ)):
		return nil, r.fail("chains through %s to %s, which it does not refer to", code, typ)
	case typed:
		targets = []string{typ}
	case len(targets) == 1 && targets[0] == "*":
		return nil, r.fail("chains through %s, which may refer to any type: name one, as in %s:Patient.%s", code, code, rest)
	}
	f := &chainFilter{parameter: parameter, inner: map[string]filter{}}
	var unknown, bad error
	for _, target := range targets {
		inner, err := r.read(target, rest, links+1)
		var problem *ParamError
		switch {
		case err == nil:
			f.inner[target] = inner
			f.targets = append(f.targets, target)
		case errors.As(err, &problem) && problem.Unknown:
			unknown = err
		default:
			bad = err
		}
	}
	switch {
	case len(f.inner) > 0:
		slices.Sort(f.targets)
		return f, nil
	case bad != nil:
		return nil, bad
	default:
		return nil, unknown
	}
}

// plain reads a parameter that is neither a chain nor _has.
func (r *filterReader) plain(resourceType string, parameter *Parameter, modifier string) (filter, error) {
	if modifier == "missing" && parameter.Kind != Composite {
		if r.value != "true" && r.value != "false" {
			return nil, r.fail("is not true or false, as :missing requires")
		}
		return &missingFilter{parameter: parameter, missing: r.value == "true"}, nil
	}
	if err := r.checkModifier(resourceType, parameter, modifier); err != nil {
		return nil, err
	}
	if parameter.Kind == Composite {
		return r.composite(parameter)
	}
	f := &valueFilter{parameter: parameter, modifier: modifier, not: modifier == "not"}
	for _, part := range r.values {
		value, err := r.matcher(parameter, modifier, part)
		if err != nil {
			return nil, err
		}
		f.values = append(f.values, value)
	}
	return f, nil
}

// checkModifier refuses a modifier the parameter's type does not have or this package does not evaluate: R4 requires
// servers to reject those.
func (r *filterReader) checkModifier(resourceType string, parameter *Parameter, modifier string) error {
	if modifier == "" {
		return nil
	}
	allowed := map[Kind][]string{
		String: {"exact", "contains"},
		Token:  {"not", "text", "of-type"},
		URI:    {"above", "below"},
	}[parameter.Kind]
	over := func(types ...string) bool {
		return slices.ContainsFunc(parameter.paths, func(p path) bool { return slices.Contains(types, p.typ) })
	}
	ok := slices.Contains(allowed, modifier)
	switch {
	case parameter.Kind == Reference && modifier == "identifier":
		ok = referencesResources(parameter)
	case parameter.Kind == Reference && isType(modifier):
		if !parameter.pointsAt(modifier) {
			return r.fail("has the modifier :%s, but %s of %s does not refer to that type", modifier, parameter.Code, resourceType)
		}
		ok = true
	case modifier == "text":
		ok = ok && over("Coding", "CodeableConcept", "Identifier")
	case modifier == "of-type":
		ok = ok && over("Identifier")
	}
	if slices.Contains([]string{"in", "not-in", "above", "below"}, modifier) && !ok {
		return r.fail("has the modifier :%s, which needs a terminology or hierarchy and is not supported", modifier)
	}
	if !ok {
		return r.fail("has the modifier :%s, which does not apply to %s of %s, a parameter of type %s", modifier, parameter.Code, resourceType, parameter.Kind)
	}
	return nil
}

// matcher parses one value, which still has its escapes.
func (r *filterReader) matcher(parameter *Parameter, modifier, part string) (matcher, error) {
	if part == "" {
		return nil, r.fail("has an empty value between its commas")
	}
	text, err := unescape(part)
	if err != nil {
		return nil, r.fail("%v", err)
	}
	var value matcher
	problem := ""
	switch {
	case parameter.Kind == Token && modifier == "text":
		var s stringValue
		s, problem = parseString("", text)
		value = tokenText{s}
	case parameter.Kind == Token && modifier == "of-type":
		value, problem = parseOfType(part)
	case parameter.Kind == Token:
		value, problem = parseToken(parameter, part)
	case parameter.Kind == String:
		value, problem = parseString(modifier, text)
	case parameter.Kind == Date:
		value, problem = parseWhen(text, r.options)
	case parameter.Kind == Number:
		value, problem = parseNumber(text)
	case parameter.Kind == Quantity:
		value, problem = parseQuantity(part)
	case parameter.Kind == URI:
		value, problem = parseURI(modifier, text)
	case parameter.Kind == Reference && modifier == "identifier":
		var token tokenValue
		token, problem = parseToken(identifierParameter(), part)
		value = referenceIdentifier{token}
	case parameter.Kind == Reference:
		value, problem = parseReference(parameter, modifier, text, r.options)
	default:
		problem = "is of a type that is not supported"
	}
	if problem != "" {
		return nil, r.fail("%s", problem)
	}
	return value, nil
}

// identifierParameter is a token parameter over an Identifier, by whose rules the value of :identifier is read.
func identifierParameter() *Parameter {
	return &Parameter{Code: "identifier", Kind: Token, paths: []path{{typ: "Identifier"}}}
}

func (r *filterReader) composite(parameter *Parameter) (filter, error) {
	f := &compositeFilter{parameter: parameter}
	for _, part := range r.values {
		pieces := split(part, '$')
		if len(pieces) != len(parameter.components) {
			return nil, r.fail("has %d parts joined with $, but %s has %d", len(pieces), parameter.Code, len(parameter.components))
		}
		value := make([]matcher, len(pieces))
		for i, piece := range pieces {
			var err error
			if value[i], err = r.matcher(&parameter.components[i], "", piece); err != nil {
				return nil, err
			}
		}
		f.values = append(f.values, value)
	}
	return f, nil
}
