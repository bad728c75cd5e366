package profiles

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// codeSystemURI judges the system of a Coding or a Quantity that is no code system that is loaded (R4 Coding.system: "the
// identification of the code system"; Quantity.system: of the system that provides the coded form of the unit), and says
// whether it may be one all the same.
func (j *judge) codeSystemURI(n *node, system string) bool {
	t := note{rule: RuleSystem, severity: result.SeverityError, code: codeCodeInvalid, actual: system}
	switch table, _ := j.registry.CodeSystem(system); {
	case table != nil && table.Content == "supplement":
		t.message = "the system is a supplement, which adds to a code system and has no codes of its own"
		t.expected = table.Supplements
	case table != nil:
		return true
	case !isAbsolute(system):
		t.message = "the system of a code must be an absolute URI" + properURI(system)
	case j.registry.hasValueSet(system):
		t.message = "the system is a value set, which selects codes of code systems and is none itself"
	case strings.Contains(system, "/ValueSet/"):
		t.severity = result.SeverityWarning
		t.message = "the system looks like the URL of a value set, which is no code system"
	case strings.HasPrefix(system, fhir.SNOMEDSystem+"/") && system != fhir.SNOMEDSystem+"/":
		t.severity, t.expected = result.SeverityWarning, fhir.SNOMEDSystem
		t.message = "an edition of SNOMED CT belongs in the version of the coding; its system is always the same"
	default:
		if meant := mistypedSystem(system); meant != "" {
			t.message, t.expected = "the system is not written as FHIR has it, so its codes are not recognised", meant
			break
		}
		if strings.HasPrefix(system, "http://hl7.org/fhir/") && strings.HasSuffix(system, ".html") {
			t.message = "the system is a page about a code system, not its URL"
			break
		}
		if own := j.systemOfOID(system); own != "" {
			t.severity, t.expected = result.SeverityWarning, own
			t.message = "the code system is known by its URL in FHIR, and not by an object identifier, so its codes are not recognised"
			break
		}
		if own := j.systemWithID(system); own != "" {
			t.message, t.expected = "the system is where HL7's page of a code system is found, not its URL", own
			break
		}
		if meant := movedSystem(system); meant != "" && j.system(meant) != nil {
			t.severity, t.expected = result.SeverityWarning, meant
			t.message = "the system is that of an earlier release of FHIR, so its codes are not recognised"
			break
		}
		return true
	}
	if !j.failing(t.severity) {
		j.push("system", "system", "")
		j.report(n, t)
		j.pop()
	}
	return false
}

// versionInSystem warns of a system that ends in a bar and a version, as canonicals may (R4 Coding.version: where the version goes):
// others compare the whole of it, so that they do not recognise its codes.
func (j *judge) versionInSystem(n *node, system string) {
	bare, _, versioned := strings.Cut(system, "|")
	if !versioned || j.failing(result.SeverityWarning) {
		return
	}
	j.push("system", "system", "")
	j.report(n, note{
		rule: RuleSystem, severity: result.SeverityWarning, code: codeCodeInvalid, actual: system, expected: bare,
		message: "the version of a code system belongs in the version of the coding, not in its system",
	})
	j.pop()
}

// mistypedSystem returns the system that FHIR R4 (4.3) gives a name to and that a URI differs from by its scheme, a "www."
// or a slash at its end, or "". UCUM has one system only, so whatever else begins as its URI does is meant to be it.
func mistypedSystem(system string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(system, "https://"), "http://")
	rest = strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
	if system != ucumSystem && unitsLike(system) {
		return ucumSystem
	}
	for _, known := range []string{fhir.SNOMEDSystem, "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"} {
		if rest == strings.TrimPrefix(strings.TrimPrefix(known, "http://"), "www.") && system != known {
			return known
		}
	}
	return ""
}

// unitsLike says whether a URI begins as UCUM's does, whatever its scheme and its capital letters.
func unitsLike(system string) bool {
	_, host, found := strings.Cut(strings.ToLower(system), "://")
	return found && strings.HasPrefix(strings.TrimPrefix(host, "www."), "unitsofmeasure.org")
}

// systemOfOID returns the URI that R4 or HL7's terminology has for a code system that others know by an object identifier, or ""
// (section 4.3, Using Code Systems: the URI that is listed is used in preference to any other).
func (j *judge) systemOfOID(uri string) string {
	oid, is := strings.CutPrefix(uri, "urn:oid:")
	if !is {
		return ""
	}
	switch oid {
	case "2.16.840.1.113883.6.96":
		return fhir.SNOMEDSystem
	case "2.16.840.1.113883.6.1":
		return "http://loinc.org"
	case "2.16.840.1.113883.6.8":
		return ucumSystem
	case "2.16.840.1.113883.6.88":
		return "http://www.nlm.nih.gov/research/umls/rxnorm"
	case "2.16.840.1.113883.6.238": // race and ethnicity: R4 lists this URI itself
		return ""
	}
	return j.registry.systemOfOID(oid)
}

