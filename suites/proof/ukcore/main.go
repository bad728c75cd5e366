// Command ukcore breaks every rule of UK Core alone, each in an instance that keeps all the others, and demands that the
// validator finds that one at its place and nothing else.
//
//	go run ./suites/proof/ukcore [-all] [stu2|stu3]...
//
// The rules are what the differentials of UK Core's profiles and extensions add to their bases: cardinalities, fixed values,
// bindings that oblige, types, targets of references, constraints, and where an extension may be. Instances are made from the snapshots.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"concord.example/concord/profiles"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // this is a main function
}

func run(arguments []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("ukcore", flag.ContinueOnError)
	flags.SetOutput(errs)
	all := flags.Bool("all", false, "list the rules that are found too")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	sequences := flags.Args()
	if len(sequences) == 0 {
		sequences = []string{"stu2", "stu3"}
	}
	for _, sequence := range sequences {
		outcomes, err := prove(context.Background(), profiles.Sequence(sequence))
		if err != nil {
			_, _ = fmt.Fprintf(errs, "ukcore %s: %v\n", sequence, err)
			return 3
		}
		found, breakable := 0, 0
		for _, o := range outcomes {
			if o.rule.unbreakable == "" {
				breakable++
			}
			if o.problem != "" {
				_, _ = fmt.Fprintf(out, "%s: %s\n", o.rule, o.problem)
				continue
			}
			found++
			if *all {
				_, _ = fmt.Fprintf(out, "%s: found\n", o.rule)
			}
		}
		_, _ = fmt.Fprintf(out, "%s: %d of %d rules that can be broken alone are found, of %d\n", sequence, found, breakable, len(outcomes))
	}
	return 0
}
