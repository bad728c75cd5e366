package suites

import (
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// GoesOn reports whether a run can be made though some systems cannot be asked, with Config.Refused: there are two others at least,
// and none of them shows what is held by one that is not there, so that nobody is blamed for another's absence. Where a system is
// missing that the others are to ask for a part of the golden ledger, nothing that they show could be judged.
func (c Config) GoesOn(refusals []Refusal) bool {
	refused := func(name string) bool {
		return slices.ContainsFunc(refusals, func(r Refusal) bool { return r.System == name })
	}
	there, unknown := 0, false
	for _, s := range c.Systems {
		switch {
		case !refused(s.Name):
			there++
		case check.PartOf(s.Name, s.Share) == "":
			unknown = true
		}
	}
	if there < 2 || slices.ContainsFunc(refusals, func(r Refusal) bool { return r.System == "" }) {
		return false
	}
	if c.Discovery != nil {
		return true
	}
	for _, part := range fixtures.Systems() {
		first := slices.IndexFunc(c.Systems, func(s System) bool { return check.PartOf(s.Name, s.Share) == part })
		switch {
		case first < 0 && unknown:
			return false // it may be the one that is not there
		case first >= 0 && refused(c.Systems[first].Name) && !c.alone(c.Systems[first].Name):
			return false
		}
	}
	return true
}

// oneServer reports whether two systems are one server that is asked by two names.
func (c Config) oneServer(a, b string) bool {
	return slices.ContainsFunc(c.Systems, func(s System) bool {
		return s.SameAs != "" && (s.Name == a && s.SameAs == b || s.Name == b && s.SameAs == a)
	})
}

// refused says that a task is not put because its system, or the one that it is about, cannot be asked; nil when it is put.
func (c Config) refused(t *task) *result.Result {
	of := func(system string) (Refusal, bool) {
		i := slices.IndexFunc(c.Refused, func(r Refusal) bool { return system != "" && r.System == system })
		if i < 0 {
			return Refusal{}, false
		}
		return c.Refused[i], true
	}
	for _, system := range []string{t.scope.System, t.scope.Peer} {
		if refusal, ok := of(system); ok {
			r := t.unasked([]Refusal{refusal})
			if r.Status == result.NotRun {
				r.Reason = result.Unreachable
			}
			return &r
		}
	}
	return nil
}

// present are the systems that can be asked.
func (c Config) present(endpoints []*check.Endpoint) []*check.Endpoint {
	return slices.DeleteFunc(slices.Clone(endpoints), func(e *check.Endpoint) bool {
		return slices.ContainsFunc(c.Refused, func(r Refusal) bool { return r.System == e.Name })
	})
}
