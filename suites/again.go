package suites

import (
	"context"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// How many answers are asked for again for one result: mostAgain while each of them stays as it was, mostUnlike when one did not.
const mostAgain, mostUnlike = 24, 500

// mostWhole is how many answers of several pages are read again for one result, while each of them stays as it was; mostBeside how
// many answers of one finding are held against what the system says to other questions.
const mostWhole, mostBeside = 4, 8

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
				for _, repeat := range repeats() {
					var differs bool
					if other, differs = t.env.System.Again(ctx, id, repeat, t.env.Now); differs {
						break
					}
				}
				unlike[id] = other
			}
			if other != "" {
				most = mostUnlike
				t.unsteady(f, other)
				break
			}
		}
	}
	t.askWhole(ctx, findings)
	t.askBeside(ctx, findings)
}

// repeats are the texts that tell the times apart that one thing is asked again.
func repeats() []string { return []string{"again for a fault", "a third time for a fault"} }

// unsteady says of a finding that its answer did not come a second time, as another exchange shows.
func (t *task) unsteady(f *result.Finding, other string) {
	f.Cause = result.Unsteady
	f.Message += "; and asked the same again at once, " + t.env.System.Name + " gave another answer"
	f.Exchanges = slices.Concat(f.Exchanges, []string{other}) // others may hold the same list
}

// askWhole is askAgain for answers of several pages, which are read again to their end: one page alone says too little.
func (t *task) askWhole(ctx context.Context, findings []result.Finding) {
	left := mostWhole
	for i := range findings {
		f := &findings[i]
		if f.Severity.Rank() < result.SeverityError.Rank() || !unexplained(f.Cause) || len(f.Exchanges) < 2 {
			continue
		}
		for _, repeat := range repeats() {
			if left--; left < 0 {
				return
			}
			if other, differs := t.env.System.AgainWhole(ctx, f.Exchanges, repeat, t.env.Now); differs {
				t.unsteady(f, other)
				left = mostAgain
				break
			}
		}
	}
}

// askBeside asks whether the answers that findings of a fault rest on are what the system says whatever it is asked, or end where all
// its answers do. Then no parameter alone is read wrongly.
func (t *task) askBeside(ctx context.Context, findings []result.Finding) {
	// Thousands of findings may rest on one large answer.
	indifferentAt := once(func(id string) (string, bool) { return t.env.System.Indifferent(ctx, id) })
	cutAt := once(func(id string) (string, bool) { return t.env.System.Cut(ctx, id) })
	for i := range findings {
		f := &findings[i]
		// One Patient for whatever number is asked for is nobody's in particular.
		somebody := f.Cause == result.OtherPerson && strings.HasPrefix(f.Path, "Patient.")
		if f.Severity.Rank() < result.SeverityError.Rank() || !unexplained(f.Cause) && !somebody || t.check.Suite == "profile" {
			continue // what a record holds depends on no parameter
		}
		for _, id := range f.Exchanges[:min(len(f.Exchanges), mostBeside)] {
			if other, indifferent := indifferentAt(id); indifferent {
				f.Cause = result.QueryIgnored
				f.Message += "; and a search that nothing can match is answered by " + t.env.System.Name + " with the same"
				f.Exchanges = slices.Concat(f.Exchanges, []string{other})
				break
			}
			if !ofSets(f.Cause) || strings.Contains(f.Path, ".") || t.env.Found {
				continue // where people were named to be asked about, everybody's records are not asked for
			}
			if other, cut := cutAt(id); cut {
				f.Cause = result.PagingTruncation
				f.Message += "; and the search for all of the type ends after as many, without a link to what this one shows"
				f.Exchanges = slices.Concat(f.Exchanges, []string{other})
				break
			}
		}
	}
}

// once is a question about exchanges that is asked once about each.
func once(ask func(id string) (string, bool)) func(id string) (string, bool) {
	type told struct {
		other string
		is    bool
	}
	known := map[string]told{}
	return func(id string) (string, bool) {
		answer, asked := known[id]
		if !asked {
			answer.other, answer.is = ask(id)
			known[id] = answer
		}
		return answer.other, answer.is
	}
}

// ofSets reports whether a cause says which records are shown, and not what they say.
func ofSets(cause result.Cause) bool {
	switch cause {
	case result.CauseMissing, result.CauseExtra, result.IgnoredParameter, result.NotRefused, result.WrongTotal, result.Duplicate, result.EnteredInError,
		result.HistoryCut, result.StatusFilter:
		return true
	default:
		return false
	}
}

// unexplained reports whether a cause says only what differs, or was told from a comparison of answers that must then be steady.
func unexplained(cause result.Cause) bool {
	switch cause {
	case result.NoCause, result.CauseMissing, result.CauseExtra, result.CauseAltered, result.IgnoredParameter, result.NotRefused, result.PagingTruncation,
		result.WrongTotal, result.Duplicate, result.CauseError, result.Withheld, result.EnteredInError, result.StatusMapping,
		result.HistoryCut, result.StatusFilter:
		return true
	default:
		return false
	}
}
