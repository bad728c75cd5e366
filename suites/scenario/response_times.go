package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/latency"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// wantedBudget is how long a clinician should wait for one question at most (GP Connect, volume and performance: SHOULD).
const wantedBudget = time.Second

// queryClass is a kind of question that a clinician asks, with the questions of that kind.
type queryClass struct {
	name      string
	questions []question
}

// question is a search.
type question struct {
	resourceType string
	parameters   url.Values
}

// fastEnough asks many questions at a declared concurrency, first of a system that was not asked anything yet in this run and
// then again, and holds how long the answers took against the budgets.
func fastEnough(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	seeded := seededFacts(env)
	if len(seeded) == 0 && env.Ledger.Partial() {
		return nil, check.NoData("none of the people who were loaded is one whom a provider was seeded with, so nothing can be measured about them")
	}
	env.By("Given the people of %d providers spread over both systems", len(seeded))
	var findings []result.Finding
	measured, held := true, time.Duration(0)
	for _, phase := range []string{"cold", "warm"} {
		env.By("When their records are opened at %s, %d questions at once, %s", env.System.Title, env.Load.Concurrency, phase)
		env.Afresh()
		var patients []string
		for _, class := range []func() queryClass{
			func() queryClass { return findPeople(seeded) },
			func() queryClass { return openRecords(seeded, patients) },
			func() queryClass { return lookUp(seeded) },
		} {
			class := class()
			if len(class.questions) == 0 {
				return findings, check.NoData("%s finds none of the people seeded for %d providers. %s", env.System.Name, len(seeded),
					env.Remedy())
			}
			times, err := timeAll(ctx, env.System, class, env.Load.Concurrency)
			if err != nil {
				return findings, err
			}
			if patients == nil {
				patients = times.first
			}
			findings = append(findings, times.late(env.System.Name, class, phase)...)
			held = max(held, times.held)
			row := times.row(env, class, phase)
			if row.Max == 0 {
				measured = false
				continue
			}
			if env.Timed != nil {
				env.Timed(row)
			}
			if p95 := time.Duration(row.P95) * time.Microsecond; p95 >= wantedBudget {
				findings = append(findings, result.Finding{
					Rule: "latency-should", Severity: result.SeverityWarning, Expected: "less than " + wantedBudget.String(), Actual: p95.String(),
					Message: fmt.Sprintf("of the %s questions to %s, %s, one in twenty takes a second or more", phase, env.System.Name, class.name),
				})
			}
		}
	}
	env.By("Then 95 of 100 answers come within %s, and every answer within %s", wantedBudget, clinicalBudget)
	if len(findings) == 0 && held > 0 {
		return nil, check.TooClose(env.System.Name, clinicalBudget, held)
	}
	if !measured {
		env.By("And how long they took is not stated, because the run's clock stands still")
	}
	return findings, nil
}

// seeded is the one fact that was seeded for a provider, and the person it is about.
type seeded struct {
	provider fixtures.Provider
	person   fixtures.Person
	fact     fixtures.Fact
}

// seededFacts are those of as many providers as are to be asked about, spread evenly. Each system is asked about people of its
// own, because a system that was asked has asked its neighbour about the same people.
func seededFacts(env *check.Env) []seeded {
	providers := env.Ledger.Providers()
	count := min(max(env.Load.Questions/3, 1), len(providers))
	other := slices.Index(fixtures.Systems(), env.System.Part) + 1
	var sample []seeded
	for i := range count {
		provider := providers[(i*len(providers)/count+other)%len(providers)]
		if person, fact, ok := env.Ledger.SweepFact(provider.ODS); ok {
			sample = append(sample, seeded{provider, person, fact})
		}
	}
	return sample
}

func findPeople(sample []seeded) queryClass {
	find := queryClass{name: "find a person by NHS number"}
	for _, s := range sample {
		find.questions = append(find.questions, question{"Patient", url.Values{"identifier": {record.NHSNumberToken(s.person.NHSNumber)}}})
	}
	return find
}

// openRecords asks about the people who were found: patients are their ids, "" where nobody was.
func openRecords(sample []seeded, patients []string) queryClass {
	open := queryClass{name: "open part of a person's record"}
	for i, id := range patients {
		if id != "" {
			open.questions = append(open.questions, question{string(sample[i].fact.Kind), url.Values{"patient": {id}}})
		}
	}
	return open
}

