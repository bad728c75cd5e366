package mocks

import "concord.example/concord/internal/fhir"

// appendJSON appends decoded JSON to dst. A value that decoded JSON cannot hold, which only a bug here could make,
// becomes null.
func appendJSON(dst []byte, value any) []byte {
	appended, err := fhir.AppendJSON(dst, value)
	if err != nil {
		return append(dst, "null"...)
	}
	return appended
}
