package result

// Invocation says how a run was asked for, so that a report can print a command that asks a part of it again.
type Invocation struct {
	// Arguments are those of "concord run", each as --name=value, without what they select and where they write. No
	// argument holds a credential: headers can stand in a configuration file only.
	Arguments []string `json:"arguments"`
	// Providers are the ODS codes that the run was narrowed to; empty means all.
	Providers []string `json:"providers,omitempty"`
	// Again is the run folder that asking again writes: never the one of the run itself.
	Again string `json:"again"`
}
