package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
	"concord.example/concord/suites/rejudge"
)

// verified is what verifying a run found, as it is printed for programs.
type verified struct {
	// Changed is what is not as it was written; Sealed says whether there was a seal to hold it against.
	Sealed  bool            `json:"sealed"`
	Changed []changedPart   `json:"changed"`
	Judged  *rejudge.Report `json:"judged,omitempty"`
	// Signed are the keys that signed a pack; Unsigned says that fewer did than must have.
	Signed   []signature `json:"signed,omitempty"`
	Unsigned string      `json:"unsigned,omitempty"`
	Notes    []string    `json:"notes,omitempty"`
}

type changedPart struct {
	File     string `json:"file"`
	Offset   int64  `json:"offset"`
	Exchange string `json:"exchange,omitempty"`
	What     string `json:"what"`
}

func newVerify(s streams) *cobra.Command {
	var o output
	var (
		hashes bool
		want   demanded
	)
	command := &cobra.Command{
		Use:   "verify DIR|PACK",
		Short: "Check that a run is as it was written and signed, and judge its exchanges again",
		Long: "Hold every file of a run folder against its seal, and judge the recorded exchanges again without the systems: every verdict\n" +
			"must come out as it stands in run.json. What was changed is named by file, exchange and place, a verdict that does not\n" +
			"follow by check and finding. What cannot be judged from what was recorded is counted, with why. Of a pack it is also said who\n" +
			"signed it: each --key must have, or as many different ones as --signatures says.\n\n" +
			"Exit codes: 0 everything is as it was and follows, 1 something was changed, does not follow or is not signed, 2 usage, 3 nothing could be judged.",
		Args:    cobra.ExactArgs(1),
		Example: "  concord verify runs/latest\n  concord verify runs/latest --hashes\n  concord verify evidence.zip --key supplier.pub.pem --key programme.pub.pem",
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := o.json()
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(suites.GCPercent / 2)
			}
			var found verified
			switch {
			case isPack(args[0]):
				found, err = verifyPack(cmd.Context(), args[0], hashes, want)
			case len(want.keys) > 0 || want.count > 0:
				return fmt.Errorf("verify %s: a folder is not signed, a pack of it is (\"concord pack\")", args[0])
			default:
				found, err = verify(cmd.Context(), args[0], "", hashes)
			}
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(s.out, found, nil)
			} else {
				err = found.print(s.out, args[0])
			}
			if err != nil {
				return err
			}
			return found.exit()
		},
	}
	o.flags(command)
	command.Flags().StringSliceVar(&want.keys, "key", nil, "PEM file with the public key of somebody who must have signed the pack (repeatable)")
	command.Flags().IntVar(&want.count, "signatures", 0, "how many different keys must have signed (default all that are given)")
	command.Flags().BoolVar(&hashes, "hashes", false, "check hashes alone, and judge nothing again")
	return command
}

// decided adds what people decided about the run, and what of that is about something else.
func (v *verified) decided(ctx context.Context, dir, beside string) error {
	all, err := decisionsAbout(ctx, dir, beside)
	if err != nil || len(all) == 0 {
		return err
	}
	run, err := reports.Load(dir)
	for _, one := range all {
		switch {
		case one.ID != "" && err == nil && one.Run != run.ID:
			v.Notes = append(v.Notes, fmt.Sprintf("a decision of %s (%s) is about the run %s that was here before, and counts for nothing now", one.Who, one.Role, one.Run))
		case one.Problem != "":
			v.Changed = append(v.Changed, changedPart{File: filepath.Base(beside), What: "a decision counts for nothing: " + one.Problem})
		case one.Holds():
			v.Notes = append(v.Notes, fmt.Sprintf("%s by %s (%s) on %s, signed with the key %s; %s", one.Answer.Words(), one.Who, one.Role, one.At.Format(time.DateOnly), short(one.Key), one.Known))
		}
	}
	return nil
}

