package hostile

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"net/http"
	"strings"

	"concord.example/concord/internal/fhir"
)

// headerBehaviours are what servers do with methods, media types and the headers of an answer.
func headerBehaviours() []Behaviour {
	row := func(kind Kind, name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: REST, Kind: kind, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	read := func(change func(x *Exchange)) func() hooks {
		return answering(func(x *Exchange) {
			if x.read() && x.whole() {
				change(x)
			}
		})
	}
	tag := func(text func(x *Exchange, old string) string) func() hooks {
		return answering(func(x *Exchange) {
			if old := x.Header.Get("ETag"); old != "" {
				x.Header.Set("ETag", text(x, old))
			}
		})
	}
	// A server with ETags of its own compares with those, and gives HEAD the one of what GET shows.
	own := func(text func(x *Exchange, old string) string) func() hooks {
		const asked = "X-Asked-None-Match"
		return func() hooks {
			return hooks{
				request: func(x *Exchange) {
					if x.Request.Header.Get("If-None-Match") != "" {
						x.Request.Header[asked] = x.Request.Header.Values("If-None-Match")
						x.Request.Header.Del("If-None-Match")
						x.Request.Header.Del("If-Modified-Since")
					}
				},
				answer: func(x *Exchange) {
					old := x.Header.Get("ETag")
					if old == "" {
						return
					}
					shown := x
					if x.Request.Method == http.MethodHead {
						shown = x.behind(strings.TrimPrefix(x.Request.URL.Path, x.base+"/")) // by the server's own id
					}
					is := text(shown, old)
					x.Header.Set("ETag", is)
					for _, unless := range x.Request.Header[asked] {
						for one := range strings.SplitSeq(unless, ",") {
							if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(is, "W/") {
								x.Status = http.StatusNotModified
								x.SetBody(nil)
							}
						}
					}
				},
			}
		}
	}
	head := func(status int) func() hooks {
		return answering(func(x *Exchange) {
			if x.Request.Method == http.MethodHead {
				x.set(status, fhirJSON, outcome("not-supported", "HEAD"))
			}
		})
	}
	media := func(text string) func() hooks {
		return answering(func(x *Exchange) {
			if strings.HasPrefix(x.Header.Get("Content-Type"), "application/fhir+json") {
				x.Header.Set("Content-Type", text)
			}
		})
	}
	return []Behaviour{
		row(Fault, "head-not-found", "HEAD is 404 where GET is 200", "CAP-HEAD-001", "head-status", head(http.StatusNotFound)),
		row(Fault, "head-refused", "HEAD is 400 where GET is 200", "CAP-HEAD-001", "head-status", head(http.StatusBadRequest)),
		row(Fault, "json-whatever-accept", "JSON is served whatever Accept asks for", "CAP-MEDIA-003", "accept-ignored", func() hooks {
			return hooks{request: func(x *Exchange) { x.Request.Header.Set("Accept", "application/fhir+json") }}
		}),
		row(Fault, "format-ignored", "_format is ignored, and Accept decides", "CAP-MEDIA-002", "format-ignored", func() hooks {
			return hooks{request: func(x *Exchange) {
				query := x.Request.URL.Query()
				query.Del("_format")
				address := *x.Request.URL
				address.RawQuery = query.Encode()
				x.Request.URL = &address
			}}
		}),
		row(Fault, "format-bogus-taken", "_format with a value that names no format is taken", "CAP-MEDIA-003", "accept-ignored", func() hooks {
			return hooks{request: func(x *Exchange) {
				if x.Request.URL.Query().Has("_format") {
					query := x.Request.URL.Query()
					query.Set("_format", "json")
					address := *x.Request.URL
					address.RawQuery = query.Encode()
					x.Request.URL = &address
				}
			}}
		}),
		row(Fault, "plain-json-type", "answers are called application/json", "CAP-MEDIA-001", "answer-media-type", media("application/json; charset=utf-8")),
		row(Legal, "no-validators", "reads come with neither ETag nor Last-Modified", "", "", read(func(x *Exchange) {
			x.Header.Del("ETag")
			x.Header.Del("Last-Modified")
		})),
		row(Legal, "answers-203", "a proxy in front changes answers, and says so with status 203", "", "", answering(func(x *Exchange) {
			if x.whole() && x.Request.Method != http.MethodPut && x.Request.Method != http.MethodDelete {
				x.Status = http.StatusNonAuthoritativeInfo
			}
		})),
		row(Legal, "no-charset", "answers do not name a charset", "", "", media("application/fhir+json")),
		row(Fault, "wrong-charset", "answers claim another charset than UTF-8", "CAP-MEDIA-001", "answer-charset", media("application/fhir+json; charset=iso-8859-1")),
		row(Fault, "html-type", "answers in JSON are called HTML", "CAP-MEDIA-001", "answer-media-type", media("text/html; charset=utf-8")),
		row(Legal, "etag-uuid", "ETags are UUIDs", "", "", own(func(_ *Exchange, old string) string {
			return fmt.Sprintf(`"%08x-0000-4000-8000-000000000000"`, crc32.ChecksumIEEE([]byte(old)))
		})),
		row(Legal, "etag-of-the-body", "ETags are hashes of the body", "", "", own(func(x *Exchange, _ string) string {
			return fmt.Sprintf(`W/"%08x"`, crc32.ChecksumIEEE(x.stored)) // of what is kept, whatever is shown of it, and so the same for HEAD
		})),
		row(Fault, "etag-unquoted", "ETags are integers without quotes", "CAP-ETAG-001", "etag-form", tag(func(*Exchange, string) string { return "1" })),
		row(Fault, "etag-moves", "the ETag changes without a change", "CAP-ETAG-002", "etag-moves", func() hooks {
			return hooks{answer: func(x *Exchange) {
				if x.Header.Get("ETag") != "" {
					x.Header.Set("ETag", fmt.Sprintf(`W/"%d"`, 1000+x.number))
				}
			}}
		}),
		row(Fault, "etag-stays", "every version of a record has one ETag", "CAP-ETAG-002", "etag-stays", own(func(*Exchange, string) string { return `W/"0"` })),
		row(Fault, "last-modified-no-http-date", "Last-Modified is no HTTP date", "CAP-MODIFIED-001", "last-modified-form", read(func(x *Exchange) {
			x.Header.Set("Last-Modified", "2026-03-02T09:00:00Z")
		})),
		row(Fault, "condition-ignored", "If-None-Match is declared and ignored", "CAP-CONDITIONAL-001", "conditional-read-ignored", func() hooks {
			return hooks{request: func(x *Exchange) {
				x.Request.Header.Del("If-None-Match")
				x.Request.Header.Del("If-Modified-Since")
			}}
		}),
		row(Fault, "condition-always-met", "whatever version a client has, nothing has changed since", "CAP-CONDITIONAL-001", "conditional-read-always", answering(func(x *Exchange) {
			if x.Request.Header.Get("If-None-Match") != "" && x.whole() {
				x.Status = http.StatusNotModified
				x.SetBody(nil)
			}
		})),
		row(Fault, "modified-since-fraction", "If-Modified-Since is compared with a fraction of a second that Last-Modified does not say", "CAP-CONDITIONAL-001",
			"conditional-read-fraction", modifiedSinceFraction),
		row(Fault, "content-encoding-lies", "Content-Encoding says gzip of text that is not", "CAP-ENCODING-001", "", func() hooks {
			return hooks{answer: func(x *Exchange) {
				if strings.Contains(x.Request.Header.Get("Accept-Encoding"), "gzip") {
					x.Header.Set("Content-Encoding", "gzip")
				}
			}}
		}),
		row(Fault, "content-encoding-unasked", "answers are packed although the client asked that they are not", "CAP-ENCODING-001", "", answering(func(x *Exchange) {
			if strings.Contains(x.Request.Header.Get("Accept-Encoding"), "identity") {
				x.SetBody(packed(x.Body()))
				x.Header.Set("Content-Encoding", "gzip")
			}
		})),
		row(Fault, "vread-gives-another-version", "a version that is asked for is answered with another", "CAP-VREAD-001", "", answering(func(x *Exchange) {
			if len(x.Segments) == 4 && x.Segments[2] == "_history" {
				x.alter(func(resource map[string]any) {
					if meta, ok := resource["meta"].(map[string]any); ok {
						meta["versionId"] = "77"
					}
				})
			}
		})),
		row(Fault, "history-lacks-present", "the history of a resource lacks its present version", "CAP-HISTORY-001", "history-lacks-present", answering(func(x *Exchange) {
			if len(x.Segments) == 3 && x.Segments[2] == "_history" {
				x.alter(func(bundle map[string]any) {
					if entries := fhir.List(bundle["entry"]); len(entries) > 0 {
						bundle["entry"] = entries[1:]
					}
				})
			}
		})),
		row(Fault, "history-without-request", "the entries of a history do not say what was done", "CAP-HISTORY-001", "", answering(func(x *Exchange) {
			if len(x.Segments) == 3 && x.Segments[2] == "_history" {
				x.alter(func(bundle map[string]any) {
					for _, entry := range fhir.Objects(bundle["entry"]) {
						delete(entry, "request")
					}
				})
			}
		})),
		row(Fault, "read-gives-another", "a read is answered with another resource", "CAP-READ-001", "", read(func(x *Exchange) {
			x.alter(func(resource map[string]any) { resource["id"] = "another" })
		})),
		row(Fault, "everything-is-little", "$everything holds the Patient and nothing else", "CAP-EVERYTHING-001", "", answering(func(x *Exchange) {
			if len(x.Segments) == 3 && x.Segments[2] == "$everything" {
				x.entries(func(entries []any) []any { return entries[:min(1, len(entries))] })
			}
		})),
		row(Fault, "gender-nonsense", "codes of required bindings are not enforced: gender is nonsense", "PRO-PATIENT-001", "", answering(func(x *Exchange) {
			if x.Type() == "Patient" {
				x.resources(func(resource map[string]any) {
					if resource["resourceType"] == "Patient" {
						resource["gender"] = "nonsense"
					}
				})
			}
		})),
		row(Legal, "copy-gains-tags", "a stored copy has gained a tag of the server's own", "", "", answering(func(x *Exchange) {
			x.resources(func(resource map[string]any) {
				if meta, ok := resource["meta"].(map[string]any); ok && !x.has("_elements") && !x.has("_summary") {
					tags, _ := meta["tag"].([]any)
					meta["tag"] = append(tags, map[string]any{"system": "https://server.example.test/tags", "code": "loaded"})
				}
			})
		})),
	}
}

// modifiedSinceFraction declares both conditions of a read, and takes its own Last-Modified for older than the record.
func modifiedSinceFraction() hooks {
	return hooks{answer: func(x *Exchange) {
		if x.metadata() {
			x.SetBody(bytes.ReplaceAll(x.Body(), []byte(`"not-match"`), []byte(`"full-support"`)))
			return
		}
		since, err := http.ParseTime(x.Request.Header.Get("If-Modified-Since"))
		modified, none := http.ParseTime(x.Header.Get("Last-Modified"))
		if err == nil && none == nil && since.After(modified) {
			x.Status = http.StatusNotModified
			x.SetBody(nil)
		}
	}}
}
