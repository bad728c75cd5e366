package exchange

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// Kind says why a request has no answer.
type Kind string

const (
	// Unreachable says that no connection could be made, or that it broke before the answer was whole.
	Unreachable Kind = "unreachable"
	// TimedOut says that the endpoint did not answer within the deadline.
	TimedOut Kind = "timed-out"
	// TurnedAway says that the system ended the connection instead of answering somebody whom it does not know (see
	// Target.Uninvited): it refused to let them in.
	TurnedAway Kind = "turned-away"
	// Interrupted says that the run was stopped.
	Interrupted Kind = "interrupted"
	// TooLarge says that the answer was larger than the limit, so it was not read to its end.
	TooLarge Kind = "too-large"
	// Refused says that Concord refused to send the request: it would have written, left the system under test, or
	// carried an NHS number that could be a real person's.
	Refused Kind = "refused"
	// NotAdmitted says that Concord has no proof of who it is to send: there is no token.
	NotAdmitted Kind = "not-admitted"
	// OverBudget says that the request was not sent, because a budget of requests or time is used up, or that its answer was
	// not read, because there was no room for it.
	OverBudget Kind = "over-budget"
	// NotRecorded says that the answer came but could not be kept as evidence, so nothing may be concluded from it.
	NotRecorded Kind = "not-recorded"
	// NotReplayed says that recorded exchanges are judged again, and that the answer is not among them.
	NotReplayed Kind = "not-replayed"
)

// Error says that a request has no answer, and why. It never says anything about conformance.
type Error struct {
	Kind   Kind
	System string
	Method string
	URL    string
	Err    error
	// NotSent says that the request was never sent, because others like it went unanswered; Kind is then why those did.
	// Nothing may be charged to the system for it.
	NotSent bool
	// crowded says that others were under way, so that fewer may help.
	crowded bool
}

// Error names the system and the request, and what to do about it.
func (e *Error) Error() string {
	what := fmt.Sprintf("ask %s: %s %s: %v", e.System, e.Method, e.URL, e.Err)
	switch e.Kind {
	case Unreachable:
		return what + " (check the base URL and that the endpoint is running)"
	case TimedOut:
		return what + " (the endpoint did not answer in time; if it is only slow, raise timeout or lower concurrency)"
	default:
		return what
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// classify turns a transport error into an Error.
func classify(caller context.Context, request Request, cause error) *Error {
	kind := Unreachable
	var timeout net.Error
	var tooLarge *bodyTooLargeError
	var unadmitted *unadmittedError
	var crowded *noRoomError
	switch {
	case caller.Err() != nil && errors.Is(caller.Err(), context.Canceled):
		kind = Interrupted
	case errors.As(cause, &tooLarge):
		kind = TooLarge
	case errors.As(cause, &crowded):
		kind = OverBudget
	case errors.As(cause, &unadmitted):
		kind = NotAdmitted
	case errors.Is(cause, context.DeadlineExceeded), errors.As(cause, &timeout) && timeout.Timeout():
		kind = TimedOut
	}
	// net/url repeats method and URL in front of the cause; Error already says both.
	var wrapped *url.Error
	if errors.As(cause, &wrapped) {
		cause = wrapped.Err
	}
	return &Error{Kind: kind, System: request.System, Method: request.Method, URL: request.URL, Err: cause}
}

// unadmittedError says that there is no proof of who asks.
type unadmittedError struct{ error }

func (e *unadmittedError) Unwrap() error { return e.error }

type bodyTooLargeError struct{ limit int64 }

func (e *bodyTooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes", e.limit)
}
