package search_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// random makes resource sets and queries from small pools, so that much matches and most edges are met: every form of
// reference, date and token, both sides of boundaries, and things that are malformed.
type random struct {
	*rand.Rand
	params map[string]naiveParam
	codes  []string // names of params, sorted, by which one is drawn
}

func newRandom(seed uint64) *random {
	g := &random{Rand: rand.New(rand.NewPCG(seed, 848)), params: naiveParams()}
	for name, param := range g.params {
		times := 1
		switch {
		case param.kind == "quantity" || param.kind == "number" || name == "MedicationRequest.medication":
			times = 6 // what is rare among parameters has the most edges
		case param.kind == "date":
			times = 2
		}
		g.codes = append(g.codes, slices.Repeat([]string{name}, times)...)
	}
	slices.Sort(g.codes)
	return g
}

func (g *random) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g *random) chance(percent int) bool { return g.IntN(100) < percent }

type js = map[string]any

// set makes a set of resources with ids that several types share.
func (g *random) set() []fhir.Resource {
	counts := map[string]int{"Patient": 4, "Organization": 3, "Group": 2, "Observation": 9, "MedicationRequest": 4, "Medication": 2, "Condition": 5, "RiskAssessment": 4, "Provenance": 3, "DocumentReference": 4}
	var all []fhir.Resource
	for _, typ := range naiveTypes() {
		for i := range counts[typ] {
			all = append(all, g.resource(typ, fmt.Sprintf("r%d", i)))
		}
	}
	return all
}

func (g *random) resource(typ, id string) fhir.Resource {
	r := fhir.Resource{"resourceType": typ, "id": id}
	if g.chance(60) {
		meta := js{}
		g.maybe(meta, "lastUpdated", 80, g.instant)
		g.maybe(meta, "source", 50, func() any { return g.uri() })
		g.maybe(meta, "profile", 50, func() any { return []any{g.canonical(), g.canonical()} })
		g.maybe(meta, "tag", 50, func() any { return []any{g.coding()} })
		g.maybe(meta, "security", 30, func() any { return []any{g.coding(), g.coding()} })
		r["meta"] = meta
	}
	switch typ {
	case "Patient":
		g.patient(r)
	case "Organization":
		g.maybe(r, "identifier", 80, g.identifiers)
		g.maybe(r, "active", 50, func() any { return g.chance(50) })
		g.maybe(r, "name", 80, func() any { return g.text() })
		g.maybe(r, "alias", 40, func() any { return []any{nil, g.text()} })
		g.maybe(r, "partOf", 60, g.to("Organization"))
		g.maybe(r, "endpoint", 30, g.toAll())
	case "Group":
		g.maybe(r, "identifier", 60, g.identifiers)
		g.maybe(r, "actual", 80, func() any { return g.chance(50) })
		g.maybe(r, "member", 70, func() any {
			return []any{js{"entity": g.reference("Patient")}, js{"entity": g.reference("Patient", "Group"), "inactive": true}}
		})
	case "Observation":
		g.observation(r)
	case "MedicationRequest":
		g.maybe(r, "status", 80, func() any { return g.pick("active", "completed") })
		g.maybe(r, "contained", 60, func() any {
			return []any{js{"resourceType": "Medication", "id": "c1", "code": g.concept(), "status": "active"}, js{"resourceType": "Patient", "id": "c2", "gender": "male", "name": []any{g.name()}}}
		})
		if g.chance(50) {
			r["medicationCodeableConcept"] = g.concept()
		} else {
			g.maybe(r, "medicationReference", 90, func() any {
				if g.chance(40) {
					return js{"reference": "#c1"}
				}
				return g.reference("Medication")
			})
		}
		g.maybe(r, "subject", 90, g.to("Patient", "Patient", "Group"))
		g.maybe(r, "authoredOn", 80, g.date)
		g.maybe(r, "dosageInstruction", 40, func() any { return []any{js{"timing": js{"event": []any{g.date(), g.date()}}}, js{}} })
	case "Medication":
		g.maybe(r, "code", 90, g.concept)
		g.maybe(r, "status", 50, func() any { return g.pick("active", "inactive") })
	case "Condition":
		g.maybe(r, "code", 90, g.concept)
		g.maybe(r, "subject", 90, g.to("Patient", "Patient", "Group"))
		g.maybe(r, "recordedDate", 70, g.date)
		switch g.IntN(6) {
		case 0:
			r["onsetDateTime"] = g.date()
		case 1:
			r["onsetPeriod"] = g.period()
		case 2:
			r["onsetAge"] = g.quantity()
		case 3:
			r["onsetRange"] = g.amountRange()
		case 4:
			r["onsetString"] = g.text()
		}
	case "RiskAssessment":
		g.maybe(r, "occurrenceDateTime", 70, g.date)
		g.maybe(r, "subject", 80, g.to("Patient", "Group"))
		g.maybe(r, "performer", 30, g.to("Practitioner"))
		g.maybe(r, "prediction", 80, func() any { return []any{js{"probabilityDecimal": g.number()}, js{}} })
	case "Provenance":
		g.maybe(r, "target", 90, g.toAll("Patient", "Observation", "Condition"))
		g.maybe(r, "recorded", 90, g.instant)
	case "DocumentReference":
		g.maybe(r, "subject", 80, g.to("Patient"))
		g.maybe(r, "status", 70, func() any { return g.pick("current", "superseded") })
		g.maybe(r, "masterIdentifier", 40, func() any { return g.identifiers().([]any)[0] })
		g.maybe(r, "identifier", 40, g.identifiers)
		g.maybe(r, "category", 40, func() any { return []any{g.concept()} })
		g.maybe(r, "date", 60, g.instant)
		g.maybe(r, "relatesTo", 60, func() any {
			return []any{js{"code": g.pick("replaces", "appends"), "target": g.reference("DocumentReference")}, js{"code": "replaces", "target": g.reference("DocumentReference")}}
		})
		g.maybe(r, "context", 60, func() any { return js{"period": g.period()} })
		g.maybe(r, "content", 80, func() any {
			return []any{js{"attachment": js{"contentType": g.pick("text/plain", "application/pdf"), "url": g.uri()}}}
		})
	}
	return r
}

