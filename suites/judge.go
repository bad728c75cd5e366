package suites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites/record"
)

// UKCore judges resources with a registry of definitions and the rules for England. It is safe for concurrent use.
type UKCore struct {
	registry *profiles.Registry
	rules    *ukrules.Set
	waivers  *waiver.List
	known    map[string]profiles.Profile
	types    *fhirpath.Types
	// compiled holds the expressions that checks have asked about, by type and text.
	compiled sync.Map
}

// NewUKCore returns a judge over the registry. The data that it judges is made up, and the ledger knows the displays of the
// codes in it. Nobody is blamed for what a waiver covers; nil covers nothing.
func NewUKCore(registry *profiles.Registry, ledger *fixtures.Ledger, waivers *waiver.List) *UKCore {
	u := &UKCore{
		registry: registry, waivers: waivers, known: map[string]profiles.Profile{}, types: registry.FHIRPathTypes(),
		rules: ukrules.New(ukrules.Options{Synthetic: true, Terms: withSystems(registry, terms(ledger))}),
	}
	for _, profile := range registry.Profiles() {
		u.known[profile.Canonical] = profile
	}
	return u
}

// Profiles are the profiles that the registry holds.
func (u *UKCore) Profiles() []profiles.Profile { return u.registry.Profiles() }

// profiles are the profiles that a run judges by, where its judge says which.
func (c Config) profiles() []profiles.Profile {
	if judge, ok := c.Judge.(interface{ Profiles() []profiles.Profile }); ok {
		return judge.Profiles()
	}
	return nil
}

// Judge validates a resource.
func (u *UKCore) Judge(ctx context.Context, resource fhir.Resource, canonicals ...string) ([]result.Finding, error) {
	findings, err := u.registry.ValidateTree(ctx, map[string]any(resource), profiles.Options{Profiles: canonicals, Waivers: u.waivers})
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", resource.Reference(), err)
	}
	return findings, nil
}

// Rules judges a resource by the rules for England.
func (u *UKCore) Rules(ctx context.Context, resource fhir.Resource) []result.Finding {
	findings := u.registry.Rules(resource, u.rules)
	u.waivers.Mark(ctx, resource, findings)
	return findings
}

// codings calls see for every Coding of a resource but its labels, in the order of names.
func codings(value any, see func(map[string]any)) {
	switch value := value.(type) {
	case fhir.Resource:
		codings(map[string]any(value), see)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			switch name {
			case "meta":
			case "coding":
				for _, coding := range fhir.Objects(value[name]) {
					see(coding)
				}
			default:
				// The class of a visit is a Coding without a list about it.
				if one, ok := value[name].(map[string]any); ok && one["system"] != nil && one["code"] != nil && one["display"] != nil {
					see(one)
				}
				codings(value[name], see)
			}
		}
	case []any:
		for _, item := range value {
			codings(item, see)
		}
	}
}

// terms lists the codes of the facts about the sample, and the further codes of the records that stand for them and of the Patients, with
// their displays.
func terms(ledger *fixtures.Ledger) []ukrules.Term {
	var list []ukrules.Term
	seen := map[ukrules.Term]bool{}
	add := func(concepts ...fixtures.Concept) {
		for _, concept := range concepts {
			for _, c := range concept.Coding {
				term := ukrules.Term{System: c.System, Code: c.Code, Display: c.Display}
				if !seen[term] {
					seen[term] = true
					list = append(list, term)
				}
			}
		}
	}
	see := func(c map[string]any) {
		term := ukrules.Term{System: fhir.Text(c["system"]), Code: fhir.Text(c["code"]), Display: fhir.Text(c["display"])}
		if term.System != "" && term.Code != "" && term.Display != "" && !seen[term] {
			seen[term] = true
			list = append(list, term)
		}
	}
	renderer := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle())
	for entry := range renderer.Directory() {
		codings(entry, see)
	}
	truth := record.NewTruth(ledger)
	for _, person := range record.Sample(ledger) {
		for _, patient := range renderer.Patients(person) {
			codings(patient, see)
		}
		for _, fact := range ledger.FactsOf(person) {
			add(fact.Code)
			for _, component := range fact.Components {
				add(component.Code)
			}
			if fact.Allergy != nil {
				add(fact.Allergy.Manifestation)
				for _, further := range fact.Allergy.Further {
					add(further)
				}
			}
			resource := truth.Resource(fact)
			codings(resource, see)
			if origin, ok := fixtures.CCRStyle().Provenance(fixtures.CCR, resource); ok {
				codings(origin, see)
			}
		}
	}
	return list
}

