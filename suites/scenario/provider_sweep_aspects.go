package scenario

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// sweepAspects are what P08 asks of what a provider shows, beyond that it is shown at all. Where nothing is shown they say
// nothing, because SCN-P08-VISIBLE has said it.
func sweepAspects() check.Catalogue {
	aspect := func(id, title, hazard, fix string, run func(context.Context, *check.Env, swept) ([]result.Finding, error)) check.Check {
		return check.Check{
			ID: "SCN-P08-" + id, Suite: "scenario", Level: result.Must, Scope: check.PerProvider, Title: "848 sweep: " + title,
			Requirement: []result.Ref{pilot("data from 848 providers can be shared")}, Needs: search(), Hazard: hazard, Fix: fix,
			Run: func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
				s, err := sweepOf(ctx, env)
				if err != nil {
					return nil, err
				}
				return run(ctx, env, s)
			},
		}
	}
	return check.Catalogue{
		aspect("LABEL", "what the provider recorded says that it comes from there",
			"A clinician cannot tell who to ring about a result.", "Keep meta.source and the ODS tag of the provider through every hop.", labelled),
		aspect("VALID", "what the provider recorded conforms to UK Core",
			"A viewer leaves out what it cannot read.", "Mend what the finding names in the provider's feed.", valid),
		aspect("SEARCH", "a search by day finds what the provider recorded that day, and nothing else",
			"Today's result is missing from the list of today's results.", "Search what comes from this provider by the instant that it states.", searchable),
		aspect("FRESH", "what the provider recorded is no older than the record itself, but for the agreed lag",
			"A clinician reads an earlier version of a record that was corrected since.", "Check that the provider's feed is up to date, and take its own time of the last change.", fresh),
		aspect("TIME", "what the provider recorded is shown within three seconds",
			"A clinician gives up waiting and treats without the record.", "Find what the question waits for; give every provider a budget of its own.", inTime),
	}
}

// swept is what a system shows of a provider's seeded patient.
type swept struct {
	person fixtures.Person
	found  record.Person
	part   record.Part
	shown  record.Shown
}

// sweepOf looks at the seeded fact of the provider. Not showing it is no data for the questions about it.
func sweepOf(ctx context.Context, env *check.Env) (swept, error) {
	person, fact, ok := env.Ledger.SweepFact(env.Provider.ODS)
	if !ok {
		return swept{}, check.NoData("the ledger has no seeded fact from %s", env.Provider.ODS)
	}
	found, err := record.Find(ctx, env.System, person.NHSNumber)
	if err == nil && len(found.Patients) == 0 {
		err = noPeople(ctx, env)
	}
	if err != nil {
		return swept{}, err
	}
	part, err := found.Resources(ctx, env.System, string(fact.Kind), nil)
	if err != nil {
		return swept{}, err
	}
	shown := record.TruthOf(env).Match([]fixtures.Fact{fact}, part.Resources)
	if len(shown) == 0 {
		return swept{}, check.NoData("%s does not show what %s recorded about its seeded patient, so nothing can be asked of it (SCN-P08-VISIBLE says more)",
			env.System.Name, env.Provider.ODS)
	}
	return swept{person: person, found: found, part: part, shown: shown[0]}, nil
}

// finding begins a finding about what is shown.
func (s swept) finding(rule, element string) result.Finding {
	return result.Finding{
		Rule: rule, Severity: result.SeverityError, Path: s.shown.Resource.Type() + element, Exchanges: slices.Concat(s.found.Exchanges, s.part.Exchanges),
	}
}

func labelled(_ context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	sources := record.Sources(s.shown.Resource)
	if slices.Contains(sources, env.Provider.ODS) {
		return nil, nil
	}
	f := s.finding("sweep-label", ".meta.source")
	f.Message = fmt.Sprintf("%s shows what %s (%s) recorded without that source", env.System.Name, env.Provider.Name, env.Provider.ODS)
	f.Expected, f.Actual = env.Provider.ODS, "no source"
	if len(sources) > 0 {
		f.Actual = strings.Join(sources, ", ")
	}
	return []result.Finding{f}, nil
}

