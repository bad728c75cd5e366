package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// byID is what is known of how a system takes the id of a patient in a search. FHIR R4 (search.html, reference) lets a client give
// the id alone, or with the type. A system that finds nothing by the id alone holds records all the same, and is asked for them by
// type and id, so that nothing that it shows is taken for missing and no other filter is blamed.
type byID struct {
	once sync.Once
	// people are the NHS numbers of those about whom it is tried out.
	people []string
	// typed says that the type is needed; wrong is what there is to say about that; exchanges show it.
	typed     bool
	wrong     result.Finding
	exchanges []string
}

// triedTypes are the types of which most people have records, triedPeople how many people are tried at most.
const triedPeople = 6

func triedTypes() []string {
	return []string{"Observation", "Encounter", "Condition", "MedicationRequest"}
}

// TryOut names the people, by NHS number, about whom it is found out how the system takes a patient's id. It is for whoever sets the
// endpoint up, before anything is asked.
func (e *Endpoint) TryOut(people []string) {
	e.ids.people = people[:min(len(people), triedPeople)]
}

// IDAlone is what is wrong with searches by a patient's id alone: that nothing is found by it of what is found by type and id; nil where
// nothing was seen to be.
func (e *Endpoint) IDAlone(ctx context.Context) *result.Finding {
	if !e.needsType(ctx) {
		return nil
	}
	return &e.ids.wrong
}

// AskedByType is a remark on a run in which the system had to be asked by type and id; "" for every other.
func (e *Endpoint) AskedByType() string {
	if e.ids == nil || !e.ids.typed {
		return ""
	}
	return "It finds no records by a patient's id alone (PAR-GRID-REFERENCE), and was asked by type and id (patient=Patient/…) throughout."
}

// needsType reports whether the system has to be asked by type and id. It asks when somebody first needs to know.
func (e *Endpoint) needsType(ctx context.Context) bool {
	if e.ids == nil || len(e.ids.people) == 0 {
		return false
	}
	// Whoever needs to know first asks for all others, whatever becomes of their own time.
	e.ids.once.Do(func() { e.tryOut(context.WithoutCancel(ctx)) })
	if see := exchange.Watcher(ctx); see != nil {
		for _, id := range e.ids.exchanges {
			see(id)
		}
	}
	return e.ids.typed
}

// tryOut asks by id alone until anything is found, and only then, if nothing is, by type and id.
func (e *Endpoint) tryOut(ctx context.Context) {
	plain := *e
	plain.ids, plain.header, plain.repeat, plain.enough = nil, nil, "", 0
	ask := func(resourceType string, parameters url.Values) (*Answer, error) {
		answer, err := plain.Search(ctx, resourceType, parameters)
		var refused *BrokenAnswer
		switch {
		case errors.As(err, &refused):
			e.ids.exchanges = append(e.ids.exchanges, refused.Finding.Exchanges...)
		case answer != nil:
			e.ids.exchanges = append(e.ids.exchanges, answer.Exchanges...)
		}
		return answer, err
	}
	type question struct{ resourceType, id, got string }
	var empty []question
	for _, number := range e.ids.people {
		token := fhir.NHSNumberSystem + "|" + number
		if e.ValueAlone(ctx) != nil {
			token = number
		}
		found, err := ask("Patient", url.Values{"identifier": {token}})
		if err != nil {
			continue
		}
		for _, patient := range found.Resources() {
			for _, resourceType := range triedTypes() {
				if patient.Type() != "Patient" || patient.ID() == "" {
					continue
				}
				answer, err := ask(resourceType, url.Values{"patient": {patient.ID()}})
				var refused *BrokenAnswer
				switch {
				case err == nil && len(answer.Matches) > 0:
					return
				case !nothing(answer, err):
				case errors.As(err, &refused):
					empty = append(empty, question{resourceType, patient.ID(), fmt.Sprintf("status %d", refused.Status)})
				default:
					empty = append(empty, question{resourceType, patient.ID(), "no results"})
				}
			}
		}
	}
	for _, q := range empty {
		answer, err := ask(q.resourceType, url.Values{"patient": {"Patient/" + q.id}})
		if err != nil || !about(answer.Resources(), "Patient/"+q.id) {
			continue
		}
		e.ids.typed = true
		e.ids.wrong = result.Finding{
			Rule: "patient-by-id", Severity: result.SeverityError, Cause: result.ReferenceBroken, Exchanges: e.ids.exchanges,
			Message: fmt.Sprintf("%s finds nothing by the id of a patient alone, here %s?patient=%s, and finds their records by type and id (patient=Patient/%s): everything else was asked by type and id",
				e.Name, q.resourceType, q.id, q.id),
			Expected: matches(len(answer.Matches)), Actual: q.got, Query: e.Curl(q.resourceType, url.Values{"patient": {q.id}}),
		}
		return
	}
}

func matches(n int) string {
	if n == 1 {
		return "1 result"
	}
	return fmt.Sprintf("%d results", n)
}

// about reports whether any of the resources is about the Patient.
func about(resources []fhir.Resource, patient string) bool {
	return slices.ContainsFunc(resources, func(resource fhir.Resource) bool {
		return slices.ContainsFunc([]string{"subject", "patient"}, func(element string) bool {
			reference, ok := fhir.ParseReference(resource.Text(element, "reference"))
			return ok && reference.Relative() == patient
		})
	})
}

// logicalID matches one id or more in the value of a parameter, without a type or a base.
var logicalID = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}(,[A-Za-z0-9.-]{1,64})*$`)

// asTaken sends a search, and sends it again with the patient's type where nothing was found by the id alone and the system needs it. A
// search by id alone always comes first, so that what is asked does not depend on what was known when.
func (e *Endpoint) asTaken(ctx context.Context, parameters url.Values, send func(patient func(string) string) (*Answer, error)) (*Answer, error) {
	answer, err := send(func(value string) string { return value })
	if e.ids == nil || !slices.ContainsFunc(parameters["patient"], logicalID.MatchString) || !nothing(answer, err) || !e.needsType(ctx) {
		return answer, err
	}
	return send(byType)
}

// nothing reports whether a search found nothing, or was refused for a value that it has.
func nothing(answer *Answer, err error) bool {
	var refused *BrokenAnswer
	if errors.As(err, &refused) {
		return refused.Status == http.StatusBadRequest || refused.Status == http.StatusUnprocessableEntity
	}
	return err == nil && len(answer.Matches) == 0
}

// byType writes the ids of Patients in the value of a parameter with their type.
func byType(value string) string {
	if !logicalID.MatchString(value) {
		return value
	}
	return "Patient/" + strings.ReplaceAll(value, ",", ",Patient/")
}

// patients are parameters in which each value of patient is written anew.
func patients(parameters url.Values, patient func(string) string) url.Values {
	if len(parameters["patient"]) == 0 {
		return parameters
	}
	written := maps.Clone(parameters)
	written["patient"] = make([]string, len(parameters["patient"]))
	for i, value := range parameters["patient"] {
		written["patient"][i] = patient(value)
	}
	return written
}
