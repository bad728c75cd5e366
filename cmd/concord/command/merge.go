package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/bucket"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/suites/merge"
)

func newMerge(s streams) *cobra.Command {
	var (
		out, to      string
		within       time.Duration
		force, quiet bool
	)
	command := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Join the run folders of shards into the one that a whole run would have written",
		Long: "Join the run folders that \"concord run --shard i/n\" wrote. A DIR that is no run folder stands for all folders in it.\n" +
			"A shard that is missing, is there twice, belongs to another run or is not whole is named, and the verdict is then\n" +
			"\"could not be determined\".\n\n" +
			"Exit codes: those of the joined run, as of \"concord run\".",
		Args: cobra.MinimumNArgs(1),
		Example: `  concord run --shard 1/2 --out shards/1
  concord run --shard 2/2 --out shards/2
  concord merge shards --out runs/latest`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if to != "" {
				if _, err := bucket.Open(to, os.Getenv); err != nil {
					return fmt.Errorf("--upload: %w", err)
				}
			}
			return mergeShards(cmd.Context(), s, args, out, to, within, force, quiet)
		},
	}
	command.Flags().StringVar(&out, "out", config.Default().Out, "run folder to write")
	command.Flags().StringVar(&to, "upload", "", "copy the run folder to object storage too, as \"concord copy\" does: s3://BUCKET/PREFIX")
	command.Flags().DurationVar(&within, "within", 12*time.Hour, "how long before the last shard one may have begun, so that none of an earlier run is taken for one of this")
	command.Flags().BoolVar(&force, "force", false, "write beside what the folder holds that Concord did not write")
	command.Flags().BoolVar(&quiet, "quiet", false, "print the verdict and the path of the report alone")
	return command
}

func mergeShards(ctx context.Context, s streams, args []string, out, to string, within time.Duration, force, quiet bool) error {
	dirs, err := shardFolders(args, out)
	if err != nil {
		return err
	}
	parts := make([]merge.Part, 0, len(dirs))
	for _, dir := range dirs {
		parts = append(parts, readPart(dir))
	}
	joined, err := merge.Runs(parts, within)
	if err != nil {
		return undetermined(fmt.Errorf("merge: %w", err))
	}
	folder, err := reserve(out, force)
	if err != nil {
		return err
	}
	defer folder.discard()
	var used []string
	for _, i := range joined.Used {
		used = append(used, dirs[i])
	}
	run := joined.Run
	run.Invocation = mergedInvocation(run.Invocation, out)
	joinExchanges := func() error { return joinLogs(s, folder.temporary, used) }
	written := folder.finish(run, joinExchanges, func() error { return copyEvidence(folder.temporary, used) })
	var pages []string
	if folder.published {
		pages = append(pages, filepath.Join(folder.final, reports.HTMLFile))
	}
	if err := reports.Terminal(s.out, run, screenOf(s.out, quiet), pages...); err != nil {
		return undetermined(errors.Join(written, fmt.Errorf("print the verdict: %w", err)))
	}
	if to != "" && folder.published {
		written = errors.Join(written, upload(ctx, streams{out: io.Discard}, folder.final, to))
	}
	switch {
	case written != nil:
		return undetermined(written)
	case ctx.Err() != nil:
		return undetermined(errors.New("the merge was interrupted"))
	case len(run.Gaps) > 0:
		return undetermined(fmt.Errorf("merge: %s", strings.Join(run.Gaps, "; ")))
	}
	if code := run.Verdict.Outcome.ExitCode(); code != result.ExitConformant {
		return &exitError{code: code}
	}
	return nil
}

// shardFolders returns the run folders that the arguments name: a folder that is none stands for all folders in it but the one
// to write.
func shardFolders(args []string, out string) ([]string, error) {
	var dirs []string
	add := func(dir string) {
		if dir = filepath.Clean(dir); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			add(arg) // named as a shard that cannot be read
			continue
		case !info.IsDir():
			return nil, fmt.Errorf("merge %s: it is a file; name the run folders of shards, or the folder that holds them", arg)
		}
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
		isRun := func(e fs.DirEntry) bool { return e.Name() == reports.RunFile || e.Name() == workFolder }
		if len(entries) == 0 || slices.ContainsFunc(entries, isRun) {
			add(arg)
			continue
		}
		for _, e := range entries {
			if inside := filepath.Join(arg, e.Name()); e.IsDir() && inside != filepath.Clean(out) {
				add(inside)
			}
		}
	}
	return dirs, nil
}

// readPart reads the run folder of a shard, and holds it against its seal.
func readPart(dir string) merge.Part {
	part := merge.Part{Name: dir}
	if _, err := os.Stat(filepath.Join(dir, reports.RunFile)); errors.Is(err, fs.ErrNotExist) {
		part.Err = fmt.Errorf("it holds no %s: the shard was not run to its end", reports.RunFile)
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			part.Err = errors.New("there is no such folder: the shard was not run, or its folder is not here")
		}
		return part
	}
	if part.Run, part.Err = reports.Load(dir); part.Err != nil {
		return part
	}
	seal, err := evidence.ReadSeal(dir)
	if err != nil {
		part.Err = err
		return part
	}
	damage, err := seal.Differences(dir)
	if err != nil {
		part.Err = err
	} else if len(damage) > 0 {
		part.Err = damage[0]
	}
	return part
}

// joinLogs writes the exchanges of all shards into one log.
func joinLogs(s streams, to string, dirs []string) error {
	logs := make([]evidence.Log, 0, len(dirs))
	for _, dir := range dirs {
		log, err := evidence.Open(filepath.Join(dir, reports.ExchangesFolder))
		if err != nil {
			return fmt.Errorf("merge %s: %w", dir, err)
		}
		defer log.Close() //nolint:errcheck // it was only read
		logs = append(logs, log)
	}
	joined, err := evidence.Join(filepath.Join(to, reports.ExchangesFolder), logs)
	if err == nil && joined.Differing > 0 {
		_, err = fmt.Fprintf(s.err, "concord: %d of %d exchanges were answered otherwise when another shard asked the same; all answers are kept\n", joined.Differing, joined.Exchanges)
	}
	return err
}

// copyEvidence takes over what the run was given, which is the same for all shards, and the TestReports, of which each is one
// shard's.
func copyEvidence(to string, dirs []string) error {
	from := map[string]string{}
	for _, dir := range dirs {
		files, err := evidence.Files(dir)
		if err != nil {
			return fmt.Errorf("merge %s: %w", dir, err)
		}
		for _, name := range files {
			if top, _, _ := strings.Cut(name, "/"); (top == evidence.InputsFolder || top == testReportFolder) && from[name] == "" {
				from[name] = dir
			}
		}
	}
	for name, dir := range from {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("take the files of %s along: %q leads out of the folder", dir, name)
		}
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))) //nolint:gosec // a file of a run folder that was named
		target := filepath.Join(to, filepath.FromSlash(name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(target), 0o750)
		}
		if err == nil {
			err = os.WriteFile(target, text, 0o600) //nolint:gosec // the name is local
		}
		if err != nil {
			return fmt.Errorf("merge %s: %w", dir, err)
		}
	}
	return nil
}

// mergedInvocation is how the whole run would have been asked for.
func mergedInvocation(shard *result.Invocation, out string) *result.Invocation {
	if shard == nil {
		return nil
	}
	whole := *shard
	whole.Again = againFolder
	if filepath.Clean(out) == filepath.Clean(againFolder) {
		whole.Again += "-2"
	}
	return &whole
}
