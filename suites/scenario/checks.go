package scenario

import (
	"embed"
	"fmt"
	"slices"
	"sync"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/scenario/script"
)

// Checks lists the checks of the scenario suite: those that are written in Go, and those of the files of this folder.
func Checks() check.Catalogue {
	return slices.Concat(check.Catalogue{
		twentyContactsCheck(), parityCheck(), directoryCheck(), visibleCheck(), personCheck(),
	}, sweepAspects(), scripted(), eventChecks())
}

//go:embed *.yaml
var files embed.FS

// Scripts returns the scenarios that are written as files.
func Scripts() []*script.Script { return scripts() }

// scripts are read once; a test reads them with the ledger and every type, so that a mistake is found there.
var scripts = sync.OnceValue(func() []*script.Script { //nolint:gochecknoglobals // embedded and immutable
	read, err := script.Load(files, "suites/scenario", script.Vocabulary{})
	if err != nil {
		panic(fmt.Sprintf("unreachable: the built-in scenarios are tested: %v", err))
	}
	return read
})

func scripted() check.Catalogue {
	catalogue := make(check.Catalogue, 0, len(scripts()))
	for _, s := range scripts() {
		catalogue = append(catalogue, s.Check())
	}
	return catalogue
}

// search lists what a scenario needs an endpoint to offer.
func search(resourceTypes ...string) []check.Feature {
	needs := []check.Feature{{Resource: "Patient"}}
	for _, resourceType := range resourceTypes {
		needs = append(needs, check.Feature{Resource: resourceType})
	}
	return needs
}

// pilot refers to a phrase about the pilot that the scenarios repeat.
func pilot(phrase string) result.Ref {
	return result.Ref{ID: "PILOT", Source: "West Midlands pilot, March 2023: " + phrase}
}
