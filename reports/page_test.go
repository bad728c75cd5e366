package reports_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// document is report.html, parsed.
type document struct {
	root *html.Node
	text string
}

func htmlOf(t *testing.T, run result.Run, options reports.Options) document {
	t.Helper()
	text := string(written(t, run, options)[reports.HTMLFile])
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return document{root, text}
}

// all returns the elements that match, in document order.
func (d document) all(match func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			out = append(out, n)
		}
	}
	return out
}

func tag(names ...string) func(*html.Node) bool {
	return func(n *html.Node) bool { return slices.Contains(names, n.Data) }
}

func with(attr string) func(*html.Node) bool {
	return func(n *html.Node) bool { return has(n, attr) }
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words is the text of the element with runs of space as one.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestEveryProviderIsInTheMatrixOnce(t *testing.T) {
	for name, run := range map[string]result.Run{
		"some failures": fullRun(t), "clean": cleanRun(t), "nobody asked": unasked(t), "held elsewhere": heldElsewhere(t),
	} {
		t.Run(name, func(t *testing.T) {
			page := htmlOf(t, run, reports.Options{})
			cells := page.all(with("data-ods"))
			seen := map[string]bool{}
			for _, c := range cells {
				ods, text := attr(c, "data-ods"), words(c)
				if seen[ods] {
					t.Errorf("%s is there twice", ods)
				}
				seen[ods] = true
				if !strings.Contains(text, "("+ods+"): ") || !strings.HasPrefix(text, "Synthetic ") {
					t.Errorf("the square of %s reads %q", ods, text)
				}
			}
			for _, p := range run.Providers {
				if !seen[p.ODS] {
					t.Errorf("%s is missing", p.ODS)
				}
			}
			if len(cells) != 848 {
				t.Errorf("%d squares", len(cells))
			}
			if size := len(page.text); size > 1_500_000 {
				t.Errorf("the page has %d bytes", size)
			}
		})
	}
}

// heldElsewhere is a run whose providers belong to systems that the run does not list, or to none.
func heldElsewhere(t testing.TB) result.Run {
	run := fullRun(t)
	for i := range run.Providers {
		run.Providers[i].System = [...]string{"ccr", "third", ""}[i%3]
	}
	return run
}

// unasked is a run that lists the providers and asked nothing about them.
func unasked(t testing.TB) result.Run {
	run := fullRun(t)
	run.Results = slices.DeleteFunc(run.Results, func(r result.Result) bool { return r.Scope.Provider != "" })
	run.Verdict = run.Judge()
	return run
}

func TestASquareShowsTheWorstOfWhatWasAsked(t *testing.T) {
	page := htmlOf(t, fullRun(t), reports.Options{})
	status := map[string]string{}
	for _, c := range page.all(with("data-ods")) {
		status[attr(c, "data-ods")] = attr(c, "data-status")
	}
	for ods, want := range map[string]string{"ZZ0001": "pass", "ZZ0500": "fail", "ZZ0822": "error", "ZZ0761": "not-run"} {
		if status[ods] != want {
			t.Errorf("%s is %s, want %s", ods, status[ods], want)
		}
	}
	for _, c := range htmlOf(t, unasked(t), reports.Options{}).all(with("data-ods")) {
		if attr(c, "data-status") != "not-run" {
			t.Fatalf("%s was not asked about and is %s", attr(c, "data-ods"), attr(c, "data-status"))
		}
	}
}

func TestTheMissingAreNamedCompletely(t *testing.T) {
	for name, c := range map[string]struct {
		run  result.Run
		want int
	}{"six": {fullRun(t), 6}, "none": {cleanRun(t), 0}, "all": {unasked(t), 848}} {
		t.Run(name, func(t *testing.T) {
			page := htmlOf(t, c.run, reports.Options{})
			rows := page.all(func(n *html.Node) bool { return n.Data == "tr" && strings.HasPrefix(attr(n, "id"), "provider-") })
			if len(rows) != c.want {
				t.Errorf("%d rows, want %d", len(rows), c.want)
			}
			for _, p := range c.run.Providers {
				i := slices.IndexFunc(rows, func(n *html.Node) bool { return attr(n, "id") == "provider-"+p.ODS })
				if i >= 0 && !strings.Contains(words(rows[i]), p.Name) {
					t.Errorf("the row of %s does not give its name: %s", p.ODS, words(rows[i]))
				}
			}
		})
	}
}

func TestFiguresAreNotRoundedUp(t *testing.T) {
	page := htmlOf(t, fullRun(t), reports.Options{})
	text := words(page.all(tag("main"))[0])
	for _, want := range []string{"843 of 848 providers shown", "846 of 848 providers shown", "2 failed, 1 in error, 2 not run", "Synthetic data:", "Mocks that Concord supplies"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "%") {
		t.Error("the page gives a percentage")
	}
	// One provider of 848 must be visible in the bar.
	for _, r := range page.all(tag("rect")) {
		if w := attr(r, "width"); strings.HasPrefix(attr(r, "class"), "b-") && len(w) < 2 {
			t.Errorf("a part of a bar is %s of 1000 wide", w)
		}
	}
}

func TestThePageIsWellBuilt(t *testing.T) {
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "clean": cleanRun(t), "bare": fakeHeadJudged(), "hostile": hostileRun()} {
		t.Run(name, func(t *testing.T) {
			page := htmlOf(t, run, reports.Options{Exchanges: true})
			if n := len(page.all(tag("h1"))); n != 1 {
				t.Errorf("%d h1", n)
			}
			if lang := attr(page.all(tag("html"))[0], "lang"); lang != "en-GB" {
				t.Errorf("the language is %q", lang)
			}
			for _, landmark := range []string{"header", "nav", "main", "footer"} {
				if n := len(page.all(tag(landmark))); n != 1 {
					t.Errorf("%d %s", n, landmark)
				}
			}
			headingsNest(t, page)
			tablesAreLabelled(t, page)
			fragmentsLead(t, page)
			nothingIsFetched(t, page)
			if text := strings.ToLower(page.text); strings.Contains(text, "certif") {
				t.Error("the page speaks of certification")
			}
			if strings.Contains(page.text, "ZgotmplZ") {
				t.Error("the template refused a value")
			}
		})
	}
}

