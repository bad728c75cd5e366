package record_test

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

func TestWhatNoRowCoversIsComparedToo(t *testing.T) {
	dosage := func(members object) object { return object{"dosageInstruction": []any{members}} }
	practitioner := func(reference object) object { return object{"requester": reference} }
	names := record.Names{"Practitioner/1": "gmc|1", "Practitioner/2": "gmc|2", "Practitioner/3": "", "Practitioner/9": "gmc|1\x1flocal|7"}
	text := func(code, display, words string) object {
		return object{"reasonCode": []any{object{"coding": []any{object{"system": "s", "code": code, "display": display}}, "text": words}}}
	}
	for _, p := range []pair{
		{name: "another route", a: dosage(object{"text": "a", "route": concept(object{"system": "s", "code": "1"})}), b: dosage(object{"text": "a", "route": concept(object{"system": "s", "code": "2"})})},
		{name: "a timing lost", a: dosage(object{"text": "a", "timing": object{"repeat": object{"frequency": json.Number("2")}}}), b: dosage(object{"text": "a"})},
		{name: "a number with zeros", a: dosage(object{"maxDose": json.Number("2")}), b: dosage(object{"maxDose": json.Number("2.0")}), same: true},
		{name: "once a day in hours", a: dosage(timing("1", "24", "h")), b: dosage(timing("1", "1", "d")), same: true},
		{name: "once a week in hours", a: dosage(timing("1", "168.0", "h")), b: dosage(timing("1", "1", "wk")), same: true},
		{name: "half a day", a: dosage(timing("1", "0.5", "d")), b: dosage(timing("1", "12", "h")), same: true},
		{name: "once a week, and once a day", a: dosage(timing("1", "1", "wk")), b: dosage(timing("1", "1", "d"))},
		{name: "every eight hours, and three times a day", a: dosage(timing("1", "8", "h")), b: dosage(timing("3", "1", "d"))},
		{name: "a month is not thirty days", a: dosage(timing("1", "1", "mo")), b: dosage(timing("1", "30", "d"))},
		{name: "twice, for as long, in other units", a: dosage(lasting("24", "h", "60", "min")), b: dosage(lasting("1", "d", "1", "h")), same: true},
		{name: "for longer", a: dosage(lasting("24", "h", "60", "min")), b: dosage(lasting("1", "d", "2", "h"))},
		{name: "a number with an exponent", a: dosage(timing("1", "1e2", "h")), b: dosage(timing("1", "4", "d"))},
		{name: "a unit that is none", a: dosage(timing("1", "1", "week")), b: dosage(timing("1", "1", "wk"))},
		{name: "once in a period, and nothing said of how often", a: dosage(timing("1", "1", "d")), b: dosage(object{"text": "a", "timing": object{"repeat": object{"period": json.Number("1"), "periodUnit": "d"}}}), same: true},
		{name: "twice in a period, and nothing said of how often", a: dosage(timing("2", "1", "d")), b: dosage(object{"text": "a", "timing": object{"repeat": object{"period": json.Number("1"), "periodUnit": "d"}}})},
		{name: "to be taken, and nothing said of it", a: object{}, b: object{"doNotPerform": false}, same: true},
		{name: "an ordinary request, and nothing said of it", a: object{"priority": "routine"}, b: object{}, same: true},
		{name: "an urgent request, and nothing said of it", a: object{"priority": "urgent"}, b: object{}},
		{name: "a potent dose, and nothing said of it", a: object{}, b: object{"isSubpotent": false}, same: true},
		{name: "a dose that is not potent, and nothing said of it", a: object{}, b: object{"isSubpotent": true}},
		{name: "a person no longer in use, and nothing said of it", a: object{"performer": []any{object{"active": false}}}, b: object{"performer": []any{object{}}}},
		{name: "a number from abroad", a: telecom("phone", "01632 960 123"), b: telecom("phone", "+44 (0)1632 960123"), same: true},
		{name: "a number as a link", a: telecom("phone", "07700 900123"), b: telecom("phone", "tel:+447700900123"), same: true},
		{name: "a number with a prefix of its own", a: telecom("phone", "07700 900123"), b: telecom("phone", "0044 7700-900123"), same: true},
		{name: "another number", a: telecom("phone", "07700 900123"), b: telecom("phone", "+44 7700 900124")},
		{name: "a number of another country", a: telecom("phone", "07700 900123"), b: telecom("phone", "+47 700 900123")},
		{name: "an extension more", a: telecom("phone", "01632 960123 x12"), b: telecom("phone", "01632 960123 x13")},
		{name: "words for a number", a: telecom("phone", "ask for Mary"), b: telecom("phone", "ask for Ann")},
		{name: "an address that looks like a number", a: telecom("email", "+44"), b: telecom("email", "0")},
		{name: "a postcode without its space", a: object{"location": object{"line": []any{"1"}, "postalCode": "ST99 2RT"}}, b: object{"location": object{"line": []any{"1"}, "postalCode": "st992rt"}}, same: true},
		{name: "another postcode", a: object{"location": object{"line": []any{"1"}, "postalCode": "ST99 2RT"}}, b: object{"location": object{"line": []any{"1"}, "postalCode": "ST99 2RU"}}},
		{name: "what a range is in words", a: between("3.5", "5.3", ""), b: between("3.5", "5.30", "3.5 - 5.3"), same: true},
		{name: "another range in words", a: between("3.5", "5.3", ""), b: between("3.5", "5.3", "3.5 - 5.8")},
		{name: "at least, in words", a: between("3.5", "", ""), b: between("3.5", "", "> 3.5"), same: true},
		{name: "at most, in words", a: between("3.5", "", ""), b: between("3.5", "", "< 3.5")},
		{name: "a range with what it holds for", a: between("3.5", "5.3", ""), b: between("3.5", "5.3", "3.5 - 5.3 after a meal of 2 hours")},
		{name: "in a period that ends as it starts", a: object{"effectiveDateTime": "2026-01-02T09:00:00Z"}, b: object{"effectivePeriod": object{"start": "2026-01-02T09:00:00Z", "end": "2026-01-02T09:00:00+00:00"}}, same: true},
		{name: "in a period that ends later", a: object{"effectiveDateTime": "2026-01-02T09:00:00Z"}, b: object{"effectivePeriod": object{"start": "2026-01-02T09:00:00Z", "end": "2026-01-02T09:01:00Z"}}},
		{name: "the whole of a name beside its parts", a: object{"performer": []any{object{"given": []any{"John"}}}}, b: object{"performer": []any{object{"given": []any{"John"}, "text": "JOHN"}}}, same: true},
		{name: "the name as registered, and as known", a: object{"name": []any{object{"family": "Shah", "use": "official"}}}, b: object{"name": []any{object{"family": "Shah", "use": "usual"}}}, same: true},
		{name: "a name of the past", a: object{"name": []any{object{"family": "Shah", "use": "official"}}}, b: object{"name": []any{object{"family": "Shah", "use": "old"}}}},
		{name: "a name of the past that does not say so", a: object{"name": []any{object{"family": "Shah", "use": "old"}}}, b: object{"name": []any{object{"family": "Shah"}}}},
		{name: "the whole of another name beside the parts", a: object{"performer": []any{object{"given": []any{"John"}}}}, b: object{"performer": []any{object{"given": []any{"John"}, "text": "JANE"}}}},
		{name: "the whole of an address beside its parts", a: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST99 2RT"}}, b: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST99 2RT", "text": "1 High Street, ST992RT"}}, same: true},
		{name: "the whole of another address beside the parts", a: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST99 2RT"}}, b: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST99 2RT", "text": "2 High Street, ST99 2RT"}}},
		{name: "the whole with the space that the postcode lacks", a: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST992RT"}}, b: object{"location": object{"line": []any{"1 High Street"}, "postalCode": "ST992RT", "text": "1 High Street, ST99 2RT"}}, same: true},
		{name: "the whole of a longer name", a: object{"performer": []any{object{"given": []any{"Jo"}}}}, b: object{"performer": []any{object{"given": []any{"Jo"}, "text": "Joanna"}}}},
		{name: "the whole of a house further on", a: object{"location": object{"line": []any{"2 High Street"}}}, b: object{"location": object{"line": []any{"2 High Street"}, "text": "12 High Street"}}},
		{name: "a number with its zero apart", a: telecom("phone", "01632 960123"), b: telecom("phone", "(0)1632 960123"), same: true},
		{name: "the whole of an address alone", a: object{"location": object{"line": []any{"1 High Street"}}}, b: object{"location": object{"text": "1 High Street"}}},
		{name: "not to be taken", a: object{}, b: object{"doNotPerform": true}},
		{name: "a note added", a: object{}, b: object{"note": []any{object{"text": "Stop this."}}}},
		{name: "a note in other white space", a: object{"note": []any{object{"text": "Stop  this."}}}, b: object{"note": []any{object{"text": "stop this.\n"}}}, same: true},
		{name: "an unknown extension", a: object{}, b: object{"extension": []any{object{"url": "https://supplier.test/x", "valueString": "y"}}}, same: true, resourceType: "once"},
		{name: "an extension of UK Core", a: object{}, b: object{"extension": []any{object{"url": "https://fhir.hl7.org.uk/StructureDefinition/x", "valueString": "y"}}}},
		{name: "an unknown modifier", a: object{}, b: object{"modifierExtension": []any{object{"url": "https://supplier.test/x", "valueString": "y"}}}},
		{name: "other rules", a: object{}, b: object{"implicitRules": "https://supplier.test/rules"}},
		{name: "items in another order", a: object{"supportingInformation": []any{practitionerOf("1"), practitionerOf("2")}}, b: object{"supportingInformation": []any{practitionerOf("2"), practitionerOf("1")}}, same: true},
		{name: "an item more", a: object{"supportingInformation": []any{practitionerOf("1")}}, b: object{"supportingInformation": []any{practitionerOf("2"), practitionerOf("1")}}},
		{name: "the same person by identifier", a: practitioner(practitionerOf("1")), b: practitioner(object{"identifier": object{"system": "gmc", "value": "1"}}), same: true},
		{name: "the same person with an identifier more", a: practitioner(practitionerOf("1")), b: practitioner(practitionerOf("9")), same: true},
		{name: "an id that leads to another than the identifier", a: practitioner(practitionerOf("1")), b: practitioner(object{"reference": "Practitioner/2", "identifier": object{"system": "gmc", "value": "1"}})},
		{name: "an id that leads nowhere", a: practitioner(practitionerOf("1")), b: practitioner(object{"reference": "Practitioner/3", "identifier": object{"system": "gmc", "value": "1"}})},
		{name: "words that are a display", a: text("1", "Asthma", "Asthma"), b: object{"reasonCode": []any{concept(object{"system": "s", "code": "1", "display": "Asthma"})}}, same: true},
		{name: "the original words lost", a: text("1", "Asthma", "wheezy again"), b: text("1", "Asthma", "Asthma"), same: false, resourceType: "once"},
		{name: "given in hospital too", a: categories("UKCore|primarycare"), b: categories("UKCore|primarycare", "HL7|inpatient")},
		{name: "given by the doctor too", a: categories("HL7|discharge"), b: categories("HL7|discharge", "UKCore|primarycare")},
		{name: "given at home, as primary care does", a: categories("UKCore|primarycare"), b: categories("UKCore|primarycare", "HL7|community"), same: true, resourceType: "once"},
		{name: "sorted for itself", a: categories("UKCore|primarycare"), b: categories("UKCore|primarycare", "https://supplier.test/sorts|inpatient"), same: true, resourceType: "once"},
		{name: "names in another order", a: object{"performer": []any{object{"given": []any{"John", "Oliver"}}}}, b: object{"performer": []any{object{"given": []any{"Oliver", "John"}}}}},
		{name: "names in one", a: object{"performer": []any{object{"given": []any{"John", "Oliver"}}}}, b: object{"performer": []any{object{"given": []any{"John Oliver"}}}}, same: true},
		{name: "other words", a: text("1", "Asthma", "Asthma"), b: text("1", "Asthma", "no asthma")},
		{name: "a second code of the same system", a: text("1", "Asthma", "Asthma"), b: object{"reasonCode": []any{object{"text": "Asthma", "coding": []any{object{"system": "s", "code": "1"}, object{"system": "s", "code": "2"}}}}}},
	} {
		if p.resourceType == "once" {
			// Lawful, or not, in one direction only.
			compareOnce(t, p)
			continue
		}
		p.resourceType, p.row, p.names = "MedicationRequest", "status", names
		p.compared(t)
	}
}

