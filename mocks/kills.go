package mocks

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// killList says which checks each defect must make fail, one "D01 CHECK-ID" to a line. The order of the lines does not
// matter, so that branches that add lines merge. The suites' tests hold it against what happens, and write it anew when
// asked to.
//
//go:embed kills.txt
var killList string

// kills reads the list: the ids of the checks by the id of the defect, sorted.
var kills = sync.OnceValue(func() map[string][]string { //nolint:gochecknoglobals // embedded data, read once and never changed
	checks := map[string][]string{}
	for line := range strings.Lines(killList) {
		if defect, check, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !slices.Contains(checks[defect], check) {
			checks[defect] = append(checks[defect], check)
		}
	}
	for _, ids := range checks {
		slices.Sort(ids)
	}
	return checks
})
