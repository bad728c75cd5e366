package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// mostRepeats is how often a run is repeated at most.
const mostRepeats = 100

// repeatable refuses to repeat what is made once.
func repeatable(flags *pflag.FlagSet, times int) error {
	if times < 1 || times > mostRepeats {
		return fmt.Errorf("--repeat is %d: give a number from 1 to %d", times, mostRepeats)
	}
	for _, once := range []string{"resume", "shard", "dry-run", "witness"} {
		if flags.Changed(once) {
			return fmt.Errorf("--repeat and --%s do not go together: that is done once", once)
		}
	}
	return nil
}

// exitCode is the code that a command ends with for an error.
func exitCode(err error) int {
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return result.ExitUsage
}

// repeatedly makes a run several times, each into a folder of its own below the one that is named, and says what did not come out
// the same. The exit code is the worst of all.
func repeatedly(ctx context.Context, s streams, conf config.Config, times int, asked func(config.Config) asking) error {
	var (
		worst error
		runs  []result.Run
	)
	for i := range times {
		each := conf
		each.Out = filepath.Join(conf.Out, fmt.Sprintf("%0*d", len(strconv.Itoa(times)), i+1))
		fmt.Fprintf(s.err, "run %d of %d, into %s\n", i+1, times, each.Out) //nolint:errcheck // progress
		err := run(ctx, s, each, asked(each))
		if err != nil && exitCode(err) == result.ExitUsage {
			return err
		}
		worst = worse(worst, err)
		if ctx.Err() != nil {
			return worst
		}
		var (
			exit  *exitError
			cause error
		)
		if errors.As(err, &exit) {
			cause = exit.cause
		}
		made, unread := reports.Load(each.Out)
		if unread != nil {
			return undetermined(fmt.Errorf("run %d of %d left nothing that can be compared: %w", i+1, times, cmp.Or(cause, unread)))
		}
		if cause != nil {
			fmt.Fprintf(s.err, "run %d of %d: %v\n", i+1, times, cause) //nolint:errcheck // the report of that run says it too
		}
		runs = append(runs, made)
	}
	flakes, compared := result.Flakes(runs)
	file := filepath.Join(conf.Out, reports.FlakesFile)
	if err := writeFlakes(file, flakes, times); err != nil {
		return undetermined(errors.Join(worst, err))
	}
	if _, err := fmt.Fprint(s.out, "\n", reports.Flakes(flakes, compared, times, file)); err != nil {
		return undetermined(errors.Join(worst, err))
	}
	return worst
}

// writeFlakes lists what did not come out the same.
func writeFlakes(path string, flakes []result.Flake, times int) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the person who runs Concord names the folder
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(reports.FlakesCSV(file, flakes, times), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// worse is the one of two ends of a run that a gate must see: a failure before what could not be determined, and that before what
// was only selected.
func worse(a, b error) error {
	rank := func(err error) int {
		switch {
		case err == nil:
			return 0
		case exitCode(err) == result.ExitSelection:
			return 1
		case exitCode(err) == result.ExitUndetermined:
			return 2
		default:
			return 3
		}
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}
