package reports

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// JUnit XML has no standard. What is written here is the part that the schema of the Jenkins xUnit plugin (junit-10) and
// the Maven Surefire reader agree on: properties belong to a testsuite, never to a testcase; skipped has a message and
// no type; a testcase holds failure, skipped, error and system-out in that order; a timestamp has no zone and is in UTC.

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     junitSeconds `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       junitSeconds    `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	ID         int             `xml:"id,attr"`
	Package    string          `xml:"package,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	Time      junitSeconds  `xml:"time,attr"`
	Failure   *junitProblem `xml:"failure"`
	Skipped   *junitProblem `xml:"skipped"`
	Error     *junitProblem `xml:"error"`
	Out       *junitText    `xml:"system-out"`
}

type junitProblem struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",cdata"`
}

// junitText is text of several lines.
type junitText struct {
	Text string `xml:",cdata"`
}

// junitSeconds is a duration in milliseconds that is written in seconds.
type junitSeconds int64

// MarshalText writes seconds with exactly three decimals, the most that Surefire's schema allows.
func (s junitSeconds) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d.%03d", s/1000, s%1000), nil
}

// junit prints the run as JUnit XML: one testsuite per system, pair of systems or provider, one testcase per check and
// scope. Characters that XML forbids become U+FFFD, so no message can make the file unreadable.
func junit(run result.Run) ([]byte, error) {
	checks := make(map[string]result.Check, len(run.Checks))
	for _, c := range run.Checks {
		checks[c.ID] = c
	}
	providers := make(map[string]result.Provider, len(run.Providers))
	for _, p := range run.Providers {
		providers[p.ODS] = p
	}
	root := junitSuites{Name: oneLine("concord " + run.ID), Time: junitSeconds(run.DurationMs)}
	if whole := junitWhole(run); len(whole.Cases) > 0 {
		root.take(whole)
	}
	for _, group := range junitGroups(run.Results) {
		scope := group[0].Scope
		suite := junitSuite{
			Name:      junitSuiteName(scope, providers),
			Timestamp: run.StartedAt.Format("2006-01-02T15:04:05"),
			ID:        len(root.Suites),
			Package:   "concord",
			Properties: []junitProperty{
				{"run", run.ID}, {"synthetic", fmt.Sprint(run.Data.Synthetic)}, {"packages", packages(run)}, {"verdict", string(run.Verdict.Outcome)},
			},
		}
		for i, r := range group {
			check := checks[r.Check]
			if i == 0 || group[i-1].Check != r.Check {
				suite.Properties = append(suite.Properties, junitProperties(check, group[i:])...)
			}
			suite.add(r, junitTestcase(check, r, again(run, r.Check, r.Scope)))
		}
		root.take(suite)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	encoder := xml.NewEncoder(&b)
	encoder.Indent("", " ")
	if err := encoder.Encode(root); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// take appends a testsuite and counts its cases.
func (r *junitSuites) take(suite junitSuite) {
	r.Tests += suite.Tests
	r.Failures += suite.Failures
	r.Errors += suite.Errors
	r.Suites = append(r.Suites, suite)
}

// junitWhole is what there is to say of the run as a whole: one errored case for each shard that is not as it should be, for
// each system that was not asked everything, because it could not be reached or the run was stopped, one case about which of
// three systems or more say the same, and one skipped case that says what was left out by choice.
func junitWhole(run result.Run) junitSuite {
	suite := junitSuite{
		Name: "run", Timestamp: run.StartedAt.Format("2006-01-02T15:04:05"), Package: "concord",
		Properties: []junitProperty{{"run", run.ID}, {"verdict", string(run.Verdict.Outcome)}, {"proof", oneLine(run.ProofText())}},
	}
	for _, a := range run.Verdict.Areas {
		suite.Properties = append(suite.Properties, junitProperty{"verdict." + string(a.Area), string(a.Outcome)})
	}
	if text := agreementText(run); text != "" {
		suite.Properties = append(suite.Properties, junitProperty{"agreement", oneLine(text)})
		suite.add(result.Result{}, junitAgreement(run, oneLine(text)))
	}
	if left := run.LeftOut(); left != "" {
		suite.Properties = append(suite.Properties, junitProperty{"selection", left + " left out"})
		suite.add(result.Result{}, junitCase{
			Name: "everything is asked", Classname: "concord.run",
			Skipped: &junitProblem{Message: oneLine("Left out by choice: " + left + ". The verdict says nothing about them.")},
		})
	}
	for _, gap := range run.Gaps {
		suite.add(result.Result{}, junitCase{
			Name: oneLine("the shards are the whole run: " + gap), Classname: "concord.run",
			Error: &junitProblem{Type: string(result.Interrupted), Message: oneLine(gap)},
		})
	}
	silent := silentSystems(run)
	for _, system := range run.Systems {
		unasked, first := 0, result.Result{}
		for _, r := range run.Results {
			if r.Scope.System == system.Name && unheard(r) && (silent[system.Name] || !silent[r.Scope.Peer]) {
				if unasked == 0 {
					first = r
				}
				unasked++
			}
		}
		if unasked > 0 {
			suite.add(result.Result{}, junitCase{
				Name: oneLine(system.Name + " is asked everything"), Classname: "concord.run",
				Error: &junitProblem{Type: string(first.Reason), Message: oneLine(fmt.Sprintf("%s of %s: %s", plural(unasked, "result was never asked", "results were never asked"), system.Name, why(first)))},
			})
		}
	}
	return suite
}

// silentSystems are those that were asked nothing: what was to be compared with them is theirs to answer for.
func silentSystems(run result.Run) map[string]bool {
	silent := map[string]bool{}
	for _, s := range run.Systems {
		silent[s.Name] = true
	}
	for _, r := range run.Results {
		if !unheard(r) && r.Status != result.NotApplicable {
			silent[r.Scope.System] = false
		}
	}
	return silent
}

// junitAgreement is one case about which of three systems or more say the same: one failure, however many pairs differ.
func junitAgreement(run result.Run, text string) junitCase {
	c := junitCase{Name: "the systems say the same", Classname: "concord.run"}
	accords := map[result.Accord]bool{}
	for _, a := range run.Accords() {
		accords[a.Accord] = true
	}
	switch {
	case accords[result.Differ]:
		c.Failure = &junitProblem{Type: string(result.Differ), Message: text, Text: xmlText(agreementLines(run))}
	case accords[result.NotDemonstrated]:
		c.Skipped = &junitProblem{Message: text}
	}
	return c
}

// unheard reports whether a result is one of the many that follow from one event: the run was stopped, or the system could
// not be reached before this was asked.
func unheard(r result.Result) bool {
	return r.NeverAsked() || r.Status == result.Error && r.Reason == result.Interrupted
}

// junitGroups divides the results into testsuites: the run, then each system, each pair and each provider.
func junitGroups(results []result.Result) [][]result.Result {
	sorted := slices.SortedStableFunc(slices.Values(results), func(a, b result.Result) int {
		return cmp.Or(junitPlace(a.Scope).compare(junitPlace(b.Scope)), result.CompareResults(a, b))
	})
	var groups [][]result.Result
	for i, r := range sorted {
		if i == 0 || junitPlace(sorted[i-1].Scope) != junitPlace(r.Scope) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

// place is what a testsuite is about. A provider is one place, whichever system was asked about it.
type place struct{ provider, system, peer string }

func junitPlace(s result.Scope) place {
	if s.Provider != "" {
		return place{provider: s.Provider}
	}
	return place{system: s.System, peer: s.Peer}
}

func (p place) compare(other place) int {
	rank := func(p place) int {
		switch {
		case p.provider != "":
			return 2
		case p.peer != "":
			return 1
		default:
			return 0
		}
	}
	return cmp.Or(rank(p)-rank(other), strings.Compare(p.provider, other.provider),
		strings.Compare(p.system, other.system), strings.Compare(p.peer, other.peer))
}

func junitSuiteName(s result.Scope, providers map[string]result.Provider) string {
	switch {
	case s.Provider != "":
		return oneLine("provider " + s.Provider + " " + providers[s.Provider].Name)
	case s.Peer != "":
		return oneLine("pair " + s.System + " to " + s.Peer)
	case s.System != "":
		return oneLine("system " + s.System)
	default:
		return "run"
	}
}

// junitProperties describes the check to the suite that holds its testcases. The hazard is given only where something
// was not shown, because a pipeline has no use for 848 copies of a sentence about nothing.
func junitProperties(check result.Check, results []result.Result) []junitProperty {
	ids := make([]string, 0, len(check.Requirement))
	for _, r := range check.Requirement {
		ids = append(ids, r.ID)
	}
	properties := []junitProperty{
		{oneLine(check.ID) + ".level", string(check.Level)},
		{oneLine(check.ID) + ".requirement", strings.Join(ids, " ")},
	}
	if slices.ContainsFunc(results, func(r result.Result) bool { return r.Check == check.ID && r.Status != result.Pass }) {
		properties = append(properties, junitProperty{oneLine(check.ID) + ".hazard", check.Hazard})
	}
	// Some readers drop the message of a skipped case, and with it the waiver that stands there.
	var waivers []string
	for _, r := range results {
		for _, f := range r.Findings {
			if r.Check == check.ID && f.Waiver != "" && !slices.Contains(waivers, f.Waiver) {
				waivers = append(waivers, f.Waiver)
			}
		}
	}
	if len(waivers) > 0 {
		slices.Sort(waivers)
		properties = append(properties, junitProperty{oneLine(check.ID) + ".waiver", oneLine(strings.Join(waivers, " "))})
	}
	return properties
}

// add appends the case and counts it.
func (s *junitSuite) add(r result.Result, c junitCase) {
	s.Tests++
	s.Time += junitSeconds(r.DurationMs)
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junitTestcase maps a result to a testcase.
//
// Pass is a plain case, with a system-out when something could not be checked, a warning a plain case with a system-out; fail is a failure and error an error. Waived, skipped
// and not-applicable are skipped, with the reason. So is not-run, except where the level is must: most readers of JUnit
// colour a file of passes and skips green, and a Must that nobody could ask is not green, so it is an error whose type
// is the reason, for example "no-data". What was never asked is skipped, with one reason for all.
func junitTestcase(check result.Check, r result.Result, ask string) junitCase {
	c := junitCase{
		Name:      oneLine(check.ID + " " + check.Title),
		Classname: junitClassname(r),
		Time:      junitSeconds(r.DurationMs),
	}
	message := oneLine(string(r.Reason) + ": " + why(r))
	if unheard(r) {
		// Said once for the system, by junitWhole.
		c.Skipped = &junitProblem{Message: "Not asked: " + strings.ToLower(reasonMeaning(r.Reason))}
		return c
	}
	switch r.Status {
	case result.Pass:
		if slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == ruleNotCheckable }) {
			c.Out = &junitText{xmlText(uncheckedText(result.Run{Results: []result.Result{r}}))}
		}
	case result.Warning:
		c.Out = &junitText{xmlText(statusWord(r.Status) + ", " + message + "\n" + evidence(check, r, ask))}
	case result.Fail:
		c.Failure = &junitProblem{Type: failureType(r), Message: message, Text: xmlText(evidence(check, r, ask))}
	case result.Error:
		c.Error = &junitProblem{Type: string(r.Reason), Message: message, Text: xmlText(evidence(check, r, ask))}
	case result.Waived, result.Skipped, result.NotApplicable:
		c.Skipped = &junitProblem{Message: statusWord(r.Status) + ", " + message}
	default:
		if check.Level == result.Must {
			c.Error = &junitProblem{Type: string(r.Reason), Message: "not run, " + message, Text: xmlText(evidence(check, r, ask))}
		} else {
			c.Skipped = &junitProblem{Message: "Not run, " + message}
		}
	}
	return c
}

// junitClassname puts the suite, the systems and the provider into a dotted name, so that class and name together are
// unique in the file and readers that fold on dots show a tree.
func junitClassname(r result.Result) string {
	parts := []string{"concord"}
	for _, part := range []string{r.Suite, r.Scope.System, r.Scope.Peer, r.Scope.Provider} {
		if part != "" {
			parts = append(parts, strings.ReplaceAll(oneLine(part), ".", "_"))
		}
	}
	return strings.Join(parts, ".")
}

// failureType is the rule that was broken, when there is exactly one, else the reason.
func failureType(r result.Result) string {
	rule := ""
	for _, f := range r.Findings {
		if rule != "" && f.Rule != rule {
			return string(r.Reason)
		}
		rule = f.Rule
	}
	return cmp.Or(oneLine(rule), string(r.Reason))
}

// evidence is what an engineer needs to act: where, which rule, what was expected and seen, which exchanges show it,
// what to do, and the command that asks again.
func evidence(check result.Check, r result.Result, ask string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Scope: %s\n", r.Scope)
	if r.Message != "" {
		fmt.Fprintf(&b, "%s\n", oneLine(r.Message))
	}
	more := max(len(r.Findings)-mostFindings, 0)
	for _, f := range r.Findings[:len(r.Findings)-more] {
		fmt.Fprintf(&b, "\n%s %s: %s\n", f.Severity, f.Rule, oneLine(f.Message))
		for _, line := range [][2]string{
			{"cause", causeText(f.Cause)},
			{"hazard", ownHazard(check, f)},
			{"requirement", required(f)},
			{"path", location(f)},
			{"expected", f.Expected},
			{"actual", f.Actual},
			{"profile", f.Profile},
			{"element", f.Element},
			{"waived by", f.Waiver},
			{"systems", f.Camps.String()},
			{"query", f.Query},
			{"peer query", f.PeerQuery},
			{"exchanges", strings.Join(f.Exchanges, " ")},
		} {
			if line[1] != "" {
				fmt.Fprintf(&b, "  %s: %s\n", line[0], oneLine(line[1]))
			}
		}
	}
	if more > 0 {
		fmt.Fprintf(&b, "\nAnd %s, see %s.\n", plural(more, "more finding", "more findings"), RunFile)
	}
	for _, ref := range check.Requirement {
		fmt.Fprintf(&b, "\nRequirement: %s, %s", ref.ID, ref.Source)
	}
	worst, _ := worstFinding(r)
	for _, line := range [][2]string{{"Hazard", check.Hazard}, {"Fix", cmp.Or(worst.Cause.Remedy(), check.Fix)}, {"Ask again", ask}} {
		if line[1] != "" {
			fmt.Fprintf(&b, "\n%s: %s", line[0], line[1])
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// xmlText writes U+FFFD for what XML forbids: encoding/xml does so in attributes, but not in CDATA.
func xmlText(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || (r >= ' ' && r != 0xFFFE && r != 0xFFFF) {
			return r
		}
		return '\uFFFD'
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// location is the place of a finding in a resource: its path, and the line and column when the text is known.
func location(f result.Finding) string {
	if f.Line == 0 {
		return f.Path
	}
	return strings.TrimSpace(fmt.Sprintf("%s (line %d, column %d)", f.Path, f.Line, f.Column))
}
