package contract

import (
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// Contract is a search contract: an ordered list of rows. It does not change and may be used by several goroutines.
type Contract struct {
	// Name and Version say which contract it is, with the programme's own file when one was laid over it.
	Name, Version string
	// Hash is the SHA-256 of the files it was read from, in hexadecimal.
	Hash string
	// Rows are in the order of the layers, and in a layer in the order of its file.
	Rows []Row
	// Waivers are the contradictions in the sources, and how they are decided.
	Waivers []Waiver
}

// The layers of a contract. Rows of the first two are requirements; a row of the third asks only of an endpoint that
// declares its parameters that they work.
const (
	// Access is UK Core Access (HL7 UK).
	Access = 1
	// Query is the query API (NHS England).
	Query = 2
	// Parity holds what both sides are compared by when both offer it.
	Parity = 3
	// Programme holds what a programme's own file asks for.
	Programme = 4
)

// Row is one requirement.
type Row struct {
	// ID is the requirement id, stable for ever, for example "UKCA-PATIENT-IDENTIFIER".
	ID string
	// Layer says how the row is to be read: Access, Query, Parity or Programme.
	Layer int
	// Resource is the resource type that is searched.
	Resource string
	// Parameters are the search parameters of the row: one, or several that are combined in one search. A row about
	// errors or about result parameters may have none.
	Parameters []string
	// Kinds are the types the source gives the parameters, in their order; empty where it gives none.
	Kinds []string
	// Level is how strongly the source words it: Must for SHALL, Should for SHOULD, May for MAY.
	Level result.Level
	// Comparators are the prefixes a date or number parameter must understand ("ge"); empty means equality alone.
	Comparators []string
	// Modifiers are the modifiers that apply ("not", "missing"); empty means none.
	Modifiers []string
	// Includes are values of _include ("Observation:patient") or, with the prefix "_revinclude=", of _revinclude.
	Includes []string
	// Results are parameters that control the result ("_count").
	Results []string
	// Errors say how what is wrong in a search is answered.
	Errors []ErrorRule
	// Source is where the row comes from: document and section.
	Source string
	// Untested says why nothing is asked for the row, or what of it is not; empty where all of it is asked.
	Untested string
}

// ErrorRule is one rule about how a search that cannot be answered is answered.
type ErrorRule string

const (
	// RefuseMalformed says that a value that is not of the parameter's type is refused (4xx with an OperationOutcome).
	RefuseMalformed ErrorRule = "refuse-malformed"
	// RefuseUnknownStrict says that an unknown parameter is refused when the client asks for strict handling.
	RefuseUnknownStrict ErrorRule = "refuse-unknown-when-strict"
	// NameIgnored says that a parameter that is ignored is missing from the self link.
	NameIgnored ErrorRule = "name-ignored-in-self-link"
)

func errorRules() []ErrorRule { return []ErrorRule{RefuseMalformed, RefuseUnknownStrict, NameIgnored} }

// Waiver is a contradiction in the sources: what they say of some rows and what is asked instead, so that an endpoint is
// never blamed for it.
type Waiver struct {
	ID string
	// Rows are the ids of the rows it is about.
	Rows []string
	// Says is what the sources say, Instead what is asked.
	Says, Instead string
}

// Artefact names the contract for run.json.
func (c *Contract) Artefact() result.Artefact {
	return result.Artefact{Name: c.Name, Version: c.Version, Hash: c.Hash}
}

// Row returns the row with the id.
func (c *Contract) Row(id string) (Row, bool) {
	i := slices.IndexFunc(c.Rows, func(r Row) bool { return r.ID == id })
	if i < 0 {
		return Row{}, false
	}
	return c.Rows[i], true
}

// Ref says where the row comes from, as a check's requirement.
func (r Row) Ref() result.Ref { return result.Ref{ID: r.ID, Source: r.Source} }

// What names on one line what the row is about: its parameters, includes, result parameters and error rules.
func (r Row) What() string {
	var parts []string
	if len(r.Parameters) > 0 {
		parts = append(parts, strings.Join(r.Parameters, "+"))
	}
	if len(r.Includes) > 0 {
		parts = append(parts, "includes "+strings.Join(r.Includes, ", "))
	}
	if len(r.Results) > 0 {
		parts = append(parts, strings.Join(r.Results, ", "))
	}
	for _, rule := range r.Errors {
		parts = append(parts, string(rule))
	}
	return strings.Join(parts, "; ")
}

// Word is the level as the sources write it: SHALL, SHOULD or MAY.
func Word(level result.Level) string {
	switch level {
	case result.Must:
		return "SHALL"
	case result.Should:
		return "SHOULD"
	case result.May:
		return "MAY"
	default:
		return string(level)
	}
}
