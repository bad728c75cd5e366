package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// clinicalBudget is how long a clinician waits for one question at most (GP Connect, volume and performance: SHALL).
const clinicalBudget = 3 * time.Second

// look is what a system shows of a person's record at one moment, and what it says about what it does not show.
type look struct {
	truth  *record.Truth
	system string
	// shown are the resources by type.
	shown     map[fixtures.Kind][]fhir.Resource
	outcomes  []fhir.Resource
	exchanges []string
	// refused says which questions got an error for an answer, late which got none within the budget, and unseen of which kinds not all was
	// answered for either reason.
	refused, late []string
	unseen        []fixtures.Kind
	// incomplete is what the system said of the first answer that it called incomplete, unanswered of the first question that it did
	// not answer.
	incomplete, unanswered error
}

// lookAt asks a system about the kinds of the facts. An answer that says that it is not complete is an answer here,
// because the scenarios that look are about what is said when something is missing.
func lookAt(ctx context.Context, truth *record.Truth, system *check.Endpoint, person fixtures.Person, facts []fixtures.Fact) (look, error) {
	l := look{truth: truth, system: system.Name, shown: map[fixtures.Kind][]fhir.Resource{}}
	found, err := record.MustFind(ctx, system, person.NHSNumber)
	if err != nil {
		return l, err
	}
	for _, kind := range kindsOf(facts) {
		for _, patient := range found.Patients {
			if err := l.ask(ctx, system, kind, url.Values{"patient": {patient.ID()}}); err != nil {
				return l, err
			}
		}
	}
	return l, nil
}

// lookAtWhole is lookAt for a moment at which nothing should be missing, and nobody away: a look that the system itself calls incomplete,
// or of which it left a part unanswered, proves nothing about it.
func lookAtWhole(ctx context.Context, truth *record.Truth, system *check.Endpoint, person fixtures.Person, facts []fixtures.Fact) (look, error) {
	l, err := lookAt(ctx, truth, system, person, facts)
	if err == nil {
		err = cmp.Or(l.unanswered, l.incomplete)
	}
	return l, err
}

// ask puts one question within the budget. After one that had no answer in time no further is put: nothing that they would
// show could make the look one that was answered.
func (l *look) ask(ctx context.Context, system *check.Endpoint, kind fixtures.Kind, parameters url.Values) error {
	if len(l.late) > 0 {
		l.unseen = append(l.unseen, kind)
		return nil
	}
	answer, err := system.Search(exchange.Within(ctx, clinicalBudget), string(kind), parameters)
	var (
		inconclusive *check.Inconclusive
		unanswered   *exchange.Error
	)
	switch {
	case answer != nil:
		if l.incomplete == nil {
			l.incomplete = err
		}
		l.shown[kind] = append(l.shown[kind], answer.Resources()...)
		l.outcomes = append(l.outcomes, answer.Outcomes...)
		l.exchanges = append(l.exchanges, answer.Exchanges...)
		return nil
	case errors.As(err, &inconclusive) && (inconclusive.Reason == result.Unreachable || inconclusive.Reason == result.Throttled):
		l.refused, l.unseen = append(l.refused, inconclusive.Detail), append(l.unseen, kind)
		l.unanswered = cmp.Or(l.unanswered, err)
		return nil
	case errors.As(err, &unanswered) && unanswered.Kind == exchange.TimedOut && ctx.Err() == nil:
		l.late, l.unseen = append(l.late, string(kind)), append(l.unseen, kind)
		l.unanswered = cmp.Or(l.unanswered, err)
		return nil
	default:
		return err
	}
}

