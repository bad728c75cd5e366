package record

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Person is what one system shows under one NHS number.
type Person struct {
	// Shown are all Patients that the system gave for the number; Patients are those among them that carry it, with or without spaces
	// (PAR-IDENTITY-001 charges those), one or several linked ones. Data is only ever taken from Patients.
	Shown, Patients []fhir.Resource
	// Outcomes are OperationOutcomes that came with the answer.
	Outcomes []fhir.Resource
	// Exchanges are the ids of the exchanges that show it.
	Exchanges []string
}

// NHSNumberToken is the token that searches a Patient by NHS number.
func NHSNumberToken(number string) string { return fhir.NHSNumberSystem + "|" + number }

// HasNumber reports whether a resource is a Patient with an NHS number, however that is spaced: PAR-IDENTITY-001 charges how it is written.
func HasNumber(patient fhir.Resource, number string) bool {
	return patient.Type() == "Patient" && number != "" && slices.Contains(check.NHSNumbers(patient), number)
}

// Carries reports whether a resource has an identifier, system|value; a Patient its NHS number however that is spaced.
func Carries(resource fhir.Resource, token string) bool {
	number, numbered := strings.CutPrefix(token, fhir.NHSNumberSystem+"|")
	return slices.Contains(Identifiers(resource), token) || numbered && HasNumber(resource, number)
}

// RuleUnsteady is the rule of somebody who is found at one time and not at another.
const RuleUnsteady = "answer-unsteady"

// Find asks a system for every Patient record with the NHS number. Nobody is said to be unknown who is found when the same is
// asked again at once: that is a *check.BrokenAnswer.
func Find(ctx context.Context, system *check.Endpoint, nhsNumber string) (Person, error) {
	person, err := find(ctx, system, nhsNumber)
	if err != nil || len(person.Patients) > 0 {
		return person, err
	}
	again, err := find(ctx, system.Control("again for nobody"), nhsNumber)
	if err != nil || len(again.Patients) == 0 {
		return person, nil //nolint:nilerr // what was answered first stands
	}
	return person, &check.BrokenAnswer{System: system.Name, Status: http.StatusOK, Finding: result.Finding{
		Rule: RuleUnsteady, Severity: result.SeverityError, Cause: result.Unsteady, Path: "Patient",
		Message:  fmt.Sprintf("%s finds nobody by NHS number %s, and somebody when it is asked the same again at once", system.Name, nhsNumber),
		Expected: "the same answer twice", Actual: "nobody, and then somebody",
		Query: system.Curl("Patient", url.Values{"identifier": {NHSNumberToken(nhsNumber)}}), Exchanges: slices.Concat(person.Exchanges, again.Exchanges),
	}}
}

func find(ctx context.Context, system *check.Endpoint, nhsNumber string) (Person, error) {
	answer, err := Identified(ctx, system, "Patient", NHSNumberToken(nhsNumber))
	if err != nil {
		return Person{}, err
	}
	person := Person{Shown: answer.Resources(), Outcomes: answer.Outcomes, Exchanges: answer.Exchanges}
	for _, patient := range person.Shown {
		if HasNumber(patient, nhsNumber) {
			person.Patients = append(person.Patients, patient)
		}
	}
	return person, nil
}

// PersonToken is the identifier by which a person is found: the NHS number, or the local number of somebody who has none, a newborn or a
// visitor.
func PersonToken(person fixtures.Person) string {
	if person.NHSNumber == "" {
		return fixtures.PersonSystem + "|" + person.ID
	}
	return NHSNumberToken(person.NHSNumber)
}

// FindPerson is Find for somebody who may have no NHS number and is found by the local number then: nobody where a service takes NHS numbers
// alone and refuses any other.
func FindPerson(ctx context.Context, system *check.Endpoint, person fixtures.Person) (Person, error) {
	if person.NHSNumber != "" {
		return Find(ctx, system, person.NHSNumber)
	}
	token := PersonToken(person)
	answer, err := Identified(ctx, system, "Patient", token)
	if refused := (*check.BrokenAnswer)(nil); errors.As(err, &refused) && refused.Unsupported() {
		return Person{}, nil
	}
	if err != nil {
		return Person{}, err
	}
	found := Person{Shown: answer.Resources(), Outcomes: answer.Outcomes, Exchanges: answer.Exchanges}
	for _, patient := range found.Shown {
		if patient.Type() == "Patient" && slices.Contains(Identifiers(patient), token) {
			found.Patients = append(found.Patients, patient)
		}
	}
	return found, nil
}

