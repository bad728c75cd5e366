package console

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/causes"
)

// perPage is how many rows a page lists.
const perPage = 100

// pager leads through a long list.
type pager struct {
	From, To, Of   int
	Earlier, Later string
}

// paged cuts the page out of a list that the address asks for.
func paged[T any](r *http.Request, all []T) ([]T, pager) {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || number < 1 || number > (len(all)+perPage-1)/perPage {
		number = 1
	}
	from, to := (number-1)*perPage, min(number*perPage, len(all))
	p := pager{From: from + 1, To: to, Of: len(all)}
	link := func(n int) string {
		query := r.URL.Query()
		query.Set("page", strconv.Itoa(n))
		return r.URL.EscapedPath() + "?" + query.Encode()
	}
	if number > 1 {
		p.Earlier = link(number - 1)
	}
	if to < len(all) {
		p.Later = link(number + 1)
	}
	if len(all) == 0 {
		p.From = 0
	}
	return all[from:to], p
}

type runsView struct {
	Filter   filter
	Filtered bool
	Rows     []Row
	Pager    pager
	// Damaged are the folders that cannot be read, MoreDamaged how many more there are.
	Damaged     []Row
	MoreDamaged int
	All, Unread int
	// Unsure says that the directory is still being looked through, so that there may be more, or fewer.
	Unsure bool
	// NotKept says why the index could not be written.
	NotKept                                string
	Systems, Outcomes, Harnesses, Packages []string
	Under                                  []underWay
}

// runs is the list of the runs.
func (c *Console) runs(w http.ResponseWriter, r *http.Request) {
	c.store.look(patience)
	rows, unread := c.store.list()
	q := r.URL.Query()
	v := runsView{Unread: unread, Unsure: c.store.unsure(), Filter: filter{
		System: q.Get("system"), Outcome: q.Get("verdict"), Harness: q.Get("harness"), Package: q.Get("package"), Selection: q.Get("selection"),
		From: q.Get("from"), To: q.Get("to"),
	}}
	v.Filtered = v.Filter != filter{}
	systems, harnesses, packages := map[string]bool{}, map[string]bool{}, map[string]bool{}
	var taken []Row
	for _, row := range rows {
		if row.Problem != "" {
			if len(v.Damaged) < perPage {
				v.Damaged = append(v.Damaged, row)
			} else {
				v.MoreDamaged++
			}
			continue
		}
		v.All++
		for _, name := range row.Systems {
			systems[name] = true
		}
		harnesses[row.Harness] = true
		for _, name := range row.Packages {
			packages[name] = true
		}
		if v.Filter.takes(row) {
			taken = append(taken, row)
		}
	}
	v.Rows, v.Pager = paged(r, taken)
	v.Systems, v.Harnesses, v.Packages = choices(systems), choices(harnesses), choices(packages)
	for _, o := range result.Outcomes() {
		if o != result.NotClaimed {
			v.Outcomes = append(v.Outcomes, string(o))
		}
	}
	c.store.mu.Lock()
	if c.store.kept != nil {
		v.NotKept = causeOf(c.store.kept).Error()
	}
	c.store.mu.Unlock()
	v.Under = c.underWay()
	reload := 0
	if unread > 0 || v.Unsure {
		reload = 3
	}
	c.renderReloading(w, r, http.StatusOK, "runs", "Runs", v, reload)
	if len(taken) > 0 && !v.Unsure && unread == 0 && !v.Filtered {
		c.shown.printAhead(taken[0]) // most who see the list open its first run
	}
}

// choices are what a list can be narrowed by; more than can be chosen from are no help.
func choices(of map[string]bool) []string {
	delete(of, "")
	all := slices.Sorted(maps.Keys(of))
	return all[:min(len(all), 200)]
}

type runView struct {
	Row   Row
	Parts reports.Parts
	// Stopped says that the run was stopped before its end, and can be gone on with.
	Stopped bool
}

