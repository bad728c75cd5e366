package command

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// againFolder is where asking a part of a run again writes when nobody says otherwise.
const againFolder = "runs/again"

// invocation says how a run was asked for. base is the configuration before environment and flags, path the file it is
// from, if any.
func invocation(conf, base config.Config, path string) *result.Invocation {
	i := &result.Invocation{Arguments: []string{}, Providers: conf.Providers, Again: againFolder}
	if path != "" {
		i.Arguments = append(i.Arguments, "--config="+path)
	}
	i.Arguments = append(i.Arguments, conf.Flags(base)...)
	if filepath.Clean(conf.Out) == filepath.Clean(againFolder) {
		i.Again += "-2"
	}
	return i
}

// askFailed has a run ask what failed, or could not be told, in an earlier one: with the arguments of that run, where the
// person gave no other, and into another folder.
func askFailed(flags *pflag.FlagSet, earlier string) error {
	run, err := reports.Load(earlier)
	if err != nil {
		return err
	}
	checks, providers := failed(run)
	if len(checks) == 0 {
		return fmt.Errorf("nothing failed in %s, so there is nothing to ask again: leave out --failed to ask everything", earlier)
	}
	arguments := []string{"--checks=" + strings.Join(checks, ",")}
	if len(providers) > 0 {
		arguments = append(arguments, "--providers="+strings.Join(providers, ","))
	}
	folder := againFolder
	if i := run.Invocation; i != nil {
		arguments = append(arguments, i.Arguments...)
		folder = i.Again
	}
	if filepath.Clean(folder) == filepath.Clean(earlier) {
		folder += "-2"
	}
	for _, argument := range append(arguments, "--out="+folder) {
		name, value, _ := strings.Cut(strings.TrimPrefix(argument, "--"), "=")
		flag := flags.Lookup(name)
		switch {
		case flag == nil:
			return fmt.Errorf("run %s was asked for with --%s, which this build of concord does not know", earlier, name)
		case flag.Changed:
		default:
			if err := flags.Set(name, value); err != nil {
				return fmt.Errorf("run %s was asked for with %s: %w", earlier, argument, err)
			}
		}
	}
	return nil
}

// failed returns the checks of a run that failed or ended in an error, and the providers that they were about.
func failed(run result.Run) (checks, providers []string) {
	for _, r := range run.Results {
		if r.Status != result.Fail && r.Status != result.Error {
			continue
		}
		checks = append(checks, r.Check)
		if r.Scope.Provider != "" {
			providers = append(providers, r.Scope.Provider)
		}
	}
	slices.Sort(checks)
	slices.Sort(providers)
	return slices.Compact(checks), slices.Compact(providers)
}
