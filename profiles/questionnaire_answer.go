package profiles

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"concord.example/concord/internal/fhirpath/ucum"
	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// extensions returns the values of the extensions of a question whose URL ends in a name of HL7's.
func (q *question) extensions(name string) []any {
	var values []any
	list, _ := q.obj["extension"].([]any)
	for _, item := range list {
		e, _ := item.(map[string]any)
		url, _ := e["url"].(string)
		if url != definition.CoreURL+name && url != "http://hl7.org/fhir/uv/sdc/StructureDefinition/"+name {
			continue
		}
		if v, _, _ := answerOf(e); v != nil {
			values = append(values, v)
		}
	}
	return values
}

func (q *question) extensionNumber(name string) (float64, bool) {
	for _, v := range q.extensions(name) {
		if n, ok := v.(json.Number); ok {
			f, err := strconv.ParseFloat(n.String(), 64)
			return f, err == nil
		}
	}
	return 0, false
}

// option checks that an answer is one of the options of its question, and alone if that option is exclusive.
func (r *answers) option(q *question, options []any, value any, count int) {
	for _, item := range options {
		option, _ := item.(map[string]any)
		v, _, _ := answerOf(option)
		if !sameAnswer(v, value) {
			continue
		}
		exclusive := question{obj: option}
		for _, e := range exclusive.extensions("questionnaire-optionExclusive") {
			if e == true && count > 1 {
				r.fault(codeStructure, fmt.Sprintf("this answer to %q excludes all others", q.linkID), show(value))
			}
		}
		return
	}
	r.fault(codeCodeInvalid, fmt.Sprintf("the answer is not one of the options of %q", q.linkID), show(value))
}

// sameAnswer compares an option with an answer: codes by system and code, all else as it is.
func sameAnswer(option, value any) bool {
	a, ok1 := option.(map[string]any)
	b, ok2 := value.(map[string]any)
	if !ok1 || !ok2 {
		return option == value
	}
	if ref, isReference := a["reference"]; isReference {
		return ref == b["reference"]
	}
	// The version says where a code was found; the code means the same in another one (Coding.version of R4).
	x, y := codingOf(a), codingOf(b)
	return x.system == y.system && x.code == y.code
}

// inValueSet checks that an answer is in the value set of its question.
func (r *answers) inValueSet(q *question, canonical string, value any, typ string) {
	set := r.valueSet(canonical)
	if set == nil {
		return
	}
	var list []coded
	switch v := value.(type) {
	case map[string]any:
		if typ != "Coding" {
			return
		}
		c := codingOf(v)
		if c.system == "" {
			c.system = noSystem
		}
		list = []coded{c}
	case string:
		list = []coded{{code: v}}
	default:
		return
	}
	if set.Check(list[0].system, list[0].code) == terminology.Out {
		r.fault(codeCodeInvalid, fmt.Sprintf("the answer to %q is not in value set %s", q.linkID, canonical), showCodes(list))
	}
}

// valueSet returns a value set that the questionnaire names by its URL, or by the id of one that is contained where the
// questionnaire is; nil where there is none.
func (r *answers) valueSet(canonical string) *terminology.Set {
	id, local := strings.CutPrefix(canonical, "#")
	if !local {
		return r.judge.registry.terms.Set(canonical)
	}
	if set, known := r.sets[id]; known {
		return set
	}
	var set *terminology.Set
	if held := containedIn(r.holder, id); rootType(held) == "ValueSet" {
		named := maps.Clone(held)
		named["url"] = canonical // by which it is asked for here, whatever its own is
		if v, err := definition.ReadValueSet(named); err == nil {
			set = r.judge.registry.terms.Of(v)
		}
	}
	if r.sets == nil {
		r.sets = map[string]*terminology.Set{}
	}
	r.sets[id] = set
	return set
}

