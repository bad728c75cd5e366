package console

import "context"

// Choices are what a run can be started with.
type Choices struct {
	// Configurations are configuration files of the directory, Policies files with decisions, each by name.
	Configurations, Policies []string
	// Suites are the suites of the catalogue, Packages the UK Core sequences, the usual one first.
	Suites, Packages []string
}

// Order is what somebody asks to be run. It holds no secret: those come from the environment of the process.
type Order struct {
	// Configuration is one of Choices.Configurations; empty for Concord's own mocks.
	Configuration string
	// Policy is one of Choices.Policies, Package one of Choices.Packages; each may be empty.
	Policy, Package string
	// Suites, Checks and Providers select; empty means everything.
	Suites, Checks, Providers []string
	// Failed is the name of a run folder of which only what failed is asked again, as it was asked there; empty for a run anew.
	Failed string
	// Resume goes on with the run into Out, which was killed or stopped, as it was asked for; everything else is empty then.
	Resume bool
	// Witness says that somebody will attest steps on the page.
	Witness bool
	// Out is the name of the folder in the directory that the run is written to.
	Out string
}

// Plan is what an order would do.
type Plan struct {
	// Command is the command line that does the same.
	Command string
	// Endpoints are the addresses of the systems that would be asked: one run at a time asks each.
	Endpoints []string
	// Text is what a dry run says.
	Text string
}

// Starter makes runs. It is what the command provides, because pages know nothing of how runs are made.
type Starter interface {
	// Choices says what there is to choose from now.
	Choices() (Choices, error)
	// Plan checks an order and says what it would do; with dry, it looks at the systems too, which takes a while.
	Plan(ctx context.Context, order Order, dry bool) (Plan, error)
	// Stopped reports whether the run in a folder was killed or stopped, so that an order can go on with it.
	Stopped(folder string) bool
	// Rehearse says what of a recorded run would newly fail with a UK Core sequence and decisions that are among Choices; either may
	// be empty. No system is asked.
	Rehearse(ctx context.Context, folder, sequence, policy string) (string, error)
	// Start starts a run as a process of its own.
	Start(order Order) (Process, error)
}

// Process is a run that was started.
type Process interface {
	// Wait returns the exit code when the run has ended, and the last it said.
	Wait() (code int, said string)
	// Stop asks the run to end and write what it has; it is ended at once when it does not within half a minute.
	Stop()
	// Say gives the run a line of input: what a person attests.
	Say(line string) error
}
