package suites

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/suites/capability"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/parity"
	"concord.example/concord/suites/profile"
	"concord.example/concord/suites/scenario"
)

// Catalogue lists every check that Concord knows, suite by suite.
func Catalogue() check.Catalogue { return catalogue(nil) }

// catalogue is Catalogue with the questions of the run's contract. Without them its planned checks cannot be asked.
func catalogue(questions *parity.Questions) check.Catalogue {
	return slices.Concat(capability.Checks(), profile.Checks(), parity.Checks(), parity.PlannedChecks(questions), scenario.Checks())
}

// Selection is the part of the catalogue to run. Empty lists mean everything.
type Selection struct {
	// Suites are names of suites, Checks ids of checks; a check is selected when its suite and its id are.
	Suites, Checks []string
	// Providers are the ODS codes that per-provider checks ask about.
	Providers []string
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
			return nil, fmt.Errorf("there is no suite %q: the suites are %s", name, strings.Join(suiteNames, ", "))
		}
	}
	for _, id := range s.Checks {
		if _, ok := catalogue.Find(id); !ok {
			return nil, fmt.Errorf("there is no check %q: run \"concord list\" to see the ids", id)
		}
	}
	var selected check.Catalogue
	for _, c := range catalogue {
		if (len(s.Suites) == 0 || slices.Contains(s.Suites, c.Suite)) && (len(s.Checks) == 0 || slices.Contains(s.Checks, c.ID)) {
			selected = append(selected, c)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("nothing is selected: no check is in both the suites %s and the ids %s",
			strings.Join(s.Suites, ", "), strings.Join(s.Checks, ", "))
	}
	return selected, nil
}