// timing is a dosage that is taken some times in a period.
func timing(times, period, unit string) object {
	return object{"text": "a", "timing": object{"repeat": object{"frequency": json.Number(times), "period": json.Number(period), "periodUnit": unit}}}
}

// telecom is somebody who can be reached in one way.
func telecom(system, value string) object {
	return object{"performer": []any{object{"telecom": []any{object{"system": system, "value": value, "use": "home"}}}}}
}

// between is a range with its words.
func between(low, high, text string) object {
	bounds := object{}
	for name, value := range map[string]string{"low": low, "high": high} {
		if value != "" {
			bounds[name] = object{"value": json.Number(value)}
		}
	}
	if text != "" {
		bounds["text"] = text
	}
	return object{"range": []any{bounds}}
}

// lasting is a dosage that is taken twice in a period, each time for some time.
func lasting(period, unit, duration, in string) object {
	return object{"text": "a", "timing": object{"repeat": object{
		"frequency": json.Number("2"), "period": json.Number(period), "periodUnit": unit, "duration": json.Number(duration), "durationUnit": in,
	}}}
}

// categories are the categories of a prescription, each a code with R4's or UK Core's system or one of its own.
func categories(codes ...string) object {
	systems := map[string]string{"HL7": "http://terminology.hl7.org/CodeSystem/medicationrequest-category", "UKCore": "https://fhir.hl7.org.uk/CodeSystem/UKCore-MedicationRequestCategory"}
	var all []any
	for _, text := range codes {
		system, code, _ := strings.Cut(text, "|")
		all = append(all, concept(object{"system": cmp.Or(systems[system], system), "code": code}))
	}
	return object{"category": all}
}

