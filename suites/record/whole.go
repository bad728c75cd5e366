package record

import (
	"encoding/json"
	"html"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Rows name what everybody acts on. Everything else that a resource says is compared too, element by element, so that what
// nobody thought of is seen: each element that no row covers becomes a part, canonical text of the whole of it. What is
// not compared is listed by Exemptions and nowhere else.

// partsOf reads the elements of a resource that the shape's rows leave out, in the order of their names. Each is its name, a
// colon, and JSON in which every leaf is "rule:content", lists are sorted, and what is exempt is left out.
func (r *Reader) partsOf(resource fhir.Resource, shape *shape, in scope) []string {
	w := writer{in: in, exempt: r.exempt}
	var found [40]string
	parts := found[:0]
	buffer := make([]byte, 0, 256)
	for element, value := range resource {
		if r.exempt.has("Resource", element) || shape.covered[element] {
			continue
		}
		if object, ok := value.(map[string]any); ok {
			value = without(object, element, shape.covered)
		}
		text, ok := w.write(append(append(buffer, element...), ':'), element, value)
		if ok {
			parts = append(parts, string(text))
		}
		buffer = text[:0]
	}
	slices.Sort(parts)
	return slices.Clone(parts)
}

// without leaves out the members of an element that rows cover: the start of a period, the restriction's end.
func without(object map[string]any, element string, covered map[string]bool) map[string]any {
	left := object
	for name := range object {
		if !covered[element+"."+name] {
			continue
		}
		if len(left) == len(object) {
			left = make(map[string]any, len(object))
			for name, value := range object {
				left[name] = value
			}
		}
		delete(left, name)
	}
	return left
}

// writer writes values in canonical form.
type writer struct {
	in     scope
	exempt exemptions
}

// write appends a value's canonical form, and reports false for a value that says nothing.
func (w writer) write(text []byte, name string, value any) ([]byte, bool) {
	switch value := value.(type) {
	case []any:
		return w.list(text, name, value)
	case map[string]any:
		return w.object(text, value)
	case nil:
		return text, false
	default:
		rule, content := primitive(name, value)
		return leaf(text, rule, content), true
	}
}

func (w writer) list(text []byte, name string, list []any) ([]byte, bool) {
	if len(list) > 1 && (name == "given" || name == "line") {
		list = inSequence(list)
	}
	start := len(text)
	text = append(text, '[')
	if len(list) == 1 {
		text, ok := w.write(text, name, list[0])
		if !ok {
			return text[:start], false
		}
		return append(text, ']'), true
	}
	items := make([]string, 0, len(list))
	for _, item := range list {
		if item, ok := w.write(nil, name, item); ok {
			items = append(items, string(item))
		}
	}
	if len(items) == 0 {
		return text[:start], false
	}
	slices.Sort(items)
	return append(append(text, strings.Join(items, ",")...), ']'), true
}

// inSequence makes the given names of a person, or the lines of an address, one: they say something else in another order, and the
// same however they are divided.
func inSequence(list []any) []any {
	said := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return list
		}
		said = append(said, text)
	}
	return []any{strings.Join(said, " ")}
}

