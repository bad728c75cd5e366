package exchange

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

// ScratchSystem is the system of the identifier that every resource has which a run has made for itself.
const ScratchSystem = "https://concord.test/Id/scratch"

// ScratchTypes are the types of which a run may make resources for itself, those first that say least about a person.
func ScratchTypes() []string { return []string{"Basic", "Observation", "Patient"} }

// Scratch lets a target be written to, with what the run makes there for itself and with nothing else. Whatever is written carries
// an identifier with the run's own value; what is changed or deleted was read a moment ago and carried it. It is safe for
// concurrent use.
type Scratch struct {
	// Mark is the value of that identifier. No other run may have the same one.
	Mark string

	mu sync.Mutex
	// own are the references of resources that were read and carry the mark, only those types of which a search for the mark
	// found one of them and nothing else.
	own, only map[string]bool
}

// Query is the search for what the run has made, as "identifier=...".
func (s *Scratch) Query() string {
	return url.Values{"identifier": {ScratchSystem + "|" + s.Mark}}.Encode()
}

// Owns reports whether a reference is of a resource that the run has made, as far as it has read it.
func (s *Scratch) Owns(reference string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own[reference]
}

// check lets through a write to what is the run's own. place is the URL below the base.
func (s *Scratch) check(request Request, place string) error {
	refused := func(why string) error {
		return fmt.Errorf("refused to send: %s %s: %s, and a run writes only to what it has made for itself", request.Method, place, why)
	}
	path, query, asked := strings.Cut(strings.TrimPrefix(place, "/"), "?")
	resourceType, id, instance := strings.Cut(path, "/")
	if s.Mark == "" || !slices.Contains(ScratchTypes(), resourceType) || instance && !instancePlace.MatchString("/"+path) {
		return refused("this is no place for it")
	}
	if instance && !s.Owns(resourceType+"/"+id) {
		return refused("nothing there was read that carries its mark")
	}
	if request.Method == http.MethodDelete {
		if !instance || asked || request.Body != "" {
			return refused("a delete names one resource")
		}
		return nil
	}
	switch {
	case request.Method != http.MethodPost && request.Method != http.MethodPut:
		return refused("this is neither a create, an update nor a delete")
	case asked && (instance || request.Method != http.MethodPut || query != s.Query()):
		return refused("only an update has a condition in its URL, and that is the mark")
	case asked && !s.alone(resourceType):
		return refused("a search for the mark did not find its own resource alone")
	}
	for _, condition := range request.Header.Values("If-None-Exist") {
		if condition != s.Query() {
			return refused("the condition is not the mark")
		}
	}
	resource, err := fhir.DecodeObject([]byte(request.Body))
	if err != nil {
		return refused("the body cannot be read: " + err.Error())
	}
	if fhir.Resource(resource).Type() != resourceType || !s.marked(resource) {
		return refused("the body does not carry the mark, or is of another type")
	}
	return harmless(resource)
}

// alone reports whether the latest search for the mark found one resource of the run's own and nothing else.
func (s *Scratch) alone(resourceType string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.only[resourceType]
}

// marked reports whether the mark is the one identifier of a resource.
func (s *Scratch) marked(resource fhir.Resource) bool {
	identifiers := resource.Objects("identifier")
	return len(identifiers) == 1 && fhir.Text(identifiers[0]["system"]) == ScratchSystem && fhir.Text(identifiers[0]["value"]) == s.Mark
}

// carries reports whether the mark is among the identifiers of a resource: a server may add some of its own.
func (s *Scratch) carries(resource fhir.Resource) bool {
	return slices.ContainsFunc(resource.Objects("identifier"), func(one map[string]any) bool {
		return fhir.Text(one["system"]) == ScratchSystem && fhir.Text(one["value"]) == s.Mark
	})
}

// harmless refuses a resource that is about somebody: one that refers to another, or has an NHS number.
func harmless(value any) error {
	switch value := value.(type) {
	case fhir.Resource:
		return harmless(map[string]any(value))
	case map[string]any:
		for name, part := range value {
			if name == "reference" {
				return errors.New("refused to send: what a run makes for itself refers to nothing")
			}
			if err := harmless(part); err != nil {
				return err
			}
		}
	case []any:
		for _, part := range value {
			if err := harmless(part); err != nil {
				return err
			}
		}
	case string:
		if strings.Contains(strings.ToLower(value), "nhs-number") {
			return errors.New("refused to send: what a run makes for itself has no NHS number")
		}
	}
	return nil
}

// saw takes notice of an answer to a read: of what carries the mark, and of what is gone. place is the URL below the base.
func (s *Scratch) saw(answer *Exchange, place string) {
	path, query, asked := strings.Cut(strings.TrimPrefix(place, "/"), "?")
	resourceType, _, instance := strings.Cut(path, "/")
	if answer.Request.Method != http.MethodGet || !slices.Contains(ScratchTypes(), resourceType) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.own == nil {
		s.own, s.only = map[string]bool{}, map[string]bool{}
	}
	object, err := fhir.DecodeObject([]byte(strings.TrimPrefix(answer.Body, fhir.ByteOrderMark)))
	resource := fhir.Resource(object)
	switch {
	case instance && !asked:
		s.own[path] = err == nil && answer.Succeeded() && resource.Reference() == path && s.carries(resource)
	case !instance && asked && query == s.Query():
		s.only[resourceType] = false
		if err != nil || !answer.Succeeded() || resource.Type() != "Bundle" {
			return
		}
		found, others := 0, len(resource.Objects("link")) > 0 && slices.ContainsFunc(resource.Objects("link"), func(link map[string]any) bool { return link["relation"] == "next" })
		for _, entry := range fhir.Entries(resource) {
			switch {
			case entry.Resource.Type() == resourceType && entry.Resource.ID() != "" && s.carries(entry.Resource):
				s.own[entry.Resource.Reference()] = true
				found++
			case entry.Resource.Type() != "OperationOutcome":
				others = true
			}
		}
		s.only[resourceType] = found == 1 && !others
	}
}