// bounds checks what extensions say of the answers to a question.
func (r *answers) bounds(q *question, value any, typ string) {
	if s, ok := value.(string); ok {
		r.length(q, s)
	}
	if n, ok := value.(json.Number); ok {
		if most, bounded := q.extensionNumber("maxDecimalPlaces"); bounded && float64(decimals(n)) > most {
			r.fault(codeValue, fmt.Sprintf("the answer to %q may have at most %g decimal places", q.linkID, most), n.String())
		}
	}
	p := primitiveOf(typ)
	for _, low := range q.extensions("minValue") {
		if order, ok := compareValues(p, value, low); ok && order < 0 {
			r.fault(codeValue, fmt.Sprintf("the answer to %q is less than the minimum %s", q.linkID, show(low)), show(value))
		}
	}
	for _, high := range q.extensions("maxValue") {
		if order, ok := compareValues(p, value, high); ok && order > 0 {
			r.fault(codeValue, fmt.Sprintf("the answer to %q is more than the maximum %s", q.linkID, show(high)), show(value))
		}
	}
	obj, isObject := value.(map[string]any)
	if !isObject {
		return
	}
	switch typ {
	case "Attachment":
		r.attachment(q, obj)
	case "Reference":
		r.referenceAnswer(q, obj)
	case "Quantity":
		r.quantity(q, obj)
	}
}

// timed says whether a question asks for a date or a time, for which no maximum length can be stated (invariant que-10).
func (q *question) timed() bool { return q.typ == "date" || q.typ == "dateTime" || q.typ == "time" }

func (r *answers) length(q *question, s string) {
	count := utf8.RuneCountInString(s)
	if n, ok := q.obj["maxLength"].(json.Number); ok && !q.timed() {
		if most, err := strconv.Atoi(n.String()); err == nil && count > most {
			r.fault(codeTooLong, fmt.Sprintf("the answer to %q is longer than %d characters", q.linkID, most), fmt.Sprint(count))
		}
	}
	for _, v := range q.extensions("regex") {
		source, _ := v.(string)
		if pattern, err := regexp.Compile("^(?:" + source + ")$"); err == nil && !pattern.MatchString(s) {
			r.fault(codeValue, fmt.Sprintf("the answer to %q does not match the regular expression %s", q.linkID, source), s)
		}
	}
	if least, ok := q.extensionNumber("minLength"); ok && float64(count) < least {
		r.fault(codeValue, fmt.Sprintf("the answer to %q is shorter than %g characters", q.linkID, least), fmt.Sprint(count))
	}
}

// decimals counts the decimal places of a number as it is written.
func decimals(n json.Number) int {
	s := n.String()
	i := strings.IndexByte(s, '.')
	if i < 0 || strings.ContainsAny(s, "eE") {
		return 0
	}
	return len(s) - i - 1
}

func (r *answers) attachment(q *question, a map[string]any) {
	if most, ok := q.extensionNumber("maxSize"); ok {
		size := attachmentSize(a)
		if size >= 0 && float64(size) > most {
			r.fault(codeTooLong, fmt.Sprintf("the attachment of %q is larger than %g bytes", q.linkID, most), fmt.Sprint(size))
		}
	}
	types := q.extensions("mimeType")
	given, _ := a["contentType"].(string)
	if len(types) == 0 {
		return
	}
	if given == "" {
		r.fault(codeRequired, fmt.Sprintf("the attachment of %q needs a content type, as only some are allowed", q.linkID), "")
		return
	}
	// What stands behind the type, such as the character set, does not make it another one (RFC 2045).
	media, _, _ := strings.Cut(given, ";")
	for _, t := range types {
		if t == given || t == strings.TrimSpace(media) {
			return
		}
	}
	r.fault(codeValue, fmt.Sprintf("the attachment of %q has a content type that is not allowed", q.linkID), given)
}

// attachmentSize is the size of an attachment in bytes: of its data, else as it is stated, else -1.
func attachmentSize(a map[string]any) int {
	if data, ok := a["data"].(string); ok {
		return base64Size(data)
	}
	if n, ok := a["size"].(json.Number); ok {
		if size, err := strconv.Atoi(n.String()); err == nil {
			return size
		}
	}
	return -1
}

// base64Size is how many bytes a base64 text stands for.
func base64Size(s string) int {
	count := 0
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n', '=':
		default:
			count++
		}
	}
	return count * 3 / 4
}

