package hostile

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

// containMedicines moves which medicine it is from a record into a Medication that the record contains.
func containMedicines(resource map[string]any) {
	code, ok := resource["medicationCodeableConcept"]
	if !ok {
		return
	}
	delete(resource, "medicationCodeableConcept")
	resource["medicationReference"] = map[string]any{"reference": "#medicine"}
	resource["contained"] = append([]any{map[string]any{"resourceType": "Medication", "id": "medicine", "code": code}}, fhir.List(resource["contained"])...)
}

// referredMedicines moves which medicine it is from a record into a Medication of its own, which can be read.
func referredMedicines() hooks {
	var known sync.Map
	moved := everyResource(func(resource map[string]any) {
		code, ok := resource["medicationCodeableConcept"].(map[string]any)
		if !ok {
			return
		}
		id := "medicine-" + fhir.Text(fhir.Get(code, "coding", "code"))
		known.Store(id, code)
		delete(resource, "medicationCodeableConcept")
		resource["medicationReference"] = map[string]any{"reference": "Medication/" + id}
	})()
	moved.ask = func(x *Exchange, parameters url.Values) {
		if strings.HasPrefix(x.Type(), "Medication") {
			for i := range parameters["code"] {
				parameters["code"][i] = "in-a-medication" // R4's parameter reads a concept in the record, and there is none
			}
		}
		for i, reference := range parameters["medication"] {
			// The code of the Medication is what is stored. What is at another server is not.
			_, own, here := strings.Cut(reference, "://"+x.Request.Host+x.base+"/")
			if !here {
				own = reference
			}
			if id, ok := strings.CutPrefix(strings.TrimPrefix(own, "Medication/"), "medicine-"); ok {
				parameters["code"], parameters["medication"] = append(parameters["code"], id), slices.Delete(parameters["medication"], i, i+1)
				return
			}
		}
	}
	moved.instead = func(w http.ResponseWriter, x *Exchange) bool {
		if x.Request.Method != http.MethodGet || len(x.Segments) != 2 || x.Segments[0] != "Medication" {
			return false
		}
		code, ok := known.Load(x.Segments[1])
		if !ok {
			return false
		}
		body, err := json.Marshal(map[string]any{"resourceType": "Medication", "id": x.Segments[1], "code": code})
		if err != nil {
			return false
		}
		w.Header().Set("Content-Type", "application/fhir+json;charset=utf-8")
		_, err = w.Write(body)
		return err == nil
	}
	return moved
}

// unreadMedicines is referredMedicines of a system that answers a read of a Medication with a status and an OperationOutcome.
func unreadMedicines(status int, code string) func() hooks {
	return func() hooks {
		referred := referredMedicines()
		referred.instead = func(w http.ResponseWriter, x *Exchange) bool {
			if x.Request.Method != http.MethodGet || len(x.Segments) != 2 || x.Segments[0] != "Medication" {
				return false
			}
			x.set(status, fhirJSON, outcome(code, "no Medication for you"))
			plain(w, x)
			return true
		}
		return referred
	}
}
