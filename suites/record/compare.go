package record

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// Kind says how a record differs from what is expected.
type Kind string

const (
	// Missing says that an expected fact is not shown.
	Missing Kind = "missing"
	// Extra says that something is shown that is not expected.
	Extra Kind = "extra"
	// Altered says that a fact is shown with another content.
	Altered Kind = "altered"
	// Mislabelled says that a fact is shown with the right content and the wrong source.
	Mislabelled Kind = "mislabelled"
)

// Difference is one way in which what a system shows differs from what is expected: from the ledger, or from what another
// system shows.
type Difference struct {
	Kind Kind
	// Fact is the fact of the ledger; its ID is "" where there is none.
	Fact fixtures.Fact
	// Want is the expected statement, empty for Extra unless the fact was shown already; Got is the one shown, empty for
	// Missing.
	Want, Got Statement
	// Rule names the normalisation rule under which an alteration is one; Path locates it in the resource; Expected and
	// Actual are its two sides.
	Rule, Path, Expected, Actual string
	// Cause says why, once that is known.
	Cause result.Cause
	// Disputed says that two systems differ about a person of whom nobody knows what is true.
	Disputed bool
}

// RuleUnreadMedicine is the rule of a record that refers to a Medication for which medicine it is, where that cannot be read.
const RuleUnreadMedicine = "medication-unread"

// Untold is why it cannot be told whether there is a difference: the Medication that says which medicine it is may not be read, or not now.
// Nil is that it can.
func (d Difference) Untold() error {
	for _, side := range []Statement{d.Got, d.Want} {
		if d.Rule == RuleUnreadMedicine && side.unread != nil && side.unread.Untold != nil {
			return side.unread.Untold
		}
	}
	return nil
}

// unread words a difference that is none of content: nobody can tell which medicine it is.
func (d Difference) unread(exchanges []string) result.Finding {
	is := d.Got.unread
	f := result.Finding{
		Rule: RuleUnreadMedicine, Severity: result.SeverityError, Path: d.Got.Type + ".medicationReference", Cause: d.Cause, Query: is.Query,
		Message: fmt.Sprintf("%s (%s) refers to %s for which medicine it is, and that is answered with status %d: nobody can tell which one it is",
			d.subject(), d.Got.Reference, is.Reference, is.Status),
		Expected: orNothing(d.Expected), Actual: d.Actual, Exchanges: slices.Clone(exchanges),
	}
	if is.Exchange != "" {
		f.Exchanges = append(f.Exchanges, is.Exchange)
	}
	return f
}

// Finding words a difference for an engineer. The severity is error: each one changes what a clinician sees.
func (d Difference) Finding(exchanges []string) result.Finding {
	if d.Rule == RuleUnreadMedicine {
		return d.unread(exchanges)
	}
	f := result.Finding{
		Rule: "parity-" + string(d.Kind), Severity: result.SeverityError, Path: d.Path, Cause: d.Cause, Expected: orNothing(d.Expected), Actual: orNothing(d.Actual),
		Exchanges: exchanges,
	}
	if f.Path == "" {
		f.Path = d.Want.Type
	}
	if f.Path == "" {
		f.Path = d.Got.Type
	}
	switch d.Kind {
	case Missing:
		f.Message = fmt.Sprintf("%s is not shown", d.subject())
		if d.Disputed {
			f.Message += ", and the other system shows it"
		}
	case Extra:
		f.Message = fmt.Sprintf("%s is shown, and nothing says that it should be", d.Got.Reference)
		if d.Want.Type != "" {
			f.Message = fmt.Sprintf("%s shows %s once more", d.Got.Reference, d.subject())
		}
	case Altered:
		f.Message = fmt.Sprintf("%s is shown with %s %s, want %s", d.subject(), d.Path[strings.Index(d.Path, ".")+1:], orNothing(d.Actual), orNothing(d.Expected))
		if d.Disputed {
			f.Message = fmt.Sprintf("%s is shown with %s %s, and by the other system with %s; which of them is right is not known here",
				d.subject(), d.Path[strings.Index(d.Path, ".")+1:], orNothing(d.Actual), orNothing(d.Expected))
		}
	case Mislabelled:
		f.Message = fmt.Sprintf("%s is shown with labels that name %s", d.subject(), orNothing(d.Actual))
	}
	return f
}

// subject names what a difference is about, and who recorded it.
func (d Difference) subject() string {
	switch {
	case d.Fact.ID != "":
		return Describe(d.Fact) + " recorded by " + d.Fact.Source
	case d.Want.Type != "" && len(d.Want.Sources) > 0:
		return d.Want.Describe() + " recorded by " + d.Want.Sources[0]
	case d.Want.Type != "":
		return d.Want.Describe()
	default:
		return d.Got.Describe()
	}
}

// Describe names a fact on one line, without anything that identifies the person.
func Describe(fact fixtures.Fact) string {
	name := fact.Code.Text
	for _, coding := range fact.Code.Coding {
		if coding.Display != "" {
			name = coding.Display
			break
		}
	}
	if name == "" && fact.Visit != nil {
		name = fact.Visit.Class
	}
	text := string(fact.Kind) + " " + name
	if fact.Value.Value != "" {
		text += " " + fact.Value.Value + " " + fact.Value.Unit
	}
	return strings.TrimSpace(text) + " of " + fact.Effective
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// Facts returns what a client must be shown of one kind about a person: the current version of every record that is not
// lawfully withheld, in their order.
func Facts(ledger *fixtures.Ledger, person fixtures.Person, kind fixtures.Kind) []fixtures.Fact {
	var kept []fixtures.Fact
	for _, fact := range ledger.Visible(person) {
		if fact.Kind == kind {
			kept = append(kept, fact)
		}
	}
	return kept
}

// Shown is a fact with the resource that shows it.
type Shown struct {
	Fact     fixtures.Fact
	Resource fhir.Resource
}

// Kinds lists the main kinds of fact, which everybody who looks at a record looks at.
func Kinds() []fixtures.Kind {
	return []fixtures.Kind{
		fixtures.AllergyIntolerance, fixtures.Condition, fixtures.DiagnosticReport, fixtures.Encounter, fixtures.Immunization,
		fixtures.MedicationRequest, fixtures.Observation,
	}
}
