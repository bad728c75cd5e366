package hostile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// recordStyles are lawful ways to write what is in a record: what may stand beside it, in which order, and in which words.
func recordStyles() []Behaviour {
	row := func(name, title string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Style, Kind: Legal, Title: title, hooks: hooks}
	}
	return []Behaviour{
		row("style-lists-reversed", "what stands in a list whose order says nothing stands in another order", everyObject(reverseLists)),
		row("style-defaults-written", "what is assumed where nothing is said is written: alive, to be done, not preferred", everyResource(writeDefaults)),
		row("style-own-profile", "records claim a profile of the system's own as well", everyResource(func(resource map[string]any) {
			meta := child(resource, "meta")
			meta["profile"] = append(fhir.List(meta["profile"]), "https://supplier.example.test/StructureDefinition/own-"+strings.ToLower(fhir.Text(resource["resourceType"])))
		})),
		row("style-tags-added", "records have a tag of the system's own", everyResource(func(resource map[string]any) {
			meta := child(resource, "meta")
			meta["tag"] = append(fhir.List(meta["tag"]), map[string]any{"system": "https://supplier.example.test/tags", "code": "imported"})
		})),
		row("style-language", "records say that they are in English", everyResource(func(resource map[string]any) { resource["language"] = "en-GB" })),
		row("style-references-told", "references say the type of what they refer to, and its name", everyObject(func(object map[string]any, _ string) {
			if reference, ok := fhir.ParseReference(fhir.Text(object["reference"])); ok && reference.Type != "" {
				object["type"] = reference.Type
				if object["display"] == nil {
					object["display"] = "As the system calls it"
				}
			}
		})),
		row("style-versioned-targets", "what a Provenance is about is told with its version", everyResource(func(resource map[string]any) {
			if resource["resourceType"] != "Provenance" {
				return
			}
			for _, target := range fhir.Objects(resource["target"]) {
				if reference := fhir.Text(target["reference"]); reference != "" && !strings.Contains(reference, "/_history/") {
					target["reference"] = reference + "/_history/1"
				}
			}
		})),
		row("style-periods", "what was done at an instant is said to be done in a period that starts and ends then", everyResource(func(resource map[string]any) {
			for _, name := range []string{"performed", "effective"} {
				at := fhir.Text(resource[name+"DateTime"])
				if strings.Contains(at, "T") {
					resource[name+"Period"] = map[string]any{"start": at, "end": at}
					delete(resource, name+"DateTime")
				}
			}
		})),
		row("style-category-added", "records have a further category of the system's own", everyResource(func(resource map[string]any) {
			if list, ok := resource["category"].([]any); ok && len(list) > 0 {
				if _, concept := list[0].(map[string]any); concept && resource["resourceType"] != "CarePlan" && resource["resourceType"] != "Observation" {
					resource["category"] = append(list, map[string]any{"coding": []any{map[string]any{"system": "https://supplier.example.test/categories", "code": "C7"}}})
				}
			}
		})),
		row("style-whole-decimals", "whole amounts are written with a decimal place", everyText(func(_ *Exchange, body []byte) []byte {
			return wholeAmount.ReplaceAll(body, []byte(`"$1":{$2"value":${3}.0$4`))
		})),
		row("style-slashes-escaped", "slashes in JSON are escaped", everyText(func(_ *Exchange, body []byte) []byte {
			return bytes.ReplaceAll(body, []byte("/"), []byte(`\/`))
		})),
		row("style-given-together", "all given names are one string", givenTogether),
		row("style-usual-names", "the name of a person is the one by which they are known", everyObject(func(object map[string]any, path string) {
			if strings.HasSuffix(path, ".name") && object["use"] == "official" {
				object["use"] = "usual"
			}
		})),
		row("style-names-told", "names and addresses have a text of the whole beside their parts", everyObject(func(object map[string]any, path string) {
			switch {
			case strings.HasSuffix(path, ".name") && object["family"] != nil:
				object["text"] = strings.ToUpper(fhir.Text(object["family"])) + ", " + joined(fhir.List(object["given"]), " ")
			case strings.HasSuffix(path, ".address") && object["postalCode"] != nil:
				object["text"] = joined(fhir.List(object["line"]), ", ") + ", " + fhir.Text(object["city"]) + ", " + fhir.Text(object["postalCode"])
			}
		})),
		row("style-address-lines", "the number of a house has a line of its own in an address", everyObject(func(object map[string]any, path string) {
			lines := fhir.List(object["line"])
			if !strings.HasSuffix(path, ".address") || len(lines) == 0 {
				return
			}
			if number, street, ok := strings.Cut(fhir.Text(lines[0]), " "); ok && strings.Trim(number, "0123456789") == "" {
				object["line"] = append([]any{number, street}, lines[1:]...)
			}
		})),
		row("style-postcodes-together", "postcodes of people have no space", postcodesTogether),
		row("style-phone-international", "telephone numbers are written with +44", internationalNumbers),
		row("style-since", "names, addresses, telecoms and identifiers of a person say since when they are used", everyObject(func(object map[string]any, path string) {
			for _, name := range []string{".name", ".address", ".telecom", ".identifier"} {
				if strings.HasPrefix(path, "Patient.") && strings.HasSuffix(path, name) && object["period"] == nil && len(object) > 1 {
					object["period"] = map[string]any{"start": "2001-02-03"}
				}
			}
		})),
		row("style-identifiers-told", "identifiers say their use and who assigned them", everyObject(func(object map[string]any, path string) {
			if strings.HasSuffix(path, "dentifier") && object["system"] != nil && object["value"] != nil {
				if object["use"] == nil {
					object["use"] = "official"
				}
				object["assigner"] = map[string]any{"display": "Who assigned it"}
			}
		})),
		row("style-directory-elsewhere", "references to organisations, places and staff lead to a directory of another server", everyObject(func(object map[string]any, _ string) {
			reference, ok := fhir.ParseReference(fhir.Text(object["reference"]))
			if ok && slices.Contains([]string{"Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService"}, reference.Type) {
				object["reference"] = "https://directory.example.test/R4/" + reference.Type + "/d" + reference.ID
			}
		})),
		row("style-no-source", "meta.source is not told where a tag names the provider", everyResource(func(resource map[string]any) {
			if meta, ok := resource["meta"].(map[string]any); ok && slices.ContainsFunc(fhir.Objects(meta["tag"]), func(tag map[string]any) bool { return tag["system"] == fixtures.ODSSystem }) {
				delete(meta, "source")
			}
		})),
		row("style-own-numbers", "a record has a number of the system's own, and not that of its source", ownNumbers),
		row("style-organisations-in-capitals", "organisations are called as the Organisation Data Service writes them", everyResource(func(resource map[string]any) {
			if name := fhir.Text(resource["name"]); resource["resourceType"] == "Organization" && name != "" {
				resource["name"] = strings.ToUpper(name)
			}
		})),
		row("style-ranges-told", "reference ranges have their words too", everyObject(func(object map[string]any, path string) {
			low, high := fhir.Get(object, "low", "value"), fhir.Get(object, "high", "value")
			if strings.HasSuffix(path, ".referenceRange") && object["text"] == nil && low != nil && high != nil {
				object["text"] = fhir.Text(low) + " - " + fhir.Text(high)
			}
		})),
		row("style-bundle-told", "searchsets have an identifier, a time and a score", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				bundle["identifier"] = map[string]any{"system": "https://supplier.example.test/answers", "value": "1"}
				bundle["timestamp"] = "2026-01-02T03:04:05Z"
				for _, entry := range fhir.Objects(bundle["entry"]) {
					if search, ok := entry["search"].(map[string]any); ok && search["mode"] == "match" {
						search["score"] = 1
					}
				}
			})
		})),
		row("style-contained-organisations", "organisations are contained, and told by identifier", everyResource(containOrganisations)),
	}
}

