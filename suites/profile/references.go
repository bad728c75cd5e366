package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// target is what a reference leads to: what is wrong with it, and the identifiers of what is there.
type target struct {
	problem     string
	identifiers []string
	resource    fhir.Resource
	exchange    string
	// beyond is what another system of the run has there, which is that one's to show: who refers to it is held to its name and to its
	// identifiers alone.
	beyond fhir.Resource
}

// national reports whether an identifier system is one of NHS England's or of UK Core's: whoever is meant by such a number has it.
func national(system string) bool {
	return strings.HasPrefix(system, "https://fhir.nhs.uk/Id/") || strings.HasPrefix(system, "https://fhir.hl7.org.uk/Id/")
}

// otherThan words that what is there is not what the identifier beside a reference names; "" for nothing that can be told. unknown says
// that nobody knows what is true: what a system knows by a number of its own may then be what another calls by the number of its source.
func (t target) otherThan(identifier map[string]any, unknown bool) string {
	system, value := fhir.Text(identifier["system"]), fhir.Text(identifier["value"])
	named := system + "|" + value
	// What another system knows by numbers of its own alone may be what is meant.
	alike := func(known string) bool {
		return t.beyond == nil && known == named || t.beyond != nil && strings.ReplaceAll(known, " ", "") == strings.ReplaceAll(named, " ", "")
	}
	numbered := t.beyond == nil && (!unknown || national(system)) || slices.ContainsFunc(t.identifiers, func(known string) bool { return strings.HasPrefix(known, system+"|") })
	if len(t.identifiers) == 0 || !numbered || slices.ContainsFunc(t.identifiers, alike) {
		return ""
	}
	return "it leads to " + strings.Join(t.identifiers, " and ") + ", and the identifier beside it is " + named
}

// followed collects everything of the sample, and reads what it refers to, each literal reference once.
func followed(ctx context.Context, env *check.Env) ([]sampled, map[string]target, error) {
	sample, err := allKinds(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	targets, aliases := map[string]target{}, aliasesOf(env.System, sample)
	follow := func(of []sampled, most int) error {
		var distinct []string
		for _, s := range of {
			walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, _ string) {
				text, ok := object["reference"].(string)
				if _, known := targets[text]; ok && !known && !strings.HasPrefix(text, "#") && len(distinct) < most {
					targets[text] = target{}
					distinct = append(distinct, text)
				}
			})
		}
		said, err := record.Gather(ctx, distinct, func(ctx context.Context, text string) (target, error) { return resolve(ctx, env.System, text, aliases) })
		for i, text := range distinct[:min(len(distinct), len(said))] {
			targets[text] = said[i]
		}
		return err
	}
	if err := follow(sample, math.MaxInt); err != nil {
		return nil, nil, err
	}
	if err := beginnings(ctx, env, targets); err != nil {
		return nil, nil, err
	}
	// An organisation is a part of another, and a role is at a place, which somebody runs.
	for range 3 {
		if err := follow(entries(targets), entriesFollowed); err != nil {
			return nil, nil, err
		}
	}
	return sample, targets, nil
}

// beginnings adds to the targets the beginning of the directory's list of each type to which nothing refers, as few records refer to a
// role: whoever looks a clinician up finds them there.
func beginnings(ctx context.Context, env *check.Env, targets map[string]target) error {
	led := map[string]bool{}
	for _, t := range targets {
		led[t.resource.Type()] = true
	}
	declared := env.System.Declares(ctx)
	for _, resourceType := range directoryTypes() {
		if led[resourceType] || !declared.Type(resourceType) {
			continue
		}
		answer, _, err := record.Beginning(ctx, env.System, resourceType)
		if err != nil {
			return err
		}
		if answer == nil {
			continue
		}
		for _, match := range answer.Matches[:min(len(answer.Matches), record.BeginningAtMost)] {
			if match.Resource.Type() == resourceType {
				targets[match.Resource.Reference()] = target{identifiers: record.Identifiers(match.Resource), resource: match.Resource, exchange: answer.Exchanges[0]}
			}
		}
	}
	return nil
}

