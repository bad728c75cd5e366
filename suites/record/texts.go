package record

import (
	"strings"
	"sync"
)

// texts lets equal texts share memory: codes, statuses and sources repeat in every record, and two systems say the same of
// one record. It is safe for concurrent use.
type texts struct {
	mu    sync.Mutex
	known map[string]string
}

func newTexts() *texts { return &texts{known: map[string]string{}} }

// share replaces the texts of a statement by those that are known already.
func (t *texts) share(statement *Statement) {
	t.mu.Lock()
	defer t.mu.Unlock()
	statement.Type, statement.Updated, statement.Computed = t.one(statement.Type), t.one(statement.Updated), t.one(statement.Computed)
	for _, list := range [][]string{statement.Keys, statement.Sources, statement.values, statement.parts} {
		for i := range list {
			list[i] = t.one(list[i])
		}
	}
	for i, term := range statement.Terms {
		statement.Terms[i] = Term{t.one(term.System), t.one(term.Code), t.one(term.Display)}
	}
}

func (t *texts) one(text string) string {
	if known, ok := t.known[text]; ok {
		return known
	}
	kept := strings.Clone(text)
	t.known[kept] = kept
	return kept
}
