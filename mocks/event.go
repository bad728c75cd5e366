package mocks

import (
	"fmt"
	"net/http"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// Event is something that happens to a record or to the world while the system runs.
type Event struct {
	// Type is correct, entered-in-error, delete, merge, unlink, object, withdraw, provider-down, provider-up,
	// provider-slow, freeze, thaw, join, advance, peer-budget or reset.
	Type string `json:"type"`
	// Reference is the "Type/id" of the resource concerned; for merge and unlink the Patient that loses.
	Reference string `json:"reference,omitempty"`
	// Survivor is the "Patient/id" that stays after a merge, or the other side of an unlink.
	Survivor string `json:"survivor,omitempty"`
	// Change is merged into the resource by correct, as JSON Merge Patch does (RFC 7396).
	Change map[string]any `json:"change,omitempty"`
	// Person is the NHS number, or the ledger's person id, of who objects or withdraws.
	Person string `json:"person,omitempty"`
	// Provider is the ODS code that provider events and feeds are about.
	Provider string `json:"provider,omitempty"`
	// Delay is how slow a provider becomes, how far the clock is advanced, or how long the neighbour may take (nothing: as
	// at the start), as Go writes durations ("90m").
	Delay string `json:"delay,omitempty"`
	// Budget is how long a slow provider is waited for; nothing: as long as the neighbour at the start.
	Budget string `json:"budget,omitempty"`
}

// Happen makes an event happen. What it changes is in force for requests that arrive from now on, and both systems see
// it. The error names what the event lacks or what does not exist.
func (s *Server) Happen(e Event) error {
	if err := s.happen(e); err != nil {
		return fmt.Errorf("event %s: %w", e.Type, err)
	}
	return nil
}

func (s *Server) happen(e Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What only moves the clock, or ends what never began, changes nothing that is seen.
	if e.Type != "advance" && e.Type != "peer-budget" && (e.Type != "reset" || s.eventful()) {
		defer s.refresh()
	}
	s.store.journal(true)
	defer s.store.journal(false)
	switch e.Type {
	case "correct", "entered-in-error", "delete":
		return s.alter(e)
	case "merge":
		return s.mergePatients(e)
	case "unlink":
		return s.unlinkPatients(e)
	case "join":
		return s.join(e)
	case "advance":
		delay, err := time.ParseDuration(e.Delay)
		if err != nil || delay < 0 {
			return fmt.Errorf("delay %q is not a duration such as 90m", e.Delay)
		}
		s.advance.Add(int64(delay))
		return nil
	case "peer-budget":
		if e.Delay == "" {
			s.peer.budget.Store(int64(s.options.PeerBudget))
			return nil
		}
		budget, err := time.ParseDuration(e.Delay)
		if err != nil || budget <= 0 {
			return fmt.Errorf("delay %q is not a duration such as 100ms", e.Delay)
		}
		s.peer.budget.Store(int64(budget))
		return nil
	case "reset":
		s.reset()
		return nil
	default:
		return s.change(e)
	}
}

// eventful reports whether an event has changed what is held or seen since the last reset.
func (s *Server) eventful() bool {
	w := s.world
	return len(w.objecting)+len(w.down)+len(w.slow)+len(w.frozen) > 0 || s.store.altered()
}

// reset undoes what every event since the start has done. What clients wrote stays, unless an event changed it afterwards.
func (s *Server) reset() {
	s.world, s.waiting, s.moved = circumstances{}, nil, nil
	s.advance.Store(0)
	s.peer.budget.Store(int64(s.options.PeerBudget))
	s.fault.current.Store(int32(NoFault))
	s.pages.clear()
	s.store.restore()
}

// join brings in the provider that the ledger keeps in reserve: its entries in the directory and, in the system that it
// feeds, what it has recorded.
func (s *Server) join(e Event) error {
	if e.Provider != fixtures.Newcomer {
		return fmt.Errorf("provider %q cannot join: only %s is kept in reserve", e.Provider, fixtures.Newcomer)
	}
	if s.reserve == nil {
		if err := s.prepareNewcomer(); err != nil {
			return err
		}
	}
	empty := s.defective(func(h hooks) bool { return h.joinsEmpty })
	for _, resource := range s.reserve {
		if !empty || directory(resource.Type()) {
			s.commit(resource.Clone(), http.MethodPut)
		}
	}
	return nil
}

// prepareNewcomer works out what this system gains when the newcomer joins.
func (s *Server) prepareNewcomer() error {
	ledger, err := s.options.Ledger.WithNewcomer()
	if err != nil {
		return err
	}
	story, ok := ledger.Story("P21")
	if !ok {
		return fmt.Errorf("the ledger has no story about who joins")
	}
	renderer := ledger.Renderer(s.name, s.store.style)
	keep := func(resource fhir.Resource) {
		if _, held := s.store.index.Get(resource.Type(), resource.ID()); !held {
			s.reserve = append(s.reserve, resource)
		}
	}
	for resource := range renderer.Directory() {
		keep(resource)
	}
	for _, patient := range renderer.Patients(story.Person()) {
		keep(patient)
	}
	for _, fact := range ledger.FactsOf(story.Person()) {
		if fact.Source == fixtures.Newcomer && ledger.Holds(s.name, fact) {
			keep(renderer.Fact(fact))
		}
	}
	return nil
}

// change applies the events that change circumstances.
func (s *Server) change(e Event) error {
	world := s.world.clone()
	// A page of a result from before would still show what an objection hides.
	s.pages.clear()
	switch e.Type {
	case "object", "withdraw":
		if e.Person == "" {
			return fmt.Errorf("no person")
		}
		delete(world.objecting, e.Person)
		if e.Type == "object" {
			world.objecting[e.Person] = true
		}
		s.world = world
		return nil
	case "provider-down", "provider-up", "provider-slow", "freeze", "thaw":
	default:
		return fmt.Errorf("there is no such event")
	}
	if _, ok := s.options.Ledger.Provider(e.Provider); !ok {
		return fmt.Errorf("there is no provider %q", e.Provider)
	}
	switch e.Type {
	case "provider-down":
		world.down[e.Provider] = true
	case "provider-up":
		delete(world.down, e.Provider)
		delete(world.slow, e.Provider)
	case "provider-slow":
		slow, err := s.slowness(e)
		if err != nil {
			return err
		}
		world.slow[e.Provider] = slow
	case "freeze":
		world.frozen[e.Provider] = s.Now()
	case "thaw":
		delete(world.frozen, e.Provider)
	}
	s.world = world
	if e.Type == "thaw" {
		waiting := s.waiting
		s.waiting = nil
		for _, event := range waiting {
			if err := s.alter(event); err != nil {
				return fmt.Errorf("apply what waited: %w", err)
			}
		}
	}
	return nil
}

// slowness reads how slow a provider becomes.
func (s *Server) slowness(e Event) (slowness, error) {
	takes, err := time.ParseDuration(e.Delay)
	if err != nil || takes <= 0 {
		return slowness{}, fmt.Errorf("delay %q is not a duration such as 3s", e.Delay)
	}
	slow := slowness{takes, s.options.PeerBudget}
	if e.Budget == "" {
		return slow, nil
	}
	if slow.budget, err = time.ParseDuration(e.Budget); err != nil || slow.budget <= 0 {
		return slowness{}, fmt.Errorf("budget %q is not a duration such as 100ms", e.Budget)
	}
	return slow, nil
}

// alter changes or deletes one resource. What happens at a provider whose feed is frozen waits until it thaws.
func (s *Server) alter(e Event) error {
	current, err := s.held(e.Reference)
	if err != nil {
		return err
	}
	if _, frozen := s.world.frozen[sourceODS(current)]; frozen {
		s.waiting = append(s.waiting, e)
		return nil
	}
	vanish := s.defective(func(h hooks) bool { return h.vanishes })
	if e.Type == "delete" || e.Type == "entered-in-error" && vanish {
		s.discard(current)
		return nil
	}
	changed := current.Clone()
	if e.Type == "entered-in-error" {
		enterInError(changed)
	}
	mergePatch(changed, e.Change)
	if changed.Reference() != current.Reference() {
		return fmt.Errorf("a correction cannot change type or id")
	}
	s.commit(changed, http.MethodPut)
	return nil
}

func (s *Server) held(reference string) (fhir.Resource, error) {
	ref, ok := fhir.ParseReference(reference)
	if !ok || ref.Type == "" {
		return nil, fmt.Errorf("%q is not a reference such as Observation/1", reference)
	}
	current, ok := s.store.index.Get(ref.Type, ref.ID)
	if !ok {
		return nil, fmt.Errorf("there is no %s", ref.Relative())
	}
	return current, nil
}

// defective reports whether a defect in force changes how events are applied.
func (s *Server) defective(which func(hooks) bool) bool {
	for _, defect := range s.defects {
		if which(defect.hooks) {
			return true
		}
	}
	return false
}

// enterInError gives a resource the status that says it should never have been.
func enterInError(r fhir.Resource) {
	switch r.Type() {
	case "AllergyIntolerance":
		delete(r, "clinicalStatus")
		r["verificationStatus"] = hl7("allergyintolerance-verification", "entered-in-error", "Entered in Error")
	case "Condition":
		delete(r, "clinicalStatus")
		r["verificationStatus"] = hl7("condition-ver-status", "entered-in-error", "Entered in Error")
	default:
		r["status"] = "entered-in-error"
	}
}

// mergePatch applies a JSON Merge Patch.
func mergePatch(target, patch map[string]any) {
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(target, name)
		case map[string]any:
			child, ok := target[name].(map[string]any)
			if !ok {
				child = map[string]any{}
			}
			mergePatch(child, value)
			target[name] = child
		default:
			target[name] = value
		}
	}
}

