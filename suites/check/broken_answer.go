package check

import (
	"errors"
	"net/http"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
)

// BrokenAnswer is the error for an answer that arrived and is not what FHIR says it must be. A check that meets one
// fails: the endpoint answered, and wrongly.
type BrokenAnswer struct {
	// System is the name of the endpoint that answered.
	System  string
	Finding result.Finding
	// Status is the HTTP status of the answer.
	Status int
	// OfPerson says that the question was who a person is: what nearly every check asks before its own question.
	OfPerson bool
	// Undeclared is a search parameter of the question, as Condition.code, that the system neither declares nor must offer, where it
	// refuses the question; "" otherwise.
	Undeclared string
}

// Unsupported reports whether the status says that what is asked for is not supported: not that somebody may not ask, or asks too often, or
// that there is no such thing.
func (e *BrokenAnswer) Unsupported() bool {
	return e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusNotImplemented
}

// RuleRepeated is the rule of an answer that shows a match more than once.
const RuleRepeated = "search-entry-repeated"

// RuleEverybody is the rule of a search about one person that is answered with everybody.
const RuleEverybody = "search-about-everybody"

// Unfound turns an error of a search for somebody of whom a question is to be asked, and that is not the question, into one that says
// that nobody could be found: a system that answers with everybody is blamed by the checks of such searches, and not by each other
// check in turn. Every other error, and nil, stay as they are.
func Unfound(system string, err error) error {
	var broken *BrokenAnswer
	if !errors.As(err, &broken) || broken.Finding.Rule != RuleEverybody {
		return err
	}
	return NoData("nobody of %s could be found to ask about, because %s; that is for the checks of searches to charge", system, broken.Finding.Message)
}

// Unattributed is Unfound of a search for a person's records of a type, for a check whose question is what records are like, and not whose
// they are.
func Unattributed(system, resourceType string, err error) error {
	var broken *BrokenAnswer
	if !errors.As(err, &broken) || broken.Finding.Rule != RuleEverybody {
		return err
	}
	return NoData("no %s of %s can be told to be the records of those who were asked about, because %s; that is for the checks of searches to charge",
		resourceType, system, broken.Finding.Message)
}

// Beside is Unfound for a check whose question is not about finding people, of an error of a search for one.
func Beside(system string, err error) error {
	var broken *BrokenAnswer
	if !errors.As(err, &broken) || !broken.OfPerson {
		return err
	}
	return Unfound(system, err)
}

// Error says what is wrong with the answer.
func (e *BrokenAnswer) Error() string { return e.Finding.Message }

func broken(got *exchange.Exchange, rule, message, expected, actual string) *BrokenAnswer {
	cause := result.CauseError
	if rule == "search-pages-loop" || rule == "search-pages-endless" {
		cause = result.EndlessPages
	}
	return &BrokenAnswer{System: got.Request.System, Status: got.Status, Finding: result.Finding{
		Rule: rule, Severity: result.SeverityError, Cause: cause, Message: message, Expected: expected, Actual: actual,
		Exchanges: []string{got.ID},
	}}
}
