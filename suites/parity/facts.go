package parity

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// peopleAtMost and factsAtMost are how many people, and how many single facts, of one check are looked into with further
// requests. The rest is explained by what is known without asking.
const (
	peopleAtMost = 60
	factsAtMost  = 20
)

// seen is what a system shows of one kind about one person. It is kept for the whole run, so it holds what the resources
// say and not the resources.
type seen struct {
	person fixtures.Person
	// found is false when nobody has the NHS number there.
	found  bool
	record record.Person
	set    *record.Set
	// shown is how many resources there are, exchanges are the ids of what shows them, remarks what is odd about that.
	shown     int
	exchanges []string
	remarks   []result.Finding
	// miscounted are the answers whose total is not the number of their matches.
	miscounted []string
	// unseen is why nothing is known of this person; nil where something is.
	unseen error
}

// people are those whose records of a kind are compared: the whole sample for the main kinds, and for the others those
// of the sample about whom something of the kind is known, because most people have nothing of most kinds.
func people(env *check.Env, kind fixtures.Kind) []fixtures.Person {
	truth := record.TruthOf(env)
	if env.Found || slices.Contains(record.Kinds(), kind) {
		return truth.Sample()
	}
	return slices.DeleteFunc(slices.Clone(truth.Sample()), func(person fixtures.Person) bool { return !truth.About(person).Has(kind) })
}

// look asks a system for one kind of record about everybody whose records are compared. The checks of a run share it.
func look(ctx context.Context, env *check.Env, system *check.Endpoint, kind fixtures.Kind) ([]seen, error) {
	all, err := lookPast(ctx, env, system, kind)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].unseen != nil {
			return nil, all[i].unseen
		}
	}
	return all, nil
}

// lookPast is look for what can be said of other people although nothing is known of one of them.
func lookPast(ctx context.Context, env *check.Env, system *check.Endpoint, kind fixtures.Kind) ([]seen, error) {
	type key struct {
		system *check.Endpoint
		kind   fixtures.Kind
	}
	all, err := env.Shared.Do(ctx, key{system, kind}, func(ctx context.Context) (any, error) {
		return record.Gather(ctx, people(env, kind), past(show(system, env.Shared, record.TruthOf(env).Reader(), kind)))
	})
	if err != nil {
		return nil, err
	}
	return all.([]seen), nil //nolint:forcetypeassert // nobody else can make the key
}

// find is record.Find, once for all kinds of record that are looked at.
func find(ctx context.Context, system *check.Endpoint, shared *check.Shared, nhsNumber string) (record.Person, error) {
	type key struct {
		system *check.Endpoint
		number string
	}
	found, err := shared.Do(ctx, key{system, nhsNumber}, func(ctx context.Context) (any, error) { return record.Find(ctx, system, nhsNumber) })
	if err != nil {
		return record.Person{}, err
	}
	return found.(record.Person), nil //nolint:forcetypeassert // nobody else can make the key
}

// show returns a function that asks a system for one kind of record about a person, and for the identities of what those
// records refer to.
func show(system *check.Endpoint, shared *check.Shared, reader *record.Reader, kind fixtures.Kind) func(context.Context, fixtures.Person) (seen, error) {
	return func(ctx context.Context, person fixtures.Person) (seen, error) {
		found, err := find(ctx, system, shared, person.NHSNumber)
		if err != nil || len(found.Patients) == 0 {
			return seen{person: person, set: record.NewSet(reader)}, err
		}
		part, err := found.Resources(ctx, system, string(kind), nil)
		if err != nil {
			return seen{}, err
		}
		names, err := found.Learn(ctx, system, reader, part.Resources)
		if err != nil {
			return seen{}, err
		}
		return see(person, found, part, reader, names), nil
	}
}

