package hostile

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
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/fhir"
)

// styleBehaviours are how a whole system may lawfully say the same in another way: its ids, its dates, its references, its
// words, its pages. Nobody may be blamed for one.
func styleBehaviours() []Behaviour {
	row := func(name, title string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Style, Kind: Legal, Title: title, hooks: hooks}
	}
	return []Behaviour{
		row("style-summer-time", "instants are written in British Summer Time", instants(time.FixedZone("BST", 3600), time.RFC3339)),
		row("style-milliseconds", "instants are written with Z and milliseconds", instants(time.UTC, "2006-01-02T15:04:05.000Z")),
		row("style-other-zone", "instants are written with +05:30", instants(time.FixedZone("", 19800), "2006-01-02T15:04:05-07:00")),
		row("style-nine-digits", "instants are written with nine digits of a second", instants(time.UTC, "2006-01-02T15:04:05.000000000+00:00")),
		row("style-codings-reversed", "the codings of a concept stand in another order", everyObject(func(object map[string]any, _ string) {
			if list, ok := object["coding"].([]any); ok {
				slices.Reverse(list)
			}
		})),
		row("style-coding-added", "concepts have a further code of the system's own", everyObject(func(object map[string]any, _ string) {
			if list, ok := object["coding"].([]any); ok && object["text"] != nil {
				object["coding"] = append(list, map[string]any{"system": "https://supplier.example.test/codes", "code": "X1", "display": "Supplier's own"})
			}
		})),
		row("style-synonyms", "the displays of SNOMED CT are other terms for the same", everyObject(func(object map[string]any, _ string) {
			if object["code"] != nil && object["system"] == "http://snomed.info/sct" && object["display"] != nil {
				object["display"] = fhir.Text(object["display"]) + " (finding)"
			}
		})),
		row("style-no-words", "a concept has no text where its code says the same", everyObject(func(object map[string]any, path string) {
			if strings.Contains(path, ".component") {
				return // UK Core tells the components of a blood pressure apart by their words
			}
			for _, coding := range fhir.Objects(object["coding"]) {
				if coding["display"] == object["text"] {
					delete(object, "text")
					return
				}
			}
		})),
		row("style-entries-reversed", "the entries of a search without _sort stand in another order", answering(func(x *Exchange) {
			if x.has("patient") && !x.has("_sort") && !x.including() {
				x.entries(func(entries []any) []any { slices.Reverse(entries); return entries })
			}
		})),
		row("style-identifier-added", "records have a further identifier, with a masked value", everyResource(func(resource map[string]any) {
			// It has no value to search for: what is behind would not find it, which is no lawful difference.
			if identifiers, ok := resource["identifier"].([]any); ok {
				resource["identifier"] = append([]any{map[string]any{
					"type": map[string]any{"text": "local number"}, "system": "https://a.example.test/Id/local",
					"_value": map[string]any{"extension": []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}}},
				}}, identifiers...)
			}
		})),
		row("style-extension-added", "records have an extension that nobody knows", everyResource(func(resource map[string]any) {
			resource["extension"] = append(fhir.List(resource["extension"]), map[string]any{"url": "https://supplier.example.test/StructureDefinition/row", "valueString": "7"})
		})),
		row("style-narrative", "every record has a narrative", everyResource(func(resource map[string]any) {
			resource["text"] = map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml"><p>A record.</p></div>`}
		})),
		row("style-request-in-source", "meta.source ends in the id of the request that wrote the version", requestInSource),
		row("style-source-of-its-own", "meta.source is a URN of the system's own", sourceOfItsOwn),
		row("style-version-names", "versions are names and not numbers", versionNames),
		row("style-trailing-zeros", "measured amounts have a further decimal place", trailingZeros),
		row("style-keys-reversed", "keys stand in another order, with white space between them", everyText(func(_ *Exchange, body []byte) []byte {
			object, err := fhir.DecodeObject(body)
			if err != nil {
				return body
			}
			return []byte(reversed(object))
		})),
		row("style-further-links", "searchsets have links of further relations", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				bundle["link"] = append(fhir.List(bundle["link"]),
					map[string]any{"relation": "https://supplier.example.test/related", "url": "https://supplier.example.test/"},
					map[string]any{"relation": "first", "url": "https://supplier.example.test/first"})
			})
		})),
		row("style-relative-next", "next links are relative to the base", answering(func(x *Exchange) {
			x.links("next", func(link string) string {
				_, relative, _ := strings.Cut(link, x.base+"/")
				return relative
			})
		})),
		row("style-rooted-next", "next links are relative to the root of the server", answering(func(x *Exchange) {
			x.links("next", func(link string) string {
				_, relative, _ := strings.Cut(link, x.base+"/")
				return x.base + "/" + relative
			})
		})),
		row("style-opaque-cursors", "next links hide what they ask for behind a cursor", opaqueCursors),
		row("style-small-pages", "pages have forty entries", smallPages),
		row("style-urn-fullurl", "fullUrl is a urn:uuid", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				for _, entry := range fhir.Objects(bundle["entry"]) {
					if resource, ok := entry["resource"].(map[string]any); ok && entry["fullUrl"] != nil {
						entry["fullUrl"] = "urn:uuid:" + uuidFrom(fhir.Text(resource["id"]))
					}
				}
			})
		})),
		row("style-other-ids", "resources have ids of another form", otherIDs),
		row("style-contained-practitioners", "practitioners are contained, and told by identifier", everyResource(containPractitioners)),
		row("style-effective-instants", "the time of a laboratory result is an instant, and not a dateTime", everyResource(func(resource map[string]any) {
			at := fhir.Text(resource["effectiveDateTime"])
			if resource["resourceType"] == "Observation" && resource["issued"] != nil && strings.Contains(at, "T") {
				// The vital signs profiles of FHIR have a dateTime or a Period alone.
				resource["effectiveInstant"] = at
				delete(resource, "effectiveDateTime")
			}
		})),
		row("style-medications-contained", "which medicine it is stands in a Medication that the record contains", everyResource(containMedicines)),
		row("style-medications-referenced", "which medicine it is stands in a Medication that the record refers to", referredMedicines),
		row("style-references-by-identifier", "references are by identifier alone where they have one", everyObject(func(object map[string]any, _ string) {
			if _, ok := isReference(object, ""); ok && object["identifier"] != nil {
				delete(object, "reference")
			}
		})),
		row("style-references-by-id", "references are relative, by id alone", everyObject(func(object map[string]any, _ string) {
			if relative, ok := isReference(object, ""); ok {
				delete(object, "identifier")
				object["reference"] = relative
			}
		})),
		row("style-linked-patient", "a search by NHS number brings a second Patient that links to the first", linkedPatient),
		row("style-headers", "media types in capitals with parameters, and headers of the system's own", answering(func(x *Exchange) {
			if strings.Contains(x.Header.Get("Content-Type"), "fhir+json") {
				x.Header.Set("Content-Type", "Application/FHIR+JSON; Charset=UTF-8; fhirVersion=4.0")
			}
			x.Header.Set("X-Powered-By", "a supplier")
			x.Header.Set("Cache-Control", "no-store")
		})),
		row("style-gzip", "answers are compressed where the client takes that", answering(func(x *Exchange) {
			if !strings.Contains(x.Request.Header.Get("Accept-Encoding"), "gzip") || x.Request.Method == http.MethodHead || len(x.Body()) == 0 {
				return
			}
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(x.Body()) // a buffer takes everything
			_ = z.Close()
			x.SetBody(packed.Bytes())
			x.Header.Set("Content-Encoding", "gzip")
		})),
	}
}

