package profiles

import (
	"context"

	"concord.example/concord/profiles/definition"
)

// WholeBelow returns a registry that judges the entries of Bundles one by one from a length of their text on.
func (r *Registry) WholeBelow(length int) *Registry {
	other := newRegistry(r, definition.NewSet())
	other.wholeBelow = length
	return other
}

// TakesEntries says whether the entries of a Bundle are judged one by one when it is long enough.
func (r *Registry) TakesEntries(text string, opts Options) bool {
	j := r.idleJudge()
	defer r.done(j)
	_, ok, err := j.judgeEntries(context.Background(), text, opts)
	return ok && err == nil
}
