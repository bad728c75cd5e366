package testscript

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// assertion is one thing that must hold of an answer.
type assertion struct {
	label, description string
	// kind is the element that says what is looked at; argument is that element's text.
	kind, argument  string
	operator, value string
	hasValue        bool
	sourceID        string
	// compareID and compareExpression or comparePath give the value from another fixture.
	compareID, compareExpression, comparePath string
	warningOnly                               bool
}

// kinds are the elements that say what an assertion looks at.
func kinds() []string {
	return []string{
		"contentType", "expression", "headerField", "minimumId", "navigationLinks", "path", "requestMethod", "requestURL", "resource", "response",
		"responseCode", "validateProfileId",
	}
}

func operators() []string {
	return []string{"equals", "notEquals", "in", "notIn", "greaterThan", "lessThan", "empty", "notEmpty", "contains", "notContains"}
}

func (p *reader) assertion(e element) *assertion {
	p.only(e, append(kinds(), "direction", "compareToSourceId", "compareToSourceExpression", "compareToSourcePath", "operator", "sourceId",
		"value", "warningOnly")...)
	a := &assertion{
		label: e.child("label").text(), description: e.child("description").text(), operator: e.child("operator").text(), value: e.child("value").text(),
		hasValue: e.child("value").there(), sourceID: e.child("sourceId").text(), warningOnly: e.child("warningOnly").value == true,
		compareID: e.child("compareToSourceId").text(), compareExpression: e.child("compareToSourceExpression").text(),
		comparePath: e.child("compareToSourcePath").text(),
	}
	for _, kind := range kinds() {
		if !e.child(kind).there() {
			continue
		}
		if a.kind != "" {
			p.refuse(e, "an assert looks at one thing, and this one at %s and %s", a.kind, kind)
			return a
		}
		a.kind, a.argument = kind, e.child(kind).text()
	}
	if a.kind == "" {
		p.refuse(e, "the assert looks at nothing: it needs one of %s", strings.Join(kinds(), ", "))
		return a
	}
	if a.operator != "" && !slices.Contains(operators(), a.operator) {
		p.refuse(e.child("operator"), "the operator %q is not supported: %s are", a.operator, strings.Join(operators(), ", "))
	}
	if direction := e.child("direction"); direction.text() == "request" && a.kind != "requestMethod" && a.kind != "requestURL" {
		p.refuse(direction, "of a request, only requestMethod and requestURL can be asserted")
	}
	p.headerField(e.child("headerField"))
	p.expression(e.child("expression"))
	p.expression(e.child("compareToSourceExpression"))
	p.jsonPath(e.child("path"))
	p.jsonPath(e.child("compareToSourcePath"))
	p.source(e.child("sourceId"))
	p.source(e.child("compareToSourceId"))
	for _, name := range []string{"value", "requestURL"} {
		p.placeholders(e.child(name))
	}
	p.arguments(e, a)
	return a
}

// arguments refuses what an assertion lacks.
func (p *reader) arguments(e element, a *assertion) {
	compares := a.compareExpression != "" || a.comparePath != ""
	switch {
	case compares && a.compareID == "":
		p.refuse(e, "a comparison needs compareToSourceId")
	case a.compareID != "" && !compares:
		p.refuse(e.child("compareToSourceId"), "say what is compared: compareToSourceExpression or compareToSourcePath")
	case compares && a.hasValue:
		p.refuse(e.child("value"), "the value comes from compareToSourceId")
	case a.kind == "minimumId":
		p.source(e.child("minimumId"))
	case a.kind == "validateProfileId" && p.script.profiles[a.argument] == "":
		p.refuse(e.child("validateProfileId"), "no profile has the id %q", a.argument)
	case a.kind == "response" && responseCodes()[a.argument] == 0:
		p.refuse(e.child("response"), "%q is not a response code of R4", a.argument)
	}
	valued := slices.Contains([]string{"equals", "notEquals", "in", "notIn", "greaterThan", "lessThan", "contains", "notContains"}, a.operator)
	if takesValue(a.kind) && valued && !a.hasValue && !compares {
		p.refuse(e, "the operator %s needs a value", a.operator)
	}
	if a.kind == "headerField" && !a.hasValue && !compares && a.operator == "" {
		p.refuse(e, "say what the header is compared with: value, or the operator notEmpty")
	}
}

func takesValue(kind string) bool {
	return kind == "expression" || kind == "path" || kind == "headerField"
}

// responseCodes are the codes of http://hl7.org/fhir/assert-response-code-types.
func responseCodes() map[string]int {
	return map[string]int{
		"okay": 200, "created": 201, "noContent": 204, "notModified": 304, "bad": 400, "forbidden": 403, "notFound": 404, "methodNotAllowed": 405,
		"conflict": 409, "gone": 410, "preconditionFailed": 412, "unprocessable": 422,
	}
}