// object writes a datatype that is one thing as a leaf, and everything else member by member.
func (w writer) object(text []byte, object map[string]any) ([]byte, bool) {
	kind := datatype(object)
	one := func(rule, content string) ([]byte, bool) {
		if content == "" {
			return text, false
		}
		return leaf(text, rule, content), true
	}
	switch kind {
	case "CodeableConcept", "Coding":
		return one("concept", conceptLeaf(object))
	case "Quantity":
		return one("amount", amount(object))
	case "Reference":
		switch {
		case object["reference"] == nil && object["identifier"] == nil:
			return one("words", words(fhir.Text(object["display"])))
		case w.in.names == nil:
			return text, false
		default:
			return one("reference", w.in.target(object))
		}
	}
	if object["periodUnit"] != nil || object["durationUnit"] != nil {
		object = timed(object)
	}
	var found [24]string
	names := found[:0]
	for name := range object {
		if !w.exempt.has(kind, name) && (name != "text" || !rendered(kind, object)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	start := len(text)
	text = append(text, '{')
	member := func(name string, write func([]byte) ([]byte, bool)) {
		before := len(text)
		if before > start+1 {
			text = append(text, ',')
		}
		text = append(quoted(text, name), ':')
		ok := false
		if text, ok = write(text); !ok {
			text = text[:before]
		}
	}
	if kind == "Attachment" {
		if content := digest(object); content != "" {
			member("data", func(text []byte) ([]byte, bool) { return leaf(text, "digest", content), true })
		}
	}
	number := dialled(object)
	for _, name := range names {
		if number && name == "value" {
			member(name, func(text []byte) ([]byte, bool) {
				return leaf(text, "words", contact(fhir.Text(object["system"]), fhir.Text(object["value"]))), true
			})
			continue
		}
		member(name, func(text []byte) ([]byte, bool) { return w.write(text, name, object[name]) })
	}
	if len(text) == start+1 {
		return text[:start], false
	}
	return append(text, '}'), true
}

// leaf appends the content of a leaf with the name of its rule, as a JSON string.
func leaf(text []byte, rule, content string) []byte {
	text = append(append(append(text, '"'), rule...), ':')
	return append(escaped(text, content), '"')
}

func quoted(text []byte, content string) []byte {
	return append(escaped(append(text, '"'), content), '"')
}

func escaped(text []byte, content string) []byte {
	written := 0
	for i := range len(content) {
		c := content[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		text = append(text, content[written:i]...)
		written = i + 1
		switch c {
		case '"', '\\':
			text = append(text, '\\', c)
		case '\n':
			text = append(text, '\\', 'n')
		default:
			text = append(text, '\\', 'u', '0', '0', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
	}
	return append(text, content[written:]...)
}

// dated reports whether text has the form of a FHIR date or time.
func dated(text string) bool {
	for i := range len(text) {
		switch {
		case i == 4 || i == 7:
			if text[i] != '-' {
				return false
			}
		case i == 10:
			return text[i] == 'T'
		case text[i] < '0' || text[i] > '9':
			return false
		}
	}
	return len(text) == 4 || len(text) == 7 || len(text) == 10
}

// plain takes the tags out of XHTML.
func plain(div string) string {
	var b strings.Builder
	for div != "" {
		text, rest, _ := strings.Cut(div, "<")
		b.WriteString(text + " ")
		_, div, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(b.String())
}

// primitive gives a string, number or boolean in canonical form, and the name of its rule.
func primitive(name string, value any) (rule, content string) {
	text := fhir.Text(value)
	switch value := value.(type) {
	case json.Number:
		return "number", number(value.String())
	case bool:
		return "code", text
	}
	switch {
	case name == "div":
		return "words", words(plain(text))
	case name == "postalCode":
		return "words", postcode(text)
	case dated(text):
		return "moment", moment(text)
	case strings.ContainsAny(text, " \t\r\n"):
		return "words", words(text)
	default:
		return "code", text
	}
}

// datatype names the FHIR datatype that an object looks like, "" for any other.
func datatype(object map[string]any) string {
	const (
		coding = 1 << iota
		text
		reference
		kind
		identifier
		display
		system
		version
		code
		userSelected
		value
		comparator
		unit
		content
		data
		hash
		url
		title
		extension
		person
		place
		others
	)
	has := 0
	for name := range object {
		switch name {
		case "coding":
			has |= coding
		case "text":
			has |= text
		case "reference":
			has |= reference
		case "type":
			has |= kind
		case "identifier":
			has |= identifier
		case "display":
			has |= display
		case "system":
			has |= system
		case "version":
			has |= version
		case "code":
			has |= code
		case "userSelected":
			has |= userSelected
		case "value":
			has |= value
		case "comparator":
			has |= comparator
		case "unit":
			has |= unit
		case "data":
			has |= data
		case "hash":
			has |= hash
		case "url":
			has |= url
		case "contentType", "language", "size", "creation":
			has |= content
		case "title":
			has |= title
		case "extension":
			has |= extension
		case "family", "given":
			has |= person | others
		case "line", "city", "postalCode":
			has |= place | others
		case "id":
		case "resourceType":
			return "Resource"
		case "div":
			return "Narrative"
		default:
			if !strings.HasPrefix(name, "_") {
				has |= others
			}
		}
	}
	only := func(members int) bool { return has&^(members|extension) == 0 && has&members != 0 }
	some := func(members int) bool { return has&members != 0 }
	switch {
	case only(coding | text):
		return "CodeableConcept"
	case only(reference|kind|identifier|display) && some(reference|display|identifier):
		if _, listed := object["identifier"].([]any); !listed {
			return "Reference"
		}
	case only(system|version|code|display|userSelected) && some(code):
		return "Coding"
	case only(value|comparator|unit|system|code) && some(value|unit):
		// The value of a ContactPoint or an Identifier is text.
		if _, text := object["value"].(string); !text || some(unit|comparator) {
			return "Quantity"
		}
	case only(content|title|data|hash|url) && (some(data|hash) || some(url) && !some(extension)):
		return "Attachment"
	case some(person):
		return "HumanName"
	case some(place):
		return "Address"
	}
	return ""
}
