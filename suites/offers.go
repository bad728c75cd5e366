package suites

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// owed are the search parameters that a contract requires of every system, by type. What is only for parity binds whoever
// declares it, but for the search by patient.
func owed(c *contract.Contract) map[string][]string {
	parameters := map[string][]string{}
	for _, row := range c.Rows {
		if row.Layer == contract.Parity && !slices.Equal(row.Parameters, []string{"patient"}) || row.Layer != contract.Parity && row.Level != result.Must {
			continue
		}
		for _, code := range row.Parameters {
			if !slices.Contains(parameters[row.Resource], code) {
				parameters[row.Resource] = append(parameters[row.Resource], code)
			}
		}
	}
	return parameters
}

// offers is what a system says of itself.
type offers struct {
	statement fhir.Resource
	hash      string
	// answered says that something answered, mock that it was a mock.
	answered, mock bool
}

func readCapability(ctx context.Context, endpoint *check.Endpoint) offers {
	statement, got, err := endpoint.Capabilities(ctx)
	if err != nil {
		// The checks that ask this system will say so, each for itself.
		return offers{answered: got != nil, mock: got != nil && mocks.Is(got.Header, "")}
	}
	sum := sha256.Sum256([]byte(got.Body))
	return offers{statement: statement, hash: hex.EncodeToString(sum[:]), answered: true, mock: mocks.Is(got.Header, statement.Text("software", "name"))}
}

func (c offers) describe(system *result.System) {
	short := func(path ...any) string { return exchange.Clip(c.statement.Text(path...), longestName) }
	system.Software = result.Artefact{Name: short("software", "name"), Version: short("software", "version")}
	system.FHIRVersion = short("fhirVersion")
	system.CapabilityHash = c.hash
	if c.answered {
		system.Mock = c.mock
	}
}

// declares reports whether a CapabilityStatement names search parameters of a type, joined by "+"; nil when it could not be read.
func (c offers) declares(resourceType, parameters string) *bool {
	if c.statement == nil {
		return nil
	}
	named := true
	for _, code := range strings.Split(parameters, "+") {
		named = named && slices.ContainsFunc(c.statement.Objects("rest", "resource"), func(resource map[string]any) bool {
			return fhir.Text(resource["type"]) == resourceType && slices.ContainsFunc(fhir.Objects(resource["searchParam"]), func(p map[string]any) bool {
				return fhir.Text(p["name"]) == code
			})
		})
	}
	return &named
}

// unmet returns the first feature that the system does not declare. A system whose CapabilityStatement could not be read
// is asked anyway: that is not the same as not offering.
func (c offers) unmet(needs []check.Feature) check.Feature {
	if c.statement == nil {
		return check.Feature{}
	}
	for _, need := range needs {
		offered := slices.ContainsFunc(c.statement.Objects("rest", "resource"), func(resource map[string]any) bool {
			return fhir.Text(resource["type"]) == need.Resource &&
				slices.ContainsFunc(fhir.Objects(resource["interaction"]), func(interaction map[string]any) bool {
					return fhir.Text(interaction["code"]) == "search-type"
				})
		})
		if !offered {
			return need
		}
	}
	return check.Feature{}
}