func lookUp(sample []seeded) queryClass {
	look := queryClass{name: "look a provider up"}
	for _, s := range sample {
		look.questions = append(look.questions, question{"Organization", url.Values{"identifier": {record.ODSSystem + "|" + s.provider.ODS}}})
	}
	return look
}

// measured is how long the questions of one class took.
type measured struct {
	histogram latency.Histogram
	// overdue are the questions that had no answer within the budget, in the order of the questions.
	overdue []string
	// first are the ids of the first resource of each answer, "" where there is none.
	first []string
	// held is for how long Concord was held up at most while it waited for an answer of which it cannot tell whether it was late.
	held time.Duration
}

// timeAll asks the questions of a class, several at once.
func timeAll(ctx context.Context, system *check.Endpoint, class queryClass, concurrency int) (*measured, error) {
	took, failures := make([]time.Duration, len(class.questions)), make([]error, len(class.questions))
	m := &measured{first: make([]string, len(class.questions))}
	next := make(chan int)
	var group sync.WaitGroup
	for range max(concurrency, 1) {
		group.Go(func() {
			for i := range next {
				took[i], m.first[i], failures[i] = timeOne(ctx, system, class.questions[i])
			}
		})
	}
	for i := range class.questions {
		next <- i
	}
	close(next)
	group.Wait()
	for i, err := range failures {
		var unclear *tooClose
		if errors.As(err, &unclear) {
			m.held = max(m.held, unclear.held)
		} else if errors.Is(err, errLate) {
			m.overdue = append(m.overdue, class.questions[i].resourceType+"?"+class.questions[i].parameters.Encode())
		} else if err != nil {
			return nil, err
		}
		if took[i] > 0 {
			m.histogram.Record(took[i])
		}
	}
	if len(m.overdue) > 0 && len(m.overdue) == len(class.questions) {
		// A system that does not answer at all is not slow: nothing can be said of it.
		return nil, &check.Inconclusive{Reason: result.Unreachable, Detail: fmt.Sprintf("%s answers none of %d questions (%s)", system.Name, len(m.overdue), class.name)}
	}
	return m, nil
}

// errLate says that there was no answer within the budget.
var errLate = errors.New("late")

// tooClose says that Concord itself was held up, so that whether there was an answer within the budget cannot be told.
type tooClose struct{ held time.Duration }

func (t *tooClose) Error() string { return "held up for " + t.held.String() }

// timeOne asks one question and returns how long the answer took by the run's clock, 0 when that stands still, and the id of
// the first resource in it.
func timeOne(ctx context.Context, system *check.Endpoint, q question) (took time.Duration, first string, err error) {
	answer, err := system.Search(exchange.Within(ctx, clinicalBudget), q.resourceType, q.parameters)
	var unanswered *exchange.Error
	switch {
	case answer != nil:
		if resources := answer.Resources(); len(resources) > 0 {
			first = resources[0].ID()
		}
		if answer.TooClose(clinicalBudget) {
			return answer.Took, first, &tooClose{held: answer.HeldUp}
		}
		return answer.Took, first, nil
	case errors.As(err, &unanswered) && unanswered.Kind == exchange.TimedOut && ctx.Err() == nil:
		return clinicalBudget, "", errLate
	default:
		return 0, "", err
	}
}

// late says which questions had no answer in time.
func (m *measured) late(system string, class queryClass, phase string) []result.Finding {
	if len(m.overdue) == 0 {
		return nil
	}
	slices.Sort(m.overdue)
	return []result.Finding{{
		Rule: "latency-shall", Severity: result.SeverityError, Expected: "every answer within " + clinicalBudget.String(),
		Message: fmt.Sprintf("%s does not answer %d of %d %s questions (%s) within %s", system, len(m.overdue), len(class.questions), phase, class.name, clinicalBudget),
		Actual:  "none to " + strings.Join(m.overdue[:min(3, len(m.overdue))], ", "),
	}}
}

// row sums the class up, corrected for the questions that slow answers held up.
func (m *measured) row(env *check.Env, class queryClass, phase string) result.LatencyRow {
	corrected := m.histogram.Correct(m.histogram.Quantile(0.5))
	return result.LatencyRow{
		System: env.System.Name, Class: class.name, Phase: phase, Concurrency: env.Load.Concurrency, Asked: len(class.questions), Late: len(m.overdue),
		P50: corrected.Quantile(0.5).Microseconds(), P95: corrected.Quantile(0.95).Microseconds(), P99: corrected.Quantile(0.99).Microseconds(),
		Max: corrected.Max().Microseconds(),
	}
}