// everyText changes the text of every answer in JSON.
func everyText(change func(x *Exchange, body []byte) []byte) func() hooks {
	return answering(func(x *Exchange) {
		if bytes.HasPrefix(x.Body(), []byte("{")) {
			x.SetBody(change(x, x.Body()))
		}
	})
}

// everyResource changes every resource but outcomes and statements of capabilities.
func everyResource(change func(resource map[string]any)) func() hooks {
	return answering(func(x *Exchange) {
		x.resources(func(resource map[string]any) {
			if kind := fhir.Text(resource["resourceType"]); kind != "OperationOutcome" && kind != "CapabilityStatement" {
				change(resource)
			}
		})
	})
}

// everyObject changes every object in the resources of every answer; path is where it stands.
func everyObject(change func(object map[string]any, path string)) func() hooks {
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
	return answering(func(x *Exchange) {
		x.resources(func(resource map[string]any) { walk(resource, fhir.Text(resource["resourceType"])) })
	})
}

// instants writes every instant in a zone and a form.
func instants(zone *time.Location, layout string) func() hooks {
	instant := regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|\+00:00)"`)
	return everyText(func(_ *Exchange, body []byte) []byte {
		return instant.ReplaceAllFunc(body, func(found []byte) []byte {
			when, err := time.Parse(time.RFC3339, strings.Trim(string(found), `"`))
			if err != nil {
				return found
			}
			return []byte(`"` + when.In(zone).Format(layout) + `"`)
		})
	})
}

