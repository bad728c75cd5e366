package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // this is a main function
}

// run runs go test with the arguments and returns the exit code.
func run(args []string, out, problems io.Writer) int {
	flags := flag.NewFlagSet("testrun", flag.ContinueOnError)
	flags.SetOutput(problems)
	still := flags.Duration("still", 20*time.Minute, "how long no test may begin, end or print before everything is stopped")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code, err := test(ctx, *still, flags.Args(), out, problems)
	if err != nil {
		_, _ = fmt.Fprintln(problems, "run the tests:", err)
		return 1
	}
	return code
}

// test runs go test and prints what its events say. It stops it when nothing was heard for the time that it may stand still.
func test(ctx context.Context, still time.Duration, args []string, out, problems io.Writer) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-timeout", "0"}, args...)...) //nolint:gosec // who starts it chooses what to test
	command.Stderr = problems
	command.WaitDelay = 10 * time.Second
	stopTogether(command)
	events, err := command.StdoutPipe()
	if err != nil {
		return 0, fmt.Errorf("listen to go test: %w", err)
	}
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("start go test: %w", err)
	}
	var stood atomic.Bool
	watch := time.AfterFunc(still, func() {
		stood.Store(true)
		cancel()
	})
	r := newReport(out)
	readErr := r.read(events, func() { watch.Reset(still) })
	waitErr := command.Wait()
	watch.Stop()
	silent := stood.Load()
	r.close(silent, still)
	var exit *exec.ExitError
	switch {
	case silent:
		return 1, nil
	case errors.As(waitErr, &exit):
		return max(1, exit.ExitCode()), nil
	default:
		return 0, errors.Join(readErr, waitErr)
	}
}