// headingsNest fails when a heading skips a level.
func headingsNest(t *testing.T, page document) {
	t.Helper()
	level := 0
	for _, h := range page.all(tag("h1", "h2", "h3", "h4", "h5", "h6")) {
		next := int(h.Data[1] - '0')
		if next > level+1 {
			t.Errorf("%s %q follows an h%d", h.Data, words(h), level)
		}
		level = next
		if words(h) == "" {
			t.Errorf("an empty %s", h.Data)
		}
	}
}

// tablesAreLabelled fails when a table lacks its caption or a heading its scope.
func tablesAreLabelled(t *testing.T, page document) {
	t.Helper()
	for _, table := range page.all(tag("table")) {
		if table.FirstChild == nil {
			t.Error("an empty table")
			continue
		}
		first := table.FirstChild
		for first.Type != html.ElementNode {
			first = first.NextSibling
		}
		if first.Data != "caption" || words(first) == "" {
			t.Errorf("a table begins with %s", first.Data)
		}
	}
	for _, th := range page.all(tag("th")) {
		if s := attr(th, "scope"); s != "col" && s != "row" {
			t.Errorf("the heading %q has the scope %q", words(th), s)
		}
	}
}

// fragmentsLead fails when an id is used twice, or something refers to one that is not there.
func fragmentsLead(t *testing.T, page document) {
	t.Helper()
	ids := map[string]int{}
	for _, n := range page.all(with("id")) {
		ids[attr(n, "id")]++
		if ids[attr(n, "id")] == 2 {
			t.Errorf("the id %q is used twice", attr(n, "id"))
		}
	}
	for _, n := range page.all(func(n *html.Node) bool { return has(n, "href") || has(n, "aria-labelledby") || has(n, "for") }) {
		for _, to := range []string{strings.TrimPrefix(attr(n, "href"), "#"), attr(n, "aria-labelledby"), attr(n, "for")} {
			if to != "" && !strings.HasPrefix(to, "exchanges/") && ids[to] != 1 {
				t.Errorf("<%s> refers to %q, which is not there", n.Data, to)
			}
		}
	}
}

// nothingIsFetched fails when the page would load or run anything but itself.
func nothingIsFetched(t *testing.T, page document) {
	t.Helper()
	for _, n := range page.all(func(*html.Node) bool { return true }) {
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "srcset", a.Key == "style", a.Key == "action", a.Key == "data":
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case strings.HasSuffix(a.Key, "href") && !strings.HasPrefix(a.Val, "#") && !regexp.MustCompile(`^exchanges/[\w-]+\.json$`).MatchString(a.Val):
				t.Errorf("<%s> leads to %q", n.Data, a.Val)
			}
		}
		if slices.Contains([]string{"link", "img", "iframe", "object", "embed", "base", "audio", "video", "form"}, n.Data) {
			t.Errorf("the page holds <%s>", n.Data)
		}
	}
	if n := len(page.all(tag("script"))); n != 1 {
		t.Errorf("%d scripts", n)
	}
	for _, style := range page.all(tag("style")) {
		text := style.FirstChild.Data
		if strings.Contains(text, "@import") || regexp.MustCompile(`url\([^#]`).MatchString(text) {
			t.Error("the style sheet fetches something")
		}
	}
}

