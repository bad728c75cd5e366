package suites_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

var (
	instant  = regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|\+00:00)"`)
	fraction = regexp.MustCompile(`"(valueQuantity|low|high|doseQuantity|quantity)":\{([^{}]*)"value":(\d+\.\d+)`)
)

// rewriteText changes the text of every answer in JSON.
func rewriteText(name string, change func(q question, body []byte) []byte) twist {
	return twist{name: name, text: func(q question, _ http.Header, body []byte) []byte {
		if bytes.HasPrefix(body, []byte("{")) {
			return change(q, body)
		}
		return body
	}}
}

// everyObject changes every object in the resources of every answer.
func everyObject(name string, change func(object map[string]any, path string)) twist {
	var walk func(value any, path string)
	walk = func(value any, path string) {
		switch value := value.(type) {
		case map[string]any:
			change(value, path)
			for name, member := range value {
				walk(member, path+"."+name)
			}
		case []any:
			for _, item := range value {
				walk(item, path)
			}
		}
	}
	return twist{name: name, answer: func(_ question, answer map[string]any) {
		resources(answer, func(resource map[string]any) { walk(resource, fhir.Text(resource["resourceType"])) })
	}}
}

// everyResource changes every resource but outcomes and statements of capabilities.
func everyResource(name string, change func(resource map[string]any)) twist {
	return twist{name: name, answer: func(_ question, answer map[string]any) {
		resources(answer, func(resource map[string]any) {
			if kind := fhir.Text(resource["resourceType"]); kind != "OperationOutcome" && kind != "CapabilityStatement" {
				change(resource)
			}
		})
	}}
}

// everyPage changes every page of an answer to a search.
func everyPage(name string, change func(q question, page map[string]any)) twist {
	return twist{name: name, answer: func(q question, answer map[string]any) {
		if isSearchset(answer) {
			change(q, answer)
		}
	}}
}

func links(page map[string]any, relation string, change func(link string) string) {
	for _, link := range fhir.Objects(page["link"]) {
		if link["relation"] == relation {
			link["url"] = change(fhir.Text(link["url"]))
		}
	}
}

// reversed writes JSON with the members of every object in the opposite order, and with white space.
func reversed(value any) string {
	switch value := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(value))
		slices.Reverse(names)
		members := make([]string, 0, len(names))
		for _, name := range names {
			key, _ := json.Marshal(name)
			members = append(members, "\r\n\t"+string(key)+" : "+reversed(value[name]))
		}
		return "{" + strings.Join(members, " ,") + " }"
	case []any:
		items := make([]string, 0, len(value))
		for _, item := range value {
			items = append(items, reversed(item))
		}
		return "[ " + strings.Join(items, ", ") + "\n]"
	default:
		text, _ := json.Marshal(value)
		return string(text)
	}
}

// instants writes every instant in a zone and a form.
func instants(name string, zone *time.Location, layout string) twist {
	return rewriteText(name, func(_ question, body []byte) []byte {
		return instant.ReplaceAllFunc(body, func(found []byte) []byte {
			when, err := time.Parse(time.RFC3339, strings.Trim(string(found), `"`))
			if err != nil {
				return found
			}
			return []byte(`"` + when.In(zone).Format(layout) + `"`)
		})
	})
}

// otherIDs gives every resource with an id of the server's own another id, everywhere and always the same.
func otherIDs() twist {
	own := regexp.MustCompile(`\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[1-9]\d{17})\b`)
	theirs := regexp.MustCompile(`\bx\.(` + own.String() + `)`)
	t := rewriteText("other ids", func(q question, body []byte) []byte {
		if q.request.URL.Path == "/fhir/metadata" {
			return body
		}
		return own.ReplaceAll(body, []byte("x.$1"))
	})
	t.path = func(path string) string { return theirs.ReplaceAllString(path, "$1") }
	t.ask = func(_ string, parameters url.Values, _ bool) {
		for _, values := range parameters {
			for i := range values {
				values[i] = theirs.ReplaceAllString(values[i], "$1")
			}
		}
	}
	return t
}

