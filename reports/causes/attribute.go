package causes

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// item is one finding with what it is about.
type item struct {
	check, system, peer string
	finding             result.Finding
	// providers are the ODS codes of those whose records it says are wrong or missing.
	providers []string
	// resource is the type, parameters the search parameters of the question, patient the id of the one person asked about.
	resource   string
	parameters []string
	patient    string
	// compared says that the question compares: a value in it has a prefix, such as ge.
	compared bool
	// timed says that the question names a time of day: a value in it has a clock.
	timed bool
	// absent says that something is missing that should be there.
	absent bool
	// fails says that it is of a result that failed, and not of a warning.
	fails bool
	// shown says that it is of a check of what is shown of people, and not of one of searches, forms or descriptions.
	shown bool
	// weight is such that the findings of one result have the weight of one together.
	weight float64
}

var (
	// odsToken is what an ODS code, or the provider's part of a record's identifier (RRK-s-P04-f06), looks like.
	odsToken = regexp.MustCompile(`\b[A-Z0-9]{3,10}\b`)
	typeName = regexp.MustCompile(`^[A-Z][A-Za-z]+`)
	asked    = regexp.MustCompile(`https?://[^'\s]+`)
	// clock is a search value that is an instant.
	clock = regexp.MustCompile(`^(?:[a-z]{2})?\d{4}-\d{2}-\d{2}T\d{2}:`)
	// comparison is a search value with a prefix.
	comparison = regexp.MustCompile(`^(?:ne|gt|lt|ge|le|sa|eb|ap)[-+]?\d`)
	request    = regexp.MustCompile(`\b([A-Z][A-Za-z]+)\?([^\s]*)`)
)

// items takes the findings of a run apart that count against a system: those of results that fail or warn, without what a
// waiver excuses and without information. What one system was found to show otherwise than several others is one finding.
func items(run result.Run) []item {
	type told struct{ check, system, path, message string }
	known := map[told]bool{}
	providers := make(map[string]bool, len(run.Providers))
	for _, p := range run.Providers {
		providers[p.ODS] = true
	}
	ofFacts := make(map[string]bool, len(run.Checks))
	for _, c := range run.Checks {
		ofFacts[c.ID] = c.Area == result.AreaFacts || c.Area == result.AreaFederation
	}
	var all []item
	for _, r := range run.Results {
		if r.Status != result.Fail && r.Status != result.Warning {
			continue
		}
		start := len(all)
		for _, f := range r.Findings {
			if f.Waiver != "" || f.Severity.Rank() < result.SeverityWarning.Rank() {
				continue
			}
			if len(f.Camps) > 0 {
				this := told{r.Check, r.Scope.System, f.Path, f.Message}
				if known[this] {
					continue
				}
				known[this] = true
			}
			it := about(r, f, providers)
			if run.Data.Found && len(f.Camps) > 1 && !f.Camps.Majority() {
				it.system = "" // nobody knows what is true, and no camp is the largest
			}
			it.fails, it.shown = r.Status == result.Fail, ofFacts[r.Check]
			all = append(all, it)
		}
		for i := start; i < len(all); i++ {
			all[i].weight = 1 / float64(len(all)-start)
		}
	}
	return all
}

// about reads what a finding is about from its fields and its sentence.
func about(r result.Result, f result.Finding, providers map[string]bool) item {
	it := item{check: r.Check, system: r.Scope.System, peer: r.Scope.Peer, finding: f}
	if r.Scope.Provider != "" {
		it.providers = []string{r.Scope.Provider}
	} else {
		for _, token := range odsToken.FindAllString(f.Message, -1) {
			if providers[token] && !slices.Contains(it.providers, token) {
				it.providers = append(it.providers, token)
			}
		}
	}
	it.resource = typeName.FindString(f.Path)
	path, query := requested(f)
	if it.resource == "" {
		it.resource = path
	}
	for name, values := range query {
		base, _, _ := strings.Cut(name, ":")
		if base == "patient" || base == "subject" {
			if len(values) == 1 && !strings.Contains(values[0], ",") {
				it.patient = values[0]
			}
			continue
		}
		it.parameters = append(it.parameters, base)
		it.timed = it.timed || slices.ContainsFunc(values, clock.MatchString)
		it.compared = it.compared || slices.ContainsFunc(values, comparison.MatchString)
	}
	slices.Sort(it.parameters)
	it.parameters = slices.Compact(it.parameters)
	// Of a record that is shown with less, no provider and no type is gone.
	it.absent = f.Rule != "parity-altered" && (f.Cause == result.CauseMissing || strings.Contains(f.Message, " is not shown") || strings.Contains(f.Message, " lacks ") ||
		f.Actual == "not shown" || strings.HasPrefix(f.Actual, "no results"))
	return it
}

// requested is the type and the query of the question that shows a finding; empty when it has none.
func requested(f result.Finding) (string, url.Values) {
	if address := asked.FindString(f.Query); address != "" {
		if parsed, err := url.Parse(address); err == nil {
			name := parsed.Path[strings.LastIndexByte(parsed.Path, '/')+1:]
			return typeName.FindString(name), parsed.Query()
		}
	}
	if found := request.FindStringSubmatch(f.Message); found != nil {
		if query, err := url.ParseQuery(found[2]); err == nil {
			return found[1], query
		}
	}
	return "", nil
}
