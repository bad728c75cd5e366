package check

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"concord.example/concord/internal/result"
)

// EventType says what happens.
type EventType string

const (
	// ProviderDown makes a provider's records unreachable until ProviderUp.
	ProviderDown EventType = "provider-down"
	// ProviderUp ends ProviderDown and ProviderSlow.
	ProviderUp EventType = "provider-up"
	// ProviderSlow makes a provider answer only after Delay, until ProviderUp.
	ProviderSlow EventType = "provider-slow"
	// Freeze stops a provider's feed: nothing new arrives from it until Thaw.
	Freeze EventType = "freeze"
	// Thaw ends Freeze; what waited arrives.
	Thaw EventType = "thaw"
	// SystemDown makes a whole system refuse connections until SystemUp; SystemSilent makes it accept them and not answer.
	SystemDown EventType = "system-down"
	// SystemSilent is an outage that is only noticed by waiting.
	SystemSilent EventType = "system-silent"
	// SystemUp ends SystemDown and SystemSilent.
	SystemUp EventType = "system-up"
	// Object records that a person objects to the sharing of this system's record; Withdraw takes that back.
	Object EventType = "object"
	// Withdraw ends an objection.
	Withdraw EventType = "withdraw"
	// Correct changes a resource; EnterInError marks it as entered in error; Delete takes it away.
	Correct EventType = "correct"
	// EnterInError marks a resource as something that should never have been recorded.
	EnterInError EventType = "entered-in-error"
	// Delete deletes a resource.
	Delete EventType = "delete"
	// Merge makes one Patient replace another; Unlink parts two Patients again.
	Merge EventType = "merge"
	// Unlink undoes a merge of two Patients.
	Unlink EventType = "unlink"
	// Join brings a provider that the ledger keeps in reserve into the system.
	Join EventType = "join"
	// Advance lets time pass by Delay on the system's clock.
	Advance EventType = "advance"
)

// Event is something that happens to one system while a scenario is played.
type Event struct {
	Type EventType
	// Reference is the "Type/id" of the resource concerned, as the system knows it; for Merge and Unlink the Patient that
	// loses, with Survivor the one that stays.
	Reference, Survivor string
	// Change is what Correct writes, as a JSON Merge Patch (RFC 7396).
	Change map[string]any
	// Person is an NHS number.
	Person string
	// Provider is an ODS code.
	Provider string
	// Delay is how far the clock is advanced, or how long a slow provider takes.
	Delay time.Duration
}

// Words says what is to happen to a system, as an instruction to a person.
func (e Event) Words(system string) string {
	switch e.Type {
	case ProviderDown:
		return fmt.Sprintf("make the records of provider %s unreachable in %s", e.Provider, system)
	case ProviderUp:
		return fmt.Sprintf("make the records of provider %s reachable in %s again, at its usual speed", e.Provider, system)
	case ProviderSlow:
		return fmt.Sprintf("make provider %s take %s to answer requests for its records from %s", e.Provider, e.Delay, system)
	case Freeze:
		return fmt.Sprintf("stop the feed of provider %s into %s", e.Provider, system)
	case Thaw:
		return fmt.Sprintf("start the feed of provider %s into %s again", e.Provider, system)
	case SystemDown:
		return fmt.Sprintf("make %s unreachable for its neighbour", system)
	case SystemSilent:
		return fmt.Sprintf("make %s accept its neighbour's requests and not answer them", system)
	case SystemUp:
		return fmt.Sprintf("make %s answer its neighbour again", system)
	case Object:
		return fmt.Sprintf("record in %s that the person with NHS number %s objects to sharing", system, e.Person)
	case Withdraw:
		return fmt.Sprintf("record in %s that the person with NHS number %s no longer objects to sharing", system, e.Person)
	case Correct:
		change, err := json.Marshal(e.Change)
		if err != nil {
			change = fmt.Append(nil, e.Change)
		}
		return fmt.Sprintf("correct %s in %s to say %s", e.Reference, system, change)
	case EnterInError:
		return fmt.Sprintf("mark %s in %s as entered in error", e.Reference, system)
	case Delete:
		return fmt.Sprintf("delete %s in %s", e.Reference, system)
	case Merge:
		return fmt.Sprintf("merge %s into %s in %s", e.Reference, e.Survivor, system)
	case Unlink:
		return fmt.Sprintf("undo the merge of %s and %s in %s", e.Reference, e.Survivor, system)
	case Join:
		return fmt.Sprintf("connect provider %s to %s", e.Provider, system)
	case Advance:
		return fmt.Sprintf("let %s pass in %s", e.Delay, system)
	default:
		return fmt.Sprintf("do %q in %s", string(e.Type), system)
	}
}

// Operator makes things happen at one system. Concord's own mocks have one that works at once; a real system has a
// person who is told what to do.
type Operator interface {
	// Happen makes the event happen and returns when it has. The attestation says who did it; it is nil when Concord did.
	// The error is an *Inconclusive when the event did not happen for a reason that is nobody's fault.
	Happen(ctx context.Context, event Event) (*result.Attestation, error)
	// Reset undoes every event since the last Reset at this system. After a check, all operators are reset.
	Reset(ctx context.Context) error
}

// By records a step of a scenario: what is given, what happens, what must then be so. Begin it with Given, When, Then or
// And. The steps are shown with the result, whatever it is.
func (e *Env) By(format string, args ...any) {
	e.steps = append(e.steps, result.Step{Text: fmt.Sprintf(format, args...)})
}

// Steps returns the steps so far.
func (e *Env) Steps() []result.Step { return e.steps }

// Happen makes an event happen at a system, records it as a step, and makes System and Peer ask everything afresh from
// then on. Only a check that is Exclusive may call it. The error is an *Inconclusive with reason needs-witness when the
// system has no operator.
func (e *Env) Happen(ctx context.Context, system *Endpoint, event Event) error {
	if event.Type == Advance && event.Delay <= 0 {
		return fmt.Errorf("advance the clock of %s by %s: a clock does not run backwards", system.Name, event.Delay)
	}
	operator := e.Operators[system.Name]
	if operator == nil {
		return &Inconclusive{Reason: result.NeedsWitness, Detail: fmt.Sprintf(
			"somebody must %s, and there is nobody to do it; run again with --witness, or name the mock's admin address", event.Words(system.Name))}
	}
	e.happened = true
	attested, err := operator.Happen(ctx, event)
	if err != nil {
		return fmt.Errorf("%s: %w", event.Words(system.Name), err)
	}
	e.steps = append(e.steps, result.Step{Text: "When we " + event.Words(system.Title), Attested: attested})
	e.Afresh()
	return nil
}

// Happened reports whether an event was asked for, and so whether there may be something to undo.
func (e *Env) Happened() bool { return e.happened }

// Afresh makes System and Peer ask everything again from now on, instead of sharing answers that were had before.
func (e *Env) Afresh() {
	e.asked++
	repeat := fmt.Sprintf("%s %d", e.Label, e.asked)
	if e.System != nil {
		e.System = e.System.Afresh(repeat)
	}
	if e.Peer != nil {
		e.Peer = e.Peer.Afresh(repeat)
	}
}
