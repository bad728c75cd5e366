package testscript

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// running is one script while it runs against one system.
type running struct {
	script    *Script
	env       *check.Env
	decodeXML func([]byte) (map[string]any, error)
	fixtures  map[string]held
	last      held
	findings  []result.Finding
	report    *report
}

// Run runs the script against env.System. The TestReport says what happened to every action, also when it returns an
// error, which says that we could not tell. Findings are the assertions that do not hold.
func (s *Script) Run(ctx context.Context, env *check.Env, decodeXML func([]byte) (map[string]any, error)) (fhir.Resource, []result.Finding, error) {
	r := &running{script: s, env: env, decodeXML: decodeXML, fixtures: map[string]held{}, report: newReport(s, env)}
	for id, resource := range s.fixtures {
		r.fixtures[id] = held{resource: resource}
	}
	var failed []error
	ready, err := r.all(ctx, s.setup, false, r.report.inSetup)
	failed = append(failed, err)
	for _, one := range s.tests {
		r.report.begin(one)
		env.By("Given the test %s", one.name)
		_, err := r.all(ctx, one.actions, !ready, r.report.inTest)
		failed = append(failed, err)
	}
	_, err = r.all(ctx, s.teardown, false, r.report.inTeardown)
	failed = append(failed, err)
	return r.report.resource(), r.findings, errors.Join(failed...)
}

// all performs actions in their order, until one does not hold; what follows is skipped, and said to be.
func (r *running) all(ctx context.Context, actions []action, skip bool, note func(action, outcome)) (ok bool, failed error) {
	ok = !skip
	for _, one := range actions {
		if !ok {
			note(one, outcome{result: "skip", message: "not done, because something before it failed"})
			continue
		}
		happened, err := r.perform(ctx, one)
		note(one, happened)
		if err != nil {
			failed = fmt.Errorf("%s: %w", one.element.path, err)
		}
		ok = happened.result == "pass" || happened.result == "warning"
	}
	return ok, failed
}

// outcome is what happened to an action, in the words of http://hl7.org/fhir/report-action-result-codes.
type outcome struct{ result, message string }

func (r *running) perform(ctx context.Context, one action) (outcome, error) {
	if one.operation != nil {
		r.env.By("When %s", one.operation.describe())
		err := r.ask(ctx, one.operation)
		if errors.Is(err, errNotCome) {
			return outcome{"skip", err.Error()}, nil
		}
		if err != nil {
			return outcome{"error", err.Error()}, err
		}
		return outcome{"pass", r.last.describe()}, nil
	}
	a := one.assert
	r.env.By("Then %s", a.describe())
	verdict, err := r.judge(ctx, a)
	if errors.Is(err, errNotCome) {
		return outcome{"skip", err.Error()}, nil
	}
	if err != nil {
		return outcome{"error", err.Error()}, err
	}
	if verdict.holds() {
		return outcome{result: "pass"}, nil
	}
	finding := result.Finding{
		Rule: "testscript-" + a.kind, Severity: result.SeverityError, Path: one.element.path, Expected: verdict.expected, Actual: verdict.actual,
		Message: fmt.Sprintf("%s: got %s, want %s", a.describe(), verdict.actual, verdict.expected),
	}
	if r.last.exchange != "" {
		finding.Exchanges = []string{r.last.exchange}
	}
	happened := outcome{"fail", finding.Message}
	if a.warningOnly {
		finding.Severity, happened.result = result.SeverityWarning, "warning"
	}
	r.findings = append(r.findings, finding)
	return happened, nil
}

func (o *operation) describe() string {
	if o.label != "" {
		return o.label
	}
	return strings.TrimSpace(o.kind + " " + o.resource + " " + o.params + o.url)
}

func (a *assertion) describe() string {
	switch {
	case a.description != "":
		return a.description
	case a.label != "":
		return a.label
	default:
		return strings.Join(strings.Fields(a.kind+" "+a.argument+" "+a.operator+" "+a.value), " ")
	}
}

