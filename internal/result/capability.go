package result

import "strings"

// Observation says what became of something that a system declares, or does not.
type Observation string

// What was observed.
const (
	// CapabilityWorks says that it works.
	CapabilityWorks Observation = "works"
	// CapabilityIgnored says that the system answers as if it had not been asked for.
	CapabilityIgnored Observation = "ignored"
	// CapabilityRefused says that the system refuses it.
	CapabilityRefused Observation = "refused"
)

// Capability is one row of the table of what a system declares and what was observed of it.
type Capability struct {
	System string `json:"system"`
	// Resource is a resource type, empty for what is about the whole system.
	Resource string `json:"resource,omitempty"`
	// Kind is interaction, parameter, operation or format; Name its code.
	Kind string `json:"kind"`
	Name string `json:"name"`
	// Declared says that the CapabilityStatement names it; Observed what became of it.
	Declared bool        `json:"declared"`
	Observed Observation `json:"observed"`
}

// CompareCapabilities orders the rows of the table by system, resource, kind and name.
func CompareCapabilities(a, b Capability) int {
	for _, pair := range [...][2]string{{a.System, b.System}, {a.Resource, b.Resource}, {a.Kind, b.Kind}, {a.Name, b.Name}, {string(a.Observed), string(b.Observed)}} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}
