package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
)

// unchecked collects what the judge says that it could not check, one entry for each kind of thing.
type unchecked struct{ kinds map[string]*result.Finding }

// add takes down a finding of a resource, which is counted once with those that say the same of others.
func (u *unchecked) add(f result.Finding, exchanges []string) {
	if u.kinds == nil {
		u.kinds = map[string]*result.Finding{}
	}
	known, ok := u.kinds[f.Message]
	if !ok {
		f.Severity, f.Occurrences, f.Exchanges = result.Information, 0, exchanges
		f.Line, f.Column = 0, 0
		known = &f
		u.kinds[f.Message] = known
	}
	known.Occurrences++
}

// findings are the kinds of things that were not checked, in the order of their messages, each with how often.
func (u *unchecked) findings() []result.Finding {
	var all []result.Finding
	for _, f := range u.kinds {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b result.Finding) int { return cmp.Compare(a.Message, b.Message) })
	return all
}

// verdict is why the sample is not shown to conform, nil when it is: a slice, a constraint or a profile that could not be
// evaluated may hide anything. A code whose value set is not in the box is told and counted, and leaves open that code alone.
func (u *unchecked) verdict() error {
	var open []string
	for _, f := range u.findings() {
		if !profiles.OnlyCode(f) {
			open = append(open, fmt.Sprintf("%s (%d times)", f.Message, f.Occurrences))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return &check.Inconclusive{Reason: result.NotCheckable, Detail: "what the profiles demand could not all be evaluated: " + strings.Join(open, "; ")}
}
