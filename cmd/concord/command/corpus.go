package command

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/coverage"
)

func newCoverage(s streams) *cobra.Command {
	var d definitions
	var format string
	command := &cobra.Command{
		Use:   "coverage DIR...",
		Short: "Count which mustSupport elements and search parameters a corpus of resources has data for",
		Long: "Count, over all resources below the folders (JSON, NDJSON and XML; Bundles, and the answers that a run recorded), which elements that\n" +
			"the profiles mark as mustSupport and which search parameters were ever seen with data. What was never seen could not be\n" +
			"judged: the list says what to add. A resource counts for the profiles that it claims and for the UK Core profile of its type.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "csv" {
				return fmt.Errorf("--format %q is neither text nor csv", format)
			}
			registry, err := d.load()
			if err != nil {
				return err
			}
			corpus := coverage.New(registry)
			for _, dir := range args {
				if err := addCorpus(corpus, registry, dir); err != nil {
					return err
				}
			}
			if corpus.Resources == 0 {
				return fmt.Errorf("there is no FHIR resource below %s, so there is nothing to count", strings.Join(args, ", "))
			}
			if format == "csv" {
				return writeCoverage(s.out, corpus.Rows())
			}
			sayCoverage(s.out, corpus)
			return nil
		},
	}
	d.flags(command)
	command.Flags().StringVar(&format, "format", "text", "text for what to add, csv for every element and search parameter")
	return command
}

// mostCorpusFile bounds the files that are read.
const mostCorpusFile = 256 << 20

// addCorpus adds every resource in the files below a folder. What is no FHIR is passed over.
func addCorpus(corpus *coverage.Corpus, registry *profiles.Registry, dir string) error {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Size() > mostCorpusFile {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // the folder is the one that the user asked to be read
		if err != nil {
			return err
		}
		return addText(corpus, registry, path, string(data))
	})
	if err != nil {
		return fmt.Errorf("read folder %s: %w", dir, reason(err))
	}
	return nil
}

func addText(corpus *coverage.Corpus, registry *profiles.Registry, path, text string) error {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "<") && strings.Contains(text, "http://hl7.org/fhir"):
		if resource, err := registry.DecodeXML([]byte(text)); err == nil {
			return corpus.Add(resource)
		}
	case strings.HasSuffix(path, ".ndjson"):
		for line := range strings.Lines(text) {
			if resource, err := fhir.DecodeObject([]byte(line)); err == nil {
				if err := corpus.Add(resource); err != nil {
					return err
				}
			}
		}
	case strings.HasPrefix(text, "{"):
		if resource, err := fhir.DecodeObject([]byte(text)); err == nil {
			return corpus.Add(resource)
		}
	}
	return nil
}

func writeCoverage(out io.Writer, rows []coverage.Row) error {
	w := csv.NewWriter(out)
	err := w.Write([]string{"type", "kind", "profile", "name", "resources", "seen", "advice"})
	for _, r := range rows {
		err = errors.Join(err, w.Write([]string{
			r.Type, string(r.Kind), r.Profile, r.Name, strconv.Itoa(r.Resources), strconv.Itoa(r.Seen), r.Advice(),
		}))
	}
	w.Flush()
	if err = errors.Join(err, w.Error()); err != nil {
		return undetermined(fmt.Errorf("write coverage: %w", err))
	}
	return nil
}

func sayCoverage(out io.Writer, corpus *coverage.Corpus) {
	seen, all := map[coverage.Kind]int{}, map[coverage.Kind]int{}
	for _, r := range corpus.Rows() {
		all[r.Kind]++
		if r.Seen > 0 {
			seen[r.Kind]++
			continue
		}
		profile := r.Profile
		if profile == "" {
			profile = "R4"
		}
		_, _ = fmt.Fprintf(out, "%s: %s (%s)\n", r.Type, r.Advice(), profile)
	}
	_, _ = fmt.Fprintf(out, "%d resources: %d of %d mustSupport elements and %d of %d search parameters seen with data\n", corpus.Resources,
		seen[coverage.MustSupport], all[coverage.MustSupport], seen[coverage.SearchParameter], all[coverage.SearchParameter])
}