func (g *random) maybe(object js, name string, percent int, value func() any) {
	if g.chance(percent) {
		object[name] = value()
	}
}

func (g *random) patient(r fhir.Resource) {
	g.maybe(r, "identifier", 80, g.identifiers)
	g.maybe(r, "active", 50, func() any { return g.chance(50) })
	g.maybe(r, "gender", 70, func() any { return g.pick("male", "female", "Male") })
	g.maybe(r, "birthDate", 70, func() any { return g.pick("1990", "1990-02", "1990-02-28", "2024-03-31", "2024-02-30") })
	g.maybe(r, "name", 80, func() any { return []any{g.name(), g.name()} })
	g.maybe(r, "address", 50, func() any {
		return []any{js{"use": "home", "line": []any{g.text(), g.text()}, "city": g.text(), "period": js{"start": "2000"}}}
	})
	g.maybe(r, "telecom", 60, func() any {
		return []any{js{"system": g.pick("phone", "email"), "value": g.pick("1", "2"), "use": "home"}, js{"system": "phone", "value": g.pick("1", "2")}}
	})
	g.maybe(r, "generalPractitioner", 60, g.toAll("Organization"))
	g.maybe(r, "managingOrganization", 60, g.to("Organization"))
	g.maybe(r, "link", 40, func() any { return []any{js{"other": g.reference("Patient"), "type": "seealso"}} })
	switch g.IntN(4) {
	case 0:
		r["deceasedBoolean"] = g.chance(50)
	case 1:
		r["deceasedDateTime"] = g.date()
	}
}

func (g *random) observation(r fhir.Resource) {
	g.maybe(r, "identifier", 40, g.identifiers)
	g.maybe(r, "status", 90, func() any { return g.pick("final", "preliminary", "FINAL") })
	g.maybe(r, "code", 90, g.concept)
	g.maybe(r, "category", 60, func() any { return []any{g.concept(), g.concept()} })
	g.maybe(r, "subject", 95, g.to("Patient", "Patient", "Patient", "Group"))
	g.maybe(r, "performer", 50, g.toAll("Organization", "Patient"))
	g.maybe(r, "derivedFrom", 40, g.toAll("Observation", "DocumentReference"))
	switch g.IntN(6) {
	case 0, 1:
		r["effectiveDateTime"] = g.date()
	case 2:
		r["effectivePeriod"] = g.period()
	case 3:
		r["effectiveInstant"] = g.instant()
	case 4:
		r["effectiveTiming"] = g.timing()
	}
	switch g.IntN(8) {
	case 0, 1:
		r["valueQuantity"] = g.quantity()
	case 2:
		r["valueCodeableConcept"] = g.concept()
	case 3:
		r["valueString"] = g.text()
	case 4:
		r["valueDateTime"] = g.date()
	case 5:
		r["valuePeriod"] = g.period()
	case 6:
		r["valueSampledData"] = js{"origin": js{"value": json.Number("5")}, "period": json.Number("1"), "data": "1 2"}
	}
	g.maybe(r, "component", 40, func() any {
		return []any{js{"code": g.concept(), "valueQuantity": g.quantity()}, js{"code": g.concept(), "valueCodeableConcept": g.concept()}}
	})
}

