package signoff

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Answer is what somebody decided.
type Answer string

// The answers.
const (
	Accepted    Answer = "accept"
	Conditional Answer = "accept-with-conditions"
	Refused     Answer = "do-not-accept"
	// Withdrawn takes an earlier decision back.
	Withdrawn Answer = "withdraw"
)

// Answers lists those that decide about a run.
func Answers() []Answer { return []Answer{Accepted, Conditional, Refused} }

// Words says an answer for people.
func (a Answer) Words() string {
	switch a {
	case Accepted:
		return "accepted"
	case Conditional:
		return "accepted with conditions"
	case Refused:
		return "not accepted"
	case Withdrawn:
		return "an earlier decision withdrawn"
	default:
		return string(a)
	}
}

// Decision is what one person decided about one run.
type Decision struct {
	// Who and Role name the person and say on whose behalf they decide.
	Who    string `json:"who"`
	Role   string `json:"role"`
	Answer Answer `json:"decision"`
	// Conditions are those of an acceptance with conditions.
	Conditions []string `json:"conditions,omitempty"`
	// Withdraws is the id of the decision that is taken back.
	Withdraws string    `json:"withdraws,omitempty"`
	At        time.Time `json:"at"`
	// Run and Verdict are the id of the run and what its verdict was.
	Run     string `json:"run"`
	Verdict string `json:"verdict"`
	// Known says how the name came to be known: a key of their own, or a console that let them in.
	Known string `json:"known"`
}

// How a name came to be known.
const (
	ByKey      = "whoever held the key gave the name"
	ByConsole  = "a console let them in under this name, and signed with its own key"
	ByProvider = "an OpenID provider told a console who they are, and the console signed with its own key"
	ByNothing  = "whoever sat at the machine of the console gave the name, and the console signed with its own key"
)

// The bounds of what people write.
const (
	mostText       = 500
	mostConditions = 20
)

// Check says what is missing or cannot be.
func (d Decision) Check() error {
	switch {
	case d.Answer == Withdrawn && d.Withdraws == "":
		return errors.New("say which decision is withdrawn")
	case d.Answer == Withdrawn && len(d.Conditions) > 0:
		return errors.New("withdrawing has no conditions")
	case d.Answer != Withdrawn && !slices.Contains(Answers(), d.Answer):
		return fmt.Errorf("%q is no decision: choose %s, %s or %s", d.Answer, Accepted, Conditional, Refused)
	case d.Answer != Withdrawn && d.Withdraws != "":
		return errors.New("a decision that withdraws another decides nothing else")
	case d.Answer == Conditional && len(d.Conditions) == 0:
		return errors.New("say what the conditions are")
	case d.Answer == Accepted && len(d.Conditions) > 0:
		return fmt.Errorf("conditions make it %s", Conditional)
	case len(d.Conditions) > mostConditions:
		return fmt.Errorf("there are more than %d conditions: put them into a document and name that", mostConditions)
	}
	for _, field := range []struct{ name, text string }{{"the name", d.Who}, {"the role", d.Role}} {
		if strings.TrimSpace(field.text) == "" {
			return errors.New(field.name + " of whoever decides is missing")
		}
		if err := checkText(field.name, field.text); err != nil {
			return err
		}
	}
	for _, c := range d.Conditions {
		if strings.TrimSpace(c) == "" {
			return errors.New("a condition is empty")
		}
		if err := checkText("a condition", c); err != nil {
			return err
		}
	}
	return nil
}

func checkText(name, text string) error {
	if len(text) > mostText {
		return fmt.Errorf("%s is longer than %d bytes", name, mostText)
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s has control characters", name)
	}
	return nil
}
