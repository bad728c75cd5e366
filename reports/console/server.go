package console

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

//go:embed template static
var files embed.FS

// Options say what a console serves and to whom.
type Options struct {
	// Dir is the directory of the run folders.
	Dir string
	// Access says who is let in; where neither it nor a Provider is given, everybody who can reach the
	// console may do everything, which is for loopback alone.
	Access *Access
	// Provider says who somebody is whom no token names; nil where there is none.
	Provider *Provider
	// Secure says that pages are served over TLS, so that cookies need it.
	Secure bool
	// Clock is the time; it must not be nil.
	Clock func() time.Time
	// Starter starts runs; nil where none can be started.
	Starter Starter
	// Key signs what people decide about runs; nil where nothing can be signed.
	Key *pack.Key
	// Build names the build of Concord.
	Build string
}

// Console serves the pages. It is safe for concurrent use.
type Console struct {
	options  Options
	store    *store
	audit    *audit
	sessions *sessions
	limit    *limiter
	entering *limiter
	// returning limits who comes back from a provider, which is then asked about them; seal keeps what they were sent with.
	returning *limiter
	seal      cipher.AEAD
	formKey   []byte
	pages     map[string]*template.Template
	style     []byte
	script    []byte
	// ofReport is the script of the report, which the page of a run needs.
	ofReport []byte
	shown    *shownRuns
	queue    *queue
	// deciding is held while a decision is signed and written.
	deciding sync.Mutex
	// rehearsing is held while a run is judged again under something else.
	rehearsing sync.Mutex
	handler    http.Handler
	// streams counts the pages that are kept up to date; ending tells them that the console ends.
	streams atomic.Int64
	ending  chan struct{}
	ended   sync.Once
}

// New opens a directory. Close must be called when it is no longer served.
func New(options Options) (*Console, error) {
	opened, err := openStore(options.Dir, options.Clock)
	if err != nil {
		return nil, err
	}
	c := &Console{
		options: options, store: opened, audit: &audit{root: opened.root}, sessions: newSessions(options.Clock),
		limit: newLimiter(options.Clock, 50, 200), entering: newLimiter(options.Clock, 0.1, 5), returning: newLimiter(options.Clock, 1, 20), formKey: make([]byte, 32),
		shown: newShownRuns(opened), ending: make(chan struct{}),
	}
	_, _ = rand.Read(c.formKey) // it never fails: see its documentation
	if c.seal, err = sealing(); err != nil {
		return nil, err
	}
	if c.pages, err = readPages(); err != nil {
		return nil, err
	}
	if err := c.readAssets(); err != nil {
		return nil, err
	}
	c.queue = newQueue(c)
	c.handler = c.guarded(c.routes())
	return c, nil
}

// readPages reads the templates: one for each page, with the layout around it.
func readPages() (map[string]*template.Template, error) {
	all, err := template.New("").Funcs(template.FuncMap{
		"outcome": reports.OutcomeWord, "status": reports.StatusWord, "counts": reports.CountsText, "runURL": runURL, "day": day, "line": reports.OneLine,
	}).ParseFS(files, "template/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, one := range all.Templates() {
		name, ok := strings.CutSuffix(one.Name(), ".html")
		if !ok || name == "layout" {
			continue
		}
		page, err := all.Clone()
		if err == nil {
			_, err = page.AddParseTree("content", one.Tree)
		}
		if err != nil {
			return nil, err
		}
		pages[name] = page.Lookup("layout.html")
	}
	return pages, nil
}

// Close lets go of the directory and stops the runs that were started here.
func (c *Console) Close() error {
	c.EndStreams()
	c.queue.close()
	c.shown.ahead.Wait()
	return c.store.close()
}

// EndStreams ends the streams of events, so that a server can shut down.
func (c *Console) EndStreams() { c.ended.Do(func() { close(c.ending) }) }

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

func (c *Console) readAssets() error {
	style, err := reports.Style()
	if err != nil {
		return err
	}
	own, err := files.ReadFile("static/console.css")
	if err != nil {
		return err
	}
	c.style = bytes.Join([][]byte{style, own}, []byte("\n"))
	if c.script, err = files.ReadFile("static/console.js"); err != nil {
		return err
	}
	if c.ofReport, err = reports.Script(); err != nil {
		return err
	}
	return nil
}