// run is the report of a run, with links to what the console adds.
func (c *Console) run(w http.ResponseWriter, r *http.Request) {
	row, ok := c.rowOf(w, r)
	if !ok {
		return
	}
	parts, err := c.shown.print(row)
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The run folder "+row.Name+" cannot be read", err.Error())
		return
	}
	c.render(w, r, http.StatusOK, "run", parts.Word+": "+row.Name, runView{row, parts, c.stopped(row.Name)})
}

// rowOf finds the row that an address is about, as it is on the disk now.
func (c *Console) rowOf(w http.ResponseWriter, r *http.Request) (Row, bool) {
	name := r.PathValue("name")
	row, ok := c.store.row(name)
	if ok {
		if info, err := c.store.root.Lstat(path.Join(row.Name, reports.RunFile)); err == nil {
			row.Size, row.Modified = info.Size(), info.ModTime().UnixNano()
		}
		return row, true
	}
	c.store.look(10 * time.Second)
	if row, ok = c.store.row(name); !ok {
		c.problem(w, r, http.StatusNotFound, "There is no such run", errNoRun.Error()+".")
	}
	return row, ok
}

type causesView struct {
	Row       Row
	Explained causes.Explained
	Percent   int
	Causes    []causeRow
}

type causeRow struct {
	Sentence, Harm string
	Findings       int
	Checks         []string
	Example        result.Finding
}

// causes lists what the findings of a run have in common.
func (c *Console) causes(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.loaded(w, r)
	if !ok {
		return
	}
	explained, names := causes.Explain(run), causes.NewNames(run)
	v := causesView{Row: row, Explained: explained, Percent: explained.Percent()}
	for _, one := range explained.Causes {
		v.Causes = append(v.Causes, causeRow{
			Sentence: names.Sentence(one), Harm: one.Harm, Findings: one.Findings, Checks: one.Checks, Example: one.Example,
		})
	}
	c.render(w, r, http.StatusOK, "causes", "Causes: "+row.Name, v)
}

type findingsView struct {
	Row                    Row
	System, Check, Rule, Q string
	Rows                   []findingRow
	Pager                  pager
	Systems, Checks, Rules []string
}

type findingRow struct {
	Check, Scope string
	Status       result.Status
	result.Finding
	Links []exchangeLink
}

type exchangeLink struct{ ID, URL string }

