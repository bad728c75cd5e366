// Package rejudge judges the recorded exchanges of a run again, without its systems, and says where the verdicts differ.
//
// It promises that every result of the run is accounted for: it came out the same, it differs, or it says why it cannot be
// judged from what was recorded. Hashes prove that nothing was changed after it was sealed; this proves that what was sealed
// follows from what the systems answered.
package rejudge

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// Difference is one result that does not come out as it stands in run.json.
type Difference struct {
	Check string       `json:"check,omitempty"`
	Scope result.Scope `json:"scope"`
	// What says what differs, in a sentence.
	What string `json:"what"`
	// Recorded and Judged are the statuses in run.json and from the exchanges, where those differ.
	Recorded string `json:"recorded,omitempty"`
	Judged   string `json:"judged,omitempty"`
	// Gone are findings of run.json that do not come out of the exchanges, New those that do and do not stand there.
	Gone []result.Finding `json:"gone,omitempty"`
	New  []result.Finding `json:"new,omitempty"`
}

// Unjudged is one result that what was recorded does not decide.
type Unjudged struct {
	Check string       `json:"check"`
	Scope result.Scope `json:"scope"`
	Why   string       `json:"why"`
}

// Report says how judging again ended.
type Report struct {
	// Results counts the results of the run, Same those that came out as they stand there.
	Results int `json:"results"`
	Same    int `json:"same"`
	// Attested counts those among Same that rest on what a person says to have done.
	Attested int `json:"attested"`
	// Exchanges counts the recorded answers that were judged.
	Exchanges int          `json:"exchanges"`
	Different []Difference `json:"different"`
	Unjudged  []Unjudged   `json:"unjudged"`
	// Run is the run as it is judged now.
	Run result.Run `json:"-"`
}

// Reasons counts the results that could not be judged, by why.
func (r Report) Reasons() map[string]int {
	counts := map[string]int{}
	for _, one := range r.Unjudged {
		counts[one.Why]++
	}
	return counts
}

// Judge judges the exchanges in the log with the configuration of the run, and compares what comes out with the run.
func Judge(ctx context.Context, run result.Run, log evidence.Log, config suites.Config) (Report, error) {
	again, replay, err := Replay(ctx, run, log, config)
	if err != nil {
		return Report{}, err
	}
	report := compare(run, again, log)
	report.Exchanges = replay.Served()
	return report, nil
}

// Replay performs the checks of the configuration over the exchanges in the log, at the time of the run.
func Replay(ctx context.Context, run result.Run, log evidence.Log, config suites.Config) (result.Run, *exchange.Replay, error) {
	replay := &exchange.Replay{Log: log, Offline: true}
	config.Replay, config.Recorder, config.Manners = replay, nil, suites.Manners{}
	config.Clock = func() time.Time { return run.StartedAt }
	config.Operators = map[string]check.Operator{}
	for i, s := range config.Systems {
		if s.Operated {
			config.Operators[s.Name] = happened{}
		}
		if s.Authorized {
			config.Systems[i].Auth = admitted{}
		}
	}
	again, err := suites.Run(ctx, config)
	return again, replay, err
}

// happened stands for whoever made events happen: they have, and the answers after them are recorded.
type happened struct{}

// Happen lets an event have happened.
func (happened) Happen(context.Context, check.Event) (*result.Attestation, error) { return nil, nil } //nolint:nilnil // nobody attests

// Reset has nothing to undo.
func (happened) Reset(context.Context) error { return nil }

// admitted stands for a proof of who asks, which nothing needs that is not sent.
type admitted struct{}

// Authorize puts nothing in: nothing is sent.
func (admitted) Authorize(context.Context, http.Header) error { return nil }

// Answered asks for nothing again.
func (admitted) Answered(int, http.Header) bool { return false }

type key struct {
	check string
	scope result.Scope
}

func compare(run, again result.Run, log evidence.Log) Report {
	report := Report{Results: len(run.Results), Different: []Difference{}, Unjudged: []Unjudged{}, Run: again}
	now := make(map[key]result.Result, len(again.Results))
	for _, r := range again.Results {
		now[key{r.Check, r.Scope}] = r
	}
	altered := alteredIn(log)
	for _, was := range run.Results {
		k := key{was.Check, was.Scope}
		is, found := now[k]
		delete(now, k)
		difference, differs := differenceOf(was, is, found)
		if !differs {
			report.Same++
			if slices.ContainsFunc(was.Steps, func(s result.Step) bool { return s.Attested != nil }) {
				report.Attested++
			}
			continue
		}
		if why := undecided(was, is, altered); found && why != "" {
			report.Unjudged = append(report.Unjudged, Unjudged{Check: was.Check, Scope: was.Scope, Why: why})
			continue
		}
		report.Different = append(report.Different, difference)
	}
	for k, is := range now {
		report.Different = append(report.Different, Difference{
			Check: k.check, Scope: k.scope, What: "the result is missing from run.json", Judged: is.Status.String(), New: is.Findings,
		})
	}
	slices.SortFunc(report.Different, func(a, b Difference) int {
		if c := strings.Compare(a.Check, b.Check); c != 0 {
			return c
		}
		return a.Scope.Compare(b.Scope)
	})
	report.Different = append(report.Different, wholeRun(run, again, len(report.Unjudged) == 0)...)
	return report
}

