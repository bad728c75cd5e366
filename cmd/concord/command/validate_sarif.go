package command

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

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
		artifact := map[string]any{"uri": uriOf(file)}
		if !strings.HasPrefix(uriOf(file), "file:") {
			artifact["uriBaseId"] = "%SRCROOT%" // readers resolve it against where the sources were checked out
		}
		location := map[string]any{"artifactLocation": artifact}
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
	rules, err := sarifRules(names)
	if err != nil {
		return err
	}
	harness := build()
	driver := map[string]any{
		"name": "Concord", "fullName": strings.TrimSpace("Concord " + harness.Version + " " + harness.Commit), "informationUri": home(), "rules": rules,
	}
	if harness.Version != "" && harness.Version[0] >= '0' && harness.Version[0] <= '9' {
		driver["version"] = harness.Version // readers compare numbers, so another name for a build is no version
	}
	encoder := json.NewEncoder(p.w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{map[string]any{
			"tool":    map[string]any{"driver": driver},
			"results": p.results,
		}},
	})
}

// sarifRules describes the rules with the names, for readers that show what a rule asks beside its findings.
func sarifRules(names []string) ([]any, error) {
	all, err := topics()
	if err != nil {
		return nil, err
	}
	known := map[string]topic{}
	for _, t := range all {
		known[t.ID] = t
	}
	rules := make([]any, 0, len(names))
	for _, name := range names {
		words := cmp.Or(known[name].Title, profiles.InvariantWords(name), "a constraint of a profile that was loaded")
		help := fmt.Sprintf("Run \"concord explain %s\".", name)
		for _, row := range known[name].Rows {
			if row.Name == "fix" {
				help = "To mend: " + row.Text + ". " + help
			}
		}
		rules = append(rules, map[string]any{
			"id": name, "name": pascal(name), "shortDescription": map[string]any{"text": words + "."}, "help": map[string]any{"text": help},
		})
	}
	return rules, nil
}

// pascal writes an id as SARIF wants the names of rules: FhirBinding for fhir-binding.
func pascal(id string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + strings.ToLower(part[1:]))
	}
	return b.String()
}
