package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Exchange is a request and its answer, as a behaviour sees and changes them.
type Exchange struct {
	// Request is the request as it is given to the handler.
	Request *http.Request
	// Segments are the parts of the path below the base; the first is a resource type as a rule.
	Segments []string
	// Parameters are those of a search, of its URL and of its form.
	Parameters url.Values
	// Status and Header are the answer's, beside its body.
	Status int
	Header http.Header

	// text is the body, and object what it says, where a behaviour changed that; unwritten is that text does not say it yet: it is
	// written once somebody wants it.
	text      []byte
	object    map[string]any
	unwritten bool
	// stored is the body before any behaviour changed it.
	stored []byte
	// asked is the query of the URL as the client wrote it.
	asked string
	// base is where the path of the FHIR base ends, "/fhir".
	base string
	// form are the parameters of a search by POST.
	form url.Values
	// behind asks the handler something more.
	behind func(path string) *Exchange
	// number counts the requests that the behaviour was about, from 1.
	number int
}

// NewExchange reads a request to a server whose base path is base.
func NewExchange(r *http.Request, base string) *Exchange {
	x := &Exchange{Request: r, base: base, Parameters: r.URL.Query(), Header: http.Header{}, asked: r.URL.RawQuery}
	if rest := strings.Trim(strings.TrimPrefix(r.URL.Path, base), "/"); rest != "" {
		x.Segments = strings.Split(rest, "/")
	}
	return x
}

// maxForm bounds the form of a search that is read.
const maxForm = 1 << 20

// readForm reads the parameters of a search by POST, and leaves the request as it was.
func (x *Exchange) readForm() {
	if !x.posted() || x.Request.Body == nil {
		return
	}
	body, err := io.ReadAll(io.LimitReader(x.Request.Body, maxForm))
	if err != nil {
		return
	}
	x.Request.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return
	}
	x.form = form
	for name, values := range form {
		x.Parameters[name] = slices.Concat(x.Parameters[name], values)
	}
}

// posted reports whether it is a search by POST.
func (x *Exchange) posted() bool {
	return x.Request.Method == http.MethodPost && len(x.Segments) == 2 && x.Segments[1] == "_search"
}

// Type is the resource type that is asked for, "" above it.
func (x *Exchange) Type() string {
	if len(x.Segments) == 0 || x.Segments[0] == "metadata" || strings.HasPrefix(x.Segments[0], "$") || strings.HasPrefix(x.Segments[0], "_") {
		return ""
	}
	return x.Segments[0]
}

// search reports whether it is a search of a type.
func (x *Exchange) search() bool {
	return x.Type() != "" && (x.posted() || len(x.Segments) == 1 && (x.Request.Method == http.MethodGet || x.Request.Method == http.MethodHead))
}

// read reports whether one resource is read, in its present version.
func (x *Exchange) read() bool {
	return x.Type() != "" && len(x.Segments) == 2 && !x.posted() && (x.Request.Method == http.MethodGet || x.Request.Method == http.MethodHead)
}

// metadata reports whether the CapabilityStatement is asked for.
func (x *Exchange) metadata() bool { return len(x.Segments) == 1 && x.Segments[0] == "metadata" }

// whole reports whether the answer holds what was asked for: 203 is 200 of somebody on the way who changed it (RFC 9110, section 15.3.4).
func (x *Exchange) whole() bool {
	return x.Status == http.StatusOK || x.Status == http.StatusNonAuthoritativeInfo
}

// refused reports whether the answer is an error.
func (x *Exchange) refused() bool { return x.Status >= http.StatusBadRequest }

// change lets a function change the parameters, in the URL and in the form, and writes them back.
func (x *Exchange) change(with func(url.Values)) {
	query := x.Request.URL.Query()
	with(query)
	address := *x.Request.URL
	address.RawQuery = query.Encode()
	x.Request.URL = &address
	if x.form == nil {
		return
	}
	with(x.form)
	x.setForm(x.form)
}

func (x *Exchange) setForm(form url.Values) {
	text := form.Encode()
	x.Request.Body, x.Request.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	x.Request.Header.Set("Content-Length", fmt.Sprint(len(text)))
}

