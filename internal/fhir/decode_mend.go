package fhir

import "bytes"

// Mend returns a copy of a text in which one common slip is put right, and whether the syntax error is such a slip: a
// comment, a comma too many, or a comma too few. Nothing else in the text moves, so that what is found in the copy has the
// same place in the text. It lets a reader of JSON report more than the first fault; it is not a way to accept the text.
func Mend(data []byte, fault *SyntaxError) ([]byte, bool) {
	at := fault.Offset
	if fault.final || at < 0 || at >= len(data) {
		return nil, false
	}
	switch rest := data[at:]; {
	case bytes.HasPrefix(rest, []byte("/*")):
		end := bytes.Index(rest[2:], []byte("*/"))
		if end < 0 {
			return nil, false
		}
		return blank(data, at, at+2+end+2), true
	case bytes.HasPrefix(rest, []byte("//")):
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			end = len(rest)
		}
		return blank(data, at, at+end), true
	case rest[0] == ',':
		return blank(data, at, at+1), true
	case rest[0] == '}' || rest[0] == ']':
		if before := lastToken(data, at); before >= 0 && data[before] == ',' {
			return blank(data, before, before+1), true
		}
		return nil, false
	case bytes.IndexByte([]byte(`"{[-0123456789tfn`), rest[0]) >= 0:
		return comma(data, at)
	default:
		return nil, false
	}
}

// comma puts a comma into the white space before a value that follows another one.
func comma(data []byte, at int) ([]byte, bool) {
	before := lastToken(data, at)
	if before < 0 || before == at-1 || bytes.IndexByte([]byte(`"}]0123456789elE`), data[before]) < 0 {
		return nil, false
	}
	mended := bytes.Clone(data)
	mended[before+1] = ','
	return mended, true
}

// lastToken is the place of the last byte before at that is not white space, or -1.
func lastToken(data []byte, at int) int {
	for at--; at >= 0; at-- {
		switch data[at] {
		case ' ', '\t', '\r', '\n':
		default:
			return at
		}
	}
	return -1
}

// blank writes spaces over a part of a copy of the text; line breaks stay.
func blank(data []byte, from, to int) []byte {
	mended := bytes.Clone(data)
	for i := from; i < to; i++ {
		if mended[i] != '\n' && mended[i] != '\r' {
			mended[i] = ' '
		}
	}
	return mended
}
