package hostile

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/internal/fhir"
)

// Options say what is wrapped.
type Options struct {
	// Base is the path of the FHIR base, "/fhir".
	Base string
	// Except says of a request that it is answered as ever, such as one of the neighbour's; nil means of none.
	Except func(*http.Request) bool
}

// Wrap puts behaviours in front of a handler, in the order of the settings. It fails for a name that there is not.
func Wrap(handler http.Handler, options Options, settings ...Setting) (http.Handler, error) {
	w := &wrapped{handler: handler, options: options}
	for _, setting := range settings {
		behaviour, ok := Find(setting.Name)
		if !ok {
			return nil, fmt.Errorf("unknown behaviour %q", setting.Name)
		}
		w.active = append(w.active, &active{hooks: behaviour.hooks(), setting: setting})
	}
	return w, nil
}

type wrapped struct {
	handler http.Handler
	options Options
	active  []*active
	// people are the ids of a person's Patients, by NHS number, once they were looked up.
	people sync.Map
}

// active is a behaviour in force.
type active struct {
	hooks   hooks
	setting Setting
	seen    atomic.Int64
}

// ServeHTTP answers as the behaviours in force do.
func (w *wrapped) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if w.options.Except != nil && w.options.Except(r) {
		w.handler.ServeHTTP(out, r)
		return
	}
	x := NewExchange(r.Clone(r.Context()), w.options.Base)
	x.readForm()
	x.behind = func(path string) *Exchange { return w.behind(r, path) }
	var concerned []*active
	for _, a := range w.active {
		if w.concerns(a, x) {
			x.number = int(a.seen.Add(1))
			concerned = append(concerned, a)
			if a.hooks.instead != nil && a.hooks.instead(out, x) {
				return
			}
		}
	}
	for _, a := range concerned {
		if a.hooks.ask != nil && x.search() {
			x.change(func(parameters url.Values) { a.hooks.ask(x, parameters) })
		}
		if a.hooks.request != nil {
			a.hooks.request(x)
		}
	}
	w.answer(x)
	var write func(http.ResponseWriter, *Exchange)
	for _, a := range concerned {
		if a.hooks.answer != nil {
			a.hooks.answer(x)
		}
		if a.hooks.write != nil {
			write = a.hooks.write
		}
	}
	if write == nil {
		write = plain
	}
	write(out, x)
}

// answer has the handler answer.
func (w *wrapped) answer(x *Exchange) {
	kept := &keeper{header: http.Header{}, status: http.StatusOK}
	w.handler.ServeHTTP(kept, x.Request)
	x.Status, x.Header, x.stored = kept.status, kept.header, kept.body.Bytes()
	x.SetBody(x.stored)
	x.Header.Del("Content-Length")
}

// behind asks the handler for something of its own.
func (w *wrapped) behind(r *http.Request, path string) *Exchange {
	again := r.Clone(r.Context())
	again.Method, again.Body, again.ContentLength = http.MethodGet, http.NoBody, 0
	address, err := url.Parse(w.options.Base + "/" + path)
	if err != nil {
		return &Exchange{Status: http.StatusBadRequest, Header: http.Header{}}
	}
	again.URL = address
	x := NewExchange(again, w.options.Base)
	w.answer(x)
	return x
}

// concerns reports whether a behaviour is about a request.
func (w *wrapped) concerns(a *active, x *Exchange) bool {
	if a.setting.Type != "" && x.Type() != a.setting.Type {
		return false
	}
	return a.setting.Patient == "" || w.about(x, a.setting.Patient)
}

// about reports whether a request names a person, by NHS number or by the id of a Patient, or reads what is theirs.
func (w *wrapped) about(x *Exchange, number string) bool {
	ids := w.patients(x, number)
	for name, values := range x.Parameters {
		base, _, _ := strings.Cut(name, ":")
		base, _, _ = strings.Cut(base, ".")
		for _, value := range values {
			if strings.Contains(value, number) {
				return true
			}
			if last := value[strings.LastIndexByte(value, '/')+1:]; (base == "patient" || base == "subject" || base == "_id") && slices.Contains(ids, last) {
				return true
			}
		}
	}
	if x.Type() == "Patient" && len(x.Segments) > 1 {
		return slices.Contains(ids, x.Segments[1])
	}
	if !x.read() {
		return false
	}
	stored := string(x.behind(strings.Join(x.Segments, "/")).Body())
	return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(stored, `Patient/`+id+`"`) })
}

// patients are the ids of the person's Patients.
func (w *wrapped) patients(x *Exchange, number string) []string {
	if known, ok := w.people.Load(number); ok {
		ids, _ := known.([]string)
		return ids
	}
	var ids []string
	found := x.behind("Patient?identifier=" + url.QueryEscape(fhir.NHSNumberSystem+"|"+number))
	if object, err := fhir.DecodeObject(found.Body()); err == nil {
		for _, entry := range fhir.Entries(fhir.Resource(object)) {
			ids = append(ids, entry.Resource.ID())
		}
	}
	if len(ids) > 0 {
		w.people.Store(number, ids)
	}
	return ids
}

// plain writes an answer as it is.
func plain(w http.ResponseWriter, x *Exchange) {
	maps.Copy(w.Header(), x.Header)
	if x.Status != http.StatusNoContent && x.Status != http.StatusNotModified && w.Header().Get("Content-Length") == "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(x.Body())))
	}
	w.WriteHeader(x.Status)
	if x.Request.Method != http.MethodHead && x.Status != http.StatusNotModified && x.Status != http.StatusNoContent {
		_, _ = w.Write(x.Body())
	}
}

// keeper keeps what a handler answers.
type keeper struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's header.
func (k *keeper) Header() http.Header { return k.header }

// WriteHeader keeps the status.
func (k *keeper) WriteHeader(status int) { k.status = status }

// Write keeps a part of the body.
func (k *keeper) Write(part []byte) (int, error) { return k.body.Write(part) }
