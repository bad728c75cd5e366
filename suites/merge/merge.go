// Package merge joins the shards of a run into the run that one process would have given.
//
// It promises that the joined run is that run, byte for byte under a frozen clock, or that it names what keeps it from being so:
// a shard that is missing, is there twice, belongs to another run, or is not whole. Then nothing is determined, and what no
// shard answers is not run, never a pass.
package merge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/declared"
)

// Part is one shard as it was found.
type Part struct {
	// Name is what a reader knows it by: its folder.
	Name string
	Run  result.Run
	// Err says why it cannot be trusted: it cannot be read, or is not as it was written.
	Err error
}

// Joined is the run that shards make together.
type Joined struct {
	Run result.Run
	// Used are the places among the parts of those that the run was made of, in the order of the shards.
	Used []int
}

// Runs joins shards, in whatever order they come. What is wrong with them stands in the run's Gaps. The error is for parts of
// which none can be read, so that there is no run.
//
// Shards that began longer than within before the last of them are of an earlier run in the same folders, and are named too: what
// they say was true of that night, and not of this one. No duration is no bound.
func Runs(parts []Part, within time.Duration) (Joined, error) {
	gaps, whole := readable(parts)
	if len(whole) == 0 {
		if len(gaps) == 0 {
			return Joined{}, errors.New("no shards were named")
		}
		return Joined{}, fmt.Errorf("no shard can be read: %s", strings.Join(gaps, "; "))
	}
	used, more := belonging(parts, whole)
	gaps = append(gaps, more...)
	gaps = append(gaps, stale(parts, used, within)...)
	of := parts[used[0]].Run.Shard.Of
	owed := plan(parts[used[0]].Run)
	answers := map[place]result.Result{}
	there := map[int]bool{}
	for _, i := range used {
		shard := parts[i].Run.Shard
		there[shard.Index] = true
		if wrong := take(answers, parts[i].Run, owed); wrong != "" {
			gaps = append(gaps, fmt.Sprintf("%s (%s) %s", shard, parts[i].Name, wrong))
		}
	}
	for i := 1; i <= of; i++ {
		if !there[i] {
			gaps = append(gaps, fmt.Sprintf("%s is missing", result.Shard{Index: i, Of: of}))
		}
	}
	runs := make([]result.Run, 0, len(used))
	for _, i := range used {
		runs = append(runs, parts[i].Run)
	}
	run := join(runs)
	for _, p := range owed {
		r, answered := answers[p.place]
		if !answered {
			r = p.unanswered(of)
		}
		run.Results = append(run.Results, r)
	}
	charge(run.Results, runs)
	run.Gaps = append(gaps, differing(runs)...)
	declared.Settle(run.Declared, run.Results)
	run.Normalise()
	run.Agreements = run.Accords()
	run.Verdict = run.Judge()
	return Joined{run, used}, nil
}

// readable tells the shards that can be read from what cannot.
func readable(parts []Part) (gaps []string, whole []int) {
	for i, p := range parts {
		switch s := p.Run.Shard; {
		case p.Err != nil:
			gaps = append(gaps, fmt.Sprintf("%s is not whole: %v", p.Name, p.Err))
		case s == nil:
			gaps = append(gaps, p.Name+" is no shard: it was run without --shard")
		case s.Of < 1 || s.Index < 1 || s.Index > s.Of:
			gaps = append(gaps, fmt.Sprintf("%s says that it is %s, which there is not", p.Name, s))
		case len(p.Run.Gaps) > 0:
			gaps = append(gaps, p.Name+" was joined from shards itself")
		default:
			whole = append(whole, i)
		}
	}
	return gaps, whole
}

// belonging returns the shards of the run that most of them are of, each once and in order, and names the others.
func belonging(parts []Part, whole []int) (used []int, gaps []string) {
	votes := map[string]int{}
	for _, i := range whole {
		votes[parts[i].Run.Shard.Fingerprint]++
	}
	most := parts[whole[0]].Run.Shard.Fingerprint
	for _, i := range whole {
		if f := parts[i].Run.Shard.Fingerprint; votes[f] > votes[most] {
			most = f
		}
	}
	first := slices.IndexFunc(whole, func(i int) bool { return parts[i].Run.Shard.Fingerprint == most })
	for _, i := range whole {
		shard := parts[i].Run.Shard
		if shard.Fingerprint != most {
			gaps = append(gaps, fmt.Sprintf("%s (%s) is of another run: %s", shard, parts[i].Name, foreign(parts[whole[first]].Run, parts[i].Run)))
			continue
		}
		if twin := slices.IndexFunc(used, func(j int) bool { return parts[j].Run.Shard.Index == shard.Index }); twin >= 0 {
			gaps = append(gaps, fmt.Sprintf("%s is there twice: %s and %s", shard, parts[used[twin]].Name, parts[i].Name))
			continue
		}
		used = append(used, i)
	}
	slices.SortFunc(used, func(a, b int) int { return cmp.Compare(parts[a].Run.Shard.Index, parts[b].Run.Shard.Index) })
	return used, gaps
}

// stale names the shards that began longer than within before the last.
func stale(parts []Part, used []int, within time.Duration) (gaps []string) {
	var last time.Time
	for _, i := range used {
		if at := parts[i].Run.StartedAt; at.After(last) {
			last = at
		}
	}
	for _, i := range used {
		if before := last.Sub(parts[i].Run.StartedAt); within > 0 && before > within {
			gaps = append(gaps, fmt.Sprintf("%s (%s) is of an earlier run: it began %s before the last of the others", parts[i].Run.Shard, parts[i].Name, before.Round(time.Second)))
		}
	}
	return gaps
}

