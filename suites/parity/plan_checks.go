package parity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
	"concord/suites/contract"
	"concord/suites/record"
)

// Questions are the searches of a contract, planned when first asked for and shared by all checks of a run.
type Questions struct {
	contract *contract.Contract
	seed     uint64
	made     sync.Once
	plan     *Plan
	err      error
}

// NewQuestions returns the questions of a contract. The seed chooses between records that serve as well.
func NewQuestions(c *contract.Contract, seed uint64) *Questions {
	return &Questions{contract: c, seed: seed}
}

// over returns the plan over the ledger. A run has one ledger.
func (q *Questions) over(ledger *fixtures.Ledger) (*Plan, error) {
	q.made.Do(func() {
		q.plan, q.err = NewPlan(q.contract, LedgerValues(ledger), q.seed)
	})
	return q.plan, q.err
}

// area is the part of the contract that one check asks about.
type area struct {
	// id is the end of the check's id, noun what is searched for.
	id, noun string
	types    []string
	// must and should say at which levels the contract as it comes asks something.
	must, should bool
	hazard       string
}

// areas are the areas in the order of the catalogue. The last is about every type that has none of its own.
func areas() []area {
	return []area{
		{"PATIENT", "people", []string{"Patient"}, true, true, "A clinician does not find the patient, or takes another for them."},
		{"ALLERGY", "allergies", []string{"AllergyIntolerance"}, true, true, "An allergy list leaves out an allergy, or shows one that was ruled out."},
		{"CONDITION", "conditions", []string{"Condition"}, true, true, "A problem list leaves out a diagnosis."},
		{"DIAGREPORT", "diagnostic reports", []string{"DiagnosticReport"}, true, true, "A report is not found, and the test is done again or its result missed."},
		{"DOCUMENT", "documents", []string{"DocumentReference"}, false, true, "A discharge summary or a plan is not found when it is needed."},
		{"ENCOUNTER", "encounters", []string{"Encounter"}, true, true, "A visit is not found in the period in which it took place."},
		{"IMMUNIZATION", "immunisations", []string{"Immunization"}, true, true, "A vaccination is repeated or missed."},
		{"MEDDISPENSE", "dispensed medicines", []string{"MedicationDispense"}, true, true, "A medicine that the patient was given is not found."},
		{"MEDREQ", "medication requests", []string{"MedicationRequest"}, true, true, "The list of current medicines lacks one, or shows one that was stopped."},
		{"MEDSTATEMENT", "medication statements", []string{"MedicationStatement"}, true, true, "The list of current medicines lacks one, or shows one that was stopped."},
		{"OBSERVATION", "observations", []string{"Observation"}, true, true, "A result is not found in the period or by the test that it belongs to."},
		{"PROCEDURE", "procedures", []string{"Procedure"}, true, true, "An operation or a treatment is not found."},
		{"DIRECTORY", "organisations, sites and practitioners", []string{"Organization", "Location", "Practitioner", "PractitionerRole"}, true, true, "A clinician cannot tell who recorded something, or whom to ring."},
		{"FURTHER", "records of all other types", nil, true, false, "A referral, an appointment, a care plan or a flag is not found when it is needed."},
	}
}

// PlannedChecks lists the checks that ask the searches of a contract. They can be listed without questions and asked only
// with them.
func PlannedChecks(questions *Questions) check.Catalogue {
	return slices.Concat(searchChecks(questions), metaChecks(questions))
}

// searchChecks are the checks that ask what the contract asks for.
func searchChecks(questions *Questions) check.Catalogue {
	var catalogue check.Catalogue
	for _, a := range areas() {
		for _, level := range []result.Level{result.Must, result.Should} {
			if level == result.Must && !a.must || level == result.Should && !a.should {
				continue
			}
			c := check.Check{
				ID: "PAR-SEARCH-" + a.id, Suite: "parity", Level: level, Scope: check.PerSystem,
				Title:  "searches for " + a.noun + " that the contract requires find what they must, and nothing else",
				Hazard: a.hazard, Fix: "Send the query that the finding names, and compare it with the parameter's definition in FHIR R4.",
				Requirement: []result.Ref{
					{ID: "UKCA", Source: "UK Core Access 0.1.0 (HL7 UK, draft)"},
					{ID: "CONTRACT", Source: "Concord search contract (concord contract list)"},
				},
				Run: asks(questions, a, level),
			}
			if level == result.Should {
				c.ID += "-SHOULD"
				c.Title = "searches for " + a.noun + " that the contract recommends find what they must, and nothing else"
			}
			if len(a.types) > 0 {
				c.Needs = []check.Feature{{Resource: a.types[0]}}
			}
			catalogue = append(catalogue, c)
		}
	}
	return catalogue
}

// covers reports whether a type belongs to the area.
func (a area) covers(resourceType string) bool {
	if a.types != nil {
		return slices.Contains(a.types, resourceType)
	}
	return !slices.ContainsFunc(areas(), func(other area) bool { return slices.Contains(other.types, resourceType) })
}