// mergePatients makes one Patient replace another: the loser stays as an inactive record that leads to the survivor,
// and what was about the loser is about the survivor.
func (s *Server) mergePatients(e Event) error {
	loser, err := s.held(e.Reference)
	if err != nil {
		return err
	}
	survivor, err := s.held(e.Survivor)
	if err != nil {
		return err
	}
	if loser.Type() != "Patient" || survivor.Type() != "Patient" || loser.ID() == survivor.ID() {
		return fmt.Errorf("a merge needs two Patients")
	}
	reference := func(r fhir.Resource) map[string]any {
		return map[string]any{"reference": s.reference(s.base, "Patient", r.ID())}
	}
	loses := s.defective(func(h hooks) bool { return h.mergeLoses })
	if s.moved == nil {
		s.moved = map[string][]string{}
	}
	for _, resourceType := range s.store.types() {
		if resourceType == "Patient" || !isReferenceParam(resourceType, "patient") {
			continue
		}
		for _, resource := range s.store.index.Referring(resourceType, "patient", "Patient/"+loser.ID()) {
			if loses {
				s.discard(resource)
				continue
			}
			moved := resource.Clone()
			s.assign(moved, survivor)
			s.commit(moved, http.MethodPut)
			s.moved[loser.ID()] = append(s.moved[loser.ID()], moved.Reference())
		}
	}
	gone, stays := loser.Clone(), survivor.Clone()
	gone["active"] = false
	gone["link"] = append(gone.List("link"), map[string]any{"other": reference(survivor), "type": "replaced-by"})
	stays["link"] = append(stays.List("link"), map[string]any{"other": reference(loser), "type": "replaces"})
	s.commit(gone, http.MethodPut)
	s.commit(stays, http.MethodPut)
	s.auditMerge(s.reference(s.base, "Patient", gone.ID()), s.reference(s.base, "Patient", stays.ID()))
	return nil
}