// findings lists every finding of a run.
func (c *Console) findings(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.loaded(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	v := findingsView{Row: row, System: q.Get("system"), Check: q.Get("check"), Rule: q.Get("rule"), Q: q.Get("q")}
	systems, checks, rules := map[string]bool{}, map[string]bool{}, map[string]bool{}
	needle := strings.ToLower(v.Q)
	var taken []findingRow
	for _, one := range run.Results {
		for _, f := range one.Findings {
			systems[one.Scope.System], checks[one.Check], rules[f.Rule] = true, true, true
			if v.System != "" && one.Scope.System != v.System || v.Check != "" && one.Check != v.Check || v.Rule != "" && f.Rule != v.Rule ||
				needle != "" && !strings.Contains(strings.ToLower(f.Message+" "+f.Path+" "+f.Actual), needle) {
				continue
			}
			taken = append(taken, findingRow{Check: one.Check, Scope: one.Scope.String(), Status: one.Status, Finding: f})
		}
	}
	v.Rows, v.Pager = paged(r, taken)
	for i := range v.Rows {
		for _, id := range v.Rows[i].Exchanges {
			v.Rows[i].Links = append(v.Rows[i].Links, exchangeLink{id, runURL(row.Name, "exchange", id)})
		}
	}
	v.Systems, v.Checks, v.Rules = choices(systems), choices(checks), choices(rules)
	c.render(w, r, http.StatusOK, "findings", "Findings: "+row.Name, v)
}

type exchangeView struct {
	Row      Row
	Record   evidence.Record
	Curl     string
	Headers  []string
	Body     shownBody
	Damage   string
	Findings []findingRow
	BodyURL  string
	// First is the number of the first marked line.
	First int
}

// exchange shows a recorded exchange, with what findings are about marked in the answer.
func (c *Console) exchange(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.loaded(w, r)
	if !ok {
		return
	}
	id := r.PathValue("id")
	record, body, err := c.recorded(row, id)
	if err != nil && record.ID == "" {
		status := http.StatusUnprocessableEntity
		if errors.Is(err, evidence.ErrNotFound) {
			status = http.StatusNotFound
		}
		c.problem(w, r, status, "The exchange "+id+" cannot be shown", err.Error())
		return
	}
	v := exchangeView{Row: row, Record: record, Curl: record.Curl(), BodyURL: runURL(row.Name, "exchange", id, "body")}
	if err != nil {
		v.Damage = err.Error()
	}
	var about []result.Finding
	for _, one := range run.Results {
		for _, f := range one.Findings {
			if slices.Contains(f.Exchanges, id) {
				about = append(about, f)
				if len(v.Findings) < perPage {
					v.Findings = append(v.Findings, findingRow{Check: one.Check, Scope: one.Scope.String(), Status: one.Status, Finding: f})
				}
			}
		}
	}
	if reply := record.Reply; reply != nil && err == nil {
		for _, name := range slices.Sorted(maps.Keys(reply.Header)) {
			v.Headers = append(v.Headers, name+": "+strings.Join(reply.Header[name], ", "))
		}
		v.Body = show(body, about)
		if at := slices.IndexFunc(v.Body.Lines, func(l bodyLine) bool { return l.Marked }); at >= 0 {
			v.First = v.Body.Lines[at].Number
		}
	}
	c.render(w, r, http.StatusOK, "exchange", "Exchange "+id+": "+row.Name, v)
}

// recorded reads an exchange and its body. With a record and an error, the body is damaged.
func (c *Console) recorded(row Row, id string) (evidence.Record, string, error) {
	log, err := c.store.exchanges(row.Name)
	if err != nil {
		return evidence.Record{}, "", err
	}
	defer log.Close() //nolint:errcheck // it is only read
	record, err := log.Find(id)
	if err != nil {
		return evidence.Record{}, "", err
	}
	body, err := log.Body(record)
	return record, body, err
}

// exchangeBody gives the body of an answer as a file: it is never a page, whatever it says it is.
func (c *Console) exchangeBody(w http.ResponseWriter, r *http.Request) {
	row, ok := c.rowOf(w, r)
	if !ok {
		return
	}
	_, body, err := c.recorded(row, r.PathValue("id"))
	if err != nil {
		c.problem(w, r, http.StatusNotFound, "The body cannot be given", err.Error())
		return
	}
	asFile(w, "body-"+r.PathValue("id")+".txt", "text/plain; charset=utf-8", []byte(body))
}

// asFile answers with a file to be kept.
func asFile(w http.ResponseWriter, name, kind string, content []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", url.PathEscape(name)))
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	_, _ = w.Write(content) //nolint:gosec // a file to keep, never a page: no browser obeys it
}

// reportFile gives the static report, printed again from run.json.
func (c *Console) reportFile(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.loaded(w, r)
	if !ok {
		return
	}
	decided, err := c.decided(r.Context(), row)
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The decisions about the run cannot be read", err.Error())
		return
	}
	page, err := reports.Page(run, reports.Options{Decisions: decided})
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The report cannot be printed", err.Error())
		return
	}
	asFile(w, strings.ReplaceAll(row.Name, "/", "-")+"-report.html", "text/html; charset=utf-8", page)
}

// file gives a file of a run folder as it is.
func (c *Console) file(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		row, ok := c.rowOf(w, r)
		if !ok {
			return
		}
		text, err := c.store.read(path.Join(row.Name, name), mostRun)
		if err != nil {
			c.problem(w, r, http.StatusNotFound, "The run folder has no "+name, err.Error())
			return
		}
		asFile(w, strings.ReplaceAll(row.Name, "/", "-")+"-"+name, kind, text)
	}
}
