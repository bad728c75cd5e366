package command

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
)

// askedFile lies in workFolder and says how the run that is written there was asked for, so that it can be gone on with.
const askedFile = "asked.json"

// resumeFile is the same beside the reports of a run that was stopped before its end.
const resumeFile = "resume.json"

const askedSchema = "concord/asked/v1"

// errNotStopped says that there is nothing to go on with.
var errNotStopped = errors.New("no run was killed or stopped there: --resume goes on with one that was, and --failed asks again what failed or could not be told")

// askedRun is how a run was asked for. No flag holds a secret: those stand in configuration files and in the environment.
type askedRun struct {
	Schema string `json:"schema"`
	// Began is when, Harness the build that asks.
	Began   time.Time      `json:"began"`
	Harness result.Harness `json:"harness"`
	// Flags are those that were given, as --name=value without the dashes.
	Flags []string `json:"flags"`
}

// asking is how a run is to be made.
type asking struct {
	invocation        *result.Invocation
	said              []string
	stopped           *askedRun
	shard             suites.Shard
	force, quiet, dry bool
	// proof is where the proof of this build is, "" for none.
	proof string
}

// began is when the run began.
func (a asking) began(clock func() time.Time) time.Time {
	if a.stopped != nil {
		return a.stopped.Began
	}
	return clock()
}

// ofThisProcess reports whether a flag says nothing of what is asked.
func ofThisProcess(flag string) bool {
	return slices.Contains([]string{"resume", "failed", "out", "force", "quiet", "allow-selection", "print-config", "dry-run", "defer-verdict", "repeat"}, flag)
}

// askedWith returns the flags that were given.
func askedWith(flags *pflag.FlagSet) []string {
	said := []string{}
	flags.Visit(func(f *pflag.Flag) {
		if ofThisProcess(f.Name) {
			return
		}
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			var b strings.Builder
			w := csv.NewWriter(&b)
			_ = w.Write(list.GetSlice()) // a strings.Builder takes everything
			w.Flush()
			value = strings.TrimSuffix(b.String(), "\n")
		}
		said = append(said, f.Name+"="+value)
	})
	return said
}

// howAsked says how the run in a folder was asked for that was killed or stopped.
func howAsked(dir string) (askedRun, error) {
	text, err := os.ReadFile(filepath.Join(dir, workFolder, askedFile)) //nolint:gosec // the person who runs Concord names the folder
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(filepath.Join(dir, resumeFile)) //nolint:gosec // the person who runs Concord names the folder
	}
	if errors.Is(err, fs.ErrNotExist) {
		return askedRun{}, fmt.Errorf("go on with %s: %w", dir, errNotStopped)
	}
	if err != nil {
		return askedRun{}, fmt.Errorf("go on with %s: %w", dir, err)
	}
	var a askedRun
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&a); err != nil || a.Schema != askedSchema {
		return askedRun{}, fmt.Errorf("go on with %s: %s is not of this version of concord (%s); use the build that began the run", dir, askedFile, askedSchema)
	}
	return a, nil
}

// askOn has a run go on as a killed one was asked for. A flag that is given now as well must say the same.
func askOn(flags *pflag.FlagSet, dir string) (askedRun, error) {
	if flags.Changed("out") || flags.Changed("failed") {
		return askedRun{}, errors.New("--resume names the folder that is written, and goes on with everything that was asked: leave out --out and --failed")
	}
	a, err := howAsked(dir)
	if err != nil {
		return a, err
	}
	if is := build(); a.Harness != is {
		return askedRun{}, fmt.Errorf("go on with %s: concord %s (%s) began the run and this is %s (%s): use the build that began it, so that one build judges all of it",
			dir, a.Harness.Version, a.Harness.Commit, is.Version, is.Commit)
	}
	given := map[string]bool{}
	for _, one := range a.Flags {
		name, value, _ := strings.Cut(one, "=")
		given[name] = true
		flag := flags.Lookup(name)
		if flag == nil || ofThisProcess(name) {
			return askedRun{}, fmt.Errorf("go on with %s: the run was asked for with --%s, which this build of concord does not know", dir, name)
		}
		before := append([]string(nil), askedWith(flags)...)
		if flag.Changed {
			if !strings.Contains("\n"+strings.Join(before, "\n")+"\n", "\n"+one+"\n") {
				return askedRun{}, fmt.Errorf("go on with %s: the run was asked for with --%s, and goes on as it was asked for", dir, one)
			}
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return askedRun{}, fmt.Errorf("go on with %s: --%s: %w", dir, one, err)
		}
	}
	for _, one := range askedWith(flags) {
		if name, _, _ := strings.Cut(one, "="); !given[name] {
			return askedRun{}, fmt.Errorf("go on with %s: the run was asked for without --%s, and goes on as it was asked for", dir, name)
		}
	}
	return a, flags.Set("out", dir)
}

