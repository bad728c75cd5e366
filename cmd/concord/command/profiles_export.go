package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/profiles"
)

func newProfilesExport(s streams) *cobra.Command {
	var loaded definitions
	var folder string
	var force bool
	command := &cobra.Command{
		Use:   "export --json-schema DIR [CANONICAL...]",
		Short: "Write profiles as JSON Schema (2020-12), one file for each canonical",
		Long: "Write profiles as plain JSON Schema (2020-12) that any validator of that dialect understands, one file for each\n" +
			"canonical: every loaded profile, or those that are named. Structure, cardinality, formats, fixed values and simple\n" +
			"slices are in them; invariants, references and large value sets are beyond JSON Schema.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if folder == "" {
				return errors.New("say where to write with --json-schema DIR")
			}
			registry, err := loaded.load()
			if err != nil {
				return err
			}
			wanted, err := exported(registry, args)
			if err != nil {
				return err
			}
			if err := exportSchemas(cmd.Context(), registry, wanted, folder, force); err != nil {
				return err
			}
			extensions := 0
			for _, w := range wanted {
				if w.Extension {
					extensions++
				}
			}
			_, _ = fmt.Fprintf(s.err, "%d schemas in %s: %d profiles and %d extensions\n", len(wanted), folder, len(wanted)-extensions, extensions)
			return nil
		},
	}
	loaded.flags(command)
	command.Flags().StringVar(&folder, "json-schema", "", "folder to write to")
	command.Flags().BoolVar(&force, "force", false, "write to a folder that holds other files; they stay, unless a schema has the same name")
	return command
}

// schemaFile is a profile and the name of its file.
type schemaFile struct {
	profiles.Profile
	name string
}

// exported lists what to export, in the order of the canonicals. Without names that is everything.
func exported(registry *profiles.Registry, canonicals []string) ([]schemaFile, error) {
	var list []schemaFile
	for _, p := range registry.Profiles() {
		if n := len(list); n > 0 && list[n-1].Canonical == p.Canonical {
			continue // another version is loaded; the registry knows which one counts
		}
		if len(canonicals) == 0 || slices.Contains(canonicals, p.Canonical) {
			list = append(list, schemaFile{Profile: p})
		}
	}
	for _, canonical := range canonicals {
		if !slices.ContainsFunc(list, func(f schemaFile) bool { return f.Canonical == canonical }) {
			return nil, fmt.Errorf("profile %s is not loaded; \"concord profiles list\" shows those that are", canonical)
		}
	}
	// Most canonicals end in a name of their own. File systems may not tell cases apart.
	short := map[string]int{}
	for _, f := range list {
		short[strings.ToLower(lastOf(f.Canonical))]++
	}
	for i, f := range list {
		name := lastOf(f.Canonical)
		if short[strings.ToLower(name)] > 1 {
			name = f.Canonical
		}
		list[i].name = url.QueryEscape(name) + ".schema.json"
	}
	return list, nil
}

func lastOf(canonical string) string {
	return canonical[strings.LastIndexAny(canonical, "/:")+1:]
}

// exportSchemas writes all schemas to a temporary folder first, so that a failure leaves nothing behind and no file is ever
// half-written. A folder that is not there yet appears with everything in it.
func exportSchemas(ctx context.Context, registry *profiles.Registry, list []schemaFile, folder string, force bool) (err error) {
	entries, err := os.ReadDir(folder)
	there := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export to %s: %w", folder, reason(err))
	}
	for _, entry := range entries {
		if !force && !slices.ContainsFunc(list, func(f schemaFile) bool { return f.name == entry.Name() }) {
			return fmt.Errorf("export to %s: it holds other files, such as %s; name another folder, or add --force to write beside them", folder, entry.Name())
		}
	}
	within := filepath.Dir(filepath.Clean(folder))
	if there {
		within = folder
	}
	temporary, err := os.MkdirTemp(within, ".concord-export-")
	if err != nil {
		return fmt.Errorf("export to %s: %w", folder, reason(err))
	}
	defer func() {
		if failed := os.RemoveAll(temporary); failed != nil && err == nil {
			err = fmt.Errorf("export to %s: %w", folder, failed)
		}
	}()
	for _, f := range list {
		if ctx.Err() != nil {
			return undetermined(errors.New("interrupted; nothing was exported"))
		}
		schema, err := registry.PortableSchema(f.Canonical)
		if err != nil {
			return fmt.Errorf("export %s: %w", f.Canonical, err)
		}
		if err := os.WriteFile(filepath.Join(temporary, f.name), schema, 0o600); err != nil {
			return fmt.Errorf("export %s: %w", f.Canonical, err)
		}
	}
	if !there {
		if err := os.Chmod(temporary, 0o750); err != nil { //nolint:gosec // a folder without the right to enter is of no use
			return fmt.Errorf("export to %s: %w", folder, err)
		}
		if err := os.Rename(temporary, filepath.Clean(folder)); err != nil {
			return fmt.Errorf("export to %s: %w", folder, err)
		}
		return nil
	}
	for _, f := range list {
		if err := os.Rename(filepath.Join(temporary, f.name), filepath.Join(folder, f.name)); err != nil {
			return fmt.Errorf("export to %s: %w", folder, err)
		}
	}
	return nil
}