// verify checks a run folder, and the decisions that stand beside it; beside is "" where they have their usual name.
func verify(ctx context.Context, dir, beside string, hashes bool) (verified, error) {
	found := verified{Changed: []changedPart{}}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return found, fmt.Errorf("verify %s: it is no run folder", dir)
	}
	add := func(folder string, problems []*evidence.Damage) {
		for _, d := range problems {
			found.Changed = append(found.Changed, changedPart{File: folder + d.File, Offset: d.Offset, Exchange: d.Record, What: d.What})
		}
	}
	seal, err := evidence.ReadSeal(dir)
	switch {
	case errors.Is(err, evidence.ErrNotSealed):
		found.Notes = append(found.Notes, err.Error())
	case err != nil:
		found.Changed = append(found.Changed, changedPart{File: evidence.SealFile, What: err.Error()})
	default:
		found.Sealed = true
		problems, err := seal.Differences(dir)
		if err != nil {
			return found, fmt.Errorf("verify %s: %w", dir, err)
		}
		add("", problems)
	}
	if beside == "" {
		beside = besideOf(dir)
	}
	if err := found.decided(ctx, dir, beside); err != nil {
		return found, err
	}
	log, err := evidence.Open(filepath.Join(dir, reports.ExchangesFolder))
	if err != nil {
		return found, err
	}
	add(reports.ExchangesFolder+"/", evidence.Check(log))
	_ = log.Close()
	if hashes {
		found.Notes = append(found.Notes, "only hashes were checked: whether the verdicts follow from the exchanges was not asked")
		return found, nil
	}
	opened, err := openRecorded(dir, changed{})
	if err != nil {
		if len(found.Changed) == 0 {
			return found, undetermined(fmt.Errorf("nothing is changed, and nothing can be judged again: %w", err))
		}
		found.Notes = append(found.Notes, "nothing was judged again: "+err.Error())
		return found, nil
	}
	defer opened.close()
	if was, is := opened.run.Harness, build(); was.Commit != is.Commit || was.Version != is.Version {
		found.Notes = append(found.Notes, fmt.Sprintf("the run was judged by concord %s (%s) and is judged now by %s (%s): a difference may be one of the builds", was.Version, was.Commit, is.Version, is.Commit))
	}
	report, err := rejudge.Judge(ctx, opened.run, opened.log, opened.config)
	if err != nil {
		if len(found.Changed) == 0 {
			return found, undetermined(fmt.Errorf("judge %s again: %w", dir, err))
		}
		found.Notes = append(found.Notes, "nothing was judged again: "+err.Error())
		return found, nil
	}
	found.Judged = &report
	return found, nil
}

func (v verified) exit() error {
	switch {
	case len(v.Changed) > 0 || v.Unsigned != "" || v.Judged != nil && len(v.Judged.Different) > 0:
		return &exitError{code: result.ExitNotConformant}
	case v.Judged != nil && v.Judged.Same == 0:
		return &exitError{code: result.ExitUndetermined}
	default:
		return nil
	}
}

// mostPrinted is how many differences are printed for people; JSON has all.
const mostPrinted = 50

func (v verified) print(w io.Writer, dir string) error {
	var b strings.Builder
	for _, c := range v.Changed[:min(len(v.Changed), mostPrinted)] {
		of := ""
		if c.Exchange != "" {
			of = ", exchange " + c.Exchange
		}
		fmt.Fprintf(&b, "changed: %s, offset %d%s: %s\n", c.File, c.Offset, of, visible(c.What))
	}
	more(&b, len(v.Changed), "changed parts")
	if v.Judged != nil {
		printDifferences(&b, v.Judged.Different)
		printUnjudged(&b, *v.Judged)
	}
	for _, by := range v.Signed {
		fmt.Fprintf(&b, "signed: %s, key %s\n", by.File, by.Key)
	}
	if v.Unsigned != "" {
		fmt.Fprintf(&b, "NOT signed as it must be: %s\n", v.Unsigned)
	}
	for _, note := range v.Notes {
		fmt.Fprintf(&b, "note: %s\n", visible(note))
	}
	switch {
	case len(v.Changed) > 0 && v.Judged == nil:
		fmt.Fprintf(&b, "%s: NOT as it was written: %d parts changed\n", dir, len(v.Changed))
	case v.Judged == nil:
		fmt.Fprintf(&b, "%s: every hash is right\n", dir)
	default:
		state := "every hash is right"
		if len(v.Changed) > 0 {
			state = fmt.Sprintf("NOT as it was written, %d parts changed", len(v.Changed))
		}
		fmt.Fprintf(&b, "%s: %s; %d of %d verdicts follow from %d recorded answers, %d differ, %d could not be judged again\n",
			dir, state, v.Judged.Same, v.Judged.Results, v.Judged.Exchanges, len(v.Judged.Different), len(v.Judged.Unjudged))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func more(b *strings.Builder, count int, what string) {
	if count > mostPrinted {
		fmt.Fprintf(b, "and %d more %s; --json prints all\n", count-mostPrinted, what)
	}
}

// printDifferences names each result that does not follow, and the findings in which it differs.
func printDifferences(b *strings.Builder, all []rejudge.Difference) {
	for _, d := range all[:min(len(all), mostPrinted)] {
		name := "run"
		if d.Check != "" {
			name = d.Check + " " + d.Scope.String()
		}
		fmt.Fprintf(b, "does not follow: %s: %s\n", name, visible(d.What))
		for _, f := range d.Gone {
			fmt.Fprintf(b, "  only in run.json: %s: %s\n", visible(f.Rule), visible(f.Message))
		}
		for _, f := range d.New {
			fmt.Fprintf(b, "  only in the exchanges: %s: %s\n", visible(f.Rule), visible(f.Message))
		}
	}
	more(b, len(all), "differences")
}

func printUnjudged(b *strings.Builder, report rejudge.Report) {
	reasons := report.Reasons()
	var lines []string
	for why, count := range reasons {
		lines = append(lines, fmt.Sprintf("not judged again: %d, because %s\n", count, why))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
	if report.Attested > 0 {
		fmt.Fprintf(b, "resting on a person's word: %d\n", report.Attested)
	}
}
