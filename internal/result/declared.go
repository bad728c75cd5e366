package result

// DeclaredState says what became of a declared difference in a run.
type DeclaredState string

const (
	// DeclaredOccurs says that the difference was found, and is waived.
	DeclaredOccurs DeclaredState = "occurs"
	// DeclaredStale says that it was looked for and not found, which fails the run.
	DeclaredStale DeclaredState = "stale"
	// DeclaredExpired says that its last day is over, so that it counts for nothing.
	DeclaredExpired DeclaredState = "expired"
	// DeclaredNotAsked says that nothing in the run could have found it.
	DeclaredNotAsked DeclaredState = "not-asked"
)

// DeclaredStates lists every state.
func DeclaredStates() []DeclaredState {
	return []DeclaredState{DeclaredOccurs, DeclaredStale, DeclaredExpired, DeclaredNotAsked}
}

// Declared is a difference that somebody declared to be lawful, and what became of it.
type Declared struct {
	ID    string `json:"id"`
	Check string `json:"check"`
	Scope Scope  `json:"scope"`
	Cause Cause  `json:"cause,omitempty"`
	Path  string `json:"path,omitempty"`
	// Owner answers for it, Reason says why it is lawful, Expires is the last day on which it counts.
	Owner   string        `json:"owner"`
	Reason  string        `json:"reason"`
	Expires string        `json:"expires"`
	State   DeclaredState `json:"state"`
	// Occurred counts the findings that it covers.
	Occurred int `json:"occurred"`
}
