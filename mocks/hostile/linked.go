package hostile

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// also begins the ids of the Patients that linkedPatient adds.
const also = "also-"

// linkedPatient adds a second Patient to what a search by NHS number found, with a link to the first, and finds it by its id where
// the first one is found by the rest of the question.
func linkedPatient() hooks {
	return hooks{
		ask: func(x *Exchange, parameters url.Values) {
			if x.Type() != "Patient" {
				return
			}
			for i, list := range parameters["_id"] {
				ids := strings.Split(list, ",")
				for n := range ids {
					ids[n] = strings.TrimPrefix(ids[n], also)
				}
				parameters["_id"][i] = strings.Join(ids, ",")
			}
		},
		answer: func(x *Exchange) {
			byID := strings.Split(x.Parameters.Get("_id"), ",")
			switch {
			case x.metadata():
				x.alter(undeclareLink)
			case x.Type() != "Patient" || !x.search():
			case strings.HasPrefix(x.Parameters.Get("identifier"), fhir.NHSNumberSystem):
				x.bundle(func(bundle map[string]any) { addLinked(bundle, nil) })
			case slices.ContainsFunc(byID, func(id string) bool { return strings.HasPrefix(id, also) }):
				x.bundle(func(bundle map[string]any) { addLinked(bundle, byID) })
			}
		},
	}
}

// undeclareLink has a system offer no search by what Patients link to: what lies behind knows nothing of the second ones.
func undeclareLink(statement map[string]any) {
	for _, rest := range fhir.Objects(statement["rest"]) {
		for _, resource := range fhir.Objects(rest["resource"]) {
			if resource["type"] == "Patient" {
				resource["searchParam"] = slices.DeleteFunc(fhir.List(resource["searchParam"]), func(parameter any) bool { return fhir.Get(parameter, "name") == "link" })
			}
		}
	}
}

// addLinked adds the second Patients of those in a Bundle that are asked for, of the first of all where none is asked for by id; who
// is not asked for is left out.
func addLinked(bundle map[string]any, asked []string) {
	var entries []any
	for i, entry := range fhir.Objects(bundle["entry"]) {
		resource, _ := entry["resource"].(map[string]any)
		id := fhir.Text(resource["id"])
		if asked == nil || resource["resourceType"] != "Patient" || slices.Contains(asked, id) {
			entries = append(entries, entry)
		}
		if asked == nil && i == 0 || slices.Contains(asked, also+id) {
			entries = append(entries, second(entry))
		}
	}
	if total, ok := bundle["total"].(json.Number); ok {
		n, _ := total.Int64()
		bundle["total"] = n + int64(len(entries)-len(fhir.Objects(bundle["entry"])))
	}
	if bundle["entry"] = entries; len(entries) == 0 {
		delete(bundle, "entry")
	}
}

// second is the entry of a second Patient, which links to the one of an entry.
func second(entry map[string]any) map[string]any {
	first, _ := json.Marshal(entry) // it was read from JSON
	again, err := fhir.DecodeObject(first)
	if err != nil {
		return entry
	}
	if resource, ok := again["resource"].(map[string]any); ok {
		original := "Patient/" + fhir.Text(resource["id"])
		resource["id"] = also + fhir.Text(resource["id"])
		// What the first one says of who replaced it, the second says too.
		resource["link"] = append(fhir.List(resource["link"]), map[string]any{"other": map[string]any{"reference": original}, "type": "seealso"})
	}
	delete(again, "fullUrl")
	return again
}