// kindsOf lists the kinds of the facts, sorted.
func kindsOf(facts []fixtures.Fact) []fixtures.Kind {
	var kinds []fixtures.Kind
	for _, fact := range facts {
		kinds = append(kinds, fact.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// has reports whether the fact is shown.
func (l look) has(fact fixtures.Fact) bool {
	return len(l.truth.Match([]fixtures.Fact{fact}, l.shown[fact.Kind])) > 0
}

// answered says what is wrong with a look that should have got an answer to every question in time.
func (l look) answered(when string) []result.Finding {
	var findings []result.Finding
	for _, detail := range l.refused {
		findings = append(findings, result.Finding{
			Rule: "answer-whole-query-failed", Severity: result.SeverityError, Expected: "an answer with what can be had",
			Message: fmt.Sprintf("%s gives no answer at all %s: %s", l.system, when, detail), Actual: "an error", Exchanges: l.exchanges,
		})
	}
	for _, kind := range l.late {
		findings = append(findings, result.Finding{
			Rule: "answer-in-time", Severity: result.SeverityError, Expected: "an answer within " + clinicalBudget.String(),
			Message: fmt.Sprintf("%s does not answer a question for %s in time %s", l.system, kind, when), Actual: "none", Exchanges: l.exchanges,
		})
	}
	return findings
}

// shows says which of the facts are not shown and should be. Of a kind of which not all was answered it says nothing: nobody saw what there is.
func (l look) shows(facts []fixtures.Fact, when string) []result.Finding {
	var findings []result.Finding
	for _, fact := range facts {
		if !l.has(fact) && !slices.Contains(l.unseen, fact.Kind) {
			findings = append(findings, result.Finding{
				Rule: "fact-shown", Severity: result.SeverityError, Path: string(fact.Kind), Exchanges: l.exchanges, Actual: "not shown",
				Message:  fmt.Sprintf("%s does not show %s recorded by %s %s", l.system, record.Describe(fact), fact.Source, when),
				Expected: record.Describe(fact),
			})
		}
	}
	return findings
}

// hides says which of the facts are shown and should not be.
func (l look) hides(facts []fixtures.Fact, when string) []result.Finding {
	var findings []result.Finding
	for _, fact := range facts {
		if l.has(fact) {
			findings = append(findings, result.Finding{
				Rule: "fact-hidden", Severity: result.SeverityError, Path: string(fact.Kind), Exchanges: l.exchanges, Expected: "not shown",
				Message: fmt.Sprintf("%s shows %s recorded by %s %s", l.system, record.Describe(fact), fact.Source, when),
				Actual:  record.Describe(fact),
			})
		}
	}
	return findings
}

// says reports a finding unless an OperationOutcome among the answers mentions one of the names. An answer without data
// that does not say so reads like a healthy patient.
func (l look) says(names []string, what string) []result.Finding {
	for _, outcome := range l.outcomes {
		if mentions(outcome, names) {
			return nil
		}
	}
	return []result.Finding{{
		Rule: "missing-is-said", Severity: result.SeverityError, Path: "Bundle.entry.where(search.mode = 'outcome')", Exchanges: l.exchanges,
		Message:  fmt.Sprintf("%s does not say that %s", l.system, what),
		Expected: strings.TrimSuffix("an OperationOutcome that names "+strings.Join(names, " or "), " that names "), Actual: describeOutcomes(l.outcomes),
	}}
}

// saysSince is says for a warning that states a time as well: since when what is shown has not changed.
func (l look) saysSince(names []string, what string) []result.Finding {
	if l.dated(names) {
		return nil
	}
	return []result.Finding{{
		Rule: "age-is-said", Severity: result.SeverityError, Path: "Bundle.entry.where(search.mode = 'outcome')", Exchanges: l.exchanges,
		Message:  fmt.Sprintf("%s does not say that %s", l.system, what),
		Expected: "an OperationOutcome that names " + strings.Join(names, " or ") + " and a date", Actual: describeOutcomes(l.outcomes),
	}}
}

// dated reports whether an issue mentions one of the names and states a date.
func (l look) dated(names []string) bool {
	for _, outcome := range l.outcomes {
		for _, issue := range outcome.Objects("issue") {
			if text := issueText(issue); containsAny(text, names) && date.MatchString(text) {
				return true
			}
		}
	}
	return false
}

// date is a date as systems and people write it: 2026-03-02, 02/03/2026, 2 March 2026.
var date = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{1,2} [A-Za-z]{3,9} \d{4}`)

// silent says which warnings are still given when nothing is missing any more.
func (l look) silent(names []string, when string) []result.Finding {
	for _, outcome := range l.outcomes {
		if mentions(outcome, names) {
			return []result.Finding{{
				Rule: "warning-ends", Severity: result.SeverityError, Path: "Bundle.entry.where(search.mode = 'outcome')", Exchanges: l.exchanges,
				Message:  fmt.Sprintf("%s still warns about %s %s", l.system, strings.Join(names, " or "), when),
				Expected: "no warning", Actual: describeOutcomes(l.outcomes),
			}}
		}
	}
	return nil
}

// mentions reports whether an OperationOutcome has one of the names in a text that a person is shown.
func mentions(outcome fhir.Resource, names []string) bool {
	return slices.ContainsFunc(outcome.Objects("issue"), func(issue map[string]any) bool { return containsAny(issueText(issue), names) })
}

// issueText is what a person is shown of an issue.
func issueText(issue map[string]any) string {
	return fhir.Text(fhir.Get(issue, "details", "text")) + " " + fhir.Text(issue["diagnostics"])
}

// containsAny reports whether a text holds one of the names, in whatever case.
func containsAny(text string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name != "" && strings.Contains(strings.ToLower(text), strings.ToLower(name))
	})
}

func describeOutcomes(outcomes []fhir.Resource) string {
	var texts []string
	for _, outcome := range outcomes {
		for _, issue := range outcome.Objects("issue") {
			text := fhir.Text(fhir.Get(issue, "details", "text"))
			if text == "" {
				text = fhir.Text(issue["diagnostics"])
			}
			if !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	if len(texts) == 0 {
		return "no OperationOutcome"
	}
	return strings.Join(texts, "; ")
}

// cast is a story with the facts about its person that are to be shown, by where they come from.
type cast struct {
	story  fixtures.Story
	person fixtures.Person
	facts  []fixtures.Fact
	ledger *fixtures.Ledger
	truth  *record.Truth
}

// castOf finds a story and the facts about its person that it labels and that are to be shown.
func castOf(env *check.Env, id string) (cast, error) {
	story, ok := env.Ledger.Story(id)
	if !ok {
		return cast{}, fmt.Errorf("the ledger has no story %s", id)
	}
	if err := check.Untold(env, story); err != nil {
		return cast{}, err
	}
	if _, err := check.Loaded(env, story); err != nil {
		return cast{}, err
	}
	c := cast{story: story, person: story.Person(), ledger: env.Ledger, truth: record.TruthOf(env)}
	visible := env.Ledger.Visible(c.person)
	for _, label := range story.Labels() {
		fact, _ := story.Fact(label)
		if slices.ContainsFunc(visible, func(f fixtures.Fact) bool { return f.ID == fact.ID }) {
			c.facts = append(c.facts, fact)
		}
	}
	if len(c.facts) == 0 {
		return c, fmt.Errorf("story %s has no facts to be shown", id)
	}
	return c, nil
}

// where returns the facts for which keep says yes.
func (c cast) where(keep func(fixtures.Fact) bool) []fixtures.Fact {
	var kept []fixtures.Fact
	for _, fact := range c.facts {
		if keep(fact) {
			kept = append(kept, fact)
		}
	}
	return kept
}

// heldBy returns the facts whose provider feeds the system, and the others.
func (c cast) heldBy(system string) (held, others []fixtures.Fact) {
	for _, fact := range c.facts {
		if c.ledger.System(fact.Source) == system {
			held = append(held, fact)
		} else {
			others = append(others, fact)
		}
	}
	return held, others
}

// baseline looks at the record before anything happens. A record that is not there yet is no data for the scenario: the
// checks of parity say what is missing from it.
func (c cast) baseline(ctx context.Context, system *check.Endpoint) (look, error) {
	l, err := lookAt(ctx, c.truth, system, c.person, c.facts)
	if err != nil {
		return l, err
	}
	if findings := append(l.answered("before anything happens"), l.shows(c.facts, "before anything happens")...); len(findings) > 0 {
		return l, check.NoData("the scenario cannot be played: %s", findings[0].Message)
	}
	return l, nil
}

// labelledAndValid says what is wrong with the source label of a resource, and with the resource by its profile.
func labelledAndValid(ctx context.Context, env *check.Env, shown record.Shown, exchanges []string) ([]result.Finding, error) {
	var findings []result.Finding
	if sources := record.Sources(shown.Resource); !slices.Contains(sources, shown.Fact.Source) {
		findings = append(findings, result.Finding{
			Rule: "source-label", Severity: result.SeverityError, Path: shown.Resource.Type() + ".meta.source", Exchanges: exchanges,
			Message:  fmt.Sprintf("%s recorded by %s is shown without that source", record.Describe(shown.Fact), shown.Fact.Source),
			Expected: shown.Fact.Source, Actual: strings.Join(sources, ", "),
		})
	}
	judged, err := env.Judge.Judge(ctx, shown.Resource)
	if err != nil {
		return findings, err
	}
	for _, f := range judged {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			f.Exchanges = exchanges
			findings = append(findings, f)
		}
	}
	return findings, nil
}
