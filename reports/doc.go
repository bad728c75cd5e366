// Package reports prints a run: run.json for machines, junit.xml for pipelines, report.html for a programme board and for
// the engineer who has to mend something, summary.md for a pull request, and one screen for the terminal.
//
// It promises four things. Every report is printed from a result.Run and from nothing else, so a run folder can be
// printed again years later from its run.json. A report never says more than the run shows: what was not run, skipped or
// refused is counted and named beside what passed, and a figure is never rounded. A run that contradicts itself (a
// verdict its results do not support, a result of a check nobody selected) is refused, both when it is written and when
// it is read. And equal runs give equal bytes.
//
// Of Concord's own packages it imports internal/result only.
package reports
