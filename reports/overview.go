package reports

import (
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// overview is a run counted once, so that every report prints the same figures.
type overview struct {
	run result.Run
	// suites are the suites of the run, each with its checks in order of id.
	suites []suiteTally
	// providers has one row per provider, in order of ODS code, also for those nobody asked about.
	providers []providerTally
	// apart are the providers of a stress profile, which are never counted with the others.
	apart []providerTally
	// ways has one entry per system, in configuration order: what could be seen by asking it.
	ways []way
	// causes are what the findings of the run have in common, and names how things are called in their sentences.
	causes causes.Explained
	names  causes.Names
}

// suiteTally is a suite with its checks.
type suiteTally struct {
	name   string
	checks []checkTally
	counts result.Counts
	status result.Status
}

// checkTally is a check with its results, which are empty when nobody recorded one.
type checkTally struct {
	result.Check
	results []result.Result
	counts  result.Counts
	status  result.Status
}

// providerTally is a provider with its roll-up. perWay has one entry per way, in the same order.
type providerTally struct {
	result.Provider
	status result.Status
	perWay []wayTally
}

// wayTally is what asking one system showed of one provider.
type wayTally struct {
	status result.Status
	// worst is the result that decided the status; nil when nothing was asked.
	worst *result.Result
}

// way is one direction of the sweep: the system that was asked, and how many of the providers it showed.
type way struct {
	system result.System
	// counts has one entry per provider of the run, so its total is the number of providers.
	counts result.Counts
	// apart is the same for the providers that are never counted with the others.
	apart result.Counts
	// checks are the ids of the checks that asked, in order; perCheck has one entry for each of them, over the providers
	// that count.
	checks   []string
	perCheck []result.Counts
}

// shown is the number of providers that the way demonstrated.
func (w way) shown() int { return w.counts.Pass + w.counts.Warning }

// survey counts a prepared run.
func survey(run result.Run) overview {
	o := overview{run: run, causes: causes.Explain(run), names: causes.NewNames(run)}
	many := make(map[string]int, len(run.Checks))
	for i := range run.Results {
		many[run.Results[i].Check]++
	}
	byCheck := make(map[string][]result.Result, len(run.Checks))
	for i := range run.Results {
		id := run.Results[i].Check
		if byCheck[id] == nil {
			byCheck[id] = make([]result.Result, 0, many[id])
		}
		byCheck[id] = append(byCheck[id], run.Results[i])
	}
	bySuite := make(map[string]int)
	for _, c := range run.Checks {
		tally := checkTally{Check: c, results: byCheck[c.ID]}
		tally.counts, tally.status = count(tally.results)
		at, known := bySuite[c.Suite]
		if !known {
			at = len(o.suites)
			bySuite[c.Suite] = at
			o.suites = append(o.suites, suiteTally{name: c.Suite})
		}
		o.suites[at].checks = append(o.suites[at].checks, tally)
	}
	for i := range o.suites {
		suite := &o.suites[i]
		statuses := make([]result.Status, 0, len(suite.checks))
		for _, c := range suite.checks {
			statuses = append(statuses, c.status)
			for _, s := range result.Statuses() {
				for range c.counts.Of(s) {
					suite.counts.Add(s)
				}
			}
		}
		suite.status = result.RollUp(statuses...)
	}
	slices.SortStableFunc(o.suites, func(a, b suiteTally) int {
		if c := suiteOrder(a.name) - suiteOrder(b.name); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	o.sweep()
	return o
}

// sweep fills in the providers and the ways.
func (o *overview) sweep() {
	type key struct{ system, provider string }
	asked := make(map[key][]*result.Result)
	askedBy := make(map[string]map[string]bool)
	elsewhere := make(map[string][]result.Status)
	wayOf := make(map[string]bool, len(o.run.Systems))
	for _, s := range o.run.Systems {
		wayOf[s.Name] = true
	}
	for i := range o.run.Results {
		r := &o.run.Results[i]
		if r.Scope.Provider == "" {
			continue
		}
		if !wayOf[r.Scope.System] {
			elsewhere[r.Scope.Provider] = append(elsewhere[r.Scope.Provider], r.Status)
			continue
		}
		k := key{r.Scope.System, r.Scope.Provider}
		asked[k] = append(asked[k], r)
		if askedBy[k.system] == nil {
			askedBy[k.system] = make(map[string]bool)
		}
		askedBy[k.system][r.Check] = true
	}
	for _, s := range o.run.Systems {
		w := way{system: s}
		for _, c := range o.run.Checks {
			if askedBy[s.Name][c.ID] {
				w.checks = append(w.checks, c.ID)
			}
		}
		o.ways = append(o.ways, w)
	}
	for _, p := range o.run.Providers {
		row := providerTally{Provider: p}
		statuses := elsewhere[p.ODS]
		for i, w := range o.ways {
			results := asked[key{w.system.Name, p.ODS}]
			seen := rollUp(results)
			if p.Apart {
				o.ways[i].apart.Add(seen.status)
			} else {
				o.ways[i].counts.Add(seen.status)
				o.ways[i].tally(results)
			}
			row.perWay = append(row.perWay, seen)
			if seen.worst != nil {
				statuses = append(statuses, seen.status)
			}
		}
		row.status = result.RollUp(statuses...)
		if p.Apart {
			o.apart = append(o.apart, row)
		} else {
			o.providers = append(o.providers, row)
		}
	}
}

// tally counts what each check said about one provider; a check that said nothing did not run.
func (w *way) tally(results []*result.Result) {
	if w.perCheck == nil {
		w.perCheck = make([]result.Counts, len(w.checks))
	}
	for i, id := range w.checks {
		status := result.NotRun
		for _, r := range results {
			if r.Check == id {
				status = r.Status
			}
		}
		w.perCheck[i].Add(status)
	}
}

// rollUp takes the worst of the results; none at all is NotRun.
func rollUp(results []*result.Result) wayTally {
	t := wayTally{status: result.RollUp()}
	for _, r := range results {
		if t.worst == nil || r.Status.Worse(t.status) {
			t.status, t.worst = r.Status, r
		}
	}
	return t
}

// count returns the results per status and the worst of them.
func count(results []result.Result) (result.Counts, result.Status) {
	var counts result.Counts
	statuses := make([]result.Status, 0, len(results))
	for _, r := range results {
		counts.Add(r.Status)
		statuses = append(statuses, r.Status)
	}
	return counts, result.RollUp(statuses...)
}

// title is the name people use for the system.
func title(s result.System) string {
	if s.Title != "" {
		return s.Title
	}
	return s.Name
}

// why says in one line why a result is not a pass: its message, else the cause and message of its first worst finding.
func why(r result.Result) string {
	f, ok := worstFinding(r)
	switch {
	case r.Message != "":
		return r.Message
	case ok && f.Cause != result.NoCause:
		return string(f.Cause) + ": " + f.Message
	case ok:
		return f.Message
	default:
		return reasonMeaning(r.Reason)
	}
}

// worstFinding is, of the findings with the highest severity, the first that has the cause which most of them have.
func worstFinding(r result.Result) (worst result.Finding, found bool) {
	highest := result.WorstSeverity(r.Findings)
	counts := map[result.Cause]int{}
	for _, f := range r.Findings {
		if f.Severity == highest && f.Waiver == "" {
			counts[f.Cause]++
		}
	}
	for _, f := range r.Findings {
		named := f.Cause != result.NoCause && worst.Cause == result.NoCause
		if f.Severity == highest && (!found || named || f.Cause != result.NoCause && counts[f.Cause] > counts[worst.Cause]) {
			worst, found = f, true
		}
	}
	return worst, found
}

// packages renders the FHIR packages: "fhir.r4.ukcore.stu2 2.0.1, hl7.fhir.r4.core 4.0.1".
func packages(run result.Run) string {
	names := make([]string, 0, len(run.Packages))
	for _, p := range run.Packages {
		names = append(names, artefact(p))
	}
	return strings.Join(names, ", ")
}

// artefact renders a name with its version, and nothing when both are missing.
func artefact(a result.Artefact) string { return strings.TrimSpace(a.Name + " " + a.Version) }