// assign makes a resource one about the Patient.
func (s *Server) assign(resource, patient fhir.Resource) {
	for _, element := range []string{"subject", "patient", "for"} {
		if resource.Text(element, "reference") == "" {
			continue
		}
		subject := map[string]any{"reference": s.reference(s.base, "Patient", patient.ID())}
		for _, system := range []string{fhir.NHSNumberSystem, fixtures.PersonSystem} {
			if value := identifierIn(patient, system); value != "" {
				subject["identifier"] = map[string]any{"system": system, "value": value}
				break
			}
		}
		resource[element] = subject
	}
}

// returnMoved gives a Patient back what a merge moved from it.
func (s *Server) returnMoved(id string) {
	patient, ok := s.store.index.Get("Patient", id)
	if !ok || s.defective(func(h hooks) bool { return h.keepsMerged }) {
		return
	}
	for _, reference := range s.moved[id] {
		if resource, err := s.held(reference); err == nil {
			returned := resource.Clone()
			s.assign(returned, patient)
			s.commit(returned, http.MethodPut)
		}
	}
	delete(s.moved, id)
}

// unlinkPatients takes the links between two Patients away, makes both active, and gives each back what a merge moved.
func (s *Server) unlinkPatients(e Event) error {
	for _, pair := range [][2]string{{e.Reference, e.Survivor}, {e.Survivor, e.Reference}} {
		patient, err := s.held(pair[0])
		if err != nil {
			return err
		}
		other, ok := fhir.ParseReference(pair[1])
		if !ok || patient.Type() != "Patient" {
			return fmt.Errorf("an unlink needs two Patients")
		}
		changed := patient.Clone()
		var kept []any
		for _, l := range changed.Objects("link") {
			if ref, ok := fhir.ParseReference(fhir.Text(fhir.Get(l, "other", "reference"))); !ok || ref.ID != other.ID {
				kept = append(kept, l)
			}
		}
		changed["active"] = true
		delete(changed, "link")
		if len(kept) > 0 {
			changed["link"] = kept
		}
		s.commit(changed, http.MethodPut)
		s.returnMoved(patient.ID())
	}
	s.auditMerge(e.Reference, e.Survivor)
	return nil
}