// opaque hides what the next link asks for behind a cursor.
func opaque() twist {
	hidden := map[string]string{}
	var mu sync.Mutex
	t := everyPage("opaque cursors", func(_ question, page map[string]any) {
		links(page, "next", func(link string) string {
			base, query, _ := strings.Cut(link, "?")
			sum := sha256.Sum256([]byte(query))
			cursor := hex.EncodeToString(sum[:8])
			mu.Lock()
			defer mu.Unlock()
			hidden[cursor] = query
			return base + "?_cursor=" + cursor
		})
	})
	t.ask = func(_ string, parameters url.Values, _ bool) {
		mu.Lock()
		defer mu.Unlock()
		if query, ok := hidden[parameters.Get("_cursor")]; ok {
			clear(parameters)
			again, _ := url.ParseQuery(query)
			maps.Copy(parameters, again)
		}
	}
	return t
}

func isReference(object map[string]any, of string) (relative string, ok bool) {
	reference, found := fhir.ParseReference(fhir.Text(object["reference"]))
	if !found || of != "" && reference.Type != of || reference.Type == "" {
		return "", false
	}
	return reference.Relative(), true
}

// lawfulTwists are ways in which one system may lawfully differ from another. None may lead to a finding. Those of one
// group can be put together, and so can the first group with the last and the second with the third.
func lawfulTwists() [][]twist {
	practitioners := everyResource("contained practitioners", func(resource map[string]any) {
		var contained []any
		var walk func(value any)
		walk = func(value any) {
			switch value := value.(type) {
			case map[string]any:
				if _, ok := isReference(value, "Practitioner"); ok && value["identifier"] != nil {
					id := fmt.Sprintf("c%d", len(contained))
					contained = append(contained, map[string]any{"resourceType": "Practitioner", "id": id, "identifier": []any{value["identifier"]}})
					value["reference"] = "#" + id
					delete(value, "identifier")
				}
				for _, member := range value {
					walk(member)
				}
			case []any:
				for _, item := range value {
					walk(item)
				}
			}
		}
		// A Practitioner, or the role of one, contains nobody.
		if kind := fhir.Text(resource["resourceType"]); resource["contained"] == nil && kind != "Practitioner" && kind != "PractitionerRole" && kind != "Provenance" {
			walk(resource)
		}
		if len(contained) > 0 {
			resource["contained"] = contained
		}
	})
	reverseLists := func(names ...string) twist {
		return everyObject("lists in another order: "+strings.Join(names, ", "), func(object map[string]any, _ string) {
			for _, name := range names {
				if list, ok := object[name].([]any); ok {
					slices.Reverse(list)
				}
			}
		})
	}
	outcome := map[string]any{"resource": map[string]any{
		"resourceType": "OperationOutcome", "id": "o", "issue": []any{map[string]any{"severity": "information", "code": "informational", "diagnostics": "answered in 3 ms"}},
	}, "search": map[string]any{"mode": "outcome"}}
	return [][]twist{
		{
			instants("instants in summer time", time.FixedZone("BST", 3600), time.RFC3339),
			reverseLists("coding"),
			everyPage("entries in another order", func(q question, page map[string]any) {
				if q.parameters.Has("patient") && !q.parameters.Has("_sort") && !q.parameters.Has("_include") {
					slices.Reverse(fhir.List(page["entry"]))
				}
			}),
			everyResource("an added identifier", func(resource map[string]any) {
				// It has no value to search for: the mock behind would not find it, which is no lawful difference.
				if identifiers, ok := resource["identifier"].([]any); ok {
					resource["identifier"] = append([]any{map[string]any{
						"type": map[string]any{"text": "local number"}, "system": "https://a.example.test/Id/local",
						"_value": map[string]any{"extension": []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}}},
					}}, identifiers...)
				}
			}),
			everyResource("an added extension that nobody knows", func(resource map[string]any) {
				resource["extension"] = append(fhir.List(resource["extension"]), map[string]any{"url": "https://supplier.example.test/StructureDefinition/row", "valueString": "7"})
			}),
			everyResource("a narrative", func(resource map[string]any) {
				resource["text"] = map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml"><p>A record.</p></div>`}
			}),
			rewriteText("trailing zeros", func(_ question, body []byte) []byte {
				return fraction.ReplaceAll(body, []byte(`"$1":{$2"value":${3}0`))
			}),
			everyPage("no total unless it is asked for", func(q question, page map[string]any) {
				if q.parameters.Get("_total") == "" && q.parameters.Get("_summary") == "" {
					delete(page, "total")
				}
			}),
			everyPage("an informational outcome", func(q question, page map[string]any) {
				if q.parameters.Get("_summary") != "count" {
					page["entry"] = append(fhir.List(page["entry"]), outcome)
				}
			}),
			everyPage("further links", func(_ question, page map[string]any) {
				page["link"] = append(fhir.List(page["link"]), map[string]any{"relation": "https://supplier.example.test/related", "url": "https://supplier.example.test/"},
					map[string]any{"relation": "first", "url": "https://supplier.example.test/first"})
			}),
			everyResource("another version", func(resource map[string]any) {
				if meta, ok := resource["meta"].(map[string]any); ok {
					meta["versionId"] = "W7"
				}
			}),
			rewriteText("keys in another order, with white space", func(_ question, body []byte) []byte {
				object, err := fhir.DecodeObject(body)
				if err != nil {
					return body
				}
				return []byte(reversed(object))
			}),
		},
		{
			otherIDs(),
			instants("instants with Z and milliseconds", time.UTC, "2006-01-02T15:04:05.000Z"),
			practitioners,
			everyResource("no narrative", func(resource map[string]any) { delete(resource, "text") }),
			{name: "small pages", ask: func(_ string, parameters url.Values, _ bool) {
				if !parameters.Has("_count") && !parameters.Has("page") && !parameters.Has("cursor") && !parameters.Has("_cursor") && parameters.Get("_summary") != "count" {
					parameters.Set("_count", "40")
				}
			}},
			opaque(),
		},
		{
			everyObject("references by identifier", func(object map[string]any, _ string) {
				if _, ok := isReference(object, ""); ok && object["identifier"] != nil {
					delete(object, "reference")
				}
			}),
			everyPage("a self link with defaults", func(_ question, page map[string]any) {
				links(page, "self", func(link string) string {
					if strings.Contains(link, "?") {
						return link + "&_format=application%2Ffhir%2Bjson&_sort=_id"
					}
					return link
				})
			}),
			{name: "other headers", text: func(_ question, header http.Header, body []byte) []byte {
				if strings.Contains(header.Get("Content-Type"), "fhir+json") {
					header.Set("Content-Type", "Application/FHIR+JSON; Charset=UTF-8; fhirVersion=4.0")
				}
				header.Set("X-Powered-By", "a supplier")
				header.Set("Cache-Control", "no-store")
				return body
			}},
			everyPage("fullUrl as urn:uuid", func(_ question, page map[string]any) {
				for _, entry := range fhir.Objects(page["entry"]) {
					if resource, ok := entry["resource"].(map[string]any); ok && entry["fullUrl"] != nil {
						sum := sha256.Sum256([]byte(fhir.Text(resource["id"])))
						text := hex.EncodeToString(sum[:16])
						entry["fullUrl"] = "urn:uuid:" + strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
					}
				}
			}),
			everyObject("synonyms", func(object map[string]any, _ string) {
				if object["code"] != nil && object["system"] == "http://snomed.info/sct" && object["display"] != nil {
					object["display"] = fhir.Text(object["display"]) + " (finding)"
				}
			}),
			everyPage("relative next links", func(_ question, page map[string]any) {
				links(page, "next", func(link string) string {
					_, relative, _ := strings.Cut(link, "/fhir/")
					return relative
				})
			}),
			{name: "gzip", text: func(q question, header http.Header, body []byte) []byte {
				if !strings.Contains(q.request.Header.Get("Accept-Encoding"), "gzip") {
					return body
				}
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				_, _ = z.Write(body)
				_ = z.Close()
				header.Set("Content-Encoding", "gzip")
				return b.Bytes()
			}},
		},
		{
			everyObject("references by id alone", func(object map[string]any, _ string) {
				if relative, ok := isReference(object, ""); ok {
					delete(object, "identifier")
					object["reference"] = relative
				}
			}),
			everyPage("next links from the root", func(_ question, page map[string]any) {
				links(page, "next", func(link string) string {
					_, relative, _ := strings.Cut(link, "/fhir/")
					return "/fhir/" + relative
				})
			}),
			everyObject("an added code of a system's own", func(object map[string]any, _ string) {
				if list, ok := object["coding"].([]any); ok && object["text"] != nil {
					object["coding"] = append(list, map[string]any{"system": "https://supplier.example.test/codes", "code": "X1", "display": "Supplier's own"})
				}
			}),
			everyObject("no words where the code has them", func(object map[string]any, path string) {
				if strings.Contains(path, ".component") {
					return // UK Core tells the components of a blood pressure apart by their words
				}
				for _, coding := range fhir.Objects(object["coding"]) {
					if coding["display"] == object["text"] {
						delete(object, "text")
						return
					}
				}
			}),
			everyPage("a linked Patient more", func(q question, page map[string]any) {
				if q.resourceType != "Patient" || !strings.HasPrefix(q.parameters.Get("identifier"), fhir.NHSNumberSystem) || len(fhir.List(page["entry"])) == 0 {
					return
				}
				entries := fhir.Objects(page["entry"])
				first, _ := json.Marshal(entries[0])
				again, err := fhir.DecodeObject(first)
				if err != nil {
					return
				}
				resource, _ := again["resource"].(map[string]any)
				original := "Patient/" + fhir.Text(resource["id"])
				resource["id"] = "also-" + fhir.Text(resource["id"])
				resource["link"] = []any{map[string]any{"other": map[string]any{"reference": original}, "type": "seealso"}}
				delete(again, "fullUrl")
				page["entry"] = append(fhir.List(page["entry"]), again)
				if total, ok := page["total"].(json.Number); ok {
					n, _ := total.Int64()
					page["total"] = n + 1
				}
			}),
		},
	}
}