func (g *random) name() js {
	name := js{"use": "official"}
	g.maybe(name, "family", 90, func() any { return g.text() })
	g.maybe(name, "given", 80, func() any { return []any{g.text(), nil, g.text()} })
	g.maybe(name, "text", 30, func() any { return g.text() })
	return name
}

func (g *random) text() string {
	return g.pick("Eve", "éve", "Severine", "O'Brien", "Smith-Jones", "Carreño  Quinones", "CARRENO", "smith", "Jones Eve", "e\u0301ve", "a,b", "50", "-", "A  B")
}

func (g *random) code() string {
	return g.pick("a", "A", "a", "b", "b", "b", "2823-3", "x,y", "p|q", "d$e", `s\t`, "", "é", "É")
}

func (g *random) system() string { return g.pick("urn:s1", "urn:s1", "urn:s2", "http://x,y") }

func (g *random) coding() any {
	coding := js{}
	g.maybe(coding, "system", 80, func() any { return g.system() })
	g.maybe(coding, "code", 90, func() any { return g.code() })
	g.maybe(coding, "display", 50, func() any { return g.text() })
	return coding
}

func (g *random) concept() any {
	concept := js{}
	g.maybe(concept, "coding", 90, func() any { return []any{g.coding(), g.coding()} })
	g.maybe(concept, "text", 40, func() any { return g.text() })
	return concept
}

func (g *random) identifiers() any {
	one := func() any {
		identifier := js{}
		g.maybe(identifier, "system", 80, func() any { return g.system() })
		g.maybe(identifier, "value", 90, func() any { return g.code() })
		g.maybe(identifier, "type", 40, func() any { return js{"text": g.text(), "coding": []any{g.coding()}} })
		return identifier
	}
	return []any{one(), one()}
}

func (g *random) uri() string {
	return g.pick("urn:a", "urn:b", "http://x.test/a", "http://x.test/a/b", "http://x.test/A", "http://x.test/a|1")
}

func (g *random) canonical() any {
	return g.pick("http://x.test/a", "http://x.test/a|1", "http://x.test/b|2")
}

// target is "Type/id", usually of one of the types.
func (g *random) target(types ...string) string {
	if len(types) == 0 || g.chance(10) {
		types = naiveTypes()
	}
	return g.pick(types...) + "/r" + g.pick("0", "0", "1", "2", "9")
}

func (g *random) reference(types ...string) any {
	reference := js{}
	switch g.IntN(16) {
	case 0:
		reference["reference"] = "https://a.test/fhir/" + g.target(types...)
	case 1:
		reference["reference"] = "https://b.test/fhir/" + g.target(types...)
	case 2:
		reference["reference"] = g.target(types...) + "/_history/" + g.pick("1", "2")
	case 3:
		reference["reference"] = g.pick("#c1", "#c2", "#none")
	case 4:
		reference["reference"] = "urn:uuid:1"
	case 5:
		reference["reference"] = g.pick("Patient", "Patient/a b", "nonsense", "Patient/r0/x", "", "Patient/r0/_history/")
	case 6: // a logical reference
	default:
		reference["reference"] = g.target(types...)
	}
	g.maybe(reference, "type", 25, func() any { return g.pick("Patient", "Group", "Organization") })
	g.maybe(reference, "identifier", 30, func() any { return g.identifiers().([]any)[0] })
	g.maybe(reference, "display", 30, func() any { return "someone" })
	return reference
}

// to makes a value function for references to the types, and toAll one for a list of two.
func (g *random) to(types ...string) func() any { return func() any { return g.reference(types...) } }

func (g *random) toAll(types ...string) func() any {
	return func() any { return []any{g.reference(types...), g.reference(types...)} }
}