func TestTheScriptIsTheOneThePolicyAllows(t *testing.T) {
	page := htmlOf(t, smallRun(), reports.Options{})
	script := page.all(tag("script"))[0].FirstChild.Data
	digest := sha256.Sum256([]byte(script))
	want := "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
	policies := page.all(func(n *html.Node) bool { return attr(n, "http-equiv") == "Content-Security-Policy" })
	if len(policies) != 1 || !strings.Contains(attr(policies[0], "content"), want) || !strings.Contains(attr(policies[0], "content"), "default-src 'none'") {
		t.Errorf("template/report.html must allow %s in its Content-Security-Policy", want)
	}
}

func TestEveryCheckIsShownWithItsEvidence(t *testing.T) {
	run := smallRun()
	page := htmlOf(t, run, reports.Options{Exchanges: true})
	for _, c := range run.Checks {
		found := page.all(func(n *html.Node) bool { return attr(n, "id") == "check-"+c.ID })
		if len(found) != 1 {
			t.Errorf("check %s is there %d times", c.ID, len(found))
			continue
		}
		text := words(found[0])
		for _, want := range []string{c.Title, c.Requirement[0].ID, c.Requirement[0].Source, c.Hazard, c.Fix, "concord run --seed=848 --checks=" + c.ID + " --out=runs/again"} {
			if !strings.Contains(text, want) {
				t.Errorf("check %s does not show %q", c.ID, want)
			}
		}
	}
	date := page.all(func(n *html.Node) bool { return attr(n, "id") == "check-PAR-DATE-003" })[0]
	if has(date, "open") {
		t.Error("a check is open before anybody asks for it: the page of a bad run would be hundreds of sheets long")
	}
	for _, want := range []string{"1 failed, 1 passed", "date-ge-boundary", "Bundle.entry", "14 of 15 expected matches"} {
		if !strings.Contains(words(date), want) {
			t.Errorf("the failed check does not show %q", want)
		}
	}
	links := page.all(func(n *html.Node) bool { return attr(n, "href") == "exchanges/98fc1c14.json" })
	if len(links) != 2 {
		t.Errorf("%d links to the exchange that shows both findings", len(links))
	}
	for _, n := range htmlOf(t, run, reports.Options{}).all(with("href")) {
		if strings.Contains(attr(n, "href"), "exchanges") {
			t.Error("links to exchanges that the folder does not hold")
		}
	}
}

func TestLongListsOfFindingsAreCutAndSaySo(t *testing.T) {
	run := fullRun(t)
	for i := range run.Results {
		if run.Results[i].Check == "SCN-848-FACT" {
			run.Results[i].Status, run.Results[i].Reason, run.Results[i].Message = result.Fail, result.Broken, "Not there."
		}
	}
	run.Verdict = run.Judge()
	page := htmlOf(t, run, reports.Options{})
	check := page.all(func(n *html.Node) bool { return attr(n, "id") == "check-SCN-848-FACT" })[0]
	if text := words(check); !strings.Contains(text, "848 failed") || !strings.Contains(text, "And 798 more scopes that did not plainly pass, see run.json.") {
		t.Error("the check does not say how many scopes it leaves to run.json")
	}
	rows := page.all(func(n *html.Node) bool { return n.Data == "tr" && strings.HasPrefix(attr(n, "id"), "provider-") })
	if len(rows) != 848 {
		t.Errorf("%d providers are named as not shown, want all 848", len(rows))
	}
}

func TestEveryStatusHasItsOwnShapeInTheLegend(t *testing.T) {
	page := htmlOf(t, smallRun(), reports.Options{})
	symbols := map[string]string{}
	for _, s := range page.all(tag("symbol")) {
		var drawing strings.Builder
		for _, n := range slices.Collect(s.Descendants()) {
			fmt.Fprint(&drawing, n.Data, n.Attr)
		}
		for id, other := range symbols {
			if other == drawing.String() {
				t.Errorf("%s and %s are drawn alike", id, attr(s, "id"))
			}
		}
		symbols[attr(s, "id")] = drawing.String()
	}
	text := words(page.all(func(n *html.Node) bool { return attr(n, "class") == "legend" })[0])
	for _, s := range result.Statuses() {
		if symbols["i-"+s.String()] == "" {
			t.Errorf("%s has no shape", s)
		}
		if !strings.Contains(strings.ToLower(text), strings.ReplaceAll(strings.ReplaceAll(s.String(), "fail", "failed"), "-", " ")) {
			t.Errorf("the legend does not explain %s", s)
		}
	}
	for _, o := range []result.Outcome{result.Conformant, result.Partial, result.NotConformant, result.Undetermined} {
		if symbols["v-"+string(o)] == "" {
			t.Errorf("the verdict %s has no shape", o)
		}
	}
}