// wholeAmount is an amount without a decimal place.
var wholeAmount = regexp.MustCompile(`"(valueQuantity|low|high|doseQuantity|quantity)":\{([^{}]*)"value":(\d+)([,}])`)

// child is the object of that name, which is made where there is none.
func child(object map[string]any, name string) map[string]any {
	inner, ok := object[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[name] = inner
	}
	return inner
}

// joined is a list of strings as one.
func joined(list []any, between string) string {
	words := make([]string, 0, len(list))
	for _, item := range list {
		words = append(words, fhir.Text(item))
	}
	return strings.Join(words, between)
}

// reverseLists turns the lists of objects around whose order says nothing (R4 gives one to sections, to instructions and to
// what is contained in nothing else).
func reverseLists(object map[string]any, _ string) {
	for name, value := range object {
		list, ok := value.([]any)
		if !ok || slices.Contains([]string{"coding", "section", "dosageInstruction", "dosage", "contained", "entry", "content"}, name) {
			continue
		}
		if len(list) > 1 {
			if _, objects := list[0].(map[string]any); objects {
				slices.Reverse(list)
			}
		}
	}
}

// writeDefaults says what R4 has a reader assume where nothing is said.
func writeDefaults(resource map[string]any) {
	switch resource["resourceType"] {
	case "Patient":
		if resource["deceasedBoolean"] == nil && resource["deceasedDateTime"] == nil {
			resource["deceasedBoolean"] = false
		}
	case "MedicationRequest", "ServiceRequest":
		if resource["doNotPerform"] == nil {
			resource["doNotPerform"] = false
		}
	}
	for _, communication := range fhir.Objects(resource["communication"]) {
		if communication["preferred"] == nil {
			communication["preferred"] = false
		}
	}
}

