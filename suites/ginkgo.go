package suites

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"concord.example/concord/internal/result"
)

// ginkgoTurn lets one suite run at a time: Ginkgo keeps its tree, its configuration and its output in package variables.
var ginkgoTurn sync.Mutex //nolint:gochecknoglobals // guards Ginkgo's own package variables

// specs builds one Ginkgo spec per task and runs them. Each spec waits for the result of its task, which the pool works
// on meanwhile, so that the tree has one spec per check and scope and 848 providers still take seconds.
func specs(ctx context.Context, name string, tasks []*task) {
	ginkgoTurn.Lock()
	defer ginkgoTurn.Unlock()
	globals.Reset()

	output := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	defer func() { formatter.ColorableStdOut = output }()
	gomega.RegisterFailHandler(ginkgo.Fail)

	suiteConfig, reporterConfig := ginkgo.GinkgoConfiguration()
	suiteConfig.ParallelTotal, suiteConfig.ParallelProcess = 1, 1
	suiteConfig.RandomizeAllSpecs = false
	suiteConfig.Timeout = 24 * time.Hour
	suiteConfig.LabelFilter, suiteConfig.FocusStrings, suiteConfig.SkipStrings = "", nil, nil
	reporterConfig.Succinct, reporterConfig.NoColor = true, true
	reporterConfig.JUnitReport, reporterConfig.JSONReport = "", ""

	// Top-level containers are shuffled, so there is one.
	ginkgo.Describe(name, ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		for _, group := range groupBy(tasks, func(t *task) string { return t.check.Suite }) {
			ginkgo.Describe(group.name, func() {
				for _, check := range groupBy(group.tasks, func(t *task) string { return t.check.ID + " " + t.check.Title }) {
					ginkgo.Context(check.name, ginkgo.Label(group.name, string(check.tasks[0].check.Level)), func() {
						for _, t := range check.tasks {
							ginkgo.It(t.scope.String(), func(specContext ginkgo.SpecContext) {
								select {
								case <-t.done:
								case <-specContext.Done():
								case <-ctx.Done():
									// The pool drains at once when the run is stopped, so this answer is near.
									<-t.done
								}
								for _, step := range t.result.Steps {
									ginkgo.By(step.Text)
								}
								judge(t.result)
							})
						}
					})
				}
			})
		}
	})
	ginkgo.RunSpecs(outcome{}, name, suiteConfig, reporterConfig)
	// Ginkgo leaves a handler behind that swallows the next Ctrl-C.
	signal.Reset(syscall.SIGINT, syscall.SIGTERM)
}

// judge says to Ginkgo what the result says.
func judge(r result.Result) {
	switch r.Status {
	case result.NotApplicable, result.Skipped, result.NotRun:
		ginkgo.Skip(string(r.Reason) + ": " + r.Message)
	default:
		gomega.Expect(r).To(BeConformant())
	}
}

// outcome satisfies Ginkgo's testing interface. The verdict comes from the results, so there is nothing to remember.
type outcome struct{}

// Fail is called by Ginkgo when a spec failed.
func (outcome) Fail() {}

// BeConformant succeeds for a result that passed, warned or was waived. Its failure message is what an engineer reads
// first.
func BeConformant() types.GomegaMatcher { return conformantMatcher{} }

type conformantMatcher struct{}

func (conformantMatcher) Match(actual any) (bool, error) {
	r, ok := actual.(result.Result)
	if !ok {
		return false, fmt.Errorf("BeConformant matches a result.Result, not %T", actual)
	}
	return r.Status == result.Pass || r.Status == result.Warning || r.Status == result.Waived, nil
}

func (conformantMatcher) FailureMessage(actual any) string {
	r, ok := actual.(result.Result)
	if !ok {
		return fmt.Sprintf("%v is not a result", actual)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s for %s: %s (%s)", r.Check, r.Scope, r.Status, r.Reason)
	if r.Message != "" {
		b.WriteString("\n  " + r.Message)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "\n  %s %s: %s", f.Rule, f.Path, f.Message)
		if f.Cause != result.NoCause {
			fmt.Fprintf(&b, "\n    cause %s: %s", f.Cause, f.Cause.Meaning())
		}
		if f.Query != "" {
			b.WriteString("\n    " + f.Query)
		}
	}
	return b.String()
}

func (conformantMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("expected a result that is not conformant, got %v", actual)
}

type taskGroup struct {
	name  string
	tasks []*task
}

// groupBy groups neighbouring tasks with the same key and keeps their order.
func groupBy(tasks []*task, key func(*task) string) []taskGroup {
	var groups []taskGroup
	for _, t := range tasks {
		name := key(t)
		if len(groups) == 0 || groups[len(groups)-1].name != name {
			groups = append(groups, taskGroup{name: name})
		}
		last := &groups[len(groups)-1]
		last.tasks = append(last.tasks, t)
	}
	return groups
}
