package fhir

// Entry is one entry of a Bundle.
type Entry struct {
	// FullURL identifies the resource; in a searchset it is the absolute URL it can be read at.
	FullURL string
	// Mode is match, include or outcome in a searchset, "" elsewhere.
	Mode string
	// Resource is nil for an entry without one.
	Resource Resource
}

// Entries returns the entries of a Bundle in order, including those without a resource.
func Entries(bundle Resource) []Entry {
	objects := bundle.Objects("entry")
	entries := make([]Entry, 0, len(objects))
	for _, object := range objects {
		entry := Entry{FullURL: Text(object["fullUrl"]), Mode: Text(Get(object, "search", "mode"))}
		if resource, ok := object["resource"].(map[string]any); ok {
			entry.Resource = Resource(resource)
		}
		entries = append(entries, entry)
	}
	return entries
}

// Link returns the URL of the Bundle link with the relation ("self", "next"), or "".
func Link(bundle Resource, relation string) string {
	for _, link := range bundle.Objects("link") {
		if Text(link["relation"]) == relation {
			return Text(link["url"])
		}
	}
	return ""
}
