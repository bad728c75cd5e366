package hostile

import (
	"encoding/json"
	"net/http"
	"strings"

	"concord.example/concord/internal/fhir"
)

// alsoPrefix begins the ids of the Patients that linkedPatient adds.
const alsoPrefix = "also-"

// linkedPatient adds a second Patient to what a search by NHS number found, with a link to the first. The server that has it can be asked
// for it by its id too, and has no records about it.
func linkedPatient(x *Exchange) {
	switch {
	case x.Type() == "Patient" && strings.HasPrefix(x.Parameters.Get("identifier"), fhir.NHSNumberSystem):
		x.bundle(addLinked)
	case x.Type() == "Patient" && x.search() && strings.HasPrefix(x.Parameters.Get("_id"), alsoPrefix) && !x.refused():
		if linked := x.linked(x.Parameters.Get("_id")); linked != nil {
			x.bundle(func(bundle map[string]any) {
				if bundle["total"] != nil {
					bundle["total"] = 1
				}
				bundle["entry"] = []any{map[string]any{"resource": linked, "search": map[string]any{"mode": "match"}}}
			})
		}
	case x.read() && x.Type() == "Patient" && strings.HasPrefix(x.Segments[1], alsoPrefix):
		if linked := x.linked(x.Segments[1]); linked != nil {
			text, _ := json.Marshal(linked) // it was read from JSON
			x.set(http.StatusOK, "application/fhir+json", string(text))
		}
	}
}

// linked is the second Patient with an id, nil where there is no first one.
func (x *Exchange) linked(id string) map[string]any {
	first := x.behind("Patient/" + strings.TrimPrefix(id, alsoPrefix))
	object, err := fhir.DecodeObject(first.Body)
	if first.refused() || err != nil {
		return nil
	}
	linkTo(object)
	return object
}

// linkTo makes of a Patient the second one that links to it. What the first one says of who replaced it, the second says too.
func linkTo(patient map[string]any) {
	original := "Patient/" + fhir.Text(patient["id"])
	patient["id"] = alsoPrefix + fhir.Text(patient["id"])
	patient["link"] = append(fhir.List(patient["link"]), map[string]any{"other": map[string]any{"reference": original}, "type": "seealso"})
}

// addLinked adds the second Patient of the first entry.
func addLinked(bundle map[string]any) {
	entries := fhir.Objects(bundle["entry"])
	if len(entries) == 0 {
		return
	}
	first, _ := json.Marshal(entries[0]) // it was read from JSON
	again, err := fhir.DecodeObject(first)
	if err != nil {
		return
	}
	if resource, is := again["resource"].(map[string]any); is {
		linkTo(resource)
	}
	delete(again, "fullUrl")
	bundle["entry"] = append(fhir.List(bundle["entry"]), again)
	if total, ok := bundle["total"].(json.Number); ok {
		n, _ := total.Int64()
		bundle["total"] = n + 1
	}
}