// trailingZeros writes measured amounts with a further decimal place.
func trailingZeros() hooks {
	fraction := regexp.MustCompile(`"(valueQuantity|low|high|doseQuantity|quantity)":\{([^{}]*)"value":(\d+\.\d+)`)
	return everyText(func(_ *Exchange, body []byte) []byte {
		return fraction.ReplaceAll(body, []byte(`"$1":{$2"value":${3}0`))
	})()
}

// reversed writes JSON with the members of every object in the opposite order, and with white space.
func reversed(value any) string {
	switch value := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(value))
		slices.Reverse(names)
		members := make([]string, 0, len(names))
		for _, name := range names {
			key, _ := json.Marshal(name) // a string can always be written
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
		text, _ := json.Marshal(value) // it was read from JSON
		return string(text)
	}
}

// uuidFrom is a UUID that is always the same for the same text.
func uuidFrom(text string) string {
	sum := sha256.Sum256([]byte(text))
	digits := hex.EncodeToString(sum[:16])
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// otherIDs gives every resource with an id of the server's own another id, everywhere and always the same.
func otherIDs() hooks {
	own := regexp.MustCompile(`\b([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[1-9]\d{17})\b`)
	shown, theirs := regexp.MustCompile(`(?:urn:uuid:)?`+own.String()), regexp.MustCompile(`\bx\.(`+own.String()+`)`)
	return hooks{
		ask: func(_ *Exchange, parameters url.Values) {
			for _, values := range parameters {
				for i := range values {
					values[i] = theirs.ReplaceAllString(values[i], "$1")
				}
			}
		},
		request: func(x *Exchange) {
			address := *x.Request.URL
			address.Path, address.RawPath = theirs.ReplaceAllString(address.Path, "$1"), ""
			x.Request.URL = &address
		},
		answer: func(x *Exchange) {
			if bytes.HasPrefix(x.Body(), []byte("{")) && !x.metadata() {
				x.SetBody(shown.ReplaceAllFunc(x.Body(), func(id []byte) []byte {
					if bytes.HasPrefix(id, []byte("urn:uuid:")) {
						return id // the name of an entry, which is no id
					}
					return append([]byte("x."), id...)
				}))
			}
			for _, name := range []string{"Location", "Content-Location"} {
				if value := x.Header.Get(name); value != "" {
					x.Header.Set(name, own.ReplaceAllString(value, "x.$1"))
				}
			}
		},
	}
}

// requestInSource writes the id of a request behind the # of meta.source, and finds the source with it as without.
func requestInSource() hooks {
	shown := everyResource(func(resource map[string]any) {
		if meta, ok := resource["meta"].(map[string]any); ok && meta["source"] != nil {
			meta["source"] = fhir.Text(meta["source"]) + "#" + uuidFrom(fhir.Text(resource["id"]))[:16]
		}
	})()
	shown.ask = func(_ *Exchange, parameters url.Values) {
		for i, source := range parameters["_source"] {
			parameters["_source"][i], _, _ = strings.Cut(source, "#")
		}
	}
	return shown
}

// sourceOfItsOwn writes meta.source as a URN, and finds by it what it finds by the URL.
func sourceOfItsOwn() hooks {
	const scheme, urn, step = "https://", "urn:gateway:", "/source/"
	shown := everyResource(func(resource map[string]any) {
		if meta, ok := resource["meta"].(map[string]any); ok && meta["source"] != nil {
			meta["source"] = strings.Replace(strings.Replace(fhir.Text(meta["source"]), scheme, urn, 1), step, ":", 1)
		}
	})()
	shown.ask = func(_ *Exchange, parameters url.Values) {
		for i, source := range parameters["_source"] {
			if rest, own := strings.CutPrefix(source, urn); own {
				parameters["_source"][i] = scheme + strings.Replace(rest, ":", step, 1)
			}
		}
	}
	return shown
}

// smallPages has forty entries on a page, unless the client says how many it wants.
func smallPages() hooks {
	return hooks{ask: func(x *Exchange, parameters url.Values) {
		if x.posted() && len(parameters) == 0 || x.has("_summary") {
			return // of a search by POST the form is changed, and not the URL too
		}
		for _, name := range []string{"_count", "page", "cursor", "_cursor", "queryId"} {
			if x.has(name) {
				return
			}
		}
		parameters.Set("_count", "40")
	}}
}

// versionNames writes versions with a letter before the number.
func versionNames() hooks {
	member, tag := regexp.MustCompile(`"versionId":"(\d+)"`), regexp.MustCompile(`W/(\\?)"(\d+)(\\?)"`)
	plain := regexp.MustCompile(`W/"v(\d+)"`)
	return hooks{
		request: func(x *Exchange) {
			address := *x.Request.URL
			address.Path, address.RawPath = regexp.MustCompile(`/_history/v(\d+)$`).ReplaceAllString(address.Path, "/_history/$1"), ""
			x.Request.URL = &address
			for _, name := range []string{"If-None-Match", "If-Match"} {
				if value := x.Request.Header.Get(name); value != "" {
					x.Request.Header.Set(name, plain.ReplaceAllString(value, `W/"$1"`))
				}
			}
		},
		answer: func(x *Exchange) {
			if bytes.HasPrefix(x.Body(), []byte("{")) && !x.metadata() {
				x.SetBody(tag.ReplaceAll(member.ReplaceAll(x.Body(), []byte(`"versionId":"v$1"`)), []byte(`W/$1"v$2$3"`)))
			}
			for _, name := range []string{"ETag", "Location", "Content-Location"} {
				if value := x.Header.Get(name); value != "" {
					value = tag.ReplaceAllString(value, `W/$1"v$2$3"`)
					x.Header.Set(name, regexp.MustCompile(`/_history/(\d+)$`).ReplaceAllString(value, "/_history/v$1"))
				}
			}
		},
	}
}

// opaqueCursors hides what the next link asks for behind a cursor.
func opaqueCursors() hooks {
	hidden := map[string]string{}
	var mu sync.Mutex
	return hooks{
		ask: func(_ *Exchange, parameters url.Values) {
			mu.Lock()
			defer mu.Unlock()
			if query, ok := hidden[parameters.Get("_cursor")]; ok {
				clear(parameters)
				again, _ := url.ParseQuery(query) // it was a link of the server's
				maps.Copy(parameters, again)
			}
		},
		answer: func(x *Exchange) {
			x.links("next", func(link string) string {
				base, query, _ := strings.Cut(link, "?")
				sum := sha256.Sum256([]byte(query))
				cursor := hex.EncodeToString(sum[:8])
				mu.Lock()
				defer mu.Unlock()
				hidden[cursor] = query
				return base + "?_cursor=" + cursor
			})
		},
	}
}

// isReference reads a reference to a type by its relative form; "" is any type.
func isReference(object map[string]any, of string) (relative string, ok bool) {
	reference, found := fhir.ParseReference(fhir.Text(object["reference"]))
	if !found || of != "" && reference.Type != of || reference.Type == "" {
		return "", false
	}
	return reference.Relative(), true
}

// containPractitioners puts the practitioners that a resource refers to inside it, as far as an identifier tells them.
func containPractitioners(resource map[string]any) {
	// A Practitioner, or the role of one, contains nobody.
	kind := fhir.Text(resource["resourceType"])
	if resource["contained"] != nil || slices.Contains([]string{"Practitioner", "PractitionerRole", "Provenance"}, kind) {
		return
	}
	containReferred(resource, "Practitioner", "c")
}

// containReferred puts what a resource refers to inside it, as far as it is of a type and an identifier tells it.
func containReferred(resource map[string]any, kind, prefix string) {
	var contained []any
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if _, ok := isReference(value, kind); ok && value["identifier"] != nil {
				id := fmt.Sprintf("%s%d", prefix, len(contained))
				contained = append(contained, map[string]any{"resourceType": kind, "id": id, "identifier": []any{value["identifier"]}})
				value["reference"] = "#" + id
				delete(value, "identifier")
			}
			for _, name := range slices.Sorted(maps.Keys(value)) {
				walk(value[name])
			}
		case []any:
			for _, item := range value {
				walk(item)
			}
		}
	}
	if walk(resource); len(contained) > 0 {
		resource["contained"] = append(fhir.List(resource["contained"]), contained...)
	}
}