// alteredIn tells of an exchange whether its answer held something that must not be kept. Few results differ, so it is looked
// up where it matters.
func alteredIn(log evidence.Log) func(id string) bool {
	return func(id string) bool {
		record, err := log.Find(id)
		return err == nil && record.Reply != nil && record.Reply.Altered
	}
}

// undecided says why what was recorded does not decide a result; "" when it does.
func undecided(was, is result.Result, altered func(id string) bool) string {
	rests := func(f result.Finding) bool {
		return slices.ContainsFunc(f.Exchanges, altered)
	}
	switch {
	case was.NeverAsked() || was.Reason == result.Interrupted || was.Reason == result.NotAsked:
		return "it was not asked to its end, so there is nothing to judge"
	case was.Reason == result.NeedsWitness:
		return "it needs a witness"
	case was.Reason == result.HarnessFault:
		return "Concord itself went wrong when it was asked"
	case (was.Status == result.Error || was.Status == result.NotRun) && strings.Contains(is.Message, exchange.ErrNotRecorded.Error()):
		return "what it asks about did not happen when it was recorded"
	case slices.ContainsFunc(was.Findings, rests) || slices.ContainsFunc(is.Findings, rests):
		return "it rests on an answer that held something which must not be kept"
	default:
		return ""
	}
}

// differenceOf compares a result as it stands in run.json with what comes out of the exchanges.
func differenceOf(was, is result.Result, found bool) (Difference, bool) {
	d := Difference{Check: was.Check, Scope: was.Scope}
	if !found {
		d.What, d.Recorded, d.Gone = "no check gives this result", was.Status.String(), was.Findings
		return d, true
	}
	d.Gone, d.New = without(was.Findings, is.Findings), without(is.Findings, was.Findings)
	switch {
	case was.Status != is.Status || was.Reason != is.Reason:
		d.Recorded, d.Judged = outcome(was), outcome(is)
		d.What = fmt.Sprintf("run.json says %s, the exchanges say %s", d.Recorded, d.Judged)
		if is.Message != "" {
			d.What += ": " + is.Message
		}
	case was.Level != is.Level:
		d.What = fmt.Sprintf("run.json says that it is a %s, and it is a %s", was.Level, is.Level)
	case len(d.Gone)+len(d.New) > 0:
		d.What = fmt.Sprintf("%d findings of run.json do not come out of the exchanges, and %d that come out do not stand there", len(d.Gone), len(d.New))
	default:
		return d, false
	}
	return d, true
}

func outcome(r result.Result) string {
	if r.Reason == result.NoReason {
		return r.Status.String()
	}
	return r.Status.String() + " (" + string(r.Reason) + ")"
}

// without returns the findings that are not among the others, each as often as it is there more often.
func without(findings, others []result.Finding) []result.Finding {
	rest := slices.Clone(others)
	var left []result.Finding
	for _, f := range findings {
		at := slices.IndexFunc(rest, func(o result.Finding) bool { return result.CompareFindings(f, o) == 0 })
		if at < 0 {
			left = append(left, f)
			continue
		}
		rest = slices.Delete(rest, at, at+1)
	}
	return left
}

// same reports whether two lists hold the same; one that is empty is as good as one that is not there.
func same[T any](a, b []T) bool { return len(a)+len(b) == 0 || reflect.DeepEqual(a, b) }

// wholeRun compares what is said about the run as a whole.
func wholeRun(run, again result.Run, complete bool) []Difference {
	var all []Difference
	add := func(format string, args ...any) {
		all = append(all, Difference{What: fmt.Sprintf(format, args...)})
	}
	if follows := run.Judge(); !reflect.DeepEqual(follows, run.Verdict) {
		add("the verdict %q does not follow from the results of run.json, of which it is %q", run.Verdict.Sentence, follows.Sentence)
	}
	// Runs of older builds do not say it.
	if follows := run.Accords(); len(run.Agreements) > 0 && !reflect.DeepEqual(follows, run.Agreements) {
		add("which systems agree does not follow from the results of run.json")
	}
	for i := range run.Systems {
		if i >= len(again.Systems) {
			break
		}
		was, is := run.Systems[i], again.Systems[i]
		if was.CapabilityHash != is.CapabilityHash || was.Software != is.Software || was.FHIRVersion != is.FHIRVersion {
			add("run.json says that %s is %s %s with FHIR %s, and its CapabilityStatement says %s %s with FHIR %s", was.Name, was.Software.Name, was.Software.Version, was.FHIRVersion,
				is.Software.Name, is.Software.Version, is.FHIRVersion)
		}
	}
	if !same(run.Checks, again.Checks) {
		add("the checks in run.json are not those of the catalogue: title, rule, level, hazard or remedy differ")
	}
	if !same(run.Providers, again.Providers) {
		add("the providers in run.json are not those of the ledger")
	}
	if complete && !same(run.Parameters, again.Parameters) {
		add("the table of search parameters in run.json does not come out of the exchanges")
	}
	if complete && !same(run.Capabilities, again.Capabilities) {
		add("the table of capabilities in run.json does not come out of the exchanges")
	}
	return all
}
