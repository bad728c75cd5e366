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
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/record"
)

// Questions are the searches of a contract, planned when first asked for and shared by all checks of a run.
type Questions struct {
	contract *contract.Contract
	seed     uint64
}

// NewQuestions returns the questions of a contract. The seed chooses between records that serve as well.
func NewQuestions(c *contract.Contract, seed uint64) *Questions {
	return &Questions{contract: c, seed: seed}
}

// over returns the plan over what a check knows: the golden ledger, or the share of it that systems show, or else what the
// asked system shows of the people who were found.
func (q *Questions) over(ctx context.Context, env *check.Env) (*Plan, error) {
	type key struct {
		system *check.Endpoint
		ledger *fixtures.Ledger
	}
	about := key{ledger: env.Ledger}
	if env.Found {
		about.system = env.System
	}
	plan, err := env.Shared.Do(ctx, about, func(ctx context.Context) (any, error) {
		if !env.Found {
			return NewPlan(q.contract, valuesOf(env.Ledger, record.TruthOf(env)), q.seed)
		}
		values, err := foundValues(ctx, env)
		if err != nil {
			return nil, err
		}
		return NewPlan(q.contract, values, q.seed)
	})
	if err != nil {
		return nil, err
	}
	return plan.(*Plan), nil //nolint:forcetypeassert // nobody else can make the key
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
		{"MEDDISPENSE", "dispensed and administered medicines", []string{"MedicationDispense", "MedicationAdministration"}, true, true, "A medicine that the patient was given is not found, and is given again."},
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
	return slices.Concat(searchChecks(questions), controlChecks(questions), metaChecks(questions), gridChecks(questions))
}

// searchChecks are the checks that ask what the contract asks for.
func searchChecks(questions *Questions) check.Catalogue {
	var catalogue check.Catalogue
	for _, a := range areas() {
		for _, level := range []result.Level{result.Must, result.Should} {
			if (level == result.Must && !a.must || level == result.Should && !a.should) && !questions.want(a, level) {
				continue
			}
			c := check.Check{
				ID: "PAR-SEARCH-" + a.id, Suite: "parity", AnyData: true, Level: level, Scope: check.PerSystem,
				Title:  "searches for " + a.noun + " that the contract requires find what they must, and nothing else",
				Hazard: a.hazard, Fix: "Send the query that the finding names, and compare it with the parameter's definition in FHIR R4.",
				Requirement: []result.Ref{
					{ID: "UKCA", Source: "UK Core Access 0.1.0 (HL7 UK, draft)"},
					{ID: "CONTRACT", Source: "Concord search contract (concord contract list)"},
				},
				FindsPeople: slices.Contains(a.types, "Patient"),
				Run:         asks(questions, a, level),
			}
			if level == result.Should {
				c.ID += "-SHOULD"
				c.Title = "searches for " + a.noun + " that the contract recommends find what they must, and nothing else"
			}
			catalogue = append(catalogue, c)
		}
	}
	return catalogue
}

// want reports whether the contract has a row of the area at a level that its check of that level must ask: a programme's own
// may, where the contract that Concord brings has none.
func (q *Questions) want(a area, level result.Level) bool {
	return q != nil && slices.ContainsFunc(q.contract.Rows, func(row contract.Row) bool {
		return len(row.Parameters) > 0 && a.covers(row.Resource) && (row.Level == result.Must) == (level == result.Must)
	})
}

// ChecksOf returns the ids of the checks that ask what a row of the contract asks for, in their order.
func ChecksOf(row contract.Row) []string {
	suffix := "-SHOULD"
	if row.Level == result.Must {
		suffix = ""
	}
	var ids []string
	if ofPatient(row) {
		// Every type's search for the records of one patient is asked there, whatever its level.
		ids = append(ids, "PAR-ALONE-001")
	}
	if len(row.Includes)+len(row.Results)+len(row.Errors) > 0 {
		ids = append(ids, "PAR-SEARCH-RESULTS"+suffix)
	}
	if len(row.Parameters) > 0 {
		for _, a := range areas() {
			if !a.covers(row.Resource) {
				continue
			}
			// In a parity row, the patient's own records are a must, and asked with what the contract requires.
			if row.Layer == contract.Parity && ofPatient(row) {
				suffix = ""
			}
			if suffix != "" || a.must || row.Layer != contract.Parity {
				ids = append(ids, "PAR-SEARCH-"+a.id+suffix)
			}
		}
	}
	slices.Sort(ids)
	return ids
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
		plan, err := questions.over(ctx, env)
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
		declared := env.System.Declares(ctx)
		var unplanned []Unplanned
		for _, u := range plan.Unplanned {
			if ours(u.Row.Resource, u.Row.Level) {
				if declared.Type(u.Row.Resource) || u.Row.Layer != contract.Parity || ofPatient(u.Row) {
					unplanned = append(unplanned, u)
				}
				measure(result.Parameter{
					System: env.System.Name, Resource: u.Row.Resource, Parameter: strings.Join(u.Row.Parameters, "+"), Level: u.Row.Level,
					Requirements: []string{u.Row.ID}, Unasked: u.Why,
				})
			}
		}
		var queries []Query
		for _, q := range plan.Queries {
			binding := q.binding(declared)
			switch {
			case len(binding.Rows) > 0 && ours(q.Resource, binding.Level()):
				queries = append(queries, binding)
			case len(binding.Rows) == 0 && ours(q.Resource, q.Level()):
				measure(q.measured(env.System.Name, "the system does not declare it, and the contract does not require it"))
			}
		}
		if len(queries) == 0 && len(unplanned) > 0 {
			return nil, check.NoData("nothing can be asked about %s: %s", a.noun, valueless(env, plan.values, unplanned[0]))
		}
		if len(queries) == 0 {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " declares none of the search parameters that the contract names for " + a.noun}
		}
		findings, err := put(ctx, env, plan, queries, measure)
		if a.id == "DIRECTORY" && level == result.Must && err == nil && len(findings) == 0 {
			findings = wholeDirectory(ctx, env)
		}
		if err == nil && len(findings) == 0 && level == result.Must && len(unplanned) > 0 {
			// What was asked is right, and that shows nothing about what could not be.
			return nil, check.NoData("of the requirements about %s, %d could not be asked, %s among them: %s",
				a.noun, len(unplanned), unplanned[0].Row.ID, valueless(env, plan.values, unplanned[0]))
		}
		return findings, err
	}
}