// containOrganisations puts the organisations that a resource refers to inside it, as far as an identifier tells them.
func containOrganisations(resource map[string]any) {
	if kind := fhir.Text(resource["resourceType"]); kind == "Organization" || kind == "Provenance" {
		return
	}
	containReferred(resource, "Organization", "o")
}

// internationalNumbers writes telephone numbers as they are dialled from abroad, and finds them so.
func internationalNumbers() hooks {
	shown := everyObject(func(object map[string]any, _ string) {
		if number := fhir.Text(object["value"]); object["system"] == "phone" && strings.HasPrefix(number, "0") {
			object["value"] = "+44 " + strings.TrimPrefix(number, "0")
		}
	})()
	shown.ask = func(_ *Exchange, parameters url.Values) {
		for name, values := range parameters {
			for i := range values {
				if base, _, _ := strings.Cut(name, ":"); base == "phone" || base == "telecom" {
					values[i] = strings.ReplaceAll(values[i], "+44 ", "0")
				}
			}
		}
	}
	return shown
}

// givenTogether writes all given names of a person as one, and finds them so.
func givenTogether() hooks {
	shown := everyObject(func(object map[string]any, path string) {
		if given := fhir.List(object["given"]); strings.HasSuffix(path, ".name") && len(given) > 1 {
			object["given"] = []any{joined(given, " ")}
		}
	})()
	shown.ask = func(_ *Exchange, parameters url.Values) {
		for name, values := range parameters {
			if base, _, _ := strings.Cut(name, ":"); base == "given" && len(values) == 1 {
				parameters[name] = strings.Fields(values[0])
			}
		}
	}
	return shown
}

// halves are the two parts of a postcode.
var halves = regexp.MustCompile(`(?i)\b([a-z]{1,2}[0-9][a-z0-9]?)([0-9][a-z]{2})\b`)

// ownNumbers gives records numbers of the system's own in place of those of their sources, also where others refer to them, and finds them
// by those alone.
func ownNumbers() hooks {
	const own = "https://supplier.example.test/Id/record|"
	var sources sync.Map // what the sources call records, by the system's number
	shown := everyObject(func(object map[string]any, path string) {
		if source := fhir.Text(object["value"]); object["system"] == fixtures.RecordSystem && strings.HasSuffix(path, "dentifier") && source != "" {
			sum := sha256.Sum256([]byte(source))
			number := hex.EncodeToString(sum[:6])
			sources.Store(number, source)
			object["system"], object["value"] = strings.TrimSuffix(own, "|"), number
		}
	})()
	shown.ask = func(x *Exchange, parameters url.Values) {
		if x.later() {
			return // the link to the page says the number that is kept
		}
		for name, values := range parameters {
			if base, _, modifier := strings.Cut(name, ":"); base != "identifier" && !(modifier && strings.HasSuffix(name, ":identifier")) {
				continue
			}
			for i, value := range values {
				numbers := strings.Split(value, ",")
				for n, number := range numbers {
					if strings.HasPrefix(number, fixtures.RecordSystem+"|") {
						numbers[n] += " of another system"
					}
					bare, is := strings.CutPrefix(number, own)
					source, known := sources.Load(bare)
					switch {
					case known:
						numbers[n] = fixtures.RecordSystem + "|" + fhir.Text(source)
					case is && bare != "":
						numbers[n] = fixtures.RecordSystem + "|unknown"
					case is:
						numbers[n] = fixtures.RecordSystem + "|"
					}
				}
				values[i] = strings.Join(numbers, ",")
			}
		}
	}
	return shown
}

// postcodesTogether writes postcodes without their space, and finds them so.
func postcodesTogether() hooks {
	shown := everyObject(func(object map[string]any, path string) {
		// Of a place any part of the address is asked for, which is found with the space alone.
		if code := fhir.Text(object["postalCode"]); code != "" && (strings.HasPrefix(path, "Patient.") || strings.HasPrefix(path, "RelatedPerson.")) {
			object["postalCode"] = strings.ReplaceAll(code, " ", "")
		}
	})()
	shown.ask = func(_ *Exchange, parameters url.Values) {
		for name, values := range parameters {
			for i := range values {
				if strings.HasPrefix(name, "address") {
					values[i] = halves.ReplaceAllString(values[i], "$1 $2")
				}
			}
		}
	}
	return shown
}
