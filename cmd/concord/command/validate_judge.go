package command

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// verdict is what is said of one file.
type verdict struct {
	file     string
	findings []result.Finding
	// resources counts what the file holds, wrong those with an error.
	resources, wrong int
	// baseOnly counts the resources, by type, that UK Core has no profile for, where that is asked.
	baseOnly map[string]int
	err      error
}

// judgeFiles judges files with as many goroutines as there are processors and hands their verdicts on in order.
func (o *validateOptions) judgeFiles(
	ctx context.Context, stdin io.Reader, registry *profiles.Registry, besides profiles.Options, files []string, done func(verdict) error,
) error {
	at := -1
	next := func() (string, bool) {
		at++
		if at >= len(files) || ctx.Err() != nil {
			return "", false
		}
		return files[at], true
	}
	var turn turns
	return inOrder(ctx, workers(), next, func(file string) verdict {
		v, size := verdict{file: file}, int64(maxResource)
		if info, err := os.Stat(file); err == nil && file != "-" {
			size = info.Size()
		}
		defer turn.take(size)()
		var data string
		if data, v.err = readInput(stdin, file); v.err != nil {
			return v
		}
		if o.asUKCore {
			v.baseOnly = map[string]int{}
		}
		for line, text := range resourcesIn(file, data) {
			if o.asUKCore {
				countBaseOnly(v.baseOnly, registry, text)
			}
			findings, err := o.terms.resolved(ctx, func() ([]result.Finding, error) { return judge(ctx, registry, besides, file, text) })
			if err != nil {
				v.err = err
				return v
			}
			v.resources++
			if result.WorstSeverity(findings).Rank() >= result.SeverityError.Rank() {
				v.wrong++
			}
			for i := range findings {
				if findings[i].Line > 0 {
					findings[i].Line += line
				}
			}
			v.findings = append(v.findings, findings...)
		}
		if v.resources == 0 {
			v.err = fmt.Errorf("%s holds no resource, so there is nothing to validate", file)
		}
		return v
	}, done)
}

// resourcesIn are the texts of the resources of a file, each with how many lines stand before it: the lines of a file of bulk data
// (.ndjson) that are not blank, and else the whole text.
func resourcesIn(file, text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if !strings.EqualFold(filepath.Ext(file), ".ndjson") {
			yield(0, text)
			return
		}
		n := 0
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) != "" && !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
			n++
		}
	}
}
