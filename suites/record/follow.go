package record

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// followedAtMost is how many references of one answer are followed one by one.
const followedAtMost = 200

// anything is the identity of what a system does not let anybody read: it may be whoever is meant.
const anything = "*"

// follow reads what resources refer to by an id that is not known yet.
func (n Names) follow(ctx context.Context, system *check.Endpoint, resources []fhir.Resource) error {
	var targets []string
	for _, resource := range resources {
		if targets = n.unknown(system, targets, map[string]any(resource)); len(targets) >= followedAtMost {
			break
		}
	}
	targets, err := medicinesOf(system, resources, targets)
	if err != nil {
		return err
	}
	found, err := Gather(ctx, targets, func(ctx context.Context, target string) (followed, error) { return readIdentity(ctx, system, target) })
	for i, f := range found {
		n.found(targets[i], f)
		n.learnMedicine(targets[i], f)
	}
	return err
}

// found takes in what a reference leads to. What its identifier says is there stands unless the record that is there has another one of
// the same register: a system may keep numbers of its own, and need not show everything to everybody.
func (n Names) found(target string, f followed) {
	if named := n[target]; named != "" && !sameIssuer([]string{named}, strings.Split(f.identity, string(or))) {
		return
	}
	n[target] = f.identity
}

// unknown adds the references below a value that must be followed. Of those that lead to another server nothing can be known.
func (n Names) unknown(system *check.Endpoint, targets []string, value any) []string {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			targets = n.unknown(system, targets, item)
		}
	case map[string]any:
		if text, ok := value["reference"].(string); ok {
			reference, literal := fhir.ParseReference(text)
			if literal && system != nil && system.Elsewhere(text) {
				return n.beyond(system, targets, reference, text, identifierOf(value))
			}
			target := reference.Relative()
			_, known := n[target]
			if literal && reference.Type != "" && !known && (value["identifier"] == nil || reference.Type == "Patient" || reference.Type == "Medication") && !slices.Contains(targets, target) {
				targets = append(targets, target)
			}
			return targets
		}
		for _, member := range value {
			targets = n.unknown(system, targets, member)
		}
	}
	return targets
}

// numberOf is the identity of a Patient of another server whose ids are NHS numbers, as those of the Personal Demographics Service are;
// "" for any other.
func numberOf(id string) string {
	if fhir.CheckNHSNumber(id) != nil {
		return ""
	}
	return NHSNumberToken(id)
}

// beyond adds a reference to another server where that is a system of the run too, and can be asked, though an identifier says what is there.
// Otherwise what is there is for that server to show; but whom a record is about is not left open: without a number it leads nowhere.
func (n Names) beyond(system *check.Endpoint, targets []string, reference fhir.Reference, text, named string) []string {
	switch _, known := n[text]; {
	case known:
	case system.Partner(text) != nil:
		if named != "" {
			n[text] = named
		}
		if !slices.Contains(targets, text) {
			return append(targets, text)
		}
	case named != "":
		n[text] = named
	case reference.Type == "Patient":
		n[text] = numberOf(reference.ID)
	default:
		n[text] = anything
	}
	return targets
}

// followed is what a reference leads to.
type followed struct {
	// identity is "" when there is no such resource, anything when it may not be read or has no identifiers.
	identity string
	resource fhir.Resource
	// unread is why a Medication could not be read; nil where it was. untold says that this is no fault of the system, as far as is known.
	unread *Unread
	untold *check.Inconclusive
	// query reads it, for a shell.
	query string
}

// readIdentity reads a resource for its identifiers, and for which medicine it is.
func readIdentity(ctx context.Context, system *check.Endpoint, target string) (followed, error) {
	if partner := system.Partner(target); partner != nil {
		resource, _, err := partner.Read(ctx, target)
		switch {
		case err != nil:
			return followed{identity: anything}, nil // that it cannot be had is no word about who refers to it
		case resource == nil:
			return followed{}, nil
		}
		return followed{identity: cmp.Or(identityOf(resource), anything), resource: resource}, nil
	}
	resource, got, err := system.Read(ctx, target)
	var (
		unanswered *exchange.Error
		untold     *check.Inconclusive
		broken     *check.BrokenAnswer
	)
	medicine := strings.HasPrefix(target, medication)
	switch {
	case errors.As(err, &unanswered), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return followed{}, err
	case medicine && errors.As(err, &untold):
		untold = &check.Inconclusive{Reason: untold.Reason, Owed: untold.Owed, Detail: untold.Detail + ". It says which medicine the records are about that refer to it"}
		return followed{identity: anything, unread: &Unread{Reference: target, Broken: &check.BrokenAnswer{System: system.Name}}, untold: untold}, nil
	case medicine && errors.As(err, &broken):
		return followed{identity: anything, unread: &Unread{Reference: target, Broken: broken}, query: system.CurlRead(target)}, nil
	case err != nil:
		return followed{identity: anything}, nil
	case resource == nil && medicine:
		return followed{unread: &Unread{Reference: target, Exchange: got.ID, Broken: &check.BrokenAnswer{System: system.Name, Status: got.Status}}, query: system.CurlRead(target)}, nil
	case resource == nil:
		return followed{}, nil
	}
	return followed{identity: cmp.Or(identityOf(resource), anything), resource: resource}, nil
}