func (r *answers) referenceAnswer(q *question, obj map[string]any) {
	ref, _ := obj["reference"].(string)
	typ := parseReference(ref).typ
	if strings.HasPrefix(ref, "#") {
		if target := containedIn(r.response, ref[1:]); target != nil {
			typ = rootType(target)
		}
	}
	allowed := q.extensions("questionnaire-referenceResource")
	for _, v := range q.extensions("questionnaire-referenceProfile") {
		canonical, _ := v.(string)
		s, err := r.judge.lookup(canonical)
		if err != nil || s == nil {
			return // what is not loaded may allow it
		}
		allowed = append(allowed, s.definition.Type)
	}
	if typ == "" || len(allowed) == 0 {
		return
	}
	for _, a := range allowed {
		if a == typ {
			return
		}
	}
	r.fault(codeStructure, fmt.Sprintf("the answer to %q must not lead to a %s", q.linkID, typ), ref)
}

func (r *answers) quantity(q *question, obj map[string]any) {
	for _, low := range q.extensions("sdc-questionnaire-minQuantity") {
		r.quantityBound(q, obj, low, "minimum", func(order int) bool { return order < 0 })
	}
	for _, high := range q.extensions("sdc-questionnaire-maxQuantity") {
		r.quantityBound(q, obj, high, "maximum", func(order int) bool { return order > 0 })
	}
	for _, v := range q.extensions("questionnaire-unitValueSet") {
		canonical, _ := v.(string)
		unit, set := codingOf(obj), r.valueSet(canonical)
		if unit.code != "" && set != nil && set.Check(unit.system, unit.code) == terminology.Out {
			r.fault(codeCodeInvalid, fmt.Sprintf("the unit of the answer to %q is not in value set %s", q.linkID, canonical), showCodes([]coded{unit}))
		}
	}
	if options := q.extensions("questionnaire-unitOption"); len(options) > 0 {
		for _, o := range options {
			if sameAnswer(o, obj) {
				return
			}
		}
		r.fault(codeCodeInvalid, fmt.Sprintf("the unit of the answer to %q is not one of its options", q.linkID), show(obj["code"]))
	}
}

func (r *answers) quantityBound(q *question, obj map[string]any, bound any, what string, beyond func(int) bool) {
	limit, ok := bound.(map[string]any)
	if !ok {
		return
	}
	order, known, ordered := compareQuantities(obj, limit)
	switch {
	case !known && there(obj, "value") && there(limit, "code") && unitless(obj):
		r.fault(codeRequired, fmt.Sprintf("the answer to %q cannot be held against the %s %s, as it has no coded unit", q.linkID, what, show(limit["value"])), "")
	case !known:
	case !ordered:
		r.fault(codeValue, fmt.Sprintf("the unit of the answer to %q cannot be compared with that of the %s", q.linkID, what), show(obj["code"]))
	case beyond(order):
		r.fault(codeValue, fmt.Sprintf("the answer to %q is beyond the %s %s", q.linkID, what, show(limit["value"])), show(obj["value"]))
	}
}

// unitless says whether a quantity has no unit that could be compared with another.
func unitless(q map[string]any) bool { return !there(q, "code") || !there(q, "system") }

// compareQuantities orders two quantities by their UCUM units. known is false when one of them has no value or no UCUM
// unit, ordered when their units measure different things.
func compareQuantities(a, b map[string]any) (order int, known, ordered bool) {
	x, ok1 := a["value"].(json.Number)
	y, ok2 := b["value"].(json.Number)
	if !ok1 || !ok2 || hugeExponent(x.String()) || hugeExponent(y.String()) {
		return 0, false, false
	}
	codeA, _ := a["code"].(string)
	codeB, _ := b["code"].(string)
	if codeA == codeB && a["system"] == b["system"] {
		order, ok := compareNumbers(x, y)
		return order, ok, ok
	}
	if a["system"] != ucumSystem || b["system"] != ucumSystem {
		return 0, false, false
	}
	unitA, err1 := ucum.Parse(codeA)
	unitB, err2 := ucum.Parse(codeB)
	if err1 != nil || err2 != nil {
		return 0, false, false
	}
	factor, ok := unitA.Factor(unitB)
	if !ok {
		return 0, true, unitA.Commensurable(unitB)
	}
	valueA, ok1 := new(big.Rat).SetString(x.String())
	valueB, ok2 := new(big.Rat).SetString(y.String())
	if !ok1 || !ok2 {
		return 0, false, false
	}
	return valueA.Mul(valueA, factor).Cmp(valueB), true, true
}

// ucumSystem is the URL of the system of UCUM units.
const ucumSystem = "http://unitsofmeasure.org"