// foreign says in what a shard differs from those it was put with.
func foreign(ours, other result.Run) string {
	var differs []string
	for _, one := range []struct {
		what         string
		ours, theirs any
	}{
		{"the number of shards", ours.Shard.Of, other.Shard.Of},
		{"the seed", ours.Shard.Seed, other.Shard.Seed},
		{"the build of Concord", ours.Harness, other.Harness},
		{"the search contract", ours.Contract, other.Contract},
		{"the packages", ours.Packages, other.Packages},
		{"the systems", names(ours), names(other)},
		{"the decisions", ours.Decisions, other.Decisions},
		{"what was selected", ours.Selection, other.Selection},
		{"the people asked about", ours.Data.People, other.Data.People},
	} {
		if fmt.Sprint(one.ours) != fmt.Sprint(one.theirs) {
			differs = append(differs, one.what)
		}
	}
	if len(differs) == 0 {
		return "the configuration, or a file that it names, is another one"
	}
	return "it differs in " + strings.Join(differs, ", ")
}

func names(run result.Run) []string {
	var all []string
	for _, s := range run.Systems {
		all = append(all, s.Name+" "+s.BaseURL)
	}
	return all
}

// take puts the results of a shard with those of the others. It says what is wrong when they are not what falls to it.
func take(answers map[place]result.Result, run result.Run, owed []owing) string {
	falls := map[place]bool{}
	for _, p := range owed {
		if p.owner(run.Shard.Of) == run.Shard.Index {
			falls[p.place] = true
		}
	}
	due, astray := len(falls), 0
	for _, r := range run.Results {
		at := place{r.Check, r.Scope}
		if !falls[at] {
			astray++
			continue
		}
		delete(falls, at)
		answers[at] = r
	}
	switch {
	case len(falls) > 0:
		return fmt.Sprintf("is not whole: it lacks %d of %d results", len(falls), due)
	case astray > 0:
		return fmt.Sprintf("holds %d results that do not fall to it, or twice", astray)
	default:
		return ""
	}
}

// differing names systems that were not the same for all shards: another version began to answer while they were asked.
func differing(runs []result.Run) []string {
	var gaps []string
	for i, system := range runs[0].Systems {
		var seen []string
		for _, run := range runs {
			is := run.Systems[i]
			if text := strings.TrimSpace(is.Software.Name + " " + is.Software.Version + " FHIR " + is.FHIRVersion); is.FHIRVersion != "" && !slices.Contains(seen, text) {
				seen = append(seen, text)
			}
		}
		if len(seen) > 1 {
			gaps = append(gaps, fmt.Sprintf("%s was not the same system for all shards: %s", system.Name, strings.Join(seen, ", ")))
		}
	}
	return gaps
}

// join makes of shards of one run everything but its results and what follows from them.
func join(runs []result.Run) result.Run {
	earliest := slices.MinFunc(runs, func(a, b result.Run) int { return a.StartedAt.Compare(b.StartedAt) })
	run := earliest
	run.Shard, run.Results, run.Latency = nil, nil, nil
	run.Systems = slices.Clone(earliest.Systems)
	run.Declared = slices.Clone(earliest.Declared)
	var (
		ended      time.Time
		parameters []result.Parameter
		rows       []result.Capability
	)
	for _, shard := range runs {
		if end := shard.StartedAt.Add(time.Duration(shard.DurationMs) * time.Millisecond); end.After(ended) {
			ended = end
		}
		if run.Proof != nil && (shard.Proof == nil || *shard.Proof != *run.Proof) {
			run.Proof = nil
		}
		parameters = append(parameters, shard.Parameters...)
		rows = append(rows, shard.Capabilities...)
		run.Latency = joinLatency(run.Latency, shard.Latency)
	}
	run.DurationMs = ended.Sub(run.StartedAt).Milliseconds()
	run.Parameters = result.AddParameters(parameters)
	slices.SortFunc(rows, result.CompareCapabilities)
	run.Capabilities = slices.Compact(rows)
	for i := range run.Systems {
		joinSystem(&run.Systems[i], i, runs)
	}
	for i := range run.Declared {
		d := &run.Declared[i]
		if d.Occurred = 0; d.State == result.DeclaredExpired {
			continue
		}
		for _, shard := range runs {
			d.Occurred += shard.Declared[i].Occurred
		}
		if d.State = result.DeclaredNotAsked; d.Occurred > 0 {
			d.State = result.DeclaredOccurs
		}
	}
	return run
}

// joinSystem takes what a system says of itself from the first shard that it answered, and every shard's remarks.
func joinSystem(system *result.System, i int, runs []result.Run) {
	var remarks []string
	for _, shard := range runs {
		is := shard.Systems[i]
		if system.CapabilityHash == "" && is.CapabilityHash != "" {
			system.Software, system.FHIRVersion, system.CapabilityHash = is.Software, is.FHIRVersion, is.CapabilityHash
		}
		system.Mock = system.Mock || is.Mock
		for _, remark := range is.Remarks {
			if shard.Shard.Of > 1 {
				remark = shard.Shard.String() + ": " + remark
			}
			remarks = append(remarks, remark)
		}
	}
	system.Remarks = remarks
}

// joinLatency puts what shards measured into one table. Each question was timed by one shard.
func joinLatency(all, more *result.Latency) *result.Latency {
	if all == nil || more == nil {
		return cmp.Or(all, more)
	}
	joined := *all
	if !strings.Contains(all.Host, more.Host) {
		joined.Host += "; " + more.Host
	}
	joined.Rows = slices.Concat(all.Rows, more.Rows)
	return &joined
}
