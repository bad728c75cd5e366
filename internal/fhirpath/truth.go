package fhirpath

// Truth is a Boolean of three-valued logic.
type Truth uint8

// The truth values. Unknown is FHIRPath's empty collection.
const (
	Unknown Truth = iota
	False
	True
)

// String is "true", "false" or "{}".
func (t Truth) String() string {
	switch t {
	case True:
		return "true"
	case False:
		return "false"
	case Unknown:
	}
	return "{}"
}

func truthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// Not is false for true, true for false and unknown for unknown.
func (t Truth) Not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	case Unknown:
	}
	return Unknown
}
