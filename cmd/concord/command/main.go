package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exitError carries an exit code with a message. A nil cause prints nothing: the command has said what there is to say.
type exitError struct {
	code  int
	cause error
}

// Error returns the message of the cause.
func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.cause.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.cause }

// undetermined wraps an error that leaves the question open.
func undetermined(err error) error { return &exitError{code: result.ExitUndetermined, cause: err} }

// Main runs the command and returns its exit code. It stops cleanly on SIGINT and SIGTERM.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(streams{in: stdin, out: stdout, err: stderr}) //nolint:contextcheck // cobra hands the context to the commands
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return result.ExitConformant
	}
	var exit *exitError
	if errors.As(err, &exit) {
		if exit.cause != nil {
			_, _ = fmt.Fprintf(stderr, "concord: %v\n", exit.cause)
		}
		return exit.code
	}
	// Everything that is not marked otherwise is a mistake in the command line or the configuration.
	_, _ = fmt.Fprintf(stderr, "concord: %v\n", err)
	return result.ExitUsage
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "concord",
		Short: "Conformance evidence for two shared care records",
		Long: "Concord asks two shared care records the same clinical questions, judges every answer against UK Core and\n" +
			"against what is known to be true, and writes evidence that an engineer, a pipeline and a programme board can use.\n\n" +
			"Exit codes: 0 conformant, 1 not conformant, 2 usage or configuration, 3 could not determine,\n" +
			"4 everything that was selected passed, and something was left out by choice.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       build().Version + " (" + build().Commit + ")",
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w%s (\"%s --help\" shows the flags)", err, meantFlag(cmd, err), cmd.CommandPath())
	})
	root.AddCommand(newRun(s), newReport(s), newValidate(s), newFHIRPath(s), newList(s), newExplain(s), newMock(s),
		newProfiles(s), newTerminology(s), newCoverage(s), newFixtures(s), newContract(s), newPlan(s), newScenarios(s))
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

var unknownFlag = regexp.MustCompile(`^unknown flag: --([^ =]+)`)

// meantFlag suggests the flags that an unknown one may have been meant to be.
func meantFlag(cmd *cobra.Command, err error) string {
	found := unknownFlag.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return suggest.Meant("--"+found[1], names)
}