// verdict is what an assertion found: "" when it holds.
type verdict struct{ expected, actual string }

func (v verdict) holds() bool { return v == verdict{} }

// judge holds an assertion against the answers so far. An error says that it cannot be judged.
func (r *running) judge(ctx context.Context, a *assertion) (verdict, error) {
	got, err := r.source(a.sourceID)
	if err != nil {
		return verdict{}, err
	}
	value, err := r.expected(ctx, a)
	if err != nil {
		return verdict{}, err
	}
	switch a.kind {
	case "response":
		return compare(a.operator, []string{strconv.Itoa(got.status)}, strconv.Itoa(responseCodes()[a.argument])), got.needsAnswer()
	case "responseCode":
		return compare(a.operator, []string{strconv.Itoa(got.status)}, a.argument), got.needsAnswer()
	case "contentType":
		return compare(a.operator, []string{got.contentType()}, mediaType(a.argument)), got.needsAnswer()
	case "headerField":
		return compare(a.operator, nonEmpty(got.header.Get(a.argument)), value), got.needsAnswer()
	case "requestMethod":
		return compare(a.operator, []string{strings.ToLower(got.method)}, strings.ToLower(a.argument)), got.needsAnswer()
	case "requestURL":
		wanted, err := r.fill(ctx, a.argument)
		return compare(a.operator, []string{got.url}, wanted), err
	}
	if got.resource == nil {
		return verdict{"a FHIR resource", got.describe()}, nil
	}
	switch a.kind {
	case "resource":
		return compare(a.operator, []string{got.resource.Type()}, a.argument), nil
	case "minimumId":
		return r.minimum(got.resource, r.fixtures[a.argument].resource), nil
	case "navigationLinks":
		return navigation(got.resource, a.argument == "true"), nil
	case "validateProfileId":
		return r.conforms(ctx, got.resource, r.script.profiles[a.argument])
	case "path":
		actual := nonEmpty(fhir.Text(follow(map[string]any(got.resource), a.argument)))
		return a.hold(actual, value), nil
	default:
		actual, err := r.env.Judge.Evaluate(ctx, a.argument, got.resource)
		if err != nil {
			return verdict{}, fmt.Errorf("evaluate %q: %w", a.argument, err)
		}
		return a.hold(actual, value), nil
	}
}

// hold compares, or, without anything to compare with, wants something that is not false.
func (a *assertion) hold(actual []string, value string) verdict {
	if !a.hasValue && a.compareID == "" && a.operator == "" {
		if len(actual) == 0 || slices.Contains(actual, "false") {
			return verdict{a.argument, orNothing(actual)}
		}
		return verdict{}
	}
	return compare(a.operator, actual, value)
}

// expected is the value that an assertion compares with: its own, or that of another fixture.
func (r *running) expected(ctx context.Context, a *assertion) (string, error) {
	if a.compareID == "" {
		return r.fill(ctx, a.value)
	}
	other, err := r.source(a.compareID)
	if err != nil {
		return "", err
	}
	if a.comparePath != "" {
		return fhir.Text(follow(map[string]any(other.resource), a.comparePath)), nil
	}
	items, err := r.env.Judge.Evaluate(ctx, a.compareExpression, other.resource)
	if err != nil {
		return "", fmt.Errorf("evaluate %q: %w", a.compareExpression, err)
	}
	if len(items) != 1 {
		return "", fmt.Errorf("%q of %s gives %d values, and one is needed to compare with", a.compareExpression, a.compareID, len(items))
	}
	return items[0], nil
}

