package record

import (
	"maps"

	"concord.example/concord/internal/fhir"
)

// momentary writes what starts and ends at the same time as done at that time: R4 leaves it to a system whether it says when by a
// Period or by a dateTime, and the end of a Period is part of it. A resource without such a Period is returned as it is.
func momentary(resource fhir.Resource) fhir.Resource {
	for _, element := range []string{"effective", "performed", "occurrence"} {
		if period, ok := resource[element+"Period"].(map[string]any); ok && instantly(period) {
			resource = maps.Clone(resource)
			resource[element+"DateTime"] = period["start"]
			delete(resource, element+"Period")
		}
	}
	collection, _ := resource["collection"].(map[string]any)
	if period, ok := collection["collectedPeriod"].(map[string]any); ok && instantly(period) {
		collection = maps.Clone(collection)
		collection["collectedDateTime"] = period["start"]
		delete(collection, "collectedPeriod")
		resource = maps.Clone(resource)
		resource["collection"] = collection
	}
	return resource
}

// instantly reports whether a Period is no longer than the time with which it starts.
func instantly(period map[string]any) bool {
	start, end := fhir.Text(period["start"]), fhir.Text(period["end"])
	return len(period) == 2 && start != "" && end != "" && moment(start) == moment(end)
}
