package hostile

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

// writeBehaviours are what servers do with what is written to them. Only a run that may write can notice.
func writeBehaviours() []Behaviour {
	fault := func(name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: REST, Kind: Fault, Title: title, Check: check, Rule: rule, Writes: true, hooks: hooks}
	}
	legal := func(name, title string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: REST, Kind: Legal, Title: title, Writes: true, hooks: hooks}
	}
	asked := func(change func(x *Exchange)) func() hooks {
		return func() hooks { return hooks{request: change} }
	}
	located := func(change func(location string) string) func() hooks {
		return answering(func(x *Exchange) {
			location := x.Header.Get("Location")
			switch {
			case location == "" || x.Status >= http.StatusMultipleChoices:
			case change(location) == "":
				x.Header.Del("Location")
			default:
				x.Header.Set("Location", change(location))
			}
		})
	}
	refusing := func(method string, segments, status int) func() hooks {
		return func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Request.Method != method || len(x.Segments) != segments {
					return false
				}
				x.set(status, fhirJSON, outcome("not-supported", "this is not offered"))
				plain(w, x)
				return true
			}}
		}
	}
	return []Behaviour{
		fault("location-missing", "a create does not say where", "CAP-WRITE-CREATE", "location-missing", located(func(string) string { return "" })),
		fault("location-relative", "Location after a create is relative, without a slash", "CAP-WRITE-CREATE", "location-relative", located(func(location string) string {
			if at := strings.Index(location, "/fhir/"); at >= 0 {
				return location[at+len("/fhir/"):]
			}
			return location
		})),
		fault("location-without-history", "Location after a create has no version", "CAP-WRITE-CREATE", "location-version", located(func(location string) string {
			before, _, _ := strings.Cut(location, "/_history")
			return before
		})),
		fault("location-elsewhere", "Location after a create names another resource", "CAP-WRITE-CREATE", "location-elsewhere", located(func(location string) string {
			before, version, _ := strings.Cut(location, "/_history")
			return before[:strings.LastIndexByte(before, '/')+1] + "somebody-else/_history" + version
		})),
		fault("write-without-etag", "the answer to a write has no ETag", "CAP-WRITE-TAGS", "write-etag-missing", answering(func(x *Exchange) {
			if x.writing() {
				x.Header.Del("ETag")
			}
		})),
		fault("write-keeps-little", "a part of what is written is dropped in silence", "CAP-WRITE-READ", "write-changed", asked(func(x *Exchange) {
			if x.writing() {
				x.rewrite(func(resource map[string]any) {
					delete(resource, "code")
					delete(resource, "name")
				})
			}
		})),
		fault("create-ignored", "a create is answered as one that was made, and nothing was", "CAP-WRITE-READ", "write-lost", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Request.Method != http.MethodPost || len(x.Segments) != 1 {
					return false
				}
				x.set(http.StatusCreated, "", "")
				x.Header.Set("Location", "http://ccr.mock.test/fhir/"+x.Type()+"/never-made/_history/1")
				plain(w, x)
				return true
			}}
		}),
		fault("update-ignored", "an update is answered as one that was made, and nothing was", "CAP-WRITE-UPDATE", "update-lost", asked(func(x *Exchange) {
			if x.Request.Method == http.MethodPut && len(x.Segments) == 2 && x.Request.Header.Get("If-Match") == "" {
				x.Request.Method = http.MethodGet
			}
		})),
		fault("if-match-ignored", "an update of a version that is no longer current is made", "CAP-WRITE-MATCH", "if-match-ignored", asked(func(x *Exchange) { x.Request.Header.Del("If-Match") })),
		fault("other-id-taken", "an update whose body has another id than its URL is made", "CAP-WRITE-ID", "other-id-taken", asked(func(x *Exchange) {
			if x.Request.Method == http.MethodPut && len(x.Segments) == 2 {
				x.rewrite(func(resource map[string]any) { resource["id"] = x.Segments[1] })
			}
		})),
		fault("wrong-method-taken", "an update that names no resource makes one", "CAP-WRITE-METHOD", "wrong-method-taken", asked(func(x *Exchange) {
			if x.Request.Method == http.MethodPut && len(x.Segments) == 1 && x.Request.URL.RawQuery == "" {
				x.Request.Method = http.MethodPost
			}
		})),
		fault("wrong-method-is-500", "a method that is not offered is answered with status 500", "CAP-WRITE-METHOD", "error-status", answering(func(x *Exchange) {
			if x.Status == http.StatusMethodNotAllowed {
				x.set(http.StatusInternalServerError, fhirJSON, outcome("exception", "no handler"))
			}
		})),
		fault("wrong-media-taken", "a body in a type of media that is none of FHIR's is taken", "CAP-WRITE-MEDIA", "wrong-media-taken", asked(func(x *Exchange) {
			if x.Request.Method == http.MethodPost && len(x.Segments) == 1 {
				x.Request.Header.Set("Content-Type", "application/fhir+json")
			}
		})),
		fault("none-exist-ignored", "If-None-Exist is ignored", "CAP-WRITE-ONCE", "none-exist-ignored", asked(func(x *Exchange) { x.Request.Header.Del("If-None-Exist") })),
		fault("conditional-update-creates", "an update by a search makes another resource", "CAP-WRITE-UPSERT", "conditional-update-creates", asked(func(x *Exchange) {
			if x.Request.Method == http.MethodPut && len(x.Segments) == 1 && x.Request.URL.RawQuery != "" {
				address := *x.Request.URL
				address.RawQuery = ""
				x.Request.Method, x.Request.URL = http.MethodPost, &address
			}
		})),
		fault("delete-ignored", "a delete is answered as one that was made, and nothing was", "CAP-WRITE-DELETE", "delete-lost", func() hooks {
			const was = "X-Was-Delete"
			return hooks{
				request: func(x *Exchange) {
					x.Request.Header.Del(was)
					if x.Request.Method == http.MethodDelete {
						x.Request.Method = http.MethodGet
						x.Request.Header.Set(was, "yes")
					}
				},
				answer: func(x *Exchange) {
					if x.Request.Header.Get(was) != "" && x.whole() {
						x.set(http.StatusNoContent, "", "")
					}
				},
			}
		}),
		fault("stale-search-after-write", "a search by identifier is answered from a cache that a write leaves as it is", "CAP-WRITE-CACHE", "stale-cache", staleAfterWrite),
		fault("stale-total-after-delete", "after a delete a search has a total of 1 and no entry, until Cache-Control: no-cache asks for the truth", "CAP-WRITE-CACHE", "stale-cache", staleTotal),
		legal("creates-alone", "one resource at a time is created, under an id that the server chooses: no Bundles, no update that creates", creates),
		legal("creates-refused", "creates are declared and refused, because more is wanted of them", refusing(http.MethodPost, 1, http.StatusUnprocessableEntity)),
		legal("delete-is-200", "a delete is 200 with an OperationOutcome, and a read then 404", answering(func(x *Exchange) {
			switch {
			case x.Request.Method == http.MethodDelete && x.Status == http.StatusNoContent:
				x.set(http.StatusOK, fhirJSON, strings.Replace(outcome("informational", "deleted"), `"error"`, `"information"`, 1))
			case x.read() && x.Status == http.StatusGone:
				x.set(http.StatusNotFound, fhirJSON, outcome("not-found", "there is none"))
			}
		})),
		legal("write-answers-nothing", "the answer to a write has no body", answering(func(x *Exchange) {
			if x.writing() {
				x.set(x.Status, "", "")
			}
		})),
	}
}

