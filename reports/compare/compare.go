// Package compare says what is different between two runs: what newly fails, what was fixed, what fails for another reason,
// and who changed something in between. It promises that every result of both runs is accounted for, and that a result which
// was not asked in one of them is never called fixed or newly failing.
package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// Change is one result that is not as it was.
type Change struct {
	Check string       `json:"check"`
	Title string       `json:"title"`
	Scope result.Scope `json:"scope"`
	// Before and After are the statuses; empty where a run has no such result.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Why is the first finding or the message of the result that counts.
	Why string `json:"why,omitempty"`
}

// Party is something that is not the same in both runs, and may be why results are not.
type Party struct {
	// Who is supplier, capability, ledger, contract, packages, harness, selection or host (of what was timed).
	Who    string `json:"who"`
	System string `json:"system,omitempty"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Comparison is the difference between an earlier run and a later one.
type Comparison struct {
	Before string `json:"before"`
	After  string `json:"after"`
	// Verdicts are the sentences of both verdicts.
	Verdicts [2]string `json:"verdicts"`
	Parties  []Party   `json:"changedBetween"`
	// NewFailures fail and did not fail before. Fixed failed and are demonstrated now. OtherCause fail in both for another reason.
	NewFailures []Change `json:"newFailures"`
	Fixed       []Change `json:"fixed"`
	OtherCause  []Change `json:"otherCause"`
	// Lost were demonstrated and are neither demonstrated nor failed now; Untold failed and cannot be told now.
	Lost   []Change `json:"lost"`
	Untold []Change `json:"untold"`
	// Timing are the classes of questions that are answered in clearly another time; empty where a run did not measure.
	Timing []Timing `json:"timing"`
	// OnlyBefore and OnlyAfter count the results that one run alone has.
	OnlyBefore int `json:"onlyBefore"`
	OnlyAfter  int `json:"onlyAfter"`
	Same       int `json:"same"`
}

type key struct {
	check string
	scope result.Scope
}

// Runs compares two runs.
func Runs(before, after result.Run) Comparison {
	c := Comparison{
		Before: before.ID, After: after.ID, Verdicts: [2]string{before.Verdict.Sentence, after.Verdict.Sentence}, Parties: Parties(before, after),
		NewFailures: []Change{}, Fixed: []Change{}, OtherCause: []Change{}, Lost: []Change{}, Untold: []Change{}, Timing: timing(before.Latency, after.Latency),
	}
	titles := map[string]string{}
	for _, one := range slices.Concat(before.Checks, after.Checks) {
		titles[one.ID] = one.Title
	}
	earlier := map[key]result.Result{}
	for _, r := range before.Results {
		earlier[key{r.Check, r.Scope}] = r
	}
	later := slices.Clone(after.Results)
	slices.SortStableFunc(later, result.CompareResults)
	for _, is := range later {
		k := key{is.Check, is.Scope}
		was, found := earlier[k]
		delete(earlier, k)
		change := Change{Check: is.Check, Title: titles[is.Check], Scope: is.Scope, After: is.Status.String(), Why: why(is)}
		if found {
			change.Before = was.Status.String()
		} else {
			c.OnlyAfter++
		}
		switch {
		case is.Status == result.Fail && (!found || was.Status != result.Fail):
			c.NewFailures = append(c.NewFailures, change)
		case !found:
		case is.Status == result.Fail && cause(was) != cause(is):
			c.OtherCause = append(c.OtherCause, change)
		case was.Status == result.Fail && is.Shown():
			change.Why = why(was)
			c.Fixed = append(c.Fixed, change)
		case was.Status == result.Fail && is.Status != result.Fail:
			c.Untold = append(c.Untold, change)
		case was.Shown() && !is.Shown() && is.Status != result.Fail:
			c.Lost = append(c.Lost, change)
		default:
			c.Same++
		}
	}
	c.OnlyBefore = len(earlier)
	return c
}

// why is the first thing that a result says.
func why(r result.Result) string {
	if len(r.Findings) > 0 {
		return r.Findings[0].Message
	}
	return r.Message
}

// cause is what a failure is put down to: its rules and causes, without the records it is about.
func cause(r result.Result) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.Rule+" "+string(f.Cause))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "\n")
}

// Parties lists what is not the same in both runs, in an order that does not change.
func Parties(before, after result.Run) []Party {
	all := []Party{}
	add := func(who, system, was, is string) {
		if was != is {
			all = append(all, Party{Who: who, System: system, Before: was, After: is})
		}
	}
	for _, is := range after.Systems {
		at := slices.IndexFunc(before.Systems, func(s result.System) bool { return s.Name == is.Name })
		if at < 0 {
			add("supplier", is.Name, "", version(is.Software))
			continue
		}
		was := before.Systems[at]
		add("supplier", is.Name, version(was.Software), version(is.Software))
		add("supplier", is.Name, strings.Join(was.Defects, " "), strings.Join(is.Defects, " "))
		add("capability", is.Name, was.CapabilityHash, is.CapabilityHash)
	}
	for _, was := range before.Systems {
		if !slices.ContainsFunc(after.Systems, func(s result.System) bool { return s.Name == was.Name }) {
			add("supplier", was.Name, version(was.Software), "")
		}
	}
	add("ledger", "", ledger(before), ledger(after))
	add("contract", "", version(before.Contract), version(after.Contract))
	add("packages", "", versions(before.Packages), versions(after.Packages))
	add("harness", "", before.Harness.Version+" "+before.Harness.Commit, after.Harness.Version+" "+after.Harness.Commit)
	add("selection", "", before.LeftOut(), after.LeftOut())
	if before.Latency != nil && after.Latency != nil {
		add("host", "", before.Latency.Host, after.Latency.Host)
	}
	return all
}

func version(a result.Artefact) string {
	return strings.TrimSpace(a.Name + " " + a.Version + " " + a.Hash)
}

func versions(all []result.Artefact) string {
	var list []string
	for _, a := range all {
		list = append(list, version(a))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func ledger(r result.Run) string {
	return fmt.Sprintf("seed %d, %d providers, %d people, %d facts", r.Seed, r.Data.Providers, r.Data.People, r.Data.Facts)
}

// Markdown writes the comparison for people, as for a comment on a merge request.
func (c Comparison) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# From %s to %s\n\n| | |\n| --- | --- |\n| before | %s |\n| now | %s |\n\n", cell(c.Before), cell(c.After), cell(c.Verdicts[0]), cell(c.Verdicts[1]))
	fmt.Fprintf(&b, "%d newly fail, %d are fixed, %d fail for another reason, %d failed and cannot be told now, %d were demonstrated and are not now, %d are as they were; %d results only before, %d only now.\n",
		len(c.NewFailures), len(c.Fixed), len(c.OtherCause), len(c.Untold), len(c.Lost), c.Same, c.OnlyBefore, c.OnlyAfter)
	if len(c.Parties) > 0 {
		b.WriteString("\n## What changed in between\n\n| who | system | before | now |\n| --- | --- | --- | --- |\n")
		for _, p := range c.Parties {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", p.Who, cell(p.System), cell(p.Before), cell(p.After))
		}
	}
	if len(c.Timing) > 0 {
		b.WriteString("\n## Timing\n\nThe time in which 95 of 100 answers came, as seen from the host that asked.\n\n| system | questions | | before | now |\n| --- | --- | --- | --- | --- |\n")
		for _, t := range c.Timing {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(t.System), cell(t.Class), cell(t.Phase), Milliseconds(t.Before), Milliseconds(t.After))
		}
	}
	for _, part := range []struct {
		title   string
		changes []Change
	}{
		{"New failures", c.NewFailures},
		{"Fixed", c.Fixed},
		{"Another cause", c.OtherCause},
		{"Failed, and cannot be told now", c.Untold},
		{"Demonstrated before, and not now", c.Lost},
	} {
		if len(part.changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| check | scope | before | now | why |\n| --- | --- | --- | --- | --- |\n", part.title)
		for _, change := range part.changes {
			fmt.Fprintf(&b, "| %s: %s | %s | %s | %s | %s |\n", cell(change.Check), cell(change.Title), cell(change.Scope.String()), change.Before, change.After, cell(change.Why))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// longestCell is how much of a text stands in a table, in bytes; run.json has the rest.
const longestCell = 300

// cell writes a text that a system may have written so that it is one cell of a table and nothing else.
func cell(text string) string {
	if len(text) > longestCell {
		text = strings.ToValidUTF8(text[:longestCell], "") + "…"
	}
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return ' '
		}
		return c
	}, text)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", `\|`, "`", "\\`", "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`).Replace(text)
}