// see reads what is shown of a person.
func see(person fixtures.Person, found record.Person, part record.Part, reader *record.Reader, names record.Names) seen {
	set := record.NewSet(reader)
	for _, resource := range part.Resources {
		set.Add(resource, names)
	}
	return seen{person, true, found, set, len(part.Resources), part.Exchanges, part.Remarks, part.Miscounted, nil}
}

// sameFacts compares what the asked system shows of the sampled people with the ledger, for one kind of fact: its own
// providers' and its peer's alike, because a clinician sees one record.
func sameFacts(kind fixtures.Kind) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		shown, err := lookPast(ctx, env, env.System, kind)
		if err != nil {
			return nil, err
		}
		shown, remarks, doubt, err := brokenOver(shown)
		if err != nil {
			return nil, err
		}
		b := newBlame(env, kind)
		b.shown = shown
		var (
			nobody   []string
			compared int
		)
		for _, s := range shown {
			remarks = append(remarks, s.remarks...)
			if !s.found {
				nobody = append(nobody, s.person.NHSNumber)
				continue
			}
			compared += b.truth.About(s.person).Set(kind).Len()
			for _, difference := range b.oracle.CompareSet(s.person, kind, s.set) {
				b.add(s, difference)
			}
		}
		b.addAlike()
		findings, err := b.findings(ctx, compared)
		findings = append(findings, remarks...)
		if err != nil {
			return findings, err
		}
		if doubt != nil && result.WorstSeverity(findings).Rank() < result.SeverityError.Rank() {
			return findings, doubt
		}
		return findings, complete(env, findings, nobody, compared)
	}
}

// blame collects the differences of one check and turns them into findings that say why.
type blame struct {
	env    *check.Env
	kind   fixtures.Kind
	oracle *record.Oracle
	truth  *record.Truth
	// peer is set when the differences are between two systems.
	peer        *check.Endpoint
	differences []placed
	// shown is what the asked system shows of everybody.
	shown []seen
	// cut says of the people who were looked into, by id, whether the answer about them is cut off. probed counts the
	// facts that were asked for one by one.
	cut    map[string]bool
	probed int
	// unreached says of people, by id, whether a record of theirs is found by its identifier where none is found by the person.
	unreached map[string]bool
}

// placed is a difference with whom it is about, and what the peer shows about them.
type placed struct {
	seen       seen
	peer       seen
	difference record.Difference
	// camps are how all systems stand about it, where there are more than two.
	camps result.Camps
	// unreached is the search by identifier that finds it, where the search by person does not.
	unreached string
}

func newBlame(env *check.Env, kind fixtures.Kind) *blame {
	return &blame{env: env, kind: kind, oracle: record.OracleOf(env), truth: record.TruthOf(env), cut: map[string]bool{}, unreached: map[string]bool{}}
}

func (b *blame) add(s seen, difference record.Difference) {
	b.differences = append(b.differences, placed{seen: s, difference: difference})
}

// addAlike adds what the system calls by the name that it gives to other things too.
func (b *blame) addAlike() {
	sets := make([]*record.Set, 0, len(b.shown))
	for _, s := range b.shown {
		sets = append(sets, s.set)
	}
	for i, differences := range b.truth.Terms().Alike(sets) {
		for _, difference := range differences {
			b.add(b.shown[i], difference)
		}
	}
}

