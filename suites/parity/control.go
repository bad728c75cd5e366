package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// Rows of a contract that are not about which records a search finds are about what comes with them (includes), in which
// order and how many at a time (result parameters), and what happens when a search is wrong (errors). They are held against
// the system's own answers, on the records of the person who has the most of the type.

// aspect is one thing that a row asks for: a relation that must hold, and what FHIR calls what it is about.
type aspect struct {
	name string
	// least is how many records it takes to tell.
	least int
	look  func(context.Context, ground) ([]result.Finding, error)
}

// aspects are what a row asks for besides finding records.
func aspects(row contract.Row) []aspect {
	var all []aspect
	for _, include := range row.Includes {
		owner, code, _ := strings.Cut(strings.TrimPrefix(include, reverse), ":")
		if strings.HasPrefix(include, reverse) {
			all = append(all, aspect{include, 1, revincludes(owner, code)})
			continue
		}
		all = append(all, aspect{"_include=" + include, 1, includes(owner, code)})
	}
	results := map[string]func(context.Context, ground) ([]result.Finding, error){
		"_count": countInvariance, "_sort": sortOrder, "_total": accurateTotal, "_summary": summaryCount, "_elements": subsetted,
	}
	for _, name := range row.Results {
		all = append(all, aspect{name, 2, results[name]})
	}
	wrong := map[contract.ErrorRule]func(context.Context, ground) ([]result.Finding, error){
		contract.RefuseMalformed: malformed, contract.RefuseUnknownStrict: strictHandling, contract.NameIgnored: selfLink,
	}
	for _, rule := range row.Errors {
		all = append(all, aspect{string(rule), 1, wrong[rule]})
	}
	return all
}

// reverse is what a row's include of records that refer to the results begins with.
const reverse = "_revinclude="

// controlChecks are the checks that ask what the contract says of includes, result parameters and errors.
func controlChecks(questions *Questions) check.Catalogue {
	var catalogue check.Catalogue
	for level, verb := range map[result.Level]string{result.Must: "requires", result.Should: "recommends"} {
		c := check.Check{
			ID: "PAR-SEARCH-RESULTS", Suite: "parity", AnyData: true, Level: level, Scope: check.PerSystem,
			Title:  "what the contract " + verb + " of includes, result parameters and errors holds",
			Hazard: "A list lacks what it refers to, is out of order or cut short, or a question that was not understood looks like an answer.",
			Fix:    "Send the query that the finding names, and compare the answer with the row's section of FHIR R4.",
			Requirement: []result.Ref{
				{ID: "CONTRACT", Source: "Concord search contract (concord contract list)"}, {ID: "FHIR-SEARCH", Source: "HL7 FHIR R4 3.1.1"},
			},
			Needs: []check.Feature{{Resource: "Patient"}},
			Run:   controls(questions, level),
		}
		if level == result.Should {
			c.ID += "-SHOULD"
		}
		catalogue = append(catalogue, c)
	}
	slices.SortFunc(catalogue, func(a, b check.Check) int { return cmp.Compare(a.ID, b.ID) })
	return catalogue
}

