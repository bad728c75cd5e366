// Package proof prints what a build of Concord proved of itself: which seeded defects its checks catch, and that they blame
// nobody for what is lawful.
//
// It promises that everything on the page stands in the proof it is given, and that the page needs no network and no script.
package proof

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
)

//go:embed page.html
var layout string

// Page prints a proof as one HTML file.
func Page(p result.Proof) ([]byte, error) {
	parsed, err := template.New("proof").Funcs(template.FuncMap{
		"join": func(list []string) string { return strings.Join(list, ", ") },
		"when": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"took": func(ms int64) string { return (time.Duration(ms) * time.Millisecond).Round(time.Second).String() },
	}).Parse(layout)
	if err != nil {
		return nil, fmt.Errorf("print the proof: %w", err)
	}
	var page bytes.Buffer
	if err := parsed.Execute(&page, view{p, byCheck(p.Kills)}); err != nil {
		return nil, fmt.Errorf("print the proof: %w", err)
	}
	return page.Bytes(), nil
}

type view struct {
	result.Proof
	Checks []checkView
}

// checkView is a check with the defects that it catches.
type checkView struct {
	ID              string
	Catches, Misses []string
}

// byCheck turns the matrix round: by the id of the check.
func byCheck(kills []result.Kill) []checkView {
	rows := map[string]*checkView{}
	row := func(id string) *checkView {
		if rows[id] == nil {
			rows[id] = &checkView{ID: id}
		}
		return rows[id]
	}
	for _, k := range kills {
		for _, id := range slices.Concat(k.Caught, k.Also) {
			row(id).Catches = append(row(id).Catches, k.Defect)
		}
		for _, id := range k.Missed {
			row(id).Misses = append(row(id).Misses, k.Defect)
		}
	}
	all := make([]checkView, 0, len(rows))
	for _, r := range rows {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b checkView) int { return strings.Compare(a.ID, b.ID) })
	return all
}