func practitionerOf(id string) object { return object{"reference": "Practitioner/" + id} }

// compareOnce compares what is expected with what is shown, and not the other way round.
func compareOnce(t *testing.T, p pair) {
	t.Helper()
	reader := record.NewReader()
	left, right := record.NewSet(reader), record.NewSet(reader)
	for set, element := range map[*record.Set]object{left: p.a, right: p.b} {
		resource := fhir.Resource{"resourceType": "MedicationRequest", "id": "1", "identifier": []any{object{"system": "s", "value": "1"}}}
		for name, value := range element {
			resource[name] = value
		}
		set.Add(resource, p.names)
	}
	if different := len(left.Against(right)) > 0; different == p.same {
		t.Errorf("%s: different %v", p.name, different)
	}
}

func TestADifferenceIsNamedWhereItIs(t *testing.T) {
	medicine := func(frequency string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "MedicationRequest", "id": "1", "identifier": []any{object{"system": "s", "value": "1"}},
			"dosageInstruction": []any{object{"text": "a", "timing": object{"repeat": object{"frequency": json.Number(frequency)}}}, object{"text": "b"}},
		}
	}
	reader := record.NewReader()
	left, right := record.NewSet(reader), record.NewSet(reader)
	left.Add(medicine("2"), nil)
	right.Add(medicine("3"), nil)
	differences := left.Against(right)
	if len(differences) != 1 || differences[0].Path != "MedicationRequest.dosageInstruction.timing.repeat.frequency" || differences[0].Expected != "2" || differences[0].Actual != "3" {
		t.Fatalf("got %+v", differences)
	}
	path := strings.TrimPrefix(differences[0].Path, "MedicationRequest.")
	if want, got := differences[0].Want.Value(path), differences[0].Got.Value(path); want != "2" || got != "3" {
		t.Errorf("the statements say %q and %q there", want, got)
	}
}

