package search_test

import (
	"regexp"
	"strings"
)

// The naive evaluator is FHIR R4 search written a second time, straight from section 3.1.1 and with nothing of the
// package but decoded JSON, so that a mistake has to be made twice to go unseen. It is slow and says so everywhere: it
// reads expressions as text, computes whole sets, and compares ranges by trying points.

// naiveParam is a search parameter as its definition in R4 writes it.
type naiveParam struct {
	kind       string
	expression string
	// typ is the element type where the expression does not say it; system the implied system of a code.
	typ, system string
	targets     string
	components  []naiveParam
}

// naiveParams holds the parameters the random queries use, by "Type.code".
func naiveParams() map[string]naiveParam {
	const (
		agents   = "Practitioner Organization PractitionerRole"
		concept  = "CodeableConcept"
		ref      = "Reference"
		subjects = "Group Device Patient Location"
	)
	params := map[string]naiveParam{
		"Patient.identifier":           {kind: "token", expression: "Patient.identifier", typ: "Identifier"},
		"Patient.active":               {kind: "token", expression: "Patient.active", typ: "boolean"},
		"Patient.gender":               {kind: "token", expression: "Patient.gender", typ: "code", system: "http://hl7.org/fhir/administrative-gender"},
		"Patient.deceased":             {kind: "token", expression: "Patient.deceased.exists() and Patient.deceased != false", typ: "boolean"},
		"Patient.death-date":           {kind: "date", expression: "(Patient.deceased as dateTime)"},
		"Patient.birthdate":            {kind: "date", expression: "Patient.birthDate", typ: "date"},
		"Patient.name":                 {kind: "string", expression: "Patient.name", typ: "HumanName"},
		"Patient.family":               {kind: "string", expression: "Patient.name.family", typ: "string"},
		"Patient.given":                {kind: "string", expression: "Patient.name.given", typ: "string"},
		"Patient.address":              {kind: "string", expression: "Patient.address", typ: "Address"},
		"Patient.address-city":         {kind: "string", expression: "Patient.address.city", typ: "string"},
		"Patient.telecom":              {kind: "token", expression: "Patient.telecom", typ: "ContactPoint"},
		"Patient.phone":                {kind: "token", expression: "Patient.telecom.where(system='phone')", typ: "ContactPoint"},
		"Patient.general-practitioner": {kind: "reference", expression: "Patient.generalPractitioner", typ: ref, targets: agents},
		"Patient.organization":         {kind: "reference", expression: "Patient.managingOrganization", typ: ref, targets: "Organization"},
		"Patient.link":                 {kind: "reference", expression: "Patient.link.other", typ: ref, targets: "Patient RelatedPerson"},
		"Organization.identifier":      {kind: "token", expression: "Organization.identifier", typ: "Identifier"},
		"Organization.name":            {kind: "string", expression: "Organization.name | Organization.alias", typ: "string"},
		"Organization.active":          {kind: "token", expression: "Organization.active", typ: "boolean"},
		"Organization.partof":          {kind: "reference", expression: "Organization.partOf", typ: ref, targets: "Organization"},
		"Organization.endpoint":        {kind: "reference", expression: "Organization.endpoint", typ: ref, targets: "Endpoint"},
		"Group.identifier":             {kind: "token", expression: "Group.identifier", typ: "Identifier"},
		"Group.member":                 {kind: "reference", expression: "Group.member.entity", typ: ref, targets: "Practitioner Group Device Medication Patient Substance PractitionerRole"},
		"Group.actual":                 {kind: "token", expression: "Group.actual", typ: "boolean"},
		"Observation.code":             {kind: "token", expression: "Observation.code", typ: concept},
		"Observation.category":         {kind: "token", expression: "Observation.category", typ: concept},
		"Observation.combo-code":       {kind: "token", expression: "Observation.code | Observation.component.code", typ: concept},
		"Observation.status":           {kind: "token", expression: "Observation.status", typ: "code", system: "http://hl7.org/fhir/observation-status"},
		"Observation.identifier":       {kind: "token", expression: "Observation.identifier", typ: "Identifier"},
		"Observation.subject":          {kind: "reference", expression: "Observation.subject", typ: ref, targets: subjects},
		"Observation.patient":          {kind: "reference", expression: "Observation.subject.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"Observation.performer":        {kind: "reference", expression: "Observation.performer", typ: ref, targets: "Practitioner Organization CareTeam Patient PractitionerRole RelatedPerson"},
		"Observation.derived-from":     {kind: "reference", expression: "Observation.derivedFrom", typ: ref, targets: "Media Observation ImagingStudy MolecularSequence QuestionnaireResponse DocumentReference"},
		"Observation.date":             {kind: "date", expression: "Observation.effective"},
		"Observation.value-quantity":   {kind: "quantity", expression: "(Observation.value as Quantity) | (Observation.value as SampledData)"},
		"Observation.value-concept":    {kind: "token", expression: "(Observation.value as CodeableConcept)"},
		"Observation.value-string":     {kind: "string", expression: "(Observation.value as string) | (Observation.value as CodeableConcept).text", typ: "string"},
		"Observation.value-date":       {kind: "date", expression: "(Observation.value as dateTime) | (Observation.value as Period)"},
		"Observation.code-value-quantity": {kind: "composite", expression: "Observation", components: []naiveParam{
			{kind: "token", expression: "code", typ: concept}, {kind: "quantity", expression: "value.as(Quantity)"},
		}},
		"Observation.combo-code-value-quantity": {kind: "composite", expression: "Observation | Observation.component", components: []naiveParam{
			{kind: "token", expression: "code", typ: concept}, {kind: "quantity", expression: "value.as(Quantity)"},
		}},
		"Observation.code-value-date": {kind: "composite", expression: "Observation", components: []naiveParam{
			{kind: "token", expression: "code", typ: concept}, {kind: "date", expression: "value.as(dateTime) | value.as(Period)"},
		}},
		"MedicationRequest.status":     {kind: "token", expression: "MedicationRequest.status", typ: "code", system: "http://hl7.org/fhir/CodeSystem/medicationrequest-status"},
		"MedicationRequest.code":       {kind: "token", expression: "(MedicationRequest.medication as CodeableConcept)"},
		"MedicationRequest.medication": {kind: "reference", expression: "(MedicationRequest.medication as Reference)", targets: "Medication"},
		"MedicationRequest.patient":    {kind: "reference", expression: "MedicationRequest.subject.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"MedicationRequest.subject":    {kind: "reference", expression: "MedicationRequest.subject", typ: ref, targets: "Group Patient"},
		"MedicationRequest.authoredon": {kind: "date", expression: "MedicationRequest.authoredOn", typ: "dateTime"},
		"MedicationRequest.date":       {kind: "date", expression: "MedicationRequest.dosageInstruction.timing.event", typ: "dateTime"},
		"Medication.code":              {kind: "token", expression: "Medication.code", typ: concept},
		"Medication.status":            {kind: "token", expression: "Medication.status", typ: "code", system: "http://hl7.org/fhir/CodeSystem/medication-status"},
		"Condition.code":               {kind: "token", expression: "Condition.code", typ: concept},
		"Condition.onset-date":         {kind: "date", expression: "Condition.onset.as(dateTime) | Condition.onset.as(Period)"},
		"Condition.onset-age":          {kind: "quantity", expression: "Condition.onset.as(Age) | Condition.onset.as(Range)"},
		"Condition.onset-info":         {kind: "string", expression: "Condition.onset.as(string)"},
		"Condition.patient":            {kind: "reference", expression: "Condition.subject.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"Condition.recorded-date":      {kind: "date", expression: "Condition.recordedDate", typ: "dateTime"},
		"RiskAssessment.probability":   {kind: "number", expression: "RiskAssessment.prediction.probability"},
		"RiskAssessment.date":          {kind: "date", expression: "(RiskAssessment.occurrence as dateTime)"},
		"Provenance.target":            {kind: "reference", expression: "Provenance.target", typ: ref, targets: "*"},
		"Provenance.recorded":          {kind: "date", expression: "Provenance.recorded", typ: "instant"},
		"Provenance.patient":           {kind: "reference", expression: "Provenance.target.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"DocumentReference.relationship": {kind: "composite", expression: "DocumentReference.relatesTo", components: []naiveParam{
			{kind: "token", expression: "code", typ: "code", system: "http://hl7.org/fhir/document-relationship-type"},
			{kind: "reference", expression: "target", typ: ref, targets: "DocumentReference"},
		}},
		"Condition.category":            {kind: "token", expression: "Condition.category", typ: concept},
		"Condition.identifier":          {kind: "token", expression: "Condition.identifier", typ: "Identifier"},
		"Condition.subject":             {kind: "reference", expression: "Condition.subject", typ: ref, targets: "Group Patient"},
		"DocumentReference.category":    {kind: "token", expression: "DocumentReference.category", typ: concept},
		"DocumentReference.date":        {kind: "date", expression: "DocumentReference.date", typ: "instant"},
		"DocumentReference.identifier":  {kind: "token", expression: "DocumentReference.masterIdentifier | DocumentReference.identifier", typ: "Identifier"},
		"DocumentReference.patient":     {kind: "reference", expression: "DocumentReference.subject.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"DocumentReference.status":      {kind: "token", expression: "DocumentReference.status", typ: "code", system: "http://hl7.org/fhir/document-reference-status"},
		"Group.code":                    {kind: "token", expression: "Group.code", typ: concept},
		"Medication.identifier":         {kind: "token", expression: "Medication.identifier", typ: "Identifier"},
		"MedicationRequest.category":    {kind: "token", expression: "MedicationRequest.category", typ: concept},
		"MedicationRequest.identifier":  {kind: "token", expression: "MedicationRequest.identifier", typ: "Identifier"},
		"Organization.address":          {kind: "string", expression: "Organization.address", typ: "Address"},
		"Organization.address-city":     {kind: "string", expression: "Organization.address.city", typ: "string"},
		"Provenance.location":           {kind: "reference", expression: "Provenance.location", typ: ref, targets: "Location"},
		"RiskAssessment.identifier":     {kind: "token", expression: "RiskAssessment.identifier", typ: "Identifier"},
		"RiskAssessment.patient":        {kind: "reference", expression: "RiskAssessment.subject.where(resolve() is Patient)", typ: ref, targets: "Patient"},
		"RiskAssessment.performer":      {kind: "reference", expression: "RiskAssessment.performer", typ: ref, targets: "Practitioner Device PractitionerRole"},
		"RiskAssessment.subject":        {kind: "reference", expression: "RiskAssessment.subject", typ: ref, targets: "Group Patient"},
		"DocumentReference.relatesto":   {kind: "reference", expression: "DocumentReference.relatesTo.target", typ: ref, targets: "DocumentReference"},
		"DocumentReference.contenttype": {kind: "token", expression: "DocumentReference.content.attachment.contentType", typ: "code"},
		"DocumentReference.location":    {kind: "uri", expression: "DocumentReference.content.attachment.url", typ: "url"},
		"DocumentReference.period":      {kind: "date", expression: "DocumentReference.context.period", typ: "Period"},
		"DocumentReference.subject":     {kind: "reference", expression: "DocumentReference.subject", typ: ref, targets: "Practitioner Group Device Patient"},
	}
	for _, typ := range naiveTypes() {
		params[typ+"._id"] = naiveParam{kind: "token", expression: typ + ".id", typ: "id"}
		params[typ+"._lastUpdated"] = naiveParam{kind: "date", expression: typ + ".meta.lastUpdated", typ: "instant"}
		params[typ+"._profile"] = naiveParam{kind: "uri", expression: typ + ".meta.profile", typ: "canonical"}
		params[typ+"._source"] = naiveParam{kind: "uri", expression: typ + ".meta.source", typ: "uri"}
		params[typ+"._tag"] = naiveParam{kind: "token", expression: typ + ".meta.tag", typ: "Coding"}
		params[typ+"._security"] = naiveParam{kind: "token", expression: typ + ".meta.security", typ: "Coding"}
	}
	return params
}

func naiveTypes() []string {
	return strings.Fields("Patient Organization Group Observation MedicationRequest Medication Condition RiskAssessment Provenance DocumentReference")
}

// naiveNode is an element found by an expression, with its type.
type naiveNode struct {
	value any
	typ   string
	only  string // the type a where(resolve() is T) asks for
}

// naiveElements evaluates an expression on a resource or, for a composite's component, on its base element.
func naiveElements(base map[string]any, expression, typ string) []naiveNode {
	var found []naiveNode
	for alternative := range strings.SplitSeq(expression, " | ") {
		found = append(found, naiveAlternative(base, alternative, typ)...)
	}
	return found
}

var (
	naiveAsBefore = regexp.MustCompile(`^\((.*) as (\w+)\)(.*)$`)
	naiveAsAfter  = regexp.MustCompile(`^(.*)\.as\((\w+)\)$`)
	naiveOnly     = regexp.MustCompile(`^(.*)\.where\(resolve\(\) is (\w+)\)$`)
	naiveSystem   = regexp.MustCompile(`^(.*)\.where\(system='(\w+)'\)$`)
)

func naiveAlternative(base map[string]any, expression, typ string) []naiveNode {
	if strings.Contains(expression, ".exists() and ") {
		exists := false
		for name, value := range base {
			if strings.HasPrefix(name, "deceased") && value != false {
				exists = true
			}
		}
		return []naiveNode{{value: exists, typ: "boolean"}}
	}
	if m := naiveAsBefore.FindStringSubmatch(expression); m != nil {
		nodes := naiveOfType(naivePath(base, m[1]), m[2])
		if m[3] == "" {
			return nodes
		}
		var deeper []naiveNode
		for _, node := range nodes {
			deeper = append(deeper, naiveAlternative(node.value.(map[string]any), strings.TrimPrefix(m[3], "."), typ)...)
		}
		return deeper
	}
	if m := naiveAsAfter.FindStringSubmatch(expression); m != nil {
		return naiveOfType(naivePath(base, m[1]), m[2])
	}
	if m := naiveOnly.FindStringSubmatch(expression); m != nil {
		nodes := naivePath(base, m[1])
		for i := range nodes {
			nodes[i].only, nodes[i].typ = m[2], typ
		}
		return nodes
	}
	if m := naiveSystem.FindStringSubmatch(expression); m != nil {
		var kept []naiveNode
		for _, node := range naivePath(base, m[1]) {
			if point, ok := node.value.(map[string]any); ok && point["system"] == m[2] {
				kept = append(kept, naiveNode{value: point, typ: typ})
			}
		}
		return kept
	}
	nodes := naivePath(base, expression)
	for i := range nodes {
		if nodes[i].typ == "" {
			nodes[i].typ = typ
		}
	}
	return nodes
}

func naiveOfType(nodes []naiveNode, typ string) []naiveNode {
	var kept []naiveNode
	for _, node := range nodes {
		if node.typ == typ {
			kept = append(kept, node)
		}
	}
	return kept
}

// naivePath follows dots. An element that is there as name followed by a capital is a choice, whose type follows.
func naivePath(base map[string]any, expression string) []naiveNode {
	nodes := []naiveNode{{value: base}}
	for i, name := range strings.Split(expression, ".") {
		if i == 0 && base["resourceType"] == name {
			continue
		}
		var next []naiveNode
		for _, node := range nodes {
			object, ok := node.value.(map[string]any)
			if !ok {
				continue
			}
			for property, value := range object {
				typ, ok := strings.CutPrefix(property, name)
				if !ok || typ != "" && (typ[0] < 'A' || typ[0] > 'Z') || typ != "" && object[name] != nil {
					continue
				}
				switch typ {
				case "DateTime", "String", "Boolean", "Instant", "Integer", "Decimal":
					typ = strings.ToLower(typ[:1]) + typ[1:]
				}
				list, ok := value.([]any)
				if !ok {
					list = []any{value}
				}
				for _, item := range list {
					if item != nil {
						next = append(next, naiveNode{value: item, typ: typ})
					}
				}
			}
		}
		nodes = next
	}
	return nodes
}
