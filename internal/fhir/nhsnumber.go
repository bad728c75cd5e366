package fhir

import (
	"errors"
	"fmt"
)

// What can be wrong with an NHS number; errors.Is tells which.
var (
	// ErrNHSNumberForm says that it is not ten digits.
	ErrNHSNumberForm = errors.New("NHS number is not ten digits")
	// ErrNHSNumberCheckDigit says that the tenth digit is not the check digit of the others, or that they have none.
	ErrNHSNumberCheckDigit = errors.New("NHS number has a wrong check digit")
	// ErrNHSNumberRepeated says that it is one digit ten times.
	ErrNHSNumberRepeated = errors.New("NHS number is one digit repeated")
)

// NHSNumberSystem is the identifier system of the NHS number in UK Core Patient.
const NHSNumberSystem = "https://fhir.nhs.uk/Id/nhs-number"

// CheckNHSNumber says what is wrong with an NHS number, or returns nil.
//
// The number has ten digits, the last of which is the modulus 11 check digit over weights 10 to 2. All ten
// repeated-digit numbers pass that sum, so they are refused by name (NHS Data Dictionary, NHS NUMBER).
func CheckNHSNumber(number string) error {
	if len(number) != 10 {
		return because(ErrNHSNumberForm, "NHS number has %d characters, want 10 digits", len(number))
	}
	sum, repeated := 0, true
	for i := range 10 {
		c := number[i]
		if c < '0' || c > '9' {
			return because(ErrNHSNumberForm, "NHS number has %q at position %d, want a digit", c, i+1)
		}
		repeated = repeated && c == number[0]
		if i < 9 {
			sum += int(c-'0') * (10 - i)
		}
	}
	if repeated {
		return because(ErrNHSNumberRepeated, "NHS number is one digit repeated, which is never issued")
	}
	want, ok := checkDigit(sum)
	if !ok {
		return because(ErrNHSNumberCheckDigit, "NHS number has no valid check digit, so it is never issued")
	}
	if got := int(number[9] - '0'); got != want {
		return because(ErrNHSNumberCheckDigit, "NHS number has check digit %d, want %d", got, want)
	}
	return nil
}

// because makes an error with a message of its own that errors.Is takes for the kind.
func because(kind error, format string, args ...any) error {
	return &formError{kind, fmt.Sprintf(format, args...)}
}

// formError is what is wrong with an identifier's form, and which kind of fault that is.
type formError struct {
	kind error
	text string
}

func (e *formError) Error() string { return e.text }

func (e *formError) Unwrap() error { return e.kind }

// InTestRange reports whether a number lies in 999 000 0000 to 999 999 9999, which is never issued to a person and is
// the only range Concord's own data may use.
func InTestRange(number string) bool {
	return len(number) == 10 && number[:3] == "999"
}

// TestNHSNumber returns the n-th NHS number of the test range that has a valid check digit, counted by its first nine
// digits: it reports false when those digits have no check digit (one in eleven) or n is outside 0 to 999,999.
func TestNHSNumber(n int) (string, bool) {
	if n < 0 || n > 999_999 {
		return "", false
	}
	const digits = "0123456789"
	text := [10]byte{'9', '9', '9'}
	for i := 8; i >= 3; i-- {
		text[i], n = digits[n%10], n/10
	}
	sum := 0
	for i, digit := range text[:9] {
		sum += int(digit-'0') * (10 - i)
	}
	last, ok := checkDigit(sum)
	if !ok {
		return "", false
	}
	text[9] = digits[last]
	number := string(text[:])
	return number, CheckNHSNumber(number) == nil
}

// checkDigit turns the weighted sum of the first nine digits into the tenth. It reports false for remainder 1, whose
// check digit would be 10. Remainder 0 gives 0: taking 11 for it would refuse a tenth of all valid numbers.
func checkDigit(sum int) (int, bool) {
	digit := (11 - sum%11) % 11
	return digit, digit != 10
}