// controls returns a check that asks what the rows of a level ask for besides finding records. What a system may offer is
// asked where it declares it, together with what it should.
func controls(questions *Questions, level result.Level) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		var (
			findings []result.Finding
			looked   int
			lacks    error
		)
		declared := env.System.Declares(ctx)
		for _, row := range questions.contract.Rows {
			if (row.Level == result.Must) != (level == result.Must) {
				continue
			}
			// FHIR R4 lets a server do without; what a source or a programme requires or recommends does not.
			binds := row.Layer != contract.Parity && row.Level != result.May
			for _, a := range aspects(row) {
				if row.Level == result.May && !declared.Include(row.Resource, a.name) {
					continue
				}
				found, err := []result.Finding(nil), errNotOffered
				if declared.Type(row.Resource) || binds {
					found, err = a.on(ctx, env, row)
				}
				if broken := (*check.BrokenAnswer)(nil); errors.As(err, &broken) && broken.Status == http.StatusNotFound && !declared.Type(row.Resource) {
					err = errNotOffered // 404 is what R4 has a type answered with that is not supported
				}
				refused := errors.Is(err, errNotOffered) || owed(err)
				switch {
				case refused && !binds:
					continue
				case lacking(err) && !refused:
					lacks = cmp.Or(lacks, err)
					continue
				case refused:
					found = []result.Finding{notOffered(env, row, a.name)}
				case err != nil:
					return findings, err
				}
				looked++
				for _, f := range found {
					f.Requirement, f.Level = row.ID, row.Level
					findings = append(findings, f)
				}
			}
		}
		switch {
		case len(findings) == 0 && lacks != nil:
			return nil, lacks
		case looked == 0:
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " offers nothing of what the contract says of includes, result parameters and errors"}
		default:
			return findings, nil
		}
	}
}

// on looks at what a row asks for.
func (a aspect) on(ctx context.Context, env *check.Env, row contract.Row) ([]result.Finding, error) {
	g, err := standOn(ctx, env, mostRecords(env, row.Resource), row.Resource, a.least)
	if err != nil {
		return nil, err
	}
	g.counts = true
	findings, err := a.look(ctx, g)
	findings = append(findings, *g.odd...)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	told, err := g.apart(ctx, env)
	if err == nil && !told {
		err = &check.Inconclusive{Reason: result.NoDifference, Detail: fmt.Sprintf("%s gives the same records of type %s for whichever patient is asked about, so that %s shows nothing",
			env.System.Name, row.Resource, a.name)}
	}
	return nil, err
}

// notOffered says that a system refuses what a row requires, or does not declare what it is about; its CapabilityStatement
// is where a supplier begins.
func notOffered(env *check.Env, row contract.Row, what string) result.Finding {
	return result.Finding{
		Rule: "search-contract", Severity: result.SeverityError, Cause: result.CauseNotOffered,
		Message:  fmt.Sprintf("%s does not offer %s on %s, which the contract %s", env.System.Name, what, row.Resource, asksAt(row.Level)),
		Expected: what + " on " + row.Resource, Actual: "refused, or not declared", Query: env.System.CurlRead("metadata"),
	}
}

// asksAt says how a contract asks for a row of a level.
func asksAt(level result.Level) string {
	if level == result.Must {
		return "requires"
	}
	return "recommends"
}

// mostRecords is the story whose person has the most records of a type.
func mostRecords(env *check.Env, resourceType string) string {
	if env.Found {
		return fixtures.FoundStory
	}
	type key struct {
		ledger       *fixtures.Ledger
		resourceType string
	}
	id, _ := env.Shared.Know(key{env.Ledger, resourceType}, func() any {
		best, most := "", -1
		for _, story := range env.Ledger.Stories() {
			n := 0
			for _, fact := range env.Ledger.Visible(story.Person()) {
				if string(fact.Kind) == resourceType {
					n++
				}
			}
			if n > most {
				best, most = story.ID, n
			}
		}
		return best
	}).(string)
	return id
}

// accurateTotal: _total=accurate states the number of matches on all pages.
func accurateTotal(ctx context.Context, g ground) ([]result.Finding, error) {
	answer, err := g.ask(ctx, "_total", "accurate")
	if err != nil {
		return nil, orNotOffered(err)
	}
	n := len(found(answer))
	if answer.Total == n {
		return nil, nil
	}
	cause := result.IgnoredParameter
	if answer.Total >= 0 {
		cause = numberCause(answer, g.larger(ctx, "_total", "accurate"))
	}
	return []result.Finding{{
		Rule: "total-accurate", Severity: result.SeverityError, Path: "Bundle.total", Cause: cause, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("the answer to %s has %d matches and says otherwise", answer.Query, n),
		Expected: fmt.Sprintf("total %d", n), Actual: totalText(answer),
	}}, nil
}

