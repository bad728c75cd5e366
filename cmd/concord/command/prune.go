package command

import (
	"encoding/json"
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

	"concord.example/concord/internal/evidence"
	"concord.example/concord/reports"
	"concord.example/concord/reports/history"
)

// deletedFile has a line of JSON for each run that was deleted from the directory that it is in.
const deletedFile = "deleted.jsonl"

func newPrune(s streams) *cobra.Command {
	var (
		o    output
		keep retention
		old  age
		yes  bool
	)
	command := &cobra.Command{
		Use:   "prune DIR",
		Short: "Delete the run folders of a directory that are past their retention, and write down what was deleted",
		Long: "Say which run folders in a directory are older than --older-than and not among the --keep newest of the same systems, and with\n" +
			"--yes delete them. A run stays that somebody decided about (\"concord signoff\"), that is under way, that a link in the directory\n" +
			"names, or that cannot be read. Only what Concord wrote is deleted; packs and decisions, which lie beside the folders, are not.\n" +
			"Before a run is deleted, its id, time, verdict and the SHA-256 of its run.json are added to " + deletedFile + " in the directory.\n\n" +
			"Exit codes: 0 done, or nothing was past its retention; 2 usage; 3 a folder could not be deleted or a deletion not written down.",
		Args:    cobra.ExactArgs(1),
		Example: "  concord prune runs --older-than 90d --keep 3\n  concord prune runs --older-than 90d --keep 3 --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := o.json()
			if err != nil {
				return err
			}
			keep.oldest = time.Duration(old)
			switch {
			case keep.oldest == 0 && !cmd.Flags().Changed("keep"):
				return errors.New("prune needs to be told what is kept: --older-than an age, --keep a number of runs, or both")
			case keep.newest < 0 || keep.oldest == 0 && keep.newest == 0:
				return fmt.Errorf("--keep %d would keep no run: give --older-than too, or a number from 1", keep.newest)
			}
			now := time.Now()
			says := newProgress(s.err, time.Now)
			says.what = "run folders read"
			runs, err := heldIn(args[0], says)
			if err != nil {
				return err
			}
			keep.apply(runs, now)
			var failed error
			if yes {
				failed = deleteRuns(args[0], runs, now, says)
			}
			if asJSON {
				err = printJSON(s.out, runs, nil)
			} else {
				err = printHeld(s.out, args[0], runs, now, yes)
			}
			if failed != nil {
				return undetermined(failed)
			}
			return err
		},
	}
	o.flags(command)
	f := command.Flags()
	f.Var(&old, "older-than", "let runs go that began longer ago, as 90d, 12w or 36h")
	f.IntVar(&keep.newest, "keep", 0, "how many of the newest runs of the same systems stay, however old")
	f.BoolVar(&keep.decided, "decided", false, "let runs go too that somebody decided about")
	f.BoolVar(&yes, "yes", false, "delete; without it is only said what would be")
	return command
}

// heldIn reads the run folders of a directory, one run in memory at a time, and says how far it is once that takes long.
func heldIn(dir string, says *progress) ([]heldRun, error) {
	folders, err := history.Folders(dir)
	if err != nil {
		return nil, fmt.Errorf("%w; name the folder that your run folders are in", err)
	}
	linked, err := linkedIn(dir)
	if err != nil {
		return nil, err
	}
	runs := []heldRun{}
	says.doing = "reading"
	for n, folder := range folders {
		says.late(n, len(folders))
		// What an unfinished run has written lies in a folder of its own inside the run's.
		if slices.Contains(strings.Split(filepath.ToSlash(folder), "/"), workFolder) {
			continue
		}
		runs = append(runs, held(folder, linked))
	}
	return runs, nil
}

// held reads one run folder.
func held(folder string, linked map[string]string) heldRun {
	h := heldRun{Folder: filepath.ToSlash(folder)}
	ours, _, err := evidence.Contents(folder)
	for _, name := range ours {
		if info, err := os.Lstat(filepath.Join(folder, filepath.FromSlash(name))); err == nil {
			h.Bytes += info.Size()
		}
	}
	run, broken := reports.Load(folder)
	if broken == nil {
		h.Run, h.Started, h.Verdict = run.ID, run.StartedAt.UTC(), run.Verdict.Sentence
		for _, s := range run.Systems {
			h.Systems = append(h.Systems, s.Name)
		}
		slices.Sort(h.Systems)
	}
	_, undecided := os.Stat(besideOf(folder))
	h.Decided = !errors.Is(undecided, fs.ErrNotExist)
	_, busy := os.Lstat(filepath.Join(folder, workFolder))
	at, unresolved := filepath.EvalSymlinks(folder)
	switch {
	case err != nil:
		h.Held = "it cannot be read: " + err.Error()
	case broken != nil:
		h.Held = "it cannot be read: " + broken.Error()
	case busy == nil:
		h.Held = "a run writes into it, or was killed while it did"
	case unresolved == nil && linked[at] != "":
		h.Held = "the link " + linked[at] + " names it"
	}
	return h
}

