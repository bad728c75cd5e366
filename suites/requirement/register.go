package requirement

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/strictyaml"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/parity"
)

//go:embed untested.yaml
var untested []byte

// reasons say why no check tests something, by id.
type reasons struct {
	// Profiles are by resource type, and of a type whose profiles are all tested by one check by the profile's name.
	Profiles map[string]string `yaml:"profiles"`
	Rules    map[string]string `yaml:"rules"`
	// Scenarios are those that no single check tests.
	Scenarios map[string]scenario `yaml:"scenarios"`
}

type scenario struct {
	Title    string `yaml:"title"`
	Untested string `yaml:"untested"`
}

var read = sync.OnceValues(func() (reasons, error) { //nolint:gochecknoglobals // embedded and immutable
	var r reasons
	if err := strictyaml.Decode(untested, &r); err != nil {
		return reasons{}, fmt.Errorf("read the reasons why requirements are untested: %w", err)
	}
	return r, nil
})

// Register lists every requirement in the order of result.CompareRequirements. The profiles are those that are loaded; only those
// of UK Core that constrain a resource are listed. The error names each requirement that has neither a check nor a reason.
func Register(c *contract.Contract, catalogue check.Catalogue, loaded []profiles.Profile) ([]result.Requirement, error) {
	why, err := read()
	if err != nil {
		return nil, err
	}
	all := slices.Concat(rows(c, catalogue), ofProfiles(catalogue, loaded, why), rules(catalogue, why), scenarios(catalogue, why), sources(catalogue))
	slices.SortFunc(all, result.CompareRequirements)
	var blank []string
	for _, r := range all {
		if len(r.Checks) == 0 && r.Untested == "" {
			blank = append(blank, r.ID)
		}
	}
	if len(blank) > 0 {
		return all, fmt.Errorf("no check tests %s, and nobody has written down why: give each a check, or a reason under \"untested\"", strings.Join(blank, ", "))
	}
	return all, nil
}

// rows are the rows of the search contract.
func rows(c *contract.Contract, catalogue check.Catalogue) []result.Requirement {
	var all []result.Requirement
	for _, row := range c.Rows {
		r := result.Requirement{
			ID: row.ID, Source: row.Source, Kind: result.RequirementContract, Title: row.Resource + ": " + row.What(), Level: row.Level, Untested: row.Untested,
		}
		for _, id := range parity.ChecksOf(row) {
			if _, known := catalogue.Find(id); known && row.Untested == "" {
				r.Checks = append(r.Checks, id)
			}
		}
		all = append(all, r)
	}
	return all
}

// ofProfiles are the profiles of UK Core for resources. A check of the base profile of a type judges by every profile that a
// resource of the type claims.
func ofProfiles(catalogue check.Catalogue, loaded []profiles.Profile, why reasons) []result.Requirement {
	var all []result.Requirement
	for _, p := range loaded {
		name := p.Canonical[strings.LastIndexByte(p.Canonical, '/')+1:]
		if !strings.HasPrefix(name, "UKCore-") || p.Extension || !resource(p) {
			continue
		}
		r := result.Requirement{
			ID: name, Source: p.Canonical + "|" + p.Version, Kind: result.RequirementProfile, Title: "every " + p.Type + " that claims the profile conforms to it", Level: result.Must,
			Checks: tracing(catalogue, "UKCore-"+p.Type),
		}
		if len(r.Checks) == 0 {
			r.Untested = why.Profiles[p.Type]
		}
		all = append(all, r)
	}
	return all
}

// resource reports whether a profile constrains a type of resource, which begin with a capital letter and are no types of data.
func resource(p profiles.Profile) bool {
	return !slices.Contains([]string{"Address", "Coding", "CodeableConcept", "ContactPoint", "Dosage", "HumanName", "Identifier", "Period", "Quantity", "Timing"}, p.Type)
}

// rules are the rules for England.
func rules(catalogue check.Catalogue, why reasons) []result.Requirement {
	var all []result.Requirement
	for _, rule := range ukrules.Rules() {
		r := result.Requirement{ID: rule.ID, Source: rule.Source, Kind: result.RequirementRule, Title: rule.Title, Checks: tracing(catalogue, rule.ID)}
		if len(r.Checks) == 0 {
			r.Untested = why.Rules[rule.ID]
		}
		all = append(all, r)
	}
	return all
}

// tracing are the ids of the checks that test a profile or a rule.
func tracing(catalogue check.Catalogue, id string) []string {
	var ids []string
	for _, c := range catalogue {
		if slices.Contains(c.Traces, id) {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// programme is where the scenarios come from.
const programme = "West Midlands proof of concept, the scenarios"

// scenarios are the scenarios of the proof of concept: SCN-P08-VALID is one check of scenario P08.
func scenarios(catalogue check.Catalogue, why reasons) []result.Requirement {
	at := map[string]*result.Requirement{}
	for _, c := range catalogue {
		number, _, _ := strings.Cut(strings.TrimPrefix(c.ID, "SCN-"), "-")
		if c.Suite != "scenario" || len(number) != 3 || number[0] != 'P' || !strings.HasPrefix(c.ID, "SCN-") {
			continue
		}
		r := at[number]
		if r == nil {
			title, _, _ := strings.Cut(c.Title, ":")
			r = &result.Requirement{ID: number, Source: programme, Kind: result.RequirementScenario, Title: title}
			at[number] = r
		}
		r.Checks = append(r.Checks, c.ID)
	}
	for number, s := range why.Scenarios {
		if at[number] == nil {
			at[number] = &result.Requirement{ID: number, Source: programme, Kind: result.RequirementScenario, Title: s.Title, Untested: s.Untested}
		}
	}
	all := make([]result.Requirement, 0, len(at))
	for _, r := range at {
		slices.Sort(r.Checks)
		all = append(all, *r)
	}
	return all // sorted by Register
}

// sources are the rules that the checks name as where they come from.
func sources(catalogue check.Catalogue) []result.Requirement {
	at := map[result.Ref]int{}
	var all []result.Requirement
	for _, c := range catalogue {
		for _, ref := range c.Requirement {
			i, known := at[ref]
			if !known {
				i = len(all)
				at[ref] = i
				all = append(all, result.Requirement{ID: ref.ID, Source: ref.Source, Kind: result.RequirementSource})
			}
			all[i].Checks = append(all[i].Checks, c.ID)
		}
	}
	for i := range all {
		slices.Sort(all[i].Checks)
	}
	return all
}
