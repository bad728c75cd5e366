package parity

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// camps says how all systems of a run stand where two of them differ: those that say the same of the record, or of the element
// of it, stand together. It is nil for two systems, where all agree after all, and where one agrees with two that do not agree
// with each other. A system that does not answer, or does not know the person, stands nowhere.
func (b *blame) camps(ctx context.Context, at int, d record.Difference) result.Camps {
	if len(b.env.Group) < 3 {
		return nil
	}
	shown := map[string]seen{}
	systems := map[string]*check.Endpoint{}
	var heard []string
	for _, system := range b.env.Group {
		all, err := look(ctx, b.env, system, b.kind)
		if err != nil || at >= len(all) || !all[at].found {
			continue
		}
		shown[system.Name], systems[system.Name] = all[at], system
		heard = append(heard, system.Name)
	}
	camps, divided := result.Divide(heard, func(x, y string) bool {
		return !slices.ContainsFunc([][2]string{{x, y}, {y, x}}, func(way [2]string) bool {
			return slices.ContainsFunc(b.between(ctx, systems[way[0]], shown[way[0]], shown[way[1]], systems[way[1]]), func(other record.Difference) bool {
				return sameMatter(d, other)
			})
		})
	})
	if !divided || len(camps) < 2 {
		return nil
	}
	return camps
}

// between are the differences between what two systems show of one person, the first being the measure.
func (b *blame) between(ctx context.Context, system *check.Endpoint, expected, actual seen, other *check.Endpoint) []record.Difference {
	type key struct {
		kind          fixtures.Kind
		system, other *check.Endpoint
		person        string
	}
	all, _ := b.env.Shared.Know(key{b.kind, system, other, expected.person.ID}, func() any {
		return slices.Concat(expected.set.Against(actual.set), expected.set.Terms(actual.set, terms(ctx, b.env, system, b.kind)))
	}).([]record.Difference)
	return all
}

// terms are the displays that a system gives to codes, in all that it shows of a kind.
func terms(ctx context.Context, env *check.Env, system *check.Endpoint, kind fixtures.Kind) record.Terms {
	type key struct {
		kind   fixtures.Kind
		system *check.Endpoint
	}
	known, _ := env.Shared.Know(key{kind, system}, func() any {
		all := record.Terms{}
		shown, err := look(ctx, env, system, kind)
		if err != nil {
			return all
		}
		for _, s := range shown {
			for _, statement := range s.set.Statements() {
				all.Learn(statement.Terms)
			}
		}
		return all
	}).(record.Terms)
	return known
}

// sameMatter reports whether two differences are about one record, and about the same element of it or about whether it is shown.
func sameMatter(a, b record.Difference) bool {
	if a.Path != b.Path {
		return false
	}
	for _, x := range []record.Statement{a.Want, a.Got} {
		for _, y := range []record.Statement{b.Want, b.Got} {
			if x.Type == "" || y.Type == "" {
				continue
			}
			if x.Computed == y.Computed || slices.ContainsFunc(x.Keys, func(k string) bool { return slices.Contains(y.Keys, k) }) {
				return true
			}
		}
	}
	return false
}

// sides says in words how the systems stand about a finding at one of them; "" where nobody stands anywhere.
func sides(camps result.Camps, system string) string {
	switch odd := camps.Odd(); {
	case len(camps) < 2:
		return ""
	case slices.Contains(odd, system):
		return fmt.Sprintf("; %s differs here from %s, which agree", system, result.Others(camps[0], nil))
	default:
		return "; of it " + camps.Text(nil)
	}
}
