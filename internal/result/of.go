package result

import "slices"

// Of is the part of a run that is about one system: what it was asked, its own records and those of others alike. Its verdict is
// rolled up anew. What was asked of nobody in particular is left out.
func (r Run) Of(system string) Run {
	r.Systems = slices.DeleteFunc(slices.Clone(r.Systems), func(s System) bool { return s.Name != system })
	r.Results = slices.DeleteFunc(slices.Clone(r.Results), func(one Result) bool { return one.Scope.System != system })
	r.Verdict = r.Judge()
	return r
}
