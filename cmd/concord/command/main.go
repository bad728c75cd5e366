package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
)

// streams are where a command reads and writes. Whatever is written to out and err goes through secrets.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// secrets are what must reach no output: a command tells it of them before it uses them.
	secrets *redact.Redactor
}

// exitError carries an exit code with a message. A nil cause prints nothing: the command has said what there is to say.
type exitError struct {
	code  int
	cause error
	// outcome is the verdict that the code comes from; "" where it comes from something else.
	outcome result.Outcome
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

// Main runs the command and returns its exit code. It stops cleanly on SIGINT, SIGTERM and SIGHUP; a second one of them ends
// it at once. On SIGQUIT it says what every goroutine does, as Go does, and ends.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	defer signal.Stop(quit)

	outgrow()
	secrets := redact.New()
	out, problems := secrets.Writer(stdout), secrets.Writer(stderr)
	defer func() { _ = errors.Join(out.Flush(), problems.Flush()) }() // there is nobody left to tell
	// What a library says of connections may repeat what an endpoint sent.
	log.SetOutput(io.Discard)
	ended := make(chan int, 1)
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				_, _ = fmt.Fprintf(problems, "concord: a fault of Concord's own: %v\n%s", fault, debug.Stack())
				ended <- result.ExitUndetermined
			}
		}()
		ended <- execute(ctx, args, streams{in: stdin, out: out, err: problems, secrets: secrets})
	}()
	select {
	case code := <-ended:
		return code
	case <-quit:
		stacks := make([]byte, mostStacks)
		_, _ = fmt.Fprintf(problems, "concord: SIGQUIT\n%s", stacks[:runtime.Stack(stacks, true)])
		return result.ExitUndetermined
	}
}

// mostStacks is how much is said of what goroutines do, in bytes.
const mostStacks = 8 << 20

// execute runs the command and says what went wrong.
func execute(ctx context.Context, args []string, s streams) int {
	root := newRoot(s) //nolint:contextcheck // cobra hands the context to the commands
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return result.ExitConformant
	}
	var exit *exitError
	if errors.As(err, &exit) {
		if exit.cause != nil {
			_, _ = fmt.Fprintf(s.err, "concord: %v\n", exit.cause)
		}
		return exit.code
	}
	// Everything that is not marked otherwise is a mistake in the command line or the configuration.
	_, _ = fmt.Fprintf(s.err, "concord: %v\n", err)
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
	root.AddCommand(newRun(s), newReport(s), newCSV(s), newBadge(s), newTestReport(s), newServe(s), newShow(s), newVerify(s), newPack(s), newSign(s), newSignoff(s), newCompare(s), newHistory(s), newPrune(s), newCopy(s), newMan(s), newRejudge(s), newMerge(s), newValidate(s), newFHIRPath(s), newList(s), newExplain(s), newMock(s),
		newProfiles(s), newTerminology(s), newCoverage(s), newFixtures(s), newContract(s), newPlan(s), newScenarios(s),
		newDoctor(s), newInit(s), newSelftest(s))
	root.CompletionOptions.HiddenDefaultCmd = true
	sayHowArguments(root)
	return root
}

// sayHowArguments has every command that is given too few or too many arguments say how it is used.
func sayHowArguments(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err != nil && argumentCount.MatchString(err.Error()) {
				use := strings.TrimSuffix(cmd.UseLine(), " [flags]")
				return fmt.Errorf("%d arguments given to %s; use it as %q (\"%[2]s --help\" shows examples)", len(args), cmd.CommandPath(), use)
			}
			return err
		}
	}
	for _, below := range command.Commands() {
		sayHowArguments(below)
	}
}

// argumentCount is what cobra says of too few or too many arguments.
var argumentCount = regexp.MustCompile(`\barg\(s\)`)

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
