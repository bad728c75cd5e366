package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/profiles"
)

// definitions are the flags that say which definitions are loaded.
type definitions struct {
	ukcore   string
	packages []string
}

// packageForms says how a package may be named on the command line.
const packageForms = "name#version from ~/.fhir/packages, a folder, a .tgz, a .json or .xml file, or stu3, stu2 or r4 for what is embedded"

func (d *definitions) flags(command *cobra.Command) {
	command.Flags().StringVar(&d.ukcore, "ukcore", string(profiles.STU3),
		"UK Core sequence that further packages come on top of: stu3, stu2, or r4 for none")
	command.Flags().StringSliceVar(&d.packages, "package", nil, "further definitions: "+packageForms+" (repeatable)")
}

// embeddedSequences are the names that stand for embedded definitions where a package is asked for.
func embeddedSequences() []string {
	return []string{string(profiles.STU3), string(profiles.STU2), string(profiles.BaseOnly)}
}

// load returns the embedded definitions with those of the packages. A sequence among the packages counts in place of
// --ukcore.
func (d *definitions) load() (*profiles.Registry, error) {
	sequence, named := d.ukcore, ""
	var further []string
	for _, name := range d.packages {
		switch {
		case !slices.Contains(embeddedSequences(), name):
			further = append(further, name)
		case named != "" && named != name:
			return nil, fmt.Errorf("packages %s and %s cannot be loaded together; name one UK Core sequence", named, name)
		default:
			sequence, named = name, name
		}
	}
	parsed, err := profiles.ParseSequence(sequence)
	if err != nil {
		return nil, err
	}
	registry, err := profiles.Embedded(parsed)
	if err != nil {
		return nil, fmt.Errorf("read the embedded UK Core definitions: %w", err)
	}
	for _, name := range further {
		if registry, err = loadPackage(registry, name); err != nil {
			return nil, fmt.Errorf("load package %s: %w", name, err)
		}
	}
	return registry, nil
}

func loadPackage(registry *profiles.Registry, name string) (*profiles.Registry, error) {
	if !strings.Contains(name, "#") {
		return compiledPackages().With(registry, name)
	}
	cache, err := packageCache()
	if err != nil {
		return nil, err
	}
	if folder := filepath.Join(cache, name); !strings.ContainsAny(name, `/\`) && !strings.Contains(name, "..") && isFolder(folder) {
		return compiledPackages().With(registry, folder)
	}
	with, err := registry.WithCached(cache, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; \"concord profiles fetch %s --registry URL\" brings it", err, name)
	}
	return with, err
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// cacheVariable names the environment variable that says where compiled packages are kept, or "off".
const cacheVariable = "CONCORD_CACHE"

// compiledPackages returns the cache of packages that were read before.
func compiledPackages() profiles.Cache {
	folder := os.Getenv(cacheVariable)
	if folder == "off" {
		return profiles.Cache{}
	}
	if folder == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return profiles.Cache{}
		}
		folder = filepath.Join(base, "concord")
	}
	// A build of this program is told by its own file.
	program, err := os.Executable()
	if err != nil {
		return profiles.Cache{}
	}
	info, err := os.Stat(program)
	if err != nil {
		return profiles.Cache{}
	}
	return profiles.Cache{Folder: filepath.Join(folder, "packages"), Build: fmt.Sprint(info.Size(), info.ModTime().UnixNano())}
}

// packageCache returns the folder where FHIR tools keep the packages that they have downloaded.
func packageCache() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the FHIR package cache: %w", err)
	}
	return filepath.Join(home, ".fhir", "packages"), nil
}

// String names the definitions as the person did.
func (d *definitions) String() string {
	if len(d.packages) == 0 {
		return d.ukcore
	}
	return strings.Join(d.packages, " with ")
}
