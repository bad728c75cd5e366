package proof

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// alteration is what a generated defect does to the answers of one system.
type alteration struct {
	// question is the text of the only question whose answer is altered, "" for every answer.
	question string
	// mark stands in every answer that can be altered.
	mark string
	// change alters an answer, and reports whether it did; nil where the question is altered.
	change func(*answer) bool
	// ask alters the parameters of a search of a type before the system is asked, and reports whether it did; nil leaves them. quietly has
	// the answer say that it is the one to the question as it was asked.
	ask     func(resourceType string, parameters url.Values) bool
	quietly bool
}

// answer is one that is about to be given.
type answer struct {
	status int
	body   map[string]any
}

// refuse makes the answer an error.
func (a *answer) refuse(status int, code, words string) {
	a.status = status
	a.body = map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": code, "diagnostics": words}}}
}

// entries are the resources of a Bundle, or the one that is read.
func (a *answer) resources() []map[string]any {
	if a.body["resourceType"] != "Bundle" {
		return []map[string]any{a.body}
	}
	var found []map[string]any
	for _, entry := range fhir.Objects(a.body["entry"]) {
		if resource, ok := entry["resource"].(map[string]any); ok {
			found = append(found, resource)
		}
	}
	return found
}

// alterer stands before a system and alters its answers. The neighbour is answered as ever.
type alterer struct {
	handler http.Handler
	act     atomic.Pointer[alteration]
}

// ServeHTTP answers as the alteration in force says.
func (a *alterer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	act := a.act.Load()
	if act == nil || mocks.FromNeighbour(r) || r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/_search") {
		a.handler.ServeHTTP(w, r)
		return
	}
	if act.question != "" {
		form, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(form))
		if err != nil || textOf(r.URL.Path, r.URL.RawQuery, string(form)) != act.question {
			a.handler.ServeHTTP(w, r)
			return
		}
	}
	if act.ask != nil {
		a.otherwise(w, r, act)
		return
	}
	kept := &keeper{header: http.Header{}, status: http.StatusOK}
	a.handler.ServeHTTP(kept, r)
	status, body := kept.status, kept.body.Bytes()
	if status == http.StatusOK && (act.mark == "" || bytes.Contains(body, []byte(act.mark))) {
		if object, err := fhir.DecodeObject(body); err == nil {
			altered := &answer{status, object}
			if act.change(altered) {
				if text, err := json.Marshal(altered.body); err == nil {
					status, body = altered.status, text
				}
			}
		}
	}
	maps.Copy(w.Header(), kept.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that does not want it any more gets no other answer
}

// answered is the answer to a request, and its Bundle where it is a searchset.
func (a *alterer) answered(r *http.Request) (*keeper, map[string]any) {
	kept := &keeper{header: http.Header{}, status: http.StatusOK}
	a.handler.ServeHTTP(kept, r)
	body, err := fhir.DecodeObject(kept.body.Bytes())
	if err != nil || kept.status != http.StatusOK || body["type"] != "searchset" {
		body = nil
	}
	return kept, body
}

// onceMore is a request with its body to be read once more.
func onceMore(r *http.Request, body []byte) *http.Request {
	same := r.Clone(r.Context())
	same.Body = io.NopCloser(bytes.NewReader(body))
	return same
}

// otherwise answers another question than the one that is asked.
func (a *alterer) otherwise(w http.ResponseWriter, r *http.Request, act *alteration) {
	if !act.quietly {
		a.handler.ServeHTTP(w, asksOtherwise(r, act.ask))
		return
	}
	form, err := io.ReadAll(r.Body)
	if err != nil {
		a.handler.ServeHTTP(w, r)
		return
	}
	kept, body := a.answered(onceMore(r, form))
	text := kept.body.Bytes()
	if _, other := a.answered(asksOtherwise(onceMore(r, form), act.ask)); body != nil && other != nil && !reflect.DeepEqual(told(body), told(other)) {
		for _, name := range []string{"entry", "total"} {
			if body[name] = other[name]; other[name] == nil {
				delete(body, name)
			}
		}
		links := fhir.List(body["link"])[:0:0]
		for _, link := range fhir.Objects(body["link"]) {
			if link["relation"] == "self" {
				links = append(links, link)
			}
		}
		for _, link := range fhir.Objects(other["link"]) {
			if link["relation"] != "self" {
				links = append(links, link)
			}
		}
		body["link"] = links
		if text, err = json.Marshal(body); err != nil {
			text = kept.body.Bytes()
		}
	}
	maps.Copy(w.Header(), kept.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(kept.status)
	_, _ = w.Write(text) // a client that does not want it any more gets no other answer
}

// told is what a Bundle says of what was found: the references, in their order, and their number.
func told(bundle map[string]any) []any {
	said := []any{bundle["total"]}
	for _, entry := range fhir.Objects(bundle["entry"]) {
		said = append(said, fhir.Text(fhir.Get(entry, "resource", "resourceType"))+"/"+fhir.Text(fhir.Get(entry, "resource", "id")), fhir.Get(entry, "search", "mode"))
	}
	return said
}

// asksOtherwise is a request with other parameters, in the URL and in the form.
func asksOtherwise(r *http.Request, ask func(string, url.Values) bool) *http.Request {
	_, below, _ := strings.Cut(r.URL.Path, "/fhir/")
	resourceType := strings.TrimSuffix(below, "/_search")
	other := r.Clone(r.Context())
	if parameters := other.URL.Query(); ask(resourceType, parameters) {
		other.URL.RawQuery = parameters.Encode()
	}
	if r.Method == http.MethodPost {
		text, err := io.ReadAll(r.Body)
		form, wrong := url.ParseQuery(string(text))
		if err == nil && wrong == nil && ask(resourceType, form) {
			text = []byte(form.Encode())
		}
		other.Body, other.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	}
	return other
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
