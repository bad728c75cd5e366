package profile

import (
	"context"
	"sync"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// left is what a check was not shown of some people, while others' records can be judged.
type left struct {
	mu    sync.Mutex
	first error
}

// leftKey is where a context keeps it.
type leftKey struct{}

// leave notes what a check was not shown; false where nobody takes note.
func leave(ctx context.Context, err error) bool {
	l, ok := ctx.Value(leftKey{}).(*left)
	if !ok {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		l.first = err
	}
	return true
}

// pastSome judges the records of those of whom the system shows them, and says what it answered of the others. What is wrong with one
// person's is wrong all the same; where nothing is, the answer about the others decides.
func pastSome(run func(context.Context, *check.Env) ([]result.Finding, error)) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		l := &left{}
		findings, err := run(context.WithValue(ctx, leftKey{}, l), env)
		if err != nil || result.WorstSeverity(findings).Rank() >= result.SeverityError.Rank() {
			return findings, err
		}
		return findings, l.first
	}
}