// Identified searches by an identifier, system|value, and by the value alone where nothing is found and a system takes no other form,
// for which it is blamed once.
func Identified(ctx context.Context, system *check.Endpoint, resourceType, token string) (*check.Answer, error) {
	answer, err := system.Search(ctx, resourceType, url.Values{"identifier": {token}})
	if err != nil || len(answer.Matches) > 0 || system.ValueAlone(ctx) == nil {
		return answer, err
	}
	return system.Search(ctx, resourceType, url.Values{"identifier": {token[strings.LastIndexByte(token, '|')+1:]}})
}

// MustFind is Find for checks whose question is not about finding people: nobody found is no data.
func MustFind(ctx context.Context, system *check.Endpoint, nhsNumber string) (Person, error) {
	person, err := Find(ctx, system, nhsNumber)
	if err == nil && len(person.Patients) == 0 && len(person.Shown) > 0 {
		return person, check.NoData("%s answers the search for NHS number %s with %s, which does not carry it as it was asked for, so that nothing of it can be taken for that person's (PAR-IDENTITY-001 says more)",
			system.Name, nhsNumber, person.Shown[0].Reference())
	}
	if err == nil && len(person.Patients) == 0 {
		err = check.NoData("%s shows no Patient with NHS number %s. %s", system.Name, nhsNumber, check.LoadRequest(system, fixtures.Systems()[0]))
	}
	return person, err
}

// Part is the resources of one type in one person's record.
type Part struct {
	Type      string
	Resources []fhir.Resource
	// Outcomes say that the answer may not be complete.
	Outcomes  []fhir.Resource
	Exchanges []string
	// Remarks are what is odd about the answers and does not make them unusable.
	Remarks []result.Finding
	// Miscounted are the answers whose total is not the number of their matches, in words.
	Miscounted []string
	// Waited is how long the slowest of the answers took in real time. Nothing that is printed may depend on it but whether
	// a limit was kept.
	Waited time.Duration
	// HeldUp is for how long Concord itself was held up at most during one of them, which Waited leaves out.
	HeldUp time.Duration
}

// Resources asks for the resources of a type about the person, in every Patient record of theirs. Further parameters
// narrow the search. A resource that is shown under several Patient records counts once.
func (p Person) Resources(ctx context.Context, system *check.Endpoint, resourceType string, further url.Values) (Part, error) {
	part := Part{Type: resourceType}
	seen := map[string]bool{}
	for _, patient := range p.Patients {
		query := url.Values{"patient": {patient.ID()}}
		for name, values := range further {
			query[name] = values
		}
		answer, err := system.Search(ctx, resourceType, query)
		if err != nil {
			return part, err
		}
		part.Outcomes = append(part.Outcomes, answer.Outcomes...)
		part.Exchanges = append(part.Exchanges, answer.Exchanges...)
		part.Remarks = append(part.Remarks, answer.Remarks...)
		part.Count(answer)
		part.Waited, part.HeldUp = max(part.Waited, answer.Waited), max(part.HeldUp, answer.HeldUp)
		for _, resource := range answer.Resources() {
			if !seen[resource.Reference()] {
				seen[resource.Reference()] = true
				part.Resources = append(part.Resources, resource)
			}
		}
	}
	return part, nil
}

// Identifiers returns the business identifiers of a resource as system|value. One without a value (R4 allows that: it was
// masked, or is not known) or without a system (it is unique nowhere in particular) identifies nothing and is left out.
func Identifiers(resource fhir.Resource) []string {
	// A Composition has one identifier, everything else a list; Objects takes both.
	objects := fhir.Objects(resource["identifier"])
	identifiers := make([]string, 0, len(objects))
	for _, identifier := range objects {
		if system, value := fhir.Text(identifier["system"]), fhir.Text(identifier["value"]); system != "" && value != "" {
			identifiers = append(identifiers, system+"|"+value)
		}
	}
	return identifiers
}