func valid(ctx context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	judged, err := env.Judge.Judge(ctx, s.shown.Resource)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, f := range judged {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			f.Exchanges = s.part.Exchanges
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// searchable asks for the day of the seeded fact and holds the answer against what the ledger says happened that day.
func searchable(ctx context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	stated, err := whenOf(s.shown.Fact)
	if err != nil {
		return nil, err
	}
	from := stated.Low.UTC().Truncate(24 * time.Hour)
	to := from.AddDate(0, 0, 1)
	day := url.Values{"date": {"ge" + from.Format(time.RFC3339), "lt" + to.Format(time.RFC3339)}}
	part, err := s.found.Resources(ctx, env.System, string(s.shown.Fact.Kind), day)
	if err != nil {
		return nil, err
	}
	var expected []fixtures.Fact
	for _, fact := range record.Facts(env.Ledger, s.person, s.shown.Fact.Kind) {
		when, err := whenOf(fact)
		if err != nil {
			return nil, err
		}
		if (when.NoHigh || when.High.After(from)) && (when.NoLow || when.Low.Before(to)) {
			expected = append(expected, fact)
		}
	}
	var findings []result.Finding
	matched := record.TruthOf(env).Match(expected, part.Resources)
	if len(matched) < len(expected) || len(part.Resources) > len(matched) {
		f := s.finding("sweep-search", "")
		f.Exchanges = part.Exchanges
		if len(s.found.Patients) > 0 {
			f.Query = env.System.Curl(string(s.shown.Fact.Kind), url.Values{"patient": {s.found.Patients[0].ID()}, "date": day["date"]})
		}
		f.Message = fmt.Sprintf("asked for the day on which %s (%s) saw its seeded patient, %s does not find exactly what happened that day",
			env.Provider.Name, env.Provider.ODS, env.System.Name)
		f.Expected = fmt.Sprintf("%d of %s", len(expected), s.shown.Fact.Kind)
		f.Actual = fmt.Sprintf("%d, of which %d are right", len(part.Resources), len(matched))
		switch more := len(part.Resources) > len(matched); {
		case more && saidTwice(env, part):
			f.Cause = result.Duplicate
		case more && oneCounts(ctx, env, s, part, from, to):
			f.Cause = result.RepeatedParameter
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// saidTwice reports whether two of the records say the same of the same moment, by the same provider.
func saidTwice(env *check.Env, part record.Part) bool {
	reader, said := record.TruthOf(env).Reader(), map[string]bool{}
	for _, resource := range part.Resources {
		statement, ok := reader.Read(resource, nil)
		if ok && said[statement.Computed] {
			return true
		}
		said[statement.Computed] = true
	}
	return false
}

// oneCounts reports whether a day that is asked for from and to is answered as one of the two alone is.
func oneCounts(ctx context.Context, env *check.Env, s swept, both record.Part, from, to time.Time) bool {
	for _, date := range []string{"ge" + from.Format(time.RFC3339), "lt" + to.Format(time.RFC3339)} {
		alone, err := s.found.Resources(ctx, env.System, both.Type, url.Values{"date": {date}})
		if err == nil && slices.Equal(referencesOf(alone.Resources), referencesOf(both.Resources)) {
			return true
		}
	}
	return false
}

// referencesOf are the references of resources, sorted.
func referencesOf(resources []fhir.Resource) []string {
	all := make([]string, 0, len(resources))
	for _, resource := range resources {
		all = append(all, resource.Reference())
	}
	slices.Sort(all)
	return all
}

// whenOf is the time a fact stands for: an Encounter's is a period, which is still open when it has no end.
func whenOf(fact fixtures.Fact) (fhir.Interval, error) {
	if fact.Kind == fixtures.Encounter || fact.End != "" {
		period, err := fhir.ParsePeriod(fact.Effective, fact.End, time.UTC)
		if err != nil {
			return period, fmt.Errorf("read when %s happened: %w", record.Describe(fact), err)
		}
		return period, nil
	}
	date, err := fhir.ParseDate(fact.Effective, time.UTC)
	if err != nil {
		return fhir.Interval{}, fmt.Errorf("read when %s happened: %w", record.Describe(fact), err)
	}
	return date.Interval, nil
}

// fresh holds the time of the last change that the system states against when the ledger says that the record was last
// changed. An earlier one is that of an earlier version, which may be shown for as long as a change is agreed to take.
func fresh(_ context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	f := s.finding("sweep-fresh", ".meta.lastUpdated")
	f.Expected, f.Actual = s.shown.Fact.Recorded.UTC().Format(time.RFC3339)+" or later", s.shown.Resource.Text("meta", "lastUpdated")
	stated, err := time.Parse(time.RFC3339Nano, f.Actual)
	switch {
	case f.Actual == "":
		f.Message = fmt.Sprintf("%s does not say when what %s recorded was last changed", env.System.Name, env.Provider.ODS)
	case err != nil:
		f.Message = fmt.Sprintf("%s gives a time of the last change that cannot be read for what %s recorded", env.System.Name, env.Provider.ODS)
	case env.Ledger.Now().Sub(s.shown.Fact.Recorded) <= env.Policy.For(env.System.Name).Lag:
		return nil, nil
	case stated.Before(s.shown.Fact.Recorded.Truncate(time.Second)):
		f.Message = fmt.Sprintf("%s shows what %s (%s) recorded as it was at %s, before it was last changed", env.System.Name, env.Provider.Name, env.Provider.ODS, f.Actual)
	default:
		return nil, nil
	}
	return []result.Finding{f}, nil
}

func inTime(_ context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	switch {
	case s.part.Waited+s.part.HeldUp <= clinicalBudget:
		return nil, nil
	case s.part.Waited <= clinicalBudget:
		return nil, check.TooClose(env.System.Name, clinicalBudget, s.part.HeldUp)
	}
	f := s.finding("sweep-time", "")
	f.Message = fmt.Sprintf("%s takes longer than %s to show what %s (%s) recorded", env.System.Name, clinicalBudget, env.Provider.Name, env.Provider.ODS)
	f.Expected, f.Actual = "an answer within "+clinicalBudget.String(), "a later one"
	return []result.Finding{f}, nil
}
