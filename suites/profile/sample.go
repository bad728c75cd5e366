package profile

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// sampled is one resource with the exchanges that show it.
type sampled struct {
	resource  fhir.Resource
	exchanges []string
	// outcomes came with the answer that held it; they are kept of Patients only.
	outcomes []fhir.Resource
}

// patients collects the Patient records of the sample.
func patients(ctx context.Context, env *check.Env) ([]sampled, error) {
	perPerson, err := record.Gather(ctx, record.Sample(env.Ledger), func(ctx context.Context, person fixtures.Person) (record.Person, error) {
		return record.Find(ctx, env.System, person.NHSNumber)
	})
	if err != nil {
		return nil, err
	}
	var collected []sampled
	for _, found := range perPerson {
		for _, patient := range found.Shown {
			collected = append(collected, sampled{patient, found.Exchanges, found.Outcomes})
		}
	}
	return notNone(collected, "Patient", env)
}

// clinical collects the resources of a type about the sample.
func clinical(ctx context.Context, env *check.Env, resourceType string) ([]sampled, error) {
	collected, err := about(ctx, env, record.Sample(env.Ledger), resourceType)
	if err != nil {
		return nil, err
	}
	return notNone(collected, resourceType, env)
}

// otherKinds collects the resources of all types that clinicalTypes leaves out, about those of the sample about whom the
// ledger knows something of the type: most people have nothing of most kinds.
func otherKinds(ctx context.Context, env *check.Env) ([]sampled, error) {
	var collected []sampled
	truth, declared := record.TruthOf(env), env.System.Declares(ctx)
	for _, kind := range fixtures.Kinds() {
		if slices.Contains(clinicalTypes(), string(kind)) || !declared.Type(string(kind)) {
			continue // as in everything
		}
		people := slices.DeleteFunc(record.Sample(env.Ledger), func(person fixtures.Person) bool { return !truth.About(person).Has(kind) })
		found, err := about(ctx, env, people, string(kind))
		if err != nil && !isNoData(err) {
			return nil, err
		}
		collected = append(collected, found...)
	}
	return collected, nil
}

// about collects the resources of a type about some people.
func about(ctx context.Context, env *check.Env, people []fixtures.Person, resourceType string) ([]sampled, error) {
	type shown struct {
		record.Part
		unseen error
	}
	perPerson, err := record.Gather(ctx, people, func(ctx context.Context, person fixtures.Person) (shown, error) {
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil {
			return shown{}, err
		}
		part, err := found.Resources(ctx, env.System, resourceType, nil)
		var broken *check.BrokenAnswer
		if errors.As(err, &broken) && broken.Status >= http.StatusBadRequest || check.Unanswered(err) {
			return shown{unseen: err}, nil
		}
		return shown{Part: part}, err
	})
	if err != nil {
		return nil, check.Unattributed(env.System.Name, resourceType, err)
	}
	var (
		collected []sampled
		unseen    []error
	)
	for _, part := range perPerson {
		if part.unseen != nil {
			unseen = append(unseen, part.unseen)
		}
		for _, resource := range part.Resources {
			collected = append(collected, sampled{resource: resource, exchanges: part.Exchanges})
		}
	}
	if len(unseen) == 0 {
		return collected, nil
	}
	err = check.Unattributed(env.System.Name, resourceType, check.OfSome(unseen[0], len(unseen), len(perPerson)))
	if len(unseen) < len(perPerson) && leave(ctx, err) {
		return collected, nil
	}
	return nil, err
}

// misfiled collects everything, and the Patients that a search by system and NHS number misses and one by number alone finds:
// those are the ones whose identifier system is wrong.
func misfiled(ctx context.Context, env *check.Env) ([]sampled, error) {
	all, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	missed, err := record.Gather(ctx, record.Sample(env.Ledger), func(ctx context.Context, person fixtures.Person) (*check.Answer, error) {
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil || len(found.Shown) > 0 {
			return &check.Answer{}, err
		}
		return env.System.Search(ctx, "Patient", url.Values{"identifier": {person.NHSNumber}})
	})
	if err != nil {
		return nil, err
	}
	for _, answer := range missed {
		for _, patient := range answer.Resources() {
			all = append(all, sampled{resource: patient, exchanges: answer.Exchanges})
		}
	}
	return all, nil
}

// allKinds collects everything, and the records of all other types.
func allKinds(ctx context.Context, env *check.Env) ([]sampled, error) {
	all, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	other, err := otherKinds(ctx, env)
	return append(all, other...), err
}

// withDirectory collects the records of all types, and the entries of the directory that they refer to.
func withDirectory(ctx context.Context, env *check.Env) ([]sampled, error) {
	sample, targets, err := followed(ctx, env)
	if err != nil {
		return nil, err
	}
	return append(sample, entries(targets)...), nil
}

// organizations collects the directory entries of the sampled providers; where there is no golden ledger, those that the
// records refer to.
func organizations(ctx context.Context, env *check.Env) ([]sampled, error) {
	if env.Found {
		return referredOrganizations(ctx, env)
	}
	var collected []sampled
	for _, provider := range record.SampleProviders(env.Ledger) {
		found, exchanges, err := record.Organizations(ctx, env.System, provider.ODS)
		if err != nil {
			return nil, err
		}
		for _, organization := range found {
			collected = append(collected, sampled{resource: organization, exchanges: exchanges})
		}
	}
	return notNone(collected, "Organization", env)
}

// referredOrganizations reads the Organizations that the sampled records refer to.
func referredOrganizations(ctx context.Context, env *check.Env) ([]sampled, error) {
	all, err := everything(ctx, env)
	if err != nil {
		return nil, err
	}
	resources := make([]fhir.Resource, 0, len(all))
	for _, s := range all {
		resources = append(resources, s.resource)
	}
	entries, _, err := record.Referred(ctx, env.System, "Organization", resources)
	if err != nil {
		return nil, err
	}
	var collected []sampled
	for _, entry := range entries {
		collected = append(collected, sampled{resource: entry.Resource, exchanges: []string{entry.Exchange}})
	}
	return notNone(collected, "Organization", env)
}

// everything collects all clinical resources and Patients of the sample.
func everything(ctx context.Context, env *check.Env) ([]sampled, error) {
	all, err := patients(ctx, env)
	if err != nil {
		return nil, err
	}
	declared := env.System.Declares(ctx)
	for _, resourceType := range clinicalTypes() {
		if !declared.Type(resourceType) {
			continue // what is not offered is no fault of what is
		}
		part, err := clinical(ctx, env, resourceType)
		if err != nil && !isNoData(err) {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// clinicalTypes lists the resource types that hold clinical facts.
func clinicalTypes() []string {
	return []string{
		"AllergyIntolerance", "Condition", "DiagnosticReport", "Encounter", "Immunization", "MedicationRequest", "Observation",
	}
}

// notNone turns an empty sample into no data, because an empty sample conforms to everything.
func notNone(collected []sampled, resourceType string, env *check.Env) ([]sampled, error) {
	if len(collected) == 0 {
		return nil, check.NoData("%s returned no %s about the %d people sampled. %s", env.System.Name, resourceType,
			len(record.Sample(env.Ledger)), env.Remedy())
	}
	return collected, nil
}
