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

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/exchange"
	"concord/internal/latency"
	"concord/internal/result"
	"concord/suites/record"
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

// fastEnough asks many questions at a declared concurrency, first for the first time and then again, and holds how long
// the answers took against the budgets.
func fastEnough(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	classes, err := clinicalQuestions(ctx, env)
	if err != nil {
		return nil, err
	}
	env.By("Given the people of %d providers spread over both systems", len(classes[0].questions))
	var findings []result.Finding
	measured := true
	for _, phase := range []string{"cold", "warm"} {
		env.By("When their records are opened at %s, %d questions at once, %s", env.System.Title, env.Load.Concurrency, phase)
		env.Afresh()
		for _, class := range classes {
			times, err := timeAll(ctx, env.System, class, env.Load.Concurrency)
			if err != nil {
				return findings, err
			}
			findings = append(findings, times.late(env.System.Name, class, phase)...)
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
	if !measured {
		env.By("And how long they took is not stated, because the run's clock stands still")
	}
	return findings, nil
}

// clinicalQuestions makes the questions, spread evenly over the providers.
func clinicalQuestions(ctx context.Context, env *check.Env) ([]queryClass, error) {
	find, open, look := queryClass{name: "find a person by NHS number"}, queryClass{name: "open part of a person's record"}, queryClass{name: "look a provider up"}
	providers := env.Ledger.Providers()
	count := min(max(env.Load.Questions/3, 1), len(providers))
	type asked struct {
		fact    fixtures.Fact
		patient string
	}
	var sample []fixtures.Provider
	for i := range count {
		sample = append(sample, providers[i*len(providers)/count])
	}
	opened, err := record.Gather(ctx, sample, func(ctx context.Context, provider fixtures.Provider) (asked, error) {
		person, fact, ok := env.Ledger.SweepFact(provider.ODS)
		if !ok {
			return asked{}, nil
		}
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil || len(found.Patients) == 0 {
			return asked{fact: fact}, err
		}
		return asked{fact, found.Patients[0].ID()}, nil
	})
	if err != nil {
		return nil, err
	}
	for i, provider := range sample {
		look.questions = append(look.questions, question{"Organization", url.Values{"identifier": {record.ODSSystem + "|" + provider.ODS}}})
		person, ok := env.Ledger.PersonByID(opened[i].fact.Person)
		if !ok || opened[i].patient == "" {
			continue
		}
		find.questions = append(find.questions, question{"Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}}})
		open.questions = append(open.questions, question{string(opened[i].fact.Kind), url.Values{"patient": {opened[i].patient}}})
	}
	if len(open.questions) == 0 {
		return nil, check.NoData("%s finds none of the people seeded for %d providers; load the golden ledger", env.System.Name, count)
	}
	return []queryClass{find, open, look}, nil
}

// measured is how long the questions of one class took.
type measured struct {
	histogram latency.Histogram
	// overdue are the questions that had no answer within the budget, in the order of the questions.
	overdue []string
}

// timeAll asks the questions of a class, several at once.
func timeAll(ctx context.Context, system *check.Endpoint, class queryClass, concurrency int) (*measured, error) {
	took, failures := make([]time.Duration, len(class.questions)), make([]error, len(class.questions))
	next := make(chan int)
	var group sync.WaitGroup
	for range max(concurrency, 1) {
		group.Go(func() {
			for i := range next {
				took[i], failures[i] = timeOne(ctx, system, class.questions[i])
			}
		})
	}
	for i := range class.questions {
		next <- i
	}
	close(next)
	group.Wait()
	m := &measured{}
	for i, err := range failures {
		if errors.Is(err, errLate) {
			m.overdue = append(m.overdue, class.questions[i].resourceType+"?"+class.questions[i].parameters.Encode())
		} else if err != nil {
			return nil, err
		}
		if took[i] > 0 {
			m.histogram.Record(took[i])
		}
	}
	return m, nil
}

// errLate says that there was no answer within the budget.
var errLate = errors.New("late")

// timeOne asks one question and returns how long the answer took by the run's clock, 0 when that stands still.
func timeOne(ctx context.Context, system *check.Endpoint, q question) (time.Duration, error) {
	limited, cancel := context.WithTimeout(ctx, clinicalBudget)
	defer cancel()
	answer, err := system.Search(limited, q.resourceType, q.parameters)
	var unanswered *exchange.Error
	switch {
	case answer != nil:
		return answer.Took, nil
	case errors.As(err, &unanswered) && unanswered.Kind == exchange.TimedOut && ctx.Err() == nil:
		return clinicalBudget, errLate
	default:
		return 0, err
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
