package main

import "fmt"

// bundles returns Bundles of each type, right ones and ones with a mutation of what the Bundle page asks.
func (g *generator) bundles(rounds int) []pair {
	var list []pair
	for _, typ := range []string{"document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset", "collection"} {
		add := func(about string, b map[string]any) {
			list = append(list, pair{id: fmt.Sprintf("Bundle %s/%s/%d", typ, about, len(list)), about: about, typ: "Bundle", text: encode(b)})
		}
		add("valid bundle", g.bundle(typ))
		for _, m := range bundleMutations() {
			for range rounds {
				b := g.bundle(typ)
				entries, _ := b["entry"].([]any)
				at := g.random.IntN(len(entries))
				entry, _ := entries[at].(map[string]any)
				m.change(b, entry)
				add(m.name, b)
			}
		}
	}
	return list
}

// bundle makes a Bundle of a type that keeps to the rules of that type.
func (g *generator) bundle(typ string) map[string]any {
	const base = "http://a.test/fhir/"
	resource := func(name, id string, more map[string]any) map[string]any {
		r := map[string]any{"resourceType": name, "id": id}
		for key, v := range more {
			r[key] = v
		}
		return map[string]any{"fullUrl": base + name + "/" + id, "resource": r}
	}
	patient := resource("Patient", "p", map[string]any{"active": true})
	observation := resource("Observation", "o", map[string]any{
		"status": "final", "code": map[string]any{"text": "x"}, "subject": map[string]any{"reference": "Patient/p"}, "valueString": "x",
	})
	b := map[string]any{"resourceType": "Bundle", "type": typ}
	entries := []any{patient, observation}
	each := func(name string, v map[string]any) {
		for _, item := range entries {
			entry, _ := item.(map[string]any)
			entry[name] = v
		}
	}
	switch typ {
	case "document":
		b["identifier"] = map[string]any{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}
		b["timestamp"] = "2020-02-29T10:00:00Z"
		composition := resource("Composition", "c", map[string]any{
			"status": "final", "type": map[string]any{"text": "x"}, "subject": map[string]any{"reference": "Patient/p"}, "date": "2020",
			"author": []any{map[string]any{"display": "x"}}, "title": "x",
			"section": []any{map[string]any{"title": "x", "entry": []any{map[string]any{"reference": "Observation/o"}}}},
		})
		entries = append([]any{composition}, entries...)
	case "message":
		header := resource("MessageHeader", "m", map[string]any{
			"eventUri": "http://a.test/event", "source": map[string]any{"endpoint": "http://a.test"}, "focus": []any{map[string]any{"reference": "Observation/o"}},
		})
		entries = append([]any{header}, entries...)
	case "transaction", "batch":
		each("request", map[string]any{"method": "POST", "url": "Patient"})
	case "transaction-response", "batch-response":
		each("response", map[string]any{"status": "200 OK"})
	case "history":
		each("request", map[string]any{"method": "PUT", "url": "Patient/p"})
		each("response", map[string]any{"status": "200 OK"})
	case "searchset":
		b["total"] = 2
		b["link"] = []any{map[string]any{"relation": "self", "url": base + "Observation?_include=Observation:subject"}}
		patient["search"] = map[string]any{"mode": "include"}
		observation["search"] = map[string]any{"mode": "match"}
	}
	b["entry"] = entries
	return b
}

// bundleMutation changes a Bundle or one of its entries.
type bundleMutation struct {
	name   string
	change func(bundle, entry map[string]any)
}

func bundleMutations() []bundleMutation {
	set := func(name, key string, v any) bundleMutation {
		return bundleMutation{name, func(_, entry map[string]any) { entry[key] = v }}
	}
	whole := func(name, key string, v any) bundleMutation {
		return bundleMutation{name, func(bundle, _ map[string]any) { bundle[key] = v }}
	}
	drop := func(name, key string) bundleMutation {
		return bundleMutation{name, func(_, entry map[string]any) { delete(entry, key) }}
	}
	in := func(name string, change func(resource map[string]any)) bundleMutation {
		return bundleMutation{name, func(_, entry map[string]any) {
			if r, ok := entry["resource"].(map[string]any); ok {
				change(r)
			}
		}}
	}
	return []bundleMutation{
		drop("no fullUrl", "fullUrl"),
		drop("no resource", "resource"),
		drop("no request", "request"),
		drop("no response", "response"),
		drop("no search", "search"),
		set("request", "request", map[string]any{"method": "GET", "url": "Patient/p"}),
		set("response", "response", map[string]any{"status": "200"}),
		set("search", "search", map[string]any{"mode": "match"}),
		set("search as outcome", "search", map[string]any{"mode": "outcome"}),
		set("relative fullUrl", "fullUrl", "Patient/p"),
		set("versioned fullUrl", "fullUrl", "http://a.test/fhir/Patient/p/_history/1"),
		set("fullUrl of another id", "fullUrl", "http://a.test/fhir/Patient/q"),
		set("urn as fullUrl", "fullUrl", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
		set("fullUrl no resource's", "fullUrl", "http://a.test/x"),
		set("DELETE with a resource", "request", map[string]any{"method": "DELETE", "url": "Patient/p"}),
		in("no id", func(r map[string]any) { delete(r, "id") }),
		in("reference to nowhere", func(r map[string]any) {
			if r["resourceType"] == "Observation" {
				r["subject"] = map[string]any{"reference": "Patient/nowhere"}
			}
		}),
		in("bare id as reference", func(r map[string]any) {
			if r["resourceType"] == "Observation" {
				r["subject"] = map[string]any{"reference": "p"}
			}
		}),
		in("reference to another base", func(r map[string]any) {
			if r["resourceType"] == "Observation" {
				r["subject"] = map[string]any{"reference": "http://b.test/fhir/Patient/p"}
			}
		}),
		in("reference to wrong type", func(r map[string]any) {
			if r["resourceType"] == "Observation" {
				r["subject"] = map[string]any{"reference": "Observation/o"}
			}
		}),
		whole("total", "total", 2),
		whole("no entries", "entry", []any{}),
		{"entry twice", func(bundle, entry map[string]any) {
			entries, _ := bundle["entry"].([]any)
			bundle["entry"] = append(entries, entry)
		}},
		{"first entry last", func(bundle, _ map[string]any) {
			entries, _ := bundle["entry"].([]any)
			bundle["entry"] = append(entries[1:len(entries):len(entries)], entries[0])
		}},
		{"no link", func(bundle, _ map[string]any) { delete(bundle, "link") }},
		{"no identifier", func(bundle, _ map[string]any) { delete(bundle, "identifier") }},
		{"no timestamp", func(bundle, _ map[string]any) { delete(bundle, "timestamp") }},
	}
}
