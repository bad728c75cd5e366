package terminology

import (
	"slices"
	"strings"

	"concord.example/concord/internal/fhirpath/ucum"
)

// grammar decides by form whether a text can be a code of a system whose codes are too many to list.
type grammar struct {
	system string
	check  func(code string) Verdict
}

func grammarOfSet(canonical string) *grammar {
	url, _, _ := strings.Cut(canonical, "|")
	switch url {
	case "http://hl7.org/fhir/ValueSet/all-languages":
		return grammarOfSystem("urn:ietf:bcp:47")
	case "http://hl7.org/fhir/ValueSet/all-units", "http://hl7.org/fhir/ValueSet/ucum-units":
		return grammarOfSystem(ucumSystem)
	case "http://hl7.org/fhir/ValueSet/mimetypes":
		return grammarOfSystem("urn:ietf:bcp:13")
	default:
		return nil
	}
}

func grammarOfSystem(system string) *grammar {
	switch system {
	case "urn:ietf:bcp:47":
		return &grammar{system, languageTag}
	case "urn:ietf:bcp:13":
		return &grammar{system, mimeType}
	case "urn:ietf:rfc:3986":
		return &grammar{system, uri}
	case ucumSystem:
		return &grammar{system, unit}
	case currencySystem:
		return &grammar{system, currency}
	default:
		return nil
	}
}

// uri checks that a code of the system of URIs is absolute and without spaces.
func uri(code string) Verdict {
	if strings.ContainsAny(code, " \t\n") || !strings.Contains(code, ":") {
		return Out
	}
	return In
}

// unit checks a code against the grammar and the atoms of UCUM.
func unit(code string) Verdict {
	if ucum.Validate(code) != nil {
		return Out
	}
	return In
}

// languageTag checks the form of RFC 5646: a language of two or three letters (or "x", "i"; no longer one is registered), then
// subtags of at most eight letters and digits.
func languageTag(code string) Verdict {
	parts := strings.Split(code, "-")
	first := parts[0]
	if !isAlpha(first) || len(first) > 3 || len(first) < 2 && !strings.EqualFold(first, "x") && !strings.EqualFold(first, "i") {
		return Out
	}
	if len(first) == 1 && len(parts) == 1 {
		return Out
	}
	if len(first) == 2 && !strings.Contains(twoLetterLanguages, " "+strings.ToLower(first)+" ") {
		return Out
	}
	for i, part := range parts[1:] {
		if part == "" || len(part) > 8 || !isAlphaNum(part) {
			return Out
		}
		// The subtag of the region is the only one of two letters, and comes before "x" and other single letters.
		if len(part) == 2 && isAlpha(part) && !slices.ContainsFunc(parts[:i+1], func(s string) bool { return len(s) == 1 }) &&
			!isRegion(strings.ToUpper(part)) {
			return Out
		}
	}
	return In
}

// isRegion says whether two capital letters are the subtag of a region: one that is registered, or one for private use (AA, QM to
// QZ, XA to XZ, ZZ).
func isRegion(part string) bool {
	return strings.Contains(regions, " "+part+" ") || part == "AA" || part == "ZZ" || part[0] == 'X' || part[0] == 'Q' && part[1] >= 'M'
}

// regions are the region subtags of two letters in the registry of RFC 5646: those of ISO 3166-1, the exceptional ones and the
// deprecated ones that it keeps.
const regions = " AC AD AE AF AG AI AL AM AN AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BU BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CS CU CV CW CX CY CZ DD DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU EZ " +
	"FI FJ FK FM FO FR FX GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT " +
	"JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NT NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SU SV SX SY SZ " +
	"TA TC TD TF TG TH TJ TK TL TM TN TO TP TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS YD YE YT YU ZA ZM ZR ZW "

// twoLetterLanguages are the language subtags of two letters in the registry of RFC 5646 (those of ISO 639-1, and the
// deprecated ones that it keeps).
const twoLetterLanguages = " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz " +
	"ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw " +
	"ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my " +
	"na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw " +
	"ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "

// mimeType checks the form of RFC 6838: type and subtype, then parameters; FHIR also allows the short forms of formats.
func mimeType(code string) Verdict {
	name, _, _ := strings.Cut(code, ";")
	kind, subtype, ok := strings.Cut(strings.TrimSpace(name), "/")
	if !ok || !isToken(kind) || !isToken(subtype) {
		switch code {
		case "xml", "json", "ttl":
			return In
		}
		return Out
	}
	return In
}

func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !isAlphaNum(string(r)) && !strings.ContainsRune("!#$&-^_.+*", r) }) < 0
}

func isAlpha(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

func isAlphaNum(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) < 0
}

// unitsLike returns the grammar of the UCUM units that measure the same as a unit, for the filter "canonical = unit".
func unitsLike(canonical string) *grammar {
	like, err := ucum.Parse(canonical)
	if err != nil {
		return nil
	}
	return &grammar{ucumSystem, func(code string) Verdict {
		u, err := ucum.Parse(code)
		if err != nil || !u.Commensurable(like) {
			return Out
		}
		return In
	}}
}
