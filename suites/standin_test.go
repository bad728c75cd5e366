package suites_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/contract"
)

// twist is one way in which a system behaves otherwise than the mock behind it.
type twist struct {
	name string
	// ask changes the parameters of a search of a type; post says that they came in a body.
	ask func(resourceType string, parameters url.Values, post bool)
	// path changes where a request goes.
	path func(path string) string
	// answer changes an answer that is a JSON object.
	answer func(q question, answer map[string]any)
	// text changes the text of an answer, whatever it is, and its headers.
	text func(q question, header http.Header, body []byte) []byte
	// write takes over the writing of the answer.
	write func(w http.ResponseWriter, q question, status int, header http.Header, body []byte)
}

// question is what was asked: the type of a search ("" for anything else), the parameters, and the request.
type question struct {
	resourceType string
	parameters   url.Values
	request      *http.Request
}

// standIn stands between Concord and one mock, and answers as the twist says.
type standIn struct {
	twist   atomic.Pointer[twist]
	behind  string
	address string
}

func newStandIn(t *testing.T, behind string) *standIn {
	t.Helper()
	s := &standIn{behind: behind}
	s.twist.Store(&twist{})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = strings.TrimPrefix(server.URL, "http://")
	return s
}

// ServeHTTP asks the mock and changes what goes there and what comes back.
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	twist := s.twist.Load()
	path, rawQuery := r.URL.EscapedPath(), r.URL.RawQuery
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, name, _ := strings.Cut(path, "/fhir/")
	name, searched := strings.CutSuffix(name, "/_search")
	q := question{request: r, parameters: r.URL.Query()}
	if name != "" && name != "metadata" && !strings.Contains(name, "/") {
		q.resourceType = name
	}
	if searched {
		q.parameters, _ = url.ParseQuery(string(sent))
	}
	if twist.ask != nil && q.resourceType != "" {
		changed, _ := url.ParseQuery(q.parameters.Encode())
		twist.ask(q.resourceType, changed, searched)
		// What is not changed is passed on letter by letter.
		if changed.Encode() != q.parameters.Encode() {
			if searched {
				sent = []byte(changed.Encode())
			} else {
				rawQuery = changed.Encode()
			}
		}
	}
	if twist.ask != nil && searched && rawQuery != "" {
		// A search by POST may have parameters in its URL too.
		inURL := r.URL.Query()
		twist.ask(q.resourceType, inURL, searched)
		if inURL.Encode() != r.URL.Query().Encode() {
			rawQuery = inURL.Encode()
		}
	}
	if twist.path != nil {
		path = twist.path(path)
	}
	target := "http://" + s.behind + path
	if rawQuery != "" {
		target += "?" + rawQuery
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, target, bytes.NewReader(sent))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	request.Host, request.Header = r.Host, r.Header.Clone()
	request.Header.Del("Accept-Encoding")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(response.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if twist.answer != nil {
		if object, err := fhir.DecodeObject(body); err == nil {
			twist.answer(q, object)
			if changed, err := json.Marshal(object); err == nil {
				body = changed
			}
		}
	}
	header := response.Header.Clone()
	header.Del("Content-Length")
	if twist.text != nil {
		body = twist.text(q, header, body)
	}
	if twist.write != nil {
		twist.write(w, q, response.StatusCode, header, body)
		return
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(body)
}

// stage is a pair of mocks of which the systems named are seen through a stand-in only.
type stage struct {
	*bench
	standIns map[string]*standIn
	// alone leaves out the systems that are seen as they are.
	alone bool
	// contract is what is searched by; nil is the contract that Concord brings.
	contract *contract.Contract
}

func newStage(t *testing.T, systems ...string) *stage {
	t.Helper()
	s := &stage{bench: newBench(t), standIns: map[string]*standIn{}}
	for _, e := range s.pair.Endpoints() {
		for _, name := range systems {
			if e.System == name {
				s.standIns[name] = newStandIn(t, e.Address)
			}
		}
	}
	return s
}

// play runs checks with a twist in force.
func (s *stage) play(t *testing.T, act twist, checks ...string) result.Run {
	t.Helper()
	for _, in := range s.standIns {
		in.twist.Store(&act)
	}
	defer func() {
		for _, in := range s.standIns {
			in.twist.Store(&twist{})
		}
	}()
	return s.run(t.Context(), t, func(c *suites.Config) {
		c.Selection.Checks, c.Contract = checks, s.contract
		for i := range c.Systems {
			if in := s.standIns[c.Systems[i].Name]; in != nil {
				c.Systems[i].ConnectTo = in.address
			}
		}
		if s.alone {
			c.Systems = slices.DeleteFunc(c.Systems, func(system suites.System) bool { return s.standIns[system.Name] == nil })
		}
	})
}

// resources calls see for every resource in an answer, and for the answer itself when it is no Bundle.
func resources(answer map[string]any, see func(resource map[string]any)) {
	if fhir.Text(answer["resourceType"]) != "Bundle" {
		see(answer)
		return
	}
	for _, entry := range fhir.Objects(answer["entry"]) {
		if resource, ok := entry["resource"].(map[string]any); ok {
			see(resource)
		}
	}
}

// searchset reports whether the answer is one page of an answer to a search.
func isSearchset(answer map[string]any) bool {
	return fhir.Text(answer["resourceType"]) == "Bundle" && fhir.Text(answer["type"]) == "searchset"
}

// everyPage changes every page of an answer to a search.
func everyPage(name string, change func(q question, page map[string]any)) twist {
	return twist{name: name, answer: func(q question, answer map[string]any) {
		if isSearchset(answer) {
			change(q, answer)
		}
	}}
}