func TestEveryExemptionHasAReason(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range record.Exemptions() {
		name := e.In + "." + e.Element
		if e.Element == "" || e.Reason == "" || seen[name] {
			t.Errorf("%s: %+v", name, e)
		}
		seen[name] = true
	}
}

func TestWhichMedicineItIsMayStandInAMedication(t *testing.T) {
	amoxicillin := concept(object{"system": "https://dmd.nhs.uk", "code": "1", "display": "Amoxicillin"})
	other := concept(object{"system": "https://dmd.nhs.uk", "code": "2", "display": "Ciprofloxacin"})
	names := record.Names{}
	names.Learn([]fhir.Resource{
		{"resourceType": "Medication", "id": "7", "code": amoxicillin}, {"resourceType": "Medication", "id": "8", "code": other}, {"resourceType": "Medication", "id": "9"},
	})
	stated := object{"medicationCodeableConcept": amoxicillin}
	referred := func(to string) object { return object{"medicationReference": object{"reference": to}} }
	contained := func(code object) object {
		return object{"medicationReference": object{"reference": "#m"}, "contained": []any{object{"resourceType": "Medication", "id": "m", "code": code}}}
	}
	for _, p := range []pair{
		{name: "contained", a: stated, b: contained(amoxicillin), same: true},
		{name: "another one contained", a: stated, b: contained(other)},
		{name: "referred to", a: stated, b: referred("Medication/7"), same: true},
		{name: "referred to by an address", a: stated, b: referred("https://supplier.test/fhir/Medication/7"), same: true},
		{name: "another one referred to", a: stated, b: referred("Medication/8")},
		{name: "one that does not say what it is", a: stated, b: referred("Medication/9")},
		{name: "one that is not there", a: stated, b: referred("Medication/10")},
		{name: "words alone", a: stated, b: object{"medicationReference": object{"display": "Amoxicillin"}}},
	} {
		p.resourceType, p.row, p.names = "MedicationRequest", "medication", names
		p.compared(t)
	}
}
