package suites

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/suggest"
)

// plausible is how many resources of a type a system that was filled with the ledger may hold about one person: what it was
// given, as often as a careless load repeats it, and a hundred of its own.
func plausible(ledger *fixtures.Ledger) int {
	if ledger == nil {
		return 0
	}
	most := 0
	for _, story := range ledger.Stories() {
		for _, person := range story.People {
			of := map[fixtures.Kind]int{}
			for _, fact := range ledger.FactsOf(person) {
				of[fact.Kind]++
				most = max(most, of[fact.Kind])
			}
		}
	}
	if most == 0 {
		return 0
	}
	return 3*most + 100
}

// FindProviders returns the selected providers of the ledger in the order of their ODS codes: all of them when none is
// named (of a ledger of which a part was loaded, those whose seeded patient was), and an error that names one that does not exist.
func (s Selection) FindProviders(ledger *fixtures.Ledger) ([]fixtures.Provider, error) {
	if len(s.Providers) == 0 {
		all := ledger.Providers()
		if !ledger.Partial() {
			return all, nil
		}
		// Of whom nobody was loaded nothing can be seen.
		var loaded []fixtures.Provider
		for _, provider := range all {
			if _, _, ok := ledger.SweepFact(provider.ODS); ok {
				loaded = append(loaded, provider)
			}
		}
		return loaded, nil
	}
	var selected []fixtures.Provider
	for _, ods := range s.Providers {
		provider, ok := ledger.Provider(ods)
		if !ok {
			return nil, fmt.Errorf("there is no provider with ODS code %q in the ledger%s", ods, meantProvider(ods, ledger))
		}
		selected = append(selected, provider)
	}
	slices.SortFunc(selected, func(a, b fixtures.Provider) int { return strings.Compare(a.ODS, b.ODS) })
	return slices.CompactFunc(selected, func(a, b fixtures.Provider) bool { return a.ODS == b.ODS }), nil
}

// meantProvider suggests providers whose code or name is near to what was typed.
func meantProvider(typed string, ledger *fixtures.Ledger) string {
	var codes []string
	for _, p := range ledger.Providers() {
		if strings.EqualFold(p.Name, typed) {
			return fmt.Sprintf(" (did you mean %q, %s?)", p.ODS, p.Name)
		}
		codes = append(codes, p.ODS)
	}
	return suggest.Meant(typed, codes)
}
