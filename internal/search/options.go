package search

import (
	"time"

	"concord.example/concord/internal/fhir"
)

// Handling is the client's choice for parameters the evaluator does not know (the Prefer header of R4 section 3.1.1.3).
type Handling uint8

const (
	// Lenient ignores unknown and unsupported parameters and lists them in Query.Ignored.
	Lenient Handling = iota
	// Strict refuses them.
	Strict
)

// Options are what a search depends on beside the query and the resources.
type Options struct {
	// Handling says what becomes of unknown parameters.
	Handling Handling
	// Base is the service base URL. An absolute reference under it is the same as the relative one.
	Base string
	// Zone is the zone of dates that state none; nil means UTC.
	Zone *time.Location
	// Now is the time the ap prefix of a date measures from. Without it ap is refused for dates.
	Now time.Time
	// Limits bound the work of one search; a zero field has its default.
	Limits Limits
}

// Limits bound the work of one search.
type Limits struct {
	// Length is how many bytes a query string may have (default 65,536).
	Length int
	// Parameters is how many parameters a query may have (default 200).
	Parameters int
	// Values is how many comma-separated values one parameter may have (default 1,000).
	Values int
	// Chain is how many links a chain of references, forward or reverse, may have (default 6).
	Chain int
	// Included is how many resources _include and _revinclude may add (default 10,000).
	Included int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&l.Length, 65_536)
	set(&l.Parameters, 200)
	set(&l.Values, 1_000)
	set(&l.Chain, 6)
	set(&l.Included, 10_000)
	return l
}

// Store is where a search finds resources other than the one it is asked about. An Index is one.
type Store interface {
	// Resolve returns the resource a literal reference names: "Type/id", or an absolute URL or urn that is not under
	// Options.Base.
	Resolve(reference string) (fhir.Resource, bool)
	// Referring returns the resources of a type whose reference search parameter points at "Type/id".
	Referring(resourceType, parameter, reference string) []fhir.Resource
}
