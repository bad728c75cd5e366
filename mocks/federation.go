package mocks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/fhir"
)

// federated is the neighbour's part of a search, adopted.
type federated struct {
	matches, included []fhir.Resource
	// issues say who could not be asked.
	issues []issue
}

// federate asks the neighbour for its part of a search. It never fails: what could not be had becomes an issue, unless
// a defect decides otherwise.
func (s *Server) federate(c *call, resourceType string, list params) (federated, error) {
	var result federated
	if c.fromNeighbour || directory(resourceType) || !s.peer.configured() {
		return result, nil
	}
	outgoing, possible := s.translate(resourceType, list)
	if !possible {
		return result, nil
	}
	ctx := c.request.Context()
	budget := time.Duration(s.peer.budget.Load())
	if c.patient() {
		budget = time.Minute
	}
	answer := s.peer.search(ctx, budget, s.introduced(c, resourceType, list), resourceType, outgoing)
	if c.hides(func(h hooks) bool { return h.keepsCopies }) {
		s.copies.fill(resourceType+"?"+outgoing.encode(), &answer)
	}
	if answer.notOffered() {
		return result, nil
	}
	for _, defect := range c.defects {
		if defect.neighbour != nil {
			if err := defect.neighbour(c, &answer); err != nil {
				return result, err
			}
		}
	}
	adopter := s.adopter(ctx, c, answer.base)
	for _, resource := range answer.matches {
		if adopter.adopt(resource) {
			result.matches = append(result.matches, resource)
		}
	}
	for _, resource := range answer.included {
		if local, ok := s.ownEntryFor(c, resource); ok {
			result.included = append(result.included, local)
		} else if adopter.adopt(resource) {
			result.included = append(result.included, resource)
		}
	}
	if answer.err != nil {
		result.issues = append(result.issues, s.unreachable(answer.err))
	}
	for _, outcome := range answer.outcomes {
		result.issues = append(result.issues, issuesOf(outcome)...)
	}
	return result, nil
}

// copies are what the neighbour last answered, by the question; a defect keeps them.
type copies struct {
	mu      sync.Mutex
	answers map[string]neighbourAnswer
}

// fill puts the last answer in the place of one that failed, and keeps one that did not.
func (k *copies) fill(question string, answer *neighbourAnswer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if answer.err == nil {
		if k.answers == nil {
			k.answers = map[string]neighbourAnswer{}
		}
		k.answers[question] = neighbourAnswer{matches: cloneResources(answer.matches), included: cloneResources(answer.included), base: answer.base}
		return
	}
	kept := k.answers[question]
	answer.matches, answer.included, answer.base = cloneResources(kept.matches), cloneResources(kept.included), kept.base
}

func cloneResources(resources []fhir.Resource) []fhir.Resource {
	cloned := make([]fhir.Resource, 0, len(resources))
	for _, resource := range resources {
		cloned = append(cloned, resource.Clone())
	}
	return cloned
}

func (s *Server) adopter(ctx context.Context, c *call, base string) *adopter {
	return &adopter{server: s, base: base, look: func(resourceType, id string) fhir.Resource {
		resource, _, err := s.peer.read(ctx, c.request.Header, resourceType, id)
		if err != nil {
			return nil
		}
		return resource
	}}
}

// ownEntryFor finds this system's own entry for a person, a clinician or an organisation that the neighbour included.
func (s *Server) ownEntryFor(c *call, resource fhir.Resource) (fhir.Resource, bool) {
	if !directory(resource.Type()) {
		return nil, false
	}
	id := s.store.leading(sharedKeys(resource)...)
	if id == "" {
		return nil, false
	}
	return c.view.index.Get(resource.Type(), id)
}

// unreachable is the warning that the neighbour's data is missing. issue-type incomplete means that not all sources
// could be reached (http://hl7.org/fhir/issue-type).
func (s *Server) unreachable(err error) issue {
	return issue{
		severity: "warning", code: "incomplete",
		text:    fmt.Sprintf("%s could not be reached, so its providers' records are missing from these results", titleOf(s.peer.name)),
		missing: fmt.Sprintf("system %s: %s", s.peer.name, plainCause(err)),
	}
}

// plainCause says what went wrong without addresses and ports, which differ from run to run.
func plainCause(err error) string {
	var status *statusError
	switch {
	case errors.As(err, &status):
		return status.Error()
	case isTimeout(err):
		return "no answer in time"
	default:
		return "no connection"
	}
}

func titleOf(system string) string {
	kind, err := newPersonality(system)
	if err != nil {
		return system
	}
	return kind.title
}

