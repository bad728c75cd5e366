package command

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
)

// printer writes the findings of one file after another; finish ends the document.
type printer interface {
	print(file string, findings []result.Finding) error
	finish() error
}

// formats lists the names that newPrinter takes.
func formats() []string { return []string{"text", "json", "ndjson", "sarif", "github", "gitlab"} }

func newPrinter(format string, w io.Writer, p *people) (printer, error) {
	switch format {
	case "github":
		return githubPrinter{w, p}, nil
	case "gitlab":
		return &gitlabPrinter{w: w, p: p, issues: []gitlabIssue{}, seen: map[string]int{}}, nil
	case "text":
		return textPrinter{w, p}, nil
	case "json":
		return outcomePrinter{w}, nil
	case "ndjson":
		return linePrinter{w}, nil
	case "sarif":
		return &sarifPrinter{w: w, rules: map[string]bool{}, results: []any{}}, nil
	default:
		return nil, fmt.Errorf("--format %q is none of %s%s", format, strings.Join(formats(), ", "), suggest.Meant(format, formats()))
	}
}

// textPrinter writes one line per finding, and on a terminal the line of the file below it.
type textPrinter struct {
	w io.Writer
	p *people
}

func (p textPrinter) print(file string, findings []result.Finding) error {
	for _, f := range p.p.together(findings) {
		severity := string(f.Severity)
		if f.Waiver != "" {
			severity = "waived " + severity + " (" + f.Waiver + ")"
		}
		if _, err := fmt.Fprintf(p.w, "%s: %s %s %s: %s\n%s", visible(placeOf(file, f)), severity, visible(pathOf(f)), visible(f.Rule), p.p.said(f), p.p.source(file, f)); err != nil {
			return err
		}
	}
	return nil
}

// placeOf writes where a finding is as editors understand it: file:line:column.
func placeOf(file string, f result.Finding) string {
	if f.Line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, f.Line, f.Column)
}

// pathOf returns the FHIRPath expression of a finding, or a word for the whole resource.
func pathOf(f result.Finding) string {
	if f.Path == "" {
		return "(whole)"
	}
	return f.Path
}

func (textPrinter) finish() error { return nil }

// linePrinter writes one JSON object per file: the file and its findings as in run.json.
type linePrinter struct{ w io.Writer }

func (p linePrinter) print(file string, findings []result.Finding) error {
	if findings == nil {
		findings = []result.Finding{}
	}
	encoder := json.NewEncoder(p.w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(struct {
		File     string           `json:"file"`
		Findings []result.Finding `json:"findings"`
	}{file, findings})
}

func (linePrinter) finish() error { return nil }

// outcomePrinter writes an OperationOutcome per file on one line. A resource without findings gets an information issue,
// because OperationOutcome.issue must not be empty.
type outcomePrinter struct{ w io.Writer }

type outcomeExtension struct {
	URL          string `json:"url"`
	ValueString  string `json:"valueString,omitempty"`
	ValueInteger int    `json:"valueInteger,omitempty"`
}

type outcomeIssue struct {
	Extension   []outcomeExtension `json:"extension,omitempty"`
	Severity    string             `json:"severity"`
	Code        string             `json:"code"`
	Details     map[string]any     `json:"details,omitempty"`
	Diagnostics string             `json:"diagnostics"`
	Expression  []string           `json:"expression,omitempty"`
}

func (p outcomePrinter) print(file string, findings []result.Finding) error {
	const extensions = "http://hl7.org/fhir/StructureDefinition/"
	issues := make([]outcomeIssue, 0, len(findings))
	for _, f := range findings {
		one := outcomeIssue{
			Severity: string(f.Severity), Code: f.Code, Diagnostics: f.Message,
			Details: map[string]any{"coding": []map[string]string{{"system": "https://concord.test/CodeSystem/rule", "code": f.Rule}}},
		}
		if one.Code == "" {
			one.Code = "processing"
		}
		if f.Waiver != "" {
			// An outcome has no word for waived: what is left is a warning that says so.
			one.Severity, one.Diagnostics = string(result.SeverityWarning), "waived ("+f.Waiver+"): "+f.Message
		}
		if f.Path != "" {
			one.Expression = []string{f.Path}
		}
		if f.Line > 0 {
			one.Extension = []outcomeExtension{
				{URL: extensions + "operationoutcome-issue-line", ValueInteger: f.Line},
				{URL: extensions + "operationoutcome-issue-col", ValueInteger: f.Column},
			}
		}
		issues = append(issues, one)
	}
	if len(issues) == 0 {
		issues = append(issues, outcomeIssue{Severity: "information", Code: "informational", Diagnostics: "no findings"})
	}
	return json.NewEncoder(p.w).Encode(struct {
		ResourceType string             `json:"resourceType"`
		Extension    []outcomeExtension `json:"extension"`
		Issue        []outcomeIssue     `json:"issue"`
	}{"OperationOutcome", []outcomeExtension{{URL: extensions + "operationoutcome-file", ValueString: file}}, issues})
}

func (outcomePrinter) finish() error { return nil }

// sarifPrinter gathers everything into one SARIF 2.1.0 log, which code review tools show beside the lines.
type sarifPrinter struct {
	w       io.Writer
	rules   map[string]bool
	results []any
}

func (p *sarifPrinter) print(file string, findings []result.Finding) error {
	for _, f := range findings {
		level := map[result.Severity]string{result.SeverityWarning: "warning", result.Information: "note"}[f.Severity]
		switch {
		case f.Waiver != "":
			level = "note" // readers that know no suppressions count by level
		case level == "":
			level = "error"
		}
		location := map[string]any{"artifactLocation": map[string]any{"uri": uriOf(file)}}
		if f.Line > 0 {
			location["region"] = map[string]any{"startLine": f.Line, "startColumn": max(1, f.Column)}
		}
		place := map[string]any{"physicalLocation": location}
		if f.Path != "" {
			place["logicalLocations"] = []any{map[string]any{"fullyQualifiedName": f.Path}}
		}
		p.rules[f.Rule] = true
		one := map[string]any{
			"ruleId": f.Rule, "level": level, "message": map[string]any{"text": f.Message}, "locations": []any{place},
		}
		if f.Waiver != "" {
			one["suppressions"] = []any{map[string]any{"kind": "external", "justification": f.Waiver}}
		}
		p.results = append(p.results, one)
	}
	return nil
}

// uriOf names a file as SARIF wants it: relative to the working folder where it lies in it, and else as a file URI.
func uriOf(file string) string {
	name := inRepository(file)
	if !filepath.IsAbs(file) || !strings.HasPrefix(name, "/") {
		return (&url.URL{Path: name}).EscapedPath()
	}
	return (&url.URL{Scheme: "file", Path: name}).String()
}

func (p *sarifPrinter) finish() error {
	names := make([]string, 0, len(p.rules))
	for name := range p.rules {
		names = append(names, name)
	}
	slices.Sort(names)
	rules := make([]any, 0, len(names))
	for _, name := range names {
		rules = append(rules, map[string]any{"id": name})
	}
	harness := build()
	encoder := json.NewEncoder(p.w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":    map[string]any{"driver": map[string]any{"name": "Concord", "version": harness.Version, "rules": rules}},
			"results": p.results,
		}},
	})
}