// ask sends the request of an operation and keeps the answer.
func (r *running) ask(ctx context.Context, o *operation) error {
	address, err := r.address(ctx, o)
	if err != nil {
		return err
	}
	request := exchange.Request{Method: http.MethodGet, URL: address, Header: http.Header{}}
	for _, header := range o.headers {
		value, err := r.fill(ctx, header[1])
		if err != nil {
			return err
		}
		request.Header.Add(header[0], value)
	}
	if o.accept != "" && o.accept != "none" {
		if request.Accept, err = r.fill(ctx, mediaType(o.accept)); err != nil {
			return err
		}
	}
	if o.method == "post" {
		path, query, _ := strings.Cut(address, "?")
		request.Method, request.URL, request.Body, request.ContentType = http.MethodPost, path+"/_search", query, "application/x-www-form-urlencoded"
	}
	got, err := r.env.System.Ask(ctx, request)
	if err != nil {
		return err
	}
	r.last = held{status: got.Status, header: got.Header, method: request.Method, url: got.Request.URL, exchange: got.ID}
	switch got.ContentType() {
	case "application/fhir+json", "application/json":
		if tree, err := fhir.DecodeObject([]byte(got.Body)); err == nil {
			r.last.resource = fhir.Resource(tree)
		}
	case "application/fhir+xml", "application/xml", "text/xml":
		if r.decodeXML != nil {
			if tree, err := r.decodeXML([]byte(got.Body)); err == nil {
				r.last.resource = fhir.Resource(tree)
			}
		}
	}
	if o.responseID != "" {
		r.fixtures[o.responseID] = r.last
	}
	return nil
}

// address is the URL of an operation, relative to the base of the system.
func (r *running) address(ctx context.Context, o *operation) (string, error) {
	if o.kind == "capabilities" && o.url == "" {
		return "metadata", nil
	}
	if o.url != "" {
		return r.fill(ctx, o.url)
	}
	params, err := r.fill(ctx, o.params)
	if err != nil {
		return "", err
	}
	if o.targetID != "" {
		from, err := r.source(o.targetID)
		if err != nil {
			return "", err
		}
		target := from.resource
		if target.Type() == "" || target.ID() == "" {
			return "", fmt.Errorf("the fixture %s has no type and id to ask for", o.targetID)
		}
		address := target.Reference()
		switch o.kind {
		case "vread":
			address += "/_history/" + target.Text("meta", "versionId")
		case "history":
			address += "/_history"
		}
		return address, nil
	}
	if o.kind != "search" {
		address := o.resource + "/" + strings.TrimPrefix(params, "/")
		if o.kind == "history" && !strings.Contains(address, "_history") {
			address += "/_history"
		}
		return address, nil
	}
	query := strings.TrimPrefix(params, "?")
	if o.encode {
		values, err := url.ParseQuery(query)
		if err != nil {
			return "", fmt.Errorf("the parameters %q cannot be read: %w", query, err)
		}
		query = values.Encode()
	}
	if query == "" {
		return o.resource, nil
	}
	return o.resource + "?" + query, nil
}

// errNotCome says that the operation whose answer is wanted was not done, because something before it failed. Parse has
// seen to it that there is such an operation.
var errNotCome = errors.New("an answer that this builds on has not come")

// source returns the fixture with the id, or the last answer.
func (r *running) source(id string) (held, error) {
	if id == "" {
		return r.last, nil
	}
	found, ok := r.fixtures[id]
	if !ok {
		return held{}, fmt.Errorf("%w: %s", errNotCome, id)
	}
	return found, nil
}

// fill replaces the variables of a text by their values.
func (r *running) fill(ctx context.Context, text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	values := map[string]string{}
	for _, v := range r.script.variables {
		if !strings.Contains(text, "${"+v.name+"}") {
			continue
		}
		value, err := r.value(ctx, v)
		if err != nil {
			return "", fmt.Errorf("variable %s: %w", v.name, err)
		}
		values["${"+v.name+"}"] = value
	}
	return placeholder.ReplaceAllStringFunc(text, func(match string) string { return values[match] }), nil
}

// value is what a variable stands for now. One that has no value leaves the question open: asking with an empty text
// would ask something else.
func (r *running) value(ctx context.Context, v variable) (string, error) {
	if v.headerField == "" && v.expression == "" && v.jsonPath == "" {
		return v.fallback, nil
	}
	from, err := r.source(v.source)
	if err != nil {
		return "", err
	}
	var value string
	switch {
	case v.headerField != "":
		value = from.header.Get(v.headerField)
	case v.jsonPath != "":
		value = fhir.Text(follow(map[string]any(from.resource), v.jsonPath))
	case from.resource != nil:
		items, err := r.env.Judge.Evaluate(ctx, v.expression, from.resource)
		if err != nil {
			return "", fmt.Errorf("evaluate %q: %w", v.expression, err)
		}
		if len(items) > 0 {
			value = items[0]
		}
	}
	if value == "" {
		value = v.fallback
	}
	if value == "" {
		return "", check.NoData("%s holds nothing that variable %s could stand for (%s)", v.source, v.name, strings.TrimSpace(v.headerField+v.expression+v.jsonPath))
	}
	return value, nil
}
