package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"concord.example/concord/internal/fhir"
)

// bodyBehaviours are answers whose body is not what a client can read, or is far too large.
func bodyBehaviours() []Behaviour {
	row := func(name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Transport, Kind: Fault, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	ok := func(change func(x *Exchange)) func() hooks {
		return answering(func(x *Exchange) {
			if x.Type() != "" && x.whole() {
				change(x)
			}
		})
	}
	body := func(contentType, text string) func() hooks {
		return ok(func(x *Exchange) { x.set(http.StatusOK, contentType, text) })
	}
	// first puts text before the first character of the object, inside it.
	first := func(text func() string) func() hooks {
		return ok(func(x *Exchange) {
			x.SetBody(append([]byte("{"+text()+","), bytes.TrimPrefix(x.Body(), []byte("{"))...))
		})
	}
	return []Behaviour{
		row("html-with-200", "a page of HTML with status 200", "", "answer-markup", body("text/html", "<!DOCTYPE html><title>Sign in</title>")),
		row("xml-with-200", "XML, although JSON was asked for", "", "answer-markup", body("application/fhir+xml", `<Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/></Bundle>`)),
		row("nothing-with-200", "nothing at all with status 200", "", "answer-empty", body("", "")),
		row("empty-object-with-200", "{} with status 200", "", "answer-not-fhir-json", body(fhirJSON, "{}")),
		row("array-with-200", "an array in JSON with status 200", "", "answer-bare-array", body(fhirJSON, `[{"resourceType":"Observation","id":"1"}]`)),
		row("outcome-with-200", "an OperationOutcome with status 200", "", "search-outcome-instead", body(fhirJSON, outcome("processing", "index is down"))),
		row("repeated-keys", "a property stands twice in an object", "", "answer-repeated-property", first(func() string { return `"resourceType":"Bundle"` })),
		row("cut-json", "the JSON breaks off", "", "answer-not-fhir-json", ok(func(x *Exchange) { x.SetBody(x.Body()[:max(0, len(x.Body())-2)]) })),
		row("deep-nesting", "arrays nested a hundred thousand deep", "", "answer-not-fhir-json",
			first(func() string { return `"extension":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) })),
		row("invalid-utf-8", "text that is not UTF-8", "", "answer-not-fhir-json", first(func() string { return `"implicitRules":"` + "\xff\xfe" + `"` })),
		row("byte-order-mark", "a byte order mark before the JSON", "CAP-SEARCHSET-001", "answer-byte-order-mark", ok(func(x *Exchange) { x.SetBody(append([]byte(fhir.ByteOrderMark), x.Body()...)) })),
		row("answers-of-30-mb", "answers are 30 MB large", "CAP-SEARCHSET-001", "answer-oversized", large(30)),
		row("answers-of-40-mb", "answers are 40 MB large", "", "answer-too-large", large(40)),
		row("gzip-thousandfold", "an answer unpacks to a thousand times its size", "", "answer-too-large", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Type() == "" {
					return false
				}
				w.Header().Set("Content-Type", fhirJSON)
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				for block := bytes.Repeat([]byte(" "), 1<<20); x.Request.Context().Err() == nil; {
					if _, err := z.Write(block); err != nil || z.Flush() != nil {
						break
					}
				}
				return true
			}}
		}),
		row("huge-id", "an id is a megabyte long", "CAP-SEARCHSET-001", "search-entry-id", ok(func(x *Exchange) {
			x.resources(func(resource map[string]any) { resource["id"] = strings.Repeat("nhs-number ", 1<<20/11) })
		})),
		row("endless-pages", "pages go on without end", "", "search-pages-endless", endlessPages(0)),
		row("endless-pages-with-links-of-2-mb", "pages go on without end, each with a link of 2 MB", "", "search-link-too-long", endlessPages(2<<20)),
		row("pages-loop", "the last page leads back to the first", "", "search-pages-loop", ok(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				if self := fhir.Link(fhir.Resource(bundle), "self"); self != "" && len(fhir.List(bundle["entry"])) > 0 && fhir.Link(fhir.Resource(bundle), "next") == "" {
					bundle["link"] = append(fhir.List(bundle["link"]), map[string]any{"relation": "next", "url": self})
				}
			})
		})),
		row("forty-thousand-strangers", "a search for one person finds 40,000 whose numbers are outside the test range", "PAR-IDENTITY-001", "search-about-everybody", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Type() != "Patient" || !x.search() {
					return false
				}
				w.Header().Set("Content-Type", fhirJSON)
				_, _ = fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","total":40000,"entry":[`)
				for i := range 40_000 {
					if i > 0 {
						_, _ = fmt.Fprint(w, ",")
					}
					_, _ = fmt.Fprintf(w, `{"resource":{"resourceType":"Patient","id":"s%d","identifier":[{"system":%q,"value":%q}]},"search":{"mode":"match"}}`,
						i, fhir.NHSNumberSystem, nobodys(i))
				}
				_, _ = fmt.Fprint(w, `]}`)
				return true
			}}
		}),
	}
}

// nobodys is a text of the form of an NHS number outside the test range that nobody can have: its check digit is wrong.
func nobodys(i int) string {
	number := fmt.Sprintf("40%08d", i)
	if fhir.CheckNHSNumber(number) == nil {
		number = number[:9] + strconv.Itoa((int(number[9]-'0')+1)%10)
	}
	return number
}

// large makes answers so many megabytes large, without keeping them.
func large(megabytes int) func() hooks {
	return func() hooks {
		return hooks{write: func(w http.ResponseWriter, x *Exchange) {
			if x.Type() == "" || !x.whole() || len(x.Body()) == 0 || x.Request.Method == http.MethodHead {
				plain(w, x)
				return
			}
			block := bytes.Repeat([]byte(" "), 1<<20)
			maps.Copy(w.Header(), x.Header)
			w.Header().Set("Content-Length", strconv.Itoa(len(x.Body())+megabytes<<20))
			w.WriteHeader(x.Status)
			_, _ = w.Write(x.Body()[:len(x.Body())-1])
			for range megabytes {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
			_, _ = w.Write(x.Body()[len(x.Body())-1:])
		}}
	}
}

// endlessPages gives every page a next link, to one that nobody has seen yet.
func endlessPages(filling int) func() hooks {
	const mark = "concord-page"
	return func() hooks {
		var n atomic.Int64
		return hooks{
			ask: func(_ *Exchange, parameters url.Values) {
				if parameters.Has(mark) {
					parameters.Set("_count", "2")
				}
				delete(parameters, mark)
				delete(parameters, "filling")
			},
			answer: func(x *Exchange) {
				if !x.search() || x.Type() == "Patient" || !x.whole() {
					return
				}
				number := n.Add(1)
				x.bundle(func(bundle map[string]any) {
					// What was searched for stays in the link, so that a page costs no more than the first.
					self, query, _ := strings.Cut(fhir.Link(fhir.Resource(bundle), "self"), "?")
					kept, _ := url.ParseQuery(query)
					kept.Del("_count")
					kept.Set(mark, strconv.FormatInt(number, 10))
					next := self + "?" + kept.Encode()
					if filling > 0 {
						next += "&filling=" + strings.Repeat("x", filling)
					}
					bundle["link"] = []any{map[string]any{"relation": "next", "url": next}}
					for i, entry := range fhir.Objects(bundle["entry"]) {
						if resource, ok := entry["resource"].(map[string]any); ok {
							resource["id"] = fmt.Sprintf("p%d-%d", number, i)
							delete(entry, "fullUrl")
						}
					}
					bundle["total"] = json.Number(strconv.Itoa(1 << 30))
				})
			},
		}
	}
}
