package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// comparison is what changes for one file when it is judged by the definitions of --against instead of the others.
type comparison struct {
	File string `json:"file"`
	// NewlyFailing are errors under --against alone, NewlyPassing are errors under the others alone.
	NewlyFailing []result.Finding `json:"newlyFailing"`
	NewlyPassing []result.Finding `json:"newlyPassing"`
	// NewlyUnchecked is what --against leaves undecided and the others do not: an error that is gone may be hidden there.
	NewlyUnchecked []result.Finding `json:"newlyUnchecked"`
}

// sameFault is what makes findings under two sets of definitions the same fault. Wording, profile and the id of the element
// may differ between releases while the fault stays.
type sameFault struct{ rule, path, missing string }

func faultOf(f result.Finding) sameFault {
	key := sameFault{rule: f.Rule, path: f.Path}
	switch f.Rule {
	case profiles.RuleRequired, profiles.RuleTooMany, profiles.RuleSlicing:
		// What is missing has no place of its own, and a slice has that of its element: their names tell them apart.
		key.missing = f.Element[strings.LastIndexByte(f.Element, '.')+1:]
	}
	return key
}

// only returns the findings that have no counterpart in the others.
func only(findings, others []result.Finding) []result.Finding {
	counts := map[sameFault]int{}
	for _, f := range others {
		counts[faultOf(f)]++
	}
	alone := []result.Finding{}
	for _, f := range findings {
		key := faultOf(f)
		if counts[key]--; counts[key] < 0 {
			alone = append(alone, f)
		}
	}
	return alone
}

func where(findings []result.Finding, wanted func(result.Finding) bool) []result.Finding {
	var kept []result.Finding
	for _, f := range findings {
		if wanted(f) {
			kept = append(kept, f)
		}
	}
	return kept
}

func isError(f result.Finding) bool { return f.Severity.Rank() >= result.SeverityError.Rank() }

// isUnchecked says whether a finding tells of something that was not judged.
func isUnchecked(f result.Finding) bool {
	return !isError(f) && (f.Rule == profiles.RuleNotCheckable || f.Rule == profiles.RuleProfile)
}

func compareFindings(file string, before, after []result.Finding) comparison {
	return comparison{
		File:           file,
		NewlyFailing:   only(where(after, isError), where(before, isError)),
		NewlyPassing:   only(where(before, isError), where(after, isError)),
		NewlyUnchecked: only(where(after, isUnchecked), where(before, isUnchecked)),
	}
}

// compare judges every file by two sets of definitions and prints what differs. It fails when anything would newly fail.
func compare(ctx context.Context, s streams, options validateOptions, files []string) error {
	if options.format != "text" && options.format != "ndjson" {
		return fmt.Errorf("--against prints text or ndjson, not %s", options.format)
	}
	var sides [2]*profiles.Registry
	for i, side := range []definitions{options.definitions, {ukcore: options.ukcore, packages: options.against}} {
		registry, err := options.registry(side)
		if err != nil {
			return err
		}
		sides[i] = registry
	}
	baseOnly := map[string]int{}
	var newly struct{ failing, passing, resourcesFailing, resourcesPassing, unchecked int }
	for _, file := range files {
		if ctx.Err() != nil {
			return undetermined(fmt.Errorf("interrupted before %s", file))
		}
		data, err := readInput(s.in, file)
		if err != nil {
			return err
		}
		var findings [2][]result.Finding
		for i, registry := range sides {
			// The rules for England say the same whatever is loaded, and a waiver must not hide what changes.
			if findings[i], err = judge(ctx, registry, profiles.Options{Profiles: options.profiles}, file, data); err != nil {
				return err
			}
		}
		if options.asUKCore {
			countBaseOnly(baseOnly, sides[1], data)
		}
		c := compareFindings(file, findings[0], findings[1])
		newly.failing += len(c.NewlyFailing)
		newly.passing += len(c.NewlyPassing)
		newly.unchecked += len(c.NewlyUnchecked)
		passed, passes := len(where(findings[0], isError)) == 0, len(where(findings[1], isError)) == 0
		switch {
		case passed && !passes:
			newly.resourcesFailing++
		case !passed && passes:
			newly.resourcesPassing++
		}
		if err := c.print(s.out, options.format); err != nil {
			return undetermined(fmt.Errorf("print the comparison of %s: %w", file, err))
		}
	}
	sayBaseOnly(s, baseOnly)
	against := definitions{packages: options.against}
	_, _ = fmt.Fprintf(s.err, "%s instead of %s: of %d resources %d would newly fail and %d newly pass; %d errors are new, %d are gone, %d things are newly unchecked\n",
		&against, &options.definitions, len(files), newly.resourcesFailing, newly.resourcesPassing, newly.failing, newly.passing, newly.unchecked)
	if newly.failing > 0 {
		return &exitError{code: result.ExitNotConformant}
	}
	return nil
}

// print writes the lines of one file: text for people, one JSON object for programs.
func (c comparison) print(w io.Writer, format string) error {
	if format == "ndjson" {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(c)
	}
	var failed []error
	for _, group := range []struct {
		word     string
		findings []result.Finding
	}{{"newly fails", c.NewlyFailing}, {"newly passes", c.NewlyPassing}, {"newly unchecked", c.NewlyUnchecked}} {
		for _, f := range group.findings {
			_, err := fmt.Fprintf(w, "%s: %s: %s %s %s: %s\n", placeOf(c.File, f), group.word, f.Severity, pathOf(f), f.Rule,
				strings.ReplaceAll(f.Message, "\n", " "))
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
