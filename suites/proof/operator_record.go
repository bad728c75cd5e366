package proof

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// recordOperators alter a record as a whole, wherever it is shown.
func recordOperators() []operator {
	return []operator{
		{name: "record dropped", record: func(_ *draw, s *shown) *generated {
			g := inEntries(s, func(entries []any, at int) []any { return slices.Delete(entries, at, at+1) }, func(a *answer) {
				a.refuse(http.StatusNotFound, "not-found", "there is no such resource")
			})
			g.dropped = true
			return g
		}},
		{name: "record again under another id", record: func(_ *draw, s *shown) *generated {
			g := again(s, func(map[string]any) {})
			g.again = true
			return g
		}},
		{name: "record again as another record", record: func(_ *draw, s *shown) *generated {
			g := again(s, func(resource map[string]any) {
				for _, identifier := range fhir.Objects(resource["identifier"]) {
					if identifier["system"] != fhir.NHSNumberSystem {
						identifier["value"] = fhir.Text(identifier["value"]) + "-2"
					}
				}
			})
			// A person may have two local numbers, and a directory entries that nobody else has. What has no identifier is shown as it is.
			g.again = nhsNumber(s.resource) != "" || directory(s.resource) || s.resource["identifier"] == nil
			return g
		}},
		{name: "record in an earlier state", record: stale},
		{name: "record with what another person's says", record: swapped},
		{name: "record of another person", record: misfiled},
		{name: "labels lost", record: func(_ *draw, s *shown) *generated { return withoutMeta(s, "security") }},
		{name: "tags lost", record: func(_ *draw, s *shown) *generated { return withoutMeta(s, "tag") }},
		{name: "claim of a profile lost", record: func(_ *draw, s *shown) *generated { return withoutMeta(s, "profile") }},
		{name: "extensions lost", record: func(_ *draw, s *shown) *generated {
			g := everywhere(s, func(resource map[string]any) bool {
				had := resource["extension"] != nil
				delete(resource, "extension")
				return had
			})
			if g != nil {
				g.steps = []any{"extension"}
				g.mutant = result.Mutant{Place: s.resource.Type() + ".extension", Before: asText(s.resource["extension"])}
			}
			return g
		}},
	}
}

// again shows a record twice.
func again(s *shown, change func(resource map[string]any)) *generated {
	id := s.resource.ID() + "-2"
	return inEntries(s, func(entries []any, at int) []any {
		entry, _ := clone(entries[at]).(map[string]any)
		resource, _ := entry["resource"].(map[string]any)
		resource["id"] = id
		change(resource)
		if address := fhir.Text(entry["fullUrl"]); address != "" {
			entry["fullUrl"] = address + "-2"
		}
		return slices.Insert(entries, at+1, any(entry))
	}, nil)
}

// earlier are states that a record can have been in before it came to the one that it is in.
func earlier(kind, status string) string {
	before := map[string]string{
		"completed": "in-progress", "finished": "in-progress", "final": "preliminary", "amended": "final", "corrected": "final", "fulfilled": "booked",
		"cancelled": "booked", "stopped": "active", "revoked": "active", "resolved": "active", "inactive": "active", "remission": "active", "ended": "active",
		"active": "draft", "entered-in-error": "final", "noshow": "booked", "superseded": "current",
	}[status]
	switch {
	case kind == "Immunization" || kind == "Consent" && before == "draft":
		return ""
	case before == "draft" && !slices.Contains([]string{"MedicationRequest", "CarePlan", "ServiceRequest", "MedicationStatement"}, kind):
		return ""
	case kind == "EpisodeOfCare" && before == "in-progress":
		return "active"
	case kind == "MedicationStatement" && before == "draft":
		return "intended"
	}
	return before
}

// stale shows a record as it was before its last change.
func stale(_ *draw, s *shown) *generated {
	kind, was, place := s.resource.Type(), "", ""
	status := s.resource.Text("status")
	if to := earlier(kind, status); to != "" {
		was, place = to, "status"
	} else if to := earlier(kind, s.resource.Text("clinicalStatus", "coding", "code")); to != "" && to != "draft" {
		was, place = to, "clinicalStatus"
	}
	if was == "" {
		return nil
	}
	g := everywhere(s, func(resource map[string]any) bool {
		if resource[place] == nil {
			return false
		}
		if place == "status" {
			resource["status"] = was
		} else {
			for _, coding := range fhir.Objects(fhir.Get(resource, "clinicalStatus", "coding")) {
				coding["code"] = was
				delete(coding, "display")
			}
		}
		if meta, ok := resource["meta"].(map[string]any); ok && meta["lastUpdated"] != nil {
			if before := moved(fhir.Text(meta["lastUpdated"]), -30*24*3600*1e9); before != nil {
				meta["lastUpdated"] = before
			}
		}
		return true
	})
	if g != nil {
		g.steps = []any{place}
		g.mutant = result.Mutant{Place: kind + "." + place, Before: asText(s.resource[place]), After: asText(g.after[place])}
	}
	return g
}

// swapped gives a record what another record of its type says about another person.
func swapped(d *draw, s *shown) *generated {
	person := d.person(s)
	if person == "" {
		return nil
	}
	own := []string{"resourceType", "id", "meta", "identifier", "subject", "patient", "for"}
	for range 20 {
		other := d.records[s.system][one(d, d.kinds[s.system][s.resource.Type()])]
		if theirs := d.person(other); theirs == "" || theirs == person {
			continue
		}
		g := everywhere(s, func(resource map[string]any) bool {
			if subsetted(resource) {
				return false
			}
			for name := range resource {
				if !slices.Contains(own, name) {
					delete(resource, name)
				}
			}
			for name, value := range other.resource {
				if !slices.Contains(own, name) {
					resource[name] = clone(value)
				}
			}
			return true
		})
		if g != nil {
			g.mutant = result.Mutant{Place: s.resource.Type(), Before: s.resource.Reference(), After: other.resource.Reference()}
			return g
		}
	}
	return nil
}

// misfiled makes a record one of another person.
func misfiled(d *draw, s *shown) *generated {
	person := d.person(s)
	if person == "" || s.resource.Type() == "Patient" {
		return nil
	}
	patients := d.kinds[s.system]["Patient"]
	for range 20 {
		other := one(d, patients)
		if theirs := nhsNumber(d.records[s.system][other].resource); theirs == "" || theirs == person {
			continue
		}
		for _, name := range []string{"subject", "patient", "for"} {
			before := s.resource.Text(name, "reference")
			if before == "" {
				continue
			}
			to := other
			if at := strings.LastIndex(before, "Patient/"); at > 0 {
				to = before[:at] + other
			}
			g := everywhere(s, func(resource map[string]any) bool {
				reference, ok := resource[name].(map[string]any)
				if !ok {
					return false
				}
				reference["reference"] = to
				delete(reference, "identifier")
				delete(reference, "display")
				return true
			})
			if g != nil {
				g.steps = []any{name, "reference"}
				g.mutant = result.Mutant{Place: s.resource.Type() + "." + name, Before: before, After: to}
			}
			return g
		}
	}
	return nil
}

func withoutMeta(s *shown, name string) *generated {
	g := everywhere(s, func(resource map[string]any) bool {
		meta, _ := resource["meta"].(map[string]any)
		if meta[name] == nil || reflect.DeepEqual(meta[name], []any{}) {
			return false
		}
		delete(meta, name)
		return true
	})
	if g != nil {
		g.steps = []any{"meta", name}
		g.mutant = result.Mutant{Place: s.resource.Type() + ".meta." + name, Before: asText(fhir.Get(map[string]any(s.resource), "meta", name))}
	}
	return g
}
