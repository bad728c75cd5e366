package suites

import (
	"context"
	"maps"
	"slices"
	"sync"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// mostStrangers is how many answers about another person are told of one kind.
const mostStrangers = 3

// restsOn are the exchanges that a check rests on. It is safe for concurrent use.
type restsOn struct {
	mu   sync.Mutex
	seen map[string]bool
}

// watched takes down what a check asks for, and tells whoever else wants to know; see may be nil.
func (r *restsOn) watched(see func(string)) func(string) {
	r.seen = map[string]bool{}
	return func(id string) {
		r.mu.Lock()
		r.seen[id] = true
		r.mu.Unlock()
		if see != nil {
			see(id)
		}
	}
}

// ids are the exchanges, sorted.
func (r *restsOn) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.seen))
}

// lookForStrangers keeps which of the answers that a check rests on are to a search about one patient and show the record of another
// person, and which show a record under another's URL. Whatever the question of the check was: an answer about somebody else answers nothing,
// and a check that has no complaint about it would pass. Checks that make something happen rest on answers of several moments, and are left as they are.
func (t *task) lookForStrangers(ctx context.Context, ids []string) {
	if t.check.Exclusive || t.check.First || t.check.Writes {
		return
	}
	asked := t.env.Group
	if t.env.System != nil {
		asked = []*check.Endpoint{t.env.System}
	}
	for _, system := range asked {
		t.strangers = slices.Concat(t.strangers, system.Strangers(ctx, ids), system.Misplaced(ids))
	}
}

// chargeStrangers has checks complain of such answers of which nobody complains. A system that passes over the patient in
// searches of a type is told of that by the checks of those searches, and not by each other check that asks one: of what a finding
// cites no more is told, nor of other answers for the same type. Anything else is charged to the first check that rests on it. What it
// returns says what the other shards of a run must know; nil for nothing.
func (c Config) chargeStrangers(ctx context.Context, tasks []*task) *result.Strangers {
	cited, charged := map[string]bool{}, map[result.Stranger]*task{}
	for _, t := range tasks {
		for _, f := range t.result.Findings {
			if f.Severity.Rank() >= result.SeverityError.Rank() {
				for _, id := range f.Exchanges {
					cited[id] = true
				}
			}
		}
	}
	var known result.Strangers
	told := map[result.Stranger]bool{}
	for _, t := range tasks {
		for _, s := range t.strangers {
			if k := (result.Stranger{System: s.System, Path: s.Finding.Path}); cited[s.Finding.Exchanges[0]] && !told[k] {
				told[k], known.Told = true, append(known.Told, k)
			}
		}
	}
	for _, t := range tasks {
		charge := result.Charge{Before: t.result}
		for _, s := range t.strangers {
			k := result.Stranger{System: s.System, Path: s.Finding.Path}
			if !told[k] && t.result.Status == result.Pass && (charged[k] == nil || charged[k] == t) && len(charge.Findings) < mostStrangers {
				charge.Kinds, charge.Findings, charged[k] = append(charge.Kinds, k), append(charge.Findings, s.Finding), t
			}
		}
		if len(charge.Findings) > 0 {
			t.charge(ctx, charge.Findings)
			known.Charged = append(known.Charged, charge)
		}
	}
	if known.Told == nil && known.Charged == nil {
		return nil
	}
	return &known
}

// charge adds findings to the result of a check that was asked.
func (t *task) charge(ctx context.Context, findings []result.Finding) {
	t.askAgain(ctx, findings)
	t.own(findings)
	t.declared.Mark(t.check.ID, t.scope, findings, t.env.Now)
	shortenFindings(findings) // a shard writes them down beside the result
	t.result = Charged(t.result, findings)
}

// Charged is a result that says something more.
func Charged(r result.Result, findings []result.Finding) result.Result {
	conclude(&r, slices.Concat(r.Findings, findings), nil)
	shorten(&r)
	return r
}
