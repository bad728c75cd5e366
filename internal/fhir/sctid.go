package fhir

import "fmt"

// SNOMEDSystem is the code system URI of SNOMED CT.
const SNOMEDSystem = "http://snomed.info/sct"

// CheckSCTID says what is wrong with the form of a SNOMED CT concept identifier, or returns nil. It knows form only:
// 6 to 18 digits, a concept partition identifier (00 or 10), and the Verhoeff check digit (SNOMED CT Release File
// Specification, "SCTID"). Whether the concept exists needs a release.
func CheckSCTID(code string) error {
	if len(code) < 6 || len(code) > 18 {
		return fmt.Errorf("SNOMED CT code %q has %d characters, want 6 to 18 digits", code, len(code))
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return fmt.Errorf("SNOMED CT code %q is not all digits", code)
		}
	}
	if code[0] == '0' {
		return fmt.Errorf("SNOMED CT code %q begins with 0", code)
	}
	if partition := code[len(code)-3 : len(code)-1]; partition != "00" && partition != "10" {
		return fmt.Errorf("SNOMED CT code %q has partition %s, which is not that of a concept", code, partition)
	}
	if !verhoeff(code) {
		return fmt.Errorf("SNOMED CT code %q has a wrong check digit", code)
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
