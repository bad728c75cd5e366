package command

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/scenario"
)

// topics is everything that Concord prints an id of.
func topics() ([]topic, error) {
	catalogue := suites.Catalogue()
	var all []topic
	for _, c := range catalogue {
		all = append(all, checkTopic(c))
	}
	for _, r := range ukrules.Rules() {
		all = append(all, ruleTopic(r))
	}
	for _, r := range profiles.ValidationRules() {
		t := topic{Kind: "rule of the validator", ID: r.ID, Title: r.Title}
		t.row("source", r.Section)
		t.row("fix", r.Fix)
		all = append(all, t)
	}
	published, err := waiver.Published()
	if err != nil {
		return nil, err
	}
	for _, w := range published.All() {
		all = append(all, waiverTopic(w))
	}
	for _, d := range mocks.Defects() {
		all = append(all, defectTopic(d))
	}
	agreed, err := contract.Embedded()
	if err != nil {
		return nil, err
	}
	for _, row := range agreed.Rows {
		all = append(all, rowTopic(row))
	}
	for _, w := range agreed.Waivers {
		t := topic{Kind: "decision of the contract", ID: w.ID, Title: w.Says}
		t.row("instead", w.Instead)
		t.row("rows", strings.Join(w.Rows, ", "))
		all = append(all, t)
	}
	for _, line := range (policy.Policy{}).For("").Lines() {
		t := topic{Kind: "decision about data sharing", ID: line.Decision, Title: line.Meaning}
		t.row("value", line.Value+" where nobody has decided otherwise (concord run --policy)")
		all = append(all, t)
	}
	for _, w := range reports.Words() {
		t := topic{Kind: w.Kind, ID: w.Word, Title: w.Meaning, Rows: []topicRow{{"kind", w.Kind}}}
		if w.Kind == "cause" {
			t.row("fix", result.Cause(w.Word).Remedy())
		}
		all = append(all, t)
	}
	return append(all, sourceTopics(catalogue, all)...), nil
}

func checkTopic(c check.Check) topic {
	t := topic{Kind: "check", ID: c.ID, Title: c.Title}
	t.row("suite", c.Suite)
	t.row("level", string(c.Level))
	t.row("asked per", string(c.Scope))
	for i, ref := range c.Requirement {
		name := ""
		if i == 0 {
			name = "source"
		}
		t.row(name, ref.ID+": "+ref.Source)
	}
	for _, need := range c.Needs {
		t.row("needs", need.String()+" (otherwise the check does not apply)")
	}
	t.row("hazard", c.Hazard)
	t.row("fix", c.Fix)
	for _, d := range mocks.Defects() {
		if slices.Contains(d.Checks, c.ID) {
			t.row("proved by", d.ID+": "+d.Title)
		}
	}
	t.rows("steps", sentences(c.ID)...)
	t.row("run alone", "concord run --checks "+c.ID)
	return t
}

// sentences are the steps of a scenario that is written as a file.
func sentences(id string) []string {
	for _, s := range scenario.Scripts() {
		if s.ID == id {
			return s.Sentences()
		}
	}
	return nil
}

func ruleTopic(r ukrules.Rule) topic {
	t := topic{Kind: "rule", ID: r.ID, Title: r.Title}
	t.row("severity", string(r.Severity))
	t.row("source", r.Source)
	if r.Unverified {
		t.row("", "No published source was seen for this, so it only warns.")
	}
	t.row("looks at", r.Looks)
	t.row("fix", r.Fix)
	t.row("applied by", "concord validate, unless --rules none")
	return t
}

// mostPlaces is how many elements an invariant is said to stand on: some stand on every one.
const mostPlaces = 6

func invariantTopic(inv profiles.Invariant) topic {
	t := topic{Kind: "invariant", ID: inv.Key, Title: cmp.Or(inv.Human, "what its expression says")}
	severity := inv.Severity
	if inv.BestPractice {
		severity += ", a recommendation"
	}
	t.row("severity", severity)
	t.row("expression", inv.Expression)
	places := inv.On
	if len(places) > mostPlaces {
		places = append(slices.Clone(places[:mostPlaces]), fmt.Sprintf("and %d more", len(places)-mostPlaces))
	}
	t.row("holds on", strings.Join(places, ", "))
	t.row("source", inv.Source)
	return t
}

func waiverTopic(w waiver.Waiver) topic {
	t := topic{Kind: "waiver", ID: w.ID, Title: w.Why}
	t.row("package", strings.TrimSpace(w.Package+" "+strings.Join(w.Versions, " ")))
	t.row("rule", w.Rule)
	t.rows("profiles", w.Profiles...)
	t.row("element", w.Element)
	t.row("path", w.Path)
	t.rows("resources", w.Resources...)
	t.row("when", w.When)
	t.row("values", strings.Join(w.Actual, ", "))
	t.row("source", w.Source)
	t.row("approver", w.Approver)
	t.row("expires", w.Expires)
	t.row("until", w.Until)
	return t
}

func defectTopic(d mocks.Defect) topic {
	t := topic{Kind: "defect", ID: d.ID, Title: d.Title}
	t.row("breaks", d.Breaks)
	t.row("family", d.Family)
	t.row("severity", d.Severity)
	t.row("seen by", strings.Join(d.Checks, ", "))
	t.row("switch on", "concord run --defect "+d.ID)
	return t
}

func rowTopic(r contract.Row) topic {
	t := topic{Kind: "row of the search contract", ID: r.ID, Title: strings.TrimSpace(r.Resource + " " + r.What())}
	t.row("level", contract.Word(r.Level))
	t.row("source", r.Source)
	t.row("searches", "concord plan prints those that the row leads to")
	return t
}

// sourceTopics are the requirements that checks refer to and that are explained nowhere else.
func sourceTopics(catalogue check.Catalogue, others []topic) []topic {
	known := map[string]bool{}
	for _, t := range others {
		known[strings.ToUpper(t.ID)] = true
	}
	made := map[string]*topic{}
	for _, c := range catalogue {
		for _, ref := range c.Requirement {
			if known[strings.ToUpper(ref.ID)] {
				continue
			}
			t := made[ref.ID]
			if t == nil {
				t = &topic{Kind: "requirement", ID: ref.ID, Title: ref.Source}
				made[ref.ID] = t
			}
			t.row("asked by", c.ID+" "+c.Title)
		}
	}
	var all []topic
	for _, id := range slices.Sorted(maps.Keys(made)) {
		all = append(all, *made[id])
	}
	return all
}
