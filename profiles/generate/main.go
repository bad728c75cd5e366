// Command generate writes the embedded definition tables from official FHIR packages.
//
//	go run ./profiles/generate -packages DIR [-versions hl7.fhir.xver-extensions-0.1.0.tgz] [-out profiles/definitions]
//
// The elements of other versions of FHIR are written again only where their package is named with -versions.
// DIR holds the packages as .tgz files; the names that are read are listed in sources. The tables keep facts only:
// paths, cardinalities, types, targets, bindings, fixed values and patterns, slicing, flags, constraint expressions,
// codes and their displays. The bytes depend on the packages alone.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr)) //nolint:forbidigo // this is a main function
}

func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	packages := flags.String("packages", "", "folder of the FHIR packages to read")
	versions := flags.String("versions", "", "package of the elements of other versions of FHIR, hl7.fhir.xver-extensions")
	out := flags.String("out", filepath.Join("profiles", "definitions"), "folder to write the tables to")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *packages == "" {
		report(stderr, "generate: name the folder of the FHIR packages with -packages")
		return 2
	}
	files, err := generate(*packages)
	if err != nil {
		report(stderr, "generate: %v", err)
		return 1
	}
	if *versions != "" {
		more, err := elements(*versions)
		if err != nil {
			report(stderr, "generate: %v", err)
			return 1
		}
		files = append(files, more)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(*out, f.name), f.data, 0o600); err != nil {
			report(stderr, "generate: %v", err)
			return 1
		}
		report(stderr, "%s: %d definitions, %d bytes", f.name, f.tables, len(f.data))
	}
	return 0
}

// report writes a line for the person at the terminal; when that fails there is nobody to tell.
func report(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}
