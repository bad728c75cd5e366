package reports

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"concord.example/concord/internal/result"
)

const (
	// mostScopes is how many scopes of a check are listed with their findings before the rest is left to run.json.
	mostScopes = 50
	// mostFindings is how many findings of one scope are listed.
	mostFindings = 20
)

type suiteView struct {
	Name, ID string
	Sentence string
	Status   result.Status
	Counts   string
	Checks   []checkView
}

type checkView struct {
	result.Check
	Status result.Status
	Level  string
	Counts string
	// Places are the outcome counts per system, pair, or system and its providers.
	Places []placeView
	// Scopes are the scopes that are not a plain pass or have steps to show, worst first, at most mostScopes of them; More is the rest.
	Scopes []scopeView
	More   int
	Empty  bool
	// Open says that there is something to read that is not a plain pass.
	Open bool
}

type placeView struct {
	Name, Counts string
	Bar          bar
}

type scopeView struct {
	Scope, Message string
	Check          string
	Status         result.Status
	Reason         result.Reason
	Steps          []stepView
	Findings       []findingView
	More           int
}

// stepView is a step of a scenario; Attested says in a sentence who did it, "" when Concord did.
type stepView struct{ Text, Attested string }

type findingView struct {
	result.Finding
	Location  string
	Exchanges []exchangeView
	// Shown says that "concord show" prints the exchanges.
	Shown bool
}

// exchangeView is a recorded exchange, with a link when the run folder holds it.
type exchangeView struct{ ID, Link string }

// sheet prints checks and what was found.
type sheet struct {
	options Options
	// names are the names of the providers by ODS code.
	names map[string]string
}

func newSheet(o overview, options Options) sheet {
	s := sheet{options, make(map[string]string, len(o.providers))}
	for _, p := range o.providers {
		s.names[p.ODS] = p.Name
	}
	return s
}

func (p sheet) suite(s suiteTally) suiteView {
	v := suiteView{
		Name: s.name, ID: slug(s.name), Sentence: suiteClaim(s.name).sentence, Status: s.status, Counts: countsText(s.counts),
	}
	for _, c := range s.checks {
		v.Checks = append(v.Checks, p.check(c))
	}
	return v
}

func (p sheet) check(c checkTally) checkView {
	v := checkView{
		Check: c.Check, Status: c.status, Level: levelMeaning(c.Level), Counts: countsText(c.counts), Empty: len(c.results) == 0,
	}
	v.Places, v.Open = places(c.results), v.Empty
	var rest []result.Result
	for _, r := range c.results {
		notable := r.Status != result.Pass || len(r.Findings) > 0
		if notable || len(r.Steps) > 0 {
			rest = append(rest, r)
		}
		v.Open = v.Open || notable
	}
	order := severityOrder()
	slices.SortStableFunc(rest, func(a, b result.Result) int {
		return cmp.Compare(slices.Index(order, a.Status), slices.Index(order, b.Status))
	})
	v.More = max(len(rest)-mostScopes, 0)
	for _, r := range rest[:len(rest)-v.More] {
		v.Scopes = append(v.Scopes, p.scope(r, c.Check))
	}
	return v
}

// places counts the results of a check per system or pair; the providers of one direction are counted together.
func places(results []result.Result) []placeView {
	var names []string
	counts := make(map[string]*result.Counts)
	for _, r := range results {
		name := result.Scope{System: r.Scope.System, Peer: r.Scope.Peer}.String()
		if r.Scope.Provider != "" {
			name += ", providers"
		}
		if counts[name] == nil {
			names = append(names, name)
			counts[name] = &result.Counts{}
		}
		counts[name].Add(r.Status)
	}
	out := make([]placeView, 0, len(names))
	for _, name := range names {
		out = append(out, placeView{name, countsText(*counts[name]), countsBar(*counts[name])})
	}
	return out
}

// scope prints one result. beside is the check whose hazard is printed beside it; none when it stands alone.
func (p sheet) scope(r result.Result, beside result.Check) scopeView {
	v := scopeView{
		Scope: oneLine(r.Scope.String() + " " + p.names[r.Scope.Provider]), Check: r.Check, Message: oneLine(r.Message), Status: r.Status, Reason: r.Reason,
		More: max(len(r.Findings)-mostFindings, 0),
	}
	if v.Message == "" && len(r.Findings) == 0 && r.Status != result.Pass {
		v.Message = reasonMeaning(r.Reason)
	}
	for _, step := range r.Steps {
		s := stepView{Text: oneLine(step.Text)}
		if a := step.Attested; a != nil {
			s.Attested = oneLine(fmt.Sprintf("attested by %s at %s %s", a.By, a.At.UTC().Format(time.RFC3339), a.Remark))
		}
		v.Steps = append(v.Steps, s)
	}
	for _, f := range r.Findings[:len(r.Findings)-v.More] {
		fv := findingView{Finding: f, Location: location(f)}
		fv.Hazard, fv.Requirement = ownHazard(beside, f), required(f)
		fv.Shown = p.options.Packed && len(f.Exchanges) > 0
		for _, id := range f.Exchanges {
			e := exchangeView{ID: id}
			if p.options.Link != nil {
				e.Link = p.options.Link(id)
			} else if p.options.Exchanges && id != "" && slug(id) == id {
				e.Link = ExchangesFolder + "/" + id + ".json"
			}
			fv.Exchanges = append(fv.Exchanges, e)
		}
		v.Findings = append(v.Findings, fv)
	}
	return v
}