// when is a date or time near the few days around which everything in the random data happens.
func (g *random) when() string {
	if g.chance(15) {
		return g.pick("2024", "2023", "2024-03", "2024-04", "1990", "2024-02-29")
	}
	text := g.pick("2024-03-30", "2024-03-31", "2024-03-31", "2024-04-01")
	if g.chance(30) {
		return text
	}
	text += "T" + g.pick("00:00", "00:59", "09:30", "23:59", "23:00")
	if g.chance(70) {
		text += ":" + g.pick("00", "00", "30", "59", "60")
		if g.chance(40) {
			text += g.pick(".0", ".5", ".999", ".000", ".123456789")
		}
	}
	return text + g.pick("", "Z", "Z", "+01:00", "+00:00", "-05:00", "+05:30", "-14:00")
}

func (g *random) date() any {
	if g.chance(4) {
		return g.pick("2024-02-30", "yesterday", "2024-13", "", "2024-03-31T24:00:00Z")
	}
	return g.when()
}

func (g *random) instant() any {
	return g.pick("2024-03-30", "2024-03-31", "2024-04-01") + "T" + g.pick("00:00:00", "09:30:00", "23:59:59") + g.pick("", ".5", ".999") + g.pick("Z", "+01:00")
}

func (g *random) period() any {
	period := js{}
	g.maybe(period, "start", 75, g.date)
	g.maybe(period, "end", 75, g.date)
	return period
}

func (g *random) timing() any {
	timing := js{}
	g.maybe(timing, "event", 60, func() any { return []any{g.date(), g.date()} })
	g.maybe(timing, "repeat", 60, func() any { return js{"boundsPeriod": g.period()} })
	return timing
}

func (g *random) decimal() string {
	if g.chance(50) { // a few near each other's bounds
		return g.pick("5", "5.4", "5.35", "5.45", "5.36", "5.350")
	}
	return g.pick("5", "5.0", "5.4", "5.40", "5.45", "5.35", "5.349", "-5", "-5.05", "0", "0.0", "100", "99.5", "100.5", "1e2", "9.5E1", "105", "4.5", "5.5", "0.05", "1.0e-1", "110", "90")
}

func (g *random) number() any { return json.Number(g.decimal()) }

func (g *random) quantity() any {
	quantity := js{}
	g.maybe(quantity, "value", 95, g.number)
	g.maybe(quantity, "comparator", 35, func() any { return g.pick("<", "<=", ">", ">=") })
	g.maybe(quantity, "unit", 70, func() any { return g.pick("mmol/L", "mg") })
	if g.chance(60) {
		quantity["system"], quantity["code"] = "http://unitsofmeasure.org", g.pick("mmol/L", "mg")
	}
	return quantity
}

func (g *random) amountRange() any {
	r := js{}
	g.maybe(r, "low", 75, g.quantity)
	g.maybe(r, "high", 75, g.quantity)
	return r
}