// TestColoursMeetWCAG computes the contrast of every pair of colours that text or a sign is set in.
func TestColoursMeetWCAG(t *testing.T) {
	style, err := os.ReadFile("template/style.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, ground string
		least        float64
	}{
		{"#212b32", "#f0f4f5", 4.5},
		{"#4c6272", "#f0f4f5", 4.5},
		{"#4c6272", "#ffffff", 4.5},
		{"#005eb8", "#f0f4f5", 4.5},
		{"#7c2855", "#f0f4f5", 4.5},
		{"#212b32", "#ffeb3b", 4.5},
		{"#ffffff", "#005eb8", 4.5},
		{"#ffffff", "#007f3b", 4.5},
		{"#ffffff", "#d5281b", 4.5},
		{"#ffffff", "#4c6272", 4.5},
		{"#212b32", "#ffb81c", 4.5},
		{"#212b32", "#fff9c4", 4.5},
		{"#212b32", "#d8dde0", 4.5},
		{"#004c23", "#cce5d8", 4.5},
		{"#6a140e", "#f7d4d1", 4.5},
		{"#4d3708", "#ffdc8e", 4.5},
		{"#354550", "#dbe0e3", 4.5},
		{"#004281", "#ccdff1", 4.5},
		{"#212b32", "#aeb7bd", 3},
	} {
		if got := contrast(t, c.text, c.ground); got < c.least {
			t.Errorf("%s on %s has a contrast of %.2f, want %.1f", c.text, c.ground, got, c.least)
		}
		for _, colour := range []string{c.text, c.ground} {
			if colour != "#ffffff" && !strings.Contains(string(style), colour) {
				t.Errorf("%s is tested and not used", colour)
			}
		}
	}
}

// contrast is the contrast ratio of WCAG 2.2 between two colours written as #rrggbb.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	var rgb [3]int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func TestTheStepsOfAScenarioAreShownWithWhoAttestedThem(t *testing.T) {
	page := string(written(t, smallRun(), reports.Options{})[reports.HTMLFile])
	for _, want := range []string{
		"<li>Given a person with a severe allergy recorded on the other side</li>",
		"When we stop the feed of provider RJE", "attested by A. Begum at 2026-03-02T09:16:00Z stopped in the console",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestTheTableOfAnswerTimesStatesTheHostAndTheBudgets(t *testing.T) {
	page := string(written(t, smallRun(), reports.Options{})[reports.HTMLFile])
	for _, want := range []string{"linux/amd64, 2 processors, go1.26", "<td>12.3 ms</td>", "<td>1,250 ms</td>", "80, 8 at once, 1 late", "over 3,000 ms"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	run := smallRun()
	run.Latency = nil
	if page := string(written(t, run, reports.Options{})[reports.HTMLFile]); strings.Contains(page, `id="latency"`) {
		t.Error("a run without measurements has a table of answer times")
	}
}

func TestTheStressProfileIsCountedApart(t *testing.T) {
	run := smallRun()
	before := string(written(t, run, reports.Options{})[reports.HTMLFile])
	run.Providers = append(run.Providers, result.Provider{ODS: "SYNPH0001", Name: "Mill Lane Pharmacy", Type: "pharmacy", ICB: "QHL", ICS: "Birmingham and Solihull", System: "ccr", Apart: true})
	after := string(written(t, run, reports.Options{})[reports.HTMLFile])
	for _, page := range []string{before, after} {
		if !strings.Contains(page, "The 3 providers") || strings.Contains(page, "The 4 providers") {
			t.Error("a provider of the stress profile is counted with the others")
		}
	}
	if !strings.Contains(after, "Stress profile: 1 providers") || strings.Contains(before, "Stress profile") {
		t.Error("the stress profile is not reported apart")
	}
	if !strings.Contains(after, "3 tested, 0 not; share of those tested 1.0000 (in 19 of 20 samples from 0.4385 to 1.0000)") {
		t.Error("the questions of the sweep do not state how far they reach")
	}
}