// systemWithID returns the URL of the code system of FHIR that a URI ends in the id of, in HL7's own space, or "".
func (j *judge) systemWithID(system string) string {
	id, own := strings.CutPrefix(system, "http://hl7.org/fhir/CodeSystem/")
	if !own {
		return ""
	}
	for _, url := range []string{"http://hl7.org/fhir/" + id, terminologyURL + id} {
		if j.system(url) != nil {
			return url
		}
	}
	return ""
}

// movedSystem returns the URL that R4 has for a code system of HL7 which STU3 had below its own, or "".
func movedSystem(system string) string {
	name, own := strings.CutPrefix(system, "http://hl7.org/fhir/")
	if !own {
		return ""
	}
	for _, version := range []string{"v2", "v3"} {
		if table, is := strings.CutPrefix(name, version+"/"); is {
			return terminologyURL + version + "-" + table
		}
	}
	return terminologyURL + name
}

// terminologyURL is what the URLs of HL7's code systems start with that are no part of FHIR itself.
const terminologyURL = "http://terminology.hl7.org/CodeSystem/"

// isAbsolute says whether a URI has a scheme (RFC 3986, section 3.1).
func isAbsolute(uri string) bool {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || scheme == "" || rest == "" {
		return false
	}
	for i := range len(scheme) {
		switch c := scheme[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return true
}

// properURI adds how to write an object identifier or a UUID that stands without its prefix.
func properURI(system string) string {
	switch {
	case isOID("urn:oid:" + system):
		return "; write urn:oid:" + system
	case isHexUUID(strings.ToLower(system)):
		return "; write urn:uuid:" + strings.ToLower(system)
	default:
		return ""
	}
}

// uriSystem is the system of identifiers whose values, and of codings whose codes, are URIs.
const uriSystem = "urn:ietf:rfc:3986"

// What is given as the system of identifiers whose values are bare UUIDs: by some, and by UK Core's examples and the services
// of the NHS.
const (
	uuidSystem   = "urn:ietf:rfc:4122"
	uuidDocument = "https://tools.ietf.org/html/rfc4122"
)

// identifier judges the system of an Identifier, and its value where the system says that it is a URI.
func (j *judge) identifier(n *node, obj map[string]any) {
	system, _ := obj["system"].(string)
	if system == "" {
		return
	}
	if !isAbsolute(system) {
		if j.failing(result.SeverityError) {
			return
		}
		j.push("system", "system", "")
		j.report(n, note{
			rule: RuleSystem, severity: result.SeverityError, code: codeInvalid, actual: system,
			message: "the system of an identifier must be an absolute URI" + properURI(system),
		})
		j.pop()
		return
	}
	value, _ := obj["value"].(string)
	if system != uriSystem && system != uuidSystem && system != uuidDocument || value == "" {
		return
	}
	t := note{rule: RuleSystem, code: codeInvalid, actual: value, severity: result.SeverityWarning}
	lower := strings.ToLower(value)
	rest, isUUID := strings.CutPrefix(lower, "urn:uuid:")
	switch {
	case system == uuidDocument && !isHexUUID(strings.TrimPrefix(lower, "urn:uuid:")):
		t.severity = result.SeverityError
		t.message = fmt.Sprintf("the system %s says that the value is a UUID, but it is none: give a UUID, or the system that the value is of", uuidDocument)
	case system == uuidSystem, system == uuidDocument:
		if bare := strings.TrimPrefix(value, "urn:uuid:"); isHexUUID(bare) {
			return
		}
		t.message = "the system says that the value is a UUID, which is written in lower case with its hyphens"
	case !isAbsolute(value) || strings.ContainsAny(value, " \t\r\n"):
		t.severity = result.SeverityError
		t.message = fmt.Sprintf("the system %s says that the value is a full URI, but it is none%s", uriSystem, properURI(value))
	case isUUID && !isHexUUID(rest):
		t.message = "the value starts with urn:uuid: but goes on with something other than a UUID"
	case strings.HasPrefix(lower, "urn:oid:") && !isOID(lower):
		t.message = "the value starts with urn:oid: but goes on with something other than an OID"
	case isUUID && lower != value:
		t.expected = lower
		t.message = "a UUID is written in lower case (R4 datatypes, uuid), or a search for it misses"
	default:
		return
	}
	if j.failing(t.severity) {
		return
	}
	j.push("value", "value", "")
	j.report(n, t)
	j.pop()
}