func issuesOf(outcome fhir.Resource) []issue {
	var issues []issue
	for _, object := range outcome.Objects("issue") {
		issues = append(issues, issue{
			severity: fhir.Text(object["severity"]), code: fhir.Text(object["code"]),
			text: fhir.Text(fhir.Get(object, "details", "text")), missing: fhir.Text(object["diagnostics"]),
		})
	}
	return issues
}

// translate writes a search in the neighbour's terms: people by NHS number, organisations by ODS code, ids that lead
// back to the neighbour as its own. It reports false when the neighbour cannot have a match, because a parameter asks
// for resources that only this system has.
func (s *Server) translate(resourceType string, list params) (params, bool) {
	outgoing := make(params, 0, len(list)+1)
	for _, item := range list {
		base := item.base()
		switch {
		case base == "_sort" || base == "_total" || base == "_count" || base == "_summary" || base == "_elements" ||
			base == "_format" || base == "_pretty":
			continue
		case base == "_id":
			values := s.mapValues(item.value, s.ids.neighbour)
			if values == "" {
				return nil, false
			}
			outgoing = append(outgoing, param{item.name, values})
		case s.literalReference(resourceType, item):
			translated, ok := s.translateReference(resourceType, item)
			if !ok {
				return nil, false
			}
			outgoing = append(outgoing, translated)
		default:
			outgoing = append(outgoing, item)
		}
	}
	return outgoing, true
}

// literalReference reports whether a parameter is a reference search by literal reference: no chain, and no modifier
// other than a type.
func (s *Server) literalReference(resourceType string, item param) bool {
	if strings.Contains(item.name, ".") || !isReferenceParam(resourceType, item.base()) {
		return false
	}
	_, modifier, has := strings.Cut(item.name, ":")
	return !has || (modifier != "" && modifier[0] >= 'A' && modifier[0] <= 'Z')
}

// mapValues maps each value of a comma list and leaves out those that have no counterpart.
func (s *Server) mapValues(list string, mapping func(string) (string, bool)) string {
	var kept []string
	for value := range strings.SplitSeq(list, ",") {
		if mapped, ok := mapping(value); ok {
			kept = append(kept, mapped)
		}
	}
	return strings.Join(kept, ",")
}

// translateReference writes one reference parameter in the neighbour's terms.
func (s *Server) translateReference(resourceType string, item param) (param, bool) {
	name, modifier, _ := strings.Cut(item.name, ":")
	var literal, byIdentifier []string
	chainType := modifier
	for value := range strings.SplitSeq(item.value, ",") {
		ref, ok := referenceValue(value, s.base)
		if !ok {
			continue
		}
		if ref.Type == "" {
			ref.Type = modifier
		}
		if original, ok := s.ids.neighbour(ref.ID); ok {
			if ref.Type != "" {
				original = ref.Type + "/" + original
			}
			literal = append(literal, original)
			continue
		}
		kind, token := s.identity(resourceType, name, ref)
		if token != "" && (chainType == "" || chainType == kind) {
			chainType = kind
			byIdentifier = append(byIdentifier, token)
		}
	}
	switch {
	case len(byIdentifier) > 0:
		return param{name + ":" + chainType + ".identifier", strings.Join(byIdentifier, ",")}, true
	case len(literal) > 0:
		return param{item.name, strings.Join(literal, ",")}, true
	default:
		return param{}, false
	}
}

// identity gives the type and the identifier token by which both systems know the resource a local reference names. It
// looks at the store itself, so that a defect of what clients see does not change who is asked about.
func (s *Server) identity(resourceType, name string, ref fhir.Reference) (kind, token string) {
	kinds := []string{ref.Type}
	if ref.Type == "" {
		kinds = referenceTargets(resourceType, name)
	}
	for _, kind := range kinds {
		if !directory(kind) {
			continue
		}
		resource, ok := s.store.index.Get(kind, ref.ID)
		if !ok {
			continue
		}
		if keys := sharedKeys(resource); len(keys) > 0 {
			return kind, strings.TrimPrefix(keys[0], kind+"|")
		}
	}
	return "", ""
}

// referenceValue reads a value of a reference parameter: id, Type/id or an absolute URL on this server.
func referenceValue(value, base string) (fhir.Reference, bool) {
	if isID(value) {
		return fhir.Reference{ID: value}, true
	}
	ref, ok := fhir.ParseReference(value)
	return ref, ok && ref.Type != "" && (ref.Base == "" || ref.Base == base)
}
