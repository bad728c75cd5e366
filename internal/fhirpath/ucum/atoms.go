package ucum

// atom is one unit symbol of the UCUM case-sensitive tables: a number of some other unit.
type atom struct {
	value string // decimal number, possibly with an exponent
	unit  string // UCUM expression it is defined by; empty for a base or arbitrary unit
	class class
}

// class says how an atom may be used.
type class uint8

const (
	nonMetric       class = iota // takes no prefix
	metric                       // takes a prefix
	special                      // on a non-ratio scale: no conversion by a factor
	metricSpecial                // special, and takes a prefix
	arbitrary                    // commensurable with itself alone
	metricArbitrary              // arbitrary, and takes a prefix
	baseUnit                     // one of the seven base units; takes a prefix
	dimensionlessPi              // the number pi
)

func (c class) takesPrefix() bool {
	return c == metric || c == metricSpecial || c == metricArbitrary || c == baseUnit
}

// prefix returns the factor of a metric or binary prefix, as a decimal number.
func prefix(symbol string) (string, bool) {
	switch symbol {
	case "Q":
		return "1e30", true
	case "R":
		return "1e27", true
	case "Y":
		return "1e24", true
	case "Z":
		return "1e21", true
	case "E":
		return "1e18", true
	case "P":
		return "1e15", true
	case "T":
		return "1e12", true
	case "G":
		return "1e9", true
	case "M":
		return "1e6", true
	case "k":
		return "1e3", true
	case "h":
		return "1e2", true
	case "da":
		return "1e1", true
	case "d":
		return "1e-1", true
	case "c":
		return "1e-2", true
	case "m":
		return "1e-3", true
	case "u":
		return "1e-6", true
	case "n":
		return "1e-9", true
	case "p":
		return "1e-12", true
	case "f":
		return "1e-15", true
	case "a":
		return "1e-18", true
	case "z":
		return "1e-21", true
	case "y":
		return "1e-24", true
	case "r":
		return "1e-27", true
	case "q":
		return "1e-30", true
	case "Ki":
		return "1024", true
	case "Mi":
		return "1048576", true
	case "Gi":
		return "1073741824", true
	case "Ti":
		return "1099511627776", true
	}
	return "", false
}

// lookup finds an atom by its case-sensitive code (UCUM tables 1 to 23).
func lookup(code string) (atom, bool) {
	for _, table := range [...]func(string) (atom, bool){scientific, everyday, customary, clinical} {
		if a, ok := table(code); ok {
			return a, true
		}
	}
	return atom{}, false
}
