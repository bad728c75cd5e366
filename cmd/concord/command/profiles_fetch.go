package command

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"concord.example/concord/profiles/fetch"
)

// registryVariable is the environment variable that names the package registry.
const registryVariable = "CONCORD_REGISTRY"

func newProfilesFetch(s streams) *cobra.Command {
	var registry string
	command := &cobra.Command{
		Use:   "fetch NAME#VERSION...",
		Short: "Bring packages from a FHIR package registry into the package cache",
		Long: "Bring packages from a FHIR package registry (npm protocol) into the FHIR package cache, ~/.fhir/packages, where\n" +
			"--package finds them. Nothing is asked of a package that is there already. There is no default registry: give its\n" +
			"URL with --registry or in " + registryVariable + ".",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			names := make([]fetch.Name, 0, len(args))
			for _, arg := range args {
				name, err := fetch.ParseName(arg)
				if err != nil {
					return err
				}
				names = append(names, name)
			}
			if registry == "" {
				registry = os.Getenv(registryVariable)
			}
			if registry == "" {
				return errors.New("no registry is set, so nothing was asked; give the URL of a FHIR package registry with --registry or in " + registryVariable)
			}
			base, err := fetch.ParseRegistry(registry)
			if err != nil {
				return err
			}
			cache, err := packageCache()
			if err != nil {
				return err
			}
			for _, name := range names {
				bar := &downloadBar{s: s, name: name.String()}
				fetcher := &fetch.Fetcher{Registry: base, Cache: cache, Progress: bar.update}
				fetched, err := fetcher.Fetch(cmd.Context(), name)
				bar.finish()
				if err != nil {
					return undetermined(err)
				}
				if fetched.Already {
					_, _ = fmt.Fprintf(s.err, "%s is in the cache already: %s\n", name, fetched.Folder)
					continue
				}
				_, _ = fmt.Fprintf(s.err, "%s: %d files in %s (%d kB, checksum right)\n", name, fetched.Files, fetched.Folder, (fetched.Bytes+1023)>>10)
			}
			return nil
		},
	}
	command.Flags().StringVar(&registry, "registry", "", "base URL of the FHIR package registry (default: the environment variable "+registryVariable+")")
	return command
}

// downloadBar shows a person at a terminal how much of an archive has come. Elsewhere it is silent.
type downloadBar struct {
	s    streams
	name string
	bar  *progressbar.ProgressBar
}

func (d *downloadBar) update(done, total int64) {
	if !isTerminal(d.s.err) {
		return
	}
	if d.bar == nil {
		d.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(d.s.err), progressbar.OptionSetDescription(d.name),
			progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(40), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish())
	}
	_ = d.bar.Set64(done)
}

// finish takes the bar off the screen, so that what is said next stands alone.
func (d *downloadBar) finish() {
	if d.bar != nil {
		_ = d.bar.Clear()
	}
}