// totalText quotes the Bundle.total of an answer, which may have none.
func totalText(answer *check.Answer) string {
	if answer.Total < 0 {
		return "no total"
	}
	return fmt.Sprintf("total %d", answer.Total)
}

// askedAtOnce is how many records are named in one search for those that refer to them.
const askedAtOnce = 20

// revincludes: _revinclude brings every record that refers to a result by the parameter, as a search by that parameter finds
// them, and nothing else.
func revincludes(owner, code string) func(context.Context, ground) ([]result.Finding, error) {
	return func(ctx context.Context, g ground) ([]result.Finding, error) {
		if !g.declared.Parameter(owner, code) {
			return nil, errNotOffered
		}
		answer, err := g.ask(ctx, "_revinclude", owner+":"+code)
		if err != nil {
			return nil, orNotOffered(err)
		}
		matched := found(answer)
		if lost := g.sameMatches(answer); len(lost) > 0 {
			return lost, nil
		}
		var steps []*check.Answer
		for some := range slices.Chunk(matched, askedAtOnce) {
			step, err := g.system.Search(ctx, owner, map[string][]string{code: {strings.Join(some, ",")}})
			if err != nil {
				return nil, orNotOffered(err)
			}
			g.same(step)
			steps = append(steps, step)
		}
		want := less(found(steps...), matched)
		var brought []string
		for _, entry := range answer.Includes {
			brought = append(brought, entry.Resource.Reference())
		}
		brought = less(sortedOnce(brought), matched)
		if len(want)+len(brought) == 0 {
			return nil, check.NoData("no %s refers to any %s that was looked at", owner, g.resourceType)
		}
		if g.whole != nil && len(miscounted(g.whole, "")) == 0 {
			for _, step := range steps {
				if wrong := miscounted(step, step.Query); len(wrong) > 0 {
					return wrong, nil
				}
			}
		}
		if stray, err := g.strays(ctx, owner, code, answer); err != nil || len(stray) > 0 {
			return stray, err
		}
		for i, some := range slices.Collect(slices.Chunk(matched, askedAtOnce)) {
			about := slices.DeleteFunc(answer.Resources(), func(r fhir.Resource) bool { return !slices.Contains(some, r.Reference()) })
			if wrong, err := g.misattributed(ctx, steps[i], about, steps[i].Resources()); err != nil || len(wrong) > 0 {
				return wrong, err
			}
		}
		return relation{
			rule: "meta-include", says: fmt.Sprintf("%s brings what refers to the results by %s", answer.Query, code),
			answer: answer, got: brought, want: want, exchanges: append(exchangesOf(steps...), answer.Exchanges...),
			why: func([]string, []string) result.Cause {
				if len(brought) == 0 {
					return result.IgnoredParameter
				}
				return result.NoCause
			},
		}.findings(), nil
	}
}

// sameMatches holds the matches of an answer that is to bring more beside them against those that are found without it.
func (g ground) sameMatches(answer *check.Answer) []result.Finding {
	if g.whole == nil {
		return nil
	}
	return relation{
		rule: "meta-include", says: answer.Query + " finds what is found without it", answer: answer, got: found(answer), want: found(g.whole), exchanges: exchangesOf(g.whole, answer),
		why: func(_, extra []string) result.Cause {
			if len(extra) == 0 && answer.Total > len(found(answer)) {
				return result.PagingTruncation
			}
			return result.NoCause
		},
	}.findings()
}

// dateParameters are the dates that a type can be searched by here, as far as the system declares them: "date" first.
func (g ground) dateParameters() []string {
	var codes []string
	for _, parameter := range search.Parameters(g.resourceType) {
		if parameter.Kind == search.Date && !strings.HasPrefix(parameter.Code, "_") && g.declared.Parameter(g.resourceType, parameter.Code) {
			codes = append(codes, parameter.Code)
		}
	}
	slices.Sort(codes)
	if i := slices.Index(codes, "date"); i > 0 {
		codes = slices.Insert(slices.Delete(codes, i, i+1), 0, "date")
	}
	return codes
}