// binding is the query with the rows that bind a system: requirements always, the search for one patient's records always,
// and other rows for parity, at whatever level, where the system declares all parameters.
func (q Query) binding(declared check.Declared) Query {
	if !q.declaredBy(declared) {
		q.Rows = slices.DeleteFunc(slices.Clone(q.Rows), func(row contract.Row) bool { return row.Layer == contract.Parity && !ofPatient(row) })
	}
	for i, row := range q.Rows {
		if row.Layer == contract.Parity && ofPatient(row) && row.Level != result.Must {
			q.Rows = slices.Clone(q.Rows)
			q.Rows[i].Level = result.Must
		}
	}
	return q
}

// ofPatient reports whether a row asks for the records of one patient and nothing else. Without that search there is no
// record to compare, so that it binds everybody, declared or not.
func ofPatient(row contract.Row) bool { return slices.Equal(row.Parameters, []string{"patient"}) }

// untold are the types of the queries of which two people's records cannot be told apart, where what is right is taken from
// what the system shows: one that leaves the patient out of account agrees with itself about everything.
func untold(env *check.Env, plan *Plan, queries []Query) []string {
	if !env.Found {
		return nil
	}
	var types []string
	for _, q := range queries {
		if q.Subject == nil || slices.Contains(types, q.Resource) {
			continue
		}
		var sets []string
		for _, subject := range plan.values.Subjects() {
			if shown := references(plan.values.About(subject, q.Resource)); len(shown) > 0 {
				sets = append(sets, strings.Join(shown, " "))
			}
		}
		slices.Sort(sets)
		if len(slices.Compact(sets)) < 2 {
			types = append(types, q.Resource)
		}
	}
	return types
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
	// elsewhere says that what the question is about stands lawfully where its parameter does not look.
	elsewhere bool
}