// entriesFollowed is how many references between entries of the directory are followed from what is known at once.
const entriesFollowed = 200

// entries are the entries of the directory that references lead to, each once, in the order of the references.
func entries(targets map[string]target) []sampled {
	var all []sampled
	seen := map[string]bool{}
	for _, text := range slices.Sorted(maps.Keys(targets)) {
		resource := targets[text].resource
		if resource == nil || seen[resource.Reference()] || !slices.Contains(directoryTypes(), resource.Type()) {
			continue
		}
		seen[resource.Reference()] = true
		all = append(all, sampled{resource: resource, exchanges: []string{targets[text].exchange}})
	}
	return all
}

// references finds literal references that lead nowhere, or to something else than the identifier beside them. Each distinct
// one is followed once.
func references(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	sample, targets, err := followed(ctx, env)
	if err != nil {
		return nil, err
	}
	people, listing := named{}, newListing(env)
	for _, text := range slices.Sorted(maps.Keys(targets)) {
		people.learn(targets[text].resource)
	}
	// What a search shows of a record, reading the record shows too.
	shown, told := map[string]fhir.Resource{}, map[string]bool{}
	for _, s := range sample {
		shown[s.resource.Reference()] = s.resource
		people.learn(containedIn(s.resource)...)
	}
	if !env.Found {
		people.learn(record.DirectoryOf(env).OfType("Practitioner")...)
		people.learnList(record.DirectoryOf(env).OfType("Organization")...)
	}
	people.sortNames()
	var findings []result.Finding
	for _, s := range slices.Concat(sample, entries(targets)) {
		contained := map[string]fhir.Resource{}
		for _, inner := range containedIn(s.resource) {
			contained[inner.ID()] = inner
		}
		walk(map[string]any(s.resource), s.resource.Type(), func(object map[string]any, path string) {
			text, _ := object["reference"].(string)
			problem, cause := targets[text].problem, result.NoCause
			if reference, ok := fhir.ParseReference(text); ok && problem == "" {
				problem = otherType(reference.Type, fhir.Text(object["type"]))
			}
			if identifier, ok := object["identifier"].(map[string]any); ok && problem == "" {
				led := targets[text]
				if led.resource != nil {
					led.identifiers = record.TruthOf(env).Identities(led.resource)
				}
				problem = led.otherThan(identifier, env.Found)
			}
			if id, inside := strings.CutPrefix(text, "#"); inside && id != "" && contained[id] == nil {
				problem = "no contained resource has this id"
			}
			if read := targets[text].resource; problem == "" && read != nil && shown[read.Reference()] != nil && !told[read.Reference()] {
				if at, was, is, differs := record.Contradiction(shown[read.Reference()], read); differs {
					told[read.Reference()] = true
					cause = result.StaleFeed // the link leads to the record, and to another state of it
					problem = fmt.Sprintf("what is read there is not what the search shows: %s is %s, and %s in the search", at, cmp.Or(is, "nothing"), cmp.Or(was, "nothing"))
				}
			}
			if problem == "" {
				meant := targets[text].resource
				if id, inside := strings.CutPrefix(text, "#"); inside {
					meant = contained[id]
				}
				problem = cmp.Or(people.wrongName(fhir.Text(object["display"]), meant), people.wrongName(fhir.Text(object["display"]), targets[text].beyond))
				if amiss := listing.amiss(meant, false); problem == "" && amiss != "" {
					problem = "it leads to " + meant.Reference() + ", of which " + amiss
				}
			}
			if amiss := listing.amiss(targets[text].resource, true); problem == "" && amiss != "" {
				findings = append(findings, result.Finding{
					Rule: "directory-entry", Severity: result.SeverityWarning, Path: path + ".reference", Cause: result.CauseMissing,
					Message:  fmt.Sprintf("%s: reference %s leads to %s, of which %s", s.resource.Reference(), text, targets[text].resource.Reference(), amiss),
					Expected: "what the entry was given", Actual: "nothing", Exchanges: []string{targets[text].exchange},
				})
			}
			if problem != "" {
				findings = append(findings, result.Finding{
					Rule: "reference-resolves", Severity: result.SeverityError, Path: path + ".reference", Cause: cause,
					Message:  fmt.Sprintf("%s: reference %s: %s", s.resource.Reference(), text, problem),
					Expected: "a resource that can be read", Actual: text, Exchanges: s.exchanges,
				})
			}
		})
	}
	return findings, nil
}

