package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
	proofpage "concord.example/concord/reports/proof"
	"concord.example/concord/suites/proof"
)

type selftestOptions struct {
	out             string
	all             bool
	defects, styles []string
	// pairs is the seed of the sets in which every two styles are tried together, "" for each style alone; part is "n/of".
	pairs string
	part  string
	// at is the system that answers in the styles, "" for both.
	at string
}

// Names of what a self-test leaves.
const (
	proofFile = "proof.json"
	proofPage = "proof.html"
)

func newSelftest(s streams) *cobra.Command {
	var o selftestOptions
	command := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that this build catches every seeded defect and blames nobody for what is lawful",
		Long: "Ask Concord's own two mocks, in this process: clean, with every defect that they know switched on alone, and answering\n" +
			"in every lawful style alone. The kill matrix and the matrix of false alarms are written as " + proofFile + " and " + proofPage + ".\n" +
			"It says something about this build of Concord, and nothing about any other system.\n\n" +
			"Exit codes: 0 everything is caught and nobody is blamed, 1 not so, 2 usage, 3 it could not be tried,\n" +
			"4 what was selected came out right, and something was left out by choice.",
		Args: cobra.NoArgs,
		Example: "  concord selftest --out proof\n" +
			"  concord selftest --all --out proof                   # each defect against every check, which takes long\n" +
			"  concord selftest --defects D12,D34 --styles none\n" +
			"  concord selftest --defects none --at ohc             # each style at one of the two, so that they answer differently\n" +
			"  concord selftest --defects none --pairs 7 --part 3/20   # every two styles together, a twentieth of the sets",
		RunE: func(cmd *cobra.Command, _ []string) error {
			defects, styles, err := o.chosen()
			if err != nil {
				return err
			}
			sets, err := o.sets(styles)
			if err != nil {
				return err
			}
			if o.out != "" {
				if err := os.MkdirAll(o.out, 0o750); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			p, err := o.prove(cmd.Context(), s, defects, sets)
			if err != nil {
				p.Stopped = err.Error()
				if len(p.Kills)+len(p.Styles) == 0 {
					return undetermined(err)
				}
			}
			if o.out != "" {
				err = errors.Join(err, writeProof(o.out, p))
			}
			if err != nil {
				// Whatever became of the folder, what was found is said.
				return undetermined(errors.Join(o.tell(s.out, p), err))
			}
			return o.tell(s.out, p)
		},
	}
	command.AddCommand(newSelftestGenerated(s))
	flags := command.Flags()
	flags.StringVar(&o.out, "out", "", "folder for "+proofFile+" and "+proofPage+"; without it nothing is written")
	flags.BoolVar(&o.all, "all", false, "hold each defect against every check, and not only against those that it is known to make fail")
	flags.StringSliceVar(&o.defects, "defects", nil, "only these defects, or none (mock --list-defects)")
	flags.StringSliceVar(&o.styles, "styles", nil, "only these styles, or none (what mock --list-hostile calls legal)")
	flags.StringVar(&o.at, "at", "", "have this system alone answer in the styles, and not both (ccr, ohc)")
	flags.StringVar(&o.pairs, "pairs", "", "try every two styles together, in sets that this seed puts together; takes hours")
	flags.StringVar(&o.part, "part", "", "with --pairs, only the n-th of so many parts of the sets (3/20)")
	return command
}

// sets are the styles that are tried together: each alone, or all pairs.
func (o selftestOptions) sets(styles []hostile.Behaviour) ([][]hostile.Behaviour, error) {
	if o.pairs == "" {
		if o.part != "" {
			return nil, errors.New("--part is a part of the pairs of styles; give --pairs SEED too")
		}
		sets := make([][]hostile.Behaviour, 0, len(styles))
		for _, style := range styles {
			sets = append(sets, []hostile.Behaviour{style})
		}
		return sets, nil
	}
	seed, err := strconv.ParseUint(o.pairs, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("--pairs: %q is no seed; give a number", o.pairs)
	}
	if len(o.styles) > 0 {
		return nil, errors.New("--pairs is about all styles, and --styles names some: give one of them")
	}
	sets := proof.Pairs(seed)
	if o.part == "" {
		return sets, nil
	}
	number, of, _ := strings.Cut(o.part, "/")
	n, errNumber := strconv.Atoi(number)
	m, errOf := strconv.Atoi(of)
	if errNumber != nil || errOf != nil {
		return nil, fmt.Errorf("--part: %q is not n/of, such as 3/20", o.part)
	}
	if sets, err = proof.PairsPart(sets, n, m); err != nil {
		return nil, fmt.Errorf("--part: %w", err)
	}
	return sets, nil
}

// chosen resolves what was selected.
func (o selftestOptions) chosen() ([]mocks.Defect, []hostile.Behaviour, error) {
	if o.at != "" && o.at != fixtures.CCR && o.at != fixtures.OHC {
		return nil, nil, fmt.Errorf("--at: there is no system %q; give %s or %s", o.at, fixtures.CCR, fixtures.OHC)
	}
	defects, err := pick("--defects", mocks.Defects(), o.defects, func(d mocks.Defect) string { return d.ID })
	if err != nil {
		return nil, nil, err
	}
	styles, err := pick("--styles", proof.Styles(), o.styles, func(b hostile.Behaviour) string { return b.Name })
	return defects, styles, err
}