// findings explains every difference. Where a system does not show the same when it is asked again, that is what is wrong with
// it, and what differs is blamed on nobody.
func (b *blame) findings(ctx context.Context, compared int) ([]result.Finding, error) {
	var untold error
	b.differences = slices.DeleteFunc(b.differences, func(p placed) bool {
		untold = cmp.Or(untold, p.difference.Untold())
		return p.difference.Untold() != nil
	})
	if len(b.differences) == 0 {
		return nil, untold
	}
	noisy, err := b.noise(ctx)
	if err != nil {
		return nil, err
	}
	hazards := b.hazards(noisy, compared)
	steady := func(p *placed) bool { return noisy[p.seen.person.ID] == nil }
	for i := range b.differences {
		if p := &b.differences[i]; steady(p) {
			p.difference.Cause = explain.Content(p.difference, b.evidence(ctx, p))
		}
	}
	b.leaveOut(steady)
	var findings []result.Finding
	for i := range b.differences {
		p := &b.differences[i]
		if !steady(p) {
			continue
		}
		finding := p.difference.Finding(slices.Concat(p.seen.exchanges, p.peer.exchanges))
		finding.Hazard = hazards[hazardKey(p.difference)]
		finding.Camps = p.camps
		finding.Message += sides(p.camps, b.env.System.Name) + neighbours(b.env.Ledger, p.difference)
		if p.difference.Cause == result.OtherPerson && p.difference.Kind == record.Extra {
			finding.Expected, finding.Actual = "records of "+p.seen.record.Patients[0].Reference()+" alone", finding.Actual+", of "+p.difference.Got.Patient
			if !p.elsewhere() {
				finding.Actual = "a record about another person, filed as one of " + p.seen.record.Patients[0].Reference()
			}
		}
		if p.unreached != "" && p.difference.Cause == result.CauseSilent {
			finding.Message += fmt.Sprintf("; %s shows it as theirs, and the search by patient shows nothing of the kind", p.unreached)
		}
		if finding.Query == "" {
			finding.Query = b.curl(b.env.System, p.seen, p.difference)
		}
		if b.peer != nil {
			finding.PeerQuery = b.curl(b.peer, p.peer, p.difference)
		}
		findings = append(findings, finding)
	}
	return append(findings, b.noiseFindings(noisy)...), nil
}

// noiseFindings says of each person about whom a system differs from itself that it does: a fault of that system, and none of
// the one that it is compared with.
func (b *blame) noiseFindings(noisy map[string]*check.Endpoint) []result.Finding {
	var findings []result.Finding
	said := map[string]bool{}
	for _, p := range b.differences {
		system := noisy[p.seen.person.ID]
		if system == nil || said[p.seen.person.ID] {
			continue
		}
		said[p.seen.person.ID] = true
		shown, severity := p.seen, result.SeverityError
		if system == b.peer {
			shown, severity = p.peer, result.SeverityWarning
		}
		findings = append(findings, result.Finding{
			Rule: result.NoiseRule, Severity: severity, Cause: result.Unsteady,
			Message: fmt.Sprintf("%s answers the search for %s about one person differently when it is asked again at once; what differs there is blamed on nobody else, and what is right is not known",
				system.Name, b.kind),
			Expected: "the same answer twice", Actual: "two answers", Query: b.curl(system, shown, p.difference), Exchanges: shown.exchanges,
		})
	}
	return findings
}

// curl is the search that shows a difference: what is shown is asked for by its identifier, so that the answer holds
// little else; what is missing is looked for in the whole answer.
func (b *blame) curl(system *check.Endpoint, s seen, d record.Difference) string {
	if len(s.record.Patients) == 0 {
		return system.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(s.person.NHSNumber)}})
	}
	query := about(s.record.Patients, nil)
	if d.Kind != record.Missing && len(d.Got.Keys) > 0 {
		query.Set("identifier", d.Got.Keys[0])
	}
	return system.Curl(string(b.kind), query)
}

// neighbours says of a record that should not be there that it is the neighbour's, where the system is to show its own alone.
func neighbours(ledger *fixtures.Ledger, d record.Difference) string {
	if ledger.Part() == "" || d.Kind != record.Extra {
		return ""
	}
	for _, source := range d.Got.Sources {
		if holder := ledger.System(source); holder != "" && holder != ledger.Part() {
			return fmt.Sprintf(": it was recorded by %s, whose records %s holds, and what was agreed (federation: none) is that this system shows its own alone; "+
				"if it is to show its neighbour's too, leave federation: none out", source, holder)
		}
	}
	return ""
}

