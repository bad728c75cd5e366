package suites_test

import (
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

func TestEveryCheckIsProvedByADefect(t *testing.T) {
	proved := map[string]bool{}
	catalogue := suites.Catalogue()
	for _, d := range mocks.Defects() {
		for _, id := range d.Checks {
			proved[id] = true
			if _, ok := catalogue.Find(id); !ok {
				t.Errorf("defect %s names check %s, which does not exist", d.ID, id)
			}
		}
	}
	for _, c := range catalogue {
		if !proved[c.ID] && provedElsewhere()[c.ID] == "" {
			t.Errorf("no defect makes %s fail, so nothing shows that it can", c.ID)
		}
	}
}

// provedElsewhere says of checks that no mock can make fail why that is so.
func provedElsewhere() map[string]string {
	return map[string]string{
		"SCN-P36": "the fault would be Concord's own: the tests of internal/exchange show that what the check plants is refused",
	}
}

// asking asks some checks with a defect switched on in some systems, and switches it off again; no checks are all of them.
func (b *bench) asking(t *testing.T, checks []string, d mocks.Defect, sides ...*mocks.Endpoint) result.Run {
	t.Helper()
	for _, side := range sides {
		if err := side.Server.SetDefects(b.setting(d, side.System)); err != nil {
			t.Fatal(err)
		}
	}
	run := b.run(t.Context(), t, func(c *suites.Config) {
		c.Selection.Checks, c.Selection.Providers = checks, b.someProviders()
		c.WithoutSpecs()
	})
	for _, side := range sides {
		if err := side.Server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

// setting switches a defect on. The defects of the sweep are given a provider that the test asks about.
func (b *bench) setting(d mocks.Defect, system string) mocks.Setting {
	setting := mocks.Setting{ID: d.ID}
	if d.OfProviders() {
		for _, ods := range b.someProviders() {
			if b.ledger.System(ods) == system {
				setting.Providers = []string{ods}
			}
		}
	}
	return setting
}
