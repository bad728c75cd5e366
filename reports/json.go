package reports

import (
	"bytes"
	"encoding/json"
	"slices"

	"concord.example/concord/internal/result"
)

// prepare returns a copy of the run that is ready to print: sorted, in UTC, without null lists, and checked for
// contradictions. The caller's run is left as it is.
func prepare(run result.Run) (result.Run, error) {
	run.StartedAt = run.StartedAt.UTC()
	run.Packages = full(run.Packages)
	run.Systems = full(run.Systems)
	run.Selection.Suites = full(run.Selection.Suites)
	run.Selection.Checks = full(run.Selection.Checks)
	if run.Invocation != nil {
		asked := *run.Invocation
		asked.Arguments = full(asked.Arguments)
		run.Invocation = &asked
	}
	run.Checks = full(run.Checks)
	for i := range run.Checks {
		run.Checks[i].Requirement = full(run.Checks[i].Requirement)
	}
	run.Providers = full(run.Providers)
	run.Results = full(run.Results)
	for i := range run.Results {
		run.Results[i].Findings = slices.Clone(run.Results[i].Findings)
	}
	run.Normalise()
	return run, validate(run)
}

// full copies a list, and makes an empty one of a missing one: run.json has lists, never null.
func full[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }

// encode writes run.json.
func encode(run result.Run) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(run); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