// ODSSystem is the identifier system of ODS organisation codes, as UK Core's Organization fixes it.
const ODSSystem = "https://fhir.nhs.uk/Id/ods-organization-code"

// Organizations asks a system for the Organizations with an ODS code.
func Organizations(ctx context.Context, system *check.Endpoint, ods string) ([]fhir.Resource, []string, error) {
	answer, err := Identified(ctx, system, "Organization", ODSSystem+"|"+ods)
	if err != nil {
		return nil, nil, err
	}
	var found []fhir.Resource
	for _, organization := range answer.Resources() {
		if organization.Type() == "Organization" && slices.Contains(Identifiers(organization), ODSSystem+"|"+ods) {
			found = append(found, organization)
		}
	}
	return found, answer.Exchanges, nil
}

// Sources returns the ODS codes of the providers that a resource names as its source, each once: as a tag in the ODS system, or as
// the last step of meta.source (https://host/RRK, urn:gateway:RRK). What stands behind a # there is the server's own: HAPI FHIR puts
// the id of the request that wrote the version there. meta.source is any URI (R4 Resource.meta), and many a system has one of its own
// there: beside a tag it names a provider where it ends in what could be an ODS code.
func Sources(resource fhir.Resource) []string {
	var sources []string
	for _, tag := range resource.Objects("meta", "tag") {
		if code := fhir.Text(tag["code"]); fhir.Text(tag["system"]) == ODSSystem && !slices.Contains(sources, code) {
			sources = append(sources, code)
		}
	}
	source, _, _ := strings.Cut(resource.Text("meta", "source"), "#")
	source = source[strings.LastIndexAny(source, "/:")+1:]
	if source == "" || slices.Contains(sources, source) || len(sources) > 0 && !couldBeODS(source) {
		return sources
	}
	return append(sources, source)
}

// couldBeODS reports whether a text could be an ODS code: capitals and digits, three at least, and not digits alone.
func couldBeODS(text string) bool {
	other := strings.ContainsFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
	return !other && len(text) >= 3 && strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// Learn returns the identities of the resources, of the person's Patients, and of everything that the resources refer to by
// id: what is needed to compare references. Records of the person are asked for type by type. Everybody and everything else
// is read, where its reference gives no identifier, and so is a Patient who is none of the person's.
func (p Person) Learn(ctx context.Context, system *check.Endpoint, reader *Reader, resources []fhir.Resource) (Names, error) {
	names := Names{}
	names.Learn(p.Shown)
	names.learn(reader, resources)
	if reader.contents != nil && !reader.unknown && slices.ContainsFunc(resources, hasOwnNumber) {
		names[renumbers] = anything
	}
	var types []string
	for _, resource := range resources {
		for _, resourceType := range reader.Referred(resource) {
			if !slices.Contains(types, resourceType) {
				types = append(types, resourceType)
			}
		}
	}
	for _, resourceType := range types {
		part, err := p.Resources(ctx, system, resourceType, nil)
		if notServed(ctx, system, resourceType, err) {
			names[unserved(resourceType)] = anything
			continue // what the records refer to cannot be seen, which says nothing of the records
		}
		if err != nil {
			return nil, err
		}
		names.learn(reader, part.Resources)
	}
	return names, names.follow(ctx, system, resources)
}

// notServed reports whether an error is the refusal of a search for a type that a system does not declare.
func notServed(ctx context.Context, system *check.Endpoint, resourceType string, err error) bool {
	var refused *check.BrokenAnswer
	return errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && !system.Declares(ctx).Type(resourceType)
}

// Count notes of an answer that states a total which is not the number of its matches.
func (p *Part) Count(answer *check.Answer) {
	if total, is := answer.Miscounted(); is {
		p.Miscounted = append(p.Miscounted, fmt.Sprintf("%s says %d and shows %d", answer.Query, total, len(answer.Matches)))
	}
}
