package profiles

import (
	"cmp"
	"slices"
	"strings"
)

// Rule is what there is to say about one rule of the validator.
type Rule struct {
	// ID is what findings carry, for example RuleBinding.
	ID string
	// Title says what must hold, Fix what to do about a finding, and Section where R4 says so.
	Title, Fix, Section string
}

// ValidationRules lists the rules that findings of the validator carry besides invariants, in the order of their ids.
func ValidationRules() []Rule {
	rules := []Rule{
		{RuleJSON, "what is judged is JSON", "mend the JSON at the line that the finding names", "R4 JSON representation"},
		{RuleXML, "what is judged is XML of FHIR", "mend the XML at the line that the finding names", "R4 XML representation"},
		{RuleResourceType, "a resource names a type of FHIR R4", "write resourceType as the specification spells it", "R4 Resource Types"},
		{RuleUnknownElement, "an element is one that its type has", "correct the name, or say it by an extension that is defined", "R4 JSON representation; ElementDefinition"},
		{RuleJSONType, "a value has the JSON type of its data type: a string, number, boolean, object or array", "write the value as the data type has it: numbers and booleans without quotes, what repeats as an array", "R4 JSON representation"},
		{RuleEmpty, "no object, array or string is empty", "leave out what has no value", "R4 JSON representation: properties are never empty"},
		{RuleRequired, "an element that must be there is there (minimum cardinality)", "supply the element; where its value is not known, as the profile or a data-absent-reason allows", "R4 ElementDefinition.min"},
		{RuleTooMany, "an element does not repeat more often than it may (maximum cardinality)", "keep as many as the profile allows; 0 means that it must not be there", "R4 ElementDefinition.max"},
		{RuleChoice, "an element of several types has one value, of one of its types", "keep one value[x], of a type that the profile allows", "R4 Choice of data types"},
		{RuleFormat, "a primitive is written as its type has it", "write it in the form that the finding names", "R4 Data Types: primitive types"},
		{RuleLength, "a text is not longer than it may be", "shorten the text", "R4 ElementDefinition.maxLength; string has at most 1 MB"},
		{RuleRange, "a number or date lies in the range of its type or profile", "write a value inside the range", "R4 ElementDefinition.minValue[x], maxValue[x]; primitive types"},
		{RuleFixed, "an element has exactly the value that a profile fixes", "write the value that the finding names, with nothing more and nothing less", "R4 ElementDefinition.fixed[x]"},
		{RulePattern, "an element has at least what a pattern of a profile asks", "add what the pattern names; more is allowed", "R4 ElementDefinition.pattern[x]"},
		{RuleSlicing, "what repeats fits the slices of a profile: none is missing, too often, out of order or in a closed list without being one", "compare the discriminators of the profile's slices with the data", "R4 Profiling: slicing"},
		{RuleBinding, "a code is in the value set that its element is bound to, as strongly as the binding says", "use a code of the value set; the finding names the nearest", "R4 Terminologies: binding strengths"},
		{RuleCode, "a code is one that its code system has", "correct the code or the system that it is said to be of", "R4 Using Codes: Coding.code"},
		{RuleDisplay, "a display is one that the code system gives to the code", "use the display of the code system, and put other words into text", "R4 Coding.display"},
		{RuleSystem, "the system of a code or identifier is an absolute URI that names a code system or namespace", "write the canonical URI of the system; a value set, a name or a bare OID is none", "R4 Coding.system; Identifier.system; Terminology systems"},
		{RuleRetired, "definitions and codes in use are not retired", "plan the move to what replaces it", "R4 PublicationStatus; CodeSystem concept properties"},
		{RuleReference, "a reference is written as one, and what it leads to inside the resource or Bundle is there", "write Type/id, an absolute URL, a urn:uuid that an entry has, or #id of a contained resource", "R4 References between resources; Resolving references in Bundles"},
		{RuleReferenceTarget, "a reference leads to a type that its element allows", "refer to a resource of one of the types that the finding names", "R4 ElementDefinition.type.targetProfile"},
		{RuleExtension, "an extension is one that is defined, with the parts and the type of value that its definition has", "compare the url with the definition; load the package that defines it with --package", "R4 Extensibility"},
		{RuleExtensionContext, "an extension stands where its definition allows it", "move it to the element that its definition names as context", "R4 StructureDefinition.context"},
		{RuleModifierExtension, "an extension that changes meaning is a modifierExtension, and no other is", "write it under modifierExtension if its definition says that it modifies, and under extension if not", "R4 Extensibility: modifier extensions"},
		{RuleProfile, "a profile that a resource claims is known, and is about its type", "correct meta.profile, or load the package that defines it with --package", "R4 Resource.meta.profile"},
		{RuleDefinition, "the definitions that data is judged by say something that can be followed", "tell whoever publishes the profile; a waiver may excuse it until then", "R4 StructureDefinition; ElementDefinition"},
		{RuleNarrative, "a narrative is XHTML of the kind that R4 allows, and its links lead somewhere", "mend the div; keep a status that says where the text comes from", "R4 Narrative"},
		{RuleID, "the id of a resource is 1 to 64 letters, digits, hyphens and dots, and is the only one of its kind in what contains it", "give the resource an id of that form", "R4 id; Resource.id"},
		{RuleAuthoring, "a definition (profile, value set, code system, search parameter, map) follows the rules for those who write them", "mend the definition as the finding says", "R4 Conformance module: StructureDefinition, ValueSet, CodeSystem, SearchParameter"},
		{RuleAttachment, "size and hash of an attachment are those of its data", "work out size and hash (SHA-1, base64) of the data again, or leave them out", "R4 Attachment.size, Attachment.hash"},
		{RuleBundle, "a Bundle has what its type asks for and nothing that it forbids, and each entry has the right fullUrl", "compare the entry with the rules of its Bundle's type", "R4 Bundle; Resolving references in Bundles"},
		{RuleQuestionnaire, "the answers of a QuestionnaireResponse are ones that its Questionnaire allows", "compare the item with the Questionnaire: type, options, required, repeats, enableWhen", "R4 QuestionnaireResponse"},
		{RuleMeasure, "the groups of a MeasureReport are those of its Measure", "compare groups, populations and stratifiers with the Measure", "R4 MeasureReport"},
		{RuleConceptMap, "the codes of a ConceptMap are of the systems that it maps", "correct the code, or the group that it stands in", "R4 ConceptMap.group"},
		{RuleUnlikely, "a value can be, but is seldom meant: blanks at the ends, a birth before 1900, a period of mixed precision", "look at the value; nothing is to be done where it is meant", "a warning of Concord's own; R4 allows the value"},
		{RuleNotCheckable, "something could not be checked, so it is no pass", "give what is missing: a terminology server or an imported release for codes, a package for definitions", "it says what Concord did not look at"},
		{RuleLimit, "judging ends at a limit of findings, depth or size", "mend what was found first and judge again", "a limit of Concord's own"},
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// Invariant is a constraint of the definitions.
type Invariant struct {
	// Key is what findings carry, for example "dom-6". Severity is error or warning.
	Key, Severity string
	// Human says in words what must hold, Expression in FHIRPath.
	Human, Expression string
	// On are the elements that it stands on, in order, each once.
	On []string
	// Source is the canonical URL of the definition that brings it.
	Source string
	// BestPractice says that it is a recommendation.
	BestPractice bool
}

// Invariants finds the constraints with a key in the loaded definitions, in whatever case it is written, in the order of their
// definitions. Keys are unique inside one definition only, so that there may be several.
func (r *Registry) Invariants(key string) ([]Invariant, error) {
	var found []Invariant
	seen := map[string]int{}
	for at := r; at != nil; at = at.parent {
		for _, summary := range at.set.Summaries("StructureDefinition") {
			s, err := at.set.Structure(summary.URL + "|" + summary.Version)
			if err != nil {
				return nil, err
			}
			if s == nil {
				continue
			}
			for _, e := range slices.Concat(s.Snapshot, s.Differential) {
				for _, c := range e.Constraints {
					if !strings.EqualFold(c.Key, key) {
						continue
					}
					same := c.Key + "\n" + c.Expression
					i, known := seen[same]
					if !known {
						i = len(found)
						seen[same] = i
						found = append(found, Invariant{
							Key: c.Key, Severity: c.Severity, Human: wordsOf(c), Expression: c.Expression, Source: cmp.Or(c.Source, s.URL), BestPractice: c.BestPractice,
						})
					}
					if !slices.Contains(found[i].On, e.Path) {
						found[i].On = append(found[i].On, e.Path)
					}
				}
			}
		}
	}
	for i := range found {
		slices.Sort(found[i].On)
	}
	return found, nil
}
