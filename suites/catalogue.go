package suites

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites/capability"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/parity"
	"concord.example/concord/suites/profile"
	"concord.example/concord/suites/scenario"
	"concord.example/concord/suites/security"
)

// Catalogue lists every check that Concord knows, suite by suite.
func Catalogue() check.Catalogue { return catalogue(nil) }

// catalogue is Catalogue with the questions of the run's contract. Without them its planned checks cannot be asked.
func catalogue(questions *parity.Questions) check.Catalogue {
	return slices.Concat(capability.Checks(), profile.Checks(), parity.Checks(), parity.PlannedChecks(questions), scenario.Checks(), security.Checks())
}

// Selection is the part of the catalogue to run. Empty lists mean everything.
type Selection struct {
	// Suites are names of suites, Checks ids of checks or patterns of ids as path.Match reads them ("PAR-DATE-*"); a check
	// is selected when its suite and its id are.
	Suites, Checks []string
	// Providers are the ODS codes that per-provider checks ask about.
	Providers []string
	// Loaded are the names by which the ledger was told which people were loaded (see Ledger.Loaded); empty for everybody.
	Loaded []string
}

// Select returns the selected part of the catalogue, and an error that names what does not exist.
func (s Selection) Select(catalogue check.Catalogue) (check.Catalogue, error) {
	var suiteNames []string
	for _, c := range catalogue {
		if !slices.Contains(suiteNames, c.Suite) {
			suiteNames = append(suiteNames, c.Suite)
		}
	}
	for _, name := range s.Suites {
		if !slices.Contains(suiteNames, name) {
			return nil, fmt.Errorf("there is no suite %q%s: the suites are %s", name, suggest.Meant(name, suiteNames), strings.Join(suiteNames, ", "))
		}
	}
	wanted, err := s.wanted(catalogue)
	if err != nil {
		return nil, err
	}
	var selected check.Catalogue
	for _, c := range catalogue {
		if (len(s.Suites) == 0 || slices.Contains(s.Suites, c.Suite)) && (len(s.Checks) == 0 || wanted[c.ID]) {
			selected = append(selected, c)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("nothing is selected: no check is in both the suites %s and the ids %s",
			strings.Join(s.Suites, ", "), strings.Join(s.Checks, ", "))
	}
	return selected, nil
}

// wanted are the ids that Checks names. Case does not matter. An id or a pattern that stands for no check is an error.
func (s Selection) wanted(catalogue check.Catalogue) (map[string]bool, error) {
	wanted := map[string]bool{}
	ids := make([]string, 0, len(catalogue))
	for _, c := range catalogue {
		ids = append(ids, c.ID)
	}
	for _, asked := range s.Checks {
		found := false
		for _, id := range ids {
			matches, err := path.Match(strings.ToUpper(asked), strings.ToUpper(id))
			if err != nil {
				return nil, fmt.Errorf("checks: %q is no pattern: * stands for any letters, ? for one, [0-9] for one of several", asked)
			}
			if matches {
				wanted[id], found = true, true
			}
		}
		switch {
		case found:
		case strings.ContainsAny(asked, "*?["):
			return nil, fmt.Errorf("no check has an id like %q: run \"concord list\" to see the ids", asked)
		default:
			return nil, fmt.Errorf("there is no check %q%s: run \"concord list\" to see the ids", asked, suggest.Meant(asked, ids))
		}
	}
	return wanted, nil
}
