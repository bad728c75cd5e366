package fhir

import "errors"

// SNOMEDSystem is the code system URI of SNOMED CT.
const SNOMEDSystem = "http://snomed.info/sct"

// What can be wrong with a SNOMED CT identifier; errors.Is tells which.
var (
	// ErrSCTIDForm says that it is not 6 to 18 digits without a zero in front.
	ErrSCTIDForm = errors.New("SNOMED CT identifier is not 6 to 18 digits")
	// ErrSCTIDPartition says that its partition identifier does not exist, or is not that of a concept.
	ErrSCTIDPartition = errors.New("SNOMED CT identifier has a wrong partition")
	// ErrSCTIDCheckDigit says that its last digit is not the check digit of the others.
	ErrSCTIDCheckDigit = errors.New("SNOMED CT identifier has a wrong check digit")
)

// Component is what a SNOMED CT identifier identifies.
type Component string

// The components of SNOMED CT that have partition identifiers.
const (
	Concept      Component = "concept"
	Description  Component = "description"
	Relationship Component = "relationship"
)

// ParseSCTID tells what a SNOMED CT identifier identifies. It knows form only: 6 to 18 digits, none of them a zero in
// front, a partition identifier, and the Verhoeff check digit (SNOMED CT Release File Specification, "SCTID"). Whether the
// component exists needs a release. The error is one of ErrSCTIDForm, ErrSCTIDPartition and ErrSCTIDCheckDigit.
func ParseSCTID(code string) (Component, error) {
	if len(code) < 6 || len(code) > 18 {
		return "", because(ErrSCTIDForm, "SNOMED CT code %q has %d characters, want 6 to 18 digits", code, len(code))
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return "", because(ErrSCTIDForm, "SNOMED CT code %q is not all digits", code)
		}
	}
	if code[0] == '0' {
		return "", because(ErrSCTIDForm, "SNOMED CT code %q begins with 0", code)
	}
	var component Component
	switch partition := code[len(code)-3 : len(code)-1]; partition {
	case "00", "10":
		component = Concept
	case "01", "11":
		component = Description
	case "02", "12":
		component = Relationship
	default:
		return "", because(ErrSCTIDPartition, "SNOMED CT code %q has partition %s, which is not that of a concept", code, partition)
	}
	if !verhoeff(code) {
		return "", because(ErrSCTIDCheckDigit, "SNOMED CT code %q has a wrong check digit", code)
	}
	return component, nil
}

// CheckSCTID says what is wrong with the form of a SNOMED CT concept identifier, or returns nil: what ParseSCTID says, or
// that it identifies something else.
func CheckSCTID(code string) error {
	component, err := ParseSCTID(code)
	if err != nil {
		return err
	}
	if component != Concept {
		return because(ErrSCTIDPartition, "SNOMED CT code %q identifies a %s, not a concept", code, component)
	}
	return nil
}

// verhoeff checks a number that ends in its Verhoeff check digit, by arithmetic in the dihedral group of order ten.
func verhoeff(number string) bool {
	permutation := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	check := 0
	for position := range len(number) {
		digit := int(number[len(number)-1-position] - '0')
		for range position % 8 {
			digit = permutation[digit]
		}
		check = dihedral(check, digit)
	}
	return check == 0
}

// dihedral multiplies two elements of the dihedral group of order ten: 0 to 4 are rotations, 5 to 9 reflections.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-5-b+5)%5
	default:
		return (a - b + 5) % 5
	}
}
