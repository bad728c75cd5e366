package suites

import (
	"context"
	"slices"

	"concord.example/concord/internal/result"
)

// How many answers are asked for again for one result: mostAgain while each of them stays as it was, mostUnlike when one did
// not, and timesAgain how often each.
const mostAgain, mostUnlike, timesAgain = 24, 500, 2

// askAgain asks once more for the answers that findings of a fault rest on. A fault that another answer to the same question
// does not have is not what it seems: no filter is ignored and no record missing, but two answers to one question differ, which
// is the worse. Checks that change systems, or write to them, ask at one moment and are left as they are.
func (t *task) askAgain(ctx context.Context, findings []result.Finding) {
	if t.check.Exclusive || t.check.Writes || t.env.System == nil {
		return
	}
	unlike, asked, most := map[string]string{}, 0, mostAgain
	for i := range findings {
		f := &findings[i]
		if f.Severity.Rank() < result.SeverityError.Rank() || !unexplained(f.Cause) {
			continue
		}
		for _, id := range f.Exchanges {
			other, known := unlike[id]
			if !known && asked < most {
				asked++
				for _, repeat := range []string{"again for a fault", "a third time for a fault"}[:timesAgain] {
					var differs bool
					if other, differs = t.env.System.Again(ctx, id, repeat, t.env.Now); differs {
						break
					}
				}
				unlike[id] = other
			}
			if other == "" {
				continue
			}
			most = mostUnlike
			f.Cause = result.Unsteady
			f.Message += "; and asked the same again at once, " + t.env.System.Name + " gave another answer"
			f.Exchanges = slices.Concat(f.Exchanges, []string{other}) // others may hold the same list
			break
		}
	}
}

// unexplained reports whether a cause says only what differs, or was told from a comparison of answers that must then be steady.
func unexplained(cause result.Cause) bool {
	switch cause {
	case result.NoCause, result.CauseMissing, result.CauseExtra, result.CauseAltered, result.IgnoredParameter, result.PagingTruncation,
		result.WrongTotal, result.Duplicate, result.CauseError, result.Withheld, result.EnteredInError, result.StatusMapping:
		return true
	default:
		return false
	}
}
