package fhirpath

import "encoding/json"

// str returns the text of a string-like item.
func (it *Item) str() (string, bool) {
	switch it.kind {
	case KindString, KindElement:
		s, ok := it.data.(string)
		return s, ok
	case KindBoolean, KindInteger, KindLong, KindDecimal, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return "", false
}

// boolean returns the value of a Boolean item.
func (it *Item) boolean() (value, ok bool) {
	if it.kind == KindBoolean {
		return it.num != 0, true
	}
	b, ok := it.data.(bool)
	return b, ok && it.kind == KindElement
}

// integer returns the value of an Integer or Long item.
func (it *Item) integer() (int64, bool) {
	switch it.kind {
	case KindInteger, KindLong:
		return it.num, true
	case KindElement:
		if n, ok := it.data.(json.Number); ok {
			d, ok := ParseDecimal(n.String())
			if !ok || d.scale != 0 || d.wide != nil {
				return 0, false
			}
			return d.coef, true
		}
	case KindBoolean, KindString, KindDecimal, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return 0, false
}

// decimal returns the value of a numeric item.
func (it *Item) decimal() (Decimal, bool) {
	switch it.kind {
	case KindInteger, KindLong:
		return Decimal{coef: it.num}, true
	case KindDecimal:
		return it.decimalValue(), true
	case KindElement:
		if n, ok := it.data.(json.Number); ok {
			return ParseDecimal(n.String())
		}
	case KindBoolean, KindString, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return Decimal{}, false
}

// temporal reads the date or time of an item; text of unknown type is tried as whatever it looks like.
func (it *Item) temporal(t *Temporal) bool {
	switch it.kind {
	case KindDate, KindDateTime, KindTime:
		*t = *it.data.(*Temporal)
		return true
	case KindElement:
		s, ok := it.data.(string)
		if !ok {
			return false
		}
		kind := KindDateTime
		if it.typ != nil && it.typ.known() {
			kind = it.typ.system
		} else if len(s) > 2 && s[2] == ':' {
			kind = KindTime
		}
		switch kind {
		case KindDate:
			*t, ok = parseDate(s)
		case KindTime:
			*t, ok = parseTime(s)
		case KindDateTime:
			*t, ok = parseDateTime(s)
		default:
			ok = false
		}
		return ok
	case KindBoolean, KindString, KindInteger, KindLong, KindDecimal, KindQuantity, KindType:
	}
	return false
}

// quantity reads a quantity: a System one, a FHIR Quantity without comparator, or a number with unit 1.
func (it *Item) quantity(q *Quantity) bool {
	switch it.kind {
	case KindQuantity:
		*q = *it.data.(*Quantity)
		return true
	case KindInteger, KindLong, KindDecimal:
		d, ok := it.decimal()
		*q = Quantity{Value: d, Unit: "1"}
		return ok
	case KindElement:
		m, ok := it.data.(map[string]any)
		if !ok {
			d, ok := it.decimal()
			*q = Quantity{Value: d, Unit: "1"}
			return ok
		}
		n, ok := m["value"].(json.Number)
		if !ok {
			return false
		}
		d, ok := ParseDecimal(n.String())
		if _, bounded := m["comparator"]; !ok || bounded {
			return false
		}
		*q = fhirQuantity(d, m)
		return true
	case KindBoolean, KindString, KindDate, KindDateTime, KindTime, KindType:
	}
	return false
}

const (
	ucumSystem     = "http://unitsofmeasure.org"
	calendarSystem = "http://hl7.org/fhirpath/CodeSystem/calendar-units"
)

// fhirQuantity maps a FHIR Quantity (FHIR R4, section 2.9.1.6): a UCUM code is the unit; without one, units compare as text.
func fhirQuantity(value Decimal, m map[string]any) Quantity {
	system, _ := m["system"].(string)
	code, _ := m["code"].(string)
	unit, _ := m["unit"].(string)
	switch {
	case system == ucumSystem && code != "":
		return Quantity{Value: value, Unit: code, fromFHIR: true}
	case system == calendarSystem && calendarKeyword(code) != notCalendar:
		c := calendarKeyword(code)
		return Quantity{Value: value, Unit: c.name(), calendar: c}
	case code != "":
		return Quantity{Value: value, Unit: system + "|" + code, notUCUM: true}
	case unit != "":
		return Quantity{Value: value, Unit: unit, notUCUM: true}
	}
	return Quantity{Value: value, Unit: "1", fromFHIR: true}
}

// system converts an element to the System value it stands for; other items are returned as they are.
// False when the element has no value or none of its type.
func (it *Item) system() (Item, bool) {
	if it.kind != KindElement {
		return *it, true
	}
	switch it.class() {
	case KindString:
		_, ok := it.data.(string)
		return Item{kind: KindString, valid: ok, data: it.data}, ok
	case KindBoolean:
		b, ok := it.boolean()
		return Boolean(b), ok
	case KindInteger:
		n, ok := it.integer()
		return Integer(n), ok
	case KindLong:
		n, ok := it.integer()
		return longItem(n), ok
	case KindDecimal:
		d, ok := it.decimal()
		return DecimalItem(d), ok
	case KindDate, KindDateTime, KindTime:
		var t Temporal
		ok := it.temporal(&t)
		return temporalItem(t), ok
	case KindQuantity:
		var q Quantity
		ok := it.quantity(&q)
		return quantityItem(q), ok
	case KindElement, KindType:
	}
	return Item{}, false
}

// dated is system, with text of unknown type read as the date or time it looks like.
func (it *Item) dated() (Item, bool) {
	var t Temporal
	if it.untyped() && it.class() == KindString && it.temporal(&t) {
		return temporalItem(t), true
	}
	return it.system()
}