// kept is what a run writes its exchanges into, and where it reads those of a run that it goes on with.
type kept struct {
	recorder *exchange.Folder
	replay   *exchange.Replay
}

func (k kept) close() {
	_ = k.recorder.Close()
	if k.replay != nil {
		_ = k.replay.Log.Close()
	}
}

// keep begins what a run leaves in its folder, or goes on with it. inputs writes what the run is given into a folder.
func (a asking) keep(folder *runFolder, began time.Time, inputs func(run string) error, secrets *redact.Redactor) (kept, error) {
	exchanges := filepath.Join(folder.temporary, reports.ExchangesFolder)
	if a.stopped == nil {
		text, err := json.MarshalIndent(askedRun{Schema: askedSchema, Began: began.UTC(), Harness: build(), Flags: a.said}, "", "  ")
		if err != nil {
			return kept{}, err
		}
		if err := inputs(folder.temporary); err != nil {
			return kept{}, err
		}
		recorder, err := exchange.NewFolder(exchanges, secrets)
		if err != nil {
			return kept{}, err
		}
		// Last, so that whoever goes on finds all of it.
		if err := os.WriteFile(folder.work(askedFile), append(text, '\n'), 0o600); err != nil {
			return kept{}, errors.Join(fmt.Errorf("keep how the run was asked for: %w", err), recorder.Close())
		}
		return kept{recorder: recorder}, nil
	}
	if err := sameInputs(folder, inputs); err != nil {
		return kept{}, err
	}
	recorder, err := exchange.ReopenFolder(exchanges, secrets)
	if err != nil {
		return kept{}, undetermined(err)
	}
	log, err := evidence.Open(exchanges)
	if err != nil {
		return kept{}, errors.Join(undetermined(err), recorder.Close())
	}
	return kept{recorder, &exchange.Replay{Log: log}}, nil
}

// sameInputs says what a run is given now and was not when it began: what was answered would be judged by something else.
func sameInputs(folder *runFolder, inputs func(run string) error) error {
	now := folder.work("inputs")
	defer os.RemoveAll(now) //nolint:errcheck // the next who goes on removes it
	if err := errors.Join(os.RemoveAll(now), inputs(now)); err != nil {
		return err
	}
	hashes := func(run string) (map[string]evidence.SealedFile, error) {
		files, err := evidence.Files(filepath.Join(run, evidence.InputsFolder))
		all := map[string]evidence.SealedFile{}
		for _, name := range files {
			one, failed := evidence.HashFile(filepath.Join(run, evidence.InputsFolder), name)
			err = errors.Join(err, failed)
			all[name] = one
		}
		return all, err
	}
	was, err := hashes(folder.temporary)
	is, other := hashes(now)
	if err := errors.Join(err, other); err != nil {
		return fmt.Errorf("go on with %s: %w", folder.final, err)
	}
	for name := range is {
		if _, found := was[name]; !found {
			was[name] = evidence.SealedFile{}
		}
	}
	for name, one := range was {
		if is[name] != one {
			return fmt.Errorf("go on with %s: %s/%s is not as it was when the run began, so what was answered cannot be gone on with: undo the change to the configuration, or run anew without --resume",
				folder.final, evidence.InputsFolder, name)
		}
	}
	return nil
}

// sayWhatIsAskedAgain says what a run that goes on does not take from what was recorded.
func (a asking) sayWhatIsAskedAgain(says *progress, questions suites.Config) error {
	if questions.Replay == nil {
		return nil
	}
	recorded, err := questions.Replay.Log.Len()
	if err != nil {
		return undetermined(err)
	}
	again, err := questions.AtOneGo()
	if err != nil {
		return err
	}
	what := "asked again is only what has to be asked twice"
	if len(again) > 0 {
		what += ", and from their beginning these checks, which are about one moment: " + strings.Join(again, ", ")
	}
	says.step("going on with a run of %s: %d answers are recorded; %s", a.stopped.Began.Format(time.DateTime), recorded, what)
	return nil
}