// query makes a query on a type: one to three parameters.
func (g *random) query() (resourceType, query string) {
	resourceType = g.pick(append(naiveTypes(), "Observation", "Observation", "MedicationRequest")...)
	var fields []string
	for range g.IntN(3)*g.IntN(2) + 1 {
		name, value := g.parameter(resourceType, 0)
		fields = append(fields, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return resourceType, strings.Join(fields, "&")
}

// parameter makes the name and value of one parameter of a type.
func (g *random) parameter(resourceType string, links int) (name, value string) {
	if links < 2 && g.chance(8) { // _has: a reference parameter that may point here
		for range 20 {
			source, code := g.anyParam("")
			if p := g.params[source+"."+code]; p.kind == "reference" && (p.targets == "*" || slices.Contains(strings.Fields(p.targets), resourceType)) {
				inner, value := g.parameter(source, links+1)
				return "_has:" + source + ":" + code + ":" + inner, value
			}
		}
	}
	_, code := g.anyParam(resourceType)
	param := g.params[resourceType+"."+code]
	if param.kind == "reference" && links < 2 && g.chance(35) {
		targets := strings.Fields(param.targets)
		targets = slices.DeleteFunc(targets, func(t string) bool { return t != "*" && !slices.Contains(naiveTypes(), t) })
		if len(targets) > 0 {
			target := g.pick(targets...)
			if target == "*" {
				target = g.pick(naiveTypes()...)
			}
			inner, value := g.parameter(target, links+1)
			if param.targets == "*" || g.chance(60) {
				return code + ":" + target + "." + inner, value
			}
			return code + "." + inner, value
		}
	}
	modifier := g.modifier(param)
	if modifier == ":missing" {
		return code + modifier, g.pick("true", "false")
	}
	values := []string{g.value(param, modifier)}
	for g.chance(25) {
		values = append(values, g.value(param, modifier))
	}
	return code + modifier, strings.Join(values, ",")
}

func (g *random) anyParam(resourceType string) (owner, code string) {
	for {
		name := g.codes[g.IntN(len(g.codes))]
		if owner, code, _ = strings.Cut(name, "."); resourceType == "" || owner == resourceType {
			return owner, code
		}
	}
}

func (g *random) modifier(param naiveParam) string {
	if g.chance(2) {
		return g.pick(":exact", ":contains", ":not", ":identifier", ":text")
	}
	if g.chance(8) {
		return ":missing"
	}
	if !g.chance(30) {
		return ""
	}
	switch param.kind {
	case "string":
		return g.pick(":exact", ":contains")
	case "token":
		if !slices.Contains([]string{"Coding", "CodeableConcept", "Identifier"}, param.typ) {
			return ":not"
		}
		return g.pick(":not", ":not", ":text")
	case "uri":
		return g.pick(":below", ":above")
	case "reference":
		return g.pick(":identifier", ":Patient", ":Group")
	}
	return ""
}

// escape puts a backslash before what separates.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, "|", `\|`, "$", `\$`).Replace(text)
}

func (g *random) value(param naiveParam, modifier string) string {
	if g.chance(1) {
		return g.pick("", "|", "a|b|c", "5.4|", `a\b`, "-", "2024-02-30", "x y", "5..4")
	}
	prefix := ""
	if g.chance(75) {
		prefix = g.pick("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "ap")
	}
	switch param.kind {
	case "token":
		if modifier == ":text" {
			return g.words()
		}
		return g.token(param)
	case "string":
		return g.words()
	case "date":
		return prefix + g.when()
	case "number":
		return prefix + g.decimal()
	case "quantity":
		return prefix + g.decimal() + g.pick("", "", "|http://unitsofmeasure.org|mg", "|http://unitsofmeasure.org|mmol/L", "||mg", "||mmol/L", "|http://unitsofmeasure.org|", "|urn:other|mg")
	case "uri":
		if modifier != "" && g.chance(90) {
			return "http://x.test/a" + g.pick("", "/b", "/b/c")
		}
		return escape(g.uri())
	case "reference":
		if modifier == ":identifier" {
			return g.token(naiveParam{})
		}
		if g.chance(8) {
			return g.pick("r0", "r1", "r2", "r9", "urn:uuid:1", "Patient/r0/x")
		}
		types := slices.DeleteFunc(strings.Fields(param.targets), func(t string) bool { return !slices.Contains(naiveTypes(), t) })
		target := g.target(types...)
		return g.pick(target, target, target, target, "https://a.test/fhir/"+target, "https://b.test/fhir/"+target, target+"/_history/1")
	case "composite":
		parts := make([]string, len(param.components))
		for i, component := range param.components {
			parts[i] = g.value(component, "")
		}
		return strings.Join(parts, "$")
	}
	return ""
}

// words is a text to search for, or the beginning of one.
func (g *random) words() string {
	text := []rune(g.text())
	if at := 1 + g.IntN(len(text)); g.chance(50) {
		text = text[:at]
	}
	if string(text) == "-" && g.chance(90) {
		return "e"
	}
	return escape(string(text))
}

func (g *random) token(param naiveParam) string {
	code := g.code()
	switch param.typ {
	case "boolean":
		return g.pick("true", "false")
	case "code":
		code = g.pick("male", "final", "final", "active", "current", "replaces", "FEMALE", "text/plain")
	case "id":
		return g.pick("r0", "r1", "R0")
	case "ContactPoint":
		return g.pick("1", "2", "3")
	}
	system := g.system()
	if param.system != "" && g.chance(70) {
		system = param.system
	}
	switch g.IntN(6) {
	case 0:
		return escape(system) + "|"
	case 1:
		return "|" + escape(code)
	case 2, 3:
		return escape(system) + "|" + escape(code)
	default:
		return escape(code)
	}
}
