package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
)

//go:embed template
var templates embed.FS

// page prints report.html: one file that needs no network, no script and no other file to be read.
// digest is the SHA-256 of its run.json in hexadecimal; empty is that of run.json as it is written now.
func page(run result.Run, options Options, digest string) ([]byte, error) {
	if digest == "" {
		text, err := encode(run)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		digest = hex.EncodeToString(sum[:])
	}
	parsed, err := parse(run)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := parsed.Execute(&b, newPage(survey(run), options, digest)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// parse reads the templates of the report.
func parse(run result.Run) (*template.Template, error) {
	return template.New("report.html").Funcs(template.FuncMap{
		"number": number, "label": label, "word": statusWord, "statusCount": statusCount, "lower": strings.ToLower, "outcome": outcomeWord, "area": areaWord, "again": func(id string) string { return again(run, id, result.Scope{}) }, "plural": plural, "declared": declaredText,
	}).ParseFS(templates, "template/*")
}

// pageView is what the template prints. Everything is decided here; the template only lays it out.
type pageView struct {
	Run   result.Run
	Title string
	Word  string
	// When says which run this is, for the banner.
	When     string
	Cautions []string
	Board    boardView
	Results  bar
	Facts    []fact
	Systems  []systemView
	// Reach are the claims about providers, one per system asked; Claims those of the suites.
	Reach, Claims []claimView
	NotShown      []string
	Problems      []checkTallyView
	Legend        []legendView
	Agreement     *agreementView
	Sweep         *sweepView
	Parameters    *parametersView
	Offerings     *offeringsView
	Latency       *latencyView
	Suites        []suiteView
	Trace         []traceView
	Unasked       []reasonView
	Waived        []scopeView
	Terms         []fact
	RunFile       string
}

// fact is a label with its value.
type fact struct{ Label, Value string }

type systemView struct {
	result.System
	Title, Software string
}

type claimView struct {
	Sentence, Evidence, Missing, Limits, Link, Word string
	Asked                                           []string
	Status                                          result.Status
	Bar                                             bar
}

type legendView struct {
	Status  result.Status
	Meaning string
}

type reasonView struct {
	Status  result.Status
	Reason  result.Reason
	Meaning string
	Count   int
	Checks  []string
}

type checkTallyView struct {
	result.Check
	Status result.Status
	Counts string
}

func newPage(o overview, options Options, digest string) pageView {
	run := o.run
	titles := make([]string, 0, len(run.Systems))
	v := pageView{
		Run: run, Word: outcomeWord(run.Verdict.Outcome), Cautions: cautions(run),
		When:    when(run),
		Results: countsBar(run.Verdict.Counts), RunFile: RunFile, Terms: glossary(),
	}
	for _, s := range run.Systems {
		titles = append(titles, title(s))
		v.Systems = append(v.Systems, systemView{System: s, Title: title(s), Software: artefact(s.Software)})
	}
	v.Title = "Conformance report"
	if len(titles) > 0 {
		v.Title += ": " + result.List(titles, nil)
	}
	v.Board = newBoard(o, options, digest)
	v.Facts = facts(run, digest)
	v.Reach = reach(o)
	v.Claims = claims(o)
	v.NotShown = limits(o)
	for _, c := range o.problems() {
		v.Problems = append(v.Problems, checkTallyView{c.Check, c.status, countsText(c.counts)})
	}
	for _, s := range severityOrder() {
		v.Legend = append(v.Legend, legendView{s, statusMeaning(s)})
	}
	v.Agreement = newAgreement(run)
	v.Sweep = newSweep(o)
	v.Parameters = newParameters(run)
	v.Offerings = newOfferings(run)
	v.Latency = newLatency(run)
	sheet := newSheet(o, options)
	for _, s := range o.suites {
		v.Suites = append(v.Suites, sheet.suite(s))
	}
	v.Trace = trace(run)
	v.Unasked = unasked(run)
	for _, r := range run.Results {
		if r.Status == result.Waived {
			v.Waived = append(v.Waived, sheet.scope(r, result.Check{}))
		}
	}
	return v
}

// when says which run this is in one line.
func when(run result.Run) string {
	parts := []string{"Run " + run.ID, run.StartedAt.Format("2 January 2006"), fmt.Sprintf("seed %d", run.Seed)}
	if harness := artefact(result.Artefact{Name: run.Harness.Name, Version: run.Harness.Version}); harness != "" {
		parts = append(parts, harness)
	}
	return strings.Join(parts, ", ")
}

// facts identify the run: what somebody needs to run it again or to tell it from another.
func facts(run result.Run, digest string) []fact {
	started := run.StartedAt.Format("2 January 2006, 15:04:05 MST")
	harness := artefact(result.Artefact{Name: run.Harness.Name, Version: run.Harness.Version})
	if run.Harness.Commit != "" {
		harness += ", commit " + run.Harness.Commit
	}
	data := run.Data.Description
	if run.Data.Providers > 0 {
		data = strings.TrimSpace(fmt.Sprintf("%s %s, %s and %s in the golden ledger.", data,
			plural(run.Data.Providers, "provider", "providers"), plural(run.Data.People, "person", "people"),
			plural(run.Data.Facts, "fact", "facts")))
	}
	asked := "the whole catalogue"
	if left := run.LeftOut(); left != "" {
		asked = strings.Join(slices.Concat(run.Selection.Suites, run.Selection.Checks, run.Selection.Providers), ", ")
		asked = strings.TrimLeft(asked+" ("+left+" left out)", " ")
	}
	out := []fact{
		{"Run", run.ID},
		{"Started", started},
		{"Took", (time.Duration(run.DurationMs) * time.Millisecond).String()},
		{"Seed", fmt.Sprint(run.Seed)},
		{"Data", data},
		{"Asked", asked},
		{"Search contract", artefact(run.Contract)},
		{"FHIR packages", packages(run)},
		{"Harness", harness},
		{"Proof of the harness", run.ProofText()},
		{"SHA-256 of " + RunFile, digest},
	}
	for i := range out {
		if out[i].Value == "" {
			out[i].Value = "not stated"
		}
	}
	return out
}

// reach claims that every provider can be seen, once for every system asked.
func reach(o overview) []claimView {
	titles := make(map[string]string, len(o.run.Checks))
	for _, c := range o.run.Checks {
		titles[c.ID] = c.ID + " " + c.Title
	}
	var out []claimView
	if total := len(o.providers); total > 0 {
		for _, w := range o.ways {
			c := claimView{
				Sentence: "Every provider can be seen by asking " + title(w.system) + ".",
				Evidence: fmt.Sprintf("%s of %s shown", number(w.shown()), plural(total, "provider", "providers")),
				Missing:  notShown(w),
				Limits:   "Shown only for what was asked of each provider, not for the whole of its records.",
				Link:     "#not-shown",
				Status:   claimStatus(w.counts),
				Bar:      countsBar(w.counts),
			}
			c.Word = claimWord(c.Status, w.shown() > 0)
			for _, id := range w.checks {
				c.Asked = append(c.Asked, titles[id])
			}
			out = append(out, c)
		}
	}
	return out
}

// claims are what the suites claim when all their checks pass.
func claims(o overview) []claimView {
	var out []claimView
	for _, s := range o.suites {
		words := suiteClaim(s.name)
		demonstrated := 0
		for _, c := range s.checks {
			if shown(c.status) {
				demonstrated++
			}
		}
		rest := s.counts
		rest.Pass, rest.Warning = 0, 0
		c := claimView{
			Sentence: words.sentence,
			Evidence: fmt.Sprintf("%s of %s fully shown", number(demonstrated), plural(len(s.checks), "check", "checks")),
			Missing:  "none",
			Limits:   words.limits,
			Link:     "#suite-" + slug(s.name),
			Status:   s.status,
			Bar:      countsBar(s.counts),
			Word:     claimWord(s.status, s.counts.Pass+s.counts.Warning > 0),
		}
		if rest.Total() > 0 {
			c.Missing = "results: " + countsText(rest)
		}
		out = append(out, c)
	}
	return out
}

// claimStatus is the worst status counted.
func claimStatus(c result.Counts) result.Status {
	for _, s := range severityOrder() {
		if c.Of(s) > 0 {
			return s
		}
	}
	return result.NotRun
}

// limits are the sentences of "what was not shown" that hold for the run as a whole.
func limits(o overview) []string {
	out := cautions(o.run)
	for _, w := range o.ways {
		if total := len(o.providers); w.shown() < total {
			out = append(out, fmt.Sprintf("Asking %s did not show %s of %s: %s. All of them are named under \"Providers not shown\".",
				title(w.system), number(total-w.shown()), plural(total, "provider", "providers"), notShown(w)))
		}
	}
	out = append(out, "Clinical risk is for the clinical safety officer to judge. Concord names the hazard behind each check and supplies the evidence.")
	if len(o.providers) == 0 {
		out = append(out, "No providers were listed for this run, so nothing is shown about any provider.")
	}
	return out
}

// unasked counts the results that demonstrated nothing, by status and reason.
func unasked(run result.Run) []reasonView {
	type key struct {
		status result.Status
		reason result.Reason
	}
	counts := make(map[key]int)
	checks := make(map[key][]string)
	for _, r := range run.Results {
		k := key{r.Status, r.Reason}
		counts[k]++
		if list := checks[k]; len(list) == 0 || list[len(list)-1] != r.Check {
			checks[k] = append(list, r.Check)
		}
	}
	var out []reasonView
	for _, status := range []result.Status{result.Error, result.NotRun, result.Skipped, result.NotApplicable} {
		for _, reason := range result.Reasons() {
			if k := (key{status, reason}); counts[k] > 0 {
				out = append(out, reasonView{status, reason, reasonMeaning(reason), counts[k], checks[k]})
			}
		}
	}
	return out
}

// slug turns a name into something that can be a fragment of a URL.
func slug(name string) string {
	return strings.Map(func(r rune) rune {
		if plainRune(r) {
			return r
		}
		return '-'
	}, name)
}

// plainRune reports whether the character means nothing special in a URL or a file name.
func plainRune(r rune) bool {
	return r == '-' || r == '_' || (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z')
}
