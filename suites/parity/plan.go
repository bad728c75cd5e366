package parity

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/contract"
)

// Plan is what is asked of every system to see whether it answers searches as the search contract wants: a list of
// concrete searches, each with the answer it must have. It is the same for equal contracts, values and seeds.
type Plan struct {
	// Queries are in the order of the contract rows that first asked for them. No two are the same request.
	Queries []Query
	// Controls are the rows that are held against the system's own answers, whatever it holds.
	Controls []Control
	// Unplanned are the rows that no search was planned for, and why.
	Unplanned []Unplanned
	// Untried are the rows of which a comparator or a modifier is tried by no search, and why.
	Untried []Unplanned

	values Values
	// few are the records about nobody; those that explain a wrong answer are kept from then on.
	few *few
}

// Unplanned is a contract row that nothing is asked for.
type Unplanned struct {
	Row contract.Row
	// Why is a sentence fragment: "no record in the ledger has one".
	Why string
}

// Control is a row that asks for something besides finding records.
type Control struct {
	Row contract.Row
	// What are the includes, result parameters and rules about errors, as "_include=Observation:patient", "_sort" and
	// "refuse-malformed".
	What []string
}

// Query is one planned search.
type Query struct {
	// Rows are the contract rows that it shows something about, in their order.
	Rows     []contract.Row
	Resource string
	// Terms are the parameters of the search, in their order.
	Terms []Term
	// Subject is the person that the search is about; nil for a search over all of a type.
	Subject *Thing
	// Probe says what the search tries out, for example "one second later".
	Probe string
	// Post sends it by POST [type]/_search.
	Post bool
	// Free says that the system may refuse it: nothing requires it, and what is not refused must be right.
	Free bool
	// Must are the keys of the records that an answer holds, May those that it may hold, because two readings of the
	// specification differ about them. Both are sorted.
	Must, May []string
}

// Term is one name=value of a search.
type Term struct {
	// Name is the parameter with its modifier or chain, Code the parameter alone.
	Name, Code string
	// Value is the value, where every system gets the same.
	Value string
	// Of is the record whose id is the value, where every system has its own; Form says how it is written.
	Of   *Thing
	Form Form
}

// Thing is a record that a search refers to, by what every system knows it by.
type Thing struct {
	Type string
	// Key is the business identifier as system|value.
	Key string
	// Subject is the key of the person that the record is about; "" for a person or an entry of a directory.
	Subject string
}

// Form is one of the ways to write the id of a record in a search.
type Form string

const (
	// ByID writes the id alone.
	ByID Form = "id"
	// ByType writes Type/id.
	ByType Form = "Type/id"
	// ByURL writes the absolute URL.
	ByURL Form = "URL"
)

// Level is the strongest level of the rows that the query shows something about.
func (q Query) Level() result.Level {
	level := result.May
	for _, row := range q.Rows {
		if row.Level == result.Must {
			return result.Must
		}
		if row.Level == result.Should {
			level = result.Should
		}
	}
	return level
}

// requirement is the id of the first row of that level.
func (q Query) requirement() string {
	level := q.Level()
	for _, row := range q.Rows {
		if row.Level == level {
			return row.ID
		}
	}
	return q.Rows[0].ID
}

// Requirements are the ids of the rows.
func (q Query) Requirements() []string {
	ids := make([]string, 0, len(q.Rows))
	for _, row := range q.Rows {
		ids = append(ids, row.ID)
	}
	return ids
}

// Parameters names the parameters that are tried out, without the patient that narrows the search, joined by "+".
func (q Query) Parameters() string {
	var codes []string
	for _, term := range q.Terms {
		if !slices.Contains(codes, term.Code) {
			codes = append(codes, term.Code)
		}
	}
	if len(codes) > 1 {
		codes = slices.DeleteFunc(codes, func(code string) bool { return code == "patient" })
	}
	return strings.Join(codes, "+")
}

// String writes the search with {Type key} for ids that only a system knows.
func (q Query) String() string {
	var b strings.Builder
	b.WriteString(q.Resource)
	for i, term := range q.Terms {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(term.Name + "=")
		if term.Of != nil {
			prefix := map[Form]string{ByID: "", ByType: term.Of.Type + "/", ByURL: "[base]/" + term.Of.Type + "/"}[term.Form]
			b.WriteString(prefix + "{id of " + term.Of.Key + "}")
			continue
		}
		b.WriteString(term.Value)
	}
	if q.Post {
		return "POST " + b.String()
	}
	return "GET " + b.String()
}

// values fills in the ids.
func (q Query) values(id func(Thing, Form) string) url.Values {
	values := url.Values{}
	for _, term := range q.Terms {
		if term.Of != nil {
			values.Add(term.Name, id(*term.Of, term.Form))
			continue
		}
		values.Add(term.Name, term.Value)
	}
	return values
}

// merge leaves one of equal queries, with the rows of all, in the order in which they came.
func merge(queries []Query) []Query {
	at := map[string]int{}
	var merged []Query
	for _, q := range queries {
		text := q.String()
		i, known := at[text]
		if !known {
			at[text] = len(merged)
			q.Rows = slices.Clone(q.Rows)
			merged = append(merged, q)
			continue
		}
		for _, row := range q.Rows {
			if !slices.ContainsFunc(merged[i].Rows, func(r contract.Row) bool { return r.ID == row.ID }) {
				merged[i].Rows = append(merged[i].Rows, row)
			}
		}
	}
	for i := range merged {
		slices.SortStableFunc(merged[i].Rows, func(a, b contract.Row) int { return cmp.Compare(a.Layer, b.Layer) })
	}
	return merged
}