// TestLawfulDifferencesOfAWholeSystemAreNoFindings shows both systems through a stand-in that answers lawfully otherwise
// than the mocks. Nothing may be found. With CONCORD_MUTANTS=all each difference is tried alone, which says which one it is.
func TestLawfulDifferencesOfAWholeSystemAreNoFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks all checks of two suites several times")
	}
	s := newStage(t, "ccr", "ohc")
	groups := lawfulTwists()
	all := []twist{together("one half of them", slices.Concat(groups[0], groups[3])...), together("the other half", slices.Concat(groups[1], groups[2])...)}
	if os.Getenv("CONCORD_MUTANTS") == "all" {
		all = slices.Concat(groups...)
	}
	for _, act := range all {
		t.Run(act.name, func(t *testing.T) {
			run := s.play(t, act, lawfulChecks()...)
			shown := 0
			for _, r := range run.Results {
				// A search that brings what is referred to by id has nothing to bring where references are identifiers.
				if r.Status == result.Pass || r.Status == result.NotApplicable || r.Reason == result.NoData && (r.Check == "PAR-META-INCLUDE" || r.Check == "PAR-SEARCH-RESULTS-SHOULD") {
					continue
				}
				if shown++; shown > 12 {
					continue
				}
				for _, f := range r.Findings[:min(2, len(r.Findings))] {
					t.Errorf("%s for %s: %s %s %s (%s)", r.Check, r.Scope, f.Rule, f.Path, f.Message, f.Cause)
				}
				if len(r.Findings) == 0 {
					t.Errorf("%s for %s: %s %s", r.Check, r.Scope, r.Status, r.Message)
				}
			}
			if shown > 12 {
				t.Errorf("and %d results more", shown-12)
			}
		})
	}
}

// lawfulChecks are the checks of the suites that ask by what is shown: scenarios make events happen, at the mocks themselves.
func lawfulChecks() []string {
	var ids []string
	for _, c := range suites.Catalogue() {
		if (c.Suite == "parity" || c.Suite == "profile") && !c.Exclusive {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
