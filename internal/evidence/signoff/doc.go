// Package signoff keeps what people decided about a run: who, in which role, what and under which conditions, each signed over
// the evidence of the run.
//
// It promises that a decision says over which bytes it was made, so that one about a run that was changed since is told apart;
// that a decision is never changed, as withdrawing one is another; and that what was written by anything but this package is
// named and counts for nothing. Decisions stand beside a run folder or pack and are no part of what is hashed. Whether a key
// is that of the person named is for whoever holds the public key to say: a decision carries its own, which proves only that
// nothing in it was changed.
package signoff