// set makes an answer of it.
func (x *Exchange) set(status int, contentType, body string) {
	x.Status = status
	x.SetBody([]byte(body))
	x.Header.Del("Content-Length")
	if contentType == "" {
		x.Header.Del("Content-Type")
		return
	}
	x.Header.Set("Content-Type", contentType)
}

// Body is the text of the answer's body.
func (x *Exchange) Body() []byte {
	if x.unwritten {
		if text, err := json.Marshal(x.object); err == nil {
			x.text = text
		}
		x.unwritten = false
	}
	return x.text
}

// SetBody makes a text the answer's body.
func (x *Exchange) SetBody(text []byte) { x.text, x.object, x.unwritten = text, nil, false }

// alter has the answer's JSON object changed. What one behaviour left is the next one's to change, and neither written nor read anew.
func (x *Exchange) alter(with func(object map[string]any)) {
	object := x.left()
	if object == nil {
		var err error
		if object, err = fhir.DecodeObject(x.Body()); err != nil {
			return
		}
	}
	with(object)
	x.object, x.unwritten = object, true
}

// left is a copy of what the last behaviour left, where reading what would be written of it gives the same; otherwise nil.
func (x *Exchange) left() map[string]any {
	if x.object == nil {
		return nil
	}
	object, _ := asRead(x.object)
	same, _ := object.(map[string]any)
	return same
}

// asRead copies a value, with nothing in two places that is not so in its text. It is false of what no reader makes.
func asRead(value any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			var ok bool
			if object[name], ok = asRead(member); !ok {
				return nil, false
			}
		}
		return object, true
	case []any:
		if v == nil {
			return nil, false // written as null
		}
		list := make([]any, len(v))
		for i, member := range v {
			var ok bool
			if list[i], ok = asRead(member); !ok {
				return nil, false
			}
		}
		return list, true
	case string, json.Number, bool, nil:
		return v, true
	default:
		return nil, false
	}
}

// bundle changes a searchset. Where its type stands says nothing: whoever changed it before may have written its keys in another order.
func (x *Exchange) bundle(with func(bundle map[string]any)) {
	if !x.whole() || x.object == nil && !bytes.Contains(x.text, []byte(`"Bundle"`)) || x.object != nil && x.object["type"] != "searchset" {
		return
	}
	x.alter(func(object map[string]any) {
		if object["type"] == "searchset" {
			with(object)
		}
	})
}

// links changes the URLs of the links of a searchset; an empty one takes the link away.
func (x *Exchange) links(relation string, with func(link string) string) {
	x.bundle(func(bundle map[string]any) {
		kept := []any{}
		for _, item := range fhir.Objects(bundle["link"]) {
			if item["relation"] == relation {
				if item["url"] = with(fhir.Text(item["url"])); item["url"] == "" {
					continue
				}
			}
			kept = append(kept, item)
		}
		bundle["link"] = kept
	})
}

// entries changes the entries of a searchset.
func (x *Exchange) entries(with func(entries []any) []any) {
	x.bundle(func(bundle map[string]any) {
		entries, _ := bundle["entry"].([]any)
		if entries = with(entries); len(entries) == 0 {
			delete(bundle, "entry")
			return
		}
		bundle["entry"] = entries
	})
}

// resources changes every resource of the answer: the one that was read, or those of a Bundle.
func (x *Exchange) resources(with func(resource map[string]any)) {
	if !x.whole() || x.Type() == "" {
		return
	}
	x.alter(func(object map[string]any) {
		if object["resourceType"] != "Bundle" {
			with(object)
			return
		}
		for _, entry := range fhir.Objects(object["entry"]) {
			if resource, ok := entry["resource"].(map[string]any); ok {
				with(resource)
			}
		}
	})
}

// has reports whether a parameter is given, with or without a modifier.
func (x *Exchange) has(name string) bool {
	for given := range x.Parameters {
		if base, _, _ := strings.Cut(given, ":"); base == name {
			return true
		}
	}
	return false
}

// including reports whether includes were asked for.
func (x *Exchange) including() bool { return x.has("_include") || x.has("_revinclude") }

// included reports whether an entry of the answer is an include: the link to a later page need not repeat that includes were asked for.
func (x *Exchange) included() bool {
	found := false
	x.entries(func(entries []any) []any {
		for _, entry := range fhir.Objects(entries) {
			found = found || fhir.Get(entry, "search", "mode") == "include"
		}
		return entries
	})
	return found
}