func (c *Console) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.runs)
	mux.HandleFunc("GET /style.css", c.asset("text/css; charset=utf-8", func() []byte { return c.style }))
	mux.HandleFunc("GET /script.js", c.asset("text/javascript; charset=utf-8", func() []byte { return c.script }))
	mux.HandleFunc("GET /report.js", c.asset("text/javascript; charset=utf-8", func() []byte { return c.ofReport }))
	mux.HandleFunc("GET /enter", c.enterPage)
	mux.HandleFunc("POST /enter", c.enter)
	mux.HandleFunc("GET /enter/provider", c.begin)
	mux.HandleFunc("GET "+BackPath, c.back)
	mux.HandleFunc("GET /enter/done", c.done)
	mux.HandleFunc("POST /leave", c.leave)
	mux.HandleFunc("GET /run/{name}", c.run)
	mux.HandleFunc("GET /run/{name}/causes", c.causes)
	mux.HandleFunc("GET /run/{name}/findings", c.findings)
	mux.HandleFunc("GET /run/{name}/exchange/{id}", c.exchange)
	mux.HandleFunc("GET /run/{name}/exchange/{id}/body", c.exchangeBody)
	mux.HandleFunc("GET /run/{name}/decisions", c.decisions)
	mux.HandleFunc("POST /run/{name}/decisions", c.decide)
	mux.HandleFunc("POST /run/{name}/decisions/withdraw", c.withdraw)
	mux.HandleFunc("GET /run/{name}/report.html", c.reportFile)
	mux.HandleFunc("GET /run/{name}/run.json", c.file(reports.RunFile, "application/json"))
	mux.HandleFunc("GET /run/{name}/junit.xml", c.file(reports.JUnitFile, "application/xml"))
	mux.HandleFunc("GET /watch/{name}", c.watch)
	mux.HandleFunc("GET /watch/{name}/events", c.events)
	mux.HandleFunc("POST /watch/{name}/cancel", c.cancel)
	mux.HandleFunc("POST /watch/{name}/attest", c.attest)
	mux.HandleFunc("GET /start", c.startPage)
	mux.HandleFunc("POST /start", c.start)
	mux.HandleFunc("POST /resume", c.resume)
	mux.HandleFunc("GET /run/{name}/rejudge", c.rejudgePage)
	mux.HandleFunc("POST /run/{name}/rejudge", c.rejudge)
	mux.HandleFunc("GET /compare", c.compare)
	mux.HandleFunc("GET /system/{system}", c.system)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.problem(w, r, http.StatusNotFound, "There is no such page", "The address leads nowhere. The list of runs has everything.")
	})
	return mux
}

// asset serves a file of our own.
func (c *Console) asset(kind string, content func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "max-age=300")
		_, _ = w.Write(content())
	}
}

// policy lets a page load its own style and script, send forms to itself, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mostForm is the largest form that is read, in bytes.
const mostForm = 64 << 10

// guarded stands before every route.
func (c *Console) guarded(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.problem(w, r, http.StatusForbidden, "This was not sent from a page of this console", "Another site tried to have something done here. Nothing was done.")
	}))
	inner := origin.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.admit(w, r, next) }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
			"Permissions-Policy": "camera=(), microphone=(), geolocation=()",
		} {
			h.Set(name, value)
		}
		if c.options.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !c.asksWho() && !loopbackHost(r.Host) {
			// A name that somebody else's DNS leads here: what its pages may do, this console must not.
			http.Error(w, "This console answers to names of this machine alone.", http.StatusMisdirectedRequest)
			return
		}
		if !c.limit.allow(client(r)) {
			h.Set("Retry-After", "5")
			http.Error(w, "Too many requests: wait a few seconds.", http.StatusTooManyRequests)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
				http.Error(w, "Nothing but forms is taken.", http.StatusUnsupportedMediaType)
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		}
		inner.ServeHTTP(w, r)
	})
}

// loopbackHost reports whether a Host header names this machine.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// client is whom a rate limit counts: the address that the request came from.
func client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// runURL is the address of a page of a run.
func runURL(name string, rest ...string) string {
	address := "/run/" + url.PathEscape(name)
	for _, part := range rest {
		address += "/" + url.PathEscape(part)
	}
	return address
}

func day(t time.Time) string {
	if t.IsZero() {
		return "not stated"
	}
	return t.Format("2 January 2006, 15:04 MST")
}

// view is what every page has.
type view struct {
	Title  string
	Person Person
	// Signed says that the person signed in and can sign out.
	Signed bool
	// Form is what every form must send back.
	Form    string
	Build   string
	CanRun  bool
	CanSign bool
	// Reload is after how many seconds a page without script is asked for again; 0 for never.
	Reload int
	Page   any
}

// render prints a page. A fault while printing is never half a page.
func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, name, title string, page any) {
	c.renderReloading(w, r, status, name, title, page, 0)
}

func (c *Console) renderReloading(w http.ResponseWriter, r *http.Request, status int, name, title string, page any, reload int) {
	person, signed := personOf(r)
	v := view{
		Title: reports.OneLine(title), Person: person, Signed: signed, Form: c.formToken(r), Build: c.options.Build, Page: page, Reload: reload,
		CanRun: c.options.Starter != nil && person.May(Runner), CanSign: person.May(Signer),
	}
	var b bytes.Buffer
	err := c.pages[name].Execute(&b, v)
	if err != nil {
		http.Error(w, "This page could not be printed.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// problem says what went wrong on a page.
func (c *Console) problem(w http.ResponseWriter, r *http.Request, status int, title, sentence string) {
	c.render(w, r, status, "problem", title, struct{ Title, Sentence string }{title, reports.OneLine(sentence)})
}

// loaded finds the run that a request is about, or says on a page why there is none.
func (c *Console) loaded(w http.ResponseWriter, r *http.Request) (Row, result.Run, bool) {
	row, run, err := c.find(r.PathValue("name"))
	if errors.Is(err, errNoRun) {
		c.problem(w, r, http.StatusNotFound, "There is no such run", err.Error()+".")
		return row, run, false
	}
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The run folder "+row.Name+" cannot be read", err.Error())
		return row, run, false
	}
	return row, run, true
}

// find returns a run by the name of its folder.
func (c *Console) find(name string) (Row, result.Run, error) {
	row, ok := c.store.row(name)
	if !ok {
		c.store.look(10 * time.Second)
		if row, ok = c.store.row(name); !ok {
			return row, result.Run{}, errNoRun
		}
	}
	run, err := c.shown.run(row)
	return row, run, err
}