// writing reports whether a request creates or updates a resource, and whether it was taken once there is an answer.
func (x *Exchange) writing() bool {
	method := x.Request.Method
	return x.Type() != "" && !x.posted() && (method == http.MethodPost || method == http.MethodPut) && x.Status < http.StatusMultipleChoices
}

// rewrite changes the resource in the body of a request.
func (x *Exchange) rewrite(with func(resource map[string]any)) {
	body, err := io.ReadAll(io.LimitReader(x.Request.Body, maxForm))
	if err != nil {
		return
	}
	if resource, err := fhir.DecodeObject(body); err == nil {
		with(resource)
		if changed, err := json.Marshal(resource); err == nil {
			body = changed
		}
	}
	x.Request.Body, x.Request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// identified reports whether it is a search by identifier that a cache may answer.
func (x *Exchange) identified() bool {
	return x.search() && x.has("identifier") && x.whole() && !strings.Contains(x.Request.Header.Get("Cache-Control"), "no-cache")
}

// staleAfterWrite keeps the answers to searches by identifier.
func staleAfterWrite() hooks {
	var kept sync.Map
	return hooks{answer: func(x *Exchange) {
		if !x.identified() {
			return
		}
		if known, ok := kept.LoadOrStore(x.Request.URL.RequestURI()+"&"+url.Values(x.form).Encode(), bytes.Clone(x.Body())); ok {
			body, _ := known.([]byte)
			x.SetBody(body)
		}
	}}
}

// staleTotal keeps that a search by identifier once found something.
func staleTotal() hooks {
	var found sync.Map
	return hooks{answer: func(x *Exchange) {
		if !x.identified() {
			return
		}
		search := x.Request.URL.RequestURI() + "&" + url.Values(x.form).Encode()
		x.bundle(func(bundle map[string]any) {
			if len(fhir.List(bundle["entry"])) > 0 {
				found.Store(search, true)
			} else if _, once := found.Load(search); once {
				bundle["total"] = 1
			}
		})
	}}
}

// creates takes one resource in a request and chooses its id: no Bundles, and no update of what it does not know. It knows what it
// has made, and what it was asked for.
func creates() hooks {
	var known sync.Map
	return hooks{
		instead: func(w http.ResponseWriter, x *Exchange) bool {
			method, status := x.Request.Method, 0
			switch {
			case method == http.MethodPost && len(x.Segments) == 0:
				status = http.StatusNotFound
			case method == http.MethodPut && len(x.Segments) == 2:
				if _, there := known.Load(strings.Join(x.Segments, "/")); !there {
					status = http.StatusMethodNotAllowed
				}
			}
			if status == 0 {
				return false
			}
			x.set(status, fhirJSON, outcome("not-supported", "this is not offered"))
			plain(w, x)
			return true
		},
		answer: func(x *Exchange) {
			switch {
			case x.metadata():
				x.alter(func(statement map[string]any) {
					for _, rest := range fhir.Objects(statement["rest"]) {
						delete(rest, "interaction")
						for _, resource := range fhir.Objects(rest["resource"]) {
							resource["updateCreate"] = false
						}
					}
				})
			case x.writing():
				if made, ok := fhir.ParseReference(x.Header.Get("Location")); ok {
					known.Store(made.Relative(), true)
				}
			case x.read() && x.whole():
				known.Store(strings.Join(x.Segments, "/"), true)
			}
		},
	}
}
