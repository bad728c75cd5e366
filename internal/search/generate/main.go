// Command generate writes the tables that internal/search embeds, from the definitions of the HL7 FHIR R4 core package.
//
// It turns each SearchParameter's FHIRPath expression into the JSON paths and element types the expression can reach, so
// that the evaluator never has to guess a type or run FHIRPath, and lists the summary and mandatory elements of every
// resource type. An expression of a shape it does not know is written down as unsupported with the reason; nothing is
// left out in silence.
//
// Run it from the module root: go run ./internal/search/generate -packages DIR
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	packages := flag.String("packages", "", "directory that holds hl7.fhir.r4.core-4.0.1.tgz")
	out := flag.String("out", filepath.Join("internal", "search"), "directory the tables are written to")
	flag.Parse()
	if err := run(*packages, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1) //nolint:forbidigo // a command of its own, not part of the product
	}
}

func run(packages, out string) error {
	if packages == "" {
		return fmt.Errorf("no package directory: give one with -packages")
	}
	tables, err := generate(packages)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"parameters.tsv": tables.parameters, "elements.tsv": tables.elements} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o600); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	return nil
}