// fewConcepts is how many concepts a code system may have for all of its displays to be held apart: those that sort, and state what
// became of something. In a large one, many concepts are called alike.
const fewConcepts = 300

// withSystems adds to terms what else is in the small code systems that they are from.
func withSystems(registry *profiles.Registry, list []ukrules.Term) []ukrules.Term {
	seen := map[string]bool{}
	for _, term := range slices.Clone(list) {
		if seen[term.System] {
			continue
		}
		seen[term.System] = true
		system, err := registry.CodeSystem(term.System)
		if err != nil || system == nil || system.Content != "complete" || len(system.Concepts) > fewConcepts {
			continue
		}
		for _, concept := range system.Concepts {
			for _, display := range append([]string{concept.Display}, concept.Designations...) {
				if display != "" {
					list = append(list, ukrules.Term{System: term.System, Code: concept.Code, Display: display})
				}
			}
		}
	}
	return list
}

// Claim says what is wrong with a resource's meta.profile.
func (u *UKCore) Claim(resource fhir.Resource) string {
	claims := resource.List("meta", "profile")
	if len(claims) == 0 {
		return "it claims no profile"
	}
	var wrong []error
	for _, claim := range claims {
		canonical, version, versioned := strings.Cut(fhir.Text(claim), "|")
		profile, known := u.known[canonical]
		switch {
		case !known:
			wrong = append(wrong, fmt.Errorf("it claims %s, which is in none of the packages that are loaded", canonical))
		case profile.Type != resource.Type():
			wrong = append(wrong, fmt.Errorf("it claims %s, which is a profile of %s", canonical, profile.Type))
		case versioned && profile.Version != version:
			wrong = append(wrong, fmt.Errorf("it claims version %s of %s, and the packages hold version %s", version, canonical, profile.Version))
		default:
			return ""
		}
	}
	return strings.ReplaceAll(errors.Join(wrong...).Error(), "\n", "; ")
}

// Compile says what is wrong with a FHIRPath expression about a resource type; "" is any type.
func (u *UKCore) Compile(expression, resourceType string) error {
	_, err := u.expression(expression, resourceType)
	return err
}

// expression compiles an expression once. One about a known type is held to the elements that the type has.
func (u *UKCore) expression(text, resourceType string) (*fhirpath.Expression, error) {
	key := [2]string{resourceType, text}
	if known, ok := u.compiled.Load(key); ok {
		if x, ok := known.(*fhirpath.Expression); ok {
			return x, nil
		}
	}
	options := []fhirpath.Option{fhirpath.WithTypes(u.types)}
	if resourceType != "" {
		options = append(options, fhirpath.ForType(resourceType), fhirpath.Strict())
	}
	x, err := fhirpath.Compile(text, options...)
	if err != nil {
		return nil, err
	}
	u.compiled.Store(key, x)
	return x, nil
}

// Evaluate evaluates a FHIRPath expression on a resource and returns its items as text.
func (u *UKCore) Evaluate(ctx context.Context, expression string, resource fhir.Resource) ([]string, error) {
	x, err := u.expression(expression, "")
	if err != nil {
		return nil, err
	}
	items, err := x.Evaluate(ctx, &fhirpath.Environment{Types: u.types}, u.types.Resource(resource))
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text := item.Text()
		if text == "" {
			value, err := json.Marshal(item.JSON())
			if err != nil {
				return nil, fmt.Errorf("write the result of %q: %w", expression, err)
			}
			text = string(value)
		}
		texts = append(texts, text)
	}
	return texts, nil
}
