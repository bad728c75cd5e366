package command

import (
	"errors"
	"testing"

	"concord.example/concord/internal/result"
)

func TestTheWorstOfSeveralRunsIsWhatAGateSees(t *testing.T) {
	end := func(code int) error { return &exitError{code: code, cause: errors.New("a cause")} }
	order := []error{nil, end(result.ExitSelection), end(result.ExitUndetermined), end(result.ExitNotConformant)}
	for i, a := range order {
		for j, b := range order {
			if got, want := worse(a, b), order[max(i, j)]; got != want { //nolint:errorlint // the very same
				t.Errorf("of %v and %v: %v, want %v", a, b, got, want)
			}
		}
	}
}
