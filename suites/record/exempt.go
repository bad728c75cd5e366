package record

// Exemption is an element that is deliberately not compared, and why.
type Exemption struct {
	// In is the datatype that holds the element; "Resource" for elements of the resource itself.
	In, Element string
	// Reason says why two records that differ in it may say the same.
	Reason string
}

// Exemptions are all elements that are not compared between two systems. What is not listed here is compared.
func Exemptions() []Exemption {
	return []Exemption{
		{"Resource", "resourceType", "records of two types are never the same record, but for the medicines that a rule pairs"},
		{"Resource", "id", "a server gives its own ids"},
		{"Resource", "meta", "versions, times and claims are a server's own; labels of origin are compared by PAR-SOURCE-001, security labels by a row, claims by PRO-CLAIM-001"},
		{"Resource", "text", "the narrative is made from the rest"},
		{"Resource", "language", "it is the language of the narrative"},
		{"Resource", "contained", "what is contained is compared where something refers to it"},
		{"Resource", "identifier", "identifiers are what records are matched by; more of them are lawful"},
		{"Coding", "display", "synonyms are lawful; a display that belongs to another code is a finding of its own"},
		{"Coding", "version", "UK Core does not use it"},
		{"Coding", "userSelected", "it says where a code came from and not what it means"},
		{"Quantity", "unit", "the words of a unit are free where its code is given"},
		{"Quantity", "system", "codes of units are UCUM's unless another system is named"},
		{"Reference", "reference", "ids are a server's own; who or what is meant is compared"},
		{"Reference", "type", "it follows from what is referred to"},
		{"Reference", "display", "who or what is meant is compared; a display that stands alone is compared as words"},
		{"Attachment", "data", "the bytes are compared by their digest"},
		{"Attachment", "hash", "the bytes are compared by their digest"},
		{"Attachment", "size", "it follows from the bytes"},
		{"Attachment", "url", "it leads into a server's own store"},
		{"Attachment", "id", "it is a name inside one resource"},
		{"Narrative", "status", "it says how the narrative was made"},
		{"", "id", "it is a name inside one resource"},
	}
}

// exemptions finds exemptions by datatype and element.
type exemptions map[[2]string]bool

func newExemptions() exemptions {
	found := exemptions{}
	for _, e := range Exemptions() {
		found[[2]string{e.In, e.Element}] = true
	}
	return found
}

func (e exemptions) has(in, element string) bool {
	return e[[2]string{in, element}] || e[[2]string{"", element}]
}

// Exempt reports whether an element of an object, which looks like some datatype, is not compared.
func Exempt(object map[string]any, element string) bool {
	return newExemptions().has(datatype(object), element)
}