// asks returns a check that asks the planned searches of an area at a level. What the contract says a system may offer is
// asked with what it should.
func asks(questions *Questions, a area, level result.Level) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		plan, err := questions.over(env.Ledger) //nolint:contextcheck // it looks at records in memory
		if err != nil {
			return nil, err
		}
		ours := func(resourceType string, asked result.Level) bool {
			return a.covers(resourceType) && (asked == result.Must) == (level == result.Must)
		}
		measure := env.Measure
		if measure == nil {
			measure = func(result.Parameter) {}
		}
		for _, u := range plan.Unplanned {
			if ours(u.Row.Resource, u.Row.Level) {
				measure(result.Parameter{
					System: env.System.Name, Resource: u.Row.Resource, Parameter: strings.Join(u.Row.Parameters, "+"), Level: u.Row.Level,
					Requirements: []string{u.Row.ID}, Unasked: u.Why,
				})
			}
		}
		declared := declares(ctx, env.System)
		var queries []Query
		for _, q := range plan.Queries {
			switch {
			case !ours(q.Resource, q.Level()):
			case !offered(declared, q):
				measure(q.measured(env.System.Name, "the system does not declare it, and the contract does not require it"))
			default:
				queries = append(queries, q)
			}
		}
		if len(queries) == 0 {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " declares none of the search parameters that the contract names for " + a.noun}
		}
		return put(ctx, env, plan, queries, declared, measure)
	}
}

// offered reports whether a query may be asked: always when a requirement asks for it, and for parity alone when the
// system declares all its parameters.
func offered(declared map[string][]string, q Query) bool {
	if declared == nil || slices.ContainsFunc(q.Rows, func(row contract.Row) bool { return row.Layer != contract.Parity }) {
		return true
	}
	return promised(declared, q)
}

// promised reports whether a system declares all parameters of a query. What it need not offer and offers must be right.
func promised(declared map[string][]string, q Query) bool {
	return !slices.ContainsFunc(q.Terms, func(term Term) bool { return !slices.Contains(declared[q.Resource], term.Code) })
}

func (q Query) measured(system, unasked string) result.Parameter {
	return result.Parameter{
		System: system, Resource: q.Resource, Parameter: q.Parameters(), Level: q.Level(), Requirements: q.Requirements(), Unasked: unasked,
	}
}

// outcome is what came of one query.
type outcome struct {
	reply
	// refused is what the system said instead of answering; absent that a record the question needs is not there.
	refused *check.BrokenAnswer
	absent  bool
}

// put asks the queries and judges the answers.
func put(ctx context.Context, env *check.Env, plan *Plan, queries []Query, declared map[string][]string, measure func(result.Parameter)) ([]result.Finding, error) {
	a := asker{env.System}
	outcomes, err := record.Gather(ctx, queries, func(ctx context.Context, q Query) (outcome, error) {
		got, err := a.ask(ctx, q)
		var refused *check.BrokenAnswer
		switch {
		case errors.Is(err, errNotThere):
			return outcome{absent: true}, nil
		case errors.As(err, &refused):
			return outcome{reply: got, refused: refused}, nil
		default:
			return outcome{reply: got}, err
		}
	})
	if err != nil {
		return nil, err
	}
	var (
		findings []result.Finding
		absent   []string
		answered int
		known    = knows(env.Ledger)
		judged   = make([]judgement, len(queries))
	)
	for i, q := range queries {
		if outcomes[i].refused == nil && !outcomes[i].absent {
			judged[i] = q.hold(known, outcomes[i].resources) //nolint:contextcheck // it looks at a few records in memory
		}
	}
	causes := a.explained(ctx, plan, queries, outcomes, judged)
	for i, q := range queries {
		m := q.measured(env.System.Name, "")
		switch o := outcomes[i]; {
		case o.absent:
			m.Unasked = "the system does not show a record that the question needs"
			absent = append(absent, q.String())
		case o.refused != nil:
			m.Asked, m.Wrong, m.Expected = 1, 1, len(q.Must)
			f := o.refused.Finding
			f.Requirement, f.Cause = q.Rows[0].ID, result.CauseError
			if q.Level() == result.May {
				f.Severity = result.Information
			}
			findings = append(findings, f)
		default:
			answered++
			j := judged[i]
			m.Asked, m.Expected, m.Returned, m.Right = 1, j.expected, j.returned, j.right
			if f, wrong := q.finding(j, o.reply); wrong {
				m.Wrong, f.Cause = 1, causes[i]
				if q.Level() == result.May && !promised(declared, q) {
					f.Severity = result.Information
				}
				findings = append(findings, f)
			}
		}
		measure(m)
	}
	if len(findings) == 0 && len(absent) > 0 {
		return nil, check.NoData("%s does not show what %d of %d questions need (%s); load the golden ledger", env.System.Name, len(absent), len(queries), first(absent))
	}
	if len(findings) == 0 && answered == 0 {
		return nil, fmt.Errorf("no planned question about %s was asked", env.System.Name)
	}
	return findings, nil
}

// place is what a query is about: the records of a type about a person.
func (q Query) place() string {
	if q.Subject == nil {
		return q.Resource
	}
	return q.Resource + " " + q.Subject.Key
}
