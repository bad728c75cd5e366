package command

import (
	"encoding/json"
	"fmt"
	"io"
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
		return textPrinter{w, p, p.lines && colours()}, nil
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

// textPrinter writes one line per finding, and on a terminal the line of the file below it. A terminal that has colours shows
// the severity in one, which says no more than the word.
type textPrinter struct {
	w       io.Writer
	p       *people
	colours bool
}

func (p textPrinter) print(file string, findings []result.Finding) error {
	for _, f := range p.p.together(findings) {
		severity := string(f.Severity)
		if f.Waiver != "" {
			severity = "waived " + severity + " (" + f.Waiver + ")"
		}
		if p.colours {
			severity = ansi(f) + severity + "\x1b[0m"
		}
		if _, err := fmt.Fprintf(p.w, "%s: %s %s %s: %s\n%s", visible(placeOf(file, f)), severity, visible(pathOf(f)), visible(f.Rule), p.p.said(f), p.p.source(file, f)); err != nil {
			return err
		}
	}
	return nil
}

// ansi is the escape sequence that starts the colour of a finding.
func ansi(f result.Finding) string {
	switch {
	case f.Waiver != "":
		return "\x1b[36m"
	case f.Severity == result.SeverityError:
		return "\x1b[1;31m"
	case f.Severity == result.SeverityWarning:
		return "\x1b[33m"
	default:
		return "\x1b[2m"
	}
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