// linkedIn returns the folders that links in a directory lead to, each with the name of a link.
func linkedIn(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read runs in %s: %w", dir, err)
	}
	linked := map[string]string{}
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink == 0 {
			continue
		}
		if to, err := filepath.EvalSymlinks(filepath.Join(dir, entry.Name())); err == nil {
			linked[to] = entry.Name()
		}
	}
	return linked, nil
}

// deletion is one line of deletedFile.
type deletion struct {
	At  time.Time `json:"at"`
	Run string    `json:"run"`
	// Folder is relative to the directory, whatever that was called by whoever deleted.
	Folder  string    `json:"folder"`
	Started time.Time `json:"started"`
	Systems []string  `json:"systems"`
	Verdict string    `json:"verdict"`
	// SHA256 is the hash of run.json, by which a copy of the run can be told to be the one that was here.
	SHA256 string `json:"sha256"`
}

// deleteRuns deletes the runs that go, each after it is written down, and goes on past one that cannot be.
func deleteRuns(dir string, runs []heldRun, now time.Time, says *progress) error {
	var all error
	says.doing, says.what, says.bar, says.tenth = "deleting", "run folders gone through", nil, -1
	for i := range runs {
		says.late(i, len(runs))
		if !runs[i].Goes {
			continue
		}
		if err := deleteRun(dir, &runs[i], now); err != nil {
			all = errors.Join(all, err)
		}
	}
	return all
}

func deleteRun(dir string, run *heldRun, now time.Time) (err error) {
	folder := filepath.FromSlash(run.Folder)
	// Nobody may begin a run in the folder meanwhile.
	lock, err := evidence.TakeLock(filepath.Join(folder, workFolder, "lock"), fmt.Sprintf("process %d, which deletes it,", os.Getpid()))
	if err != nil {
		return fmt.Errorf("delete the run in %s: %w", folder, err)
	}
	hash, err := evidence.HashFile(folder, reports.RunFile)
	within, unnamed := filepath.Rel(dir, folder)
	if err = errors.Join(err, unnamed); err == nil {
		err = writeDown(filepath.Join(dir, deletedFile), deletion{At: now.UTC(), Run: run.Run, Folder: filepath.ToSlash(within), Started: run.Started, Systems: run.Systems, Verdict: run.Verdict, SHA256: hash.SHA256})
	}
	if err = errors.Join(err, lock.Release(), os.Remove(filepath.Join(folder, workFolder))); err != nil {
		return fmt.Errorf("delete the run in %s: %w; it is still there", folder, err)
	}
	if run.Left, err = evidence.Remove(folder); err != nil {
		return err
	}
	run.Deleted = true
	return nil
}

func writeDown(path string, one deletion) error {
	text, err := json.Marshal(one)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644) //nolint:gosec // made to be read by others
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	return errors.Join(err, file.Close())
}

func printHeld(w io.Writer, dir string, runs []heldRun, now time.Time, deleted bool) error {
	var b strings.Builder
	var count int
	var size int64
	for _, run := range runs {
		switch {
		case run.Goes && deleted && !run.Deleted:
			fmt.Fprintf(&b, "%s: could not be deleted\n", run.Folder)
		case run.Goes:
			count, size = count+1, size+run.Bytes
			does := "would be deleted"
			if deleted {
				does = "deleted"
			}
			fmt.Fprintf(&b, "%s: %s: %s old, %s: %s\n", run.Folder, does, oldness(now.Sub(run.Started)), sized(run.Bytes), run.Verdict)
			if len(run.Left) > 0 {
				fmt.Fprintf(&b, "  left there, because Concord did not write it: %s\n", some(run.Left))
			}
		case run.Held != "":
			fmt.Fprintf(&b, "%s: stays: %s\n", run.Folder, run.Held)
		}
	}
	switch {
	case len(runs) == 0:
		fmt.Fprintf(&b, "There is no run in %s.\n", dir)
	case count == 0:
		fmt.Fprintf(&b, "None of %d runs is past its retention.\n", len(runs))
	case deleted:
		fmt.Fprintf(&b, "%d of %d runs deleted, %s; %s says which.\n", count, len(runs), sized(size), filepath.Join(dir, deletedFile))
	default:
		fmt.Fprintf(&b, "%d of %d runs would be deleted, %s. Nothing was: the same command with --yes deletes them.\n", count, len(runs), sized(size))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// oldness writes an age for people.
func oldness(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}

// sized writes a number of bytes for people.
func sized(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d kB", (n+999)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