// compare applies an operator ("" is equals) to what was found. Several values hold together: each must.
func compare(operator string, actual []string, value string) verdict {
	holds := len(actual) > 0
	each := func(test func(string) bool) bool {
		return !slices.ContainsFunc(actual, func(text string) bool { return !test(text) })
	}
	list := strings.Split(value, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	expected := value
	switch operator {
	case "", "equals":
		holds = holds && each(func(text string) bool { return text == value })
	case "notEquals":
		holds, expected = each(func(text string) bool { return text != value }), "anything but "+value
	case "in":
		holds, expected = holds && each(func(text string) bool { return slices.Contains(list, text) }), "one of "+value
	case "notIn":
		holds, expected = each(func(text string) bool { return !slices.Contains(list, text) }), "none of "+value
	case "empty":
		holds, expected = len(actual) == 0, "nothing"
	case "notEmpty":
		expected = "something"
	case "contains":
		holds, expected = slices.ContainsFunc(actual, func(text string) bool { return strings.Contains(text, value) }), "something with "+value
	case "notContains":
		holds, expected = each(func(text string) bool { return !strings.Contains(text, value) }), "nothing with "+value
	case "greaterThan":
		holds, expected = holds && each(func(text string) bool { return order(text, value) > 0 }), "more than "+value
	case "lessThan":
		holds, expected = holds && each(func(text string) bool { return order(text, value) < 0 && order(text, value) != unordered }), "less than "+value
	}
	if holds {
		return verdict{}
	}
	return verdict{expected, orNothing(actual)}
}

// unordered is the order of two texts that cannot be compared; greaterThan is not so of them, nor lessThan.
const unordered = -2

var fullDate = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z)?$`)

// order compares two numbers, or two dates of one form.
func order(a, b string) int {
	left, leftOK := new(big.Rat).SetString(a)
	right, rightOK := new(big.Rat).SetString(b)
	switch {
	case leftOK && rightOK:
		return left.Cmp(right)
	case len(a) == len(b) && fullDate.MatchString(a) && fullDate.MatchString(b):
		return strings.Compare(a, b)
	default:
		return unordered
	}
}

func orNothing(actual []string) string {
	if len(actual) == 0 {
		return "nothing"
	}
	return strings.Join(actual, ", ")
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// mediaType is what json and xml stand for.
func mediaType(short string) string {
	switch short {
	case "json":
		return "application/fhir+json"
	case "xml":
		return "application/fhir+xml"
	default:
		media, _, _ := strings.Cut(short, ";")
		return strings.ToLower(strings.TrimSpace(media))
	}
}

// minimum wants everything in the fixture to be in the answer; ids and meta differ from system to system.
func (r *running) minimum(answer, fixture fhir.Resource) verdict {
	if missing := lacks(map[string]any(answer), map[string]any(fixture), ""); missing != "" {
		return verdict{"at least what the fixture holds", "without " + strings.TrimPrefix(missing, ".")}
	}
	return verdict{}
}

// lacks returns the path of the first thing in want that is not in got, or "".
func lacks(got, want any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return path
		}
		names := make([]string, 0, len(want))
		for name := range want {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if path == "" && (name == "id" || name == "meta") {
				continue
			}
			if missing := lacks(object[name], want[name], path+"."+name); missing != "" {
				return missing
			}
		}
		return ""
	case []any:
		list, ok := got.([]any)
		if !ok {
			return path
		}
		for i, item := range want {
			if !slices.ContainsFunc(list, func(candidate any) bool { return lacks(candidate, item, "x") == "" }) {
				return path + "[" + strconv.Itoa(i) + "]"
			}
		}
		return ""
	default:
		if fhir.Text(got) != fhir.Text(want) || got == nil {
			return path
		}
		return ""
	}
}

// navigation wants a searchset to have the links by which all of it can be read, or not to have them.
func navigation(bundle fhir.Resource, wanted bool) verdict {
	var missing []string
	for _, relation := range []string{"first", "last", "next"} {
		if fhir.Link(bundle, relation) == "" {
			missing = append(missing, relation)
		}
	}
	switch {
	case wanted && len(missing) > 0:
		return verdict{"links first, last and next", "no " + strings.Join(missing, ", ")}
	case !wanted && len(missing) == 0:
		return verdict{"no links first, last and next", "all of them"}
	default:
		return verdict{}
	}
}

// conforms validates an answer against a profile.
func (r *running) conforms(ctx context.Context, resource fhir.Resource, profile string) (verdict, error) {
	findings, err := r.env.Judge.Judge(ctx, resource, profile)
	if err != nil {
		return verdict{}, fmt.Errorf("validate against %s: %w", profile, err)
	}
	for _, f := range findings {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			return verdict{"conformance to " + profile, f.Path + ": " + f.Message}, nil
		}
	}
	return verdict{}, nil
}

// follow walks a JSONPath of properties and indexes.
func follow(value any, path string) any {
	for _, step := range regexp.MustCompile(`\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]`).FindAllStringSubmatch(path, -1) {
		if step[1] != "" {
			object, ok := value.(map[string]any)
			if !ok {
				return nil
			}
			value = object[step[1]]
			continue
		}
		index, err := strconv.Atoi(step[2])
		items, ok := value.([]any)
		if err != nil || !ok || index >= len(items) {
			return nil
		}
		value = items[index]
	}
	return value
}

// held is an answer, or a fixture of the script.
type held struct {
	resource    fhir.Resource
	status      int
	header      http.Header
	method, url string
	exchange    string
}

// needsAnswer is the error of asking a static fixture about HTTP.
func (h held) needsAnswer() error {
	if h.status == 0 {
		return fmt.Errorf("nothing was asked before this, or the sourceId is that of a fixture")
	}
	return nil
}

func (h held) contentType() string { return mediaType(h.header.Get("Content-Type")) }

func (h held) describe() string {
	if h.status == 0 {
		return "nothing"
	}
	return fmt.Sprintf("status %d with %s", h.status, h.contentType())
}