// hazards counts what differs, in the words of a clinician: "3 of 12 allergies recorded in Dudley are not visible in
// Coventry".
func (b *blame) hazards(noisy map[string]*check.Endpoint, compared int) map[string]string {
	counts := map[string]int{}
	for _, p := range b.differences {
		if noisy[p.seen.person.ID] == nil {
			counts[hazardKey(p.difference)]++
		}
	}
	hazards := map[string]string{}
	for key, n := range counts {
		hazards[key] = b.hazard(key, n, compared)
	}
	return hazards
}

// elsewhere reports whether a record that is shown says that it is about somebody else.
func (p *placed) elsewhere() bool {
	named := p.difference.Got.Patient
	return named != "" && !slices.ContainsFunc(p.seen.record.Patients, func(patient fhir.Resource) bool { return patient.Reference() == named })
}

// misfiled reports whether a record that should not be there is one that its source recorded about somebody else: it names the person whom
// the system shows it of, and its identifier is that of another's record.
func (b *blame) misfiled(p *placed) bool {
	if p.difference.Kind != record.Extra {
		return false
	}
	others := false
	for _, key := range p.difference.Got.Keys {
		person, known := b.env.Ledger.PersonOf(key)
		if known && person.ID == p.seen.person.ID {
			return false // what it says another person's record says as well
		}
		others = others || known
	}
	return others
}

// evidence gathers what is known about a difference, and asks the system where asking decides and is worth it.
func (b *blame) evidence(ctx context.Context, p *placed) explain.Evidence {
	d := p.difference
	e := explain.Evidence{Now: b.env.Now, Elsewhere: p.elsewhere() || b.misfiled(p)}
	known := b.truth.About(p.seen.person)
	for _, fact := range known.Facts {
		key := fact.Identifier.Token()
		if slices.Contains(d.Want.Keys, key) {
			if version, ok := known.Statement(fact); ok && version.Updated != d.Want.Updated {
				e.Earlier = append(e.Earlier, version)
			}
		}
		if d.Kind == record.Extra && slices.Contains(d.Got.Keys, key) && !known.Shows(fact) {
			e.Withheld = true
		}
	}
	if d.Kind == record.Extra && d.Got.Type == string(fixtures.MedicationStatement) {
		e.Unlinked = b.insteadOf(ctx, p)
	}
	if d.Kind != record.Missing {
		return e
	}
	e.Withheld = b.withheld(p)
	e.Sibling, e.Merged = b.sibling(p), b.merged(p.seen)
	e.AlsoLive = slices.ContainsFunc(b.differences, func(other placed) bool {
		return other.seen.person.ID == p.seen.person.ID && other.difference.Kind == record.Missing && !explain.Withdrawn(other.difference.Want.Status())
	})
	b.probe(ctx, p, &e)
	return e
}

// withheld reports whether a person who made a decision about sharing is shown with nothing of what the fact's own record
// system holds, and that decision lets it be shown.
func (b *blame) withheld(p *placed) bool {
	person, home := p.seen.person, b.env.Ledger.System(origin(p.difference))
	if !person.OptOut && person.Objects == "" || home == "" {
		return false
	}
	return !slices.ContainsFunc(b.truth.About(person).Of(b.kind), func(fact fixtures.Fact) bool {
		_, shown := p.seen.set.Carries(fact.Identifier.Token())
		return shown && b.env.Ledger.System(fact.Source) == home
	})
}

// merged reports whether the answer about a person is what is left of the ledger's facts when those of one code and one
// day are taken for one.
func (b *blame) merged(s seen) bool {
	key := func(st record.Statement) string { return st.What() + "\t" + st.When()[:min(10, len(st.When()))] }
	expected, shown := map[string]int{}, map[string]int{}
	for _, statement := range b.truth.About(s.person).Set(b.kind).Statements() {
		expected[key(statement)]++
	}
	for _, statement := range s.set.Statements() {
		shown[key(statement)]++
	}
	several := false
	for group, n := range expected {
		several = several || n > 1
		if shown[group] != 1 {
			return false
		}
	}
	return several
}