// put asks the queries and judges the answers.
func put(ctx context.Context, env *check.Env, plan *Plan, queries []Query, measure func(result.Parameter)) ([]result.Finding, error) {
	a := asker{env.System, plan.values}
	outcomes, err := record.Gather(ctx, queries, func(ctx context.Context, q Query) (outcome, error) {
		got, err := a.ask(ctx, q)
		var refused *check.BrokenAnswer
		switch {
		case errors.Is(err, errNotThere):
			return outcome{absent: true}, nil
		case errors.As(err, &refused) && refused.OfPerson && q.Resource != "Patient":
			return outcome{}, err // nobody was found to ask about, so that the question was not put
		case errors.As(err, &refused):
			return outcome{reply: got, refused: refused}, nil
		case err == nil && q.Subject == nil && len(q.Must) > 0 && len(got.resources) == 0 && !env.Found && !record.HoldsAnybody(ctx, env):
			// It was given none of the people, so it may have been given nothing.
			return outcome{absent: true}, nil
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
		apart    []string
		answered int
		declared = env.System.Declares(ctx)
		why      = newReview(env, plan)
		judged   = make([]judgement, len(queries))
		copies   = newCopies(env, a)
		// about is which query each finding is about.
		about []int
	)
	for i, q := range queries {
		if outcomes[i].refused == nil && !outcomes[i].absent {
			judged[i] = q.hold(plan.values, outcomes[i].resources)
			if a.inMedications(ctx, q, judged[i]) {
				judged[i], outcomes[i].elsewhere = judgement{}, true
			}
		}
	}
	causes := why.explained(ctx, queries, outcomes, judged)
	for i, q := range queries {
		m := q.measured(env.System.Name, "")
		switch o := outcomes[i]; {
		case o.refused != nil && q.Free && unoffered(o.refused):
			m.Unasked = refusedForm
		case o.refused != nil && q.chained() && unoffered(o.refused):
			// FHIR R4 has a server declare chains nowhere, and lets it go without.
			m.Unasked = "the system refuses chained searches, which it need not offer"
		case o.refused != nil && q.modified() && unoffered(o.refused):
			// Where the contract binds to a modifier its row is of another layer; who does not support one has to refuse it (R4 3.1.1.3).
			m.Unasked = "the system refuses the modifier, which it need not offer"
		case o.refused != nil && q.partialDate() && unoffered(o.refused):
			// That nothing shows a year to mean all of it, PAR-DATE-002 says.
			m.Unasked = "the system refuses a year or a month for a date, which it need not take"
		case o.absent:
			m.Unasked = "the system does not show a record that the question needs"
			absent = append(absent, q.String())
		case o.elsewhere:
			m.Unasked = "the system writes which medicine it is into a Medication, where the parameter does not look"
			apart = append(apart, q.String())
		case o.refused != nil:
			m.Asked, m.Wrong, m.Expected = 1, 1, len(q.Must)
			f := o.refused.Finding
			f.Requirement, f.Level, f.Cause = q.requirement(), q.Level(), cmp.Or(f.Cause, result.CauseError)
			if refusal(o.refused) && !q.declaredBy(declared) {
				f.Cause = result.CauseNotOffered
			}
			if q.Level() == result.May {
				f.Severity = result.Information
			}
			findings = append(findings, f)
		default:
			answered++
			j := judged[i]
			m.Asked, m.Expected, m.Returned, m.Right = 1, len(j.wanted), len(j.shown), j.right
			if f, wrong := q.finding(j, o.reply); wrong {
				m.Wrong, f.Cause = 1, causes[i]
				f.Query = cmp.Or(why.smallest(ctx, q), f.Query)
				f.Hazard = searchHazard(env.System, fixtures.Kind(q.Resource), j.wanted, j.shown)
				if q.Level() == result.May && !q.declaredBy(declared) {
					f.Severity = result.Information
				}
				findings = append(findings, f)
			} else if more := copies.judge(ctx, q, o.reply); len(more) > 0 {
				if slices.ContainsFunc(more, func(f result.Finding) bool { return f.Severity == result.SeverityError }) {
					m.Wrong = 1
				}
				findings = append(findings, more...)
			}
		}
		for len(about) < len(findings) {
			about = append(about, i)
		}
		measure(m)
	}
	findings = withoutSilent(env.System.Name, queries, outcomes, findings, about)
	if same := untold(env, plan, queries); len(findings) == 0 && len(same) > 0 {
		return nil, &check.Inconclusive{Reason: result.NoDifference, Detail: fmt.Sprintf(
			"%s shows the same records of %s for everybody who was asked about, or the records of one person alone, so that right answers show nothing. %s",
			env.System.Name, first(same), env.Remedy())}
	}
	if len(findings) == 0 && len(absent) > 0 {
		return nil, check.NoData("%s does not show what %d of %d questions need (%s). %s", env.System.Name, len(absent), len(queries), first(absent), env.Remedy())
	}
	if len(findings) == 0 && answered == 0 && len(apart) > 0 {
		return nil, check.NoData("%s writes which medicine it is into a Medication, where no parameter of %d questions looks (FHIR R4: it reads a concept in the record)", env.System.Name, len(apart))
	}
	if len(findings) == 0 && answered == 0 {
		return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses every question that could be asked, and need offer none of them"}
	}
	return findings, nil
}

// declaredBy reports whether a system declares all parameters of the query. What it need not offer and offers must be right.
func (q Query) declaredBy(declared check.Declared) bool {
	return !slices.ContainsFunc(q.Terms, func(term Term) bool { return !declared.Parameter(q.Resource, term.Code) })
}

// refusal reports whether an answer says that the question is at fault and not the system.
func refusal(answer *check.BrokenAnswer) bool {
	return answer.Status >= 400 && answer.Status < 500 || answer.Status == http.StatusNotImplemented
}

// unoffered reports whether an answer says that what need not be offered is not: a request or a method that is not taken. That there is no such
// thing (404) does not say so, nor that it is gone or in the way: who answers so to a search has found nothing, or broken.
func unoffered(answer *check.BrokenAnswer) bool {
	return answer.Unsupported() || answer.Status == http.StatusMethodNotAllowed || answer.Status == http.StatusUnsupportedMediaType
}

// chained reports whether a term of the query follows a reference.
func (q Query) chained() bool {
	return slices.ContainsFunc(q.Terms, func(term Term) bool { return strings.Contains(term.Name, ".") })
}

// modified reports whether a term of the query has a modifier, and parity alone asks for it: only what is offered must be right.
func (q Query) modified() bool {
	return slices.ContainsFunc(q.Terms, func(term Term) bool { return strings.Contains(term.Name, ":") }) &&
		!slices.ContainsFunc(q.Rows, func(row contract.Row) bool { return row.Layer != contract.Parity })
}

// place is what a query is about: the records of a type about a person.
func (q Query) place() string {
	if q.Subject == nil {
		return q.Resource
	}
	return q.Resource + " " + q.Subject.Key
}
