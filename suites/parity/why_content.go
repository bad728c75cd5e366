package parity

import (
	"context"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// contents explains answers that are right about what a system shows, where that is wrong. It holds each kind of record of
// each person against the ledger once.
type contents struct {
	env   *check.Env
	known map[string]*contrast
}

// contrast is what a system shows of one kind about one person, with how it differs from the ledger.
type contrast struct {
	blame *blame
	// err is why it is not known.
	err error
}

func newContents(env *check.Env) *contents { return &contents{env, map[string]*contrast{}} }

// about compares once.
func (c *contents) about(ctx context.Context, person fixtures.Person, kind fixtures.Kind) *contrast {
	key := person.ID + " " + string(kind)
	if c.known[key] == nil {
		b := newBlame(c.env, kind)
		s, err := show(c.env.System, c.env.Shared, b.truth.Reader(), kind)(ctx, person)
		if err == nil {
			for _, d := range b.oracle.CompareSet(person, kind, s.set) {
				b.add(s, d)
			}
		}
		c.known[key] = &contrast{b, err}
	}
	return c.known[key]
}

// cause is why the records that an answer lacks or should not hold are not what the search asks for: each of them must
// differ from the ledger as a whole, or in what the parameters look at, and all for one reason.
func (c *contents) cause(ctx context.Context, person fixtures.Person, kind fixtures.Kind, codes, wrong []string) result.Cause {
	known := c.about(ctx, person, kind)
	if known.err != nil || len(wrong) == 0 {
		return result.NoCause
	}
	cause := result.NoCause
	for _, key := range wrong {
		found := false
		for i := range known.blame.differences {
			p := &known.blame.differences[i]
			d := p.difference
			if !slices.Contains(d.Want.Keys, key) && !slices.Contains(d.Got.Keys, key) && d.Got.Reference != key {
				continue
			}
			if d.Kind == record.Altered && !readBy(kind, codes, d.Path) {
				continue
			}
			if d.Cause == result.NoCause {
				d.Cause = explain.Content(d, known.blame.evidence(ctx, p))
				p.difference.Cause = d.Cause
			}
			if cause != result.NoCause && cause != d.Cause {
				return result.NoCause
			}
			cause, found = d.Cause, true
		}
		if !found {
			return result.NoCause
		}
	}
	return cause
}

// readBy reports whether one of the search parameters looks at what lies at a path, such as "Condition.onset", which
// stands for every type that onset[x] may have.
func readBy(kind fixtures.Kind, codes []string, path string) bool {
	_, path, _ = strings.Cut(path, ".")
	element, _, _ := strings.Cut(path, ".")
	return slices.ContainsFunc(codes, func(code string) bool {
		parameter, ok := search.Lookup(string(kind), code)
		return ok && slices.ContainsFunc(parameter.Definition(), func(text string) bool {
			name, _, _ := strings.Cut(text, ".")
			name, _, _ = strings.Cut(name, ":")
			name, _, _ = strings.Cut(name, "[")
			choice, ok := strings.CutPrefix(name, element)
			return ok && (choice == "" || choice[0] >= 'A' && choice[0] <= 'Z')
		})
	})
}