// sibling reports whether another fact with the same code on the same day is shown.
func (b *blame) sibling(p *placed) bool {
	want := p.difference.Want
	return slices.ContainsFunc(p.seen.set.Statements(), func(other record.Statement) bool {
		return other.What() == want.What() && len(other.When()) >= 10 && len(want.When()) >= 10 && other.When()[:10] == want.When()[:10]
	})
}

// probe asks for what is missing in other ways: on larger pages, by its identifier, and as the other kind of medicine.
func (b *blame) probe(ctx context.Context, p *placed, e *explain.Evidence) {
	cut, known := b.cut[p.seen.person.ID]
	if !known && len(b.cut) < peopleAtMost {
		cut = truncated(ctx, b.env.System, p.seen.record, b.kind, nil, p.seen.shown)
		b.cut[p.seen.person.ID] = cut
	}
	e.Truncated = cut
	want := p.difference.Want
	if p.seen.shown == 0 && p.seen.found && !cut {
		e.Unreached = b.isUnreached(ctx, p)
	}
	switch {
	case cut || e.Merged || e.Unreached || len(b.cut) > peopleAtMost || b.probed >= factsAtMost:
	case e.Sibling && len(want.Keys) > 0:
		b.probed++
		e.Found = b.shows(ctx, p, string(b.kind), url.Values{"identifier": {want.Keys[0]}}, func(s record.Statement) bool {
			return slices.ContainsFunc(s.Keys, func(key string) bool { return slices.Contains(want.Keys, key) })
		})
	case want.Type == string(fixtures.MedicationRequest):
		e.Unlinked = b.shows(ctx, p, string(fixtures.MedicationStatement), nil, func(s record.Statement) bool {
			return sameDose(want, s)
		})
	}
}

// insteadOf reports whether a statement that is too much is of the same medicine and time as a request that is not shown.
func (b *blame) insteadOf(ctx context.Context, p *placed) bool {
	known := b.truth.About(p.seen.person)
	return slices.ContainsFunc(known.Of(fixtures.MedicationRequest), func(fact fixtures.Fact) bool {
		want, ok := known.Statement(fact)
		return ok && sameDose(want, p.difference.Got) && !b.shows(ctx, p, string(fixtures.MedicationRequest), nil, func(s record.Statement) bool {
			return slices.ContainsFunc(s.Keys, func(key string) bool { return slices.Contains(want.Keys, key) })
		})
	})
}

// sameDose reports whether two statements, of whatever type, are about one medicine at one time.
func sameDose(a, b record.Statement) bool {
	return a.Value("medication") == b.Value("medication") && a.When() == b.When()
}

// shows reports whether the answer to a search about the person holds a certain statement.
func (b *blame) shows(ctx context.Context, p *placed, resourceType string, further url.Values, is func(record.Statement) bool) bool {
	part, err := p.seen.record.Resources(ctx, b.env.System, resourceType, further)
	return err == nil && slices.ContainsFunc(part.Resources, func(resource fhir.Resource) bool {
		statement, ok := b.truth.Reader().Read(resource, nil)
		return ok && is(statement)
	})
}

// complete says whether a comparison that found nothing wrong may be believed: not when somebody could not be looked at,
// and not when there was nothing to compare.
func complete(env *check.Env, findings []result.Finding, nobody []string, compared int) error {
	switch {
	case len(findings) > 0:
		return nil
	case len(nobody) > 0:
		return check.NoData("%s does not find %d of the sampled people by NHS number (%s). %s", env.System.Name, len(nobody), first(nobody), env.Remedy())
	case compared == 0 && env.Ledger.Part() != "":
		return &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(
			"%s is to show its own records alone (federation: none), and none of the ledger's are about the sampled people", env.System.Name)}
	case compared == 0:
		return check.NoData("there was nothing to compare about the sampled people in %s", env.System.Name)
	default:
		return nil
	}
}
