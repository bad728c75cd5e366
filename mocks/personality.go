package mocks

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
)

// The two systems' names, which are also the names of their personalities.
const (
	CCR = "ccr"
	OHC = "ohc"
)

// personality is how one supplier's product differs from another where FHIR R4 leaves a choice.
type personality struct {
	// name is the part of the ledger that is held, and the style; called is the system's own name, which is the same but for a
	// further mock.
	name, called, title, supplier, software, version string
	// ids carries the neighbour's ids in this system's style.
	ids idCodec
	// defaultCount and maxCount are the page size without _count and the most a client gets.
	defaultCount, maxCount int
	// absolute references carry the base URL.
	absolute bool
	// opaqueCursor pages by a token; otherwise by a stored query's id and a page number.
	opaqueCursor bool
	// totalAlways puts Bundle.total on every search; otherwise only _total=accurate or estimate gets one.
	totalAlways bool
	// neighbour is the name of the system it federates with.
	neighbour string
}

// MockHeader is the response header by which every answer of a mock says what it comes from.
const MockHeader = "X-Concord-Mock"

// madeBy is what the name of the software of every mock begins with.
const madeBy = "Concord mock"

// Is reports whether an answer with a header, or a CapabilityStatement with a name of software, is a mock's, whoever started it.
func Is(header http.Header, software string) bool {
	return header.Get(MockHeader) != "" || strings.HasPrefix(software, madeBy)
}

func newPersonality(system string) (personality, error) {
	switch system {
	case CCR:
		return personality{
			name: CCR, title: "Collaborative Care Record", supplier: "InterSystems-style mock",
			software: madeBy + ", HealthShare style", version: "2026.1",
			ids: uuidCodec(), defaultCount: 100, maxCount: 500, totalAlways: true, neighbour: OHC,
		}, nil
	case OHC:
		return personality{
			name: OHC, title: "One Health and Care", supplier: "Graphnet-style mock",
			software: madeBy + ", CareCentric style", version: "24.3",
			ids: numericCodec(), defaultCount: 50, maxCount: 200, absolute: true, opaqueCursor: true, neighbour: CCR,
		}, nil
	default:
		return personality{}, fmt.Errorf("unknown system %q: choose %s or %s", system, CCR, OHC)
	}
}

// newFurther is the personality of a further mock: it holds the part of one of the two, in its style, under a name of its own.
func newFurther(part, called string) (personality, error) {
	p, err := newPersonality(part)
	p.called = part
	if err == nil && called != "" && called != part {
		p.called, p.title = called, titled(called)
	}
	return p, err
}

// titled makes a name for people of a short one: "digital-health-checks" is "Digital Health Checks".
func titled(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, " ")
}

// reference writes a literal reference as this system does.
func (p personality) reference(base, resourceType, id string) string {
	if p.absolute {
		return base + "/" + resourceType + "/" + id
	}
	return resourceType + "/" + id
}

// pageSize reads _count: absent means the default, more than the maximum means the maximum, zero means "count only".
func (p personality) pageSize(list params) (int, error) {
	text, ok := list.get("_count")
	if !ok {
		return p.defaultCount, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		if allDigits(text) {
			return p.maxCount, nil
		}
		return 0, fail(400, "value", "_count %q is not a whole number of 0 or more", text)
	}
	return min(n, p.maxCount), nil
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// directory reports whether a type is answered from the system's own directory, which both systems hold in full, and
// never from the neighbour. Patient is among them because every person is in both master patient indexes.
func directory(resourceType string) bool {
	switch resourceType {
	case "Patient", "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService",
		"OrganizationAffiliation", "Endpoint", "AuditEvent":
		return true
	default:
		return false
	}
}

// versionTag is the weak ETag of a resource (FHIR R4 3.1.0.1.3).
func versionTag(resource fhir.Resource) string {
	version := resource.Text("meta", "versionId")
	if version == "" {
		version = "1"
	}
	return `W/"` + version + `"`
}
