package exchange

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"concord.example/concord/internal/evidence"
)

// Replay gives again what was recorded, so that a run can be judged without its systems, or go on where it was stopped.
type Replay struct {
	// Log holds the recorded exchanges.
	Log evidence.Log
	// Offline sends nothing: what was not recorded has no answer. Without it, what was not recorded is asked, and so is what
	// had no answer, one that was not kept as it was, or one that is about a moment: a deliberate repeat of another request.
	Offline bool
	served  atomic.Int64
	missing atomic.Int64
}

// Served is how many answers were given again, Missing how many questions had none.
func (r *Replay) Served() int { return int(r.served.Load()) }

// Missing is how many questions were not among those that were recorded.
func (r *Replay) Missing() int { return int(r.missing.Load()) }

// ErrNotRecorded is wrapped by the failure of a request that is not sent, because nothing is, and was not recorded.
var ErrNotRecorded = errors.New("this was not asked when the exchanges were recorded")

// recall returns how a request ended when it was recorded; done says that it is not to be sent.
func (r *Replay) recall(request Request, id string) (answer *Exchange, failure *Error, done bool) {
	fail := func(kind Kind, cause error, notSent bool) *Error {
		return &Error{Kind: kind, System: request.System, Method: request.Method, URL: request.URL, Err: cause, NotSent: notSent}
	}
	if !r.Offline && request.Repeat != "" {
		// What happened before it, or what a system remembers of it, may be gone.
		return nil, nil, false
	}
	record, err := r.Log.Find(id)
	if r.Offline && request.Control && errors.Is(err, evidence.ErrNotFound) {
		first := request
		first.Repeat = ""
		record, err = r.Log.Find(first.id())
	}
	switch {
	case err == nil && record.System == request.System:
	case !r.Offline:
		return nil, nil, false
	case errors.Is(err, evidence.ErrNotFound) || err == nil:
		if !request.Control {
			r.missing.Add(1) // whether a fault is one of all answers is asked only where there is one
		}
		return nil, fail(NotReplayed, ErrNotRecorded, true), true
	default:
		return nil, fail(NotReplayed, err, true), true
	}
	if record.Reply == nil {
		if !r.Offline {
			return nil, nil, false
		}
		kind, message := Unreachable, "it had no answer"
		if record.Failure != nil {
			kind, message = Kind(record.Failure.Kind), record.Failure.Message
		}
		r.served.Add(1)
		return nil, fail(kind, errors.New(message), record.Failure != nil && record.Failure.NotSent), true
	}
	if record.Reply.Altered && !r.Offline {
		return nil, nil, false
	}
	body, err := r.Log.Body(record)
	if err != nil {
		if !r.Offline {
			return nil, nil, false
		}
		return nil, fail(NotReplayed, fmt.Errorf("the recorded answer cannot be read: %w", err), true), true
	}
	r.served.Add(1)
	return &Exchange{
		ID: id, Request: request, Status: record.Reply.Status, Header: record.Reply.Header, Body: body, Repeated: record.Reply.Repeated,
		Duration: time.Duration(record.Reply.Ns), Waited: time.Duration(record.Reply.RealNs),
		HeldUp: time.Duration(record.Reply.HeldUpNs),
	}, nil, true
}