// containedIn are the resources that a resource contains.
func containedIn(resource fhir.Resource) []fhir.Resource {
	var inner []fhir.Resource
	for _, object := range resource.Objects("contained") {
		inner = append(inner, object)
	}
	return inner
}

// otherType words that the type beside a reference is not that of what it leads to: Reference.type SHALL be (R4 2.3.0.4).
func otherType(leads, says string) string {
	says = strings.TrimPrefix(says, "http://hl7.org/fhir/StructureDefinition/")
	if leads == "" || says == "" || says == leads {
		return ""
	}
	return fmt.Sprintf("it leads to a %s, and the type beside it is %s", leads, says)
}

// aliasesOf are the absolute references of records to Patients elsewhere that are to Patients of the system itself, by an address at which
// it is not asked: each that leads elsewhere has the id of a Patient of the sample.
func aliasesOf(system *check.Endpoint, sample []sampled) []string {
	own, elsewhere := map[string]bool{}, []string(nil)
	for _, s := range sample {
		if s.resource.Type() == "Patient" {
			own[s.resource.Reference()] = true
		}
		for _, text := range record.Literals(map[string]any(s.resource)) {
			if reference, ok := fhir.ParseReference(text); ok && reference.Type == "Patient" && system.Elsewhere(text) {
				elsewhere = append(elsewhere, text)
			}
		}
	}
	if slices.ContainsFunc(elsewhere, func(text string) bool { reference, _ := fhir.ParseReference(text); return !own[reference.Relative()] }) {
		return nil
	}
	return elsewhere
}

// beyond is what another system of the run has where a reference leads there. That it cannot be had, or that there is none, is no word about
// who refers to it.
func beyond(ctx context.Context, partner *check.Endpoint, text string) target {
	if partner == nil {
		return target{}
	}
	resource, got, err := partner.Read(ctx, text)
	if err != nil || resource == nil {
		return target{}
	}
	return target{identifiers: record.Identifiers(resource), beyond: resource, exchange: got.ID}
}

// resolve reads what a reference leads to, and says what is wrong. What a server has that is no system of the run is not asked for;
// aliases are references to the system itself that lead elsewhere.
func resolve(ctx context.Context, system *check.Endpoint, text string, aliases []string) (target, error) {
	reference, ok := fhir.ParseReference(text)
	if !ok {
		return target{problem: "it is not a literal reference"}, nil
	}
	if reference.URN != "" {
		return target{problem: "it can be resolved inside its own Bundle only"}, nil
	}
	if system.Elsewhere(text) {
		if slices.Contains(aliases, text) {
			return target{problem: fmt.Sprintf("it leads to another address than the one at which the system is asked (%s), where it has a %s with this id", system.Base(), reference.Type)}, nil
		}
		return beyond(ctx, system.Partner(text), text), nil
	}
	resource, got, err := system.Read(ctx, text)
	var refused *check.BrokenAnswer
	switch {
	case errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500:
		// It is the reference that leads nowhere, whatever else is asked of the record that has it.
		return target{problem: fmt.Sprintf("it is refused with status %d", refused.Status)}, nil
	case err != nil:
		return target{}, err
	case resource == nil:
		return target{problem: "there is no such resource"}, nil
	case resource.Type() != reference.Type || resource.ID() != reference.ID:
		return target{problem: "it leads to " + resource.Reference()}, nil
	default:
		return target{identifiers: record.Identifiers(resource), resource: resource, exchange: got.ID}, nil
	}
}