// pick returns those of all that were named, in their own order: all where nobody named any, none for "none".
func pick[T any](flag string, all []T, named []string, name func(T) string) ([]T, error) {
	if len(named) == 0 {
		return all, nil
	}
	if len(named) == 1 && named[0] == "none" {
		return nil, nil
	}
	known := map[string]bool{}
	var names []string
	for _, item := range all {
		known[strings.ToLower(name(item))] = false
		names = append(names, name(item))
	}
	for _, n := range named {
		if _, ok := known[strings.ToLower(n)]; !ok {
			return nil, fmt.Errorf("%s: there is no %q%s", flag, n, suggest.Meant(n, names))
		}
		known[strings.ToLower(n)] = true
	}
	var picked []T
	for _, item := range all {
		if known[strings.ToLower(name(item))] {
			picked = append(picked, item)
		}
	}
	return picked, nil
}

// prove tries everything.
func (o selftestOptions) prove(ctx context.Context, s streams, defects []mocks.Defect, styles [][]hostile.Behaviour) (result.Proof, error) {
	p := result.Proof{
		Schema: result.ProofSchema, Harness: build(), StartedAt: time.Now().UTC(), Whole: o.all, Selected: len(o.defects) > 0 || len(o.styles) > 0 || o.pairs != "",
		Planned: len(defects) + len(styles), Clean: []string{}, Kills: []result.Kill{}, Styles: []result.Style{},
	}
	var err error
	if p.Binary, err = ownHash(); err != nil {
		return p, err
	}
	progress := newProgress(s.err, time.Now)
	progress.doing, progress.what = "proving", "defects and styles"
	progress.step("asking the clean mocks everything")
	collectSeldom()
	rig, err := proof.NewRig(ctx, 0)
	if err != nil {
		return p, err
	}
	defer rig.Close()
	p.Clean = rig.Clean()
	// What was found stays, however the proof ends.
	tried := func() error {
		p.DurationMs = time.Since(p.StartedAt).Milliseconds()
		progress.update(len(p.Kills)+len(p.Styles), p.Planned)
		if o.out == "" || len(p.Kills)+len(p.Styles) == p.Planned {
			return nil
		}
		so := p
		so.Stopped = "it was under way when this was written"
		return writeProof(o.out, so)
	}
	for _, d := range defects {
		kill, err := rig.Kill(ctx, d, o.all)
		if err != nil {
			return p, err
		}
		p.Kills = append(p.Kills, kill)
		if err := tried(); err != nil {
			return p, err
		}
	}
	for _, b := range styles {
		style, err := rig.StyleAt(ctx, o.at, b...)
		if err != nil {
			return p, err
		}
		p.Styles = append(p.Styles, style)
		if err := tried(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// ownHash is the SHA-256 of the executable that runs.
func ownHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the executable: %w", err)
	}
	file, err := os.Open(path) //nolint:gosec // it is this program
	if err != nil {
		return "", fmt.Errorf("read the executable: %w", err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read the executable: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// writeProof writes both files, each whole or not at all.
func writeProof(dir string, p result.Proof) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("write the proof: %w", err)
	}
	page, err := proofpage.Page(p)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{proofFile: append(text, '\n'), proofPage: page} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+".partial", content, 0o600); err != nil {
			return fmt.Errorf("write the proof: %w", err)
		}
		if err := os.Rename(path+".partial", path); err != nil {
			return fmt.Errorf("write the proof: %w", err)
		}
	}
	return nil
}

// readProof reads what a self-test left, from its folder or from the file itself, and says what it is worth to this build.
func readProof(path string) (*result.Proved, []byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, proofFile)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return nil, nil, fmt.Errorf("--proof: %w; concord selftest --out DIR writes one", err)
	}
	var p result.Proof
	if err := json.Unmarshal(text, &p); err != nil || p.Schema != result.ProofSchema {
		return nil, nil, fmt.Errorf("--proof: %s is no proof that this build reads (schema %q, want %s); concord selftest --out DIR writes one", path, p.Schema, result.ProofSchema)
	}
	binary, err := ownHash()
	if err != nil {
		return nil, nil, err
	}
	proved := p.Proves(binary)
	return &proved, text, nil
}

// tell prints what came out, and what it is worth.
func (o selftestOptions) tell(w io.Writer, p result.Proof) error {
	var b strings.Builder
	say := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%s: %s\n", name, fmt.Sprintf(format, args...))
	}
	for _, complaint := range p.Clean {
		say("clean", "%s", complaint)
	}
	for _, k := range p.Kills {
		if len(k.Expected) == 0 {
			say(k.Defect, "no check is known to see it (%s)", k.Title)
		}
		if len(k.Missed) > 0 {
			say(k.Defect, "missed by %s (%s)", strings.Join(k.Missed, ", "), k.Title)
		}
		if len(k.Also) > 0 {
			say(k.Defect, "also fails %s (%s)", strings.Join(k.Also, ", "), k.Title)
		}
		for _, complaint := range append(k.WrongCauses, k.Undetermined...) {
			say(k.Defect, "%s", complaint)
		}
	}
	for _, style := range p.Styles {
		for _, alarm := range style.Alarms {
			say(style.Name, "%s", alarm)
		}
	}
	fmt.Fprintln(&b, p.Sentence())
	if o.out != "" {
		fmt.Fprintln(&b, filepath.Join(o.out, proofPage))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return undetermined(err)
	}
	switch {
	case !p.Right():
		return &exitError{code: result.ExitNotConformant}
	case p.Selected:
		return &exitError{code: result.ExitSelection}
	default:
		return nil
	}
}
