package command

import (
	"context"
	"io"
	"os"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// verdict is what is said of one file.
type verdict struct {
	file     string
	findings []result.Finding
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
			countBaseOnly(v.baseOnly, registry, data)
		}
		v.findings, v.err = o.terms.resolved(ctx, func() ([]result.Finding, error) { return judge(ctx, registry, besides, file, data) })
		return v
	}, done)
}
